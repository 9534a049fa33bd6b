"""The live stream: hints of what has changed, and a beat. No content, no customers.

Server-sent events. A stream that cannot keep up is dropped; its browser comes back and asks what it
missed (`/f/since`).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Collection, Iterable
from typing import Any

BEAT = 5.0
"""Seconds between beats."""
EVERY = 0.25
"""Seconds that hints are gathered, at least."""
APART = 1.0
"""Seconds between two hints about the same thing, at least: each has its page asked for again."""
_WAITING = 64  # frames of a stream that is not read
_AFTER_SESSION = 8_000  # ms after which a browser may try again
_OF_ONE = 20  # streams of one session or token: a browser has one
_IN_TURN = 10  # streams that are told before whoever asks for a page gets a turn

Frame = tuple[str, dict[str, Any]]


class TooManyStreamsError(Exception):
    """As many streams as this process takes are open."""


class Hub:
    """All open streams of this process."""

    def __init__(
        self,
        most: int,
        hello: Callable[[], dict[str, Any]],
        beat: float = BEAT,
        *,
        every: float = EVERY,
        apart: float = APART,
    ) -> None:
        """`most`: streams at a time; `hello`: what a stream begins with and each beat tells."""
        self._every = every
        self._apart = apart
        self._beat = beat
        self._most = most
        self._hello = hello
        self._streams: dict[asyncio.Queue[bytes | None], str] = {}  # whose each is
        self._hints: dict[tuple[str, str], list[Any]] = {}
        self._whose: dict[asyncio.Queue[bytes | None], str] = {}  # session or token
        self._first: dict[tuple[str, str], int] = {}  # the oldest change that a hint stands for
        self._told: dict[tuple[str, str], float] = {}  # when, of what was told just now
        self._task: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._streams)

    def start(self) -> None:
        """Begin to send, on the running event loop."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Say goodbye to all streams."""
        if self._task is not None:
            self._task.cancel()
        self._tell(encoded("bye", {"why": "stop", "after_ms": 1000}), list(self._streams))
        for queue in list(self._streams):
            _put(queue, None)
        self._streams.clear()

    def hint(  # noqa: PLR0913, PLR0917 - what a hint says, and which change it stands for
        self,
        kind: str,
        subject: str,
        rev: int = 0,
        version: int = 0,
        band: str = "",
        seq: int = 0,
    ) -> None:
        """Have everybody told that something changed, with the next frame; the last word counts.

        `seq`: the number of the change, 0 where there is none.
        """
        self._hints[kind, subject] = [kind, subject, rev, version, band]
        if seq:
            self._first.setdefault((kind, subject), seq)

    def _id(self, seq: int) -> int:
        """Return the number up to which all changes have been told: what waits is not."""
        return min([seq, *(first - 1 for first in self._first.values())])

    def stream(self, owner: str = "", token: str = "") -> AsyncGenerator[bytes]:
        """Return a new stream; `owner`: the session that it ends with; `token`: of a system.

        Raises `TooManyStreamsError`; nobody has more than some of them.
        """
        whose = token or owner
        own = sum(one == whose for one in self._whose.values()) if whose else 0
        if len(self._streams) >= self._most or own >= _OF_ONE:
            raise TooManyStreamsError
        queue: asyncio.Queue[bytes | None] = asyncio.Queue(_WAITING)
        self._streams[queue], self._whose[queue] = owner, whose
        queue.put_nowait(self._with_id("hello", self._hello()))
        return self._read(queue)

    def _with_id(self, name: str, data: dict[str, Any]) -> bytes:
        return encoded(name, data, self._id(data["seq"]))

    async def _read(self, queue: asyncio.Queue[bytes | None]) -> AsyncGenerator[bytes]:
        try:
            while (frame := await queue.get()) is not None:
                yield frame
        finally:
            self._streams.pop(queue, None)
            self._whose.pop(queue, None)

    def owners(self) -> set[str]:
        """Return the sessions that have streams."""
        return set(self._streams.values()) - {""}

    def end(self, owners: Collection[str]) -> None:
        """Say goodbye to the streams of sessions that are over."""
        ended = [queue for queue, owner in self._streams.items() if owner and owner in owners]
        self._tell(encoded("bye", {"why": "session", "after_ms": _AFTER_SESSION}), ended)
        for queue in ended:
            _put(queue, None)
            self._streams.pop(queue, None)

    async def _run(self) -> None:
        beat = 0.0
        while True:
            await asyncio.sleep(self._every)
            beat += self._every
            if hints := self._due():
                await self._tell_in_turns(
                    self._with_id("hints", {"seq": self._hello()["seq"], "h": hints})
                )
            if beat >= self._beat:
                beat = 0.0
                await self._tell_in_turns(self._with_id("beat", self._hello()))

    def _due(self) -> list[list[Any]]:
        """Take the hints whose turn it is; one about what was told just now waits."""
        now = asyncio.get_running_loop().time()
        self._told = {one: at for one, at in self._told.items() if now - at < self._apart}
        due = [one for one in self._hints if one not in self._told]
        self._told |= dict.fromkeys(due, now)
        for one in due:
            self._first.pop(one, None)
        return [self._hints.pop(one) for one in due]

    async def _tell_in_turns(self, frame: bytes) -> None:
        """Tell some streams after the others: three hundred at once keep an agent waiting."""
        streams = list(self._streams)
        for begin in range(0, len(streams), _IN_TURN):
            self._tell(frame, streams[begin : begin + _IN_TURN])
            await asyncio.sleep(0)

    def _tell(self, frame: bytes, streams: Iterable[asyncio.Queue[bytes | None]]) -> None:
        for queue in streams:
            if not _put(queue, frame):
                self._streams.pop(queue, None)


def _put(queue: asyncio.Queue[bytes | None], frame: bytes | None) -> bool:
    """Queue a frame; where a stream does not keep up, end it instead. Returns whether it did."""
    try:
        queue.put_nowait(frame)
    except asyncio.QueueFull:
        while not queue.empty():
            queue.get_nowait()
        queue.put_nowait(None)
        return False
    return True


def encoded(name: str, data: dict[str, Any], key: int | None = None) -> bytes:
    """Return an event as the stream carries it; `key`: its id, which a browser comes back with."""
    known = "" if key is None else f"\nid: {key}"
    return f"event: {name}\ndata: {json.dumps(data, separators=(',', ':'))}{known}\n\n".encode()
