"""Who asks, by the cookie of a session: pure ASGI. The row is looked at with every request."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from starlette.datastructures import Headers
from starlette.requests import cookie_parser

from correlator.adapters.sql.sessions import FRAME, PERSON
from correlator.ports import ServerUnreachableError
from correlator.web.console import in_thread
from correlator.web.responses import away
from correlator.web.visits import CSRF, FRAMED, LOGIN, SYSTEM
from correlator.web.who import Tokens

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Receive, Scope, Send

    from correlator.adapters.sql import Session, Sessions
    from correlator.model import Millis
    from correlator.web.login.cookies import Cookies

_FREE = ("/static/", "/api/v1/health")
_BY_THEMSELVES = ("/f/", "/events")  # what scripts ask for without anybody doing anything
_LOOKED_AT = "/f/mur"  # but a screen on a wall is there to be looked at
_FRAMES = frozenset({"iframe", "frame"})


class Login(NamedTuple):
    """A session, with the cookie that opened it."""

    session: Session
    secret: str


class KnownSessions:
    """Finds out whose session a browser shows, and notes that somebody is there."""

    def __init__(
        self,
        app: ASGIApp,
        sessions: Sessions,
        cookies: Cookies,
        tokens: Tokens,
        clock: Callable[[], Millis],
    ) -> None:
        self._app = app
        self._sessions = sessions
        self._cookies = cookies
        self._tokens = tokens
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] == "http" and SYSTEM not in scope and not _free(scope["path"]):
            try:
                found = await self._found(scope)
            except ServerUnreachableError:
                await away(scope["path"])(scope, receive, send)
                return
            if found is not None:
                scope[LOGIN] = found
                scope[FRAMED] = found.session.kind == FRAME
        await self._app(scope, receive, send)

    async def _found(self, scope: Scope) -> Login | None:
        headers, path = Headers(scope=scope), scope["path"]
        given = cookie_parser(headers.get("cookie", ""))
        person, frame = given.get(self._cookies.session, ""), given.get(self._cookies.frame, "")
        shown = [(person, PERSON), (frame, FRAME)]
        # A page around the frame that is of the same site has both sent.
        if person and frame and self._of_frame(headers, frame):
            shown.reverse()
        used = path == _LOOKED_AT or not path.startswith(_BY_THEMSELVES)
        for secret, kind in shown:
            if secret:
                found = await in_thread(lambda one=secret: self._known(one, used=used))  # type: ignore[misc]
                if found is not None and found.kind == kind:
                    return Login(found, secret)
        return None

    def _known(self, secret: str, *, used: bool) -> Session | None:
        return self._sessions.known(secret, self._clock(), used=used)

    def _of_frame(self, headers: Headers, secret: str) -> bool:
        """Return whether a request comes from within a frame."""
        if headers.get("sec-fetch-dest") in _FRAMES:
            return True
        return self._tokens.valid(CSRF, secret, headers.get("x-csrf", ""))


def _free(path: str) -> bool:
    return path.startswith(_FREE)
