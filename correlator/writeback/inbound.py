"""A tool's tickets on their way in: what changed is posted where the API's records are posted.

Polling is the truth; whatever wakes it earlier only makes it faster. What is read twice has the
content of before and counts once. Tickets of our own queue never come: the tool is asked for those
of the customers' queues.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from correlator.formats.records import record_of
from correlator.model import Millis, Ticket
from correlator.ticket_tool import ReportedTicket, TicketTool

TOPIC = "gi.tickets"


class Intake(Protocol):
    """Takes records for the daemon, and keeps how far the tool was read, in one transaction."""

    def cursor(self) -> str:
        """Return how far the tool was read, "" at first."""

    def take(self, records: Sequence[tuple[str, str, bytes]], cursor: str, now: Millis) -> None:
        """Give records (topic, id, value) to the daemon."""


class Inbound:
    """Brings what changed in a tool to `gi.tickets`."""

    def __init__(self, tool: TicketTool, intake: Intake, prefix: str) -> None:
        self._tool = tool
        self._intake = intake
        self._prefix = prefix

    def poll(self, now: Millis) -> int:
        """Take what changed; returns how many tickets. `now`: clock, ms; raises `ToolError`."""
        before = self._intake.cursor()
        changed = self._tool.changes(before)
        if changed.tickets or changed.cursor != before:
            records = [self._record(one, now) for one in changed.tickets]
            self._intake.take(records, changed.cursor, now)
        return len(changed.tickets)

    def _record(self, one: ReportedTicket, now: Millis) -> tuple[str, str, bytes]:
        """Return the record of a ticket, which arrives now: the tool's times are whole seconds."""
        ticket = Ticket(
            id=f"{self._prefix}{one.id}",
            arrived=now,
            occurred=min(one.created, now),
            event_id=f"{self._prefix}{one.id}.{one.updated}",
            customer=one.customer or None,
            symptom=one.symptom or None,
            text=one.text,
            status=one.status,
        )
        found = record_of(ticket)
        assert found is not None  # noqa: S101 - tickets have a feed
        return TOPIC, ticket.id, found[1]
