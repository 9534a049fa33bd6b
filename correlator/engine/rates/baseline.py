"""The baseline: expected rate of calls, learned online from those that no incident explains.

`λ_{u,s}(t) = n_u · r_s · h_s(hour of week) · d(t) · g_{u,s}`: customers of domain u, national rate
of symptom s, weekly profile, slow national level, and the domain's own multiplier (lines on old
copper call more, but about sync and speed only). An inhomogeneous Poisson process, each factor of
which is estimated with a Gamma prior.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from correlator.engine.arrays import Floats, Ints
from correlator.engine.rates.calendar import WeekClock
from correlator.engine.rates.concurrent import ConcurrentRatio
from correlator.engine.rates.habits import PlaceHabits
from correlator.engine.rates.kernels.ratios import count_ticket, expected_under
from correlator.engine.rates.operational_time import (
    SLOT,
    SLOT_HOURS,
    Expected,
    Moment,
    NationalLevel,
    OperationalTime,
    WeeklyProfile,
)
from correlator.engine.rates.places import Places, levels_of
from correlator.engine.rates.shrinkage import shrink
from correlator.engine.rates.symptom_rates import SymptomRates
from correlator.engine.rates.tuning import TUNING
from correlator.engine.state.carry import Renumbering
from correlator.engine.ticks import LONGEST_SILENCE
from correlator.model import DAY, HOUR, Millis

_ROOM = 32  # columns for symptoms made at once


class Baseline:
    """All learned rates. Learns from every call, weighted by 1 − P(explained).

    `national`: names and rates of the symptoms; `multiplier[u, s]`: g, one standard deviation up;
    `concurrent`: the concurrent ratio; `moment`: the time up to which `advance` has let time pass;
    `caution`: factor on expected rates in the test, 1 once a day has been seen: before, an apparent
    burst may be its hour of the day.
    """

    def __init__(
        self,
        week: WeekClock,
        symptoms: Sequence[str],
        places: Places,
        *,
        learns: bool = True,
    ) -> None:
        """Take the symptoms to begin with and the failure domains."""
        self._week = week
        self._learns = learns
        self._places = places
        self._levels = levels_of(places.parents)
        self._lines = max(1.0, float(places.sizes[-1]))
        self.concurrent = ConcurrentRatio(places.sizes)
        self.national = SymptomRates(symptoms, self._lines)
        columns = max(_ROOM, len(symptoms))
        self._domain_tickets = np.zeros((len(places.sizes), columns), np.float32)
        self._profile = WeeklyProfile()
        self._level = NationalLevel()
        self._time = OperationalTime()
        self._day = 0
        self.habits = PlaceHabits(places.sizes, week.hour_of_week)
        self.multiplier, self.moment = np.ones(self._domain_tickets.shape), Moment(0, 0.0)
        self.concurrent.reserve(len(symptoms))
        self.national.refresh(self.exposure())
        self._refresh_shapes()
        self._open_slot()

    # ------------------------------------------------------------------------------ symptoms

    @property
    def symptoms(self) -> list[str]:
        """The names of the symptoms by index, "" where one is free."""
        return self.national.names

    @property
    def rates(self) -> Floats:
        """r_s: calls per line and unit of τ, shape (symptoms,)."""
        return self.national.rates

    def symptom(self, name: str) -> int:
        """Return the symptom's index; a new name gets the next one (up to a cap)."""
        index = self.national.index(name)
        return self._add_symptom(name) if index is None else index

    def _add_symptom(self, name: str) -> int:
        before, index = len(self.symptoms), self.national.add(name, self.exposure())
        if len(self.symptoms) > before:
            if len(self.symptoms) > self._domain_tickets.shape[1]:
                room = np.zeros((len(self._places.sizes), _ROOM), np.float32)
                self._domain_tickets = np.hstack([self._domain_tickets, room])
                self.multiplier = np.hstack([self.multiplier, np.ones(room.shape)])
            self.concurrent.reserve(len(self.symptoms))
        return index

    def reassign_rates(
        self, old: int, new: int, times: Sequence[Millis], weights: Sequence[float]
    ) -> None:
        """Move the national counts of calls of these times (ms) to another symptom."""
        for time, weight in zip(times, weights, strict=True):
            self.national.reassign(old, new, self._hour_at(time) % 24, weight)
        self.national.refresh(self.exposure())
        self.national.refresh_hours()

    def reassign(self, domains: Ints, old: int, new: int, weight: float) -> None:
        """Move a call's counts in its domains to another symptom."""
        self._domain_tickets[domains, old] -= weight
        self._domain_tickets[domains, new] += weight

    def release(self, name: str) -> None:
        """Forget a symptom for good; its index goes to the next new one."""
        index = self.national.release(name, self.exposure())
        if index is not None:
            self._domain_tickets[:, index] = 0.0
            self.multiplier[:, index] = 1.0
            self.concurrent.clear(index)

    def exposure(self) -> float:
        """Return the hours that everything learned is worth, decayed."""
        return self._profile.exposure()

    # ---------------------------------------------------------------------------------- time

    def advance(self, now: Millis) -> Moment:
        """Let time pass up to `now`, which never goes back; returns the moment reached."""
        now = max(self.moment.now, now)
        if now // SLOT != self._time.slot or not self._time.begun:
            self._pass_slots(now // SLOT, now)
        self.moment = Moment(now, self.tau(now))
        return self.moment

    def _pass_slots(self, slot: int, now: Millis) -> None:
        """Close the slots that ended, and learn from them; step over those of a long silence."""
        if not self._time.begun:
            self._time.begin(slot)
            self._day = now // DAY
            self._open_slot()
        for _ in range(min(slot - self._time.slot, LONGEST_SILENCE // SLOT)):
            self._close_slot()
        if self._time.slot < slot:
            self._step_over(slot, now)

    def _step_over(self, slot: int, now: Millis) -> None:
        """Go on after a long silence, which teaches nothing; nor did a few calls before it."""
        if self._profile.forget_silence() < TUNING.known_calls:
            self._forget(0.0)
        if self._learns:
            self._learn(now // HOUR * HOUR)  # on the hour, as for the shapes
        self._level.begin_again()
        self.concurrent.begin_again()
        self._time.step_over(slot)
        self._open_slot()

    def _close_slot(self) -> None:
        profile, rates, hour = self._profile, self.national, self._hour
        step = profile.profile[hour] * self._level.value * SLOT_HOURS
        expected = rates.rates * rates.ratio[:, hour % 24] * (self._lines * step)
        self.concurrent.close_slot(expected, hour % 24)
        profile.pass_slot(hour)
        usual = rates.rates.sum() * self._lines * profile.profile[hour] * SLOT_HOURS
        self._level.pass_slot(usual, self.exposure(), learns=self._learns)
        self._time.close_slot(float(step))
        if self._learns:
            self.habits.pass_slot(self._time.slot * SLOT, usual / self._lines / SLOT_HOURS)
            self._learn(self._time.slot * SLOT)
        self._open_slot()

    def _open_slot(self) -> None:
        """Precompute what every call of the slot that begins needs."""
        self._hour = self._week.hour_of_week(self._time.slot * SLOT)
        self.concurrent.begin_slot(self._hour % 24)
        pace = self._profile.profile[self._hour] * self._level.value
        self._time.run_at(self._time.slot, pace)
        self.habits.begin_slot(self._time.slot * SLOT, pace)
        self.caution = 1.0 + TUNING.first_caution * max(0.0, 1.0 - self.exposure() / 24.0)

    def _learn(self, now: Millis) -> None:
        self.national.refresh(self.exposure())
        if now % HOUR == 0:
            self._refresh_shapes()
        if now // DAY > self._day:
            self._day = now // DAY
            self._forget(2.0 ** (-1.0 / TUNING.half_life_days))

    def _forget(self, keep: float) -> None:
        self.national.forget(keep)
        self._profile.forget(keep)
        self.concurrent.forget(keep)
        np.multiply(self._domain_tickets, keep, out=self._domain_tickets)

    def tau(self, time: Millis) -> float:
        """Return the operational time at `time`; before the kept slots, that of the oldest."""
        since = time - self._time.begins
        if since < 0:
            return self._time.past(time)
        return self._time.start + self._time.pace * min(since, SLOT - 1)

    # --------------------------------------------------------------------------------- rates

    def expected(self, symptom: int, time: Millis) -> Expected:
        """Return what was expected of an average line at `time`."""
        hour = self._hour_at(time) % 24
        rate = float(self.national.upper[symptom] * self.national.ratio[symptom, hour])
        return Expected(self.tau(time), rate)

    def expected_under(self, domains: Ints, symptom: int, rate: float, explained: float) -> Floats:
        """Return λ of each domain, per τ: `rate` and `explained` (by incidents, works) per line."""
        others = self.concurrent
        found = np.empty(len(domains))
        expected_under(
            domains, symptom, rate * self.caution, explained, self._places.sizes, self.multiplier,
            others.index, others.seen, others.expected, others.rest, others.doubt, found,
        )  # fmt: skip
        return found

    def _hour_at(self, time: Millis) -> int:
        """Return the hour of the week; that of the open slot is known."""
        if time // SLOT == self._time.slot:
            return self._hour
        return self._week.hour_of_week(time)

    def knows_a_day(self) -> bool:
        """Return whether a whole day has been seen; before, a rise may be that of its hour."""
        return self.caution <= 1.0

    def observe(
        self, symptom: int, domains: Ints, occurred: Millis, weight: float, *, entered: bool = False
    ) -> None:
        """Learn from a call that `entered` (or, with a negative weight, take a share of it back).

        In a rush (high d) it counts less for its hour of the week: others would seem quiet.
        """
        age = self._time.begins - occurred
        national, others = self.national, self.concurrent
        rush = max(1.0, self._level.value / TUNING.rush)
        count_ticket(
            domains, symptom, self._hour_at(occurred), weight, rush, age < 2 * HOUR,
            age < HOUR // 2, national.tickets, national.hours, self._profile.tickets,
            self._level.seen, self._domain_tickets, others.index, others.seen, others.rest,
            others.placed, self.habits.hour, entered and age < 2 * HOUR,
        )  # fmt: skip

    def _refresh_shapes(self) -> None:
        self._profile.refresh()
        self.national.refresh_hours()
        self._refresh_multipliers()

    def _refresh_multipliers(self) -> None:
        """Estimate g_{u,s} + 1 sd, parents first; see `shrinkage` for the formulas."""
        if not self._learns:
            return
        exposure, spent = self.exposure(), self._profile.spent()
        sizes, parents, kinds = self._places
        mean, each = np.ones(len(sizes)), np.ones((len(sizes), len(self.symptoms)))
        for level in self._levels:
            shrink(
                level, parents, kinds, self._domain_tickets, sizes,
                self.rates * exposure, spent, mean, each, self.multiplier,
            )  # fmt: skip

    # ------------------------------------------------------------------------------ snapshot

    def state(self) -> dict[str, Any]:
        """Return everything learned, for a snapshot."""
        return {
            "moment": list(self.moment),
            "day": self._day,
            "domain_tickets": self._domain_tickets,
            "multiplier": self.multiplier,
            "symptoms": self.national.state(),
            "week": self._profile.state(),
            "level": self._level.state(),
            "time": self._time.state(),
            "concurrent": self.concurrent.state(),
            "habits": self.habits.state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Restore what `state` returned."""
        self._restore_learned(state)
        self.multiplier = state["multiplier"]
        self.concurrent.restore(state["concurrent"])
        self.habits.restore(state["habits"])
        self._open_slot()
        self.moment = Moment(*state["moment"])

    def _restore_learned(self, state: dict[str, Any]) -> None:
        self._day = state["day"]
        self._domain_tickets = state["domain_tickets"]
        self.national.restore(state["symptoms"])
        self._profile.restore(state["week"])
        self._level.restore(state["level"])
        self._time.restore(state["time"])

    def carry_over(self, state: dict[str, Any], moved: Renumbering) -> None:
        """Restore a state of another inventory or catalog; its symptoms come first."""
        listed = list(self.symptoms)
        self._restore_learned(state)
        before = moved.domains_before
        counts = np.where(before[:, None] >= 0, self._domain_tickets[before], 0.0)
        self._domain_tickets = counts.astype(np.float32)
        self.multiplier = np.ones(self._domain_tickets.shape)
        self.concurrent.carry_over(state["concurrent"])
        self.habits.carry_over(state["habits"], moved)
        self.concurrent.reserve(len(self.symptoms))
        for name in listed:
            self.symptom(name)
        self._refresh_shapes()
        self._open_slot()
        self.advance(moved.now)
