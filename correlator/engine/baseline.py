"""The expected rate of tickets, learned online, and the hotline's own time.

`λ_{u,s}(t) = n_u · r_s · h_s(hour of week) · d(t) · g_{u,s}`: customers of domain u, national rate
of symptom s, weekly profile, slow national level, and the domain's own multiplier: old copper calls
more, but about sync and speed only.

Everything that waits or compares rates does so in *operational time* `dτ = h(t)·d(t) dt`, in hours
whose weekly mean is one clock hour: it runs fast at ten on a Monday and hardly moves at night.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from correlator.engine.calendar import HOURS_A_WEEK, WeekClock
from correlator.engine.elsewhere import Elsewhere
from correlator.engine.kernels import count_ticket
from correlator.engine.spread import shrink
from correlator.model import DAY, HOUR, MINUTE, Millis

Floats: TypeAlias = NDArray[np.float64]

SLOT: Millis = 5 * MINUTE
_SLOT_HOURS = SLOT / HOUR
_KEPT_SLOTS = 36 * HOUR // SLOT  # how far back an occurrence is placed exactly
_MAX_SYMPTOMS = 250  # a ticketType beyond that many is counted as not named

_HALF_LIFE_DAYS = 28.0  # of everything learned about rates
_LEVEL_HALF_LIFE = 2.0  # hours, of the national level d, once the hours are known
_LEVEL_FIRST = 1.0  # hours, of the same before anything is known
_KNOWN_AFTER = 3.0  # days that it takes to know the hours
_RUSH = 4.0  # level from which so many calls are no habit; first mornings reach it
_LEVEL_PRIOR = 12.0  # tickets that the level 1 is worth
_LEVEL_RANGE = (0.2, 20.0)
_PRIOR_RATE = 0.0015  # tickets per line and hour, before anything is known
_PRIOR_TICKETS = 10.0  # what that guess is worth
_FIRST_CAUTION = 2.0  # a first day may be three times as busy at an hour as was guessed
_ROOM = 32  # columns for symptoms made at once
_HOUR_PRIOR = 4.0  # tickets that the prior profile is worth in a mean hour of the day, at most
_DAY_PRIOR = 1.0  # days that it is worth, at most
_WEEK_PRIOR = 3.0  # weeks that "every day is alike" is worth
_WEEKDAY_PRIOR = 8.0  # mean hours that "this weekday is like any" is worth
_SYMPTOM_HOUR_PRIOR = 30.0  # tickets that "this symptom's hours are like any" is worth

# A French hotline of 8–22 h: relative contacts per hour of day before anything is learned.
_PRIOR_HOURS = (
    0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.8, 1.2, 1.8, 1.9, 1.7,
    1.3, 1.3, 1.5, 1.5, 1.5, 1.7, 1.9, 1.9, 1.6, 1.2, 0.8, 0.6,
)  # fmt: skip


def _prior_week() -> Floats:
    day = np.array(_PRIOR_HOURS)
    return np.tile(day / day.mean(), 7)


class Places(NamedTuple):
    """The failure domains, by index.

    `sizes[u]`: customers; `parents[u]`: a wider domain of a lower level, or u itself; `kinds[u]`:
    index of its type, the places of which are compared with each other.
    """

    sizes: Floats
    parents: NDArray[np.int64]
    kinds: NDArray[np.int64]


class Baseline:
    """What to expect. Learns from every ticket, weighted by 1 − P(an incident explains it)."""

    def __init__(
        self,
        week: WeekClock,
        symptoms: Sequence[str],
        places: Places,
        *,
        learns: bool = True,
    ) -> None:
        """Take the symptoms to begin with and the failure domains."""
        sizes = places.sizes
        self._week = week
        self._learns = learns
        self._sizes = sizes
        self._levels = _levels(places.parents)
        self._parents = places.parents
        self._kinds = places.kinds
        self._lines = max(1.0, float(sizes[-1]))
        self.elsewhere = Elsewhere(sizes)
        self.symptoms: list[str] = list(symptoms)
        self._index = {name: i for i, name in enumerate(self.symptoms)}
        count = len(self.symptoms)
        self._tickets = np.zeros(count)
        self._symptom_hours = np.zeros((count, 24))
        self._hour_tickets = np.zeros(HOURS_A_WEEK)
        self._hour_exposure = np.zeros(HOURS_A_WEEK)
        self._hour_squares = np.zeros(HOURS_A_WEEK)  # the same with squared weights
        self._domain_tickets = np.zeros((len(sizes), max(_ROOM, count)), np.float32)
        self._profile = _prior_week()
        self._slot = 0
        self._taus: list[float] = []  # τ at the start of the kept slots, oldest first
        self._level = 1.0
        self._level_seen = 0.0
        self._level_expected = 0.0
        self._day = 0
        self.rates = np.zeros(count)
        self.upper_rates = np.zeros(count)
        self._ratio = np.ones((count, 24))
        self.multiplier = np.ones(self._domain_tickets.shape)
        self.elsewhere.room(count)
        self._refresh_rates()
        self._refresh_shapes()
        self._look_ahead()

    # ------------------------------------------------------------------------------ symptoms

    def symptom(self, name: str) -> int:
        """Return the symptom's index; a new name gets the next one (up to a cap)."""
        index = self._index.get(name)
        if index is None:
            index = self._add_symptom(name)
        return index

    def _add_symptom(self, name: str) -> int:
        if "" in self.symptoms:
            index = self._index[name] = self.symptoms.index("")
            self.symptoms[index] = name
            return index
        if len(self.symptoms) >= _MAX_SYMPTOMS:
            return 0
        self.symptoms.append(name)
        index = self._index[name] = len(self.symptoms) - 1
        self._tickets = np.append(self._tickets, 0.0)
        self._symptom_hours = np.vstack([self._symptom_hours, np.zeros((1, 24))])
        if len(self.symptoms) > self._domain_tickets.shape[1]:
            room = np.zeros((len(self._sizes), _ROOM), np.float32)
            self._domain_tickets = np.hstack([self._domain_tickets, room])
            self.multiplier = np.hstack([self.multiplier, np.ones(room.shape)])
        self.elsewhere.room(len(self.symptoms))
        self._refresh_rates()
        self._refresh_ratio()
        return index

    def rename(self, old: int, new: int, times: Sequence[Millis], weights: Sequence[float]) -> None:
        """Count tickets of these times (ms) under another symptom than so far."""
        for time, weight in zip(times, weights, strict=True):
            hour = self._week.hour_of_week(time) % 24
            for symptom, change in ((old, -weight), (new, weight)):
                self._tickets[symptom] = max(0.0, self._tickets[symptom] + change)
                self._symptom_hours[symptom, hour] += change
        self._refresh_rates()
        self._refresh_ratio()

    def move(self, domains: NDArray[np.int64], old: int, new: int, weight: float) -> None:
        """Count a ticket's domains under another symptom than so far."""
        self._domain_tickets[domains, old] -= weight
        self._domain_tickets[domains, new] += weight

    def release(self, name: str) -> None:
        """Forget a symptom for good; its index goes to the next new one."""
        index = self._index.pop(name, None)
        if index is not None:
            self.symptoms[index] = ""
            self._tickets[index] = 0.0
            self._symptom_hours[index] = 0.0
            self._domain_tickets[:, index] = 0.0
            self.multiplier[:, index] = 1.0
            self.elsewhere.clear(index)
            self._refresh_rates()
            self._refresh_ratio()

    def exposure(self) -> float:
        """Return the hours that everything learned is worth: ∫h dt, decayed.

        Without d: rates are those of the long run, so that d is 1 in the mean.
        """
        return float(self._hour_exposure @ self._profile)

    # ---------------------------------------------------------------------------------- time

    def advance(self, now: Millis) -> None:
        """Let time pass up to `now`: close the slots that ended, learn their shape."""
        slot = now // SLOT
        if not self._taus:
            self._slot, self._day, self._taus = slot, now // DAY, [0.0]
            self._look_ahead()
        while self._slot < slot:
            self._close_slot()

    def _close_slot(self) -> None:
        start = self._slot * SLOT
        hour = self._week.hour_of_week(start)
        step = self._profile[hour] * self._level * _SLOT_HOURS
        self._taus.append(self._taus[-1] + float(step))
        if len(self._taus) > 2 * _KEPT_SLOTS:
            del self._taus[: len(self._taus) - _KEPT_SLOTS]
        expected = self.rates * self._ratio[:, hour % 24] * (self._lines * step)
        self.elsewhere.close_slot(expected, hour % 24)
        self._hour_exposure[hour] += _SLOT_HOURS
        self._hour_squares[hour] += _SLOT_HOURS
        self._move_level(hour)
        self._slot += 1
        if self._learns:
            self._learn(self._slot * SLOT)
        self._look_ahead()

    def _look_ahead(self) -> None:
        """Work out what every ticket of the slot that begins will ask for."""
        hour = self._week.hour_of_week(self._slot * SLOT)
        self.elsewhere.begin_slot(hour % 24)
        self._pace = float(self._profile[hour] * self._level / HOUR)  # τ per ms
        self._caution = 1.0 + _FIRST_CAUTION * max(0.0, 1.0 - self.exposure() / 24.0)

    def _move_level(self, hour: int) -> None:
        """Follow the national level with a Gamma filter over the last hours."""
        expected = self.rates.sum() * self._lines * self._profile[hour] * _SLOT_HOURS
        known = min(1.0, self.exposure() / (24.0 * _KNOWN_AFTER))
        half_life = _LEVEL_FIRST + (_LEVEL_HALF_LIFE - _LEVEL_FIRST) * known
        decay = 2.0 ** (-_SLOT_HOURS / half_life)
        self._level_expected = (self._level_expected + expected) * decay
        self._level_seen *= decay
        level = (_LEVEL_PRIOR + self._level_seen) / (_LEVEL_PRIOR + self._level_expected)
        self._level = min(max(level, _LEVEL_RANGE[0]), _LEVEL_RANGE[1]) if self._learns else 1.0

    def _learn(self, now: Millis) -> None:
        self._refresh_rates()
        if now % HOUR == 0:
            self._refresh_shapes()
        if now // DAY > self._day:
            self._day = now // DAY
            self._forget(2.0 ** (-1.0 / _HALF_LIFE_DAYS))

    def _forget(self, keep: float) -> None:
        for learned in (
            self._tickets,
            self._symptom_hours,
            self._hour_tickets,
            self._hour_exposure,
            self._domain_tickets,
        ):
            np.multiply(learned, keep, out=learned)
        self._hour_squares *= keep**2

    def tau(self, time: Millis) -> float:
        """Return the operational time at `time`; before the kept slots, that of the oldest."""
        back = self._slot - time // SLOT
        if back <= 0:
            since = min(time - self._slot * SLOT, SLOT - 1)
            return self._taus[-1] + self._pace * since
        place = len(self._taus) - 1 - back
        if place < 0:
            return self._taus[0]
        start = self._taus[place]
        return start + (self._taus[place + 1] - start) * (time % SLOT) / SLOT

    # --------------------------------------------------------------------------------- rates

    def line_rate(self, symptom: int, time: Millis) -> float:
        """Return the upper estimate of tickets per line and unit of τ, before the multiplier."""
        hour = self._week.hour_of_week(time) % 24
        return float(self.upper_rates[symptom] * self._ratio[symptom, hour])

    def caution(self) -> float:
        """Return what expected rates are multiplied by in the test: 1 once a day has been seen.

        Before, nobody knows the hours of the day: what looks like a burst may be a habit.
        """
        return self._caution

    def knows_a_day(self) -> bool:
        """Say whether a whole day has been seen: before, the hour of the day may be the reason."""
        return self._caution <= 1.0

    def count(
        self, symptom: int, domains: NDArray[np.int64], occurred: Millis, weight: float
    ) -> None:
        """Learn from a ticket (or, with a negative weight, take a part of it back).

        What comes in a rush says little about the habits of its hour: a failure of everybody's
        telephone that nobody named would make all other hours of the week look quiet. What is
        taken back at another level than it was counted at leaves a little, or takes too much.
        """
        hour = self._week.hour_of_week(occurred)
        self._tickets[symptom] += weight
        self._hour_tickets[hour] += weight / max(1.0, self._level / _RUSH)
        self._symptom_hours[symptom, hour % 24] += weight
        age = self._slot * SLOT - occurred
        if age < 2 * HOUR:
            self._level_seen = max(0.0, self._level_seen + weight)
        fresh = age < HOUR // 2
        large = self.elsewhere
        count_ticket(
            domains, symptom, weight, self._domain_tickets,
            large.index, large.seen, large.rest, fresh,
        )  # fmt: skip

    def _refresh_rates(self) -> None:
        """r_s with its Gamma prior; the upper estimate adds one standard deviation."""
        count = len(self.symptoms)
        prior = _PRIOR_TICKETS / count
        shape = np.maximum(self._tickets, 0.0) + prior
        exposure = self._lines * self.exposure() + _PRIOR_TICKETS / _PRIOR_RATE
        self.rates = shape / exposure
        self.upper_rates = (shape + np.sqrt(shape)) / exposure

    def _refresh_shapes(self) -> None:
        self._refresh_profile()
        self._refresh_ratio()
        self._refresh_multipliers()

    def _refresh_profile(self) -> None:
        """Hour of day, then weekday, then hour of week, each shrunk to the one before."""
        tickets, exposure = np.maximum(self._hour_tickets, 0.0), self._hour_exposure
        prior = _prior_week()
        mean = (tickets.sum() + 1.0) / (float(exposure @ prior) + 1.0)
        by_day, open_by_day = tickets.reshape(7, 24), exposure.reshape(7, 24)
        worth = min(_HOUR_PRIOR, mean * _DAY_PRIOR)
        hours = (by_day.sum(0) + worth * prior[:24]) / (mean * open_by_day.sum(0) + worth)
        expected = (open_by_day * hours).sum(1) * mean
        weekdays = (by_day.sum(1) + _WEEKDAY_PRIOR * mean) / (expected + _WEEKDAY_PRIOR * mean)
        alike = np.outer(weekdays, hours).ravel()
        profile = (tickets + _WEEK_PRIOR * mean * alike) / (mean * (exposure + _WEEK_PRIOR))
        self._profile = np.maximum(profile / profile.mean(), 0.01)

    def _refresh_ratio(self) -> None:
        """h_s / h: how a symptom's hours differ from those of all tickets."""
        hours = np.maximum(self._symptom_hours, 0.0)
        total = max(1.0, float(hours.sum()))
        expected = np.outer(hours.sum(1), hours.sum(0)) / total
        self._ratio = (hours + _SYMPTOM_HOUR_PRIOR) / (expected + _SYMPTOM_HOUR_PRIOR)

    def _refresh_multipliers(self) -> None:
        """g_{u,s} + 1 sd, parents first.

        All symptoms together, g_u = (a·g_parent + N_u) / (a + E_u); then each symptom, from what
        the parent has of it: g_{u,s} = (a_s·p + N_{u,s}) / (a_s + E_{u,s}), where
        p = g_{parent,s}·g_u / g_parent. How much the parent counts is learned: see `spread.shrink`.
        """
        if not self._learns:
            return
        exposure = self.exposure()
        spent = float(self._hour_squares @ self._profile) / max(exposure, 1e-9)
        mean, each = np.ones(len(self._sizes)), np.ones((len(self._sizes), len(self.symptoms)))
        for level in self._levels:
            shrink(
                level, self._parents, self._kinds, self._domain_tickets, self._sizes,
                self.rates * exposure, spent, mean, each, self.multiplier,
            )  # fmt: skip

    # ------------------------------------------------------------------------------ snapshot

    _KEPT = (
        "symptoms", "_tickets", "_symptom_hours", "_hour_tickets", "_hour_exposure",
        "_hour_squares", "_domain_tickets", "_profile", "_slot", "_taus", "_level",
        "_level_seen", "_level_expected", "_day", "rates", "upper_rates", "_ratio", "multiplier",
    )  # fmt: skip

    def state(self) -> dict[str, Any]:
        """Return everything learned, for a snapshot."""
        kept: dict[str, Any] = {name: getattr(self, name) for name in self._KEPT}
        return {**kept, "elsewhere": self.elsewhere.state()}

    def restore(self, state: dict[str, Any]) -> None:
        """Stand where `state` was taken."""
        for name in self._KEPT:
            setattr(self, name, state[name])
        self.elsewhere.restore(state["elsewhere"])
        self._index = {name: i for i, name in enumerate(self.symptoms) if name}
        self._look_ahead()

    def carry_over(self, state: dict[str, Any]) -> None:
        """Stand where a state of another catalog stood; its symptoms come first."""
        listed, elsewhere = list(self.symptoms), self.elsewhere
        forecast = state["elsewhere"]["forecast"]
        self.restore({**state, "elsewhere": {**elsewhere.state(), "forecast": forecast}})
        self._domain_tickets = self._domain_tickets.astype(np.float32)
        self.multiplier = np.ones(self._domain_tickets.shape)
        elsewhere.room(len(self.symptoms))
        for name in listed:
            self.symptom(name)
        self._refresh_shapes()
        self._look_ahead()


def _levels(parents: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Group the domains so that each comes after its parent; roots are their own parents."""
    depth = np.full(len(parents), -1)
    roots = np.flatnonzero(parents == np.arange(len(parents)))
    depth[roots] = 0
    level = 0
    levels: list[NDArray[np.int64]] = []
    while True:
        below = np.flatnonzero((depth < 0) & (depth[parents] == level))
        if not len(below):
            return levels
        level += 1
        depth[below] = level
        levels.append(below)
