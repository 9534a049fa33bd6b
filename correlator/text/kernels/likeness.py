"""Compiled loop over sparse vectors: whether one of them has enough others like it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from correlator.text.kernels.hashing import Columns, Floats
from correlator.text.kernels.terms import Ints


class Rows(NamedTuple):
    """Sparse vectors of length 1: where each ends in `columns` and `values`; how many columns."""

    ends: Ints
    columns: Columns
    values: Floats
    width: int


@njit(cache=True)
def crowded(rows: Rows, asked: Ints, alike: float, enough: int) -> bool:
    """Say whether one of the vectors `asked` for has so many, itself among them, like it.

    `alike`: the cosine from which they are.
    """
    dense = np.zeros(rows.width)
    found = np.zeros(len(asked), np.int64)
    begin = 0
    for end in rows.ends:
        for place in range(begin, end):
            dense[rows.columns[place]] = rows.values[place]
        for one in range(len(asked)):
            row = asked[one]
            cosine = 0.0
            for place in range(rows.ends[row - 1] if row else 0, rows.ends[row]):
                cosine += rows.values[place] * dense[rows.columns[place]]
            found[one] += cosine >= alike
            if found[one] >= enough:
                return True
        for place in range(begin, end):
            dense[rows.columns[place]] = 0.0
        begin = end
    return False
