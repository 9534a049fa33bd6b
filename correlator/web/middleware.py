"""What every request passes, as pure ASGI: hosts, origins, headers.

Pure ASGI, because Starlette's `BaseHTTPMiddleware` hands each request to another task: beside three
hundred live streams that cost the slowest one in a hundred 88 ms instead of 7.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from correlator.web.responses import CODES, PROGRAMS, problem
from correlator.web.visits import FRAMED

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_IN_NO_FRAME = "frame-ancestors 'none'"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; worker-src 'self'; form-action 'self'; "
    f"base-uri 'none'; {_IN_NO_FRAME}"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class SafeHeaders:
    """Adds the headers that keep a browser from doing what no page here needs.

    `ancestors`: who may have an agent's page in a frame; all others are in none.
    """

    def __init__(self, app: ASGIApp, ancestors: Iterable[str] = ()) -> None:
        self._app = app
        self._framed = framed(ancestors)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in (self._framed if scope.get(FRAMED) else HEADERS).items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, sent)


def framed(ancestors: Iterable[str]) -> dict[str, str]:
    """Return the headers of an answer that may be shown in the frames of some."""
    found, named = dict(HEADERS), " ".join(ancestors)
    if named:
        found["Content-Security-Policy"] = POLICY.replace(_IN_NO_FRAME, f"frame-ancestors {named}")
        del found["X-Frame-Options"]
    return found


class PlainPaths:
    """Takes a path that programs put together with a slash too many as it was meant."""

    def __init__(self, app: ASGIApp, beginnings: Iterable[str]) -> None:
        self._app = app
        self._beginnings = tuple(beginnings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        path: str = scope.get("path", "")
        if path.startswith(self._beginnings) and ("//" in path or path.endswith("/")):
            plain = re.sub("/{2,}", "/", path).rstrip("/")
            scope = {**scope, "path": plain, "raw_path": plain.encode()}
        await self._app(scope, receive, send)


class PatientBodies:
    """Waits for a body for a while only: whoever sends a byte now and then keeps nobody's place."""

    def __init__(self, app: ASGIApp, patience: float) -> None:
        """`patience`: seconds for a whole body."""
        self._app = app
        self._patience = patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        loop = asyncio.get_running_loop()
        until, whole = loop.time() + self._patience, False

        async def received() -> Message:
            nonlocal whole
            if whole:
                return await receive()
            try:
                message = await asyncio.wait_for(receive(), max(0.0, until - loop.time()))
            except TimeoutError as error:
                raise HTTPException(408) from error
            whole = not message.get("more_body", False)
            return message

        await self._app(scope, received, send)


class KnownHosts:
    """Refuses requests for another host's name (DNS rebinding), and writes from other sites."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str]) -> None:
        self._app = app
        self._hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        refusal = None
        if _name_of(host) not in self._hosts:
            refusal = _said(scope, 421, "unknown host")
        elif scope["method"] not in SAFE and not _same_site(headers, host):
            refusal = _said(scope, 403, "from another site")
        await (refusal or self._app)(scope, receive, send)


def _said(scope: Scope, status: int, sentence: str) -> Response:
    """Return a refusal; where programs ask, in the shape of the API."""
    if scope["path"].startswith(PROGRAMS):
        return problem(status, CODES[status], sentence)
    return PlainTextResponse(sentence, status)


def _name_of(host: str) -> str:
    """Return the name of a host, "" where it cannot be one."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _same_site(headers: Headers, host: str) -> bool:
    """Return whether a write comes from a page of ours; a program sends neither header.

    Under `no-referrer` a browser hides the origin of a form that is sent as a page (`null`).
    """
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    if origin == "null":
        return site == "same-origin"
    if origin is not None:
        return urlsplit(origin).netloc == host
    return site in {None, "same-origin", "none"}
