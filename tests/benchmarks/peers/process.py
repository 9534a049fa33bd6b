"""What a process costs: its clock, its CPU, its memory; and which version it is of."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LOOK = 0.02
"""Seconds between two looks at a process's memory."""
_TICKS = os.sysconf("SC_CLK_TCK")


class MissingError(Exception):
    """A peer is not on this machine; the message says what is missing."""


class FailedError(Exception):
    """A peer ended with an error; the message is what it said."""


class Cost(NamedTuple):
    """Seconds of the clock and of CPU for so many events."""

    events: int
    wall: float
    cpu: float
    rss: float
    """MiB, the highest of the whole process."""

    @property
    def rate(self) -> float:
        """Events a second of CPU."""
        return self.events / self.cpu

    @property
    def by_the_clock(self) -> float:
        """Events a second of the clock."""
        return self.events / self.wall


class Ended(NamedTuple):
    """A process that has ended."""

    wall: float
    cpu: float
    rss: float
    out: str


def run(
    command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None
) -> Ended:
    """Run a command to its end. FailedError: it did not end well."""
    out, err = folder / "stdout", folder / "stderr"
    began = time.perf_counter()
    with out.open("wb") as to, err.open("wb") as errors:
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=to, stderr=errors, env=environment
        )
        with _Watch(child.pid) as watch:
            _, status, used = os.wait4(child.pid, 0)
    wall = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise FailedError(f"{command[0]}: {err.read_text(errors='replace')[-2000:]}")
    cpu = used.ru_utime + used.ru_stime
    return Ended(wall, cpu, watch.highest, out.read_text(errors="replace"))


class _Watch:
    """Follows the memory of a process; what the kernel tells at its end has its parent's in it."""

    def __init__(self, pid: int) -> None:
        self.highest = 0.0
        self._pid = pid
        self._over = Event()
        self._thread = Thread(target=self._follow, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _follow(self) -> None:
        over = False
        while not over:
            with suppress(OSError, ValueError):
                self.highest = max(self.highest, highest_of(self._pid))
            over = self._over.wait(_LOOK)


def cpu_of(pid: int) -> float:
    """Return the seconds of CPU that a living process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def highest_of(pid: int) -> float:
    """Return the most memory that a living process has had, in MiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (peak,) = (line.split()[1] for line in lines if line.startswith("VmHWM"))
    return int(peak) / 1024


def debian_version(package: str) -> str:
    """Return the version of an installed Debian package, "" where that cannot be told."""
    program = shutil.which("dpkg-query")
    if program is None:
        return ""
    command = [program, "-W", "-f", "${Version}", package]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout
