"""`correlator replay`: inventory, rules and feeds from files, decisions into files or a store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

import rules
import topology
from correlator.adapters.host import owner, wall_clock
from correlator.adapters.sql import open_store
from correlator.engine import Engine, EngineSettings
from correlator.model import HOUR, Effect, Event
from correlator.ports import UNUSABLE, Batch, DeadLetter
from correlator.tools.feeds import Feed, lines_of, merged
from correlator.tools.replay import EventFailedError, Replayed, Stages, replay
from topology import CORE_TYPES

_EFFECTS = 5_000  # in a transaction, when what is decided is kept
_MOST_ASIDE = 20
"""Lines that the engine may fail at, after which the fault is not theirs."""


class ReplayRequest(msgspec.Struct, frozen=True):
    """What is replayed, and into which store it goes, if into any.

    `attributes`: columns of customers.csv whose values are failure domains, `core`: types of
    equipment that links lead to; see `topology.load`.
    """

    topology: Path
    feeds: tuple[Feed, ...]
    rules: Path | None = None
    engine: EngineSettings = EngineSettings()
    store_url: str | None = None
    attributes: tuple[str, ...] | None = None
    core: tuple[str, ...] = CORE_TYPES


class ReplayReport(msgspec.Struct, frozen=True):
    """What came of it: the outcome, the rejected lines, and seconds per stage."""

    replayed: Replayed
    dead_letters: tuple[DeadLetter, ...]
    stages: dict[str, float]


class StoreBusyError(RuntimeError):
    """Somebody else writes to the store."""


class TooManyAsideError(RuntimeError):
    """The engine fails at more lines of the files than can be theirs to answer for."""


def run_replay(request: ReplayRequest, seen: Callable[[int, int], None]) -> ReplayReport:
    """Replay files; `seen(done, all)` is told of the progress.

    A line that the engine raises on is set aside as `unusable`, and everything is replayed from the
    beginning without it: what it left of the engine's state cannot be trusted.

    Raises `StoreBusyError` while another replay writes to the store, and `TooManyAsideError`.
    """
    stages = Stages()
    with stages.time("topology"):
        inventory = topology.load(request.topology, request.attributes, core=request.core)
    with stages.time("rules"):
        catalog = rules.load(request.rules)
    letters: list[DeadLetter] = []
    with stages.time("decode"):
        events = merged(request.feeds, letters.append)

    def once(keep: Callable[[Effect], None] | None) -> Replayed:
        engine = Engine(inventory, catalog, request.engine)
        return replay(engine, events, lambda done: seen(done, len(events)), keep)

    with stages.time("engine"), _kept(request.store_url) as keeper:
        replayed = None
        while replayed is None:
            try:
                replayed = once(keeper)
            except EventFailedError as failure:
                _set_aside(failure, request.feeds, events, letters)
                if keeper is not None:
                    keeper.again()
    return ReplayReport(replayed, tuple(letters), stages.seconds)


def _set_aside(
    failure: EventFailedError, feeds: Iterable[Feed], events: list[Event], letters: list[DeadLetter]
) -> None:
    """Take an event out; its line is one of those that say the same and are no letters yet."""
    aside = {(letter.record.topic, letter.record.offset) for letter in letters}
    lines = (line for line in lines_of(feeds, failure.event))
    record = next(line for line in lines if (line.topic, line.offset) not in aside)
    letters.append(DeadLetter(record, UNUSABLE, str(failure), 0))
    if sum(letter.reason == UNUSABLE for letter in letters) > _MOST_ASIDE:
        said = f"the engine failed at {_MOST_ASIDE} lines, and then at {record.topic}"
        raise TooManyAsideError(f"{said}, line {record.offset}: {failure}") from failure
    events.remove(failure.event)


@contextmanager
def _kept(url: str | None) -> Iterator[_Keeper | None]:
    if url is None:
        yield None
        return
    keeper = _Keeper(url)
    try:
        yield keeper
    finally:
        keeper.close()


class _Keeper:
    """Keeps what a replay decides in a store, so that `explain` can tell of it."""

    def __init__(self, url: str) -> None:
        self._store = open_store(url)
        lease = self._store.acquire("replay", owner(), wall_clock(), HOUR)
        if lease is None:
            raise StoreBusyError(f"another replay writes to {url}")
        self._lease = lease
        self._effects: list[Effect] = []
        self._taken = 0
        self._known = 0

    def again(self) -> None:
        """Expect the effects so far once more: the engine decides the same up to the failure."""
        self._known, self._taken = max(self._known, self._taken), 0

    def __call__(self, effect: Effect) -> None:
        """Keep one effect."""
        self._taken += 1
        if self._taken <= self._known:
            return
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
