"""The burst statistic: a Shiryaev–Roberts mixture per stream, and the threshold from the dial.

Per row and added rate `a_k = n_u·c_k` (c in calls per line and unit of τ):

- while time passes, `M ← M·e^{−aΔ} + ρ·(1−e^{−aΔ})/a`;
- on a call about symptom s, `M ← M·(1 + a·π(s)/λ)`;
- alert when `Σ_k w_k·M_k ≥ A`; the weights w, one set per rule, are P(rate).

`M_t − ∫ρ` is a martingale while nothing is wrong, so the expected number of false alerts of a rule
in a week is at most `Σ_u ∫_week ρ_u dτ / A`: setting `A = Σ_u ∫_week ρ_u dτ / F` bounds it by F,
the rule's share of the operator's dial, however much the domains overlap (Pollak 1987, Optimality
of Shiryaev–Roberts; Dandapanthula & Ramdas 2025 for many overlapping streams).

An alarm multiplies ρ of its rows by e^w for a while. That mass counts in A.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from correlator.engine.arrays import Floats, Ints, with_room
from correlator.engine.detection.mixture import CALL_RATES, RateMixture
from correlator.engine.detection.tuning import TUNING
from correlator.engine.rates import HOURS_A_WEEK

_MOST_MASS = 1e150  # beyond any threshold, and still a number when it is multiplied


@njit(cache=True)
def pass_time(  # noqa: PLR0913, PLR0917 - the columns of one table
    rows: Ints,
    tau: float,
    rates: Floats,
    mass: Floats,
    start: Floats,
    last: Floats,
    boost: Floats,
    boost_until: Floats,
) -> None:
    """`M ← M·e^{−aΔ} + ρ·(1−e^{−aΔ})/a` up to `tau`, first boosted, then not; see `burst`."""
    for place in range(len(rows)):
        row = rows[place]
        for leg in range(2):
            until = min(boost_until[row], tau) if leg == 0 else tau
            if until <= last[row]:
                continue
            rho = boost[row] if leg == 0 else 1.0
            step = until - last[row]
            for k in range(mass.shape[1]):
                rate = rates[row, k]
                stays = math.exp(-rate * step)
                kept = mass[row, k] * stays
                new = rho * (1.0 - stays) / rate
                fresh = until - min(step / 2.0, 1.0 / rate)
                whole = kept + new
                start[row, k] = (kept * start[row, k] + new * fresh) / max(whole, 1e-300)
                mass[row, k] = whole
            last[row] = until


@njit(cache=True)
def add_call(  # noqa: PLR0913, PLR0917 - the columns of one table
    rows: Ints,
    profile: Floats,
    expected: Floats,
    tau: float,
    rates: Floats,
    mass: Floats,
    start: Floats,
    last: Floats,
    boost: Floats,
    boost_until: Floats,
) -> None:
    """Let time pass, then `M ← M·(1 + a·profile/expected)` on the mass that began before `tau`."""
    pass_time(rows, tau, rates, mass, start, last, boost, boost_until)
    for place in range(len(rows)):
        row = rows[place]
        ratio = profile[place] / expected[place]
        for k in range(mass.shape[1]):
            rate = rates[row, k]
            late = start[row, k] - tau
            fits = math.exp(-rate * late) if late > 0.0 else 1.0
            mass[row, k] = min(mass[row, k] * (1.0 + fits * rate * ratio), _MOST_MASS)


@njit(cache=True)
def mix(rows: Ints, mass: Floats, rules: Ints, weights: Floats, found: Floats) -> None:
    """Write M = Σ_k w_k·M_k of each row into `found`, with the weights of its rule."""
    for place in range(len(rows)):
        row = rows[place]
        found[place] = 0.0
        for k in range(mass.shape[1]):
            found[place] += weights[rules[row], k] * mass[row, k]


@njit(cache=True)
def share_of_threshold(  # noqa: PLR0913, PLR0917 - columns
    rows: Ints, mass: Floats, rules: Ints, weights: Floats, thresholds: Floats, found: Floats
) -> None:
    """Write the level of each row, M as a share of its rule's threshold, into `found`."""
    mix(rows, mass, rules, weights, found)
    for place in range(len(rows)):
        found[place] /= thresholds[rules[rows[place]]]


@njit(cache=True)
def highest_share(
    rows: Ints, mass: Floats, rules: Ints, weights: Floats, thresholds: Floats
) -> float:
    """Return the highest of these levels; 0 without rows."""
    found = np.zeros(len(rows) + 1)
    share_of_threshold(rows, mass, rules, weights, thresholds, found)
    highest: float = found.max()
    return highest


@njit(cache=True)
def count_call(  # noqa: PLR0913, PLR0917 - the columns of two tables
    where: Ints,
    table: Ints,
    rules: Ints,
    mark: int,
    profile: Floats,
    expected: Floats,
    tau: float,
    rates: Floats,
    mass: Floats,
    start: Floats,
    last: Floats,
    boost: Floats,
    boost_until: Floats,
    weights: Floats,
    thresholds: Floats,
) -> float:
    """Count a call on all static rows of its domains; returns the highest level.

    `table[u]`: the rows of a domain, −1 where there are fewer; `expected[k]`: λ of the domain
    `where[k]`; `profile[rule, mark]`: π.
    """
    count = len(where) * table.shape[1]
    rows, likely, usual = np.empty(count, np.int64), np.empty(count), np.empty(count)
    used = 0
    for place in range(len(where)):
        for k in range(table.shape[1]):
            row = table[where[place], k]
            if row >= 0:
                rows[used] = row
                likely[used] = profile[rules[row], mark]
                usual[used] = expected[place]
                used += 1
    add_call(rows[:used], likely, usual, tau, rates, mass, start, last, boost, boost_until)
    return highest_share(rows[:used], mass, rules, weights, thresholds)


class BurstStatistic:
    """M for every row of `Streams`; rows are appended as those are."""

    def __init__(self, customers: Floats, rules: Ints, rule_count: int) -> None:
        """`customers[row]`: n_u; `rules[row]`: index of the rule."""
        self._used = len(customers)  # rows; the columns may have room for more
        self._rates = customers[:, None] * CALL_RATES
        self._rules = rules
        self._mass = np.zeros((self._used, len(CALL_RATES)))
        self._start = np.zeros_like(self._mass)  # mean τ at which the mass began
        self._last = np.zeros(self._used)
        self._boost = np.ones(self._used)  # e^w
        self._boost_until = np.zeros(self._used)
        self.mixture = RateMixture(rule_count)
        self._alarm_mass = np.zeros(rule_count)
        self._alarm_time = 0.0
        self.thresholds = np.full(rule_count, np.inf)

    _COLUMNS = ("_rates", "_rules", "_mass", "_start", "_last", "_boost", "_boost_until")

    def append(self, customers: Floats, rules: Ints, tau: float) -> None:
        """Add rows without a call until `tau`: M has its resting value 1/a."""
        new = slice(self._used, self._used + len(customers))
        self._used = new.stop
        for name in self._COLUMNS:
            setattr(self, name, with_room(getattr(self, name), self._used))
        self._rates[new] = customers[:, None] * CALL_RATES
        self._rules[new] = rules
        self._mass[new] = 1.0 / self._rates[new]
        self._start[new] = tau - 1.0 / self._rates[new]
        self._last[new] = tau
        self._boost[new] = 1.0

    def __len__(self) -> int:
        return self._used

    def set_thresholds(self, streams: Floats, dial: Floats, tau: float) -> None:
        """Set A by rule; `streams`: how many it has, `dial`: its alerts a week by chance."""
        since = max(tau, 24.0)
        horizon = min(since, TUNING.mass_half_life / np.log(2))
        faded = 2.0 ** (-max(0.0, tau - self._alarm_time) / TUNING.mass_half_life)
        mass = streams + self._alarm_mass * faded / horizon
        self.thresholds = mass * HOURS_A_WEEK / dial

    def advance(self, rows: Ints, tau: float) -> None:
        """Let operational time pass for some rows, first boosted, then not."""
        pass_time(
            rows, tau, self._rates, self._mass, self._start, self._last,
            self._boost, self._boost_until,
        )  # fmt: skip

    def add_ticket(self, rows: Ints, profile: Floats, expected: Floats, tau: float) -> None:
        """Count a call; `profile` is weight·π(s), `expected` is λ, per row.

        A call that comes late multiplies only the mass that began before its own time. How much
        that is follows from the mean time at which the row's mass began: all of it while a burst
        is under way, e^{−aδ} of it at rest. Without this, calls a few seconds out of order pass
        for a burst under the highest rates.
        """
        add_call(
            rows, profile, expected, tau, self._rates, self._mass, self._start, self._last,
            self._boost, self._boost_until,
        )  # fmt: skip

    def count_call(  # noqa: PLR0913, PLR0917 - where it came from and what was expected there
        self,
        where: Ints,
        table: Ints,
        mark: int,
        profile: Floats,
        expected: Floats,
        tau: float,
    ) -> float:
        """Count a call on the rows `table[where]`; returns the highest level.

        The same as `add_ticket` and `highest` of those rows; `profile[rule, mark]` is π,
        `expected[k]` is λ of the domain `where[k]`.
        """
        highest: float = count_call(
            where, table, self._rules, mark, profile, expected, tau, self._rates, self._mass,
            self._start, self._last, self._boost, self._boost_until, self.mixture.weights,
            self.thresholds,
        )  # fmt: skip
        return highest

    def retract(self, rows: Ints, profile: Floats, expected: Floats) -> None:
        """Divide by the factor of a call that is explained; M stays above its resting value."""
        factor = 1.0 + self._rates[rows] * (profile / expected)[:, None]
        resting = 1.0 / self._rates[rows]
        mass = self._mass[rows]
        self._mass[rows] = np.minimum(mass, np.maximum(mass / factor, resting))

    def lower(self, rows: Ints, share: float) -> None:
        """Cap the level of rows at `share`: their alert has been decided."""
        cap = share * self.thresholds[self._rules[rows]]
        self._mass[rows] *= np.minimum(1.0, cap / np.maximum(self.mass(rows), 1e-300))[:, None]

    def boost(self, row: int, weight: float, lasts: float, tau: float) -> None:
        """Raise ρ of a row to e^weight for `lasts` units of τ: an alarm, as prior odds."""
        self.advance(np.array([row]), tau)
        factor = math.exp(weight)
        self._boost[row] = factor
        self._boost_until[row] = tau + lasts
        self._alarm_mass *= 2.0 ** (-(tau - self._alarm_time) / TUNING.mass_half_life)
        self._alarm_time = tau
        self._alarm_mass[self._rules[row]] += max(factor - 1.0, 0.0) * lasts

    def unboost(self, rows: Ints, tau: float) -> None:
        """End the boost now: the alarm has cleared."""
        self.advance(rows, tau)
        self._boost_until[rows] = np.minimum(self._boost_until[rows], tau)

    def mass(self, rows: Ints) -> Floats:
        """Return M, the mixture over the added rates, per row."""
        found = np.empty(len(rows))
        mix(rows, self._mass, self._rules, self.mixture.weights, found)
        return found

    def level(self, rows: Ints) -> Floats:
        """Return M as a share of each row's threshold."""
        found = np.empty(len(rows))
        share_of_threshold(
            rows, self._mass, self._rules, self.mixture.weights, self.thresholds, found
        )
        return found

    def highest(self, rows: Ints) -> float:
        """Return the highest of these levels; 0 without rows."""
        found: float = highest_share(
            rows, self._mass, self._rules, self.mixture.weights, self.thresholds
        )
        return found

    def boost_of(self, row: int, tau: float) -> float:
        """Return the weight w (nats) of the boost of a row at `tau`; 0 where none is in force."""
        return math.log(self._boost[row]) if self._boost_until[row] > tau else 0.0

    _KEPT = ("_alarm_mass", "_alarm_time", "thresholds")

    def state(self) -> dict[str, Any]:
        """Return all rows, for a snapshot."""
        columns = {name.strip("_"): getattr(self, name)[: self._used] for name in self._COLUMNS}
        kept = {name.strip("_"): getattr(self, name) for name in self._KEPT}
        return {**columns, **kept, **self.mixture.state()}

    def restore(self, state: dict[str, Any]) -> None:
        """Restore what `state` returned."""
        for name in (*self._COLUMNS, *self._KEPT):
            setattr(self, name, state[name.strip("_")])
        self._used = len(self._last)
        self.mixture.restore(state)
