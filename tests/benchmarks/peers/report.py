"""The run as Markdown: what each costs, what it found, what it does."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from tests.benchmarks.peers.does import DEEDS, PEERS
from tests.benchmarks.peers.firings import Found
from tests.benchmarks.peers.process import Cost

_MARKS = {"yes": "yes", "part": "in part", "no": "–"}


class Row(NamedTuple):
    """One way to run one of them, over all rounds."""

    peer: str
    """One of `PEERS`."""
    what: str
    """What it took, and how."""
    costs: tuple[Cost, ...]
    """Of every round; none where only what was found counts."""
    found: Found | None = None
    played: bool = False
    """Whether the clock was that of a play, and says nothing."""

    @property
    def name(self) -> str:
        """Who, and what."""
        return f"{self.peer}, {self.what}"

    @property
    def least(self) -> float:
        """Seconds of CPU an event, in the best round."""
        return min(cost.cpu / cost.events for cost in self.costs)

    @property
    def middle(self) -> float:
        """The same, in the median."""
        return median(cost.cpu / cost.events for cost in self.costs)

    @property
    def memory(self) -> float:
        """MiB, the highest of all rounds."""
        return max(cost.rss for cost in self.costs)


def costs(rows: Sequence[Row]) -> list[str]:
    """Return the table of costs; ratios are to the first row."""
    rows = [row for row in rows if row.costs]
    first = rows[0]
    lines = [
        (
            "| | events | µs of CPU an event, least / median | × | events a second of CPU"
            " | … of the clock | MiB, highest |"
        ),
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        wall = "–" if row.played else _round(median(cost.by_the_clock for cost in row.costs))
        lines.append(
            f"| {row.name} | {row.costs[0].events:,} | {row.least * 1e6:.1f} / "
            f"{row.middle * 1e6:.1f} | {row.middle / first.middle:.2f} | {_round(1 / row.middle)} |"
            f" {wall} | {row.memory:.0f} |"
        )
    return lines


def findings(rows: Sequence[Row]) -> list[str]:
    """Return the tables of what was found, of tickets and of alarms."""
    told = [(row, row.found) for row in rows if row.found is not None]
    lines = [
        (
            "| from tickets | groups | outages found | false a week | groups an outage"
            " | cause right / near | after the fourth caller |"
        ),
        "|---|---|---|---|---|---|---|",
    ]
    for row, found in told:
        if found.announced is not None:
            lines.append(
                f"| {row.name} | {found.announced:,} | {found.found} of {found.due} |"
                f" {_number(found.false_per_week)} | {_number(found.pieces)} |"
                f" {_number(found.right, 2)} / {_number(found.near, 2)} | {_minutes(found.delay)} |"
            )
    lines += [
        "",
        (
            "| from alarms | groups | pairs of one outage together | … of the pairs together"
            " | cause right |"
        ),
        "|---|---|---|---|---|",
    ]
    for row, found in told:
        if found.groups is not None:
            lines.append(
                f"| {row.name} | {found.groups:,} | {_number(found.together, 2)} |"
                f" {_number(found.pure, 2)} | {_number(found.root, 2)} |"
            )
    return lines


def deeds() -> list[str]:
    """Return the table of what each does for an event."""
    lines = [f"| for an event | {' | '.join(PEERS)} |", "|---" * (len(PEERS) + 1) + "|"]
    lines += [f"| {one.words} | {' | '.join(_MARKS[does] for does in one.does)} |" for one in DEEDS]
    return [*lines, "", *(f"- {one.words}: {one.why}." for one in DEEDS if one.why)]


def _round(value: float) -> str:
    """Return a number with two digits that count."""
    digits = max(0, len(str(int(value))) - 2)
    return f"{round(value, -digits):,.0f}"


def _number(value: float | None, digits: int = 1) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def _minutes(seconds: float | None) -> str:
    return "–" if seconds is None else f"{seconds / 60:+.1f} min"
