"""Discovery of provisional symptoms, and the recount of the calls that belong to them.

The texts are clustered without regard to their customers' domains, so that many of them in one
domain are evidence that was not selected for. Hence the calls that made the cluster count, as if
their symptom had been known when they came, against a rate that they themselves have raised:
docs/adr, decision 14.
"""

from __future__ import annotations

from collections.abc import Callable

from correlator.engine.calls import Call, KnownTickets
from correlator.engine.handlers.people_views import KeptCalls
from correlator.engine.handlers.views import (
    Draining,
    LearnedRates,
    Renaming,
    UnnamedStreams,
)
from correlator.engine.incidents import LiveIncident, Registry
from correlator.engine.localisation import FIT_TAU
from correlator.engine.rates import Moment
from correlator.model import UNNAMED, Effect, Ticket, TicketKept
from correlator.text import SymptomClusters, Text


class SymptomDiscovery:
    """Discovers provisional symptoms and moves the calls that belong to them."""

    def __init__(  # noqa: PLR0913, PLR0917 - narrow views instead of one wide one
        self,
        emit: Callable[[Effect], None],
        clusters: SymptomClusters,
        known: KnownTickets,
        calls: KeptCalls,
        rates: LearnedRates,
        bursts: UnnamedStreams,
        incidents: Registry,
        ledger: Renaming,
        alerts: Draining,
    ) -> None:
        self._emit = emit
        self._clusters = clusters
        self._known = known
        self._calls = calls
        self._rates = rates
        self._bursts = bursts
        self._incidents = incidents
        self._ledger = ledger
        self._alerts = alerts

    def run(self, moment: Moment) -> None:
        """Discover, name and forget symptoms; called on the quarter hour of event time."""
        found = self._clusters.discover(moment.now)
        for name in found.gone:
            self._forget(name)
        for name, texts in found.named.items():
            self._name(name, texts, moment)
        for live in self._incidents if found.named else ():
            if not self._clusters.sentences(live.symptom):
                self._rename_symptom(live, moment)

    def _forget(self, name: str) -> None:
        """Free the symptom's index, unless an incident still counts by it."""
        if name not in self._rates.symptoms:
            return
        index = self._bursts.symptom(name).number
        if all(live.unnamed != index for live in self._incidents):
            self._bursts.release(name)

    def _name(self, name: str, texts: list[Text], moment: Moment) -> None:
        index = self._bursts.symptom(name).number
        if index == self._bursts.symptom(UNNAMED).number:
            return  # the baseline has no room for another symptom
        found = (self._calls.find(text.ticket) for text in texts)
        recent = [call for call in found if call is not None and call.fault]
        self._move_rates(index, texts, recent, moment)
        for call in recent:
            rate = self._rates.expected(index, call.occurred).rate
            self._ledger.rename(call, index, rate)
            self._take_for(call, name)
        self._observe(index, recent, moment)

    def _move_rates(
        self, index: int, texts: list[Text], recent: list[Call], moment: Moment
    ) -> None:
        """Give the new symptom the rate it has had so far, as far back as the texts are kept.

        The baseline counts over a longer time than the texts are kept for: they stand for that
        share of it only. A ticket of which nothing but its text is left counts in full.
        """
        factor = max(1.0, self._rates.exposure() / self._clusters.hours(moment.now))
        weights = {call.ticket: call.weight * call.counted for call in recent}
        for old in sorted({text.symptom for text in texts}):
            same = [text for text in texts if text.symptom == old]
            counted = [factor * weights.get(text.ticket, 1.0) for text in same]
            former = self._bursts.symptom(old).number
            self._rates.reassign_rates(former, index, [text.time for text in same], counted)
        self._bursts.refresh()

    def _take_for(self, call: Call, symptom: str) -> None:
        """Change the symptom of a ticket, and emit it anew."""
        before = self._known.retype(call.ticket, symptom)
        if before is None:
            return
        ticket = Ticket(
            id=call.ticket,
            arrived=before.arrived,
            occurred=call.occurred,
            event_id=call.event_id,
            customer=before.customer,
            symptom=before.typed,
            text=before.text,
            status=before.status,
            severity=before.severity,
            channel=before.channel,
            place=before.place,
        )
        self._emit(TicketKept(ticket, symptom, call.known))

    def _observe(self, index: int, recent: list[Call], moment: Moment) -> None:
        """Count the last hours' calls under their new symptom, then decide."""
        oldest = moment.tau - FIT_TAU
        counted = sorted(
            (call for call in recent if call.counted and not call.spent and call.tau > oldest),
            key=lambda call: (call.tau, call.ticket),
        )
        if not counted:
            return
        domains = tuple(sorted({domain for call in counted for domain in call.domains}))
        rows = self._bursts.unnamed_rows(domains, index, counted[0].tau)
        for call in counted:
            self._bursts.observe_renamed(call, 1.0 - call.explained())
        if len(rows):
            self._bursts.advance(rows, moment.tau)
            self._alerts.drain(rows, lambda domain: _last_under(domain, counted))

    def _rename_symptom(self, live: LiveIncident, moment: Moment) -> None:
        """Name in an incident the provisional symptom that most of its tickets have by now."""
        names = self._rates.symptoms
        linked = (self._calls.find(ticket) for ticket in live.linked_tickets())
        found = [names[call.symptom] for call in linked if call is not None]
        name = max(sorted(set(found)), key=found.count, default=UNNAMED)
        sentences = self._clusters.sentences(name)
        if sentences:
            live.name_symptom(name, {"sentences": list(sentences)})
            self._incidents.publish(live, moment.now)


def _last_under(domain: int, calls: list[Call]) -> Call:
    """Return the last of these calls under a domain, of which there is one."""
    return next(call for call in reversed(calls) if domain in call.domains)
