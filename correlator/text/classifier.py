"""Which symptoms a text says: linear models that learn from the tickets that agents typed.

Weakly they learn from those without a category that a confirmed incident explains.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from correlator.text.kernels.vectors import chances_of, likeliest
from correlator.text.lessons import Beginning
from correlator.text.words import Forms
from rules.sentences import OTHER

if TYPE_CHECKING:
    from sklearn.linear_model import SGDClassifier

Floats: TypeAlias = NDArray[np.float64]
Shares: TypeAlias = tuple[tuple[str, float], ...]
Row: TypeAlias = tuple[str, str, float, str]  # text, symptom, weight, whose: the ticket

_KEPT = 1_000  # typed tickets that a rebuild learns from, and most that a training takes
_BATCH = 200  # typed tickets that make a training worth its time
_PAUSE = 24 * 3_600_000  # ms between trainings, once the first few are done
_FIRST_TRAININGS = 4
_ROUNDS = 8  # times that a rebuild looks at each typed ticket
_CACHED = 5_000
_REST = ("", OTHER)
"""Classes that are no symptom: two, so that there are always more than two."""
_PENALTY = 1e-5  # on large weights
_STEP = 0.1  # of the descent
_NAMED = 0.5  # P(symptom) from which a text is given its name
_FITS = 0.85  # below, the text may be about something that nobody has named yet
_PLAIN = 0.9  # from here on the text is believed, not a category: agents pick 7-15 % wrong
_LEAST = 0.2  # share of a symptom that is told
_MOST = 3  # symptoms that are told
_ALONE = 0.75  # share from which a symptom stands alone


class Guess(NamedTuple):
    """What a text seems to say.

    `symptom`: the likeliest, or None where it says nothing; `probability`: P(it says that symptom);
    `fits`: so likely that it is about nothing new; `plain`: so likely, by what this hotline's own
    agents call such texts, that whoever says otherwise is wrong. `shares`: the distribution over
    symptoms, largest first; what is missing to 1 says nothing; empty where it says one alone.
    """

    symptom: str | None
    probability: float
    fits: bool
    plain: bool = False
    shares: Shares = ()


NOTHING = Guess(None, 0.0, fits=False)


class SymptomClassifier:
    """Text → symptoms. Trained in batches by `train`, never while predicting."""

    def __init__(self, beginning: Beginning) -> None:
        self._beginning = beginning
        self._kept: deque[Row] = deque(maxlen=_KEPT)
        self._waiting: deque[Row] = deque(maxlen=_KEPT)
        self._trainings = 0
        self._trained = 0
        self._cache: dict[str, Guess] = {}
        self._rebuild()

    def learn(self, text: str, symptom: str, weight: float = 1.0, ticket: str = "") -> None:
        """Keep a ticket for the next training; `weight`: 1 for one that an agent has typed."""
        if text:
            self._waiting.append((text, symptom, weight, ticket))

    def read(self, text: str, symptom: str | None, ticket: str = "") -> Guess:
        """Return the likeliest symptom of a ticket's text; learns from it where it is typed."""
        if symptom:
            self.learn(text, symptom, ticket=ticket)
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
        batch = list(self._waiting)
        self._waiting.clear()
        self._kept.extend(batch)
        if {symptom for _, symptom, *_ in batch} <= set(self._classes):
            self._fit(batch, 1)
        else:
            self._rebuild()

    def _rebuild(self) -> None:
        """Begin anew, and learn from all that is kept."""
        begun = self._beginning
        classes = {*begun.weights, *(symptom for _, symptom, *_ in self._kept), *_REST}
        weights, intercepts = zip(*map(begun.of, sorted(classes)), strict=True)
        self._set(sorted(classes), np.array(weights), np.array(intercepts), 1.0)
        self._fit(self._kept, _ROUNDS)

    def _set(self, classes: list[str], weights: Floats, intercepts: Floats, step: float) -> None:
        self._classes, self._coef, self._intercept, self._step = classes, weights, intercepts, step
        self._symptoms = np.array([name not in _REST for name in classes], np.bool_)
        self._learned()

    def _fit(self, rows: Collection[Row], rounds: int) -> None:
        if not rows:
            return
        texts, symptoms, weights, _ = map(list, zip(*rows, strict=True))
        model = self._descent()
        model.partial_fit(
            self._beginning.features.matrix(texts * rounds),
            np.array(symptoms * rounds),
            sample_weight=np.array(weights * rounds),
        )
        self._coef, self._intercept, self._step = model.coef_, model.intercept_, float(model.t_)
        self._learned()

    def _descent(self) -> SGDClassifier:
        """Return a model that goes on from the weights here; training changes them in place."""
        # Only a training needs them, and they take longer to import than all the rest.
        from scipy.sparse import csr_matrix  # noqa: PLC0415
        from sklearn.linear_model import SGDClassifier  # noqa: PLC0415

        model = SGDClassifier(
            loss="log_loss", alpha=_PENALTY, learning_rate="constant", eta0=_STEP, random_state=0
        )
        # The first call says which classes and columns there are.
        nothing = csr_matrix((len(self._classes), self._beginning.features.width))
        model.partial_fit(nothing, self._classes, classes=self._classes)
        model.coef_, model.intercept_, model.t_ = self._coef, self._intercept, self._step
        return model

    def _learned(self) -> None:
        """Read with the weights that there are from now on."""
        self._weights = np.ascontiguousarray(self._coef.T)
        self._cache.clear()

    def predict(self, text: str) -> Guess:
        """Return what a text seems to say."""
        forms = self._beginning.words.forms(text)
        found = self._cache.get(forms.letters)
        if found is None:
            if len(self._cache) >= _CACHED:
                self._cache.clear()
            found = self._cache[forms.letters] = self._predict(forms)
        return found

    def forget_texts(self) -> None:
        """Drop the texts that are held to be read faster."""
        self._cache.clear()
        self._beginning.words.forget()
        self._beginning.features.forget()

    def chances(self, text: str) -> dict[str, float]:
        """Return P(the text says it) of each symptom; nothing for a text without a word."""
        columns, values = self._beginning.features.vector(self._beginning.words.forms(text))
        if not len(columns):
            return {}
        chances = chances_of(columns, values, self._weights, self._intercept)
        found = zip(self._classes, chances.tolist(), strict=True)
        return {symptom: chance for symptom, chance in found if symptom not in _REST}

    def _predict(self, forms: Forms) -> Guess:
        columns, values = self._beginning.features.vector(forms)
        if not len(columns):
            return NOTHING
        model = self._weights, self._intercept, self._symptoms
        classes, chances, total = likeliest(columns, values, *model, _MOST)
        if not len(classes):
            return NOTHING
        said = list(
            zip((self._classes[i] for i in classes.tolist()), chances.tolist(), strict=True)
        )
        symptom, chance = said[0]
        fits = chance >= _FITS
        plain = chance >= _PLAIN and self._trainings > 0
        shares = _shares(said, max(1.0, total))
        return Guess(symptom if chance >= _NAMED else None, chance, fits, plain, shares)

    def state(self) -> dict[str, Any]:
        """Return what has been learned, for a snapshot."""
        return {
            "begun": self._beginning.signature,
            "kept": list(self._kept),
            "waiting": list(self._waiting),
            "trainings": self._trainings,
            "trained": self._trained,
            "classes": self._classes,
            "coef": self._coef,
            "intercept": self._intercept,
            "steps": self._step,
        }

    def carry_over(self, state: dict[str, Any]) -> None:
        """Take typed tickets over from a model with other examples, and learn all of them anew.

        With the same examples and words it goes on as it was: only rules are others.
        """
        if state["begun"] == self._beginning.signature:
            self.restore(state)
            return
        self._remember(state)
        self._rebuild()

    def _remember(self, state: dict[str, Any]) -> None:
        self._trainings, self._trained = state["trainings"], state["trained"]
        self._kept = deque(map(tuple, state["kept"]), maxlen=_KEPT)
        self._waiting = deque(map(tuple, state["waiting"]), maxlen=_KEPT)

    def restore(self, state: dict[str, Any]) -> None:
        """Stand where `state` was taken."""
        self._remember(state)
        # Copies: a training changes them in place.
        weights, intercepts = np.array(state["coef"]), np.array(state["intercept"])
        self._set(list(state["classes"]), weights, intercepts, state["steps"])


def _shares(said: Sequence[tuple[str, float]], total: float) -> Shares:
    """Return the distribution: a text that says two symptoms is half about each.

    `said`: symptoms and P of each, largest first; `total`: what counts as all of them.
    """
    if said[0][1] / total >= _ALONE:
        return ()
    shares = ((symptom, chance / total) for symptom, chance in said)
    return tuple((symptom, round(share, 3)) for symptom, share in shares if share >= _LEAST)
