"""An exact, compact map from millions of ids to their row numbers.

No Python object per id: the ids lie one after the other in one byte string, and a hash table of
row numbers (open addressing, linear probing) points into it. About 20 bytes per short id.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from topology.ragged import Ints, Values, packed, ranked

if TYPE_CHECKING:
    from array import array

_HASH_BITS = 64


class Identifiers:
    """Row number of each id. Ids are compared byte by byte, so that a lookup is never wrong."""

    __slots__ = ("_half", "_ids", "_shift", "_slots", "_starts")

    def __init__(self, ids: bytes, starts: Ints, hashes: Ints) -> None:
        """Build from the concatenated UTF-8 ids.

        Shapes: `starts` (rows + 1,) byte offsets; `hashes` (rows,) Python's hash() of each id.
        """
        self._ids = ids
        self._starts = packed(starts)
        bits = max(4, int(hashes.size * 1.5).bit_length())  # a third to two thirds full
        self._shift = _HASH_BITS - bits
        self._half = 1 << (bits - 1)  # hashes are signed
        self._slots = self._fill(hashes)

    def _fill(self, hashes: Ints) -> "array[int]":
        """Place all rows at once; a slot holds row + 1, 0 ends a probe.

        In the order of their homes, each row goes to its home slot or, if that is taken, behind
        its predecessor: position = i + running maximum of (home - i).
        """
        rank = np.arange(hashes.size)
        home = (hashes >> self._shift) + self._half
        order = ranked(home, 2 * self._half)
        home = home[order]
        position = np.maximum.accumulate(home - rank) + rank
        size = max(2 * self._half, int(position[-1]) + 1 if position.size else 0) + 1
        slots = np.zeros(size, np.uint32)
        slots[position] = order + 1
        return packed(slots)

    def __len__(self) -> int:
        return len(self._starts) - 1

    def find(self, name: str) -> int:
        """Return the row of an id; -1 if unknown."""
        try:
            key = name.encode()
        except UnicodeEncodeError:  # a lone surrogate: no UTF-8 file can hold it
            return -1
        slots, starts = self._slots, self._starts
        slot = (hash(name) >> self._shift) + self._half
        while row := slots[slot]:
            if self._ids[starts[row - 1] : starts[row]] == key:
                return row - 1
            slot += 1
        return -1

    def names(self, rows: Values) -> Iterator[str]:
        """Yield the ids of some rows."""
        ids, starts = self._ids, self._starts
        for row in rows:
            yield ids[starts[row] : starts[row + 1]].decode()


def repeated(ids: bytes, starts: Ints, hashes: Ints) -> Iterator[tuple[int, int]]:
    """Yield (row, first row) for every row whose id an earlier row has; shapes as above."""
    ranked = np.sort(hashes)
    twice = np.unique(ranked[1:][ranked[1:] == ranked[:-1]])
    first: dict[bytes, int] = {}
    for row in np.flatnonzero(np.isin(hashes, twice)).tolist() if twice.size else ():
        name = ids[starts[row] : starts[row + 1]]
        if first.setdefault(name, row) != row:
            yield row, first[name]
