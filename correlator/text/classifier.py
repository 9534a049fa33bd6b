"""A linear model over hashed words and characters; learns from the tickets that agents typed."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import SGDClassifier

from correlator.text.features import WIDTH, matrix, vector
from correlator.text.words import VAGUE, normalise

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

_KEPT = 1_000  # typed tickets that a rebuild learns from, and most that a training takes
_BATCH = 200  # typed tickets that make a training worth its time
_PAUSE = 24 * 3_600_000  # ms between trainings, once the first few are done
_FIRST_TRAININGS = 4
_ROUNDS = 8  # times that a rebuild looks at each sentence, at least
_LOOKS = 4_000  # in all, at least: few examples are learned well, unheard words stay unnamed
_CACHED = 5_000
_NO_NAME = ""  # the class of sentences that name no symptom
_PENALTY = 1e-5  # on large weights
_STEP = 0.7  # of the descent: steps that shrink forget how to learn, large ones jump about
_SURE = 0.5  # below this probability the symptom stays unnamed
_PLAIN = 0.8  # from here on the text is believed rather than a category: agents pick 7-15 % wrong


class Guess(NamedTuple):
    """What a text seems to say: the symptom, or None where it says nothing, and its probability.

    `fits`: the symptom suits the text, it is not only likelier than all the others. `plain`: so
    well, by what this hotline's own agents call such texts, that whoever says otherwise is wrong.
    """

    symptom: str | None
    probability: float
    fits: bool
    plain: bool = False


class SymptomClassifier:
    """Text → (symptom, probability). Trained in batches by `train`, never while predicting."""

    def __init__(self, examples: Mapping[str, Sequence[str]]) -> None:
        """`examples`: sentences per symptom, from the catalog; may be empty."""
        self._examples = [(normalise(t), s) for s, texts in examples.items() for t in texts]
        self._examples += [(normalise(t), _NO_NAME) for t in VAGUE if examples]
        self._kept: deque[tuple[str, str]] = deque(maxlen=_KEPT)
        self._waiting: deque[tuple[str, str]] = deque(maxlen=_KEPT)
        self._trainings = 0
        self._trained = 0
        self._model: SGDClassifier | None = None
        self._cache: dict[str, Guess] = {}
        self._rebuild()

    def learn(self, text: str, symptom: str) -> None:
        """Keep a typed ticket for the next training."""
        if text:
            self._waiting.append((text, symptom))

    def read(self, text: str, symptom: str | None) -> Guess:
        """Return the likeliest symptom of a ticket's text; learns from it where it is typed."""
        if symptom:
            self.learn(text, symptom)
        return self.predict(text)

    def train(self, now: int) -> None:
        """Learn from the latest typed tickets, now and then; a new symptom rebuilds the model.

        `now`: ms.
        """
        early = self._trainings >= _FIRST_TRAININGS and now < self._trained + _PAUSE
        if len(self._waiting) < _BATCH or early:
            return
        self._trainings += 1
        self._trained = now
        batch = [(normalise(text), symptom) for text, symptom in self._waiting]
        self._waiting.clear()
        self._kept.extend(batch)
        known = set() if self._model is None else set(self._model.classes_)
        if {symptom for _, symptom in batch} <= known and self._model is not None:
            self._model.partial_fit(matrix([t for t, _ in batch]), [s for _, s in batch])
            self._cache.clear()
        else:
            self._rebuild()

    def _rebuild(self) -> None:
        rows = self._examples + list(self._kept)
        classes = sorted({symptom for _, symptom in rows})
        self._model = None
        self._cache.clear()
        if len(classes) < 2:
            return
        features = matrix([t for t, _ in rows])
        symptoms = np.array([s for _, s in rows])
        again = np.tile(np.arange(len(rows)), max(_ROUNDS, _LOOKS // len(rows)))
        self._model = _model()
        self._model.partial_fit(features[again], symptoms[again], classes=classes)

    def predict(self, text: str) -> Guess:
        """Return the likeliest symptom of a text."""
        plain = normalise(text)
        if self._model is None or not plain:
            return Guess(None, 0.0, fits=False)
        found = self._cache.get(plain)
        if found is None:
            if len(self._cache) >= _CACHED:
                self._cache.clear()
            found = self._cache[plain] = self._predict(plain)
        return found

    def _predict(self, plain: str) -> Guess:
        if self._model is None:
            return Guess(None, 0.0, fits=False)
        columns, values = vector(plain)
        best, share, score = _likeliest(columns, values, self._model.coef_, self._model.intercept_)
        name = str(self._model.classes_[best])
        symptom = name if share >= _SURE and name != _NO_NAME else None
        # The shares sum to one, so some symptom is likely even for words never seen before; the
        # decision against all the rest says whether it is this one.
        fits = symptom is not None and score > 0.0 and len(self._model.intercept_) > 1
        return Guess(symptom, share, fits, fits and share >= _PLAIN and self._trainings > 0)

    def state(self) -> dict[str, Any]:
        """Return what has been learned, for a snapshot."""
        model = self._model
        return {
            "kept": list(self._kept),
            "waiting": list(self._waiting),
            "trainings": self._trainings,
            "trained": self._trained,
            "classes": [] if model is None else [str(c) for c in model.classes_],
            "coef": np.zeros((0, 0)) if model is None else model.coef_,
            "intercept": np.zeros(0) if model is None else model.intercept_,
            "steps": 0.0 if model is None else float(model.t_),
        }

    def carry_over(self, state: dict[str, Any]) -> None:
        """Take typed tickets over from a model with other examples, and learn all of them anew."""
        self._remember(state)
        self._rebuild()

    def _remember(self, state: dict[str, Any]) -> None:
        self._trainings, self._trained = state["trainings"], state["trained"]
        self._kept = deque(((t, s) for t, s in state["kept"]), maxlen=_KEPT)
        self._waiting = deque(((t, s) for t, s in state["waiting"]), maxlen=_KEPT)
        self._cache.clear()

    def restore(self, state: dict[str, Any]) -> None:
        """Stand where `state` was taken."""
        self._remember(state)
        self._model = None
        if not state["classes"]:
            return
        model = _model()
        classes = np.array(state["classes"])
        model.partial_fit(csr_matrix((len(classes), WIDTH)), classes, classes=classes)
        model.coef_, model.intercept_ = state["coef"], state["intercept"]
        model.t_ = state["steps"]
        self._model = model


def _model() -> SGDClassifier:
    return SGDClassifier(
        loss="log_loss", alpha=_PENALTY, learning_rate="constant", eta0=_STEP, random_state=0
    )


@njit(cache=True)
def _likeliest(
    columns: Ints, values: Floats, weights: Floats, intercept: Floats
) -> tuple[int, float, float]:
    """Return (class, its share, its score against all the rest) of a text's features.

    One against the rest, normalised, as scikit-learn's `predict_proba` does. Two classes have one
    row of weights: that of the second.
    """
    scores = intercept.copy()
    for row in range(len(scores)):
        for place in range(len(columns)):
            scores[row] += weights[row, columns[place]] * values[place]
    if len(scores) == 1:
        scores = np.array([-scores[0], scores[0]])
    shares = 1.0 / (1.0 + np.exp(-scores))
    best = int(np.argmax(shares))
    return best, shares[best] / shares.sum(), scores[best]
