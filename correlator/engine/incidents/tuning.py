"""The tuning of this package: every constant that a measurement could move, in one place."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tuning:
    """The filter of an incident's call rate, and the hazard of its end."""

    longest_half_life: float = 0.75
    """In τ, of the filter that follows an incident's call rate, at most."""

    shortest_half_life: float = 0.02
    """The same, at least."""

    calls_remembered: float = 15.0
    """Calls that the filter remembers: the more callers, the shorter its memory."""

    noted_every: float = 0.05
    """In τ, between the points that are kept of a call rate."""

    most_noted: int = 400
    """Points that are kept of a call rate; beyond that every other one goes."""

    profile_prior: float = 10.0
    """Callers that the rule's symptom profile is worth."""

    lower_rate: float = 1.0 - 15.0 ** (-0.5)
    """A call rate one standard deviation down, as a factor, for fifteen calls."""

    calls_after: float = 0.25
    """In hours or τ: half-life of the calls about a failure that is over."""

    clear_is_end: float = 4.0
    """Log odds, in nats, that a clear is the end: one time in fifty the failure lasts."""

    ends: float = 0.5
    """Hazard of a failure's end, per τ."""


TUNING = Tuning()
"""The tuning in force."""
