"""Symptom profiles π: the distribution of a failure's callers over symptoms, by rule.

From the catalog, as a prior, and from Dirichlet counts of the symptoms of tickets that belonged to
a rule's incidents:

    π = (κ·π_rule + counts) / (κ + Σ counts)

No incident counts for more than the rule itself. What an incident gives is decided by `feedback`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import msgspec
import numpy as np

from correlator.engine.arrays import Floats
from correlator.engine.detection.marks import MOST_MARKS, Marks, Shares
from correlator.engine.detection.tuning import TUNING
from correlator.model import UNNAMED
from rules.model import Catalog, Rule

Counts: TypeAlias = dict[str, float]


def blend(profile: Floats, symptoms: Sequence[str], counts: Counts) -> Floats:
    """Return π of a rule, from the catalog's and the counts; sums to what `profile` sums to."""
    learned = np.array([counts.get(name, 0.0) for name in symptoms])
    total = learned.sum()
    if not total:
        return profile
    mixed: Floats = (TUNING.profile_worth * profile + learned * profile.sum()) / (
        TUNING.profile_worth + total
    )
    return mixed


class Lesson(msgspec.Struct):
    """A lesson: what one incident has taught.

    `symptoms` by ticket; `taught`: counts by symptom; `given`: what is left of them in the rule's,
    which fade; `kinds`: of its alarms, once a person has confirmed it.
    """

    rule: str = ""
    symptoms: dict[str, str] = {}
    taught: Counts = {}
    given: Counts = {}
    kinds: tuple[str, ...] | None = None
    version: int = -1


class ProfileCounts:
    """The counts by rule, and what each incident that may still change gave to them."""

    def __init__(self) -> None:
        self.counts: dict[str, Counts] = {}
        self._lessons: dict[str, Lesson] = {}

    def lessons(self) -> list[str]:
        """Return the ids of the incidents with a lesson, which may still change."""
        return list(self._lessons)

    def lesson(self, incident: str) -> Lesson | None:
        """Return the lesson of an incident, None without one."""
        return self._lessons.get(incident)

    def learn(self, incident: str, version: int, symptoms: dict[str, str]) -> Lesson:
        """Record the symptoms, by ticket, of an incident of this version; returns its lesson."""
        lesson = self._lessons.setdefault(incident, Lesson())
        lesson.version = version
        lesson.symptoms |= symptoms
        return lesson

    def keep_kinds(self, lesson: Lesson, kinds: tuple[str, ...] | None) -> None:
        """Record the kinds of its alarms while an incident is confirmed; None: not any more."""
        lesson.kinds = kinds

    def give(self, lesson: Lesson, rule: str, symptoms: Counts) -> None:
        """Add these counts of an incident to its rule, in the place of those it gave before."""
        if (lesson.rule, lesson.taught) == (rule, symptoms):
            return
        before = self.counts.get(lesson.rule, {})
        for symptom, count in lesson.given.items():
            before[symptom] = max(0.0, before.get(symptom, 0.0) - count)
        lesson.rule, lesson.taught, lesson.given = rule, symptoms, dict(symptoms)
        if symptoms:
            counts = self.counts.setdefault(rule, {})
            for symptom, count in symptoms.items():
                counts[symptom] = counts.get(symptom, 0.0) + count
            self._fade(rule)

    def _fade(self, rule: str) -> None:
        """Scale the counts of a rule down to their bound, so that new ones still move them."""
        counts = self.counts[rule]
        factor = TUNING.most_counts / max(TUNING.most_counts, sum(counts.values()))
        if factor < 1.0:
            self.counts[rule] = {symptom: n * factor for symptom, n in counts.items()}
            for lesson in self._lessons.values():
                if lesson.rule == rule:
                    lesson.given = {symptom: n * factor for symptom, n in lesson.given.items()}

    def revoke(self, incident: str) -> None:
        """Take back the counts of an incident, and forget its lesson."""
        lesson = self._lessons.pop(incident, None)
        if lesson is not None:
            self.give(lesson, lesson.rule, {})

    def make_permanent(self, incident: str) -> None:
        """Make the counts of an incident permanent: forget its lesson."""
        self._lessons.pop(incident, None)

    def forget(self, symptom: str) -> None:
        """Drop the counts of a provisional symptom that is forgotten."""
        for counts in (*self.counts.values(), *(one.given for one in self._lessons.values())):
            counts.pop(symptom, None)

    def state(self) -> dict[str, Any]:
        """Return everything, for a snapshot."""
        return {"counts": self.counts, "lessons": self._lessons}

    def restore(self, state: dict[str, Any]) -> None:
        """Restore what `state` returned."""
        self.counts = state["counts"]
        self._lessons = msgspec.convert(state["lessons"], dict[str, Lesson])

    def carry_over(self, state: dict[str, Any], rules: frozenset[str]) -> None:
        """Restore a state of another catalog, as far as its rules are still there."""
        self.restore(state)
        self.counts = {rule: counts for rule, counts in self.counts.items() if rule in rules}
        self._lessons = {i: one for i, one in self._lessons.items() if one.rule in (*rules, "")}


class SymptomProfiles:
    """π of every rule, shape (rules, symptoms), in `matrix`; replaced whole by `refresh`.

    `of_marks`: the same with a column for each mark, and `mixtures`: what those are made of, see
    `marks.Marks`.
    """

    def __init__(self, catalog: Catalog, most_symptoms: int) -> None:
        """`most_symptoms`: that there can be; marks have the columns behind them."""
        self._rules = catalog.rules
        self._named = frozenset(symptom.id for symptom in catalog.symptoms) | {UNNAMED}
        self._no_faults = frozenset(s.id for s in catalog.symptoms if not s.fault)
        self._marks = Marks(most_symptoms)
        self._rates: Floats = np.zeros(0)
        self.matrix: Floats = np.zeros((len(self._rules), 0))
        self.of_marks: Floats = np.zeros((len(self._rules), most_symptoms + MOST_MARKS))
        self.mixtures: dict[int, Shares] = {}

    def likeliest(self, rule: int, names: Sequence[str]) -> str:
        """Return the symptom that a failure of a rule most likely has; `names`: by index."""
        return names[int(np.argmax(self.matrix[rule]))]

    def is_named(self, symptom: str) -> bool:
        """Return whether a symptom is in the catalog, or stands for none at all."""
        return symptom in self._named

    def is_fault(self, symptom: str) -> bool:
        """Return whether a network failure can cause this symptom."""
        return symptom not in self._no_faults

    def refresh(self, symptoms: Sequence[str], rates: Floats, learned: dict[str, Counts]) -> None:
        """Compute π[rule, symptom]: listed weights; others by usual rate, non-faults 0.

        "No symptom" is missing at random: its share of a failure's calls is its share of all.
        `learned`: counts by rule and symptom, from the cell's verdicts.
        """
        named = [name if self.is_fault(name) else "" for name in symptoms]
        self.matrix = np.array(
            [
                blend(self._of(rule, symptoms, rates), named, learned.get(rule.id, {}))
                for rule in self._rules
            ]
        )
        self._rates = rates.copy()
        self._mix_all()

    def mark(self, symptom: int, shares: Iterable[tuple[int, float]]) -> int:
        """Return the column of a call, of which `symptom` is the likeliest."""
        found = self._marks.number(symptom, shares)
        if found != symptom and found not in self.mixtures:
            self._mix([found])
        return found

    def _mix_all(self) -> None:
        self.of_marks[:, : self.matrix.shape[1]] = self.matrix
        self._mix(self._marks.columns())

    def _mix(self, columns: Iterable[int]) -> None:
        """Compute π of marks."""
        for column in columns:
            parts = self.mixtures[column] = self._marks.mixture(column, self._rates)
            self.of_marks[:, column] = sum(w * self.matrix[:, symptom] for symptom, w in parts)

    def _of(self, rule: Rule, symptoms: Sequence[str], rates: Floats) -> Floats:
        if isinstance(rule.symptoms, str):
            fault = np.array([name not in self._named for name in symptoms], np.float64)
            return np.where(fault > 0, 1.0 - rule.other_symptoms, 0.0)
        weights = np.array([rule.symptoms.get(name, 0.0) for name in symptoms])
        rest = np.array(
            [
                0.0 if weights[i] > 0 or name in self._no_faults or name == UNNAMED else rates[i]
                for i, name in enumerate(symptoms)
            ]
        )
        profile: Floats = (1.0 - rule.other_symptoms) * weights / weights.sum()
        if rest.sum() > 0:
            profile += rule.other_symptoms * rest / rest.sum()
        # Missing at random: whether a symptom is recorded does not depend on what has failed.
        unnamed = np.array([name == UNNAMED for name in symptoms])
        unsaid = float(rates[unnamed].sum() / max(rates.sum(), 1e-300))
        return np.where(unnamed, unsaid, (1.0 - unsaid) * profile)

    def state(self) -> dict[str, Any]:
        """Return π as it stands, for a snapshot."""
        return {"matrix": self.matrix, "rates": self._rates, "marks": self._marks.state()}

    def restore(self, state: dict[str, Any]) -> None:
        """Restore what `state` returned."""
        self.matrix, self._rates = state["matrix"], state["rates"]
        self._marks.restore(state["marks"])
        self._mix_all()
