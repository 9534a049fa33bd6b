"""`/metrics`, `/healthz` and `/readyz` over HTTP, in threads of their own.

Whoever reaches the port can neither hold it nor make the daemon grow: a request has a size and a
time, and so many are taken at a time; whoever comes then is let go at once and may ask again.
"""

from __future__ import annotations

import io
import socket
import sys
import time
from collections.abc import Callable, Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from threading import BoundedSemaphore, Thread
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, make_wsgi_app

log = structlog.get_logger(__name__)

PATIENCE = 5.0
"""Seconds for a request to come in, and again for its answer to be taken."""
MOST_AT_A_TIME = 32
MOST_OF_A_REQUEST = 8_192
"""Bytes of the request line and the headers; there is no body to read."""

_ENDS = (b"\n\r\n", b"\n\n")
_TEXT = "text/plain; charset=utf-8"


class StatusServer:
    """Answers as long as the process lives; `healthy` and `ready` say what.

    `ready` returns the reasons why not, one sentence each; none: it is.
    """

    def __init__(
        self,
        port: int,
        registry: CollectorRegistry,
        healthy: Callable[[], bool],
        ready: Callable[[], Sequence[str]],
        host: str = "127.0.0.1",
    ) -> None:
        """`port` 0 takes a free one; see `port`. Raises OSError where it cannot listen."""
        pages = _Pages(registry, healthy, ready)
        try:
            self._server = _Server(host, port, pages)
        except OSError as error:
            where = f"daemon.http_host {host}, daemon.http_port {port}: {error.strerror or error}"
            raise OSError(error.errno, where) from error
        self.port: int = self._server.server_address[1]
        self._thread = Thread(target=self._server.serve_forever, name="status", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Pages:
    """What is there to be asked for."""

    def __init__(
        self,
        registry: CollectorRegistry,
        healthy: Callable[[], bool],
        ready: Callable[[], Sequence[str]],
    ) -> None:
        self._metrics = make_wsgi_app(registry)
        self._healthy, self._ready = healthy, ready

    def page(self, target: str, accepts: dict[str, str]) -> tuple[int, list[Any], bytes]:
        """Return status, headers and body."""
        path, _, query = target.partition("?")
        if path == "/metrics":
            return self._scraped(query, accepts)
        if path == "/healthz":
            return _said(HTTPStatus.OK if self._healthy() else HTTPStatus.SERVICE_UNAVAILABLE)
        if path == "/readyz":
            reasons = self._ready()
            status = HTTPStatus.SERVICE_UNAVAILABLE if reasons else HTTPStatus.OK
            return _said(status, reasons)
        return _said(HTTPStatus.NOT_FOUND)

    def _scraped(self, query: str, accepts: dict[str, str]) -> tuple[int, list[Any], bytes]:
        told: list[Any] = []
        asked = {"REQUEST_METHOD": "GET", "PATH_INFO": "/metrics", "QUERY_STRING": query}
        parts = self._metrics({**asked, **accepts}, lambda *said: told.extend(said))
        status, headers = told
        return int(status.split()[0]), headers, b"".join(parts)


def _said(status: HTTPStatus, lines: Sequence[str] = ()) -> tuple[int, list[Any], bytes]:
    body = "".join(f"{line}\n" for line in (f"{status.value} {status.phrase}", *lines))
    return status.value, [("Content-Type", _TEXT)], body.encode()


class _Server(ThreadingMixIn, TCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, host: str, port: int, pages: _Pages) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.pages = pages
        self._room = BoundedSemaphore(MOST_AT_A_TIME)
        super().__init__((host, port), _Request)

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._room.acquire(blocking=False):
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except BaseException:  # there is no thread to give the room back
            self._room.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - the base's
        """Whoever goes away or takes too long is not worth a line."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            log.error("status_request_failed", exc_info=error)


class _Request(BaseHTTPRequestHandler):
    """One request on one connection; `GET` and `HEAD` only, anything else gets 501."""

    server: _Server

    def handle(self) -> None:
        # All of the head, before any of it is parsed: the base would wait for every line anew.
        head = _head(self.connection, PATIENCE)
        if not _is_whole(head):
            self.command, self.requestline, self.request_version = "", "", "HTTP/1.0"
            self.send_error(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
            return
        self.rfile = io.BytesIO(head)
        self.handle_one_request()

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        names = ("Accept", "Accept-Encoding")
        accepts = {f"HTTP_{n.upper().replace('-', '_')}": self.headers.get(n, "") for n in names}
        try:
            status, headers, body = self.server.pages.page(self.path, accepts)
        except Exception:
            log.exception("status_failed", path=self.path)
            status, headers, body = _said(HTTPStatus.INTERNAL_SERVER_ERROR)
        self.send_response(status)
        for name, value in (*headers, ("Content-Length", str(len(body)))):
            self.send_header(name, value)
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def version_string(self) -> str:
        return "correlator"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Scrapes are not worth a line each."""


def _head(connection: socket.socket, patience: float) -> bytes:
    """Read a request up to its empty line; raises `TimeoutError` and `ConnectionError`.

    The time is that of the whole: a client that sends a byte now and then has no more of it.
    """
    deadline = time.monotonic() + patience
    head = b""
    while not _is_whole(head) and len(head) < MOST_OF_A_REQUEST:
        connection.settimeout(max(0.001, deadline - time.monotonic()))
        some = connection.recv(MOST_OF_A_REQUEST - len(head))
        if not some:
            raise ConnectionError("gone before the end of the request")
        head += some
    connection.settimeout(patience)
    return head


def _is_whole(head: bytes) -> bool:
    return any(end in head for end in _ENDS)
