"""What is played in the console: feeds, from when on, where a skip goes, with which inventory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from correlator.adapters.sql import SqlStore
from correlator.engine import EngineSettings
from correlator.formats.times import to_millis
from correlator.model import DAY, MINUTE, Millis
from correlator.tools.feeds import feeds_in
from correlator.tools.worldfiles import read_truth
from correlator.web.settings import WebSettings

LEAD: Millis = 2 * MINUTE
"""How long before its first scene the evening begins."""


class Stage(NamedTuple):
    """What is played, in a folder `out` of its own.

    Records before `begin` (ms) come at full speed; `scenes`: when something begins, ascending; a
    skip goes there. `web`: the console, whose inventory and rules are the daemon's too. `before`: a
    store that knows the history, to begin with a copy of; None where all is in the feeds.
    `silent` is called with the store whenever all that is due is done.
    """

    out: Path
    feeds: Mapping[str, Path]
    begin: Millis
    scenes: Sequence[Millis]
    web: WebSettings
    engine: EngineSettings = EngineSettings()
    before: Path | None = None
    silent: Callable[[SqlStore], None] = lambda _: None


def evening_stage(out: Path, port: int) -> Stage:
    """Return the stage of the evening whose world is in a folder."""
    world = out / "world"
    scenes = _scenes(world)
    web = WebSettings(topology=world / "topology", port=port, log_format="console")
    feeds = {feed.topic: feed.path for feed in feeds_in(world)}
    return Stage(out, feeds, scenes[0] - LEAD, scenes, web)


def _scenes(world: Path) -> list[Millis]:
    """Return when the outages of the last day begin, ascending."""
    truth = read_truth(world)
    starts = sorted(to_millis(datetime.fromisoformat(o.start)) for o in truth.outages)
    return [start for start in starts if start > starts[-1] - DAY]
