"""What has been run so far: a line of JSON for each run, and the table of all."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

HEADS = (
    *("fault", "database", "runs", "blows"),
    *("lost", "doubled", "stale", "repeats", "ended", "recovery median", "max"),
)


class Line(msgspec.Struct, kw_only=True):
    """One run. `recoveries` in seconds, one for each blow whose end was waited for."""

    fault: str
    database: str
    repetition: int
    records: int
    lost: int = 0
    doubled: int = 0
    stale: int = 0
    repeats: int = 0
    died: int = 0
    recoveries: list[float] = []
    seconds: float = 0.0
    failure: str = ""
    """Why it did not come to its end."""
    examples: list[str] = []


class Ledger:
    """A file of lines, only ever added to."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        decode = msgspec.json.Decoder(Line).decode
        self.lines = (
            [decode(line) for line in path.read_bytes().splitlines()] if path.exists() else []
        )

    def add(self, line: Line) -> None:
        """Keep a line."""
        self.lines.append(line)
        with self._path.open("ab") as out:
            out.write(msgspec.json.encode(line) + b"\n")

    def repetitions(self, fault: str, database: str) -> int:
        """Count the runs of a fault so far."""
        return sum(line.fault == fault and line.database == database for line in self.lines)

    def table(self) -> str:
        """Return all runs, a row for each fault and database, in Markdown."""
        groups: dict[tuple[str, str], list[Line]] = {}
        for line in self.lines:
            groups.setdefault((line.fault, line.database), []).append(line)
        rows = [HEADS, ["---"] * len(HEADS), *(_row(*kind, of) for kind, of in groups.items())]
        return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _row(fault: str, database: str, lines: Sequence[Line]) -> list[str]:
    times = [seconds for line in lines for seconds in line.recoveries]
    stuck = sum(bool(line.failure) for line in lines)
    return [
        fault,
        database,
        f"{len(lines)}" + (f" ({stuck} stuck)" if stuck else ""),
        str(len(times)),
        *(str(number) for number in _sums(lines)),
        f"{median(times):.1f} s" if times else "",
        f"{max(times):.1f} s" if times else "",
    ]


def _sums(lines: Iterable[Line]) -> tuple[int, ...]:
    counts = [(line.lost, line.doubled, line.stale, line.repeats, line.died) for line in lines]
    return tuple(map(sum, zip(*counts, strict=True)))
