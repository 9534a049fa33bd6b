"""The stages of a ticket, in the order in which it passes them.

A stage is called with the ticket in hand and returns whether the ticket goes on. Each has only what
its own `__init__` names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from correlator.engine.calls import FIT_HORIZON, REMEMBERED, Call, KnownTickets
from correlator.engine.detection import CANDIDATE_SHARE, Symptom
from correlator.engine.handlers.in_hand import Stage, TicketInHand
from correlator.engine.handlers.ticket_views import (
    Answering,
    Attributions,
    Books,
    Customers,
    Deciding,
    Expectations,
    Lives,
    Observer,
    Symptoms,
    TicketFeed,
    Withdrawal,
    Works,
)
from correlator.engine.handlers.tuning import TUNING
from correlator.engine.incidents import LiveIncident
from correlator.engine.rates import Moment
from correlator.model import (
    DAY,
    Effect,
    Reason,
    ReasonCode,
    State,
    Ticket,
    TicketKept,
)
from topology import Topology

_UNCOUNTED = frozenset({"cancelled", "rejected"})

_NOBODY_KNOWN = "?"
"""Before the id of a ticket: its caller, where it names no customer."""


class TicketHandler:
    """Hands a ticket from stage to stage until one ends its way."""

    def __init__(self, stages: Iterable[Stage]) -> None:
        self._stages = tuple(stages)

    def handle(self, ticket: Ticket, moment: Moment) -> None:
        """Take one record: a new ticket, a repeat, or a change."""
        hand = TicketInHand(ticket, moment)
        for stage in self._stages:
            if not stage(hand):
                return


# ---------------------------------------------------------------- the content of the record


class Complete:
    """Fill in what a change leaves out; a late record of a ticket that has changed ends here."""

    def __init__(self, known: KnownTickets) -> None:
        self._known = known

    def __call__(self, hand: TicketInHand) -> bool:
        """Complete the ticket."""
        found = self._known.complete(hand.ticket)
        if found is None:
            return False
        hand.ticket, hand.before = found
        return True


class Resolve:
    """Resolve the customer, or else the place, to failure domains; the ticket is kept anyway."""

    def __init__(self, topology: Topology, emit: Callable[[Effect], None]) -> None:
        self._topology = topology
        self._emit = emit

    def __call__(self, hand: TicketInHand) -> bool:
        """Find the domains."""
        ticket = hand.ticket
        found = None if ticket.customer is None else self._topology.domains_of(ticket.customer)
        hand.known_customer = found is not None
        hand.domains = self._topology.domains_at(ticket.place) if found is None else found
        self._emit(TicketKept(ticket, hand.symptom, hand.known_customer, hand.shares))
        return True


class Change:
    """Withdraw a ticket that changed customer or symptom, or was cancelled.

    A change of neither ends here, and so does a new ticket that is too old to be remembered.
    """

    def __init__(self, ledger: Withdrawal) -> None:
        self._ledger = ledger

    def __call__(self, hand: TicketInHand) -> bool:
        """Withdraw what has changed."""
        ticket, before, after = hand.ticket, hand.before, hand.known
        if before is None or after is None:
            return ticket.arrived - ticket.occurred <= REMEMBERED
        moved = not before.concerns_the_same(after)
        if moved or after.status in _UNCOUNTED:
            numbers = {"status": after.status, "moved": moved}
            self._ledger.remove(ticket.id, Reason(ReasonCode.TICKET_CHANGED, numbers))
        return moved


# --------------------------------------------------------------------- the ticket as a call


class FollowFeed:
    """Update the liveness of the ticket feed by a new ticket."""

    def __init__(self, feeds: TicketFeed) -> None:
        self._feeds = feeds

    def __call__(self, hand: TicketInHand) -> bool:
        """Record a new ticket."""
        if hand.before is None:
            now, tau = hand.moment
            hand.silence = self._feeds.heard_ticket(hand.ticket, tau, now)
        return True


class Explain:
    """Make the ticket a call: with the rate expected of its line, and what explains it."""

    def __init__(  # noqa: PLR0913, PLR0917 - narrow views instead of one wide one
        self,
        symptoms: Symptoms,
        rates: Expectations,
        works: Works,
        calls: Customers,
        incidents: Lives,
        ledger: Attributions,
    ) -> None:
        self._symptoms = symptoms
        self._rates = rates
        self._works = works
        self._calls = calls
        self._incidents = incidents
        self._ledger = ledger

    def __call__(self, hand: TicketInHand) -> bool:
        """Make the call."""
        ticket, domains = hand.ticket, hand.domains
        hand.where = np.array(domains, np.int64)
        symptom = self._symptoms.symptom(hand.symptom)
        mark = symptom.number
        if hand.shares and not symptom.unnamed:  # an unnamed one has streams of its own
            mark = self._symptoms.mark(symptom, hand.shares)
        tau, rate = self._rates.expected(symptom.number, ticket.occurred)
        if self._incidents.anything_lives:
            hand.nearby = self._incidents.nearby(domains)
        work, planned = "", 0.0
        if self._works.planned:
            work, planned = self._works.on(domains, ticket.occurred)
        if self._rates.habits.any:
            planned += self._rates.habits.of_line(domains)
        hand.call = Call(
            ticket=ticket.id,
            event_id=ticket.event_id,
            customer=_caller(hand),
            domains=domains,
            symptom=symptom.number,
            mark=mark,
            arrived=ticket.arrived,
            occurred=ticket.occurred,
            tau=tau,
            rate=rate,
            counted=symptom.streamed and self._is_first_in_a_day(hand, symptom),
            planned=planned if symptom.fault else 0.0,
            work=work,
            fault=symptom.fault,
            attributions=self._attributions(hand.nearby.explaining, mark, tau, ticket),
            known=hand.known_customer,
        )
        return True

    def _attributions(
        self, lives: list[LiveIncident], mark: int, tau: float, ticket: Ticket
    ) -> dict[int, float]:
        if not lives:
            return {}
        return self._ledger.attributions(lives, mark, tau, ticket.occurred)

    def _is_first_in_a_day(self, hand: TicketInHand, symptom: Symptom) -> bool:
        """Return whether it is its customer's first in 24 h; anew once the incident is over."""
        ticket = hand.ticket
        if ticket.arrived - ticket.occurred > FIT_HORIZON:
            return False
        last = self._calls.last_of(_caller(hand))
        if last is None or last.arrived < ticket.arrived - DAY or last.fault is not symptom.fault:
            return True
        if (
            last.symptom != symptom.number
            and last.arrived < ticket.arrived - TUNING.another_trouble
        ):
            return True
        lives = [self._incidents.get(number) for number in last.attributions]
        return bool(lives) and all(live is None or live.state is State.RESOLVED for live in lives)


class AnswerAgent:
    """Emit what the agent of a new ticket reads, before this ticket counts."""

    def __init__(self, answers: Answering, emit: Callable[[Effect], None]) -> None:
        self._answers = answers
        self._emit = emit

    def __call__(self, hand: TicketInHand) -> bool:
        """Answer; cancelled tickets go no further."""
        if hand.before is None and hand.call is not None:
            now = hand.moment.now
            self._emit(self._answers.answer(hand.ticket, hand.call, hand.nearby, hand.silence, now))
        return hand.ticket.status not in _UNCOUNTED


def _caller(hand: TicketInHand) -> str:
    """Return who calls: the customer, or where nobody knows which, the ticket's own caller.

    A customer whom the inventory does not know is one all the same.
    """
    return hand.ticket.customer or f"{_NOBODY_KNOWN}{hand.ticket.id}"


# ------------------------------------------------------------------- what the call changes


class Enter:
    """Enter the call into window, baseline and links."""

    def __init__(self, ledger: Books) -> None:
        self._ledger = ledger

    def __call__(self, hand: TicketInHand) -> bool:
        """Enter the call."""
        if hand.call is not None:
            self._ledger.enter(hand.call, hand.where, changed=hand.before is not None)
        return True


class Observe:
    """Count the call in the burst statistic of every rule on every domain above its line."""

    def __init__(self, detector: Observer) -> None:
        self._detector = detector

    def __call__(self, hand: TicketInHand) -> bool:
        """Observe the call; it goes on where a level is worth a candidate."""
        if hand.call is None:
            return False
        hand.level = self._detector.observe(hand.call, hand.where)
        return hand.level >= CANDIDATE_SHARE


class Decide:
    """Have the rows decided that reached their threshold, or the level of a candidate."""

    def __init__(self, alerts: Deciding) -> None:
        self._alerts = alerts

    def __call__(self, hand: TicketInHand) -> bool:
        """Decide."""
        if hand.call is not None:
            self._alerts.decide_after(hand.call)
        return True
