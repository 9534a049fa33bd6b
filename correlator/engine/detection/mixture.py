"""The mixture of call rates: by rule, the weight of each added rate in the burst statistic.

The posterior mean of Dirichlet counts: failures that a rule has met, by the call rate they added,
with a prior that is worth six.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from correlator.engine.arrays import Floats
from correlator.engine.detection.tuning import TUNING

CALL_RATES: Floats = np.array(TUNING.call_rates)
FIRST_WEIGHTS: Floats = np.array(TUNING.first_weights)


class RateMixture:
    """w[rule, k]: the weight of each added rate c_k in a rule's statistic."""

    def __init__(self, rules: int) -> None:
        """`rules`: how many there are."""
        self._met = np.zeros((rules, len(CALL_RATES)))  # failures, by added rate
        self._normalise()

    def learn(self, rule: int, rate: float) -> None:
        """Record that a failure of this rule added `rate` calls per line and unit of τ."""
        place = float(np.interp(np.log(rate), np.log(CALL_RATES), np.arange(len(CALL_RATES))))
        low = min(int(place), len(CALL_RATES) - 2)
        self._met[rule] *= TUNING.met_kept
        self._met[rule, low : low + 2] += (low + 1 - place, place - low)
        self._normalise()

    def _normalise(self) -> None:
        counts = TUNING.first_worth * FIRST_WEIGHTS + self._met
        shares = np.maximum(counts / counts.sum(axis=1, keepdims=True), TUNING.least_weight)
        self.weights: Floats = shares / shares.sum(axis=1, keepdims=True)

    def state(self) -> dict[str, Any]:
        """Return the failures met, for a snapshot."""
        return {"met": self._met}

    def restore(self, state: dict[str, Any]) -> None:
        """Restore what `state` returned."""
        self._met = state["met"]
        self._normalise()

    def carry_over(self, state: dict[str, Any], before: Sequence[int]) -> None:
        """Restore the failures that a state of another catalog has met.

        `before[rule]`: the index that a rule of this one had there, or −1.
        """
        for rule, index in enumerate(before):
            if index >= 0:
                self._met[rule] = state["met"][index]
        self._normalise()
