"""Compiled loops of the likelihood; the formulas are explained in `likelihood`."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from correlator.engine.arrays import Floats, Ints
from correlator.engine.calls import ScopeTable, WindowColumns, grown, rows_by_domain, rows_in
from correlator.engine.detection import UsualColumns, factors_of
from correlator.engine.localisation.kernels.thinning import thinning
from correlator.engine.localisation.tuning import TUNING

GRID: Floats = np.array(TUNING.call_rates)
LEAD = TUNING.lead
SPAN = TUNING.fit_tau
_NEWTON_STEPS = 6
_BLOCK = 16
"""Calls of which one logarithm of a product stands for as many logarithms."""
_CLOSE = 1e-12
"""Relative step from which on Newton's method has arrived: its next would be the square of it."""
_MANY = 4
"""Scopes from which on one pass over all recent calls is cheaper than a list of each."""
_NEARLY = 1e-9
"""Nats by which a block's bound may be wrong: what 16 factors round off is far less."""


@njit(cache=True)
def best_onset(
    taus: Floats, ratios: Floats, customers: float, until: float, each: float
) -> tuple[float, int]:
    """Return (c of the grid, index of the first call) of the highest gain.

    The calls are taken in blocks, from the latest back. What a block can gain at most follows from
    the product of its factors 1 + c·ratio; it is looked into, call by call, only where that would
    be the best so far.
    """
    best, near, first = -np.inf, GRID[0], 0
    later = np.zeros(len(GRID))  # what the calls behind the block gain
    products = np.empty(len(GRID))
    end = len(taus)
    while end > 0:
        begin = max(0, end - _BLOCK)
        products[:] = 1.0
        for i in range(begin, end):
            for k in range(len(GRID)):
                products[k] *= 1.0 + GRID[k] * ratios[i]
        for k in range(len(GRID)):
            lost = GRID[k] * customers
            gained = later[k] + each * math.log(products[k])
            if gained - lost * (until - taus[end - 1] + LEAD) > best - _NEARLY:
                since = later[k]
                for i in range(end - 1, begin - 1, -1):
                    since += each * math.log1p(GRID[k] * ratios[i])
                    gain = since - lost * (until - taus[i] + LEAD)
                    if gain > best:
                        best, near, first = gain, GRID[k], i
                gained = since if math.isinf(gained) else gained
            later[k] = gained
        end = begin
    return near, first


@njit(cache=True)
def best_rate(ratios: Floats, exposure: float, low: float, high: float) -> float:
    """Return the c between two bounds that maximises `Σ ln(1 + c·ratio) − c·exposure`.

    Newton's steps; the function is concave. Summed up in pairs: two divisions are under way.
    """
    rate, pairs = math.sqrt(low * high), len(ratios) // 2
    for _ in range(_NEWTON_STEPS):
        slope, bend, other_slope, other_bend = -exposure, 0.0, 0.0, 0.0
        for i in range(pairs):
            share = ratios[2 * i] / (1.0 + rate * ratios[2 * i])
            other = ratios[2 * i + 1] / (1.0 + rate * ratios[2 * i + 1])
            slope += share
            other_slope += other
            bend += share * share
            other_bend += other * other
        if len(ratios) > 2 * pairs:
            share = ratios[-1] / (1.0 + rate * ratios[-1])
            slope += share
            bend += share * share
        slope += other_slope
        bend += other_bend
        if bend == 0.0:
            return low
        before, rate = rate, min(max(rate + slope / bend, low), high)
        if abs(rate - before) <= _CLOSE * rate:
            break
    return rate


@njit(cache=True)
def gained_by(ratios: Floats, rate: float) -> float:
    """Return `Σ ln(1 + rate·ratio)`: of blocks, the logarithm of the product."""
    total = 0.0
    for begin in range(0, len(ratios), _BLOCK):
        end = min(begin + _BLOCK, len(ratios))
        product = 1.0
        for i in range(begin, end):
            product *= 1.0 + rate * ratios[i]
        if math.isinf(product):
            for i in range(begin, end):
                total += math.log1p(rate * ratios[i])
        else:
            total += math.log(product)
    return total


@njit(cache=True)
def best_fit(
    taus: Floats, ratios: Floats, customers: float, until: float, each: float
) -> tuple[float, float, int]:
    """Return (gain, c, index of the first call) of the best onset and rate; see `likelihood`.

    `taus` ascending; `ratios`: π/λ of each call; the onset is the best one for some c of the grid,
    c then the best one for that onset. `each`: how many calls every one stands for.
    """
    if not len(taus):
        return -np.inf, GRID[0], 0
    near, first = best_onset(taus, ratios, customers, until, each)
    since = ratios[first:]
    exposure = customers * (until - taus[first] + LEAD) / each
    low, high = max(near / 2.0, GRID[0]), min(near * 2.0, GRID[-1])
    rate = best_rate(since, exposure, low, high)
    return each * (gained_by(since, rate) - rate * exposure), rate, first


class Asked(NamedTuple):
    """How scopes are weighed.

    `rules[rule_starts[k]:rule_starts[k + 1]]`: those of scope k; `profiles[rule, mark]`: π;
    `unnamed`: the unnamed symptom that it is about, or −1; `every`: one call in so many, by
    position, stands for all, 0 for what suits each scope; `until`: T in τ; `controlled`: see
    `detection.factors_of`.
    """

    rule_starts: Ints
    rules: Ints
    profiles: Floats
    unnamed: int
    every: int
    until: float
    controlled: bool


class Weights(NamedTuple):
    """What scopes gain as causes under each of their rules.

    `rows[starts[k]:starts[k + 1]]`: the calls in scope k, in order of τ. By rule of a scope, in the
    order of `Asked.rules`: `gains`, `rates`, `firsts` (index among the scope's calls; −1 where no
    call is left to weigh), `onsets` in τ; `ratios[ratio_starts[i]:ratio_starts[i + 1]]`: π/λ of
    each of the scope's calls.
    """

    starts: Ints
    rows: Ints
    gains: Floats
    rates: Floats
    firsts: Ints
    onsets: Floats
    ratio_starts: Ints
    ratios: Floats


@njit(cache=True)
def _gather(calls: WindowColumns, scopes: ScopeTable, until: float) -> tuple[Ints, Ints]:
    """Return the rows of the calls in each scope, and where those of each begin.

    Of many single domains by one pass over all recent calls, of a few or several parts by lists.
    """
    count = len(scopes.domains)
    if count >= _MANY and not len(scopes.also) and not len(scopes.among):
        return rows_by_domain(calls, scopes.domains, until - SPAN, until)
    starts = np.zeros(count + 1, np.int64)
    rows = np.empty(2 * calls.used, np.int64)
    for k in range(count):
        begin = starts[k]
        if begin + calls.used > len(rows):
            rows = grown(rows)
        starts[k + 1] = begin + rows_in(calls, scopes, k, until - SPAN, until, rows[begin:])
    return starts, rows[: starts[count]]


@njit(cache=True)
def ratios_of(
    calls: WindowColumns, rows: Ints, factors: Floats, profile: Floats, unnamed: int, found: Floats
) -> None:
    """Write π/λ of each call: `factors[s]`, how many times as much its domain calls."""
    for i in range(len(rows)):
        row = rows[i]
        symptom = calls.symptoms[row]
        if unnamed >= 0 and symptom != unnamed:
            found[i] = 0.0
            continue
        expected = calls.expected[row] + (factors[symptom] - 1.0) * calls.usual[row]
        found[i] = profile[calls.marks[row]] / expected


@njit(cache=True)
def fit_rows(
    calls: WindowColumns, rows: Ints, ratios: Floats, customers: float, until: float, every: int
) -> tuple[float, float, int]:
    """Return `best_fit` of these calls, or of one in `every`; index −1 where none is left."""
    if every == 1:
        if not len(rows):
            return -np.inf, 0.0, -1
        return best_fit(calls.taus[rows], ratios, customers, until, 1.0)
    chosen = np.flatnonzero((rows + calls.first) % every == 0)
    if not len(chosen):
        return -np.inf, 0.0, -1
    taus = calls.taus[rows[chosen]]
    gain, rate, first = best_fit(taus, ratios[chosen], customers, until, float(every))
    return gain, rate, chosen[first]


@njit(cache=True)
def weigh_scopes(
    calls: WindowColumns, usual: UsualColumns, scopes: ScopeTable, asked: Asked
) -> Weights:
    """Weigh scopes as causes of their recent calls, under each of their rules."""
    starts, rows = _gather(calls, scopes, asked.until)
    fits = len(asked.rules)
    gains, rates, onsets = np.empty(fits), np.empty(fits), np.empty(fits)
    firsts, ratio_starts = np.empty(fits, np.int64), np.zeros(fits + 1, np.int64)
    for k in range(len(scopes.domains)):
        for i in range(asked.rule_starts[k], asked.rule_starts[k + 1]):
            ratio_starts[i + 1] = ratio_starts[i] + starts[k + 1] - starts[k]
    ratios = np.empty(ratio_starts[fits])
    for k in range(len(scopes.domains)):
        held = rows[starts[k] : starts[k + 1]]
        every = asked.every or thinning(len(held))
        begin, end = asked.rule_starts[k], asked.rule_starts[k + 1]
        factors = factors_of(usual, scopes.domains[k], asked.rules[begin:end], asked.controlled)
        for i in range(begin, end):
            rule, ratio = asked.rules[i], ratios[ratio_starts[i] : ratio_starts[i + 1]]
            ratios_of(calls, held, factors[i - begin], asked.profiles[rule], asked.unnamed, ratio)
            gains[i], rates[i], firsts[i] = fit_rows(
                calls, held, ratio, scopes.lines[k], asked.until, every
            )
            onsets[i] = calls.taus[held[firsts[i]]] - LEAD if firsts[i] >= 0 else np.nan
    return Weights(starts, rows, gains, rates, firsts, onsets, ratio_starts, ratios)


@njit(cache=True)
def callers_of(first: int, weights: Weights, chosen: Ints, linked: Floats) -> tuple[Ints, Ints]:
    """Return the positions of the calls that each scope explains, and where those of each begin.

    `first`: position of row 0; `chosen[k]`: its fit, −1 for none; `linked[k]`: the probability from
    which a call is one of the cause's.
    """
    starts = np.zeros(len(chosen) + 1, np.int64)
    found = np.empty(len(weights.rows), np.int64)
    count = 0
    for k in range(len(chosen)):
        fit = chosen[k]
        if fit >= 0:
            begin, shift = weights.starts[k], weights.ratio_starts[fit]
            rate, bar = weights.rates[fit] * (1.0 - linked[k]), linked[k]
            for i in range(weights.firsts[fit], weights.starts[k + 1] - begin):
                if rate * weights.ratios[shift + i] > bar:
                    found[count] = weights.rows[begin + i] + first
                    count += 1
        starts[k + 1] = count
    return starts, found[:count]


@njit(cache=True)
def fit_placed(
    calls: WindowColumns, rows: Ints, ratios: Floats, nowhere: Ints, customers: float, until: float
) -> tuple[float, float, int]:
    """Return `best_fit` of those calls that are at none of the rows `nowhere`.

    Index −1 where all of them are, or none is.
    """
    there = np.zeros(len(calls.taus), np.bool_)
    for row in nowhere:
        there[row] = True
    placed = np.flatnonzero(~there[rows])
    if not len(placed) or len(placed) == len(rows):
        return -np.inf, 0.0, -1
    every = thinning(len(rows))
    return fit_rows(calls, rows[placed], ratios[placed], customers, until, every)
