"""Compiled loop of narrowing: scopes within a wider cause."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from correlator.engine.arrays import Bools, Floats, Ints
from correlator.engine.calls import ScopeTable, WindowColumns, grown, places_of
from correlator.engine.localisation.kernels.fits import LEAD, fit_rows, ratios_of


class Within(NamedTuple):
    """How scopes are weighed within a wider cause: by its rule, its control group and its calls.

    `rows`: its calls, in order of τ; `profile[mark]`: π of its rule; `multiplier[u, s]`: g of each
    domain; `controlled[s] / plain[s]`: its control group; `every`: one call in so many stands for
    all; `rules[rule_starts[k]:rule_starts[k + 1]]`: those of scope k; `profiles[rule, mark]`.
    """

    rows: Ints
    profile: Floats
    multiplier: Floats
    controlled: Floats
    plain: Floats
    every: int
    until: float
    unnamed: int
    rule_starts: Ints
    rules: Ints
    profiles: Floats


class Narrower(NamedTuple):
    """Scopes within a cause: `rules[k]`, −1 where none or no call is left; the rest as `Weights`.

    `callers[starts[k]:starts[k + 1]]`: positions of the calls that scope k explains.
    """

    rules: Ints
    gains: Floats
    rates: Floats
    onsets: Floats
    starts: Ints
    callers: Ints


@njit(cache=True)
def weigh_within(calls: WindowColumns, scopes: ScopeTable, within: Within) -> Narrower:
    """Weigh scopes within a wider cause, each under the rule of its own that suits it best."""
    count = len(scopes.domains)
    rules, starts = np.full(count, -1, np.int64), np.zeros(count + 1, np.int64)
    gains, rates, onsets = np.zeros(count), np.zeros(count), np.zeros(count)
    callers = np.empty(4 * len(within.rows) + 16, np.int64)
    held, ratios = np.empty(len(within.rows), np.int64), np.empty(len(within.rows))
    place_of, under = _under_parts(calls, scopes, within.rows)
    for k in range(count):
        starts[k + 1] = starts[k]
        if within.rule_starts[k] == within.rule_starts[k + 1]:
            continue
        used = _held_in(scopes, k, place_of, under, within.rows, held)
        rows, ratio = held[:used], ratios[:used]
        own = within.multiplier[scopes.domains[k], : len(within.plain)]
        factors = own * within.controlled / within.plain
        ratios_of(calls, rows, factors, within.profile, within.unnamed, ratio)
        gain, rate, first = fit_rows(
            calls, rows, ratio, scopes.lines[k], within.until, within.every
        )
        if first < 0:
            continue
        onset = calls.taus[rows[first]] - LEAD
        if starts[k] + used > len(callers):
            callers = grown(callers)
        marks = callers[starts[k] :]
        called = 0
        for i in range(used):
            if calls.taus[rows[i]] >= onset and rate * ratio[i] > 1.0:
                marks[called] = rows[i]
                called += 1
        rules[k] = _suiting(calls, within, k, marks[:called])
        marks[:called] += calls.first
        starts[k + 1] = starts[k] + called
        gains[k], rates[k], onsets[k] = gain, rate, onset
    return Narrower(rules, gains, rates, onsets, starts, callers[: starts[count]])


@njit(cache=True)
def _under_parts(calls: WindowColumns, scopes: ScopeTable, rows: Ints) -> tuple[Ints, Bools]:
    """Return a number for every part of the scopes, and which calls are under each.

    By domain, −1 for what is no part; shape (parts, calls).
    """
    place_of = np.full(len(calls.heads), -1, np.int64)
    count = 0
    for parts in (scopes.domains, scopes.also, scopes.among):
        for part in parts:
            if place_of[part] < 0:
                place_of[part] = count
                count += 1
    under = np.zeros((count, len(rows)), np.bool_)
    for i in range(len(rows)):
        for domain in places_of(calls, rows[i]):
            place = place_of[domain]
            if place >= 0:
                under[place, i] = True
    return place_of, under


@njit(cache=True)
def _held_in(
    scopes: ScopeTable, k: int, place_of: Ints, under: Bools, rows: Ints, held: Ints
) -> int:
    """Write those of the rows that are in a scope; returns how many."""
    inside = under[place_of[scopes.domains[k]]].copy()
    for part in scopes.also[scopes.also_starts[k] : scopes.also_starts[k + 1]]:
        inside &= under[place_of[part]]
    if scopes.among_starts[k] < scopes.among_starts[k + 1]:
        one = np.zeros(len(rows), np.bool_)
        for part in scopes.among[scopes.among_starts[k] : scopes.among_starts[k + 1]]:
            one |= under[place_of[part]]
        inside &= one
    used = 0
    for i in range(len(rows)):
        held[used] = rows[i]
        used += inside[i]
    return used


@njit(cache=True)
def _suiting(calls: WindowColumns, within: Within, k: int, rows: Ints) -> int:
    """Return the rule of a scope that gives the marks of these calls most probability."""
    best, highest = -1, -1.0
    for i in range(within.rule_starts[k], within.rule_starts[k + 1]):
        total = 0.0
        for row in rows:
            total += within.profiles[within.rules[i], calls.marks[row]]
        if total > highest:
            best, highest = within.rules[i], total
    return best
