"""Calls to subscribers: what the daemon's commits left to be told, one after the other.

Any number of consoles may do it: a call is claimed before it is made. A subscriber is told at
least once and in order; one that does not answer is tried again ever later, for three days, and
keeps no other waiting.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec
import structlog
from anyio import CapacityLimiter, to_thread

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
_AT_ONCE = 8  # calls, in threads of their own
GIVEN_UP: Millis = 3 * DAY


class Calls:
    """Tells subscribers, until cancelled."""

    def __init__(self, hubs: Hubs, caller: Caller, clock: Callable[[], Millis]) -> None:
        self._hubs = hubs
        self._caller = caller
        self._clock = clock
        self._threads = CapacityLimiter(_AT_ONCE)
        self._busy: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Tell whoever is to be told; what goes wrong is logged, and tried again."""
        while True:
            ended = 0
            try:
                ended = await self.tell()
            except ServerUnreachableError:
                pass  # it is waited for
            except Exception as error:  # noqa: BLE001 - nobody is told any more otherwise
                log.error("hubs_failed", error=type(error).__name__)  # noqa: TRY400 - no contents
            if not ended and not self._busy:
                await asyncio.sleep(EVERY)

    async def tell(self) -> int:
        """Begin the calls whose turn it is; returns how many have ended, a moment later."""
        room = _AT_ONCE - len(self._busy)
        if room:
            for call in await to_thread.run_sync(lambda: self._hubs.claim(self._clock(), room)):
                self._busy.add(asyncio.create_task(self._made(call)))
        if not self._busy:
            return 0
        # Not for longer: who does not answer keeps nobody else waiting.
        ended, self._busy = await asyncio.wait(
            self._busy, timeout=EVERY, return_when=asyncio.FIRST_COMPLETED
        )
        return len(ended)

    async def _made(self, call: Call) -> None:
        try:
            await to_thread.run_sync(self._make, call, limiter=self._threads)
        except ServerUnreachableError:
            pass  # it is claimed anew, a minute later
        except Exception as error:  # noqa: BLE001 - so is this
            log.error("hub_failed", hub=call.hub.id, error=type(error).__name__)  # noqa: TRY400

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
