"""What changes while the daemon runs: built and checked apart, then swapped.

A broken inventory or catalog is refused and logged; what is in force stays in force. The rules are
followed by `correlator.workshop`.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import structlog

from topology import CORE_TYPES, Topology
from topology import load as load_topology

log = structlog.get_logger(__name__)


class Versioned(Protocol):
    """A build with a version."""

    @property
    def version(self) -> str:
        """What it is a build of."""


T = TypeVar("T", bound=Versioned)
T_co = TypeVar("T_co", bound=Versioned, covariant=True)


class Followed(Protocol[T_co]):
    """Whatever is followed: `what` names it; neither waits."""

    @property
    def what(self) -> str:
        """What it is: `topology`, `rules`."""

    def poll(self) -> T_co | Exception | None:
        """Return what has been built since the last call, or why it was refused, or None."""

    def close(self) -> None:
        """Forget what is under way."""


def fingerprint(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Return name, size and time of change (ns) of a folder's files; empty if it cannot be read."""
    try:
        return tuple(
            sorted(
                (path.name, path.stat().st_size, path.stat().st_mtime_ns)
                for path in folder.iterdir()
                if path.is_file()
            )
        )
    except OSError:
        return ()


class Watched(Generic[T]):
    """A folder whose content is built anew, in a thread of its own, when its files change.

    `latest` is the last good build since the start, None before the first.
    """

    def __init__(self, what: str, folder: Path, build: Callable[[Path], T]) -> None:
        self.what = what
        self._folder = folder
        self._build = build
        self._seen = fingerprint(folder)
        self._builder = ThreadPoolExecutor(1, f"reload-{what}")
        self._building: Future[T] | None = None
        self.latest: T | None = None

    def poll(self) -> T | Exception | None:
        """Return what has been built since the last call, or why it was refused, or None."""
        if self._building is not None:
            if not self._building.done():
                return None
            built, self._building = self._building, None
            error = built.exception()
            if isinstance(error, Exception):
                log.error("reload_refused", what=self.what, error=str(error))
                return error
            self.latest = built.result()
            return self.latest
        now = fingerprint(self._folder)
        if now and now != self._seen:
            self._seen = now
            self._building = self._builder.submit(self._build, self._folder)
        return None

    def close(self) -> None:
        """Wait for a build that is under way and forget it."""
        self._builder.shutdown(cancel_futures=True)


def watched_topology(
    folder: Path, attributes: tuple[str, ...] | None, core: tuple[str, ...] = CORE_TYPES
) -> Watched[Topology]:
    """Watch an inventory folder: all of its files, `links.csv` too when it is new or goes."""
    return Watched("topology", folder, lambda path: load_topology(path, attributes, core=core))
