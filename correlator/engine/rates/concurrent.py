"""The concurrent ratio: calls seen ÷ expected among all other customers, as a control group.

When a hotline opens, a match begins or a large site is down, everybody calls a little more: domains
with many customers seem to have failed, and three callers below one card are nothing unusual. So a
domain's expected rate is multiplied by the ratio of seen to expected calls about the symptom among
the customers outside it, over about the last half hour, where that is above 1: a concurrent control
group beside the historical baseline. With few calls the ratio is shrunk towards 1; that of a large
domain, at hours of the day that are overdispersed (`overdispersion`), towards the ratio of all
other symptoms. (That of a small one is not: it would need several times as many callers at each
opening.)

Callers of whom neither customer nor place is known are in no domain's control group: they count on
neither side of the ratio, of which what is expected is the share that usually is known.

Calls about other symptoms than a rule's count as well: when a hotline opens all of them rise, when
something fails they do not. What most customers share, which has little or no control group, is
judged by its own calls about other symptoms.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from correlator.engine.arrays import Bools, Floats, Ints
from correlator.engine.rates.overdispersion import HourlyOverdispersion
from correlator.engine.rates.tuning import TUNING

MOST_RISEN = TUNING.most_risen
MOST_CUSTOMERS = TUNING.most_customers
OTHERS_PRIOR = TUNING.others_prior
_REST_PRIOR = TUNING.rest_prior
_KEEPS = 2.0 ** (
    -1.0 / TUNING.half_life_slots
)  # share of what was counted that stays, slot by slot
_SPENT = 1.0 / (1.0 + _KEEPS)  # Σw²/Σw of the weights w that slots have left


@njit(cache=True)
def outside_of(
    place: int, seen: Floats, usual: Floats, rest: Floats, doubt: float
) -> tuple[float, float]:
    """Return seen and usual calls of all symptoms outside a large domain.

    (0, 0) where `concurrent_ratio` does not ask for it: small domains, hours that are not doubted.
    """
    outside, expected = 0.0, 0.0
    if rest[place] < 1.0 and doubt > 0.0:
        for symptom in range(len(usual)):
            outside += seen[-1, symptom] - seen[place, symptom]
            expected += usual[symptom] * rest[place]
    return outside, expected


@njit(cache=True)
def concurrent_ratio(  # noqa: PLR0913, PLR0917 - columns
    place: int,
    symptom: int,
    seen: Floats,
    usual: Floats,
    rest: Floats,
    doubt: float,
    every: tuple[float, float],
) -> float:
    """Return seen ÷ usual calls outside a domain, at least 1; of a small one at most 5.

    `every`: `outside_of` the same place, all symptoms together. See `ConcurrentRatio`.
    """
    outside, expected = seen[-1, symptom] - seen[place, symptom], usual[symptom] * rest[place]
    others, most = 1.0, MOST_RISEN if rest[place] == 1.0 else math.inf
    if rest[place] < 1.0 and doubt > 0.0:
        others = (OTHERS_PRIOR + every[0] - outside) / (OTHERS_PRIOR + every[1] - expected)
        others = 1.0 + doubt * max(0.0, others - 1.0)
    ratio: float = (_REST_PRIOR * others + outside) / (_REST_PRIOR + expected)
    return min(max(ratio, 1.0), most)


@njit(cache=True)
def concurrent_ratios(
    place: int, seen: Floats, usual: Floats, rest: Floats, doubt: float
) -> Floats:
    """Return `concurrent_ratio` of every symptom, shape (symptoms,)."""
    found = np.empty(len(usual))
    every = outside_of(place, seen, usual, rest, doubt)
    for symptom in range(len(usual)):
        found[symptom] = concurrent_ratio(place, symptom, seen, usual, rest, doubt, every)
    return found


@njit(cache=True)
def count_ticket(  # noqa: PLR0913, PLR0917 - the columns of all tables that count it
    domains: Ints,
    symptom: int,
    hour: int,
    weight: float,
    rush: float,
    recent: bool,  # noqa: FBT001 - called from one place
    fresh: bool,  # noqa: FBT001 - same
    symptoms: Floats,
    symptom_hours: Floats,
    hours: Floats,
    level: Floats,
    tickets: NDArray[np.float32],
    index: Ints,
    seen: Floats,
    rest: Floats,
    placed: Floats,
    habits: Floats,
    entered: bool,  # noqa: FBT001 - same
) -> None:
    """Count a call: its symptom, the hour of the week, and every domain that it is under.

    `rush`: the hour of the week counts it 1/`rush` times. One that is `recent` moves the national
    `level`; one that is `fresh` counts for the concurrent ratio, in all and in every large domain:
    those with customers on either side, `rest` of neither 0 nor 1. `placed`: all calls, and those
    under more than `*`, which alone count for the concurrent ratio. One that has just `entered`
    counts in full for the `habits` of its domains, whatever explains it.
    """
    known = len(domains) > 1
    placed[0] += weight
    if known:
        placed[1] += weight
    symptoms[symptom] += weight
    symptom_hours[symptom, hour % 24] += weight
    hours[hour] += weight / rush
    if recent:
        level[0] = max(0.0, level[0] + weight)
    if fresh and known:
        seen[-1, symptom] += weight
    for place in range(len(domains)):
        domain = domains[place]
        tickets[domain, symptom] += weight
        if entered:
            habits[domain] += 1.0
        if fresh and 0.0 < rest[index[domain]] < 1.0:
            seen[index[domain], symptom] += weight


@njit(cache=True)
def expected_under(  # noqa: PLR0913, PLR0917 - the columns of two tables
    domains: Ints,
    symptom: int,
    rate: float,
    explained: float,
    sizes: Floats,
    multiplier: Floats,
    index: Ints,
    seen: Floats,
    usual: Floats,
    rest: Floats,
    doubt: float,
    found: Floats,
) -> None:
    """Write λ of each domain into `found`: `n_u·(r·g_{u,s}·concurrent ratio + explained)`.

    `rate`: r; `explained`: the rate that incidents and works add to one line of each.
    """
    for place in range(len(domains)):
        domain = domains[place]
        every = outside_of(index[domain], seen, usual, rest, doubt)
        ratio = concurrent_ratio(index[domain], symptom, seen, usual, rest, doubt, every)
        each = rate * multiplier[domain, symptom] * ratio
        found[place] = sizes[domain] * (each + explained)


class RatioColumns(NamedTuple):
    """What `ConcurrentRatio` has counted, as compiled loops read it.

    `rows[u]`: its `index`; `shares[u]`: a domain's share of all customers; `usual[s]`: calls
    expected of everybody; the others by their names there.
    """

    rows: Ints
    shares: Floats
    rest: Floats
    seen: Floats
    usual: Floats
    doubt: float


@njit(cache=True)
def ratio_of(columns: RatioColumns, domain: int, symptoms: Bools) -> float:
    """Return seen ÷ expected of some symptoms together, among all customers.

    Of a domain that has most of them: among its own.
    """
    row, share = -1, 1.0
    if columns.shares[domain] >= MOST_CUSTOMERS:
        row, share = columns.rows[domain], columns.shares[domain]
    seen, expected = 0.0, 0.0
    for symptom in range(len(symptoms)):
        if symptoms[symptom]:
            seen += columns.seen[row, symptom]
            expected += columns.usual[symptom]
    return (OTHERS_PRIOR + seen) / (OTHERS_PRIOR + expected * share)


@njit(cache=True)
def concurrent_factors(columns: RatioColumns, domain: int, others: Bools) -> Floats:
    """Return the factors on a domain's usual rates for one rule, shape (symptoms,).

    `others`: the symptoms that the rule is not about; their common ratio counts for all of its
    symptoms, up to 5. At least 1; of a small domain at most 5.
    """
    every = min(max(1.0, ratio_of(columns, domain, others)), MOST_RISEN)
    each = concurrent_ratios(
        columns.rows[domain], columns.seen, columns.usual, columns.rest, columns.doubt
    )
    return np.maximum(each[: len(others)], every)


class ConcurrentRatio:
    """Calls seen and expected lately, by symptom, in each large domain and in all.

    `index[u]`: the row of a domain in `seen` and `rest`, the share of the customers outside it.
    Each large domain has its own row; the one before the last is for all small ones, and stays
    zero: their control group is everybody (1). The last is everybody, without one (0). `seen` is
    counted by `count_ticket`, together with all other counts. `doubt`: how far what is expected at
    this hour is to be doubted, 0 to 1. `placed`: calls in all, and those of whom customer or place
    is known, decayed. `large[u]`: it has many customers, and others are left;
    `everybody[u]`: it has (nearly) all customers.
    """

    def __init__(self, sizes: Floats) -> None:
        """`sizes[u]`: customers of each domain; the last one holds everybody."""
        self._share = sizes / max(1.0, float(sizes[-1]))
        found = np.flatnonzero((self._share >= TUNING.large[0]) & (self._share <= TUNING.large[1]))
        large = len(found)
        self.index: Ints = np.where(self._share > TUNING.large[1], large + 1, large)
        self.index[found] = np.arange(large)
        self.index[-1] = large + 1
        self.rest: Floats = np.append(1.0 - self._share[found], (1.0, 0.0))
        rest = self.rest[self.index]
        self.large: Bools = (rest > 0.0) & (rest < 1.0)
        self.everybody: Bools = rest == 0.0
        self.seen: Floats = np.zeros((large + 2, 1))
        self.expected: Floats = np.zeros(1)
        self.placed: Floats = np.zeros(2)
        self._hours = HourlyOverdispersion()
        self.doubt = 0.0

    def reserve(self, symptoms: int) -> None:
        """Make room for that many symptoms."""
        more = symptoms - len(self.expected)
        if more > 0:
            self.seen = np.hstack([self.seen, np.zeros((len(self.seen), more))])
            self.expected = np.concatenate([self.expected, np.zeros(more)])

    def begin_slot(self, hour: int) -> None:
        """Begin a slot of this hour of the day."""
        self.doubt = self._hours.doubt(hour)

    def close_slot(self, expected: Floats, hour: int) -> None:
        """Let a slot of five minutes pass in which `expected[s]` calls were expected in all."""
        self.reserve(len(expected))
        self.expected[: len(expected)] += expected * self._placed_share()
        self._hours.learn(hour, float(self.seen[-1].sum()), float(self.expected.sum()), _SPENT)
        self.seen *= _KEEPS
        self.expected *= _KEEPS

    def _placed_share(self) -> float:
        """Return the share of calls of whom customer or place is known."""
        return float(
            (TUNING.placed_prior + self.placed[1]) / (TUNING.placed_prior + self.placed[0])
        )

    def forget(self, keep: float) -> None:
        """Keep that share of how many are known."""
        self.placed *= keep

    def clear(self, symptom: int) -> None:
        """Forget a symptom: its index goes to another."""
        self.seen[:, symptom] = 0.0
        self.expected[symptom] = 0.0

    def begin_again(self) -> None:
        """Know nothing of the last hours."""
        self.seen[:] = 0.0
        self.expected[:] = 0.0

    def columns(self) -> RatioColumns:
        """Return all columns, for compiled loops."""
        return RatioColumns(
            self.index, self._share, self.rest, self.seen, self.expected, self.doubt
        )

    def ratio(self, domain: int, symptoms: Bools) -> float:
        """Return seen ÷ expected of some symptoms together; see `ratio_of`."""
        found: float = ratio_of(self.columns(), domain, symptoms)
        return found

    def state(self) -> dict[str, Any]:
        """Return what was counted, for a snapshot."""
        return {
            "seen": self.seen,
            "expected": self.expected,
            "hours": self._hours.state(),
            "placed": self.placed,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Restore what `state` returned."""
        self.seen, self.expected = state["seen"], state["expected"]
        self._restore_learned(state)

    def carry_over(self, state: dict[str, Any]) -> None:
        """Restore the overdispersion of the hours; calls seen and expected start anew."""
        self._restore_learned(state)

    def _restore_learned(self, state: dict[str, Any]) -> None:
        self._hours.restore(state["hours"])
        self.placed = np.array(state["placed"])
