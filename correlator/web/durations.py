"""How long incidents like one lasted here: quantiles of a Kaplan–Meier estimate.

Incidents that still last are censored: they count as *at least that long*. Kaplan & Meier,
Nonparametric Estimation from Incomplete Observations, JASA 53 (1958).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from correlator.model import Millis

ENOUGH = 8
"""Cases that have ended, below which nothing is said."""
LOW, HIGH = 0.25, 0.75


class Usual(NamedTuple):
    """Half of the incidents last between `low` and `high` (ms), told from `cases`."""

    low: Millis
    high: Millis
    cases: int


def survival(lasted: Iterable[tuple[Millis, bool]]) -> list[tuple[Millis, float]]:
    """Return (duration, share that lasts longer) at each end; `lasted`: (duration, it is over).

    At one duration ends come before what is censored there.
    """
    ordered = sorted(lasted, key=lambda one: (one[0], not one[1]))
    at_risk, share = len(ordered), 1.0
    steps: list[tuple[Millis, float]] = []
    for duration, over in ordered:
        if over:
            share *= 1.0 - 1.0 / at_risk
            if steps and steps[-1][0] == duration:
                steps.pop()
            steps.append((duration, share))
        at_risk -= 1
    return steps


def quantile(steps: Sequence[tuple[Millis, float]], share: float) -> Millis | None:
    """Return the duration by which this share has ended; None where it never comes to that."""
    return next((duration for duration, lasts in steps if lasts <= 1.0 - share + 1e-12), None)


def usual(lasted: Sequence[tuple[Millis, bool]]) -> Usual | None:
    """Return between what half of them last; None where too few have ended to say."""
    if sum(over for _, over in lasted) < ENOUGH:
        return None
    steps = survival(lasted)
    low, high = quantile(steps, LOW), quantile(steps, HIGH)
    return None if low is None or high is None else Usual(low, high, len(lasted))
