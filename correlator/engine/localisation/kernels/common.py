"""Compiled loops over callers: the domains, and the attribute values, that they have in common."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from correlator.engine.arrays import Floats, Ints
from correlator.engine.calls import WindowColumns, places_of
from correlator.engine.localisation.tuning import TUNING

_FEWEST = TUNING.fewest_in_scope
_PARTS = TUNING.most_columns
"""Values of a combination at most, as columns of a table of them."""
_EMPTY = -1
_MIX = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio (Knuth, TAOCP 3, 6.4)
_SHORTEST = 0.1  # in τ: calls that came at once are as good as over so long


@njit(cache=True)
def most_exceeding(calls: WindowColumns, rows: Ints, sizes: Ints, most: int) -> Ints:
    """Return the domains of some calls with the largest excess over what is usual.

    At most `most` of them, the largest first, of equals the one with the lower number; only those
    with two calls, unless there is only one. `sizes[u]`: customers. The excess of k calls where e
    are usual is k·ln(k/e) − k + e nats (the Poisson deviance); each call counts by the share that
    incidents do not explain. A call's usual rate is that of its symptom: their mean stands for one
    of all symptoms.
    """
    nowhere = len(calls.heads) - 1
    counts, found = np.zeros(nowhere, np.int64), np.empty(nowhere, np.int64)
    weights, usual = np.zeros(nowhere), np.zeros(nowhere)
    domains = 0
    for row in rows:
        for domain in places_of(calls, row):
            if domain == nowhere:
                continue
            if not counts[domain]:
                found[domains] = domain
                domains += 1
            counts[domain] += 1
            weights[domain] += calls.usual[row] / calls.expected[row]
            usual[domain] += calls.usual[row]
    fewest = min(2, len(rows))
    span = max(calls.taus[rows[-1]] - calls.taus[rows[0]], _SHORTEST) if len(rows) else _SHORTEST
    kept = np.array([domain for domain in found[:domains] if counts[domain] >= fewest], np.int64)
    kept.sort()
    less = np.empty(len(kept))
    for k in range(len(kept)):
        weight = weights[kept[k]]
        expected = sizes[kept[k]] * (usual[kept[k]] / counts[kept[k]]) * span
        excess = weight * math.log(max(weight / expected, 1.0)) - max(weight - expected, 0.0)
        less[k] = -excess
    return kept[np.argsort(less, kind="mergesort")][:most]


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


@njit(cache=True)
def excesses(counts: Ints, callers: int, shares: Floats) -> Floats:
    """Return `excess` of each."""
    found = np.empty(len(counts))
    for k in range(len(counts)):
        found[k] = excess(counts[k], callers, shares[k])
    return found


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
        places = places_of(calls, row)
        if len(places) < 2 or places[-1] == nowhere:
            continue
        kept[known] = row
        known += 1
        for domain in places:
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
    for value in places_of(calls, row):
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
def _count_all(values: Ints, base: int, least: int, most: int, keys: Ints, counts: Ints) -> None:
    """Count every combination of `least` to `most` values, three at most, by a key of this base."""
    n = len(values)
    for i in range(n if most >= 1 else 0):
        one = values[i] * base * base
        if least <= 1:
            _count_key(one, keys, counts)
        for j in range(i + 1, n if most >= 2 else 0):
            two = one + values[j] * base
            if least <= 2:
                _count_key(two, keys, counts)
            for k in range(j + 1, n if most >= 3 else 0):
                _count_key(two + values[k], keys, counts)


@njit(cache=True)
def combinations_of(
    calls: WindowColumns, rows: Ints, first: int, known: Ints, sizes: Ints, customers: int
) -> tuple[Ints, Ints, Floats]:
    """Return the combinations of attribute values that several callers have beside those `known`.

    Shape (combinations, 3), ascending within each, −1 where one has fewer; how many callers have
    it; and by how many nats that exceeds chance, were the values independent. A key of three values
    has room for two million different ones.
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
        _count_all(values[:n] - first + 1, base, least, most, keys, counts)
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
