"""What the console counts about itself, for Prometheus; no ids, no addresses but their room."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import choose_encoder
from starlette.responses import Response

from correlator.ports import ENGINE

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from correlator.web.console import Console

_BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Counting:
    """All series of a process, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "correlator_web_requests",
            "Requests, by room, method and status",
            ["room", "method", "status"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "correlator_web_request_seconds",
            "Seconds until an answer begins, by room",
            ["room"],
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self._streams = self._gauge("streams", "Live streams that are open")
        self._audit = self._gauge("audit_waiting", "Rows of the audit that wait to be written")
        self._board = self._gauge("board_age_seconds", "Seconds since the engine's last commit")
        self._incidents = self._gauge("board_incidents", "Incidents on the board")
        self._failing = self._gauge("store_up", "1 while the database answers")

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(f"correlator_web_{name}", text, registry=self.registry)

    def answered(self, room: str, method: str, status: int, seconds: float) -> None:
        """Count a request whose answer has begun."""
        known = method if method in _METHODS else "other"
        self._requests.labels(room, known, str(status)).inc()
        self._seconds.labels(room).observe(seconds)

    def look(self, console: Console) -> None:
        """Take over how the console stands just now."""
        heard = max((f.heard for f in console.board.feeds if f.topic == ENGINE), default=0)
        self._streams.set(len(console.hub))
        self._audit.set(len(console.audit))
        self._board.set(max(0, console.clock() - heard) / 1000)
        self._incidents.set(len(console.board))
        self._failing.set(not console.failing())


def room_of(path: str, rooms: Collection[str]) -> str:
    """Return under which name a path is counted: few, whatever is asked for.

    `rooms`: beginnings of paths that have a name; `queue` is the first page.
    """
    first = path.split("/", 2)[1] if path.startswith("/") else "other"
    if not first:
        return "queue"
    return first if first in rooms else "other"


class Counted:
    """Counts every request, refused ones too; pure ASGI, around all others."""

    def __init__(self, app: ASGIApp, counting: Counting, rooms: Collection[str]) -> None:
        self._app = app
        self._rooms = frozenset(rooms)
        self._counting = counting

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                took = time.perf_counter() - began
                room = room_of(scope["path"], self._rooms)
                self._counting.answered(room, scope["method"], message["status"], took)
            await send(message)

        await self._app(scope, receive, sent)


async def metrics(request: Request) -> Response:
    """All series, as whoever asks reads them."""
    console: Console = request.app.state.console
    console.counting.look(console)
    encode, kind = choose_encoder(request.headers.get("accept", ""))
    return Response(encode(console.counting.registry), 200, {"Content-Type": kind})
