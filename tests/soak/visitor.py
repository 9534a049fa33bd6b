"""People at the console: pages asked for all the time, and one that follows the live stream."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from threading import Event as Flag
from threading import Thread
from typing import TYPE_CHECKING

import sqlalchemy as sa

from correlator.adapters.sql import schema

if TYPE_CHECKING:
    from tests.soak.servers import Servers

_EVERY = 1.0
"""Seconds between two pages."""
_HEADERS = {"Cookie": "s=0123456789abcdef0123; lang=fr"}  # one browser, not a new one each time


def ask(port: int, path: str, seconds: float) -> tuple[int, str]:
    """Ask a server of this machine for a page: its status and its body."""
    connection = HTTPConnection("127.0.0.1", port, timeout=seconds)
    try:
        connection.request("GET", path, headers=_HEADERS)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


class Visitor(Thread):
    """Asks for one page after the other; `answers` counts what came, by status."""

    def __init__(self, servers: Servers) -> None:
        super().__init__(name="visitor", daemon=True)
        self._servers = servers
        self._halt = Flag()
        self._follower = Thread(target=self._follow, name="follower", daemon=True)
        self.answers: Counter[str] = Counter()
        self.hints = 0

    def halt(self) -> None:
        """Ask no more."""
        self._halt.set()
        self.join()

    def run(self) -> None:
        """Ask until halted."""
        self._follower.start()
        pages = itertools.cycle(("/", "/i/{incident}", "/", "/a/{customer}", "/mur", "/n1"))
        for page, number in zip(pages, itertools.count()):
            if self._halt.wait(_EVERY):
                return
            path = page.format(incident=self._latest(), customer=f"C{number % 15_000:07}")
            try:
                status, _ = ask(self._servers.console.port, path, 5.0)
            except (OSError, HTTPException) as error:
                self.answers[type(error).__name__] += 1
            else:
                self.answers[str(status)] += 1

    def _latest(self) -> str:
        table = schema.incidents
        newest = sa.select(table.c.id).order_by(table.c.created.desc()).limit(1)
        with suppress(sa.exc.SQLAlchemyError), self._servers.store.engine.connect() as connection:
            return str(connection.scalar(newest))
        return "GI-0"

    def _follow(self) -> None:
        """Read the live stream, and open it again when it ends."""
        while not self._halt.is_set():
            connection = HTTPConnection("127.0.0.1", self._servers.console.port, timeout=30)
            with suppress(OSError, HTTPException):
                connection.request("GET", "/events", headers=_HEADERS)
                answer = connection.getresponse()
                while not self._halt.is_set() and answer.readline():
                    self.hints += 1
            connection.close()
            time.sleep(1)
