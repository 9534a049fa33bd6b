"""Rows of integers of unequal length in two flat arrays, and how equal rows become one number."""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Generic, Self, TypeVar

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Values = npt.NDArray[np.int32]
Codes = npt.NDArray[np.int16] | npt.NDArray[np.int32]
Whole = npt.NDArray[np.int32] | npt.NDArray[np.int64]
Number = TypeVar("Number", np.int16, np.int32, np.int64)

_COUNTED = 1 << 20  # values counted at a time
_SLICE = 1 << 18  # rows merged or split at a time, so that what that takes stays small


@dataclass(frozen=True, slots=True, eq=False)
class Ragged:
    """Row i holds `values[starts[i]:starts[i + 1]]`.

    Shapes: `starts` (rows + 1,) int64, rising; `values` (total,) int32, none negative.
    """

    starts: Ints
    values: Values

    @classmethod
    def of(cls, rows: Iterable[Sequence[int]]) -> Self:
        """Build from Python rows."""
        kept = list(rows)
        lengths = np.fromiter(map(len, kept), np.int64, len(kept))
        values = np.fromiter(chain.from_iterable(kept), np.int32, int(lengths.sum()))
        return cls(starts_of(lengths), values)

    def __len__(self) -> int:
        return self.starts.size - 1

    def row(self, key: int) -> Values:
        """Return row `key`, a view."""
        return self.values[self.starts[key] : self.starts[key + 1]]

    def take(self, keys: Ints | Values) -> tuple[Values, Ints]:
        """Return the rows `keys` one after the other, and the length of each."""
        first = self.starts[keys]
        lengths = self.starts[keys + 1] - first
        shift = first - (np.cumsum(lengths) - lengths)
        return self.values.take(np.arange(lengths.sum()) + np.repeat(shift, lengths)), lengths

    def split(self, mask: npt.NDArray[np.bool_]) -> tuple["Ragged", "Ragged"]:
        """Split every row in two: the values v with `mask[v]`, and the others."""
        kept = mask.take(self.values)
        starts = np.zeros_like(self.starts)
        for low in range(0, len(self), _SLICE):
            rows = self.starts[low : low + _SLICE + 1]
            before = np.cumsum(kept[rows[0] : rows[-1]], dtype=np.int32)
            before = np.concatenate([np.zeros(1, np.int32), before])
            starts[low + 1 : low + rows.size] = starts[low] + before.take(rows[1:] - rows[0])
        return Ragged(starts, self.values[kept]), Ragged(self.starts - starts, self.values[~kept])

    def inverse(self, width: int) -> "Ragged":
        """Return, for each value below `width`, the rows that hold it, ascending."""
        rows = np.repeat(np.arange(len(self)), np.diff(self.starts))
        return grouped(self.values, rows, width)


def joined(parts: Sequence[npt.NDArray[Number]], kind: type[Number]) -> npt.NDArray[Number]:
    """Join arrays of one kind end to end; there may be none."""
    return np.concatenate(parts) if parts else np.zeros(0, kind)


class Growing(Generic[Number]):
    """An array that grows at its end, in place: many small ones would leave holes in memory."""

    def __init__(self, kind: type[Number]) -> None:
        self.kind: type[Number] = kind
        self._held = array("b")

    def add(self, values: npt.NDArray[Number]) -> None:
        """Append some values."""
        self._held.frombytes(values.view(np.uint8).data)

    def whole(self) -> npt.NDArray[Number]:
        """Return all values, a view: nothing can be added while it lives."""
        return np.frombuffer(self._held, self.kind)


def starts_of(lengths: Whole) -> Ints:
    """Turn row lengths into `Ragged.starts`."""
    starts = np.zeros(lengths.size + 1, np.int64)
    np.cumsum(lengths, out=starts[1:])
    return starts


def ranked(keys: Whole, bound: int) -> Ints:
    """Return the stable order of keys (0 <= key < bound): a radix sort, 16 bits a round."""
    order: Ints = np.argsort(keys.astype(np.uint16), kind="stable")
    for shift in range(16, (bound - 1).bit_length(), 16):
        digits = (keys >> shift).astype(np.uint16)
        order = order[np.argsort(digits[order], kind="stable")]
    return order


def grouped(keys: Values, values: Ints | None, width: int) -> Ragged:
    """Collect values (rising with the position; None: the positions) by key in 0..width-1."""
    order = ranked(keys, width)
    lengths = np.bincount(keys, minlength=width)
    return Ragged(starts_of(lengths), (order if values is None else values[order]).astype(np.int32))


def union(parts: Ragged, sets: Ragged, width: int) -> Ragged:
    """Return for each row of `parts` the union of the `sets` it names, ascending.

    `width` bounds the members of `sets`.
    """
    pieces = [
        _union(parts, sets, width, np.arange(low, min(low + _SLICE, len(parts))))
        for low in range(0, len(parts), _SLICE)
    ]
    lengths = joined([lengths for _, lengths in pieces], np.int64)
    return Ragged(starts_of(lengths), joined([values for values, _ in pieces], np.int32))


def _union(parts: Ragged, sets: Ragged, width: int, rows: Ints) -> tuple[Values, Ints]:
    names, per_row = parts.take(rows)
    members, per_name = sets.take(names)
    owner = np.repeat(np.repeat(np.arange(rows.size), per_row), per_name)
    packed = owner * width + members
    packed.sort()
    packed = packed[np.diff(packed, prepend=-1) > 0]
    lengths = np.bincount(packed // width, minlength=rows.size)
    return (packed % width).astype(np.int32), lengths


def counted(values: Values, width: int) -> Ints:
    """Count how often each value occurs: (width,)."""
    counts = np.zeros(width, np.int64)
    for low in range(0, values.size, _COUNTED):  # bincount widens what it is given
        counts += np.bincount(values[low : low + _COUNTED], minlength=width)
    return counts


def pairs(left: Whole, right: Whole | Codes, size: int, bound: int) -> Whole:
    """Give every pair a number, left * size + right; right < size, all numbers < bound."""
    numbers: Whole = left.astype(np.int32) if bound < 1 << 31 else left.astype(np.int64)
    numbers *= size
    numbers += right
    return numbers


def relabel(keys: Whole, bound: int) -> tuple[Values, int]:
    """Replace the distinct keys (0 <= key < bound) by 0, 1, … in rising order.

    Returns the number of each key and how many there are. Linear when `bound` is not much larger
    than the number of keys, a sort otherwise.
    """
    if bound <= max(4 * keys.size, 1 << 16):
        label = np.zeros(bound + 1, np.int32)  # the last one stays free for the total
        label[keys] = 1
        np.cumsum(label, out=label)
        label -= 1
        return label.take(keys), int(label[-1]) + 1
    distinct, numbers = np.unique(keys, return_inverse=True)
    return numbers.astype(np.int32), distinct.size


def representatives(codes: Values, count: int) -> Ints:
    """Return for each code in 0..count-1 one position that holds it."""
    found = np.zeros(count, np.int64)
    found[codes] = np.arange(codes.size)
    return found


def intern(rows: Ragged, width: int) -> tuple[Values, Ragged]:
    """Give equal rows one number: returns a code per row, and the row of each code.

    The rows walk down a trie together, one value per round, so that only equal rows (same
    values in the same order, all below `width`) end on the same node. Exact: no hashing.
    """
    lengths = np.diff(rows.starts)
    node = np.zeros(len(rows), np.int32)
    nodes, depth = 1, 0
    active = np.flatnonzero(lengths)
    while active.size:
        step, steps = relabel(rows.values.take(rows.starts.take(active) + depth), width)
        bound = nodes * steps
        step, fresh = relabel(pairs(node.take(active), step, steps, bound), bound)
        node[active] = step + np.int32(nodes)
        nodes, depth = nodes + fresh, depth + 1
        active = active[lengths.take(active) > depth]
    codes, count = relabel(node, nodes)
    values, taken = rows.take(representatives(codes, count))
    return codes, Ragged(starts_of(taken), values)


def packed(values: npt.NDArray[np.integer[Any]]) -> "array[int]":
    """Copy into the narrower of array('I') and array('Q'), the fastest to index from Python."""
    code, dtype = ("I", np.uint32) if values.max(initial=0) < 1 << 32 else ("Q", np.uint64)
    copy = array(code)
    copy.frombytes(values.astype(dtype).view(np.uint8).data)
    return copy
