"""What is wrong just now with the servers around the daemon: told once, then every minute."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import msgspec
import structlog

from correlator.model import MINUTE, Millis

log = structlog.get_logger(__name__)


class _Trouble(msgspec.Struct):
    since: Millis
    said: str
    told: Millis


class Troubles:
    """Servers that do not answer, by name, and since when. Read by another thread."""

    def __init__(self, clock: Callable[[], Millis]) -> None:
        self._clock = clock
        self._now: dict[str, _Trouble] = {}

    def began(self, what: str, said: str) -> None:
        """Note that a server does not answer; to be called as long as it does not."""
        now = self._clock()
        trouble = self._now.get(what)
        if trouble is None:
            self._now = {**self._now, what: _Trouble(now, said, now)}
            log.warning("unreachable", server=what, error=said)
        elif not 0 <= now - trouble.told < MINUTE:
            trouble.told, trouble.said = now, said
            seconds = (now - trouble.since) // 1000
            log.warning("unreachable", server=what, error=said, seconds=seconds)

    def ended(self, what: str) -> None:
        """Note that it answers."""
        trouble = self._now.get(what)
        if trouble is not None:
            self._now = {name: one for name, one in self._now.items() if name != what}
            seconds = (self._clock() - trouble.since) // 1000
            log.info("reachable_again", server=what, seconds=seconds)

    def sentences(self) -> Iterator[str]:
        """Yield a sentence for each."""
        for what, trouble in self._now.items():
            since = datetime.fromtimestamp(trouble.since / 1000, UTC)
            yield f"{what} does not answer since {since:%Y-%m-%dT%H:%M:%SZ}: {trouble.said}"
