"""Compiled loops of the concurrent ratio, and of what a call counts for; see `concurrent`."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from correlator.engine.arrays import Bools, Floats, Ints
from correlator.engine.rates.tuning import TUNING

MOST_CUSTOMERS = TUNING.most_customers
MOST_RISEN = TUNING.most_risen
OTHERS_PRIOR = TUNING.others_prior
_REST_PRIOR = TUNING.rest_prior


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
def concurrent_ratio(
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
def count_ticket(
    domains: Ints,
    symptom: int,
    hour: int,
    weight: float,
    rush: float,
    recent: bool,
    fresh: bool,
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
    entered: bool,
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
def expected_under(
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
    """Return the factors on a domain's usual rates, shape (rules, symptoms).

    `others[k, s]`: the symptoms that a rule is not about; their common ratio counts for all of its
    symptoms, up to 5. At least 1; of a small domain at most 5.
    """
    each = concurrent_ratios(
        columns.rows[domain], columns.seen, columns.usual, columns.rest, columns.doubt
    )
    found = np.empty(others.shape)
    for k in range(len(others)):
        every = min(max(1.0, ratio_of(columns, domain, others[k])), MOST_RISEN)
        found[k] = np.maximum(each[: others.shape[1]], every)
    return found
