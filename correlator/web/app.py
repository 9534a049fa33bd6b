"""The application: parts put together, middleware around the routes, what runs beside them."""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import structlog
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

import rules
import topology
from correlator.adapters.sql import ConsoleReads, ConsoleWrites, RuleDesk, SqlStore
from correlator.ports import ServerUnreachableError
from correlator.web.access import ROOMS
from correlator.web.api.shape import allowed
from correlator.web.bearer import Bearer
from correlator.web.board import Board
from correlator.web.console import Console
from correlator.web.counting import Counted
from correlator.web.fields import WrongFieldError
from correlator.web.following import Follower
from correlator.web.limits import Limits
from correlator.web.login.door import Door
from correlator.web.login.sessions import KnownSessions
from correlator.web.login.watch import watch
from correlator.web.middleware import (
    HEADERS,
    KnownHosts,
    PatientBodies,
    PlainPaths,
    SafeHeaders,
)
from correlator.web.rendering import Templates
from correlator.web.responses import PROGRAMS, page, problem, refused
from correlator.web.routes import ROUTES
from correlator.web.settings import LOOPBACK, WebSettings
from correlator.web.tmf.calls import Calls
from correlator.web.visits import visit
from correlator.web.who import Tokens
from correlator.workshop import files_in, packaged_files

log = structlog.get_logger(__name__)

_KEYS = {403: "page.forbidden", 404: "page.unknown", 405: "page.not_allowed", 408: "page.too_slow"}


def console_of(settings: WebSettings) -> tuple[Console, Follower]:
    """Load inventory and rules, open the store; raises what the settings get wrong."""
    inventory = topology.load(settings.topology, settings.attributes, core=settings.core)
    catalog = rules.load(settings.rules)
    files = packaged_files() if settings.rules is None else files_in(settings.rules)
    store = SqlStore(settings.store_url, timeout=settings.store_timeout / 1000)
    store.migrate()
    board = Board(inventory)
    console = Console(
        settings,
        catalog,
        files,
        board,
        ConsoleReads(store.engine),
        ConsoleWrites(store.engine),
        RuleDesk(store.engine),
        Templates(settings.timezone),
        Tokens(_secret(settings)),
    )
    follower = Follower(console.reads, board, console.hub)
    console.failing = lambda: follower.failing
    console.catch_up = follower.catch_up
    return console, follower


def _secret(settings: WebSettings) -> bytes:
    """Return what tokens are made with; several processes with the same settings share it.

    Without any secret each process has one of its own: forms of before its start are refused.
    """
    if not settings.secret:
        return secrets.token_bytes(32)
    return hashlib.sha256(f"correlator\0{settings.secret}".encode()).digest()


def create_app(settings: WebSettings) -> FastAPI:
    """Return the console as an ASGI application."""
    console, follower = console_of(settings)
    calls = Calls(console.hubs, console.caller, console.clock)

    @asynccontextmanager
    async def running(_app: FastAPI) -> AsyncIterator[None]:
        await follower.look()
        console.hub.start()
        beside = [
            asyncio.create_task(follower.run(console.inventories.keep_up)),
            asyncio.create_task(console.audit.run()),
            asyncio.create_task(calls.run()),
            asyncio.create_task(console.templates.compile_ahead()),
            asyncio.create_task(watch(console)),
        ]
        if settings.demo:
            beside.append(asyncio.create_task(_end_with_parent(os.getppid())))
        yield
        for task in beside:
            task.cancel()
        await console.audit.flush()
        await console.hub.stop()

    app = FastAPI(
        title="correlator",
        lifespan=running,
        routes=ROUTES,  # type: ignore[arg-type]
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        exception_handlers={
            HTTPException: _http_error,
            ServerUnreachableError: _unreachable,
            WrongFieldError: _wrong,
            Exception: _failed,
        },
    )
    app.state.console = console
    _guard(app, console)
    return app


def _guard(app: FastAPI, console: Console) -> None:
    """Put around the routes what every request passes, from the inside out."""
    settings, login = console.settings, console.provider is not None
    app.add_middleware(Door, login=login)
    app.add_middleware(Limits, rates=settings.requests_per_minute, login=login)
    if login:
        app.add_middleware(
            KnownSessions,
            sessions=console.sessions,
            cookies=console.cookies,
            tokens=console.tokens,
            clock=console.clock,
        )
    app.add_middleware(Bearer, tokens=console.api_tokens, clock=console.clock)
    public = {urlsplit(settings.url).hostname or settings.host}
    hosts = {*LOOPBACK, settings.host, *public, *settings.allowed_hosts}
    app.add_middleware(KnownHosts, hosts=hosts)
    app.add_middleware(PatientBodies, patience=settings.patience)
    app.add_middleware(PlainPaths, beginnings=PROGRAMS)
    app.add_middleware(SafeHeaders, ancestors=settings.frame_ancestors)
    app.add_middleware(Counted, counting=console.counting, rooms=ROOMS)


async def _end_with_parent(parent: int) -> None:
    """End when the demo that started this process is gone, however it ended."""
    while os.getppid() == parent:  # noqa: ASYNC110 - nobody tells when a parent ends
        await asyncio.sleep(1.0)
    signal.raise_signal(signal.SIGINT)


async def _http_error(request: Request, error: Exception) -> Response:
    status = getattr(error, "status_code", 500)
    allow = allowed(request.url.path) if status == 405 else ""
    if allow and request.method == "OPTIONS":
        return Response(status_code=204, headers={"Allow": allow})
    answer = refused(visit(request), _KEYS.get(status, "page.failed"), status)
    allow = allow or (getattr(error, "headers", None) or {}).get("Allow", "")
    if allow:
        answer.headers["Allow"] = allow
    return answer


async def _failed(request: Request, error: Exception) -> Response:
    """Say that it is our fault; the log has the rest, without what was asked for."""
    room = request.url.path.split("/")[1]  # without ids: they may be customers'
    log.error("request_failed", room=f"/{room}", error=type(error).__name__)
    answer = refused(visit(request), "page.failed", 500)
    answer.headers.update(HEADERS)  # this answer passes no middleware of ours
    return answer


async def _wrong(request: Request, error: Exception) -> Response:
    """Say which field cannot be taken, where the page has no better place for it."""
    sentence = getattr(error, "sentence", "")
    if request.url.path.startswith(PROGRAMS):
        return problem(422, "invalid", sentence)
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse({"status": 422, "message": sentence}, 422)
    here = visit(request)
    return page(here, "error.html", under="queue", status=422, sentence=sentence)


async def _unreachable(request: Request, _error: Exception) -> Response:
    answer = refused(visit(request), "page.unavailable", 503)
    answer.headers["Retry-After"] = "5"
    return answer
