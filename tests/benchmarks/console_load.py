"""A load generator on bare asyncio sockets: requests at a steady pace, and live streams.

Cheap, since it shares the machine with what it measures: one protocol for each connection, no
parsing beyond the status and the length.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

SESSION = "be2cbe2cbe2cbe2cbe2c"
"""The cookie of this browser."""
_KEPT = 2.0  # seconds that a connection rests; the server closes it after five


class Got(NamedTuple):
    """What came back, and how long it took (s) from when it was due, or sent."""

    status: int
    body: bytes
    seconds: float


class Connection(asyncio.Protocol):
    """One connection that is kept open, one request at a time."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._whole = 0  # where the answer ends in the buffer, once its head is read
        self._head = 0
        self.open = True
        self.used = 0.0  # when (perf_counter) its last answer came

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._whole:
            self._head = self._buffer.find(b"\r\n\r\n") + 4
            if self._head == 3:
                return
            self._whole = self._head + _length(bytes(self._buffer[: self._head]))
        if len(self._buffer) >= self._whole and self._answer is not None:
            status = int(self._buffer[9:12])
            body = bytes(self._buffer[self._head : self._whole])
            del self._buffer[: self._whole]
            self._whole = 0
            self.used = time.perf_counter()
            answer, self._answer = self._answer, None
            answer.set_result((status, body))

    def connection_lost(self, exc: Exception | None) -> None:
        self.open = False
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError())

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Send a request and wait for its answer."""
        self._answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return await self._answer


def _length(head: bytes) -> int:
    _, found, rest = head.lower().partition(b"content-length:")
    return int(rest.partition(b"\r\n")[0]) if found else 0


class Client:
    """Asks one server, over as many connections as it takes."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: list[Connection] = []

    async def get(self, path: str, due: float | None = None) -> Got:
        """Ask for a page; `due`: when (perf_counter) it was to be asked for, else now."""
        return await self._send(_request("GET", path, self._port), due)

    async def post(self, path: str, data: object, headers: Mapping[str, str]) -> Got:
        """Send JSON."""
        body = json.dumps(data).encode()
        kind = {"Content-Type": "application/json", "Accept": "application/json"}
        return await self._send(_request("POST", path, self._port, body, {**kind, **headers}), None)

    async def _send(self, request: bytes, due: float | None) -> Got:
        began = time.perf_counter() if due is None else due
        connection = await self._connection()
        status, body = await connection.ask(request)
        seconds = time.perf_counter() - began
        self._idle.append(connection)
        return Got(status, body, seconds)

    async def _connection(self) -> Connection:
        while self._idle:
            connection = self._idle.pop()
            if connection.open and time.perf_counter() - connection.used < _KEPT:
                return connection
            connection.transport.close()
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(Connection, "127.0.0.1", self._port)
        return connection

    async def pace(
        self, paths: Iterator[str], rate: float, seconds: float, found: list[Got] | None = None
    ) -> list[Got]:
        """Ask at a steady rate, whatever the answers take; each counts from when it was due."""
        asked: list[asyncio.Task[Got]] = []
        began = time.perf_counter() + 0.05
        for n in range(int(rate * seconds)):
            due = began + n / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            asked.append(asyncio.create_task(self.get(next(paths), due)))
        answers = list(await asyncio.gather(*asked))
        if found is not None:
            found += answers
        return answers

    def close(self) -> None:
        """Close all connections."""
        for connection in self._idle:
            connection.transport.close()


def _request(
    method: str, path: str, port: int, body: bytes = b"", headers: Mapping[str, str] = {}
) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", f"Cookie: s={SESSION}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


# ------------------------------------------------------------------------------- live streams


class Stream(asyncio.Protocol):
    """A live stream: counts what comes; with `heard`, reads it too."""

    def __init__(self, port: int, heard: Callable[[float, bytes], None] | None = None) -> None:
        self._port = port
        self._heard = heard
        self._rest = b""
        self.size = 0
        self.begun = asyncio.Event()
        self.ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(_request("GET", "/events", self._port))

    def data_received(self, data: bytes) -> None:
        self.size += len(data)
        self.begun.set()
        if self._heard is None:
            return
        now = time.monotonic()
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            if line.startswith(b"data: "):
                self._heard(now, line[6:])

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - a protocol
        self.ended = True


class Hints:
    """When each version of each incident was first heard of (monotonic), on one stream."""

    def __init__(self) -> None:
        self.at: dict[tuple[str, int], float] = {}
        self.kinds: Counter[str] = Counter()

    def hear(self, now: float, data: bytes) -> None:
        """Take a frame."""
        frame: dict[str, Any] = json.loads(data)
        for kind, subject, _rev, version, _band in frame.get("h", ()):
            self.kinds[kind] += 1
            if kind == "incident":
                self.at.setdefault((subject, version), now)


async def open_streams(port: int, count: int, hints: Hints) -> list[Stream]:
    """Open live streams; the first one listens, the others count."""
    loop = asyncio.get_running_loop()
    streams = []
    for n in range(count):
        heard = hints.hear if n == 0 else None
        _, stream = await loop.create_connection(
            lambda heard=heard: Stream(port, heard), "127.0.0.1", port
        )
        streams.append(stream)
    await asyncio.gather(*(stream.begun.wait() for stream in streams))
    return streams


# ------------------------------------------------------------------------------------- figures


def ms(seconds: Iterable[float], *shares: float) -> list[float]:
    """Return quantiles in milliseconds."""
    known = sorted(seconds)
    if not known:
        return [float("nan")] * len(shares)
    return [known[min(len(known) - 1, int(share * len(known)))] * 1e3 for share in shares]


def spread(answers: Iterable[Got]) -> str:
    """Return p50, p95, p99 and the longest, as a piece of a line."""
    p50, p95, p99, most = ms((got.seconds for got in answers), 0.5, 0.95, 0.99, 1.0)
    return f"p50 {p50:6.1f}  p95 {p95:6.1f}  p99 {p99:6.1f}  longest {most:6.1f} ms"


def wrong(answers: Iterable[Got]) -> str:
    """Return how many answers were no 200, "" for none."""
    codes = Counter(got.status for got in answers if got.status != 200)
    return f"   NOT 200: {dict(codes)}" if codes else ""
