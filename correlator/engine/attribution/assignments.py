"""Assignments: what people say of tickets, and of incidents with all their tickets."""

from __future__ import annotations

from collections.abc import Iterable

from correlator.engine.attribution.links import Links
from correlator.engine.attribution.views import Entries, Incidents, Rates
from correlator.engine.calls import Call, CallWindow
from correlator.engine.incidents import LiveIncident
from correlator.model import LinkState, Reason


class Assignments:
    """Carries out in all books what people say: link, unlink, split, merge, reject."""

    def __init__(
        self, books: Entries, calls: CallWindow, rates: Rates, incidents: Incidents, links: Links
    ) -> None:
        self._books = books
        self._calls = calls
        self._rates = rates
        self._incidents = incidents
        self._links = links

    def assign(self, live: LiveIncident, ticket: str, reason: Reason, actor: str) -> None:
        """Assign a ticket to an incident, as a person says: no other one explains it.

        Where two people have linked it, the last word holds; the former link stays on record.
        """
        call = self._calls.find(ticket)
        if call is not None:
            self._books.retract(call)
            self._books.assign(live, call)
        now = self._rates.moment.now
        self._links.set(live, ticket, LinkState.LINKED, 1.0, reason, now, actor)
        if call is not None:
            self._unlink_others(call)

    def _unlink_others(self, call: Call) -> None:
        """Remove the links that the engine has made of a call to other incidents."""
        for other in self._incidents.linking(call.ticket):
            self._links.update(other, call, self._rates.moment.now)
            if not other.is_linked(call.ticket):
                self._books.lose_caller(other, call)

    def unassign(self, live: LiveIncident, ticket: str, reason: Reason, actor: str) -> None:
        """Withdraw a ticket from an incident that does not explain it, as a person says.

        What it has moved the burst statistic by stays: it may be the sign of another failure.
        """
        call = self._calls.find(ticket)
        if call is not None:
            self._books.withdraw(live, call)
            self._books.lose_caller(live, call)
        now = self._rates.moment.now
        self._links.set(live, ticket, LinkState.UNLINKED, 0.0, reason, now, actor)

    def transfer(
        self, live: LiveIncident, into: LiveIncident, tickets: Iterable[str],
        reason: Reason, actor: str,
    ) -> None:  # fmt: skip
        """Assign some tickets of an incident to another one, as a person says."""
        for ticket in tickets:
            call = self._calls.find(ticket)
            if call is not None:
                self._books.retract(call)  # with the λ so far
            self.unassign(live, ticket, reason, actor)
            self.assign(into, ticket, reason, actor)

    def merge(
        self, live: LiveIncident, into: LiveIncident, reason: Reason, links: Reason, actor: str
    ) -> None:
        """Assign the linked tickets of an incident to another one: a person merges them.

        `reason`: why the links of the one are taken back; `links`: why those to the other are made.
        """
        tickets = [ticket for ticket in live.linked_tickets() if self._holds(live, ticket)]
        for call in filter(None, map(self._calls.find, tickets)):
            self._books.retract(call)  # with the λ so far
        self._books.release(live, reason, actor)
        for ticket in tickets:
            self.assign(into, ticket, links, actor)

    def reject(self, live: LiveIncident, reason: Reason, actor: str) -> None:
        """Withdraw all attributions of an incident that a person rejects; its calls are spent."""
        for call in self._books.calls_of(live):
            if live.is_linked(call.ticket) and self._holds(live, call.ticket):
                self._books.retract(call)
                self._books.withdraw(live, call, spend=True)
        self._books.release(live, reason, actor)

    def _holds(self, live: LiveIncident, ticket: str) -> bool:
        """Return whether a linked ticket has not been assigned to another incident since."""
        call = self._calls.find(ticket)
        return call is None or call.assigned in {0, live.number}
