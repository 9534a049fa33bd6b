"""A TCP proxy that can cut, hold and slow down what passes through it."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from enum import Flag, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_CHUNK = 16_384


class Way(Flag):
    """Which way bytes go."""

    UP = auto()
    """From the client to the server."""
    DOWN = auto()
    BOTH = UP | DOWN


def to_port(port: int) -> Callable[[], socket.socket]:
    """Connect to a port of this machine."""
    return lambda: socket.create_connection(("127.0.0.1", port), timeout=5)


def to_socket(path: Path) -> Callable[[], socket.socket]:
    """Connect to a unix socket."""

    def connect() -> socket.socket:
        found = socket.socket(socket.AF_UNIX)
        try:
            found.connect(str(path))
        except OSError:
            found.close()
            raise
        return found

    return connect


class Proxy:
    """Listens on `port` and passes everything on, until told otherwise."""

    def __init__(self, connect: Callable[[], socket.socket]) -> None:
        self._connect = connect
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._change = threading.Condition()
        self._open: set[socket.socket] = set()
        self._cut = False
        self._held = Way(0)
        self._delay = {Way.UP: 0.0, Way.DOWN: 0.0}
        self._catch: Callable[[bytes], None] | None = None
        threading.Thread(target=self._accept, name="proxy", daemon=True).start()

    def cut(self) -> None:
        """End every connection, and refuse new ones."""
        with self._change:
            self._cut = True
        self._end_all()

    def hold(self, way: Way = Way.BOTH) -> None:
        """Let nothing pass that way, and say nothing: as a firewall that has lost its table."""
        with self._change:
            self._held = way

    def slow(self, seconds: float, way: Way = Way.BOTH) -> None:
        """Let every piece of at most 16 KiB wait so long."""
        for one in way:
            self._delay[one] = seconds

    def catch(self, wanted: Callable[[bytes], bool], then: Callable[[], None]) -> None:
        """Call `then` before the next piece of that kind is passed on to the server: once."""

        def look(piece: bytes) -> None:
            if wanted(piece):
                self._catch = None
                then()

        self._catch = look

    def heal(self) -> None:
        """Let everything pass again."""
        self.slow(0.0)
        self._catch = None
        with self._change:
            self._cut, self._held = False, Way(0)
            self._change.notify_all()

    def close(self) -> None:
        """End for good."""
        self.cut()
        self.heal()
        with suppress(OSError):  # wakes the thread that accepts
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._end_all()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        try:
            server = None if self._cut else self._connect()
        except OSError:
            server = None
        if server is None:
            client.close()
            return
        server.settimeout(None)
        with self._change:
            self._open |= {client, server}
        up = threading.Thread(target=self._pump, args=(client, server, Way.UP), daemon=True)
        up.start()
        self._pump(server, client, Way.DOWN)
        up.join()
        with self._change:
            self._open -= {client, server}
        client.close()
        server.close()

    def _pump(self, source: socket.socket, target: socket.socket, way: Way) -> None:
        with suppress(OSError):
            while chunk := source.recv(_CHUNK):
                if self._catch is not None and way is Way.UP:
                    self._catch(chunk)
                with self._change:
                    self._change.wait_for(lambda: way not in self._held)
                if self._delay[way]:
                    time.sleep(self._delay[way])
                target.sendall(chunk)
        for end in (source, target):
            _end(end)

    def _end_all(self) -> None:
        with self._change:
            for one in self._open:
                _end(one)
            self._change.notify_all()


def _end(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
