"""Keeps the board up with the store, and tells the live streams what changed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

import structlog
from anyio import to_thread

from correlator.adapters.sql import ChangeRow, ConsoleReads
from correlator.model import Millis
from correlator.ports import ServerUnreachableError
from correlator.web.board import ENDED_KEPT, Board
from correlator.web.live import Hub

log = structlog.get_logger(__name__)

POLL = 0.2
"""Seconds between two looks at what changed."""
_STATUS_EVERY = 5  # looks between two at feeds and inbox, without changes
_BESIDE_EVERY = 15
_AT_ONCE = 1_000  # changes read at a time; more at once, and the board is loaded anew
_LEAP = 500_000
"""Numbers of changes leap at a new leader: the database may have forgotten what is on the board."""
_ON_BOARD = frozenset({"incident", "figures", "text"})

T = TypeVar("T")


class Follower:
    """Polls the store. `failing`: it did not answer when it was last asked."""

    def __init__(self, reads: ConsoleReads, board: Board, hub: Hub) -> None:
        self._reads = reads
        self._board = board
        self._hub = hub
        self._looks = 0
        self._turn = asyncio.Lock()  # or what was read earlier could be taken over later
        self.failing = False

    async def run(self, beside: Callable[[], Awaitable[None]]) -> None:
        """Follow until cancelled; `beside` is awaited now and then."""
        while True:
            try:
                await self.look()
                self.failing = False
                if self._looks % _BESIDE_EVERY == 0:
                    await beside()
            except ServerUnreachableError as error:
                if not self.failing:
                    log.warning("store_unreachable", error=str(error))
                self.failing = True
            except Exception:  # a row that cannot be read: the board must not stand still for it
                log.exception("following_failed")
            await asyncio.sleep(POLL)

    async def look(self) -> bool:
        """Look once; returns whether the board changed."""
        async with self._turn:
            return await self._look()

    async def catch_up(self) -> None:
        """Take over all that is in the store by now: who has acted sees it on the next page."""
        async with self._turn:
            if not await self._look():
                await self._status()

    async def _look(self) -> bool:
        board = self._board
        if not board.loaded:
            return await self._load()
        changes = await _in_thread(lambda: self._reads.changes(board.seq, _AT_ONCE))
        leapt = bool(changes) and changes[0].seq > board.seq + _LEAP
        if len(changes) == _AT_ONCE or leapt:
            return await self._load()
        self._looks += 1
        if not changes:
            return await self._status() if self._looks % _STATUS_EVERY == 0 else False
        wanted = {change.id for change in changes if change.kind in _ON_BOARD}
        rows = await _in_thread(lambda: self._reads.refreshed(changes[-1].seq, wanted))
        held, before = board.held, self._answering(wanted)
        board.update(rows)
        self._tell(changes)
        if before != self._answering(wanted):
            self._hub.hint("answer", "")  # not `*`, which has every panel of every tab read again
        self._tell_held(held)
        return True

    def _answering(self, incidents: Iterable[str]) -> list[object]:
        """Return what decides whose calls these incidents explain: an agent's *no* may be over."""
        entries = [self._board.get(incident) for incident in incidents]
        return [
            entry and (entry.incident.state, entry.domain, entry.figures is None)
            for entry in entries
        ]

    async def _load(self) -> bool:
        now = max(self._board.now, await _in_thread(self._engine_time))
        rows = await _in_thread(lambda: self._reads.board(now - ENDED_KEPT))
        self._board.load(rows)
        self._hub.hint("all", "*")
        return True

    def _engine_time(self) -> Millis:
        feeds, _ = self._reads.status()
        return max((feed.latest for feed in feeds if feed.topic == "engine"), default=0)

    async def _status(self) -> bool:
        """See how the feeds stand, and whether the inbox holds other actions than before."""
        feeds, held = await _in_thread(self._reads.status)
        before = self._board.held
        self._board.stand(feeds, held)
        self._tell_held(before)
        return before != held

    def _tell_held(self, before: tuple[object, ...]) -> None:
        if before != self._board.held:
            for row in {*before, *self._board.held}:
                self._hub.hint("held", row.incident)  # type: ignore[attr-defined]

    def _tell(self, changes: list[ChangeRow]) -> None:
        """Tell what changed; figures are told with the incident that they belong to."""
        for seq, kind, subject, rev, version, band in changes:
            if kind == "figures":
                entry = self._board.get(subject)
                if entry is None:
                    continue
                kind, rev, band = "incident", entry.incident.rev, entry.band.value  # noqa: PLW2901
                version = entry.incident.version  # noqa: PLW2901
            self._hub.hint(kind, subject, rev, version, band, seq)


async def _in_thread(read: Callable[[], T]) -> T:
    """Return what a blocking read gives, without holding the event loop up."""
    return await to_thread.run_sync(read)
