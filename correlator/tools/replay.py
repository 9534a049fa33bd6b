"""The engine over files, as fast as it goes, in arrival order."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import msgspec

from correlator.engine import Engine, ticks_between
from correlator.formats.wire import incident_line, network_line, verdict_line
from correlator.model import (
    Effect,
    Event,
    Incident,
    IncidentChanged,
    LinkChanged,
    LinkState,
    Millis,
    State,
    Verdict,
)


class EventFailedError(Exception):
    """The engine raised on an event, or on a tick that was due before it."""

    def __init__(self, event: Event, error: Exception) -> None:
        super().__init__(f"{type(error).__name__}: {error}")
        self.event = event


def drive(engine: Engine, events: Iterable[Event]) -> Iterable[Effect]:
    """Hand events to the engine with the ticks between them; yields the effects.

    The stream ends with a tick at the last arrival. Raises `EventFailedError` where the engine
    raises: it is of no use afterwards.
    """
    last: Event | None = None
    for event in events:
        try:
            for now in ticks_between(engine.last_tick, event.arrived):
                yield from engine.tick(now)
            yield from engine.handle(event)
        except Exception as error:
            raise EventFailedError(event, error) from error
        last = event
    if last is not None:
        yield from engine.tick(last.arrived)


class Outcome:
    """What a run decided: the last state of every incident and link, and every verdict.

    Verdicts, of which there is one for every ticket, are kept unless `verdicts` says otherwise.
    """

    def __init__(self, *, verdicts: bool = True) -> None:
        self._keeps = verdicts
        self.incidents: dict[str, Incident] = {}
        self.links: dict[str, dict[str, LinkState]] = {}
        self.verdicts: list[Verdict] = []
        self.effects = 0

    def take(self, effect: Effect) -> None:
        """Follow one effect."""
        self.effects += 1
        if isinstance(effect, IncidentChanged):
            self.incidents[effect.incident.id] = effect.incident
        elif isinstance(effect, LinkChanged):
            ties = self.links.setdefault(effect.link.incident, {})
            ties[effect.link.ticket] = effect.link.state
        elif self._keeps and isinstance(effect, Verdict):
            self.verdicts.append(effect)

    def forget(self, before: Millis) -> None:
        """Forget what ended or faded before a time, with its links."""
        live = {State.CANDIDATE, State.PROPOSED, State.OPEN, State.RESOLVED}
        old = [
            key
            for key, one in self.incidents.items()
            if one.state not in live and (one.announced or one.created) < before
        ]
        for key in old:
            del self.incidents[key]
            self.links.pop(key, None)

    def linked(self, incident: str) -> tuple[str, ...]:
        """Return an incident's linked tickets, sorted."""
        ties = self.links.get(incident, {})
        return tuple(sorted(t for t, state in ties.items() if state is LinkState.LINKED))

    def announced(self) -> list[Incident]:
        """Return every incident that was announced, by announcement, then id."""
        told = [i for i in self.incidents.values() if i.announced is not None]
        return sorted(told, key=lambda i: (i.announced, i.id))

    def incident_lines(self) -> list[bytes]:
        """Return the lines of `incidents.jsonl`."""
        return [incident_line(i, self.linked(i.id)) for i in self.announced()]

    def network_lines(self) -> list[bytes]:
        """Return the lines of `network.jsonl`: every incident with alarms, announced or not."""
        with_alarms = [i for i in self.incidents.values() if i.alarms and (i.noc or i.announced)]
        return [network_line(i) for i in sorted(with_alarms, key=lambda i: (i.created, i.id))]

    def verdict_lines(self) -> list[bytes]:
        """Return the lines of `verdicts.jsonl`."""
        return [verdict_line(v) for v in self.verdicts]


class Replayed(msgspec.Struct, frozen=True):
    """A run's outcome and its size."""

    outcome: Outcome
    events: int


class Stages:
    """Seconds of clock time per stage of a run."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def time(self, stage: str) -> Iterator[None]:
        """Count the time inside towards a stage."""
        began = time.perf_counter()
        yield
        self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - began


def replay(
    engine: Engine,
    events: Iterable[Event],
    seen: Callable[[int], None] = lambda _: None,
    keep: Callable[[Effect], None] | None = None,
    outcome: Outcome | None = None,
) -> Replayed:
    """Run the engine over events.

    `seen` is told how many are done, now and then; `keep` is handed every effect; `outcome`: what
    follows them. Raises `EventFailedError`.
    """
    outcome = Outcome() if outcome is None else outcome
    counted = _Counted(events, seen)
    for effect in drive(engine, counted):
        outcome.take(effect)
        if keep is not None:
            keep(effect)
    return Replayed(outcome, counted.done)


class _Counted:
    """Events, counted as they are taken."""

    def __init__(self, events: Iterable[Event], seen: Callable[[int], None]) -> None:
        self._events = events
        self._seen = seen
        self.done = 0

    def __iter__(self) -> Iterator[Event]:
        for event in self._events:
            if self.done % 1_000 == 0:
                self._seen(self.done)
            yield event
            self.done += 1
        self._seen(self.done)
