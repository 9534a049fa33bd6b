"""Overdispersion of the number of calls, by hour of the day: how far expected numbers are doubted.

In the afternoon the number of calls is the expected one, within chance. When a hotline opens it is
not: the weekly profile is hardly known yet, and customers who waited through the night call in the
first minutes.

Where N calls came and E were expected, whose rate was E·g with g of mean 1 and variance v,
`(N − E)² − N` is `E²·v` in the mean (moments of the negative binomial, Anscombe 1949; `shrinkage`
uses the same), so v can be estimated for each hour of the day. Only an excess counts: missing calls
(a feed is silent, or an incident explains what had been counted) are no opening.
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
        """Update v at the end of a slot of this hour of the day, from recent calls.

        `spent`: variance of a faded count for each call in it, see `shrinkage.dispersion`.
        """
        excess = seen - expected
        missed = (excess**2 - spent * seen) / max(expected, 1.0) ** 2 if excess > 0.0 else 0.0
        self._missed[hour] = self._missed[hour] * TUNING.variance_keeps + min(
            missed, TUNING.most_variance
        )
        self._slots[hour] = self._slots[hour] * TUNING.variance_keeps + 1.0

    def doubt(self, hour: int) -> float:
        """Return how far expected numbers are doubted at this hour of the day, 0 to 1."""
        low, high = TUNING.doubted
        variance = float(self._missed[hour] / self._slots[hour])
        return min(max((variance - low) / (high - low), 0.0), 1.0)

    def state(self) -> dict[str, Any]:
        """Return what was learned, for a snapshot."""
        return {"missed": self._missed, "slots": self._slots}

    def restore(self, state: dict[str, Any]) -> None:
        """Restore what `state` returned."""
        self._missed, self._slots = state["missed"], state["slots"]
