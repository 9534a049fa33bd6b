"""The last content of every ticket, to distinguish a repeat from a change."""

from __future__ import annotations

from typing import Any

import msgspec

from correlator.engine.arrays import drop_oldest
from correlator.engine.calls.tuning import TUNING
from correlator.model import Millis, Shares, Ticket

REMEMBERED = TUNING.remembered

_NEW = "acknowledged"  # the status of a ticket without one


class Known(msgspec.Struct, frozen=True, gc=False):
    """The last content of a ticket.

    `typed` is the agent's category, `symptom` the one that the engine counts, `shares` what it is
    about as far as the text tells.
    """

    customer: str | None
    typed: str | None
    symptom: str
    text: str
    status: str
    severity: str
    channel: str
    arrived: Millis
    shares: Shares = ()
    place: str = ""

    def concerns_the_same(self, other: Known) -> bool:
        """Return whether customer, place and symptom are the same."""
        return (self.customer, self.place, self.symptom) == (
            other.customer, other.place, other.symptom,
        )  # fmt: skip


class KnownTickets:
    """All tickets of the last two days, in the order of their last change."""

    def __init__(self) -> None:
        self._known: dict[str, Known] = {}

    def complete(self, ticket: Ticket) -> tuple[Ticket, Known | None] | None:
        """Return the whole ticket, and its content before; None for a record that is too late.

        What a change leaves out stays as it was.
        """
        before = self._known.get(ticket.id)
        if before is None:
            return msgspec.structs.replace(ticket, status=ticket.status or _NEW), None
        if ticket.arrived < before.arrived:
            return None
        whole = msgspec.structs.replace(
            ticket,
            customer=ticket.customer or before.customer,
            symptom=ticket.symptom or before.typed,
            text=ticket.text or before.text,
            status=ticket.status or before.status,
            severity=ticket.severity or before.severity,
            channel=ticket.channel or before.channel,
            place=ticket.place or before.place,
        )
        return whole, before

    def remember(self, ticket: Ticket, symptom: str, shares: Shares = ()) -> Known | None:
        """Remember the content of a whole ticket; returns it, None where it has not changed."""
        known = Known(
            customer=ticket.customer,
            typed=ticket.symptom,
            symptom=symptom,
            text=ticket.text,
            status=ticket.status,
            severity=ticket.severity,
            channel=ticket.channel,
            place=ticket.place,
            arrived=ticket.arrived,
            shares=shares,
        )
        before = self._known.get(ticket.id)
        if before is not None and _same(before, known):
            return None
        self._known.pop(ticket.id, None)  # the dictionary is in the order of the last change
        self._known[ticket.id] = known
        return known

    def find(self, ticket: str) -> Known | None:
        """Return the last content of a ticket, None if it is not remembered."""
        return self._known.get(ticket)

    def retype(self, ticket: str, symptom: str) -> Known | None:
        """Change the symptom of a ticket; returns its content before, None if not remembered."""
        before = self._known.get(ticket)
        if before is not None:
            self._known[ticket] = msgspec.structs.replace(before, symptom=symptom, shares=())
        return before

    def prune(self, now: Millis) -> None:
        """Forget tickets that nobody has changed for two days."""
        drop_oldest(self._known, lambda known: known.arrived < now - REMEMBERED)

    def state(self) -> dict[str, Any]:
        """Return what is remembered of tickets, for a snapshot."""
        return {"known": self._known}

    def restore(self, state: dict[str, Any]) -> None:
        """Restore what `state` returned."""
        self._known = msgspec.convert(state["known"], dict[str, Known])


def _same(one: Known, other: Known) -> bool:
    """Compare the content of two records; their arrival does not matter."""
    return msgspec.structs.replace(one, arrived=0) == msgspec.structs.replace(other, arrived=0)
