"""Compiled loops over a text's vector: making it, and what it says by linear models."""

from __future__ import annotations

import numpy as np
from numba import njit

from correlator.text.kernels.clauses import counts_of
from correlator.text.kernels.hashing import HASHED, Bytes, Columns, Floats, hashed_columns
from correlator.text.kernels.terms import Bools, Ints, Tables

_COUNT = 0.5
"""What a count of the lexicon weighs beside the hashed parts, which have length 1."""


@njit(cache=True)
def vector_of(letters: Bytes, codes: Ints, tables: Tables) -> tuple[Columns, Floats]:
    """Return (columns, values) of a text, both shape (columns that it has,): hashed ones first.

    `letters`: as `hashed_columns` takes them; `codes`: as `split` takes them.
    """
    columns, values = hashed_columns(letters)
    own, counts = counts_of(codes, tables)
    used = len(columns)
    all_columns = np.empty(used + len(own), np.int32)
    all_values = np.empty(used + len(own))
    for place in range(used):
        all_columns[place], all_values[place] = columns[place], values[place]
    for place in range(len(own)):
        all_columns[used + place] = HASHED + own[place]
        all_values[used + place] = _COUNT * counts[place]
    return all_columns, all_values


@njit(cache=True)
def chances_of(columns: Columns, values: Floats, weights: Floats, intercepts: Floats) -> Floats:
    """Return P(class) of a text's features, each class against the rest; shape (classes,).

    `weights`: shape (features, classes), so that those of one feature lie side by side.
    """
    scores = intercepts.copy()
    for place in range(len(columns)):
        for row in range(len(scores)):
            scores[row] += weights[columns[place], row] * values[place]
    return 1.0 / (1.0 + np.exp(-scores))


@njit(cache=True)
def likeliest(
    columns: Columns, values: Floats, weights: Floats, intercepts: Floats, able: Bools, most: int
) -> tuple[Ints, Floats, float]:
    """Return the likeliest classes, at most so many, P of each, and the sum of P of all.

    `able`: which classes count. The others as `chances_of` takes them.
    """
    chances = chances_of(columns, values, weights, intercepts)
    classes, found, used, total = np.empty(most, np.int64), np.empty(most), 0, 0.0
    for name in range(len(chances)):
        if not able[name]:
            continue
        total += chances[name]
        place = used
        while place and found[place - 1] < chances[name]:
            place -= 1
        if place == most:
            continue
        used = min(used + 1, most)
        for moved in range(used - 1, place, -1):
            classes[moved], found[moved] = classes[moved - 1], found[moved - 1]
        classes[place], found[place] = name, chances[name]
    return classes[:used], found[:used], total
