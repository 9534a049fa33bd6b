"""Compiled loops of narrowing: who a cause's callers have in common, and scopes within a cause."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from correlator.engine.arrays import Floats, Ints
from correlator.engine.calls import ScopeTable, WindowColumns, mark_scope, mark_under
from correlator.engine.localisation.kernels import LEAD, SPAN, fit_rows, ratios_of
from correlator.engine.localisation.tuning import TUNING

_FEWEST = TUNING.fewest_in_scope
_PARTS = 3
"""Values of a combination at most, as columns of a table of them."""
_EMPTY = -1
_MIX = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio (Knuth, TAOCP 3, 6.4)


@njit(cache=True)
def excess(count: int, callers: int, share: float) -> float:
    """Return by how many nats so many of all callers exceed a share of the lines, at least 0.

    That many here and that few elsewhere, given how many they are in all (Kulldorff 1997): of a
    large share, it is the silence of the others that counts.
    """
    usual, others = callers * share, callers - count
    if not 0.0 < usual < count <= callers:
        return 0.0
    silence = others * math.log(others / (callers - usual)) if others else 0.0
    return count * math.log(count / usual) + silence


class Common(NamedTuple):
    """What callers have in common.

    `rows`: of the callers of whom customer or place is known; `counts[u]`: how many are under a
    domain; `domains`: those with any, in no particular order.
    """

    rows: Ints
    counts: Ints
    domains: Ints


@njit(cache=True)
def in_common(calls: WindowColumns, rows: Ints) -> Common:
    """Count the callers at these rows by the domains that can be the cause of their calls."""
    nowhere = len(calls.heads) - 1
    counts = np.zeros(nowhere + 1, np.int64)
    kept, found = np.empty(len(rows), np.int64), np.empty(nowhere + 1, np.int64)
    known = domains = 0
    for row in rows:
        begin = calls.links[row] - calls.dropped
        end = begin + calls.places[row]
        if end - begin < 2 or calls.domains[end - 1] == nowhere:
            continue
        kept[known] = row
        known += 1
        for link in range(begin, end):
            domain = calls.domains[link]
            if not counts[domain]:
                found[domains] = domain
                domains += 1
            counts[domain] += 1
    return Common(kept[:known], counts, found[:domains])


@njit(cache=True)
def _values_of(calls: WindowColumns, row: int, first: int, known: Ints, found: Ints) -> int:
    """Write the attribute values that a caller has, but for those `known`; returns how many.

    `first`: the first domain that is one; the last domain, `*`, is none.
    """
    count = 0
    begin = calls.links[row] - calls.dropped
    for link in range(begin, begin + calls.places[row]):
        value = calls.domains[link]
        if first <= value < len(calls.heads) - 2 and value not in known:
            found[count] = value
            count += 1
    return count


@njit(cache=True)
def _count_key(key: int, keys: Ints, counts: Ints) -> None:
    """Count a key in a table with room (open addressing, linear probing)."""
    mask = np.uint64(len(keys) - 1)
    place = (np.uint64(key) * _MIX) >> np.uint64(20) & mask
    while keys[place] != _EMPTY and keys[place] != key:
        place = (place + np.uint64(1)) & mask
    keys[place] = key
    counts[place] += 1


@njit(cache=True)
def combinations_of(
    calls: WindowColumns, rows: Ints, first: int, known: Ints, sizes: Ints, customers: int
) -> tuple[Ints, Ints, Floats]:
    """Return the combinations of attribute values that several callers have beside those `known`.

    Shape (combinations, 3), ascending within each, −1 where one has fewer; how many callers have
    it; and by how many nats that exceeds chance, were the values independent.
    """
    least, most = max(1, 2 - len(known)), _PARTS - len(known)
    base = len(calls.heads) - 1 - first  # more than any number of a value, from 1 on
    values = np.empty(len(calls.heads), np.int64)
    room = 16
    for row in rows:
        n = _values_of(calls, row, first, known, values)
        room += n + n * (n - 1) // 2 + n * (n - 1) * (n - 2) // 6
    size = 1
    while size < 2 * room:
        size *= 2
    keys, counts = np.full(size, _EMPTY, np.int64), np.zeros(size, np.int64)
    for row in rows:
        n = _values_of(calls, row, first, known, values)
        for i in range(n if most >= 1 else 0):
            one = (values[i] - first + 1) * base * base
            if least <= 1:
                _count_key(one, keys, counts)
            for j in range(i + 1, n if most >= 2 else 0):
                two = one + (values[j] - first + 1) * base
                if least <= 2:
                    _count_key(two, keys, counts)
                for k in range(j + 1, n if most >= 3 else 0):
                    _count_key(two + values[k] - first + 1, keys, counts)
    often = np.flatnonzero(counts >= _FEWEST)
    found, nats = np.full((len(often), _PARTS), -1, np.int64), np.empty(len(often))
    for i in range(len(often)):
        left, share = keys[often[i]], 1.0
        for part, worth in enumerate((base * base, base, 1)):
            value = left // worth
            left -= value * worth
            if value:
                found[i, part] = value - 1 + first
                share *= sizes[found[i, part]] / customers
        nats[i] = excess(counts[often[i]], len(rows), share)
    return found, counts[often], nats


@njit(cache=True)
def best_prefix(counts: Ints, sizes: Ints, callers: int, lines: int) -> int:
    """Return how many of these neighbours, from the first on, exceed their share of lines most.

    0 where none do.
    """
    together, held, best, highest = 0, 0, 0, 0.0
    for place in range(len(counts)):
        together += counts[place]
        held += sizes[place]
        found = excess(together, callers, held / lines)
        if found > highest:
            best, highest = place + 1, found
    return best


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
    count, since = len(scopes.domains), within.until - SPAN
    rules, starts = np.full(count, -1, np.int64), np.zeros(count + 1, np.int64)
    gains, rates, onsets = np.zeros(count), np.zeros(count), np.zeros(count)
    callers = np.empty(4 * len(within.rows) + 16, np.int64)
    held, ratios = np.empty(len(within.rows), np.int64), np.empty(len(within.rows))
    stamps, stamp = np.zeros(len(calls.taus), np.int64), 1
    for k in range(count):
        used, stamp = _held_in(calls, scopes, k, since, within.rows, stamps, stamp, held)
        starts[k + 1] = starts[k]
        rows, ratio = held[:used], ratios[:used]
        own = within.multiplier[scopes.domains[k], : len(within.plain)]
        factors = own * within.controlled / within.plain
        ratios_of(calls, rows, factors, within.profile, within.unnamed, ratio)
        if within.rule_starts[k] == within.rule_starts[k + 1]:
            continue
        gain, rate, first = fit_rows(
            calls, rows, ratio, scopes.lines[k], within.until, within.every
        )
        if first < 0:
            continue
        onset = calls.taus[rows[first]] - LEAD
        if starts[k] + used > len(callers):
            grown = np.empty(2 * len(callers), np.int64)
            grown[: starts[k]] = callers[: starts[k]]
            callers = grown
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
def _held_in(  # noqa: PLR0913, PLR0917 - a scope, and its room
    calls: WindowColumns,
    scopes: ScopeTable,
    k: int,
    since: float,
    rows: Ints,
    stamps: Ints,
    stamp: int,
    held: Ints,
) -> tuple[int, int]:
    """Write those of the rows that are in a scope; returns how many, and the next free stamp."""
    mark_under(calls, scopes.domains[k], since, stamps, stamp)
    used = 0
    for row in rows:
        if stamps[row] == stamp:
            held[used] = row
            used += 1
    parts = scopes.also_starts[k + 1] - scopes.also_starts[k]
    several = parts + scopes.among_starts[k + 1] - scopes.among_starts[k]
    if not several:
        return used, stamp + 1
    mark_scope(calls, scopes, k, since, stamps, stamp + 1)
    kept = 0
    for place in range(used):
        if stamps[held[place]] == stamp + 1:
            held[kept] = held[place]
            kept += 1
    return kept, stamp + 2 + parts


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
