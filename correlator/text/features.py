"""Sentences as sparse vectors: hashed words 1-2 and characters 3-5 inside words.

The same features as scikit-learn's `HashingVectorizer` (`analyzer="word"`, `ngram_range=(1, 2)`,
and `analyzer="char_wb"`, `ngram_range=(3, 5)`, each part of length 1), made of parts that are kept
per word: hotline sentences use few words again and again, and a ticket's answer waits for this.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from math import sqrt
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.utils import murmurhash3_32

WORD_FEATURES = 2**12
CHARACTER_FEATURES = 2**13
WIDTH = WORD_FEATURES + CHARACTER_FEATURES
"""Columns of a vector: words first."""

_SHORTEST_WORD = 2
_GRAMS = (3, 4, 5)
_WORDS_KEPT = 20_000
_PAIRS_KEPT = 50_000

Sparse: TypeAlias = tuple[NDArray[np.int64], NDArray[np.float64]]


def _hashed(text: str, features: int) -> int:
    return int(abs(murmurhash3_32(text, seed=0)) % features)


@lru_cache(_PAIRS_KEPT)
def _word(text: str) -> int:
    return _hashed(text, WORD_FEATURES)


@lru_cache(_WORDS_KEPT)
def _characters(word: str) -> tuple[int, ...]:
    padded = f" {word} "
    found = []
    for length in _GRAMS:
        grams = [padded[i : i + length] for i in range(max(1, len(padded) - length + 1))]
        found += [WORD_FEATURES + _hashed(gram, CHARACTER_FEATURES) for gram in grams]
        if len(padded) <= length:
            break  # a short word counts once
    return tuple(found)


def vector(plain: str) -> Sparse:
    """Return (columns, values) of a normalised sentence; both parts have length 1."""
    words = plain.split()
    longer = [word for word in words if len(word) >= _SHORTEST_WORD]
    pairs = [f"{one} {other}" for one, other in pairwise(longer)]
    counts = Counter(_word(text) for text in (*longer, *pairs))
    characters: Counter[int] = Counter()
    for word in words:
        characters.update(_characters(word))
    columns = np.array([*counts, *characters], np.int64)
    values = np.array([*_unit(counts), *_unit(characters)])
    return columns, values


def _unit(counts: Counter[int]) -> list[float]:
    length = sqrt(sum(count * count for count in counts.values())) or 1.0
    return [count / length for count in counts.values()]


def matrix(plain: Sequence[str]) -> csr_matrix:
    """Return the vectors of some sentences as rows: shape (sentences, WIDTH)."""
    rows = [vector(text) for text in plain]
    ends = np.cumsum([0, *(len(columns) for columns, _ in rows)])
    columns = np.concatenate([c for c, _ in rows]) if rows else np.zeros(0, np.int64)
    values = np.concatenate([v for _, v in rows]) if rows else np.zeros(0)
    return csr_matrix((values, columns, ends), shape=(len(rows), WIDTH))
