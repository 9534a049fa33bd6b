"""Systems that show a token: `Authorization: Bearer cor_…`, pure ASGI.

A token that opens nothing is refused, whatever else is sent; not here, so that it is counted first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import Headers

from correlator.ports import ServerUnreachableError
from correlator.web.console import in_thread
from correlator.web.responses import PROGRAMS, away
from correlator.web.visits import SYSTEM
from correlator.web.who import system

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Receive, Scope, Send

    from correlator.adapters.sql import Tokens
    from correlator.model import Millis

_SCHEME = "bearer"
WRONG = "correlator.wrong"
"""Where in a request's scope it says that its token opens nothing."""


class Bearer:
    """Finds out which system asks."""

    def __init__(self, app: ASGIApp, tokens: Tokens, clock: Callable[[], Millis]) -> None:
        self._app = app
        self._tokens = tokens
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        given = Headers(scope=scope).get("authorization") if scope["type"] == "http" else None
        if given is None:
            await self._app(scope, receive, send)
            return
        scheme, _, token = given.partition(" ")
        try:
            known = await in_thread(lambda: self._tokens.known(token.strip(), self._clock()))
        except ServerUnreachableError:
            await away(PROGRAMS[0])(scope, receive, send)
            return
        if scheme.lower() != _SCHEME or known is None:
            scope[WRONG] = True
        else:
            scope[SYSTEM] = system(known.name, known.scopes, known.id)
        await self._app(scope, receive, send)
