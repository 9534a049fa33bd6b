"""One daemon's time with the lease: poll → engine → one transaction → positions."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence

import msgspec
import structlog

from correlator.config import DaemonSettings
from correlator.engine import Engine, EngineSettings, Versions, ticks_between
from correlator.formats.decode import ALARMS, TICKETS
from correlator.model import (
    DAY,
    HOUR,
    MINUTE,
    Effect,
    Event,
    IncidentChanged,
    Millis,
    RulesChanged,
    TopologyChanged,
)
from correlator.ports import (
    ENGINE,
    ArchiveNote,
    Batch,
    EventSource,
    FeedStatus,
    ForgetRequest,
    Forgetting,
    Lease,
    LeaseLostError,
    Partition,
    Publisher,
    ServerUnreachableError,
    Store,
)
from correlator.service.hand import Hand
from correlator.service.inbox import arrivals
from correlator.service.intake import Intake, Taken, starts
from correlator.service.metrics import Metrics
from correlator.service.quarantine import BatchFailedError, Quarantine
from correlator.service.recovery import encode_decisions, encode_inputs, recover, without
from correlator.service.reload import Followed
from rules.model import Catalog
from topology import Topology

log = structlog.get_logger(__name__)

_POLL_MS = 200
_INBOX_EVERY: Millis = 50
"""In ms of the clock: a daemon that catches up commits far more often than people act."""
_FEEDS_EVERY: Millis = 200
"""In ms of the clock: how feeds and engine stand is shown in seconds, not told at each commit."""
_NOTHING = Batch(b"", (), (), {})


class Services(msgspec.Struct, frozen=True):
    """What the loop works with. `sources` opens the feeds anew; `engines` builds a fresh engine.

    `feed_time`: from the clock (ms) to the time at which the feeds are; another one in a replay
    that goes on at the pace of a clock. `archives`: there is an archive, for which the settings of
    the engine are noted. `settled` is called when what is in memory will stay: after the recovery,
    and after a change of inventory or rules.
    """

    store: Store
    sources: Callable[[], EventSource]
    publisher: Publisher
    engines: Callable[[], Engine]
    watched: tuple[Followed[Topology] | Followed[Catalog], ...] = ()
    feed_time: Callable[[Millis], Millis] = int
    archives: EngineSettings | None = None
    settled: Callable[[], None] = lambda: None


class ForgetFailedError(Exception):
    """A customer could not be forgotten; what is in memory is read again."""


class LeaderSession:
    """One daemon's time with the lease: the engine, the intake, the commits."""

    def __init__(  # noqa: PLR0913, PLR0917 - what it is given decides all it does
        self,
        services: Services,
        settings: DaemonSettings,
        lease: Lease,
        metrics: Metrics,
        source: EventSource,
        quarantine: Quarantine | None = None,
    ) -> None:
        self._quarantine = quarantine or Quarantine()
        self._services = services
        self._settings = settings
        self._lease = lease
        self._metrics = metrics
        self._source = source
        self._engine = services.engines()
        self._hand = Hand()
        self._projected: Millis = 0  # the moment of the engine when it was projected last
        self._told: Versions | None = None  # the versions in force, as stored
        self._reached: dict[Partition, int] = {}
        self._since_snapshot = 0
        self._committed: Millis = 0
        self._fed: Millis = -_FEEDS_EVERY  # when it was stored how feeds and engine stand
        self._stale = False  # whether they stand otherwise since
        self._looked: Millis = 0
        self._asked: Millis = -_INBOX_EVERY  # when it looked into the inbox last
        self._latest: Millis = 0
        self._kept_day = -1  # of the engine's time: the last one with a snapshot in the archive

    def begin(self, clock: Callable[[], Millis]) -> None:
        """Recover, seek, and publish once more what a stalled predecessor may publish over."""
        self._keep(clock())
        found = self._services.store.recover()
        self._reached = starts(found.positions)
        same = recover(self._engine, found, lambda: self._keep(clock()))
        now = clock()
        late = self._metrics.late
        self._intake = Intake(
            found.positions,
            self._settings.lateness,
            self._settings.idle_after,
            lambda partition: late.labels(partition.topic).inc(),
            self._quarantine.aside,
        )
        self._source.seek(starts(found.positions))
        self._intake.assign(self._source.partitions(), now)
        self._latest = self._engine.now
        self._projected = max(0, self._engine.now - HOUR)  # what was lost with a predecessor
        archives = self._services.archives is not None  # which begins with a snapshot
        self._commit(now, again=self._engine.living(), snapshot=archives or not same)
        self._services.settled()

    def _keep(self, now: Millis) -> None:
        """Extend the lease while there is nothing to commit yet.

        A recovery that outlasted it would lose it to whoever stands by, whose own would lose it
        again: on a machine that is slow enough nobody would ever lead.
        """
        if _is_over(self._settings.lease // 3, self._committed, now):
            self._services.store.commit(self._lease, _NOTHING, now, self._settings.lease)
            self._committed = now

    def step(self, now: Millis) -> bool:
        """Poll, hand the due events to the engine, commit; returns whether all is silent."""
        limit = self._quarantine.limit(self._settings.batch)
        wait = 0 if self._intake.has_due() else _POLL_MS
        self._intake.add(self._source.poll(wait, limit), now)
        caught_up = self._source.caught_up()
        timed = [
            (taken.event, self._apply(taken)) for taken in self._intake.take(caught_up, now, limit)
        ]
        self._metrics.took(timed)
        if limit > 1 or not self._hand.places:
            self._take_inbox(now, limit)
        silent = self._intake.idle(caught_up, now)
        if silent:
            self._silence(now)
        self._look_around(now)
        self._source.pause(self._intake.ahead())
        if self._must_commit(now):
            enough = self._since_snapshot >= self._settings.snapshot_every
            self._commit(now, snapshot=enough or self._is_new_day())
        self._show()
        return silent

    def _must_commit(self, now: Millis) -> bool:
        """Whether there is something to store, or the lease to extend."""
        return (
            bool(self._hand)
            or (self._stale and self._are_feeds_due(now))
            or _is_over(self._settings.lease // 3, self._committed, now)
        )

    def _is_new_day(self) -> bool:
        """Whether the archive has no snapshot of this day of the engine's time yet."""
        archives = self._services.archives is not None
        return archives and self._engine.now // DAY != self._kept_day

    def _are_feeds_due(self, now: Millis) -> bool:
        return _is_over(_FEEDS_EVERY, self._fed, now)

    @property
    def reached(self) -> dict[Partition, int]:
        """What is applied and stored of each partition: the first offset that is not."""
        return self._reached

    @property
    def leased_until(self) -> Millis:
        """Until when (clock time) nobody else may take over."""
        return self._committed + self._settings.lease

    def end(self, now: Millis) -> None:
        """Write a snapshot, so that the next daemon starts at once."""
        self._commit(now, snapshot=True)

    def _apply(self, taken: Taken) -> float:
        """Let the engine take an event; returns the seconds that it took."""
        began = time.perf_counter()
        event = taken.event
        place = (taken.partition, taken.offset)
        try:
            for tick in ticks_between(self._engine.last_tick, event.arrived):
                self._tick(tick)
            self._handle(event)
        except Exception as error:
            raise BatchFailedError((place,), error) from error
        self._hand.places.append(place)
        self._latest = max(self._latest, event.arrived)
        return time.perf_counter() - began

    def _handle(self, event: Event) -> None:
        self._hand.take(event, self._engine.handle(event))

    def _take_inbox(self, now: Millis, limit: int) -> None:
        """Hand over what people have done at the console, at the time at which the engine is."""
        at = self._engine.now
        if not at or not _is_over(_INBOX_EVERY, self._asked, now):
            return
        self._asked = now
        rows = self._services.store.inbox(now, limit)
        if not rows:
            return
        came = arrivals(rows, at, now, self._quarantine.aside)
        for action in came.actions:
            began = time.perf_counter()
            try:
                self._handle(action)
            except Exception as error:
                raise BatchFailedError((action.id,), error) from error
            self._hand.places.append(action.id)
            self._metrics.took([(action, time.perf_counter() - began)])
        self._latest = max(self._latest, at)
        self._hand.take_inbox(came)

    def _tick(self, now: Millis) -> None:
        self._hand.take(now, self._engine.tick(now))

    def _silence(self, now: Millis) -> None:
        """Every feed is caught up and silent: let time pass by the clock, or to the last event."""
        if not self._latest:
            return
        try:
            for tick in self._ticks_of_silence(now):
                self._tick(tick)
        except Exception as error:
            raise BatchFailedError(self._hand.places, error) from error

    def _ticks_of_silence(self, now: Millis) -> Iterable[Millis]:
        if not self._settings.wall_clock:
            return () if self._engine.ticked else (self._latest,)
        at = self._services.feed_time(now)
        until = (at - self._settings.lateness) // MINUTE * MINUTE
        return ticks_between(self._engine.last_tick, until)

    def _look_around(self, now: Millis) -> None:
        """See now and then whether partitions, inventory or rules are new."""
        if not _is_over(self._settings.reload_every, self._looked, now):
            return
        self._looked = now
        self._intake.assign(self._source.refresh(), now)
        if self._services.archives is not None:
            self._metrics.archive.set(self._services.store.archive_depth())
        self._swap(now)
        self._forget(now)

    def _forget(self, now: Millis) -> None:
        """Forget a customer, if somebody has asked for it.

        In a commit of its own, whose snapshot takes the place of all that would bring them back:
        the state of before and the inputs since.
        """
        request = self._services.store.forget_request()
        if request is None:
            return
        if self._hand:
            self._commit(now)
        try:
            forgets = self._forgetting(request)
            self._commit(now, snapshot=True, forgets=forgets)
        except (LeaseLostError, ServerUnreachableError):
            raise
        except Exception as error:  # noqa: BLE001 - raised again, without what it quotes
            # Not the error itself: it may quote what is to be forgotten.
            log.error("forget_failed", error=type(error).__name__, stand_in=request.stand_in)  # noqa: TRY400
            self._metrics.failures.labels("forget").inc()
            self._services.store.refuse_forget(request)
            raise BatchFailedError((), ForgetFailedError()) from None
        log.info("forgotten", stand_in=request.stand_in)

    def _forgetting(self, request: ForgetRequest) -> Forgetting:
        who = self._engine.forget(self._services.store.known_of(request))
        return Forgetting(request.seq, who, lambda state: without(state, who))

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
                self._services.settled()

    def _put_in_force(self, built: Topology | Catalog) -> None:
        at = max(self._latest, self._engine.last_tick or 0)
        kind = TopologyChanged if isinstance(built, Topology) else RulesChanged
        event = kind(id=built.version, arrived=at, version=built.version)
        self._engine.offer(built)
        self._handle(event)

    def _commit(
        self,
        now: Millis,
        *,
        snapshot: bool = False,
        again: list[IncidentChanged] | None = None,
        forgets: Forgetting | None = None,
    ) -> None:
        try:
            batch = self._batch(now, again or [], snapshot=snapshot, forgets=forgets)
            self._services.store.commit(self._lease, batch, now, self._settings.lease)
        except (LeaseLostError, ServerUnreachableError):
            raise
        except Exception as error:
            raise BatchFailedError(self._hand.places, error) from error
        self._quarantine.worked(self._hand.places)
        self._reached.update((p, position.next) for p, position in batch.positions.items())
        self._show_commit(batch)
        if batch.archived is not None and batch.archived.snapshot:
            self._kept_day = self._engine.now // DAY
        self._since_snapshot = 0 if snapshot else self._since_snapshot + len(self._hand.inputs)
        self._committed = now
        self._fed, self._stale = (now, False) if batch.feeds else (self._fed, True)
        self._hand = Hand()
        self._projected, self._told = self._engine.now, self._engine.versions

    def _batch(
        self,
        now: Millis,
        again: list[IncidentChanged],
        *,
        snapshot: bool,
        forgets: Forgetting | None,
    ) -> Batch:
        hand = self._hand
        positions, letters = self._intake.progress()
        letters += hand.letters()
        hand.effects += self._projections()
        return Batch(
            inputs=encode_inputs(hand.inputs) if hand.inputs else b"",
            effects=tuple(hand.effects),
            messages=hand.messages(letters, again),
            positions=positions,
            dead_letters=letters,
            snapshot=self._snapshot(needed=forgets is not None) if snapshot else None,
            taken=hand.taken(),
            feeds=self._feeds(now) if snapshot or self._are_feeds_due(now) else (),
            in_force=self._in_force(),
            archived=self._archive_note(hand.effects, snapshot=snapshot),
            forgets=forgets,
        )

    def _archive_note(self, effects: Sequence[Effect], *, snapshot: bool) -> ArchiveNote | None:
        """Return what the archive is told of a batch: a snapshot a day, and one at the beginning.

        A swap ends its batch, so that all of it was taken under the versions of before.
        """
        settings, engine = self._services.archives, self._engine
        if settings is None:
            return None
        inventory, catalog = self._told or engine.versions
        decisions = encode_decisions(effects)
        if not (snapshot and self._is_new_day()):
            return ArchiveNote(inventory, catalog, decisions)
        return ArchiveNote(
            inventory,
            catalog,
            decisions,
            snapshot=True,
            after=engine.versions,
            settings=msgspec.json.encode(settings),
            time=engine.now,
            restart=self._told is None,
        )

    def _projections(self) -> list[Effect]:
        """Return what is shown of the live incidents; an error there keeps nothing else up."""
        try:
            return self._engine.project(self._hand.effects, self._projected)
        except Exception:
            log.exception("projection_failed")
            self._metrics.failures.labels("projection").inc()
            return []

    def _snapshot(self, *, needed: bool) -> bytes | None:
        """Return a snapshot; without it the batches go on, unless something is only in it."""
        try:
            return self._engine.snapshot()
        except Exception:
            if needed or self._engine.versions != self._told:
                raise
            log.exception("snapshot_failed")
            self._metrics.failures.labels("snapshot").inc()
            return None

    def _show_commit(self, batch: Batch) -> None:
        self._metrics.commits.inc()
        self._metrics.follow(batch.effects)
        for letter in batch.dead_letters:
            self._metrics.decode_failures.labels(letter.record.topic, letter.reason).inc()

    def _feeds(self, now: Millis) -> tuple[FeedStatus, ...]:
        """Return how feeds and engine stand, for the console."""
        silent = dict(zip((TICKETS.topic, ALARMS.topic), self._engine.silent(), strict=True))
        feeds = [
            msgspec.structs.replace(feed, silent=silent.get(feed.topic, False))
            for feed in self._intake.statuses(self._source.lag())
        ]
        engine = FeedStatus(ENGINE, 0, self._engine.now, now, len(self._intake))
        return (*feeds, engine)

    def _in_force(self) -> dict[str, str]:
        """Return the versions of inventory and catalog, where they are not stored yet."""
        versions = self._engine.versions
        names = ("topology", "rules")
        return {} if versions == self._told else dict(zip(names, versions, strict=True))

    def _show(self) -> None:
        for partition, lag in self._source.lag().items():
            self._metrics.lag.labels(partition.topic, partition.number).set(lag)
        for partition, latest in self._intake.times().items():
            labels = (partition.topic, partition.number)
            self._metrics.watermark.labels(*labels).set(latest / 1000)
        self._metrics.engine_watermark.set(self._intake.watermark / 1000)
        self._metrics.buffered.set(len(self._intake))


def _is_over(span: Millis, since: Millis, now: Millis) -> bool:
    """Whether so much time has passed; a clock that was set back begins again."""
    return not 0 <= now - since < span
