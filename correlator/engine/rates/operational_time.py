"""Operational time τ: hours of hotline activity, for everything that waits or compares rates.

`dτ = h(t)·d(t) dt` with the weekly profile h and the national level d. Its weekly mean is one clock
hour per hour: fast at ten on a Monday, hardly any at night (a time change of the inhomogeneous
Poisson process of calls, after which it is homogeneous).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from correlator.engine.arrays import Floats
from correlator.engine.rates.calendar import HOURS_A_WEEK
from correlator.engine.rates.tuning import TUNING
from correlator.model import HOUR, MINUTE, Millis

SLOT: Millis = 5 * MINUTE
SLOT_HOURS = SLOT / HOUR
_KEPT_SLOTS = 36 * HOUR // SLOT  # how far back an occurrence is placed exactly


class Moment(NamedTuple):
    """The engine's present: `now` in ms, and the same in operational time."""

    now: Millis
    tau: float


class Expected(NamedTuple):
    """What was expected of one line at a moment.

    `tau`: operational time; `rate`: upper estimate of its calls about a symptom per unit of τ,
    before the multiplier of its domains.
    """

    tau: float
    rate: float


def _prior_week() -> Floats:
    day = np.array(TUNING.prior_hours)
    return np.tile(day / day.mean(), 7)


class WeeklyProfile:
    """h: calls in each hour of the week, relative to their mean; learned.

    `profile[hour of week]`, mean 1; `tickets[hour of week]`: counted by `concurrent.count_ticket`.
    """

    def __init__(self) -> None:
        self.tickets = np.zeros(HOURS_A_WEEK)
        self._exposure = np.zeros(HOURS_A_WEEK)
        self._squares = np.zeros(HOURS_A_WEEK)  # exposure with squared weights
        self._unheard = np.zeros(HOURS_A_WEEK)  # exposure since the last slot with a call
        self._heard = 0.0  # calls counted by then
        self.profile = _prior_week()

    def pass_slot(self, hour: int) -> None:
        """Let a slot of this hour of the week pass."""
        heard = float(self.tickets.sum())
        if heard != self._heard:
            self._heard = heard
            self._unheard[:] = 0.0
        self._exposure[hour] += SLOT_HOURS
        self._squares[hour] += SLOT_HOURS
        self._unheard[hour] += SLOT_HOURS

    def exposure(self) -> float:
        """Return the hours that everything learned is worth: ∫h dt, decayed.

        Without d: rates are those of the long run, so that d is 1 in the mean.
        """
        return float(self._exposure @ self.profile)

    def spent(self) -> float:
        """Return Σw²/Σw of the weights w that old calls have left."""
        return float(self._squares @ self.profile) / max(self.exposure(), 1e-9)

    def refresh(self) -> None:
        """Estimate h by hour of day, weekday, hour of week, each shrunk to the one before."""
        tickets, exposure = np.maximum(self.tickets, 0.0), self._exposure
        prior = _prior_week()
        mean = (tickets.sum() + 1.0) / (float(exposure @ prior) + 1.0)
        by_day, open_by_day = tickets.reshape(7, 24), exposure.reshape(7, 24)
        worth = min(TUNING.hour_prior, mean * TUNING.day_prior)
        hours = (by_day.sum(0) + worth * prior[:24]) / (mean * open_by_day.sum(0) + worth)
        expected = (open_by_day * hours).sum(1) * mean
        weekdays = (by_day.sum(1) + TUNING.weekday_prior * mean) / (
            expected + TUNING.weekday_prior * mean
        )
        alike = np.outer(weekdays, hours).ravel()
        profile = (tickets + TUNING.week_prior * mean * alike) / (
            mean * (exposure + TUNING.week_prior)
        )
        self.profile = np.maximum(profile / profile.mean(), 0.01)

    def forget(self, keep: float) -> None:
        """Keep that share of everything learned."""
        np.multiply(self.tickets, keep, out=self.tickets)
        np.multiply(self._exposure, keep, out=self._exposure)
        self._squares *= keep**2
        self._unheard *= keep
        self._heard = float(self.tickets.sum())

    def forget_silence(self) -> float:
        """Take back the exposure since the last call: nobody listened. Returns what is known.

        That is, the calls counted, decayed.
        """
        kept = 1.0 - self._unheard / np.maximum(self._exposure, 1e-9)
        self._exposure -= self._unheard
        self._squares *= np.maximum(kept, 0.0)
        self._unheard[:] = 0.0
        return float(self.tickets.sum())

    def state(self) -> dict[str, Any]:
        """Return everything learned, for a snapshot."""
        return {
            "tickets": self.tickets,
            "exposure": self._exposure,
            "squares": self._squares,
            "unheard": self._unheard,
            "heard": self._heard,
            "profile": self.profile,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Restore what `state` returned."""
        self.tickets, self._exposure = state["tickets"], state["exposure"]
        self._squares, self.profile = state["squares"], state["profile"]
        self._unheard = state["unheard"]
        self._heard = state["heard"]


class NationalLevel:
    """d: recent calls ÷ those that the hour of the week explains; a Gamma filter.

    That is, both counts fade exponentially, with a prior at 1. `seen`: calls of the last hours,
    shape (1,), counted by `concurrent.count_ticket`.
    """

    def __init__(self) -> None:
        self.value = 1.0
        self.seen: Floats = np.zeros(1)
        self._expected = 0.0

    def pass_slot(self, expected: float, exposure: float, *, learns: bool) -> None:
        """Let a slot pass in which so many calls were expected; `exposure` in hours."""
        known = min(1.0, exposure / (24.0 * TUNING.known_after))
        half_life = TUNING.level_first + (TUNING.level_half_life - TUNING.level_first) * known
        decay = 2.0 ** (-SLOT_HOURS / half_life)
        self._expected = (self._expected + expected) * decay
        self.seen *= decay
        level = (TUNING.level_prior + float(self.seen[0])) / (TUNING.level_prior + self._expected)
        self.value = (
            min(max(level, TUNING.level_range[0]), TUNING.level_range[1]) if learns else 1.0
        )

    def begin_again(self) -> None:
        """Know nothing of the last hours."""
        self.value, self._expected = 1.0, 0.0
        self.seen[:] = 0.0

    def state(self) -> dict[str, Any]:
        """Return the filter, for a snapshot."""
        return {"value": self.value, "seen": float(self.seen[0]), "expected": self._expected}

    def restore(self, state: dict[str, Any]) -> None:
        """Restore what `state` returned."""
        self.value, self._expected = state["value"], state["expected"]
        self.seen = np.array([state["seen"]])


class OperationalTime:
    """τ by slots of five minutes: the open one, and those of the last day and a half.

    `begun`: time has begun to pass; `slot`: number of the open slot; `begins`: its start in ms;
    `start`: τ at its start; `pace`: τ per ms in it.
    """

    def __init__(self) -> None:
        self.begun = False
        self._taus: list[float] = [0.0]  # at the start of each kept slot, oldest first
        self.run_at(0, 0.0)

    def begin(self, slot: int) -> None:
        """Begin at τ = 0 with this slot."""
        self.begun, self._taus = True, [0.0]
        self.run_at(slot, 0.0)

    def close_slot(self, step: float) -> None:
        """End the open slot, in which `step` of τ passed, and begin the next one."""
        self._taus.append(self._taus[-1] + step)
        if len(self._taus) > 2 * _KEPT_SLOTS:
            del self._taus[: len(self._taus) - _KEPT_SLOTS]
        self.run_at(self.slot + 1, 0.0)

    def step_over(self, slot: int) -> None:
        """Go on with this slot, far ahead: no τ passes in between."""
        self._taus = [self._taus[-1]]
        self.run_at(slot, 0.0)

    def run_at(self, slot: int, rate: float) -> None:
        """Let the open slot be this one, and pass at `rate`, in τ per hour."""
        self.slot, self.begins = slot, slot * SLOT
        self.start, self.pace = self._taus[-1], float(rate / HOUR)

    def past(self, time: Millis) -> float:
        """Return τ at a time before the open slot; before the kept slots, that of the oldest."""
        place = len(self._taus) - 1 - (self.slot - time // SLOT)
        if place < 0:
            return self._taus[0]
        start = self._taus[place]
        return start + (self._taus[place + 1] - start) * (time % SLOT) / SLOT

    def state(self) -> dict[str, Any]:
        """Return the kept slots, for a snapshot."""
        return {"slot": self.slot, "taus": self._taus if self.begun else []}

    def restore(self, state: dict[str, Any]) -> None:
        """Restore what `state` returned."""
        self.begun = bool(state["taus"])
        self._taus = state["taus"] or [0.0]
        self.run_at(state["slot"], 0.0)
