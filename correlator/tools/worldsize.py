"""How large a world is, for the head of a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from correlator.tools.worldfiles import EvaluationError, read_truth

if TYPE_CHECKING:
    from pathlib import Path


def world_rows(world: Path) -> list[tuple[str, str]]:
    """Return the size and the time span of a world as rows (name, value) of a table."""
    truth = read_truth(world)
    counts = [
        ("ticket events", "tickets.jsonl"),
        ("alarm events", "alarms.jsonl"),
        ("maintenance events", "maintenance.jsonl"),
    ]
    return [
        ("start", truth.start),
        ("days", f"{truth.days:g}"),
        ("customers", f"{truth.customers:,}"),
        *((title, f"{_lines(world / name):,}") for title, name in counts),
        ("outages", str(len(truth.outages))),
        ("outages due", str(sum(outage.due for outage in truth.outages))),
        ("planned works", str(sum(outage.planned for outage in truth.outages))),
        ("external tickets", str(len(truth.external))),
    ]


def _lines(path: Path) -> int:
    try:
        with path.open("rb") as file:
            return sum(1 for _ in file)
    except OSError as error:
        raise EvaluationError(f"{path}: {error.strerror}") from None
