"""Small ticket tools of the tests: a server, faults to switch on, requests that are counted."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar


class Faults:
    """What is wrong with it just now."""

    down = False
    """Answers 502 to everything."""
    busy = 0.0
    """Answers 429, and asks for so many seconds."""
    ignores_filters = False
    """Finds all tickets, whatever is asked for."""
    does_nothing = False
    """Answers a write as if it had been done."""
    loses_answers = False
    """Does what it is told, and breaks the connection off before it says so."""


class SmallTool:
    """A tool on a port of its own; `answer` is the tool."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.requests: list[tuple[str, str]] = []
        self.before: Callable[[int], None] = lambda _number: None
        """Called with the number of every request, before it is carried out."""
        self.after: Callable[[int], None] = lambda _number: None
        """The same, after it was carried out and before it is answered."""
        self.lock = threading.RLock()

    def knows(self, headers: Message) -> bool:
        """Return whether a request shows the token of our account."""
        raise NotImplementedError

    def answer(self, method: str, url: str, body: Any) -> tuple[int, Any]:
        """Return status and body of an answer; None: no body."""
        raise NotImplementedError


Tool = TypeVar("Tool", bound=SmallTool)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    tool: SmallTool

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        tool, method = self.tool, self.command
        headers: dict[str, str] = {}
        with tool.lock:
            tool.requests.append((method, self.path))
            number = len(tool.requests)
            tool.before(number)
            status, answer = 502, {"message": "Bad Gateway"}
            if tool.faults.busy:
                status, headers = 429, {"Retry-After": str(tool.faults.busy)}
            elif not tool.knows(self.headers):
                status, answer = 401, {"message": "Unauthorized"}
            elif not tool.faults.down:
                status, answer = tool.answer(method, self.path, body)
            tool.after(number)
            if tool.faults.loses_answers and method != "GET":
                self.close_connection = True
                return
        content = b"" if answer is None else json.dumps(answer).encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815 - as the base class calls them

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def running(tool: Tool) -> Iterator[tuple[Tool, str]]:
    """Run one; yields it and its address."""
    handler = type("Handler", (_Handler,), {"tool": tool})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield tool, f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
