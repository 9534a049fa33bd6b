"""Stand by, lead, and after a loss stand by again. One daemon holds the lease and writes.

Whatever goes wrong with the database, what is in memory is thrown away and read again from there:
after a commit whose answer was lost, only it knows.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Event as Flag

import structlog

from correlator.adapters.host import wall_clock
from correlator.config import DaemonSettings
from correlator.model import Millis
from correlator.ports import Lease, LeaseLostError, ServerUnreachableError
from correlator.service.metrics import Metrics
from correlator.service.outbox import Outbox
from correlator.service.session import LeaderSession, Services

__all__ = ["Daemon", "Services"]

log = structlog.get_logger(__name__)


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
        self._outbox: Outbox | None = None  # while it leads
        self.beat: Millis = 0

    def ready(self) -> bool:
        """Whether it holds the lease, has recovered, and what it decides can be published."""
        outbox = self._outbox
        return outbox is not None and not outbox.failing

    def stop(self) -> None:
        """Ask the loop to finish its step, write a snapshot and give the lease back."""
        self._stop.set()

    def run(self) -> None:
        """Stand by, lead, and after a loss stand by again, until stopped."""
        while not self._stop.is_set():
            try:
                lease = self._acquire()
                if lease is not None:
                    self._lead(lease)
            except LeaseLostError:
                log.warning("lease_lost")
            except ServerUnreachableError as error:
                log.warning("server_unreachable", error=str(error))
                self._stop.wait(1.0)
            finally:
                self._outbox = None
                self._metrics.leader.set(0)

    def _acquire(self) -> Lease | None:
        settings = self._settings
        now = self.beat = self._clock()
        lease = self._services.store.acquire(settings.name, self._owner, now, settings.lease)
        if lease is None:
            self._stop.wait(min(1.0, settings.lease / 3000))
        return lease

    def _lead(self, lease: Lease) -> None:
        source = self._services.sources()
        try:
            session = LeaderSession(self._services, self._settings, lease, self._metrics, source)
            session.begin(self._clock())
            outbox = Outbox(self._services.store, self._services.publisher, self._metrics)
            outbox.start()
            self._outbox = outbox
            self._metrics.leader.set(1)
            log.info("leading", epoch=lease.epoch, owner=lease.owner)
            try:
                while not self._stop.is_set():
                    self.beat = self._clock()
                    if session.step(self.beat):
                        self._on_silence()
                session.end(self._clock())
            finally:
                outbox.stop()
        finally:
            source.close()
        self._services.store.release(lease)
