"""From the store's outbox to the publisher, in a thread of its own.

A server that does not answer is waited for. An error that nobody expected is logged with its
traceback, counted, and tried again after a while; until an attempt goes well `failing` says so,
and `/readyz` with it.
"""

from __future__ import annotations

import time
from threading import Event as Flag
from threading import Thread

import structlog

from correlator.ports import Publisher, ServerUnreachableError, Store
from correlator.service.metrics import Metrics

log = structlog.get_logger(__name__)

FIRST_WAIT = 1.0
"""Seconds after the first failure; it doubles with each further one."""
LONGEST_WAIT = 30.0
TOLD_EVERY = 60.0
"""Seconds between two lines about the same wait."""
_IDLE_WAIT = 0.1
_OVERTAKEN_WAIT = 1.0
"""Seconds in which one of two that both publish is told that it leads no more."""
_ROWS = 1_000
_COUNT_EVERY = 1.0
"""Seconds between two counts of what waits, while there is more: each looks at all of it."""


def wait_after(failures: int) -> float:
    """Return how many seconds to wait after so many failures in a row."""
    return float(min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(failures - 1, 30)))


class Outbox:
    """Publishes what waits while this daemon leads."""

    def __init__(self, store: Store, publisher: Publisher, metrics: Metrics) -> None:
        self._store = store
        self._publisher = publisher
        self._metrics = metrics
        self._stop = Flag()
        self._failures = 0  # in a row
        self._overtaken = False  # another leader has published what this one had in hand
        self._waits_since = 0.0  # monotonic seconds of the last line about it; 0: it does not
        self._counted = -_COUNT_EVERY  # monotonic seconds of the last count
        self._thread = Thread(target=self._run, name="outbox", daemon=True)

    @property
    def failing(self) -> bool:
        """Whether the last attempt ended in an unexpected error, or the thread is gone."""
        return self._failures > 0 or not self._thread.is_alive()

    def start(self) -> None:
        """Begin to publish."""
        self._thread.start()

    def stop(self) -> None:
        """Publish what waits, as far as the servers answer, and end.

        Where another leads, it is the other's to publish: two would undo each other's work.
        """
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            last = self._stop.is_set()
            sent = self._attempt()
            if last and (not sent or self._overtaken):
                return
            if not sent:
                self._stop.wait(wait_after(self._failures) if self._failures else _IDLE_WAIT)

    def _attempt(self) -> int:
        """Publish once; returns how many messages went, 0 after any error."""
        try:
            sent = self._publish()
        except ServerUnreachableError as error:
            self._tell_wait(error=str(error))
            return 0
        except Exception:
            self._failures += 1
            self._metrics.outbox_failures.inc()
            wait = wait_after(self._failures)
            log.exception("outbox_failed", failures=self._failures, again_in_s=wait)
            return 0
        self._failures = 0
        return sent

    def _publish(self) -> int:
        """Publish the oldest rows; a row goes only after its message is safely stored."""
        rows = self._store.outbox(_ROWS)
        results = self._publisher.publish([row.message for row in rows]) if rows else []
        done = [row for row, error in zip(rows, results, strict=True) if error is None]
        there = self._store.published(done)
        self._overtaken = there < len(done)
        if self._overtaken:
            log.warning("published_by_another", messages=len(done) - there)
            self._stop.wait(_OVERTAKEN_WAIT)
        self._show_depth(more=len(rows) == _ROWS)
        if len(done) < len(rows):
            first = next(error for error in results if error is not None)
            self._tell_wait(failed=len(rows) - len(done), error=str(first))
            self._stop.wait(1.0)
        else:
            self._waits_since = 0.0
        return len(done)

    def _show_depth(self, *, more: bool) -> None:
        now = time.monotonic()
        if not more or now - self._counted >= _COUNT_EVERY:
            self._counted = now
            self._metrics.outbox.set(self._store.outbox_depth())

    def _tell_wait(self, **what: object) -> None:
        """Say that messages wait: at once, then every minute."""
        now = time.monotonic()
        if not self._waits_since or now - self._waits_since >= TOLD_EVERY:
            self._waits_since = now
            log.warning("outbox_waits", **what)
