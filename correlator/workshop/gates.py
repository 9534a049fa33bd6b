"""What must hold before a draft comes into force.

Tests that pass; nobody else's change in between; a backtest, or some time in the shadow, of these
very rules against those in force, over a week at least, which loses no confirmed incident and is
not noisier than the operator's dial.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from correlator.model import (
    DAY,
    BacktestReport,
    BacktestSide,
    Draft,
    Gate,
    GateName,
    JobKind,
    JobState,
    RulesJob,
)

LEAST_DAYS = 7.0
"""Of history that a draft is tried on."""
_ROUNDING = 1e-9


def gates(
    draft: Draft,
    in_force: str | None,
    jobs: Sequence[RulesJob],
    reports: Sequence[BacktestReport],
    dial: float,
) -> tuple[Gate, ...]:
    """Return every gate. `in_force`: the id of that set; `reports`: the latest first.

    `dial`: incidents a week that the operator accepts to be false.
    """
    about = [one for one in reports if is_about(one, draft)]
    enough = (one for one in about if _days(one) + _ROUNDING >= LEAST_DAYS)
    report = next(enough, about[0] if about else None)
    return (
        Gate(GateName.BASE, passed=draft.base == in_force),
        _tests(jobs, draft.ruleset),
        *_history(report, dial),
    )


def is_about(report: BacktestReport, draft: Draft) -> bool:
    """Return whether a report is about the rules of a draft, beside those in force."""
    return report.version == draft.version and report.against == "live"


def _tests(jobs: Sequence[RulesJob], ruleset: str) -> Gate:
    ran = [
        job
        for job in jobs
        if job.ruleset == ruleset and job.kind is JobKind.TESTS and job.state is JobState.DONE
    ]
    if not ran:
        return Gate(GateName.TESTS, passed=False)
    return Gate(GateName.TESTS, passed=not ran[0].findings, found=len(ran[0].findings))


def _history(report: BacktestReport | None, dial: float) -> tuple[Gate, ...]:
    if report is None:
        missing = GateName.HISTORY, GateName.CONFIRMED, GateName.NOISE
        return tuple(Gate(name, passed=False) for name in missing)
    days = _days(report)
    lost = sum(change.kind == "lost" and change.label == "confirmed" for change in report.changes)
    noise, before = noise_of(report.after, report, days), noise_of(report.before, None, days)
    most = round(max(dial, before), 2)
    if days < 1:  # nothing can be said of a week
        noise = math.inf
    return (
        Gate(
            GateName.HISTORY,
            passed=days + _ROUNDING >= LEAST_DAYS,
            found=round(days, 2),
            most=LEAST_DAYS,
        ),
        Gate(GateName.CONFIRMED, passed=lost == 0, found=lost),
        Gate(
            GateName.NOISE,
            passed=noise <= most + _ROUNDING,
            found=round(noise, 2) if math.isfinite(noise) else None,
            most=most,
        ),
    )


def _days(report: BacktestReport) -> float:
    return (report.until - report.since) / DAY


def noise_of(side: BacktestSide, report: BacktestReport | None, days: float) -> float:
    """Return incidents a week that people rejected, and those gained that nobody has judged.

    `report`: where what was gained counts, None of the rules in force.
    """
    gained = 0 if report is None else sum(
        change.kind == "gained" and change.label == "none" for change in report.changes
    )  # fmt: skip
    return 7.0 * (side.judged - side.right + gained) / max(days, 1e-9)
