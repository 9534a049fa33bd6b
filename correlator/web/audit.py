"""The audit: every write, every refused write, every look at a customer.

Gathered and written once a second, in one transaction: a look at a customer must not cost a commit.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog
from anyio import to_thread

from correlator.ports import ServerUnreachableError

if TYPE_CHECKING:
    from correlator.adapters.sql import ConsoleWrites
    from correlator.model import Millis
    from correlator.web.who import Who

log = structlog.get_logger(__name__)

EVERY = 1.0
"""Seconds between two writes."""
_MOST_WAITING = 50_000  # rows that wait for a database that is away


class Audit:
    """Rows that wait to be written."""

    def __init__(self, writes: ConsoleWrites) -> None:
        self._writes = writes
        self._waiting: list[dict[str, object]] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def note(self, who: Who, now: Millis, what: str, subject: str, outcome: str = "") -> None:
        """Write down who did or saw what; `now`: the clock (ms)."""
        row = {
            "at": now,
            "actor": who.actor,
            "role": who.role.value,
            "what": what,
            "subject": subject,
            "outcome": outcome,
        }
        if len(self._waiting) < _MOST_WAITING:
            self._waiting.append(row)

    async def run(self) -> None:
        """Write what waits, until cancelled; what is left then is written by `flush`."""
        while True:
            await asyncio.sleep(EVERY)
            await self.flush()

    async def flush(self) -> None:
        """Write what waits."""
        rows, self._waiting = self._waiting, []
        if not rows:
            return
        try:
            await to_thread.run_sync(lambda: self._writes.audit(rows))
        except ServerUnreachableError:
            self._waiting = [*rows, *self._waiting][:_MOST_WAITING]
