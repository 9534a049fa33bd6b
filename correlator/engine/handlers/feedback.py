"""Feedback: symptom profiles by rule and outcomes of alarms, learned from the cell's verdicts.

Each linked ticket of a confirmed incident counts in full, of one that closed without a verdict and
with enough tickets in part, one that a person linked always in full; a rejected incident gives
nothing and takes back what it gave. The outcomes of its alarms are corrected as well. Once a
confirmed incident has closed, the words of its tickets without a category say its symptom, weakly.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from correlator.engine.detection import Lesson, ProfileCounts
from correlator.engine.handlers.people_views import (
    AlarmVerdicts,
    Contents,
    KeptCalls,
    KnownIncidents,
    Reader,
)
from correlator.engine.handlers.tuning import TUNING
from correlator.engine.handlers.views import SymptomNames
from correlator.engine.incidents import LiveIncident
from correlator.engine.rates import Moment
from correlator.model import LinkState, State
from rules.model import Rule


class Feedback:
    """Updates the lessons of incidents; to do so twice changes nothing more."""

    def __init__(  # noqa: PLR0913, PLR0917 - narrow views instead of one wide one
        self,
        rules: Sequence[Rule],
        names: SymptomNames,
        calls: KeptCalls,
        incidents: KnownIncidents,
        learned: ProfileCounts,
        alarms: AlarmVerdicts,
        contents: Contents,
        reader: Reader,
        faults: Collection[str],
    ) -> None:
        """`faults`: the symptoms of the catalog that are failures."""
        self._rules = rules
        self._names = names
        self._calls = calls
        self._incidents = incidents
        self._learned = learned
        self._alarms = alarms
        self._contents = contents
        self._reader = reader
        self._faults = faults

    def run(self, _moment: Moment) -> None:
        """Learn from every incident that has changed; called on the hour of event time."""
        for live in self._incidents:
            lesson = self._learned.lesson(live.id)
            if lesson is None or lesson.version != live.version:
                self.learn_from(live)
        for incident in self._learned.lessons():
            found, lesson = self._incidents.find(incident), self._learned.lesson(incident)
            if found is None:
                self._is_gone(incident)
            elif found.state is State.CLOSED and lesson and lesson.version != found.version:
                self.learn_from(found)

    def learn_from(self, live: LiveIncident) -> None:
        """Update the lesson of an incident from its present state; also called after an action."""
        if live.state is State.REJECTED:
            self._rejected(live)
        elif live.state is State.MERGED:
            self._learned.revoke(live.id)
        elif live.announced is not None or live.confirmed_by:
            lesson = self._learned.learn(live.id, live.version, self._symptoms_of(live))
            rule = self._rules[live.rule]
            if not isinstance(rule.symptoms, str):
                self._learned.give(lesson, rule.id, self._worth(live, lesson))
            if live.confirmed_by and lesson.kinds is None:
                kinds = self._alarms.judge(live.alarms, followed=True, extra=TUNING.confirmation)
                self._learned.keep_kinds(lesson, kinds)
            elif lesson.kinds is not None and not live.confirmed_by:
                self._alarms.undo(lesson.kinds, TUNING.confirmation)
                self._learned.keep_kinds(lesson, None)
            if live.state is State.CLOSED and live.confirmed_by and live.symptom in self._faults:
                self._learn_words(live)

    def _learn_words(self, live: LiveIncident) -> None:
        """Have the words of linked tickets say the symptom, unless they surely say another one."""
        for ticket in live.linked_tickets():
            known = self._contents.find(ticket)
            if known is None or known.typed or not known.text:
                continue
            guess = self._reader.predict(known.text)
            if guess.symptom == live.symptom or not guess.fits:
                self._reader.learn(known.text, live.symptom, TUNING.weak_words, ticket)

    def _symptoms_of(self, live: LiveIncident) -> dict[str, str]:
        """Return the symptoms of linked tickets, kept here: the window forgets them sooner."""
        names = self._names.symptoms
        found = ((ticket, self._calls.find(ticket)) for ticket in live.linked_tickets())
        return {
            ticket: names[call.symptom] for ticket, call in found if call is not None and call.fault
        }

    @staticmethod
    def _worth(live: LiveIncident, lesson: Lesson) -> dict[str, float]:
        """Return the counts of the incident: the symptoms of its linked tickets, weighted."""
        usual = most = 0.0
        if live.confirmed_by:
            usual, most = TUNING.in_full, TUNING.most_confirmed
        elif live.state is State.CLOSED and live.linked >= TUNING.enough_linked:
            usual, most = TUNING.in_part, TUNING.most_unjudged
        usual = min(usual, most / max(1, live.linked))
        counts: dict[str, float] = {}
        for ticket, symptom in lesson.symptoms.items():
            link = live.links.get(ticket)
            if link is None or link.state is not LinkState.LINKED:
                continue
            weight = TUNING.in_full if link.by_person else usual
            if weight:
                counts[symptom] = counts.get(symptom, 0.0) + weight
        return counts

    def _rejected(self, live: LiveIncident) -> None:
        lesson = self._learned.lesson(live.id)
        kinds = lesson.kinds if lesson is not None else None
        self._alarms.undo(kinds or (), TUNING.confirmation)
        self._alarms.judge(live.alarms, followed=False, extra=0.0)
        self._learned.revoke(live.id)

    def _is_gone(self, incident: str) -> None:
        """End the lesson of an incident: withdrawn if it was merged, permanent if it closed."""
        picture = self._incidents.picture(incident)
        if picture is not None and picture.state is State.MERGED:
            self._learned.revoke(incident)
        else:
            self._learned.make_permanent(incident)
