"""The console's parts, put together once: what every route works with."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

from anyio import to_thread

from correlator.adapters.callbacks import Caller
from correlator.adapters.host import wall_clock
from correlator.adapters.sql import (
    DeadLetters,
    Documents,
    Hubs,
    Sessions,
    alarm_reads,
    ticket_reads,
)
from correlator.adapters.sql import Tokens as ApiTokens
from correlator.model import MINUTE, Millis
from correlator.ports import API_PARTITION, ENGINE, ServerUnreachableError
from correlator.web.answers import Answerer
from correlator.web.audit import Audit
from correlator.web.counting import Counting
from correlator.web.inventories import Inventories
from correlator.web.live import BEAT, Hub
from correlator.web.login.cookies import Cookies
from correlator.web.login.provider import Provider
from correlator.web.pages.rows import Rows
from correlator.web.pages.usual import lasted_of
from correlator.web.views import FeedView, OutcomeView
from correlator.workshop import Workshop

if TYPE_CHECKING:
    from correlator.adapters.sql import ConsoleReads, ConsoleWrites, LastedRow, RuleDesk
    from correlator.web.board import Board
    from correlator.web.rendering import Templates
    from correlator.web.settings import WebSettings
    from correlator.web.who import Tokens
    from rules.model import Catalog

LATE: Millis = 2 * MINUTE
"""In ms: an engine that is further behind its feeds than this says so on every page."""
STOPPED: Millis = 20_000
"""In ms of the clock without a commit, which a leader makes at least every third of its lease."""
DEMO_BEAT = 1.0
"""Seconds between beats of a replay, in which time runs faster than the clock of a page."""
_MOST_SHARED = 64
_LASTED_EVERY: Millis = 10 * MINUTE
_MOST_NOTICES = 1_000

T = TypeVar("T")


class Console:
    """Settings, board, reads, writes, templates. `clock` is the only clock that routes read."""

    def __init__(  # noqa: PLR0913, PLR0917 - the parts that there are
        self,
        settings: WebSettings,
        catalog: Catalog,
        rule_files: Mapping[str, str],
        board: Board,
        reads: ConsoleReads,
        writes: ConsoleWrites,
        desk: RuleDesk,
        templates: Templates,
        tokens: Tokens,
        *,
        clock: Callable[[], Millis] = wall_clock,
    ) -> None:
        self.settings = settings
        self.catalog = catalog
        self.rule_files = rule_files
        self.board = board
        self.reads = reads
        self.writes = writes
        self.templates = templates
        self.tokens = tokens
        self.clock = clock
        self.workshop = Workshop(desk, reads.backtests_of, clock, settings.dial)
        self.zone = ZoneInfo(settings.timezone)
        self.answerer = Answerer(board, {s.id: s.fault for s in catalog.symptoms})
        self.inventories = Inventories(self)
        self.audit = Audit(writes)
        self.rows = Rows(board, templates.forget_rows)
        beat = DEMO_BEAT if settings.demo else BEAT
        self.hub = Hub(settings.streams, self.hello, beat)
        self.api_tokens = ApiTokens(desk.engine)
        self.documents = Documents(desk.engine)
        self.alarms = alarm_reads(desk.engine)
        self.tickets = ticket_reads(desk.engine)
        self.hubs = Hubs(desk.engine)
        self.caller = Caller(settings.callbacks)
        self.letters = DeadLetters(desk.engine)
        self.counting = Counting()
        self.sessions = Sessions(desk.engine)
        self.cookies = Cookies.over(secure=settings.secure)
        oidc = settings.oidc
        self.provider = None if oidc is None else Provider(oidc, settings.url)
        self.failing: Callable[[], bool] = lambda: False
        self.catch_up: Callable[[], Awaitable[None]] = _at_once
        self._shared: OrderedDict[Hashable, asyncio.Task[Any]] = OrderedDict()
        self._notices: OrderedDict[str, tuple[OutcomeView, ...]] = OrderedDict()

    def take_catalog(self, catalog: Catalog, files: Mapping[str, str]) -> None:
        """Go on with another catalog, that of these files."""
        self.catalog = catalog
        self.rule_files = files
        self.answerer = Answerer(self.board, {s.id: s.fault for s in catalog.symptoms})

    # ---------------------------------------------------------------------------- its state

    def feeds(self) -> tuple[FeedView, ...]:
        """Return how tickets, alarms and the engine stand: the freshest partition of each.

        What systems post says nothing of a feed that there is beside.
        """
        now = self.clock()
        found = {}
        for topic, what in (("gi.tickets", "tickets"), ("gi.alarms", "alarms"), (ENGINE, "engine")):
            every = [feed for feed in self.board.feeds if feed.topic == topic]
            feeds = [feed for feed in every if feed.partition != API_PARTITION] or every
            if feeds:
                heard = max(feed.heard for feed in feeds)
                silent = any(feed.silent for feed in feeds)
                found[what] = FeedView(what, max(0, now - heard), silent)
        return tuple(found.values())

    @property
    def stopped(self) -> bool:
        """Whether no daemon has committed for longer than one that lives does, or no store is."""
        heard = max((f.heard for f in self.board.feeds if f.topic == ENGINE), default=0)
        return self.failing() or self.clock() - heard > STOPPED

    @property
    def late(self) -> Millis:
        """How far the engine is behind what its feeds have brought, if that is much; else 0."""
        latest = max((f.latest for f in self.board.feeds if f.topic != ENGINE), default=0)
        behind = latest - self.board.now
        return behind if behind > LATE else 0

    @property
    def blind(self) -> bool:
        """Whether nothing can be said of what is *not*: the engine has stopped or is late."""
        return self.stopped or bool(self.late)

    def hello(self) -> dict[str, object]:
        """Return what a live stream begins with, and what each beat tells."""
        return {
            "seq": self.board.seq,
            "now": self.board.now,
            "wall": self.clock(),
            "feeds": [[feed.what, feed.age, feed.silent] for feed in self.feeds()],
            "late": self.late,
            "stopped": self.stopped,
        }

    async def lasted(self, rule: str) -> list[LastedRow]:
        """Return how long the incidents of a rule lasted, as of some minutes ago."""
        now = self.board.now
        return await self.once(
            ("lasted", rule, now // _LASTED_EVERY), lambda: lasted_of(self.reads, rule, now)
        )

    async def once(self, key: Hashable, read: Callable[[], T]) -> T:
        """Return what a blocking read gives; who asks for the same key shares it for a moment."""
        task = self._shared.get(key)
        if task is None:
            task = self._shared[key] = asyncio.create_task(in_thread(read))
            while len(self._shared) > _MOST_SHARED:
                self._shared.popitem(last=False)
        try:
            found: T = await asyncio.shield(task)
        except ServerUnreachableError:
            self._shared.pop(key, None)  # whoever asks next tries again
            raise
        return found

    # ------------------------------------------------------------------------------ notices

    def leave(self, key: str, outcomes: tuple[OutcomeView, ...]) -> None:
        """Keep outcomes for the next page of a browser without scripts."""
        self._notices[key] = outcomes
        while len(self._notices) > _MOST_NOTICES:
            self._notices.popitem(last=False)

    def pick_up(self, key: str) -> tuple[OutcomeView, ...]:
        """Return, once, what was left."""
        return self._notices.pop(key, ())


async def _at_once() -> None:
    """There is nothing to wait for."""


async def in_thread(read: Callable[[], T]) -> T:
    """Return what a blocking read gives, without holding the event loop up."""
    return await to_thread.run_sync(read)
