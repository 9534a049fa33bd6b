"""What a run has left: its lines, sorted by what they are about."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np

from correlator.model import DAY

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

WARM_UP = 15.0
"""Minutes: imports, compiled kernels and the windows of months are in memory then."""
_SETTLED = 0.7
"""Minutes after a fault until all has been caught up with, and least length of a stretch."""
ONE_BY_ONE = ("begin", "fed", "stopped", "compared", "published", "console")


class Series(NamedTuple):
    """A number over time; `t` in minutes of the clock. `part` changes with the process."""

    t: Numbers
    y: Numbers
    part: Numbers

    def after(self, minutes: float) -> Series:
        """Return what comes after so many minutes."""
        late = self.t >= minutes
        return Series(self.t[late], self.y[late], self.part[late])

    def by_minute(self) -> Series:
        """Return the median of every minute."""
        minutes = np.unique(self.t // 1)
        at = [self.t // 1 == minute for minute in minutes]
        return Series(
            minutes + 0.5,
            np.array([np.median(self.y[one]) for one in at]),
            np.array([self.part[one][0] for one in at]),
        )


class Record:
    """One run."""

    def __init__(self, lines: Iterable[dict[str, Any]]) -> None:
        self.processes: dict[str, list[dict[str, Any]]] = {}
        self.feeds: list[dict[str, Any]] = []
        self.tables: list[dict[str, Any]] = []
        self.faults: list[dict[str, Any]] = []
        self.once: dict[str, dict[str, Any]] = {}
        for line in lines:
            kind = line["kind"]
            if kind == "process":
                self.processes.setdefault(line["name"], []).append(line)
            elif kind in ONE_BY_ONE:
                self.once[kind] = line
            elif kind != "strike":
                {"feeds": self.feeds, "tables": self.tables, "fault": self.faults}[kind].append(
                    line
                )

    @classmethod
    def read(cls, path: Path) -> Record:
        """Read a file of lines."""
        return cls(msgspec.json.decode(line) for line in path.read_bytes().splitlines())

    @property
    def minutes(self) -> float:
        """How long it lasted, by the clock."""
        return float(max(line["t"] for line in self.feeds)) / 60

    @property
    def days_a_minute(self) -> float:
        """How fast event time ran while it was fed."""
        begin = self.once["begin"]
        return float(begin["days"]) / float(begin["minutes"])

    def of(self, name: str, what: str) -> Series:
        """Return a number of a process."""
        return _series(self.processes.get(name, []), what)

    def working(self, name: str, what: str) -> Series:
        """Return the same of a process at work: of a daemon while it leads, and warm.

        Of one that is started again and again, of the life in which it led for longest.
        """
        lines = [line for line in self.processes.get(name, ()) if line.get("leader", 1.0)]
        if not lines:
            return _series([], what)
        longest = Counter(line["pid"] for line in lines).most_common(1)[0][0]
        own = _series([line for line in lines if line["pid"] == longest], what)
        return own.after(float(own.t[0]) + WARM_UP)

    def stretches(self, name: str, what: str) -> list[Series]:
        """Return the same in pieces: between two faults, while it leads, once it is settled."""
        series = self.working(name, what)
        ends = [0.0, *(fault["t"] / 60 + _SETTLED for fault in self.faults)]
        begins = [(fault["t"] - fault["seconds"]) / 60 for fault in self.faults]
        pieces = [
            Series(series.t[at], series.y[at], series.part[at])
            for begin, end in zip(ends, [*begins, self.minutes], strict=True)
            if (at := (series.t >= begin) & (series.t < end)).sum() > 2
        ]
        return [piece for piece in pieces if np.ptp(piece.t) > _SETTLED]

    def fed(self, what: str) -> Series:
        """Return a number of the feeds."""
        return _series(self.feeds, what)

    def day(self, line: dict[str, Any]) -> float:
        """Return the day of event time that the engine had come to, when a line was written."""
        t = np.array([one["t"] for one in self.feeds])
        begin = self.once["begin"]["begin"]
        days = np.array([max(0.0, (one["engine"] - begin) / DAY) for one in self.feeds])
        return float(np.interp(line["t"], t, days))

    def rows(self, table: str) -> tuple[Numbers, Numbers, Numbers]:
        """Return minutes, days of event time and rows of a table."""
        return (
            np.array([line["t"] / 60 for line in self.tables]),
            np.array([self.day(line) for line in self.tables]),
            np.array([float(line["tables"][table][0]) for line in self.tables]),
        )

    @property
    def is_bad(self) -> bool:
        """Whether anything was lost, doubled, or says something else than it should."""
        compared, out = self.once.get("compared"), self.once.get("published")
        if compared is None or out is None:
            return True
        wrong = (compared["lost"], compared["doubled"])
        return any((*wrong, out["stale"], out["other"], out["letters_wrong"]))


def _series(lines: list[dict[str, Any]], what: str) -> Series:
    there = [line for line in lines if what in line]
    return Series(
        np.array([line["t"] / 60 for line in there]),
        np.array([float(line[what]) for line in there]),
        np.array([float(line.get("pid", 0)) for line in there]),
    )
