"""Stand by, lead, and after a loss stand by again. One daemon holds the lease and writes.

Whatever goes wrong with the database, or with what is applied, what is in memory is thrown away and
read again from there: after a commit whose answer was lost, only it knows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Event as Flag

import structlog

from correlator.adapters.host import wall_clock
from correlator.config import DaemonSettings
from correlator.model import Millis
from correlator.ports import EventSource, Lease, LeaseLostError, Partition, ServerUnreachableError
from correlator.service.metrics import Metrics
from correlator.service.outbox import Outbox
from correlator.service.quarantine import BatchFailedError, Quarantine
from correlator.service.session import LeaderSession, Services
from correlator.service.troubles import Troubles

__all__ = ["Daemon", "Services"]

log = structlog.get_logger(__name__)

AGAIN = 1.0
"""Seconds until a server that did not answer is asked again."""


class Daemon:
    """Runs until `stop`. `beat` is when the loop last came round."""

    def __init__(  # noqa: PLR0913 - what it is given decides all it does
        self,
        services: Services,
        settings: DaemonSettings,
        owner: str,
        metrics: Metrics,
        *,
        clock: Callable[[], Millis] = wall_clock,
        on_silence: Callable[[], None] = lambda: None,
    ) -> None:
        """`on_silence` is called, after the commit, whenever every feed is caught up and silent."""
        self._on_silence = on_silence
        self._services = services
        self._settings = settings
        self._owner = owner
        self._metrics = metrics
        self._clock = clock
        self._stop = Flag()
        self._quarantine = Quarantine()
        self._troubles = Troubles(clock)
        self._lease: Lease | None = None  # taken, and not given back
        self._reached: dict[Partition, int] = {}  # by the last session
        self._session: LeaderSession | None = None  # while it leads
        self._outbox: Outbox | None = None
        self.beat: Millis = 0

    def ready(self) -> bool:
        """Whether it holds the lease, has recovered, and what it decides can be published."""
        return not self.reasons()

    def reasons(self) -> tuple[str, ...]:
        """Return why it is not ready, one sentence each."""
        found = list(self._troubles.sentences())
        session, outbox = self._session, self._outbox
        if session is None or outbox is None:
            return tuple(found) or ("it does not lead: another daemon does, or it recovers",)
        if self._clock() >= session.leased_until:
            found.append("the lease ran out: the database has not taken a commit in time")
        if outbox.failing:
            found.append("what is decided cannot be published: see outbox_failed in the log")
        return tuple(found)

    def stop(self) -> None:
        """Ask the loop to finish its step, write a snapshot and give the lease back."""
        self._stop.set()

    def run(self) -> None:
        """Stand by, lead, and after a loss stand by again, until stopped.

        Raises `NothingWorksError` where one record after the other cannot be applied.
        """
        while not self._stop.is_set():
            try:
                lease = self._acquire()
                if lease is not None:
                    self._lead(lease)
            except LeaseLostError:
                self._lease = None
                log.warning("lease_lost")
            except ServerUnreachableError as error:
                self._is_away("store", error)
            except BatchFailedError as failure:
                self._give_up(failure)
            finally:
                self._session = self._outbox = None
                self._metrics.leader.set(0)

    def _is_away(self, what: str, error: ServerUnreachableError) -> None:
        self._troubles.began(what, str(error))
        {"store": self._metrics.store_up, "kafka": self._metrics.kafka_up}[what].set(0)
        self._stop.wait(AGAIN)

    def _give_up(self, failure: BatchFailedError) -> None:
        self._metrics.failures.labels("batch").inc()
        log.error("batch_failed", places=len(failure.places), exc_info=failure.__cause__)
        if self._quarantine.failed(failure):
            self._metrics.set_aside.inc()
            log.error("set_aside", place=str(failure.places[0]), error=str(failure))

    def _acquire(self) -> Lease | None:
        """Take the lease: our own at once, where a failure of before left it with us."""
        settings, store = self._settings, self._services.store
        now = self.beat = self._clock()
        lease = None
        if self._lease is not None:
            lease = store.resume(self._lease, now, settings.lease)
            self._lease = None
        lease = lease or store.acquire(settings.name, self._owner, now, settings.lease)
        self._troubles.ended("store")
        self._metrics.store_up.set(1)
        if lease is None:
            self._stop.wait(min(1.0, settings.lease / 3000))
        return lease

    def _lead(self, lease: Lease) -> None:
        self._lease = lease
        source = self._open_source(lease)
        if source is None:
            return
        try:
            session = LeaderSession(
                self._services, self._settings, lease, self._metrics, source, self._quarantine
            )
            session.begin(self._come_round)
            self._compare(session.reached)
            self._reached = session.reached
            outbox = Outbox(self._services.store, self._services.publisher, self._metrics)
            outbox.start()
            self._session, self._outbox = session, outbox
            self._metrics.leader.set(1)
            log.info("leading", epoch=lease.epoch, owner=lease.owner)
            try:
                while not self._stop.is_set():
                    self.beat = self._clock()
                    if session.step(self.beat):
                        self._on_silence()
                    self._look_at(source.reachable)
                session.end(self._clock())
            finally:
                outbox.stop()
        finally:
            source.close()
        self._give_back(lease)

    def _come_round(self) -> Millis:
        """Return the time, and be healthy: a long recovery that goes on is no loop that hangs."""
        self.beat = self._clock()
        return self.beat

    def _compare(self, found: Mapping[Partition, int]) -> None:
        """Say it where the database holds less than this process has stored in it.

        It has, after a fail-over to a replica that lagged. All is read again from there; what was
        published meanwhile is published again, under the same versions where it is decided alike.
        """
        for partition, offset in self._reached.items():
            if found.get(partition, 0) < offset:
                self._metrics.failures.labels("database-went-back").inc()
                log.error(
                    "database_went_back",
                    partition=f"{partition.topic}[{partition.number}]",
                    stored=offset,
                    found=found.get(partition, 0),
                )

    def _open_source(self, lease: Lease) -> EventSource | None:
        """Open the feeds; None while Kafka is away, and whoever else reaches it may lead."""
        try:
            return self._services.sources()
        except ServerUnreachableError as error:
            self._give_back(lease)
            self._is_away("kafka", error)
            return None

    def _give_back(self, lease: Lease) -> None:
        self._services.store.release(lease)
        self._lease = None

    def _look_at(self, reachable: bool) -> None:  # noqa: FBT001 - it is the thing looked at
        self._metrics.kafka_up.set(int(reachable))
        if reachable:
            self._troubles.ended("kafka")
        else:
            self._troubles.began("kafka", "no broker answers")
