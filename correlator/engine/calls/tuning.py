"""The tuning of this package: every constant that a measurement could move, in one place."""

from __future__ import annotations

from dataclasses import dataclass

from correlator.model import DAY, HOUR, Millis


@dataclass(frozen=True, slots=True)
class Tuning:
    """How long calls and tickets are kept."""

    remembered: Millis = 2 * DAY
    """Since the last change of a ticket; mails of Saturday are read on Monday."""

    horizon: Millis = 26 * HOUR
    """How long a call is kept: a day of repeat callers, and some."""

    fit_horizon: Millis = 14 * HOUR
    """How far back a failure's first caller is searched for."""


TUNING = Tuning()
"""The tuning in force."""
