"""An inverted index from failure domains to calls: one linked list per domain, in flat arrays.

A call under twelve domains is twelve links, one beside the other. A list runs from the newest call
to the oldest, so that a query for the last hours stops where they end.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from correlator.engine.arrays import Bools, Floats, Ints, with_room

_FIRST_LINKS = 16_384
_END = -1


@njit(cache=True)
def _link(  # noqa: PLR0913, PLR0917 - columns
    under: Ints, position: int, heads: Ints, positions: Ints, domains: Ints, before: Ints, used: int
) -> int:
    for domain in under:
        positions[used] = position
        domains[used] = domain
        before[used] = heads[domain]
        heads[domain] = used
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
def _rebuild(  # noqa: PLR0913, PLR0917 - columns
    heads: Ints, positions: Ints, domains: Ints, before: Ints, used: int, oldest: int
) -> int:
    """Drop the links to positions before `oldest`, in place; links are in order of position."""
    dropped = 0
    while dropped < used and positions[dropped] < oldest:
        dropped += 1
    for link in range(used - dropped):
        positions[link] = positions[link + dropped]
        domains[link] = domains[link + dropped]
        before[link] = max(before[link + dropped] - dropped, -1)
    for domain in range(len(heads)):
        heads[domain] = max(heads[domain] - dropped, -1)
    return used - dropped


class DomainIndex:
    """Positions of calls, by domain; the columns are those of `columns.WindowColumns`.

    `dropped`: how many links have been dropped since the first.
    """

    def __init__(self, domains: int) -> None:
        """`domains`: how many there are."""
        self.heads = np.full(domains, _END, np.int64)
        self.positions = np.zeros(_FIRST_LINKS, np.int64)
        self.domains = np.zeros(_FIRST_LINKS, np.int64)
        self.before = np.zeros(_FIRST_LINKS, np.int64)
        self.dropped = 0
        self._used = 0

    def add(self, position: int, domains: Ints) -> int:
        """Put a call at the head of its domains' lists; positions only grow.

        Returns its first link, those dropped before counted as well.
        """
        first = self._used
        needed = first + len(domains)
        if needed > len(self.positions):
            self.positions = with_room(self.positions, needed)
            self.domains = with_room(self.domains, needed)
            self.before = with_room(self.before, needed)
        self._used = _link(
            domains, position,
            self.heads, self.positions, self.domains, self.before, first,
        )  # fmt: skip
        return self.dropped + first

    def under(  # noqa: PLR0913, PLR0917 - columns
        self, domain: int, came: Floats, alive: Bools,
        first: int, since: float, most: int,
    ) -> Ints:  # fmt: skip
        """Return the positions under a domain that came at or after `since`, oldest first.

        `came` and `alive` are columns that begin with position `first`; at most the newest `most`.
        """
        return _walk(
            self.heads[domain], self.positions, self.before, came, alive, first, since, most
        )

    def forget(self, oldest: int) -> None:
        """Drop all positions before `oldest`."""
        used = _rebuild(self.heads, self.positions, self.domains, self.before, self._used, oldest)
        self.dropped += self._used - used
        self._used = used
