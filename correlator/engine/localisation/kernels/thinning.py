"""How many calls are enough to weigh a cause."""

from __future__ import annotations

from numba import njit

from correlator.engine.localisation.tuning import TUNING

_MOST_CALLS = TUNING.most_calls


@njit(cache=True)
def thinning(calls: int) -> int:
    """Return k, a power of two: every k-th of so many calls is enough to weigh a cause."""
    every = 1
    while calls > every * _MOST_CALLS:
        every *= 2
    return every
