"""A backtest to read, with a change of every kind."""

from __future__ import annotations

from typing import Any

from correlator.model import (
    DAY,
    BacktestChange,
    BacktestReport,
    BacktestSide,
    Raised,
    Reason,
    ReasonCode,
)
from tests.builders import START, at

REASON = Reason(
    ReasonCode.BURST, {"customers": 4, "minutes": 3, "expected": 0.1, "alarms": 0, "silent": 26}
)


def raised(name: str, domain: str, minute: float = 0, **more: Any) -> Raised:
    usual: dict[str, Any] = {"symptom": "no-sync", "state": "closed", "customers": 1_980}
    return Raised(
        id=name, domain=domain, rule="access-node", announced=at(minute), onset=at(minute - 5),
        tickets=9, alarms=2, reason=REASON, **usual | more,
    )  # fmt: skip


def change(
    kind: str, verdict: str, before: str = "", after: str = "", label: str = "none", **more: Any
) -> BacktestChange:
    """Return a change; `before`, `after`: domains, `-` for outside the network."""
    sides = [
        tuple(raised(f"GI-{n}{d}", d.replace("-", ""), 60 * n) for d in names.split())
        for n, names in enumerate((before, after))
    ]
    return BacktestChange(kind, verdict, label, before=sides[0], after=sides[1], **more)


CHANGES = (
    change("earlier", "better", "DSL1", "DSL1", "confirmed", minutes=-4.5),
    change("later", "worse", "-", "-", "confirmed", minutes=1),
    change("renamed", "worse", "DSL2", "DSL2/C1", "confirmed", minutes=0),
    change("split", "worse", "DSL3", "DSL3/C1 DSL3/C2", "confirmed", minutes=0),
    change("merged", "better", "DSL4/C1 DSL4/C2", "DSL4", "confirmed", minutes=0),
    change("lost", "better", "DSL5", "", "rejected", code="coincidence"),
    change("gained", "unknown", "", "DSL6"),
)


def report(name: str = "0123456789", **more: Any) -> BacktestReport:
    side = BacktestSide(30, 19.09, 25, 27, 0.77, 0.98, 1_308, 2)
    usual: dict[str, Any] = {
        "made": START, "actor": "zoé", "rules": "new/rules", "version": "7605e5d9df2994b2",
        "against": "live", "since": START - 11 * DAY, "until": START, "weeks": 2,
        "before": side, "after": side, "median_minutes": -4.5, "compared": 25, "same": 1_025,
        "changes": CHANGES,
    }  # fmt: skip
    return BacktestReport(id=name, **usual | more)
