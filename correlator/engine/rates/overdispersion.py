"""Overdispersion of the number of calls by hour of the day: how far to doubt what is expected.

In the afternoon as many call as is expected, give or take chance. When a hotline opens they do not:
nobody has seen a Monday yet, and whoever waited through the night calls in the first minutes.

Where N have called and E were expected, whose rate was E·g with g of mean 1 and variance v,
`(N − E)² − N` is `E²·v` in the mean (moments of the negative binomial, Anscombe 1949; `shrinkage`
uses the same). So each hour of the day tells its own v. Only what comes beyond the expected counts:
a feed that is silent, and calls that are taken back because an incident explains them, are no
opening.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from correlator.engine.rates.tuning import TUNING

_HOURS = 24


class HourlyOverdispersion:
    """The relative variance v of all calls beyond what was expected of them, by hour of the day."""

    def __init__(self) -> None:
        self._missed = np.full(_HOURS, TUNING.first_variance * TUNING.first_slots)
        self._slots = np.full(_HOURS, TUNING.first_slots)

    def learn(self, hour: int, seen: float, expected: float, spent: float) -> None:
        """Take note of what came lately, at the end of a slot of this hour of the day.

        `spent`: variance of a faded count for each ticket in it, see `shrinkage.dispersion`.
        """
        excess = seen - expected
        missed = (excess**2 - spent * seen) / max(expected, 1.0) ** 2 if excess > 0.0 else 0.0
        self._missed[hour] = self._missed[hour] * TUNING.variance_keeps + min(
            missed, TUNING.most_variance
        )
        self._slots[hour] = self._slots[hour] * TUNING.variance_keeps + 1.0

    def doubt(self, hour: int) -> float:
        """Return how far what is expected at this hour of the day is to be doubted, 0 to 1."""
        low, high = TUNING.doubted
        variance = float(self._missed[hour] / self._slots[hour])
        return min(max((variance - low) / (high - low), 0.0), 1.0)

    def state(self) -> dict[str, Any]:
        """Return what was learned, for a snapshot."""
        return {"missed": self._missed, "slots": self._slots}

    def restore(self, state: dict[str, Any]) -> None:
        """Stand where `state` was taken."""
        self._missed, self._slots = state["missed"], state["slots"]
