"""Trouble tickets (TMF621): those of the feeds as the daemon keeps them, and those posted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from correlator.formats.decode import TICKETS
from correlator.formats.times import to_rfc3339
from correlator.web.tmf.fed import Fed
from correlator.web.tmf.feeds import Feed
from correlator.web.tmf.shapes import TroubleTicketCreate, TroubleTicketPatch

if TYPE_CHECKING:
    from correlator.adapters.sql import TicketRow
    from correlator.web.tmf.collections import Resource

NAME = "troubleTicket"
_FIRST = "acknowledged"


def _of_row(row: TicketRow) -> Resource:
    body: Resource = {
        "id": row.id,
        "@type": "TroubleTicket",
        "description": row.text,
        "severity": row.severity,
        "ticketType": row.stated or row.symptom,
        "status": row.status or _FIRST,
        "creationDate": to_rfc3339(row.occurred),
        "lastUpdate": to_rfc3339(row.changed),
        "channel": {"name": row.channel},
    }
    if row.customer:
        party = {"id": row.customer, "role": "customer", "@referredType": "Customer"}
        body["relatedParty"] = [party]
    return body


def _filled(at: str) -> Resource:
    """Return what a ticket has that was not posted."""
    dates = dict.fromkeys(("creationDate", "lastUpdate", "statusChangeDate"), at)
    return {"@type": "TroubleTicket", "status": _FIRST, **dates}


FEED = Feed(
    Fed(NAME, lambda console: console.tickets, _of_row, customers=True),
    TICKETS.topic,
    "troubleTicket",
    "TT",
    (
        *("id", "creationDate", "description", "ticketType", "severity", "status", "channel"),
        *("relatedParty", "place"),
    ),
    TroubleTicketCreate,
    TroubleTicketPatch,
    _filled,
)
