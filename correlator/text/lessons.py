"""What the reader of a catalog starts from: fitted to its sentences, the same for the same ones.

One logistic regression for each symptom (a text may say several), over the counts of the lexicon
and hashed words and characters.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from correlator.text.features import Features
from correlator.text.lexicon import Lexicon
from correlator.text.words import Words
from rules.model import Catalog, Language, Sentence

Floats: TypeAlias = NDArray[np.float64]

_KEPT = 4
_FREEDOM = 8_000.0
"""C of the regression, times the number of sentences: few are learned well, and what is unlike all
of them stays unnamed. At 2,700 sentences C is 3, the best of 0.3, 1 and 3 in cross-validation."""
_TOLERANCE = 0.1  # of the dual; a smaller one costs ten times as long and reads no better
_SLOPE, _SHIFT = 1.43, 0.95
"""Of the log odds: Platt scaling (1999), fitted on texts that the regression has not seen, which it
is too cautious about. `python -m tests.benchmarks.reading` prints them."""
_UNHEARD = -3.0
"""Intercept of a class that no sentence is of: one in twenty."""


class _Key(NamedTuple):
    """All that a beginning depends on."""

    symptoms: tuple[str, ...]
    sentences: tuple[Sentence, ...]
    language: bytes


class Beginning(NamedTuple):
    """Words, features and weights before a ticket has come.

    `weights[symptom]`: of each feature; `intercepts[symptom]`. `signature`: 16 hexadecimal digits
    over all that it depends on.
    """

    words: Words
    features: Features
    weights: dict[str, Floats]
    intercepts: dict[str, float]
    signature: str

    def of(self, symptom: str) -> tuple[Floats, float]:
        """Return weights and intercept of a symptom; of one never heard, next to nothing."""
        if symptom in self.weights:
            return self.weights[symptom], self.intercepts[symptom]
        return np.zeros(self.features.width), _UNHEARD


def begin(catalog: Catalog) -> Beginning:
    """Return what the reader of a catalog starts from; kept for the catalogs asked for last."""
    examples = (Sentence(t, (one.id,)) for one in catalog.symptoms for t in one.examples)
    vague = (Sentence(text, ()) for text in catalog.language.vague)
    key = _Key(
        tuple(symptom.id for symptom in catalog.symptoms),
        (*catalog.sentences, *examples, *vague),
        msgspec.json.encode(catalog.language),
    )
    return _begun(key)


@lru_cache(_KEPT)
def _begun(key: _Key) -> Beginning:
    language = msgspec.json.decode(key.language, type=Language)
    words = Words(language)
    features = Features(words, Lexicon(language, key.symptoms))
    rows = features.matrix([sentence.text for sentence in key.sentences])
    weights, intercepts = {}, {}
    for symptom in key.symptoms:
        # What a text may be taken for besides is no counterexample.
        said = np.array([symptom in sentence.symptoms for sentence in key.sentences], np.bool_)
        told = np.array([symptom not in sentence.also for sentence in key.sentences], np.bool_)
        used = said | told
        if 0 < said.sum() < used.sum():
            model = _regression(int(used.sum())).fit(rows[used], said[used])
            weights[symptom] = _SLOPE * model.coef_[0]
            intercepts[symptom] = _SLOPE * float(model.intercept_[0]) + _SHIFT
    signature = sha256(msgspec.json.encode(key)).hexdigest()[:16]
    return Beginning(words, features, weights, intercepts, signature)


def _regression(sentences: int) -> LogisticRegression:
    return LogisticRegression(
        C=_FREEDOM / sentences, solver="liblinear", dual=True, tol=_TOLERANCE, random_state=0
    )
