"""The attribution matrix, sparse: which calls each incident explains, and at what rate."""

from __future__ import annotations

import numpy as np
from numba import njit

from correlator.engine.arrays import Floats, Ints, with_room

_FIRST_ROWS = 64


@njit(cache=True)
def _less(  # noqa: PLR0913, PLR0917 - columns
    found: Floats, wanted: Ints, positions: Ints, rates: Floats, first: int, room: Floats
) -> None:
    """Subtract `rates` at `positions` from `found` at positions `wanted`; `room` stays zero."""
    for k in range(len(positions)):
        room[positions[k] - first] = rates[k]
    for k in range(len(wanted)):
        found[k] -= room[wanted[k] - first]
    for k in range(len(positions)):
        room[positions[k] - first] = 0.0


class AttributionColumn:
    """The calls that one incident explains: positions without order, and rates; 0 is none."""

    def __init__(self) -> None:
        self._row: dict[int, int] = {}
        self._positions = np.zeros(_FIRST_ROWS, np.int64)
        self._rates = np.zeros(_FIRST_ROWS)

    def __len__(self) -> int:
        return len(self._row)

    def set(self, position: int, rate: float) -> None:
        """Attribute a call at this rate."""
        row = self._row.setdefault(position, len(self._row))
        if row >= len(self._rates):
            self._positions = with_room(self._positions, row + 1)
            self._rates = with_room(self._rates, row + 1)
        self._positions[row], self._rates[row] = position, rate

    def drop(self, position: int) -> None:
        """Withdraw the attribution of a call."""
        if position in self._row:
            self._rates[self._row[position]] = 0.0

    def forget(self, before: int) -> None:
        """Drop the calls before a position."""
        positions, rates = self._positions[: len(self)], self._rates[: len(self)]
        kept = (positions >= before) & (rates > 0.0)
        self._positions, self._rates = positions[kept], rates[kept]
        self._row = {position: row for row, position in enumerate(self._positions.tolist())}

    def subtract(self, found: Floats, wanted: Ints, first: int, room: Floats) -> None:
        """Subtract the rates of the incident from `found`, at positions `wanted`.

        `room[position − first]` is zero everywhere, and stays so.
        """
        positions, rates = self._positions[: len(self)], self._rates[: len(self)]
        _less(found, wanted, positions, rates, first, room)

    def reduce(self, found: Floats, first: int) -> None:
        """Subtract the rates of the incident from `found`, which has every call from `first` on."""
        positions, rates = self._positions[: len(self)], self._rates[: len(self)]
        found[positions - first] -= rates


class AttributionColumns:
    """The columns of all incidents, by number."""

    def __init__(self) -> None:
        self._columns: dict[int, AttributionColumn] = {}

    def set(self, number: int, position: int, rate: float) -> None:
        """Attribute a call to an incident at this rate."""
        column = self._columns.get(number)
        if column is None:
            column = self._columns[number] = AttributionColumn()
        column.set(position, rate)

    def drop(self, number: int, position: int) -> None:
        """Withdraw the attribution of a call to an incident."""
        column = self._columns.get(number)
        if column is not None:
            column.drop(position)

    def subtract(
        self, found: Floats, numbers: frozenset[int], wanted: Ints, first: int, room: Floats
    ) -> None:
        """Subtract the rates of these incidents; see `AttributionColumn.subtract`."""
        for number in sorted(numbers & self._columns.keys()):
            self._columns[number].subtract(found, wanted, first, room)

    def reduce(self, found: Floats, numbers: frozenset[int], first: int) -> None:
        """Subtract the rates of these incidents; see `AttributionColumn.reduce`."""
        for number in sorted(numbers & self._columns.keys()):
            self._columns[number].reduce(found, first)

    def forget(self, before: int) -> None:
        """Drop the calls before a position."""
        for number, column in list(self._columns.items()):
            column.forget(before)
            if not len(column):
                del self._columns[number]
