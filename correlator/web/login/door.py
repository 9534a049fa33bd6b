"""Nobody comes in without a session or a token: pure ASGI."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse

from correlator.web.bearer import WRONG
from correlator.web.login.pages import told
from correlator.web.responses import PROGRAMS, problem
from correlator.web.visits import FRAMED, LOGIN, SYSTEM, visit

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

OPEN = frozenset(
    {
        "/login",
        "/callback",
        "/logout",
        "/api/docs",
        "/api/v1/asyncapi.json",
        "/api/v1/health",
        "/api/v1/openapi.json",
    }
)
_OPEN_BELOW = ("/static/", "/a/k/")


class Door:
    """Refuses tokens that open nothing and, where people log in, whoever has not."""

    def __init__(self, app: ASGIApp, *, login: bool) -> None:
        self._app = app
        self._login = login

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or not."""
        if scope["type"] == "http" and (refusal := self._refusal(scope)) is not None:
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        path = scope["path"]
        if scope.get(WRONG):
            refusal = problem(401, "unauthorized", "no token that opens anything")
            refusal.headers["WWW-Authenticate"] = "Bearer"
            return refusal
        known = SYSTEM in scope or LOGIN in scope
        if not self._login or known or path in OPEN or path.startswith(_OPEN_BELOW):
            return None
        if path.startswith(PROGRAMS):
            refusal = problem(401, "unauthorized", "neither a token nor a session")
            refusal.headers["WWW-Authenticate"] = "Bearer"
            return refusal
        headers = Headers(scope=scope)
        if scope["method"] != "GET" or "text/html" not in headers.get("accept", ""):
            return PlainTextResponse("", 401)
        if headers.get("sec-fetch-dest") in {"iframe", "frame"}:
            # The provider would not show itself there: whoever made the frame makes a new link.
            scope[FRAMED] = True
            return told(visit(Request(scope)), "login.frame_over", 401, links=())
        query = scope["query_string"].decode("latin-1")
        asked = quote(path) + (f"?{query}" if query else "")
        return RedirectResponse(f"/login?next={quote(asked, safe='')}", 303)
