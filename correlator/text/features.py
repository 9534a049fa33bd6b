"""Texts as sparse vectors: hashed words 1-2, characters 3-5 inside words, counts of the lexicon.

The hashed ones are the same features as scikit-learn's `HashingVectorizer` (`analyzer="word"`,
`ngram_range=(1, 2)`, and `analyzer="char_wb"`, `ngram_range=(3, 5)`, each part of length 1), made
of parts that are kept per word: hotline sentences use few words again and again, and a ticket's
answer waits for this.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.utils import murmurhash3_32

from correlator.text.lexicon import Lexicon
from correlator.text.words import Forms, Words

WORD_FEATURES = 2**12
CHARACTER_FEATURES = 2**13
HASHED = WORD_FEATURES + CHARACTER_FEATURES
"""Columns of what is hashed: words first. Those of the lexicon follow."""

_COUNT = 0.5
"""What a count of the lexicon weighs beside the hashed parts, which have length 1."""
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
def _characters(word: str) -> NDArray[np.int64]:
    padded = f" {word} "
    found = []
    for length in _GRAMS:
        grams = [padded[i : i + length] for i in range(max(1, len(padded) - length + 1))]
        found += [WORD_FEATURES + _hashed(gram, CHARACTER_FEATURES) for gram in grams]
        if len(padded) <= length:
            break  # a short word counts once
    return np.array(found, np.int64)


@njit(cache=True)
def _counted(found: NDArray[np.int64]) -> Sparse:
    """Return each column once, and how often it was found, words and characters of length 1."""
    counts = np.zeros(HASHED)
    columns = np.empty(len(found), np.int64)
    used = 0
    words = characters = 0.0
    for column in found:
        if counts[column] == 0.0:
            columns[used] = column
            used += 1
        # The square of a count that grows by one: n² + 2n + 1.
        if column < WORD_FEATURES:
            words += 2.0 * counts[column] + 1.0
        else:
            characters += 2.0 * counts[column] + 1.0
        counts[column] += 1.0
    values = np.empty(used)
    for place in range(used):
        length = words if columns[place] < WORD_FEATURES else characters
        values[place] = counts[columns[place]] / math.sqrt(length)
    return columns[:used], values


def hashed(plain: str) -> Sparse:
    """Return (columns, values) of a normalised sentence; both parts have length 1."""
    words = plain.split()
    longer = [word for word in words if len(word) >= _SHORTEST_WORD]
    pairs = [f"{one} {other}" for one, other in pairwise(longer)]
    heard = np.array([_word(text) for text in (*longer, *pairs)], np.int64)
    return _counted(np.concatenate([heard, *(_characters(word) for word in words)]))


class Features:
    """Texts as vectors, by the words and terms of a catalog."""

    def __init__(self, words: Words, lexicon: Lexicon) -> None:
        self._words = words
        self._lexicon = lexicon
        self.width = HASHED + lexicon.width
        """Columns of a vector."""

    def vector(self, forms: Forms) -> Sparse:
        """Return (columns, values) of a text."""
        columns, values = hashed(forms.words)
        counts = self._lexicon.read(forms.letters)
        own = np.array([HASHED + column for column, _ in counts], np.int64)
        weighed = np.array([_COUNT * count for _, count in counts])
        return np.concatenate([columns, own]), np.concatenate([values, weighed])

    def matrix(self, texts: Sequence[str]) -> csr_matrix:
        """Return the vectors of some texts as rows: shape (texts, width)."""
        rows = [self.vector(self._words.forms(text)) for text in texts]
        ends = np.cumsum([0, *(len(columns) for columns, _ in rows)])
        columns = np.concatenate([c for c, _ in rows]) if rows else np.zeros(0, np.int64)
        values = np.concatenate([v for _, v in rows]) if rows else np.zeros(0)
        return csr_matrix((values, columns, ends), shape=(len(rows), self.width))
