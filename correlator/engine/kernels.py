"""The few loops that run for every ticket, compiled.

Each is called with whole arrays and the rows to move. Those that run for every ticket write where
the caller says: to hand a new array over to Python costs more than to fill it. What they compute is
said where they are used: `burst`, `baseline`, `localise`.
"""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

_REST_PRIOR = 4.0  # tickets that "the rest calls as usual", or as about all else, is worth
MOST_RISEN = 5.0
"""Times as much that all others may call for a small domain to be judged by it.

An opening reaches that; in a storm of hundreds of faults each must still be seen.
"""
OTHERS_PRIOR = 2.0
"""Tickets that "other things are called about as usual" is worth."""
_NEWTON_STEPS = 6
_MOST_MASS = 1e150  # beyond any threshold, and still a number when it is multiplied


@njit(cache=True)
def gather(places: Ints, table: Ints, found: Ints) -> int:
    """Put what the rows `places` of a table hold into `found`, but for −1; returns how much."""
    count = 0
    for place in places:
        for k in range(table.shape[1]):
            if table[place, k] >= 0:
                found[count] = table[place, k]
                count += 1
    return count


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
    """Put Σ_k w_k·M_k of each row into `found`, with the weights of its rule."""
    for place in range(len(rows)):
        row = rows[place]
        found[place] = 0.0
        for k in range(mass.shape[1]):
            found[place] += weights[rules[row], k] * mass[row, k]


@njit(cache=True)
def share_of_threshold(  # noqa: PLR0913, PLR0917 - columns
    rows: Ints, mass: Floats, rules: Ints, weights: Floats, thresholds: Floats, found: Floats
) -> None:
    """Put the same as a share of the threshold of the row's rule into `found`."""
    mix(rows, mass, rules, weights, found)
    for place in range(len(rows)):
        found[place] /= thresholds[rules[rows[place]]]


@njit(cache=True)
def highest_share(
    rows: Ints, mass: Floats, rules: Ints, weights: Floats, thresholds: Floats
) -> float:
    """Return the highest of these shares; 0 without rows."""
    found = np.zeros(len(rows) + 1)
    share_of_threshold(rows, mass, rules, weights, thresholds, found)
    highest: float = found.max()
    return highest


@njit(cache=True)
def beside(
    place: int, seen: Floats, usual: Floats, rest: Floats, doubt: float
) -> tuple[float, float]:
    """Return what was seen and what is usual of all symptoms beside a large domain.

    Nothing where `elsewhere` does not ask for it.
    """
    outside, expected = 0.0, 0.0
    if rest[place] < 1.0 and doubt > 0.0:
        for symptom in range(len(usual)):
            outside += seen[-1, symptom] - seen[place, symptom]
            expected += usual[symptom] * rest[place]
    return outside, expected


@njit(cache=True)
def elsewhere(  # noqa: PLR0913, PLR0917 - columns
    place: int,
    symptom: int,
    seen: Floats,
    usual: Floats,
    rest: Floats,
    doubt: float,
    every: tuple[float, float],
) -> float:
    """Return seen ÷ usual in the rest of the customers, 1 to 5 where all are; see `Elsewhere`.

    `every`: the same `beside` it, of all symptoms together.
    """
    outside, expected = seen[-1, symptom] - seen[place, symptom], usual[symptom] * rest[place]
    others, most = 1.0, MOST_RISEN if rest[place] == 1.0 else math.inf
    if rest[place] < 1.0 and doubt > 0.0:
        others = (OTHERS_PRIOR + every[0] - outside) / (OTHERS_PRIOR + every[1] - expected)
        others = 1.0 + doubt * max(0.0, others - 1.0)
    ratio: float = (_REST_PRIOR * others + outside) / (_REST_PRIOR + expected)
    return min(max(ratio, 1.0), most)


@njit(cache=True)
def elsewhere_each(place: int, seen: Floats, usual: Floats, rest: Floats, doubt: float) -> Floats:
    """Return the same for every symptom."""
    found = np.empty(len(usual))
    every = beside(place, seen, usual, rest, doubt)
    for symptom in range(len(usual)):
        found[symptom] = elsewhere(place, symptom, seen, usual, rest, doubt, every)
    return found


@njit(cache=True)
def row_terms(  # noqa: PLR0913, PLR0917 - what a ticket meets on its rows
    rows: Ints,
    domains: Ints,
    rules: Ints,
    symptom: int,
    rate: float,
    explained: float,
    sizes: Floats,
    profile: Floats,
    multiplier: Floats,
    index: Ints,
    seen: Floats,
    usual: Floats,
    rest: Floats,
    doubt: float,
    found: Floats,
) -> None:
    """Put π(s) and λ of each row into `found`, shape (2, rows): `n_u·(r·g_{u,s}·elsewhere + …)`.

    …: `explained`, the rate that incidents and works add to this very line. Elsewhere: see
    `Elsewhere`; `index[u]` is the row of a domain in `seen` and `rest`.
    """
    for place in range(len(rows)):
        domain = domains[rows[place]]
        found[0, place] = profile[rules[rows[place]], symptom]
        every = beside(index[domain], seen, usual, rest, doubt)
        ratio = elsewhere(index[domain], symptom, seen, usual, rest, doubt, every)
        each = rate * multiplier[domain, symptom] * ratio
        found[1, place] = sizes[domain] * (each + explained)


@njit(cache=True)
def count_ticket(  # noqa: PLR0913, PLR0917 - the columns of two tables
    domains: Ints,
    symptom: int,
    weight: float,
    tickets: NDArray[np.float32],
    index: Ints,
    seen: Floats,
    rest: Floats,
    fresh: bool,  # noqa: FBT001 - called from one place
) -> None:
    """Count a ticket in every domain, and, if it is `fresh`, in every large one of now.

    Large are those with customers on either side: `rest` of neither 0 nor 1; see `Elsewhere`.
    """
    if fresh:
        seen[-1, symptom] += weight
    for place in range(len(domains)):
        domain = domains[place]
        tickets[domain, symptom] += weight
        if fresh and 0.0 < rest[index[domain]] < 1.0:
            seen[index[domain], symptom] += weight


@njit(cache=True)
def best_fit(  # noqa: PLR0913, PLR0917 - a likelihood has that many parts
    taus: Floats,
    profile: Floats,
    expected: Floats,
    grid: Floats,
    customers: float,
    until: float,
    lead: float,
    each: float,
) -> tuple[float, float, int]:
    """Return (gain, c, index of the first ticket) of the best onset and rate; see `localise`.

    The onset is the best one for some c of the grid, c then the best one for that onset.
    `each`: how many tickets every one stands for.
    """
    best, near, first = -np.inf, grid[0], 0
    for k in range(len(grid)):
        since = 0.0
        for i in range(len(taus) - 1, -1, -1):
            since += each * math.log1p(grid[k] * profile[i] / expected[i])
            gain = since - grid[k] * customers * (until - taus[i] + lead)
            if gain > best:
                best, near, first = gain, grid[k], i
    if not len(taus):
        return best, near, first
    ratios = profile[first:] / expected[first:]
    exposure = customers * (until - taus[first] + lead) / each
    low, high = max(near / 2.0, grid[0]), min(near * 2.0, grid[-1])
    rate = best_rate(ratios, exposure, low, high)
    return each * (np.log1p(rate * ratios).sum() - rate * exposure), rate, first


@njit(cache=True)
def best_rate(ratios: Floats, exposure: float, low: float, high: float) -> float:
    """Return the c between two bounds that maximises `Σ ln(1 + c·ratio) − c·exposure`.

    Newton's steps; the function is concave.
    """
    rate = math.sqrt(low * high)
    for _ in range(_NEWTON_STEPS):
        slope, bend = -exposure, 0.0
        for ratio in ratios:
            share = ratio / (1.0 + rate * ratio)
            slope += share
            bend += share * share
        if bend == 0.0:
            return low
        rate = min(max(rate + slope / bend, low), high)
    return rate
