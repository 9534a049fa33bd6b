"""The console without a server: a body, read as a form, up to what would go into the inbox."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Collection, Coroutine
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar
from unittest import mock
from zoneinfo import ZoneInfo

import msgspec
from starlette.requests import Request

from correlator.adapters.sql import ActionResult, Standing
from correlator.model import Action
from correlator.ports import ServerUnreachableError
from correlator.web import acting, drafting
from correlator.web.fields import fields_of
from correlator.web.views import Role
from correlator.web.visits import Visit
from correlator.web.who import Who
from topology import load

NOW = 1_795_339_000_000
_EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "topology"
_STATUSES = frozenset({200, 202, 403, 409, 412, 422, 503})

T = TypeVar("T")


class _Writes:
    """Takes down what is sent. Nothing answers afterwards, so that nothing is waited for."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def send(self, action: Action, now: int, not_before: int = 0) -> ActionResult:
        self.sent.append(msgspec.json.encode(action).decode())
        if not_before:
            return ActionResult(Standing.HELD, until=not_before or now)
        raise ServerUnreachableError("nobody there")

    def take_back(self, action: str, _now: int) -> tuple[str, str] | None:
        return ("GI-1", "reject") if action == "X1" else None


class _Reads:
    """Tickets that exist begin with a T."""

    def known_tickets(self, tickets: Collection[str]) -> set[str]:
        return {ticket for ticket in tickets if ticket.startswith("T")}


async def _inline(read: Callable[[], T]) -> T:
    return read()


@cache
def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.new_event_loop()


@cache
def _board() -> SimpleNamespace:
    return SimpleNamespace(topology=load(_EXAMPLE), now=NOW, held=(), get=lambda _: None)


def sent_by(data: bytes) -> list[str]:
    """Return the rows that a body would have the inbox take."""
    writes = _Writes()
    console: Any = SimpleNamespace(
        board=_board(),
        zone=ZoneInfo("Europe/Paris"),
        clock=lambda: NOW,
        tokens=SimpleNamespace(fresh=lambda: "X0"),
        reads=_Reads(),
        writes=writes,
    )
    kind = "json" if data[:1] in {b"{", b"["} else "x-www-form-urlencoded"
    scope = {"type": "http", "headers": [(b"content-type", f"application/{kind}".encode())]}

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": data, "more_body": False}

    request = Request(scope, receive)
    lang: Any = "en" if len(data) % 2 else "fr"
    visit = Visit(request, console, Who("anna", Role.CELL), lang, "s" * 32, fresh=False)
    with ExitStack() as stack:
        for module in (acting, drafting):
            stack.enter_context(mock.patch.object(module, "in_thread", _inline))
        _run(_acted(visit))
    return writes.sent


def _run(coroutine: Coroutine[Any, Any, None]) -> None:
    _loop().run_until_complete(coroutine)


async def _acted(visit: Visit) -> None:
    fields = await fields_of(visit.request, visit.lang)
    if fields is None:
        return
    for outcome in await acting.act(visit, fields):
        if outcome.view.status not in _STATUSES:
            raise AssertionError(f"status {outcome.view.status}")
        json.dumps(outcome.plain(), ensure_ascii=False).encode()  # as the page sends it
