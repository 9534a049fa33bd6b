"""The engine of this project, in a process of its own as the others are."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, NamedTuple

from correlator.tools.worldfiles import Incident, read_incidents
from tests.benchmarks.peers.process import Cost, run

if TYPE_CHECKING:
    from pathlib import Path

CHILD = "tests.benchmarks.peers.engine_child"


class Ran(NamedTuple):
    """A run: over the feed for the first time in a process, and once more."""

    cold: Cost
    warm: Cost
    incidents: list[Incident]
    network: list[Incident]


def engine(world: Path, folder: Path, *kinds: str) -> Ran:
    """Run it over some of the feeds of a world."""
    ended = run([sys.executable, "-m", CHILD, str(world), str(folder), *kinds], folder)
    told = json.loads(ended.out)
    cold, warm = (
        Cost(told["events"], told[name]["wall"], told[name]["cpu"], ended.rss)
        for name in ("cold", "warm")
    )
    incidents, network = (
        read_incidents(folder / f"{name}.jsonl") for name in ("incidents", "network")
    )
    return Ran(cold, warm, incidents, network)
