"""Somebody who has subscribed: a server with a certificate that notes what it is told."""

from __future__ import annotations

import ssl
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import trustme


class Subscriber(ThreadingHTTPServer):
    """Somebody who is called: what came, and what is answered."""

    def __init__(self, ca: trustme.CA, name: str = "localhost") -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.came: list[tuple[str, dict[str, str], bytes]] = []
        self.status = 204
        self.drips = False  # answers a byte now and then, for ever
        self.dripped = 0
        self.ended = Event()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ca.issue_cert(name).configure_cert(context)
        self.socket = context.wrap_socket(self.socket, server_side=True)
        Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        port: int = self.server_address[1]
        return port

    def close(self) -> None:
        """End."""
        self.ended.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """Who breaks off is not worth a word."""


class _Handler(BaseHTTPRequestHandler):
    server: Subscriber

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.came.append((self.path, dict(self.headers), body))
        while self.server.drips:
            self.wfile.write(b"x" if self.server.dripped else b"HTTP/1.1 200 ")
            self.server.dripped += 1
            if self.server.ended.wait(0.1):
                return
        self.send_response(self.server.status)
        if self.server.status == 302:
            self.send_header("Location", f"https://localhost:{self.server.port}/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""
