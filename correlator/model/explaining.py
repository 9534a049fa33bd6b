"""What engine and console take alike when they answer an agent: thresholds, caution, works."""

from __future__ import annotations

from typing import Final

from correlator.model.base import MINUTE, Millis

YES: Final = 0.5
"""P(an incident explains a call), made cautious, from which an agent reads *yes*."""

PROBABLE: Final = 0.2
"""The same for *probable*."""

WORKS_CALL_RATE: Final = 0.1
"""Calls per line and τ that works under way are taken to cause."""

WORKS_TAIL: Final[Millis] = 5 * MINUTE
"""In ms: after the announced end that rate halves in this time."""

WORKS_TAIL_ENDS: Final[Millis] = 30 * MINUTE
"""In ms, after the announced end: from then on works explain nothing."""


def cautious(probability: float) -> float:
    """Return a probability with its odds divided by three (ADR 16).

    The decision rule of least Bayes risk with losses 3 : 1: a wrong *yes* costs about three times
    what a missed one does, since the agent stops searching.
    """
    return probability / (3.0 - 2.0 * probability)


def works_rate(start: Millis, end: Millis, time: Millis) -> float:
    """Return the calls per line and τ that works in [start, end) explain at `time`."""
    if not start <= time < end + WORKS_TAIL_ENDS:
        return 0.0
    return float(WORKS_CALL_RATE * 2.0 ** (-max(0, time - end) / WORKS_TAIL))
