"""A trouble that nobody has named gets a provisional name, and may burst under it.

The texts are clustered without looking at where the customers are, so that many of them in one
place is evidence that nobody selected. Hence the tickets that made the cluster count, as if their
symptom had been known when they came, against a rate that they themselves have raised: docs/adr,
decision 14.
"""

from __future__ import annotations

import numpy as np

from correlator.engine.deciding import Decider
from correlator.engine.live import Live
from correlator.engine.localise import FIT_TAU
from correlator.engine.parts import Parts
from correlator.engine.recent import Ints, Seen
from correlator.engine.telling import said
from correlator.engine.tickets import CANDIDATE_SHARE, DECISIONS_A_TICKET, Tickets
from correlator.model import UNNAMED, Reason
from correlator.text import Text


class Naming:
    """Looks for new provisional symptoms and moves the tickets that belong to them."""

    def __init__(self, parts: Parts, tickets: Tickets, decider: Decider) -> None:
        self._parts = parts
        self._tickets = tickets
        self._decider = decider

    def look(self) -> None:
        """Find, name and forget; called on the quarter hour of event time."""
        parts = self._parts
        found = parts.clusters.look(parts.now)
        for name in found.gone:
            self._forget(name)
        for name, texts in found.named.items():
            self._name(name, texts)
        for live in parts.incidents if found.named else ():
            if not parts.clusters.sentences(live.symptom):
                self._retell(live)

    def _forget(self, name: str) -> None:
        """Free the symptom's index, unless an incident still counts by it."""
        parts = self._parts
        if name not in parts.baseline.symptoms:
            return
        index = parts.symptom(name)
        if all(live.unnamed != index for live in parts.incidents):
            parts.baseline.release(name)
            parts.watches.release(index)
            parts.learned.forget(name)
            parts.refresh()

    def _name(self, name: str, texts: list[Text]) -> None:
        parts = self._parts
        index = parts.symptom(name)
        if index == parts.symptom(UNNAMED):
            return  # the baseline has no room for another symptom
        found = (parts.recent.find(text.ticket) for text in texts)
        recent = [seen for seen in found if seen is not None and seen.fault]
        self._move_rates(index, texts, recent)
        for seen in recent:
            if seen.counted:
                domains = np.array(seen.domains)
                parts.baseline.move(domains, seen.symptom, index, seen.weight)
            parts.recent.rename(seen, index, parts.baseline.line_rate(index, seen.occurred))
            self._tickets.take_for(seen, name)
        self._watch(index, recent)

    def _move_rates(self, index: int, texts: list[Text], recent: list[Seen]) -> None:
        """Give the new symptom the rate it has had so far, as far back as the texts are kept.

        The baseline counts over a longer time than the texts are kept for: they stand for that
        share of it only. A ticket of which nothing but its text is left counts in full.
        """
        parts = self._parts
        factor = max(1.0, parts.baseline.exposure() / parts.clusters.hours(parts.now))
        weights = {seen.ticket: seen.weight * seen.counted for seen in recent}
        for old in sorted({text.symptom for text in texts}):
            times = [text.time for text in texts if text.symptom == old]
            counted = [
                factor * weights.get(text.ticket, 1.0) for text in texts if text.symptom == old
            ]
            parts.baseline.rename(parts.symptom(old), index, times, counted)
        parts.refresh()

    # ------------------------------------------------------------------------------- watching

    def _watch(self, index: int, recent: list[Seen]) -> None:
        """Count the last hours' tickets under their new symptom, then decide."""
        parts = self._parts
        oldest = parts.tau() - FIT_TAU
        counted = sorted(
            (seen for seen in recent if seen.counted and not seen.spent and seen.tau > oldest),
            key=lambda seen: (seen.tau, seen.ticket),
        )
        if not counted:
            return
        domains = tuple(sorted({domain for seen in counted for domain in seen.domains}))
        rows = parts.dynamic_rows(domains, index, counted[0].tau)
        for seen in counted:
            under = parts.dynamic_rows(seen.domains, index, seen.tau)
            profile, expected = parts.row_terms(under, seen)
            parts.burst.add_ticket(under, profile * (1.0 - seen.explained()), expected, seen.tau)
        parts.burst.advance(rows, parts.tau())
        self._decide(rows, counted)

    def _decide(self, rows: Ints, counted: list[Seen]) -> None:
        """Take the rows that reached their threshold, highest first, as after a ticket."""
        parts = self._parts
        for _ in range(DECISIONS_A_TICKET):
            levels = parts.burst.level(rows)
            if not len(rows) or levels.max() < CANDIDATE_SHARE:
                return
            row = int(rows[int(np.argmax(levels))])
            domain = int(parts.watches.domain[row])
            last = [seen for seen in counted if domain in seen.domains][-1]
            announce = bool(levels.max() >= 1.0)
            if announce or last.explained() < 0.5:
                self._decider.alert(row, last, announce=announce)
            if not announce:
                return

    def _retell(self, live: Live) -> None:
        """An incident gets the provisional symptom that most of its tickets have by now."""
        parts = self._parts
        linked = (parts.recent.find(ticket) for ticket in live.linked_tickets())
        names = [parts.baseline.symptoms[seen.symptom] for seen in linked if seen is not None]
        name = max(sorted(set(names)), key=names.count, default=UNNAMED)
        numbers = said(parts.clusters, name)
        if numbers:
            live.symptom = name
            live.reason = Reason(live.reason.code, {**live.reason.numbers, **numbers})
            parts.incidents.tell(live, parts.now)
