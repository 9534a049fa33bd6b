"""What happens to a ticket: a visible list of stages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np

from correlator.engine.ageing import drop_oldest
from correlator.engine.answers import answer
from correlator.engine.deciding import Decider
from correlator.engine.linking import Linker
from correlator.engine.parts import Parts
from correlator.engine.recent import FIT_HORIZON, Floats, Ints, Seen
from correlator.model import (
    DAY,
    HOUR,
    UNNAMED,
    LinkState,
    Millis,
    Reason,
    ReasonCode,
    State,
    Ticket,
    TicketKept,
)

CANDIDATE_SHARE = 0.1  # of the threshold: from here on the cell is shown a candidate
DECISIONS_A_TICKET = 3
_REMEMBERED: Millis = 2 * DAY  # since the last change; mails of Saturday are read on Monday
_ANOTHER_TROUBLE: Millis = 4 * HOUR  # after which another symptom is another trouble
_NEW = "acknowledged"  # the status of a ticket that does not say
_UNCOUNTED = frozenset({"cancelled", "rejected"})


class Known(msgspec.Struct, frozen=True, gc=False):
    """What is remembered of a ticket, to tell a repeat from a change.

    `typed` is the agent's category, `symptom` what the engine took the ticket for.
    """

    customer: str | None
    typed: str | None
    symptom: str
    text: str
    status: str
    severity: str
    channel: str
    arrived: Millis


class Tickets:
    """The ticket's way through the engine."""

    def __init__(self, parts: Parts, linker: Linker, decider: Decider) -> None:
        self._parts = parts
        self._linker = linker
        self._decider = decider
        self._known: dict[str, Known] = {}
        self._stages: tuple[Callable[[Ticket, Seen], None], ...] = (
            self._explain,
            self._learn,
            self._link,
            self._watch,
        )

    def handle(self, ticket: Ticket) -> None:
        """Take one record: a new ticket, a repeat, or a change."""
        before = self._known.get(ticket.id)
        if before is not None and ticket.arrived < before.arrived:
            return  # a late record of what has changed since
        ticket = _completed(ticket, before)
        symptom = self._symptom(ticket, before)
        known = _known(ticket, symptom)
        if before is not None and _same(before, known):
            return
        self._known.pop(ticket.id, None)  # the dictionary is in the order of the last change
        self._known[ticket.id] = known
        domains = self._domains(ticket.customer)
        self._parts.emit(TicketKept(ticket, symptom, domains is not None))
        if before is not None:
            self._change(ticket, before, known)
            if (before.customer, before.symptom) == (known.customer, known.symptom):
                return
        if before is None and ticket.arrived - ticket.occurred > _REMEMBERED:
            return  # a change of a ticket too old to be remembered
        seen = self._see(ticket, symptom, domains)
        if before is None:
            self._parts.feeds.ticket(ticket, self._parts.tau())
            self._linker.explain(seen)
            self._parts.emit(answer(self._parts, ticket, seen))
        if domains is not None and ticket.status not in _UNCOUNTED:
            for stage in self._stages:
                stage(ticket, seen)

    def _symptom(self, ticket: Ticket, before: Known | None) -> str:
        """The agent's category, unless the text plainly says another; the text where there is none.

        The same words mean the same.
        """
        if before is not None and (ticket.symptom, ticket.text) == (before.typed, before.text):
            return before.symptom
        if not self._parts.settings.use_text:
            return ticket.symptom or UNNAMED
        if ticket.symptom:
            self._parts.classifier.learn(ticket.text, ticket.symptom)
        classifier, clusters = self._parts.classifier, self._parts.clusters
        guess = classifier.predict(ticket.text)
        if ticket.symptom and ticket.symptom != UNNAMED:
            clusters.hear(ticket.id, ticket.text)
            return guess.symptom if guess.symptom and guess.plain else ticket.symptom
        symptom = ticket.symptom or guess.symptom or UNNAMED
        sure = symptom != UNNAMED and guess.fits
        return clusters.take(ticket.id, ticket.text, ticket.arrived, symptom, sure=sure)

    def take_for(self, seen: Seen, symptom: str) -> None:
        """Take a ticket whose symptom nobody named for this one from now on."""
        before = self._known.get(seen.ticket)
        if before is None:
            return
        self._known[seen.ticket] = msgspec.structs.replace(before, symptom=symptom)
        ticket = Ticket(
            id=seen.ticket,
            arrived=before.arrived,
            occurred=seen.occurred,
            event_id=seen.event_id,
            customer=before.customer,
            symptom=before.typed,
            text=before.text,
            status=before.status,
            severity=before.severity,
            channel=before.channel,
        )
        self._parts.emit(TicketKept(ticket, symptom, bool(seen.domains)))

    def _domains(self, customer: str | None) -> tuple[int, ...] | None:
        return None if customer is None else self._parts.topology.domains_of(customer)

    def _see(self, ticket: Ticket, symptom: str, domains: tuple[int, ...] | None) -> Seen:
        parts = self._parts
        index = parts.symptom(symptom)
        work, planned = parts.works.on(domains or (), ticket.occurred)
        rate = parts.baseline.line_rate(index, ticket.occurred)
        fault = parts.watches.is_fault(symptom)
        watched = fault or len(parts.watches.other_rows(symptom)) > 0
        first = watched and domains is not None and self._first_in_a_day(ticket, index, fault=fault)
        return Seen(
            ticket=ticket.id,
            event_id=ticket.event_id,
            customer=ticket.customer or "",
            domains=domains or (),
            symptom=index,
            arrived=ticket.arrived,
            occurred=ticket.occurred,
            tau=parts.baseline.tau(ticket.occurred),
            rate=rate,
            counted=first,
            planned=planned if fault else 0.0,
            work=work,
            fault=fault,
            parts={},
        )

    def _first_in_a_day(self, ticket: Ticket, symptom: int, *, fault: bool) -> bool:
        """Count distinct customers per 24 h; one whose incident is over counts anew."""
        if ticket.arrived - ticket.occurred > FIT_HORIZON:
            return False
        last = self._parts.recent.last_of(ticket.customer or "")
        if last is None or last.arrived < ticket.arrived - DAY or last.fault is not fault:
            return True
        if last.symptom != symptom and last.arrived < ticket.arrived - _ANOTHER_TROUBLE:
            return True
        return self._over(last)

    def _over(self, seen: Seen) -> bool:
        lives = [self._parts.incidents.get(number) for number in seen.parts]
        return bool(lives) and all(live is None or live.state is State.RESOLVED for live in lives)

    def _change(self, ticket: Ticket, before: Known, after: Known) -> None:
        """A ticket that changes place or symptom, or is cancelled, is taken out where it was."""
        moved = (before.customer, before.symptom) != (after.customer, after.symptom)
        if not moved and after.status not in _UNCOUNTED:
            return
        seen = self._parts.recent.forget(ticket.id)
        if seen is None:
            return
        if seen.counted:
            self._parts.baseline.count(
                seen.symptom,
                self._parts.watches.place(seen.domains).domains,
                seen.occurred,
                -seen.weight,
            )
        reason = Reason(ReasonCode.TICKET_CHANGED, {"status": after.status, "moved": moved})
        for live in self._parts.incidents:
            if ticket.id in live.ties:
                self._linker.set(live, ticket.id, LinkState.UNLINKED, 0.0, reason)
                if seen.counted and live.callers.pop(seen.customer, None) is not None:
                    live.dirty = True

    # --------------------------------------------------------------------------------- stages

    def _explain(self, _ticket: Ticket, seen: Seen) -> None:
        if not seen.parts:
            self._linker.explain(seen)
        self._parts.recent.add(seen, self._parts.tau())

    def _learn(self, _ticket: Ticket, seen: Seen) -> None:
        seen.weight = 1.0 - seen.explained()
        if seen.counted or not seen.fault:
            self._parts.baseline.count(
                seen.symptom,
                self._parts.watches.place(seen.domains).domains,
                seen.occurred,
                seen.weight,
            )

    def _link(self, _ticket: Ticket, seen: Seen) -> None:
        self._linker.tie_new(seen)
        if not seen.counted:
            for number in list(seen.parts):
                live = self._parts.incidents.get(number)
                if live is not None and seen.customer in live.callers:
                    self._linker.link_repeat(live, seen)

    def _watch(self, _ticket: Ticket, seen: Seen) -> None:
        """Move the burst statistics; decide where one reaches its threshold."""
        parts = self._parts
        rows = parts.rows(seen.domains, seen.symptom)
        if not seen.counted or not len(rows):
            return
        profile, expected = parts.row_terms(rows, seen)
        parts.burst.add_ticket(rows, profile, expected, seen.tau)
        if parts.burst.highest(rows) >= CANDIDATE_SHARE:
            self._decide(rows, seen)

    def _decide(self, rows: Ints, seen: Seen) -> None:
        """Decide on the rows that reached their threshold, the highest first."""
        parts = self._parts
        waiting: set[int] = set()  # domains that another caller has to tell apart
        for _ in range(DECISIONS_A_TICKET):
            levels = self._levels(rows, waiting)
            highest = int(np.argmax(levels))
            if levels[highest] < 1.0:
                break
            waiting.update(self._decider.alert(int(rows[highest]), seen, announce=True))
        else:
            decided = ~np.isin(parts.watches.domain[rows], sorted(waiting))
            parts.burst.lower(rows[decided], 0.5)
        if CANDIDATE_SHARE <= levels[highest] < 1.0 and seen.explained() < 0.5:
            domain = int(parts.watches.domain[rows[highest]])
            if parts.resting.get((domain, False), 0) <= parts.now:
                self._decider.alert(int(rows[highest]), seen, announce=False)

    def _levels(self, rows: Ints, waiting: set[int]) -> Floats:
        """Return the levels of rows; 0 where the domain waits or was just looked at in vain.

        Those that have been asked this second already wait as well.
        """
        parts = self._parts
        levels = parts.burst.level(rows)
        for place in np.flatnonzero(levels >= 1.0).tolist():
            domain = int(parts.watches.domain[rows[place]])
            if parts.paused.get(domain, 0) > parts.now:
                waiting.add(domain)
            if domain in waiting or parts.resting.get((domain, True), 0) > parts.now:
                levels[place] = 0.0
        return levels

    # ------------------------------------------------------------------------------- snapshot

    def prune(self, now: Millis) -> None:
        """Forget tickets that nobody has changed for two days."""
        drop_oldest(self._known, lambda known: known.arrived < now - _REMEMBERED)

    def state(self) -> dict[str, Any]:
        """Return what is remembered of tickets, for a snapshot."""
        return {"known": self._known}

    def restore(self, state: dict[str, Any]) -> None:
        """Stand where `state` was taken."""
        self._known = msgspec.convert(state["known"], dict[str, Known])


def _completed(ticket: Ticket, before: Known | None) -> Ticket:
    """What a change does not say stays as it was."""
    if before is None:
        return msgspec.structs.replace(ticket, status=ticket.status or _NEW)
    return msgspec.structs.replace(
        ticket,
        customer=ticket.customer or before.customer,
        symptom=ticket.symptom or before.typed,
        text=ticket.text or before.text,
        status=ticket.status or before.status,
        severity=ticket.severity or before.severity,
        channel=ticket.channel or before.channel,
    )


def _known(ticket: Ticket, symptom: str) -> Known:
    return Known(
        customer=ticket.customer,
        typed=ticket.symptom,
        symptom=symptom,
        text=ticket.text,
        status=ticket.status,
        severity=ticket.severity,
        channel=ticket.channel,
        arrived=ticket.arrived,
    )


def _same(one: Known, other: Known) -> bool:
    """Compare what a ticket says; when it said so does not matter."""
    return msgspec.structs.replace(one, arrived=0) == msgspec.structs.replace(other, arrived=0)
