"""Bookkeeper: one change of one call, or of all calls of one incident, in all books at once."""

from __future__ import annotations

import numpy as np

from correlator.engine.attribution.links import Links
from correlator.engine.attribution.tuning import TUNING
from correlator.engine.attribution.views import Bursts, Incidents, Rates
from correlator.engine.calls import Call, CallWindow
from correlator.engine.incidents import LiveIncident
from correlator.model import CORRELATOR, LinkState, Reason


class Bookkeeper:
    """Keeps window, statistic, baseline and links in step."""

    def __init__(
        self, calls: CallWindow, rates: Rates, bursts: Bursts, incidents: Incidents, links: Links
    ) -> None:
        self._calls = calls
        self._rates = rates
        self._bursts = bursts
        self._incidents = incidents
        self._links = links

    def explain(self, call: Call, number: int, rate: float, *, assigned: bool = False) -> None:
        """Attribute a call to an incident at this rate; `assigned`: because a person says so."""
        self._learn(call, self._calls.attribute(call, number, rate, assigned=assigned))

    def withdraw(self, live: LiveIncident, call: Call, *, spend: bool = False) -> None:
        """Withdraw the attribution of a call to an incident; see `CallWindow.withdraw`."""
        self._learn(call, self._calls.withdraw(call, live.number, spend=spend))

    def _learn(self, call: Call, change: float) -> None:
        """Update what the baseline learned from a call, the weight of which has changed."""
        if call.counted and change:
            where = np.array(call.domains, np.int64)
            self._rates.observe(call.symptom, where, call.occurred, change)

    def retract(self, call: Call) -> None:
        """Retract a call from the burst statistic, once."""
        if call.counted and not call.retracted:
            self._bursts.retract(call)
            self._calls.mark_retracted(call)

    def assign(self, live: LiveIncident, call: Call) -> None:
        """Have an incident explain a call for certain, and no other that it was assigned to."""
        before = self._incidents.get(call.assigned)
        if before is not None and before is not live:
            self.withdraw(before, call)
            self.lose_caller(before, call)
        self.explain(call, live.number, _certain(call), assigned=True)
        live.note_caller(call.customer, call.arrived)

    def lose_caller(self, live: LiveIncident, call: Call) -> None:
        """Remove the caller from an incident, unless another ticket of theirs is linked."""
        others = (one for one in self._calls.calls_of(call.customer) if one is not call)
        if not any(live.is_linked(other.ticket) for other in others):
            live.lose_caller(call.customer)

    def calls_of(self, live: LiveIncident) -> list[Call]:
        """Return the recent calls that are, or were, linked to an incident."""
        return [call for ticket in live.links if (call := self._calls.find(ticket)) is not None]

    def release(self, live: LiveIncident, reason: Reason, actor: str = CORRELATOR) -> None:
        """Withdraw attributions and links; those by a person only where a person does it."""
        for ticket in list(live.links):
            call = self._calls.find(ticket)
            if call is not None:
                self.withdraw(live, call)
            self.unlink(live, ticket, reason, actor)

    def unlink(
        self, live: LiveIncident, ticket: str, reason: Reason, actor: str = CORRELATOR
    ) -> None:
        """Take a link back; `actor`: on whose behalf, where the link is a person's."""
        link, now = live.links[ticket], self._rates.moment.now
        if link.state is not LinkState.UNLINKED:
            on_behalf = actor if link.by_person else CORRELATOR
            self._links.set(live, ticket, LinkState.UNLINKED, 0.0, reason, now, on_behalf)


def _certain(call: Call) -> float:
    """Return the rate at which an incident explains a call because a person says so."""
    return TUNING.certain_odds * (call.rate + call.planned + TUNING.highest_rate)
