"""`correlator replay`: inventory, rules and feeds from files, decisions into files or a store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import IO, BinaryIO

import msgspec

import rules
import topology
from correlator.adapters.fits import begin_kept
from correlator.engine import Engine, EngineSettings
from correlator.formats.wire import verdict_line
from correlator.model import Effect, Verdict
from correlator.ports import UNUSABLE, DeadLetter
from correlator.tools.feeds import Feed, Stream, lines_of
from correlator.tools.replay import EventFailedError, Outcome, Replayed, Stages, replay
from topology import CORE_TYPES

_MOST_ASIDE = 20
"""Lines that the engine may fail at, after which the fault is not theirs."""


class ReplayRequest(msgspec.Struct, frozen=True):
    """What is replayed, and into which store it goes, if into any.

    `verdicts`: a file for the answers, which are written as they are given.
    `attributes`: columns of customers.csv whose values are failure domains, `core`: types of
    equipment that links lead to; see `topology.load`.
    """

    topology: Path
    feeds: tuple[Feed, ...]
    rules: Path | None = None
    engine: EngineSettings = EngineSettings()
    store_url: str | None = None
    verdicts: Path | None = None
    attributes: tuple[str, ...] | None = None
    core: tuple[str, ...] = CORE_TYPES


class ReplayReport(msgspec.Struct, frozen=True):
    """What came of it: the outcome, the rejected lines, and seconds per stage."""

    replayed: Replayed
    dead_letters: tuple[DeadLetter, ...]
    stages: dict[str, float]


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
    with stages.time("survey"):
        stream = Stream(request.feeds, letters.append)

    def once(keep: Callable[[Effect], None]) -> Replayed:
        engine = Engine(inventory, catalog, request.engine, begin_kept)
        told, outcome = (lambda done: seen(done, stream.count)), Outcome(verdicts=False)
        return replay(engine, stream, told, keep, outcome)

    with stream, stages.time("replay"), _written(request) as written:
        replayed = None
        while replayed is None:
            try:
                replayed = once(written)
            except EventFailedError as failure:
                _set_aside(failure, request.feeds, stream, letters)
                written.again()
    return ReplayReport(replayed, tuple(letters), stages.seconds)


def _set_aside(
    failure: EventFailedError, feeds: Iterable[Feed], stream: Stream, letters: list[DeadLetter]
) -> None:
    """Take an event out; its line is one of those that say the same and are no letters yet."""
    aside = {(letter.record.topic, letter.record.offset) for letter in letters}
    lines = (line for line in lines_of(feeds, failure.event))
    record = next(line for line in lines if (line.topic, line.offset) not in aside)
    letters.append(DeadLetter(record, UNUSABLE, str(failure), 0))
    if sum(letter.reason == UNUSABLE for letter in letters) > _MOST_ASIDE:
        said = f"the engine failed at {_MOST_ASIDE} lines, and then at {record.topic}"
        raise TooManyAsideError(f"{said}, line {record.offset}: {failure}") from failure
    stream.set_aside(failure.event)


@contextmanager
def _written(request: ReplayRequest) -> Iterator[_Written]:
    """Yield what the decisions of a replay are to be handed to as they are taken."""
    with ExitStack() as stack:
        takers: list[Callable[[Effect], None]] = []
        if request.store_url is not None:
            # Only a store needs the libraries of databases.
            from correlator.tools.replay_store import kept_in  # noqa: PLC0415

            takers.append(stack.enter_context(kept_in(request.store_url)))
        if request.verdicts is not None:
            file = stack.enter_context(_replacing(request.verdicts))
            takers.append(partial(_write_verdict, file))
        yield _Written(takers)


@contextmanager
def _replacing(path: Path) -> Iterator[BinaryIO]:
    """Open a file that takes the place of another once all is written; a pipe is written to."""
    if path.exists() and not path.is_file():
        with path.open("wb") as pipe:
            yield pipe
        return
    unfinished = path.with_name(f"{path.name}.unfinished")
    try:
        with unfinished.open("wb") as file:
            yield file
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


class _Written:
    """Hands effects on once, though a replay that begins anew brings them again."""

    def __init__(self, takers: Iterable[Callable[[Effect], None]]) -> None:
        self._takers = tuple(takers)
        self._taken = 0
        self._known = 0

    def again(self) -> None:
        """Expect the effects so far once more: the engine decides the same up to the failure."""
        self._known, self._taken = max(self._known, self._taken), 0

    def __call__(self, effect: Effect) -> None:
        """Hand one effect on."""
        self._taken += 1
        if self._taken > self._known:
            for take in self._takers:
                take(effect)


def _write_verdict(file: IO[bytes], effect: Effect) -> None:
    if isinstance(effect, Verdict):
        file.write(verdict_line(effect) + b"\n")
