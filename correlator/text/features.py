"""Texts as sparse vectors: hashed words 1-2, characters 3-5 inside words, counts of the lexicon.

The hashed ones are the same features as scikit-learn's `HashingVectorizer` (`analyzer="word"`,
`ngram_range=(1, 2)`, and `analyzer="char_wb"`, `ngram_range=(3, 5)`, each part of length 1), made
in compiled loops: a ticket's answer waits for this.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from correlator.text.kernels.hashing import HASHED
from correlator.text.kernels.vectors import vector_of
from correlator.text.lexicon import Lexicon
from correlator.text.words import Forms, Words

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

_TEXTS_KEPT = 2_000  # all that the classifier learns from, and as many others

Sparse: TypeAlias = tuple[NDArray[np.int32], NDArray[np.float64]]


class Features:
    """Texts as vectors, by the words and terms of a catalog."""

    def __init__(self, words: Words, lexicon: Lexicon) -> None:
        self._words = words
        self._lexicon = lexicon
        self.width = HASHED + lexicon.width
        """Columns of a vector; those of the lexicon follow the hashed ones."""
        self.vector = lru_cache(_TEXTS_KEPT)(self._vector)
        """A text → (columns, values), not to be changed; the same texts come again, not least when
        they are learned from."""

    def forget(self) -> None:
        """Drop the texts and words that are held to be read faster."""
        self.vector.cache_clear()
        self._lexicon.forget()

    def _vector(self, forms: Forms) -> Sparse:
        codes = np.array(self._lexicon.codes(forms.letters), np.int64)
        return vector_of(spaced(forms.words), codes, self._lexicon.tables)

    def matrix(self, texts: Sequence[str]) -> csr_matrix:
        """Return the vectors of some texts as rows: shape (texts, width)."""
        # What is learned from alone is a matrix: whoever only reads does without SciPy.
        from scipy.sparse import csr_matrix  # noqa: PLC0415

        rows = [self.vector(self._words.forms(text)) for text in texts]
        ends = np.cumsum([0, *(len(columns) for columns, _ in rows)])
        columns = np.concatenate([c for c, _ in rows]) if rows else np.zeros(0, np.int64)
        values = np.concatenate([v for _, v in rows]) if rows else np.zeros(0)
        return csr_matrix((values, columns, ends), shape=(len(rows), self.width))


def spaced(words: str) -> NDArray[np.uint8]:
    """Return the letters of a normalised sentence, a space on each side."""
    return np.frombuffer(f" {words} ".encode(), np.uint8)
