"""From the store's outbox to the publisher, in a thread of its own."""

from __future__ import annotations

from threading import Event as Flag
from threading import Thread

import structlog

from correlator.ports import Publisher, ServerUnreachableError, Store
from correlator.service.metrics import Metrics

log = structlog.get_logger(__name__)

_ROWS = 500


class Outbox:
    """Publishes what waits, in a thread of its own, while this daemon leads."""

    def __init__(self, store: Store, publisher: Publisher, metrics: Metrics) -> None:
        self._store = store
        self._publisher = publisher
        self._metrics = metrics
        self._stop = Flag()
        self._thread = Thread(target=self._run, name="outbox", daemon=True)

    def start(self) -> None:
        """Begin to publish."""
        self._thread.start()

    def stop(self) -> None:
        """Publish what waits, as far as the servers answer, and end."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            last = self._stop.is_set()
            try:
                sent = self._publish()
            except ServerUnreachableError as error:
                log.warning("outbox_waits", error=str(error))
                sent = 0
            if last and not sent:
                return
            if not sent:
                self._stop.wait(0.1)

    def _publish(self) -> int:
        """Publish the oldest rows; a row goes only after its message is safely stored."""
        rows = self._store.outbox(_ROWS)
        results = self._publisher.publish([row.message for row in rows]) if rows else []
        done = [row.seq for row, error in zip(rows, results, strict=True) if error is None]
        self._store.published(done)
        self._metrics.outbox.set(self._store.outbox_depth())
        if len(done) < len(rows):
            first = next(error for error in results if error is not None)
            log.warning("outbox_waits", failed=len(rows) - len(done), error=str(first))
            self._stop.wait(1.0)
        return len(done)
