"""The burst statistic: a Shiryaev–Roberts mixture per watched row, and a dial with a meaning.

Per row and added rate `a_k = n_u·c_k` (c in calls per line and unit of τ):

- while time passes, `M ← M·e^{−aΔ} + ρ·(1−e^{−aΔ})/a`;
- on a ticket of symptom s, `M ← M·(1 + a·π(s)/λ)`;
- alert when `Σ_k w_k·M_k ≥ A`; the weights w, one set per rule, say how likely each rate is.

`M_t − ∫ρ` is a martingale while nothing is wrong, so the expected number of false alerts of a rule
in a week is at most `Σ_u ∫_week ρ_u dτ / A`: setting `A = Σ_u ∫_week ρ_u dτ / F` bounds it by F,
the rule's share of the operator's dial, however much the domains overlap (Pollak 1987, Optimality
of Shiryaev–Roberts; Dandapanthula & Ramdas 2025 for many overlapping streams).

An alarm multiplies ρ of its rows by e^w for a while. That mass counts in A.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from correlator.engine.calendar import HOURS_A_WEEK
from correlator.engine.columns import with_room
from correlator.engine.kernels import (
    add_call,
    highest_share,
    mix,
    pass_time,
    share_of_threshold,
)

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

CALL_RATES: Floats = np.array([0.0005, 0.002, 0.007, 0.02, 0.07, 0.2])
"""c_k: calls per line and unit of operational time that a failure adds, slow … card."""

FIRST_WEIGHTS: Floats = np.array([0.04, 0.08, 0.13, 0.2, 0.3, 0.25])
"""w_k to begin with. Of those who are struck 5–25 % call within four hours, 1–3 % where it is slow:
most of the weight is on 0.02 … 0.2 calls per line and τ. See docs/method.md, section 2."""

_FIRST_WORTH = 6.0  # failures that these are worth
_MET_KEPT = 0.99  # of what is known of earlier failures, with each further one
_LEAST_WEIGHT = 0.01

_MASS_HALF_LIFE = 28.0 * 24.0  # τ, of the mean mass that alarms add


class Burst:
    """M for every row; rows are appended as `Watches` appends them."""

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
        self._met = np.zeros((rule_count, len(CALL_RATES)))  # failures, by added rate
        self._weigh_rates()
        self._alarm_mass = np.zeros(rule_count)
        self._alarm_time = 0.0
        self.thresholds = np.full(rule_count, np.inf)

    _COLUMNS = ("_rates", "_rules", "_mass", "_start", "_last", "_boost", "_boost_until")

    def append(self, customers: Floats, rules: Ints, tau: float) -> None:
        """Add rows for which nothing has happened until `tau`: M has its resting value."""
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

    def set_thresholds(self, watched: Floats, dial: Floats, tau: float) -> None:
        """A per rule, from how many places it watches and its false incidents a week."""
        since = max(tau, 24.0)
        horizon = min(since, _MASS_HALF_LIFE / np.log(2))
        faded = 2.0 ** (-max(0.0, tau - self._alarm_time) / _MASS_HALF_LIFE)
        mass = watched + self._alarm_mass * faded / horizon
        self.thresholds = mass * HOURS_A_WEEK / dial

    def learn(self, rule: int, rate: float) -> None:
        """Take note that a failure of this rule added `rate` calls per line and unit of τ."""
        place = float(np.interp(np.log(rate), np.log(CALL_RATES), np.arange(len(CALL_RATES))))
        low = min(int(place), len(CALL_RATES) - 2)
        self._met[rule] *= _MET_KEPT
        self._met[rule, low : low + 2] += (low + 1 - place, place - low)
        self._weigh_rates()

    def _weigh_rates(self) -> None:
        counts = _FIRST_WORTH * FIRST_WEIGHTS + self._met
        shares = np.maximum(counts / counts.sum(axis=1, keepdims=True), _LEAST_WEIGHT)
        self._weights = shares / shares.sum(axis=1, keepdims=True)

    def carry_over(self, state: dict[str, Any], rules: Sequence[int]) -> None:
        """Know the failures that a state of another catalog has met.

        `rules[rule]`: the index that a rule of this one had there, or −1. Rows stay at rest.
        """
        for rule, before in enumerate(rules):
            if before >= 0:
                self._met[rule] = state["_met"][before]
        self._weigh_rates()

    def advance(self, rows: Ints, tau: float) -> None:
        """Let operational time pass for some rows, first boosted, then not."""
        pass_time(
            rows, tau, self._rates, self._mass, self._start, self._last,
            self._boost, self._boost_until,
        )  # fmt: skip

    def add_ticket(self, rows: Ints, profile: Floats, expected: Floats, tau: float) -> None:
        """Count a ticket; `profile` is weight·π(s), `expected` is λ, per row.

        A ticket that comes late multiplies only the mass that began before its own time. How much
        that is follows from the mean time at which the row's mass began: all of it while a burst
        is under way, e^{−aδ} of it at rest. Without this, tickets a few seconds out of order look
        like a burst under the highest rates.
        """
        add_call(
            rows, profile, expected, tau, self._rates, self._mass, self._start, self._last,
            self._boost, self._boost_until,
        )  # fmt: skip

    def take_back(self, rows: Ints, profile: Floats, expected: Floats) -> None:
        """Undo a ticket's factor: it has been explained."""
        factor = 1.0 + self._rates[rows] * (profile / expected)[:, None]
        resting = 1.0 / self._rates[rows]
        mass = self._mass[rows]
        self._mass[rows] = np.minimum(mass, np.maximum(mass / factor, resting))

    def lower(self, rows: Ints, share: float) -> None:
        """Hold rows at no more than `share` of their threshold: their alert has been dealt with."""
        cap = share * self.thresholds[self._rules[rows]]
        self._mass[rows] *= np.minimum(1.0, cap / np.maximum(self.mass(rows), 1e-300))[:, None]

    def boost(self, row: int, weight: float, lasts: float, tau: float) -> None:
        """Let an alarm raise ρ of a row to e^weight for `lasts` units of τ."""
        self.advance(np.array([row]), tau)
        factor = math.exp(weight)
        self._boost[row] = factor
        self._boost_until[row] = tau + lasts
        self._alarm_mass *= 2.0 ** (-(tau - self._alarm_time) / _MASS_HALF_LIFE)
        self._alarm_time = tau
        self._alarm_mass[self._rules[row]] += max(factor - 1.0, 0.0) * lasts

    def unboost(self, rows: Ints, tau: float) -> None:
        """End the boost now: the alarm has cleared."""
        self.advance(rows, tau)
        self._boost_until[rows] = np.minimum(self._boost_until[rows], tau)

    def mass(self, rows: Ints) -> Floats:
        """Return M, the mixture over the added rates, per row."""
        found = np.empty(len(rows))
        mix(rows, self._mass, self._rules, self._weights, found)
        return found

    def level(self, rows: Ints) -> Floats:
        """Return M as a share of each row's threshold."""
        found = np.empty(len(rows))
        share_of_threshold(rows, self._mass, self._rules, self._weights, self.thresholds, found)
        return found

    def highest(self, rows: Ints) -> float:
        """Return the highest of these levels; 0 without rows."""
        found: float = highest_share(rows, self._mass, self._rules, self._weights, self.thresholds)
        return found

    def boost_of(self, row: int, tau: float) -> float:
        """Return the log-odds w that alarms give a row at `tau`; 0 where none counts."""
        return math.log(self._boost[row]) if self._boost_until[row] > tau else 0.0

    _KEPT = ("_met", "_alarm_mass", "_alarm_time", "thresholds")

    def state(self) -> dict[str, Any]:
        """Return all rows, for a snapshot."""
        columns = {name: getattr(self, name)[: self._used] for name in self._COLUMNS}
        return columns | {name: getattr(self, name) for name in self._KEPT}

    def restore(self, state: dict[str, Any]) -> None:
        """Stand where `state` was taken."""
        for name in (*self._COLUMNS, *self._KEPT):
            setattr(self, name, state[name])
        self._used = len(self._last)
        self._weigh_rates()
