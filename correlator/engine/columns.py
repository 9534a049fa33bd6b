"""Columns that grow: what is added row by row must not copy all rows every time."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Scalar = TypeVar("Scalar", bound=np.generic)


def with_room(column: NDArray[Scalar], rows: int) -> NDArray[Scalar]:
    """Return a column that has room for so many rows: itself, or a copy at least twice as long.

    What is added is zero.
    """
    if rows <= len(column):
        return column
    grown = np.zeros((max(rows, 2 * len(column)), *column.shape[1:]), column.dtype)
    grown[: len(column)] = column
    return grown
