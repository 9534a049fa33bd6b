"""Array types, and columns that grow by rows in amortised constant time."""

from __future__ import annotations

from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]
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
