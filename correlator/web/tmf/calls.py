"""Calls to subscribers: what the daemon's commits left to be told, one after the other.

Any number of consoles may do it: a call is claimed before it is made. A subscriber is told at
least once and in order; one that does not answer is tried again ever later, for three days.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec
import structlog
from anyio import to_thread

from correlator.adapters.callbacks import CallFailedError, ForbiddenAddressError
from correlator.model import DAY
from correlator.ports import ServerUnreachableError
from correlator.web.tmf.hub import wants

if TYPE_CHECKING:
    from collections.abc import Callable

    from correlator.adapters.callbacks import Caller
    from correlator.adapters.sql import Call, Hubs
    from correlator.model import Millis

log = structlog.get_logger(__name__)

EVERY = 1.0
"""Seconds between two looks, where there is nothing to tell."""
GIVEN_UP: Millis = 3 * DAY


class Calls:
    """Tells subscribers, until cancelled."""

    def __init__(self, hubs: Hubs, caller: Caller, clock: Callable[[], Millis]) -> None:
        self._hubs = hubs
        self._caller = caller
        self._clock = clock

    async def run(self) -> None:
        """Tell whoever is to be told; a database that is away is waited for."""
        while True:
            try:
                told = await self.tell()
            except ServerUnreachableError:
                told = 0
            if not told:
                await asyncio.sleep(EVERY)

    async def tell(self) -> int:
        """Make the calls whose turn it is, all subscribers at once; returns how many."""
        calls = await to_thread.run_sync(lambda: self._hubs.claim(self._clock()))
        await asyncio.gather(*(to_thread.run_sync(self._make, call) for call in calls))
        return len(calls)

    def _make(self, call: Call) -> None:
        """Make a call, and note what became of it; blocks."""
        event = msgspec.json.decode(call.value, type=dict[str, Any])
        now, hub = self._clock(), call.hub
        if not wants(hub.query, str(event.get("eventType"))):
            self._hubs.done(call)
            return
        try:
            self._caller.post(hub.callback, call.value, str(event.get("eventId")), now // 1000)
        except (CallFailedError, ForbiddenAddressError) as error:
            gone = now - call.at > GIVEN_UP
            log.warning("hub_not_told", hub=hub.id, tries=call.tries, error=str(error), gone=gone)
            if gone:
                self._hubs.done(call)
            else:
                self._hubs.again(call, now)
            return
        self._hubs.done(call)
