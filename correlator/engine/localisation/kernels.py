"""Compiled loops of the likelihood; the formulas are explained in `likelihood`."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from correlator.engine.arrays import Floats, Ints

_NEWTON_STEPS = 6


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
    """Return (gain, c, index of the first call) of the best onset and rate; see `likelihood`.

    The onset is the best one for some c of the grid, c then the best one for that onset.
    `each`: how many calls every one stands for.
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


@njit(cache=True)
def best_fits(  # noqa: PLR0913, PLR0917 - columns, and what is known of the domain
    positions: Ints,
    taus: Floats,
    symptoms: Ints,
    marks: Ints,
    expected: Floats,
    usual: Floats,
    factors: Floats,
    numbers: Ints,
    profiles: Floats,
    unnamed: int,
    every: int,
    grid: Floats,
    customers: float,
    until: float,
    lead: float,
) -> tuple[Floats, Floats, Ints, Floats, Floats]:
    """Return gain, c, index of the first call, π and λ of each call, per rule.

    `factors[rule, s]`: how many times as much the domain calls as the average line, for which
    `expected` and `usual` (λ, and λ when nothing is wrong) are; `numbers`: the rules;
    `profiles[number, mark]`: π; `every`:
    one call in so many, by position, stands for all. Empty where none of them is left.
    """
    rules, calls = len(numbers), len(taus)
    profile, likely = np.empty((rules, calls)), np.empty((rules, calls))
    for rule in range(rules):
        for i in range(calls):
            symptom = symptoms[i]
            likely[rule, i] = expected[i] + (factors[rule, symptom] - 1.0) * usual[i]
            wanted = unnamed < 0 or symptom == unnamed
            profile[rule, i] = profiles[numbers[rule], marks[i]] if wanted else 0.0
    chosen = np.flatnonzero(positions % every == 0)
    found = rules if len(chosen) else 0
    gains, rates, firsts = np.empty(found), np.empty(found), np.empty(found, np.int64)
    for rule in range(found):
        if every > 1:
            gain, rate, first = best_fit(
                taus[chosen], profile[rule][chosen], likely[rule][chosen],
                grid, customers, until, lead, float(every),
            )  # fmt: skip
            first = chosen[first]
        else:
            gain, rate, first = best_fit(
                taus, profile[rule], likely[rule], grid, customers, until, lead, 1.0
            )
        gains[rule], rates[rule], firsts[rule] = gain, rate, first
    return gains, rates, firsts, profile, likely
