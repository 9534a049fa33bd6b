"""`correlator replay`: inventory, rules and feeds from files, decisions into files or a store."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

import rules
import topology
from correlator.adapters.host import owner, wall_clock
from correlator.adapters.sql import open_store
from correlator.engine import Engine, EngineSettings
from correlator.model import HOUR, Effect
from correlator.ports import Batch, DeadLetter
from correlator.tools.feeds import Feed, merged
from correlator.tools.replay import Replayed, Stages, replay

_EFFECTS = 5_000  # in a transaction, when what is decided is kept


class ReplayRequest(msgspec.Struct, frozen=True):
    """What is replayed, and into which store it goes, if into any."""

    topology: Path
    feeds: tuple[Feed, ...]
    rules: Path | None = None
    engine: EngineSettings = EngineSettings()
    store_url: str | None = None


class ReplayReport(msgspec.Struct, frozen=True):
    """What came of it: the outcome, the rejected lines, and seconds per stage."""

    replayed: Replayed
    dead_letters: tuple[DeadLetter, ...]
    stages: dict[str, float]


class StoreBusyError(RuntimeError):
    """Somebody else writes to the store."""


def run_replay(request: ReplayRequest, seen: Callable[[int, int], None]) -> ReplayReport:
    """Replay files; `seen(done, all)` is told of the progress.

    Raises `StoreBusyError` while another replay writes to the store.
    """
    stages = Stages()
    with stages.time("topology"):
        inventory = topology.load(request.topology)
    with stages.time("rules"):
        catalog = rules.load(request.rules)
    engine = Engine(inventory, catalog, request.engine)
    letters: list[DeadLetter] = []
    with stages.time("decode"):
        events = merged(request.feeds, letters.append)
    keep = _Keeper(request.store_url) if request.store_url else None
    with stages.time("engine"):
        replayed = replay(engine, events, lambda done: seen(done, len(events)), keep)
    if keep is not None:
        keep.close()
    return ReplayReport(replayed, tuple(letters), stages.seconds)


class _Keeper:
    """Keeps what a replay decides in a store, so that `explain` can tell of it."""

    def __init__(self, url: str) -> None:
        self._store = open_store(url)
        lease = self._store.acquire("replay", owner(), wall_clock(), HOUR)
        if lease is None:
            raise StoreBusyError(f"another replay writes to {url}")
        self._lease = lease
        self._effects: list[Effect] = []

    def __call__(self, effect: Effect) -> None:
        """Keep one effect."""
        self._effects.append(effect)
        if len(self._effects) >= _EFFECTS:
            self._commit()

    def _commit(self) -> None:
        batch = Batch(b"", tuple(self._effects), (), {})
        self._store.commit(self._lease, batch, wall_clock(), HOUR)
        self._effects = []

    def close(self) -> None:
        """Commit what is left and let go."""
        self._commit()
        self._store.release(self._lease)
        self._store.close()
