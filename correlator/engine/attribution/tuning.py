"""The tuning of this package: every constant that a measurement could move, in one place."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tuning:
    """Odds of a person's link, and the probability of a repeat call."""

    certain_odds: float = 99.0
    """Odds that a person's link is worth, against the usual rate and against any incident."""

    highest_rate: float = 0.8
    """Calls per line and τ of the strongest incident that those odds are meant against."""

    same_customer: float = 0.9
    """Probability that the repeat call of a linked customer is about the same failure."""


TUNING = Tuning()
"""The tuning in force."""
