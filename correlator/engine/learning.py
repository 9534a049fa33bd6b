"""What the cell's verdicts teach: how callers of a failure spread over symptoms, what alarms mean.

Per rule, Dirichlet counts of the symptoms of tickets that belonged to it:

    π = (κ·π_rule + counts) / (κ + Σ counts)

A confirmed incident gives each of its linked tickets in full, one that closed without a rejection
and with enough tickets a part, a person's own link always in full; a rejected incident gives
nothing and takes back what it gave. No incident counts for more than the rule itself. Alarms are
told as well whether customers followed them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from correlator.engine.live import Live
from correlator.model import LinkState, State

if TYPE_CHECKING:
    from correlator.engine.parts import Parts

Floats: TypeAlias = NDArray[np.float64]
Counts: TypeAlias = dict[str, float]

_KAPPA = 50.0  # tickets that the rule's own profile is worth
_MOST = 500.0  # tickets that a rule remembers; beyond that all fade in proportion
_IN_FULL = 1.0
_IN_PART = 0.25  # of a ticket, when nobody confirmed its incident
_MOST_CONFIRMED = 50.0  # tickets that one incident counts for, however large, when confirmed
_MOST_UNJUDGED = 5.0  # and when nobody said anything
_ENOUGH = 8  # linked tickets of an incident that nobody confirmed
_SAID = 2.0  # alarms that a person's confirmation is worth, beside the alarm itself


def blend(profile: Floats, symptoms: list[str], counts: Mapping[str, float]) -> Floats:
    """Return π of a rule, from the catalog's and the counts; sums to what `profile` sums to."""
    learned = np.array([counts.get(name, 0.0) for name in symptoms])
    total = learned.sum()
    if not total:
        return profile
    mixed: Floats = (_KAPPA * profile + learned * profile.sum()) / (_KAPPA + total)
    return mixed


class Lesson(msgspec.Struct):
    """What one incident has taught.

    `symptoms` by ticket; `taught`: counts by symptom; `given`: what is left of them in the rule's,
    which fade; `kinds`: of its alarms, once a person has confirmed it.
    """

    rule: str = ""
    symptoms: dict[str, str] = {}
    taught: Counts = {}
    given: Counts = {}
    kinds: tuple[str, ...] | None = None
    version: int = -1


class Learned:
    """The counts by rule, and what each incident that may still change gave to them."""

    def __init__(self) -> None:
        self.counts: dict[str, Counts] = {}
        self.lessons: dict[str, Lesson] = {}

    def give(self, lesson: Lesson, rule: str, symptoms: Counts) -> None:
        """Let an incident give this, in the place of what it gave before."""
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
        """Keep the counts of a rule small enough to change with the network."""
        counts = self.counts[rule]
        factor = _MOST / max(_MOST, sum(counts.values()))
        if factor < 1.0:
            self.counts[rule] = {symptom: n * factor for symptom, n in counts.items()}
            for lesson in self.lessons.values():
                if lesson.rule == rule:
                    lesson.given = {symptom: n * factor for symptom, n in lesson.given.items()}

    def forget(self, symptom: str) -> None:
        """Drop a provisional symptom that nobody mentions any more."""
        for counts in (*self.counts.values(), *(one.given for one in self.lessons.values())):
            counts.pop(symptom, None)

    def state(self) -> dict[str, Any]:
        """Return everything, for a snapshot."""
        return {"counts": self.counts, "lessons": self.lessons}

    def restore(self, state: dict[str, Any]) -> None:
        """Stand where `state` was taken."""
        self.counts = state["counts"]
        self.lessons = msgspec.convert(state["lessons"], dict[str, Lesson])

    def carry_over(self, state: dict[str, Any], rules: frozenset[str]) -> None:
        """Stand where a state of another catalog stood, as far as its rules are still there."""
        self.restore(state)
        self.counts = {rule: counts for rule, counts in self.counts.items() if rule in rules}
        self.lessons = {i: one for i, one in self.lessons.items() if one.rule in (*rules, "")}


class Teaching:
    """Looks at incidents and gives what they teach; looking twice teaches nothing more."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def look(self) -> None:
        """Look at every incident that has changed; called on the hour of event time."""
        parts, lessons = self._parts, self._parts.learned.lessons
        for live in parts.incidents:
            if live.id not in lessons or lessons[live.id].version != live.version:
                self.look_at(live)
        for incident in list(lessons):
            found = parts.incidents.find(incident)
            if found is None:
                self._is_gone(incident)
            elif found.state is State.CLOSED and lessons[incident].version != found.version:
                self.look_at(found)

    def look_at(self, live: Live) -> None:
        """Take the incident's state for what it teaches now; also called after an action."""
        lessons = self._parts.learned.lessons
        if live.state is State.REJECTED:
            self._rejected(live)
        elif live.state is State.MERGED:
            self._withdraw(live.id)
        elif live.announced is not None or live.confirmed_by:
            lesson = lessons.setdefault(live.id, Lesson())
            lesson.version = live.version
            self._remember(live, lesson)
            rule = self._parts.rule(live)
            if not isinstance(rule.symptoms, str):
                self._parts.learned.give(lesson, rule.id, self._worth(live, lesson))
            if live.confirmed_by and lesson.kinds is None:
                lesson.kinds = self._parts.alarms.judge(live.alarms, followed=True, extra=_SAID)

    def _remember(self, live: Live, lesson: Lesson) -> None:
        """Keep the linked tickets' symptoms: tickets are forgotten sooner than incidents."""
        parts = self._parts
        for ticket in live.linked_tickets():
            seen = parts.recent.find(ticket)
            if seen is not None and seen.fault:
                lesson.symptoms[ticket] = parts.baseline.symptoms[seen.symptom]

    def _worth(self, live: Live, lesson: Lesson) -> Counts:
        """Return what the incident gives: the symptoms of its linked tickets, weighted."""
        usual = most = 0.0
        if live.confirmed_by:
            usual, most = _IN_FULL, _MOST_CONFIRMED
        elif live.state is State.CLOSED and live.linked >= _ENOUGH:
            usual, most = _IN_PART, _MOST_UNJUDGED
        usual = min(usual, most / max(1, live.linked))
        counts: Counts = {}
        for ticket, symptom in lesson.symptoms.items():
            tie = live.ties.get(ticket)
            if tie is None or tie.state is not LinkState.LINKED:
                continue
            weight = _IN_FULL if tie.by_person else usual
            if weight:
                counts[symptom] = counts.get(symptom, 0.0) + weight
        return counts

    def _rejected(self, live: Live) -> None:
        lesson = self._parts.learned.lessons.get(live.id)
        kinds = lesson.kinds if lesson is not None else None
        self._parts.alarms.take_back(kinds or (), _SAID)
        self._parts.alarms.judge(live.alarms, followed=False, extra=0.0)
        self._withdraw(live.id)

    def _withdraw(self, incident: str) -> None:
        lesson = self._parts.learned.lessons.pop(incident, None)
        if lesson is not None:
            self._parts.learned.give(lesson, lesson.rule, {})

    def _is_gone(self, incident: str) -> None:
        """What was merged teaches nothing by itself; what closed long ago has taught for good."""
        picture = self._parts.incidents.picture(incident)
        if picture is not None and picture.state is State.MERGED:
            self._withdraw(incident)
        else:
            self._parts.learned.lessons.pop(incident, None)
