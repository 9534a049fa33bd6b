"""One daemon's time with the lease: poll → engine → one transaction → positions."""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec
import structlog

from correlator.config import DaemonSettings
from correlator.engine import Engine, ticks_between
from correlator.formats.wire import dead_letter_message, incident_message, link_message
from correlator.model import (
    MINUTE,
    Effect,
    IncidentChanged,
    LinkChanged,
    Millis,
    RulesChanged,
    TopologyChanged,
)
from correlator.ports import Batch, EventSource, Lease, OutMessage, Publisher, Store
from correlator.service.intake import Intake, Taken, starts
from correlator.service.metrics import Metrics
from correlator.service.recovery import Input, encode_inputs, recover
from correlator.service.reload import Watched
from rules.model import Catalog
from topology import Topology

log = structlog.get_logger(__name__)

_POLL_MS = 200


class Services(msgspec.Struct, frozen=True):
    """What the loop works with. `sources` opens the feeds anew; `engines` builds a fresh engine."""

    store: Store
    sources: Callable[[], EventSource]
    publisher: Publisher
    engines: Callable[[], Engine]
    watched: tuple[Watched[Topology] | Watched[Catalog], ...] = ()


class LeaderSession:
    """One daemon's time with the lease: the engine, the intake, the commits."""

    def __init__(
        self,
        services: Services,
        settings: DaemonSettings,
        lease: Lease,
        metrics: Metrics,
        source: EventSource,
    ) -> None:
        self._services = services
        self._settings = settings
        self._lease = lease
        self._metrics = metrics
        self._source = source
        self._engine = services.engines()
        self._inputs: list[Input] = []
        self._effects: list[Effect] = []
        self._since_snapshot = 0
        self._committed: Millis = 0
        self._looked: Millis = 0
        self._latest: Millis = 0
        self._closed = True  # whether the silence after the last event has been ticked

    def begin(self, now: Millis) -> None:
        """Recover, seek, and publish once more what a stalled predecessor may publish over."""
        found = self._services.store.recover()
        same = recover(self._engine, found)
        late = self._metrics.late
        self._intake = Intake(
            found.positions,
            self._settings.lateness,
            self._settings.idle_after,
            lambda partition: late.labels(partition.topic).inc(),
        )
        self._source.seek(starts(found.positions))
        self._intake.assign(self._source.partitions(), now)
        self._latest = self._engine.last_tick or 0
        self._commit(now, again=self._engine.living(), snapshot=not same)

    def step(self, now: Millis) -> bool:
        """Poll, hand the due events to the engine, commit; returns whether all is silent."""
        self._intake.add(self._source.poll(_POLL_MS, self._settings.batch), now)
        caught_up = self._source.caught_up()
        for taken in self._intake.take(caught_up, now, self._settings.batch):
            self._apply(taken)
        silent = self._intake.idle(caught_up, now)
        if silent:
            self._silence(now)
        self._look_around(now)
        self._source.pause(self._intake.ahead())
        if self._inputs or now - self._committed >= self._settings.lease // 3:
            self._commit(now, snapshot=self._since_snapshot >= self._settings.snapshot_every)
        self._show()
        return silent

    def end(self, now: Millis) -> None:
        """Write a snapshot, so that the next daemon starts at once."""
        self._commit(now, snapshot=True)

    def _apply(self, taken: Taken) -> None:
        began = time.perf_counter()
        event = taken.event
        for tick in ticks_between(self._engine.last_tick, event.arrived):
            self._tick(tick)
        self._effects += self._engine.handle(event)
        self._inputs.append(event)
        self._latest = max(self._latest, event.arrived)
        self._closed = False
        self._metrics.took(event, time.perf_counter() - began)

    def _tick(self, now: Millis) -> None:
        self._effects += self._engine.tick(now)
        self._inputs.append(now)

    def _silence(self, now: Millis) -> None:
        """Every feed is caught up and silent: let time pass by the clock, or to the last event."""
        if not self._latest:
            return
        if self._settings.wall_clock:
            until = (now - self._settings.lateness) // MINUTE * MINUTE
            for tick in ticks_between(self._engine.last_tick, until):
                self._tick(tick)
        elif not self._closed:
            self._tick(self._latest)
        self._closed = True

    def _look_around(self, now: Millis) -> None:
        """See now and then whether partitions, inventory or rules are new."""
        if now - self._looked < self._settings.reload_every:
            return
        self._looked = now
        self._intake.assign(self._source.refresh(), now)
        self._swap(now)

    def _swap(self, now: Millis) -> None:
        """Put a changed inventory or catalog into force, as an event."""
        for watched in self._services.watched:
            built = watched.poll()
            if isinstance(built, Exception):
                self._metrics.reloads.labels(watched.what, "refused").inc()
            elif built is not None and built.version not in self._engine.versions:
                self._put_in_force(built)
                self._metrics.reloads.labels(watched.what, "done").inc()
                log.info("reloaded", what=watched.what, version=built.version)
                self._commit(now, snapshot=True)

    def _put_in_force(self, built: Topology | Catalog) -> None:
        at = max(self._latest, self._engine.last_tick or 0)
        kind = TopologyChanged if isinstance(built, Topology) else RulesChanged
        event = kind(id=built.version, arrived=at, version=built.version)
        self._engine.offer(built)
        self._effects += self._engine.handle(event)
        self._inputs.append(event)

    def _commit(
        self, now: Millis, *, snapshot: bool = False, again: list[IncidentChanged] | None = None
    ) -> None:
        positions, letters = self._intake.progress()
        messages = [message for e in self._effects if (message := _message(e)) is not None]
        messages += [dead_letter_message(letter) for letter in letters]
        messages += [incident_message(effect) for effect in again or ()]
        batch = Batch(
            inputs=encode_inputs(self._inputs) if self._inputs else b"",
            effects=tuple(self._effects),
            messages=tuple(messages),
            positions=positions,
            dead_letters=letters,
            snapshot=self._engine.snapshot() if snapshot else None,
        )
        self._services.store.commit(self._lease, batch, now, self._settings.lease)
        self._since_snapshot = 0 if snapshot else self._since_snapshot + len(self._inputs)
        self._committed = now
        self._metrics.commits.inc()
        self._metrics.follow(self._effects)
        for letter in letters:
            self._metrics.decode_failures.labels(letter.record.topic, letter.reason).inc()
        self._inputs, self._effects = [], []

    def _show(self) -> None:
        for partition, lag in self._source.lag().items():
            self._metrics.lag.labels(partition.topic, partition.number).set(lag)
        for partition, latest in self._intake.times().items():
            labels = (partition.topic, partition.number)
            self._metrics.watermark.labels(*labels).set(latest / 1000)
        self._metrics.engine_watermark.set(self._intake.watermark / 1000)


def _message(effect: Effect) -> OutMessage | None:
    """Candidates are shown to the cell, not published."""
    if isinstance(effect, IncidentChanged) and effect.incident.announced is not None:
        return incident_message(effect)
    return link_message(effect) if isinstance(effect, LinkChanged) else None
