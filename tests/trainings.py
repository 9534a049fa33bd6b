"""A comparison to read, with every kind of line."""

from __future__ import annotations

from typing import Any

from correlator.model import (
    CellSaid,
    Did,
    Judged,
    TrainingLine,
    TrainingMiss,
    TrainingReport,
    TruthSaid,
)
from tests.builders import START, at


def line(name: str, did: Did, judged: Judged, **more: Any) -> TrainingLine:
    names = {"fr": f"Perte de synchronisation — {name}", "en": f"No sync — {name}"}
    usual: dict[str, Any] = {"domain": name, "announced": at(10), "names": names}
    return TrainingLine(id=f"GI-{name}", did=did, judged=judged, **usual | more)


LINES = (
    line(
        "DSL1", Did.CONFIRMED, Judged.AGREED, minutes=4.5, cell=CellSaid.CONFIRMED,
        truth=TruthSaid.OUTAGE, cause="DSL1",
    ),
    line(
        "DSL2", Did.REJECTED, Judged.DIFFERS, minutes=1.0, code="coincidence",
        cell=CellSaid.NOTHING, truth=TruthSaid.OUTAGE, cause="DSL2",
    ),
    line(
        "DSL3", Did.ACKNOWLEDGED, Judged.UNDECIDED, minutes=2.0, cell=CellSaid.REJECTED,
        cell_code="maintenance", truth=TruthSaid.PLANNED, cause="DSL3",
    ),
    line(
        "DSL4", Did.REJECTED, Judged.AGREED, minutes=3.0, code="wrong-scope", cell=CellSaid.ABSENT,
        truth=TruthSaid.OTHER, cause="DSL4/C1",
    ),
    line("", Did.NOTHING, Judged.UNDECIDED, names={}, truth=TruthSaid.NONE),
    line("DSL5", Did.CONFIRMED, Judged.UNJUDGED, minutes=12.0),
)  # fmt: skip
MISSED = (TrainingMiss("DSL6", at(5)), TrainingMiss("", at(6), cell=True))


def comparison(**more: Any) -> TrainingReport:
    usual: dict[str, Any] = {
        "begin": START, "now": at(90), "has_cell": True, "has_truth": True, "lines": LINES,
        "missed": MISSED,
    }  # fmt: skip
    return TrainingReport(**usual | more)
