"""How far the expected number of calls is to be doubted, by hour of the day.

In the afternoon as many call as is expected, give or take chance. When a hotline opens they do not:
nobody has seen a Monday yet, and whoever waited through the night calls in the first minutes.

Where N have called and E were expected, whose rate was E·g with g of mean 1 and variance v,
`(N − E)² − N` is `E²·v` in the mean (moments of the negative binomial; see `spread`). So each hour
of the day tells its own v. Only what comes beyond the expected counts: a feed that is silent, and
calls that are taken back because an incident explains them, are no opening.
"""

from __future__ import annotations

from typing import Any

import numpy as np

_HOURS = 24
_FIRST = 0.25  # v before anything is known: off by half
_FIRST_SLOTS = 12.0  # slots of five minutes, a day's, that this guess is worth
_KEEPS = 2.0 ** (-1.0 / 84.0)  # share of what is known that stays, slot by slot: half in a week
_MOST = 9.0  # of one slot: seen is four times what was expected, and more tells no more
_DOUBTED = (0.25, 1.0)  # v from which an hour is doubted, and from which wholly: off by as much


class Forecast:
    """The relative variance of all calls beyond what was expected of them."""

    def __init__(self) -> None:
        self._missed = np.full(_HOURS, _FIRST * _FIRST_SLOTS)
        self._slots = np.full(_HOURS, _FIRST_SLOTS)

    def learn(self, hour: int, seen: float, expected: float, spent: float) -> None:
        """Take note of what came lately, at the end of a slot of this hour of the day.

        `spent`: variance of a faded count for each ticket in it, see `spread.likeness`.
        """
        excess = seen - expected
        missed = (excess**2 - spent * seen) / max(expected, 1.0) ** 2 if excess > 0.0 else 0.0
        self._missed[hour] = self._missed[hour] * _KEEPS + min(missed, _MOST)
        self._slots[hour] = self._slots[hour] * _KEEPS + 1.0

    def doubt(self, hour: int) -> float:
        """Return how far what is expected at this hour of the day is to be doubted, 0 to 1."""
        low, high = _DOUBTED
        variance = float(self._missed[hour] / self._slots[hour])
        return min(max((variance - low) / (high - low), 0.0), 1.0)

    def state(self) -> dict[str, Any]:
        """Return what was learned, for a snapshot."""
        return {"missed": self._missed, "slots": self._slots}

    def restore(self, state: dict[str, Any]) -> None:
        """Stand where `state` was taken."""
        self._missed, self._slots = state["missed"], state["slots"]
