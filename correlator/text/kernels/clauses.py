"""Compiled loop over the clauses of a text: what is counted of its terms; see `lexicon`."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

from correlator.text.kernels.terms import (
    ABOUT,
    BREAKS,
    COMMA,
    FINE,
    OTHER,
    SAYS,
    SIGN,
    TROUBLE,
    Ints,
    Tables,
    end_of,
    kind_of,
    matched,
    shown,
    split,
    start_of,
    symptom_of,
)

Columns: TypeAlias = NDArray[np.int32]
Floats: TypeAlias = NDArray[np.float64]

FEATURES = (
    "said", "said again", "in trouble", "in trouble again", "in order", "named", "named after",
    "said in order",
)  # fmt: skip
"""What is counted of each symptom: terms that say it, beside a word of trouble or none, and beside
its opposite; terms about it in trouble, in order, in a clause that says nothing of the kind, and in
one after a clause with trouble."""

REST = ("other", "trouble", "length")
"""What is counted of the whole: terms of other business, words of trouble, ln(1 + words)."""

_EACH = len(FEATURES)
_SAID, _AGAIN, _TROUBLE, _TROUBLE_AGAIN, _ORDER, _NAMED, _AFTER, _SAID_ORDER = range(_EACH)
_MOST = (1.0, 2.0, 1.0, 2.0, 1.0, 1.0, 1.0, 1.0)
"""Counts beyond say no more."""
_MOST_REST = 2.0
_NOTHING = -1  # a clause without a word of trouble or of its opposite


@njit(cache=True)
def _away(hit: int, state: int) -> int:
    """Return twice the words between, and 1 more where the state comes first: later ones win."""
    if start_of(state) >= end_of(hit):
        return 2 * (start_of(state) - end_of(hit))
    if end_of(state) <= start_of(hit):
        return 2 * (start_of(hit) - end_of(state)) + 1
    return -1 if start_of(state) < start_of(hit) else -2


@njit(cache=True)
def _feature(hit: int, inside: Ints, before: int, symptoms: int) -> int:
    """Return as what a term counts: by the nearest word of trouble or its opposite.

    `inside`: the hits of its clause; `before`: what the clause before it says, if it goes on.
    """
    near, least = _NOTHING, 0
    for other in inside:
        kind = kind_of(other, symptoms)
        if kind in (FINE, TROUBLE) and (near == _NOTHING or _away(hit, other) < least):
            near, least = kind, _away(hit, other)
    if kind_of(hit, symptoms) == SAYS:
        return _SAID_ORDER if near == FINE else _SAID
    if near != _NOTHING:
        return _TROUBLE if near == TROUBLE else _ORDER
    return _AFTER if before == TROUBLE else _NAMED


@njit(cache=True)
def _count(counts: Floats, symptom: int, feature: int) -> None:
    column = symptom * _EACH + feature
    if feature in (_SAID, _TROUBLE) and counts[column] > 0.0:
        column, feature = column + 1, feature + 1  # said, or in trouble, again
    counts[column] = min(counts[column] + 1.0, _MOST[feature])


@njit(cache=True)
def _clause(inside: Ints, before: int, symptoms: int, counts: Floats) -> int:
    """Count the terms of a clause; return what it says: trouble, its opposite, or `before`."""
    says = before
    for hit in inside:
        kind = kind_of(hit, symptoms)
        if kind in (SAYS, ABOUT):
            feature = _feature(hit, inside, before, symptoms)
            _count(counts, symptom_of(hit, symptoms), feature)
        elif kind in (FINE, TROUBLE):
            says = kind
    return says


@njit(cache=True)
def read_clauses(hits: Ints, signs: Ints, symptoms: int, counts: Floats) -> None:
    """Count the hits of a text, clause by clause, into `counts`: shape (symptoms · features + 3,).

    `hits`: those that are shown; `signs`: of each word what stands before it.
    """
    cuts = signs.copy()
    rest = symptoms * _EACH
    for hit in hits:
        kind = kind_of(hit, symptoms)
        if kind == BREAKS:
            cuts[start_of(hit)] = SIGN
        elif kind == OTHER:
            counts[rest] = min(counts[rest] + 1.0, _MOST_REST)
        elif kind == TROUBLE:
            counts[rest + 1] = min(counts[rest + 1] + 1.0, _MOST_REST)
    says, first, last = _NOTHING, 0, 0
    for end in range(1, len(cuts) + 1):
        if end < len(cuts) and cuts[end] == 0:
            continue
        while last < len(hits) and start_of(hits[last]) < end:
            last += 1
        says = _clause(hits[first:last], says, symptoms, counts)
        first = last
        if end < len(cuts) and cuts[end] != COMMA:
            says = _NOTHING  # the next clause does not go on
    counts[rest + 2] = math.log1p(len(cuts))


@njit(cache=True)
def counts_of(codes: Ints, tables: Tables) -> tuple[Columns, Floats]:
    """Return (features, counts) of a text, features ascending; both shape (features it has,).

    `codes`: as in `split`.
    """
    words, signs = split(codes)
    counts = np.zeros(tables.symptoms * _EACH + len(REST))
    hits = shown(matched(words, signs, tables), tables.symptoms)
    read_clauses(hits, signs, tables.symptoms, counts)
    columns, used = np.empty(len(counts), np.int32), 0
    for column in range(len(counts)):
        if counts[column] > 0.0:
            columns[used], counts[used] = column, counts[column]
            used += 1
    return columns[:used], counts[:used]
