"""What the reader of a catalog starts from: fitted to its sentences, the same for the same ones.

One logistic regression for each symptom (a text may say several), over the counts of the lexicon
and hashed words and characters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from correlator.text.features import Features
from correlator.text.lexicon import Lexicon
from correlator.text.words import Words
from rules.model import Catalog, Language, Sentence

if TYPE_CHECKING:
    from sklearn.linear_model import LogisticRegression

Bools: TypeAlias = NDArray[np.bool_]
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


class Fit(NamedTuple):
    """What the sentences say: a symptom's row for each that sentences are of.

    `weights`: shape (symptoms, width of the features); `intercepts`: shape (symptoms,).
    """

    symptoms: tuple[str, ...]
    weights: Floats
    intercepts: Floats


class Fits(Protocol):
    """Where fits are kept, so that not every process has to make its own."""

    def __hash__(self) -> int:
        """Return the same for the same place."""

    def get(self, key: str, width: int) -> Fit | None:
        """Return what is kept under a key, of so many features; None where nothing sound is."""

    def put(self, key: str, fit: Fit) -> None:
        """Keep a fit, if that is possible."""


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


Begin: TypeAlias = Callable[[Catalog], Beginning]


def begin(catalog: Catalog, fits: Fits | None = None) -> Beginning:
    """Return what the reader of a catalog starts from; held for the catalogs asked for last.

    `fits`: where it is looked for before it is fitted, and kept afterwards.
    """
    examples = (Sentence(t, (one.id,)) for one in catalog.symptoms for t in one.examples)
    vague = (Sentence(text, ()) for text in catalog.language.vague)
    key = _Key(
        tuple(symptom.id for symptom in catalog.symptoms),
        (*catalog.sentences, *examples, *vague),
        msgspec.json.encode(catalog.language),
    )
    return _begun(key, fits)


@lru_cache(_KEPT)
def _begun(key: _Key, fits: Fits | None) -> Beginning:
    language = msgspec.json.decode(key.language, type=Language)
    words = Words(language)
    features = Features(words, Lexicon(language, key.symptoms))
    digest = sha256(msgspec.json.encode(key)).hexdigest()
    fit = None if fits is None else fits.get(digest, features.width)
    if fit is None:
        fit = _fit(key, features)
        if fits is not None:
            fits.put(digest, fit)
    weights = dict(zip(fit.symptoms, fit.weights, strict=True))
    intercepts = dict(zip(fit.symptoms, fit.intercepts.tolist(), strict=True))
    return Beginning(words, features, weights, intercepts, digest[:16])


def _fit(key: _Key, features: Features) -> Fit:
    rows = features.matrix([sentence.text for sentence in key.sentences])
    symptoms, weights, intercepts = [], [], []
    for symptom, said, used in _taught(key):
        model = _regression(int(used.sum())).fit(rows[used], said[used])
        symptoms.append(symptom)
        weights.append(_SLOPE * model.coef_[0])
        intercepts.append(_SLOPE * float(model.intercept_[0]) + _SHIFT)
    shape = (len(symptoms), features.width)
    return Fit(tuple(symptoms), np.reshape(weights, shape), np.array(intercepts, np.float64))


def _taught(key: _Key) -> Iterator[tuple[str, Bools, Bools]]:
    """Yield symptoms that sentences are of: which say it, and which are learned from at all."""
    for symptom in key.symptoms:
        # What a text may be taken for besides is no counterexample.
        said = np.array([symptom in sentence.symptoms for sentence in key.sentences], np.bool_)
        told = np.array([symptom not in sentence.also for sentence in key.sentences], np.bool_)
        used = said | told
        if 0 < said.sum() < used.sum():
            yield symptom, said, used


def _regression(sentences: int) -> LogisticRegression:
    # Not needed where a fit is kept, and it takes longer to import than all the rest.
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    return LogisticRegression(
        C=_FREEDOM / sentences, solver="liblinear", dual=True, tol=_TOLERANCE, random_state=0
    )
