"""The call window as compiled loops read it: columns by row, and the calls under each domain.

A row is a position less that of the first call that is kept. The calls under a domain are a linked
list from the newest to the oldest (`domain_index`); the domains of one call are neighbours there.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from correlator.engine.arrays import Bools, Floats, Ints

_NO_LINK = -1


class WindowColumns(NamedTuple):
    """All columns of the window; compiled loops read them and write none.

    `first`: position of row 0; `used`: how many rows there are, of columns that may be longer;
    `dropped`: how many links have been dropped, which `links` still counts. By row, as in
    `table.CallTable`: `taus` to `places`. By link: `positions`, `domains`, and `before`, the next
    older call of the domain or −1. `heads[u]`: the newest link of a domain or −1; one number more
    than there are domains, for callers of whom neither customer nor place is known.
    """

    first: int
    used: int
    dropped: int
    taus: Floats
    came: Floats
    symptoms: Ints
    marks: Ints
    expected: Floats
    usual: Floats
    alive: Bools
    links: Ints
    places: Ints
    heads: Ints
    positions: Ints
    domains: Ints
    before: Ints


class ScopeTable(NamedTuple):
    """Some scopes, one each row: see `topology.Scope`.

    `domains[k]`; the parts of a combination are `also[also_starts[k]:also_starts[k + 1]]`, the
    neighbours `among[…]` in the same way; `lines[k]`: its customers.
    """

    domains: Ints
    also_starts: Ints
    also: Ints
    among_starts: Ints
    among: Ints
    lines: Floats


@njit(cache=True)
def places_of(calls: WindowColumns, row: int) -> Ints:
    """Return the domains that a call is found under, ascending; none once they are dropped."""
    begin = calls.links[row] - calls.dropped
    return calls.domains[max(begin, 0) : max(begin + calls.places[row], 0)]


@njit(cache=True)
def rows_under(calls: WindowColumns, domain: int, since: float, until: float, found: Ints) -> int:
    """Write the rows of the counted calls under a domain of τ in (`since`, `until`], in order of τ.

    Of equal τ the one that arrived first comes first. `found` has room for every call; returns how
    many there are.
    """
    count = 0
    link = calls.heads[domain]
    while link != _NO_LINK:
        row = calls.positions[link] - calls.first
        if calls.came[row] < since:
            break
        if calls.alive[row] and since < calls.taus[row] <= until:
            found[count] = row
            count += 1
        link = calls.before[link]
    for k in range(count // 2):
        found[k], found[count - 1 - k] = found[count - 1 - k], found[k]
    _sort(calls, found[:count])
    return count


@njit(cache=True)
def _sort(calls: WindowColumns, rows: Ints) -> None:
    """Sort ascending rows by τ; of equal τ the first row stays the first."""
    for k in range(1, len(rows)):
        if calls.taus[rows[k]] < calls.taus[rows[k - 1]]:
            rows[:] = rows[np.argsort(calls.taus[rows], kind="mergesort")]
            return


@njit(cache=True)
def grown(column: Ints) -> Ints:
    """Return a column twice as long; what is added is not set."""
    longer = np.empty(2 * len(column), np.int64)
    longer[: len(column)] = column
    return longer


@njit(cache=True)
def rows_by_domain(
    calls: WindowColumns, domains: Ints, since: float, until: float
) -> tuple[Ints, Ints]:
    """Return what `rows_under` finds for each domain, and where the rows of each begin.

    `domains`: each once. Shapes (domains + 1,) and (rows,).
    """
    place_of = np.full(len(calls.heads), -1, np.int64)
    for k in range(len(domains)):
        place_of[domains[k]] = k
    begin = np.searchsorted(calls.came[: calls.used], since)
    held, places = np.empty(1 << 12, np.int64), np.empty(1 << 12, np.int64)
    starts, count = np.zeros(len(domains) + 1, np.int64), 0
    for row in range(begin, calls.used):
        if not (calls.alive[row] and since < calls.taus[row] <= until):
            continue
        if count + calls.places[row] > len(held):
            held, places = grown(held), grown(places)
        for domain in places_of(calls, row):
            place = place_of[domain]
            if place >= 0:
                held[count], places[count] = row, place
                starts[place + 1] += 1
                count += 1
    starts = np.cumsum(starts)
    rows, ends = np.empty(count, np.int64), starts[:-1].copy()
    for i in range(count):
        rows[ends[places[i]]] = held[i]
        ends[places[i]] += 1
    for k in range(len(domains)):
        _sort(calls, rows[starts[k] : starts[k + 1]])
    return starts, rows


@njit(cache=True)
def rows_in(
    calls: WindowColumns, scopes: ScopeTable, k: int, since: float, until: float, found: Ints
) -> int:
    """Write the rows of the counted calls in a scope, as `rows_under`; returns how many."""
    count = rows_under(calls, scopes.domains[k], since, until, found)
    also = scopes.also[scopes.also_starts[k] : scopes.also_starts[k + 1]]
    among = scopes.among[scopes.among_starts[k] : scopes.among_starts[k + 1]]
    if not len(also) and not len(among):
        return count
    held = 0
    for place in range(count):
        row = found[place]
        every = _parts_of(calls, row, also) == len(also)
        if every and (not len(among) or _parts_of(calls, row, among)):
            found[held] = row
            held += 1
    return held


@njit(cache=True)
def _parts_of(calls: WindowColumns, row: int, parts: Ints) -> int:
    """Count those of some domains that a call is under."""
    count = 0
    for domain in places_of(calls, row):
        for part in parts:
            count += domain == part
    return count
