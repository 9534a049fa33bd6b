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

    By row: `taus`, when a call occurred, and `came`, when it arrived, both in τ; `symptoms`;
    `marks`; `expected`, λ of its line per τ with all that explains it, and `usual`, λ when nothing
    is wrong; `alive`, false for a call that was removed; `links`, its first link, and `places`, how
    many it has. By link: `positions`, `domains`, and `before`, the next older call of the domain
    or −1. `heads[u]`: the newest link of a domain or −1; one number more than there are domains,
    for callers of whom neither customer nor place is known. `first`: position of row 0; `dropped`:
    how many links have been dropped, which `links` still counts.
    """

    first: int
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
def mark_under(calls: WindowColumns, domain: int, since: float, stamps: Ints, stamp: int) -> None:
    """Write `stamp` at the rows of the calls under a domain that came at or after τ = `since`."""
    link = calls.heads[domain]
    while link != _NO_LINK:
        row = calls.positions[link] - calls.first
        if calls.came[row] < since:
            break
        if calls.alive[row]:
            stamps[row] = stamp
        link = calls.before[link]


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
    ascends = True
    for k in range(count // 2):
        found[k], found[count - 1 - k] = found[count - 1 - k], found[k]
    for k in range(1, count):
        ascends = ascends and calls.taus[found[k]] >= calls.taus[found[k - 1]]
    if not ascends:
        rows = found[:count].copy()
        found[:count] = rows[np.argsort(calls.taus[rows], kind="mergesort")]
    return count


@njit(cache=True)
def mark_scope(
    calls: WindowColumns, scopes: ScopeTable, k: int, since: float, stamps: Ints, stamp: int
) -> None:
    """Write `stamp` at the rows of the calls in a scope of several parts, its domain left out.

    Uses `stamp` and the numbers above it, as many as the scope has parts; none may be in `stamps`.
    """
    first, last = scopes.also_starts[k], scopes.also_starts[k + 1]
    if last > first:
        mark_under(calls, scopes.also[first], since, stamps, stamp + last - first - 1)
        for part in range(first + 1, last):
            _advance(calls, scopes.also[part], since, stamps, stamp + last - part)
        return
    for part in range(scopes.among_starts[k], scopes.among_starts[k + 1]):
        mark_under(calls, scopes.among[part], since, stamps, stamp)


@njit(cache=True)
def _advance(calls: WindowColumns, domain: int, since: float, stamps: Ints, stamp: int) -> None:
    """Lower `stamp` by one at those rows that bear it and are under a domain."""
    link = calls.heads[domain]
    while link != _NO_LINK:
        row = calls.positions[link] - calls.first
        if calls.came[row] < since:
            break
        if stamps[row] == stamp:
            stamps[row] = stamp - 1
        link = calls.before[link]


@njit(cache=True)
def rows_in(  # noqa: PLR0913, PLR0917 - a query, and its room
    calls: WindowColumns,
    scopes: ScopeTable,
    k: int,
    since: float,
    until: float,
    found: Ints,
    stamps: Ints,
    stamp: int,
) -> int:
    """Write the rows of the counted calls in a scope, as `rows_under`; returns how many.

    `stamp`: see `mark_scope`.
    """
    count = rows_under(calls, scopes.domains[k], since, until, found)
    several = scopes.also_starts[k + 1] - scopes.also_starts[k]
    several += scopes.among_starts[k + 1] - scopes.among_starts[k]
    if not several:
        return count
    mark_scope(calls, scopes, k, since, stamps, stamp)
    held = 0
    for place in range(count):
        if stamps[found[place]] == stamp:
            found[held] = found[place]
            held += 1
    return held
