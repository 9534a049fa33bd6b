"""An inverted index from failure domains to calls: one linked list per domain, in flat arrays.

A call under twelve domains is twelve entries. A list runs from the newest call to the oldest, so
that a query for the last hours stops where they end.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from correlator.engine.arrays import Bools, Floats, Ints, with_room

_FIRST_LINKS = 16_384
_END = -1


@njit(cache=True)
def _link(  # noqa: PLR0913, PLR0917 - columns
    domains: Ints, position: int, heads: Ints, positions: Ints, before: Ints, used: int
) -> int:
    for place in range(len(domains)):
        positions[used] = position
        before[used] = heads[domains[place]]
        heads[domains[place]] = used
        used += 1
    return used


@njit(cache=True)
def _walk(  # noqa: PLR0913, PLR0917 - columns
    head: int, positions: Ints, before: Ints, came: Floats, alive: Bools,
    first: int, since: float, most: int,
) -> Ints:  # fmt: skip
    """Return the positions that came at or after `since`, newest `most`, oldest first."""
    count = 0
    link = head
    while link != -1 and count < most:
        row = positions[link] - first
        if came[row] < since:
            break
        count += alive[row]
        link = before[link]
    found = np.empty(count, np.int64)
    link = head
    while count:
        row = positions[link] - first
        if alive[row]:
            count -= 1
            found[count] = positions[link]
        link = before[link]
    return found


@njit(cache=True)
def _rebuild(heads: Ints, positions: Ints, before: Ints, used: int, oldest: int) -> int:
    """Drop the links to positions before `oldest`, in place; links are in order of position."""
    dropped = 0
    while dropped < used and positions[dropped] < oldest:
        dropped += 1
    for link in range(used - dropped):
        positions[link] = positions[link + dropped]
        before[link] = max(before[link + dropped] - dropped, -1)
    for domain in range(len(heads)):
        heads[domain] = max(heads[domain] - dropped, -1)
    return used - dropped


class DomainIndex:
    """Positions of calls, by domain."""

    def __init__(self, domains: int) -> None:
        """`domains`: how many there are."""
        self._heads = np.full(domains, _END, np.int64)
        self._positions = np.zeros(_FIRST_LINKS, np.int64)
        self._before = np.zeros(_FIRST_LINKS, np.int64)
        self._used = 0

    def add(self, position: int, domains: tuple[int, ...]) -> None:
        """Put a call at the head of its domains' lists; positions only grow."""
        needed = self._used + len(domains)
        if needed > len(self._positions):
            self._positions = with_room(self._positions, needed)
            self._before = with_room(self._before, needed)
        self._used = _link(
            np.array(domains, np.int64), position,
            self._heads, self._positions, self._before, self._used,
        )  # fmt: skip

    def under(  # noqa: PLR0913, PLR0917 - columns
        self, domain: int, came: Floats, alive: Bools,
        first: int, since: float, most: int,
    ) -> Ints:  # fmt: skip
        """Return the positions under a domain that came at or after `since`, oldest first.

        `came` and `alive` are columns that begin with position `first`; at most the newest `most`.
        """
        return _walk(
            self._heads[domain], self._positions, self._before, came, alive, first, since, most
        )

    def forget(self, oldest: int) -> None:
        """Drop all positions before `oldest`."""
        self._used = _rebuild(self._heads, self._positions, self._before, self._used, oldest)
