"""Customers' tickets, as TMF621 writes them."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import msgspec

from correlator.formats.decode.record import (
    MOST_OF_AN_ID,
    WITHOUT_NUL,
    Envelope,
    Input,
    MaybeName,
    Moment,
    Name,
    Wire,
    decoded,
    name,
    occurrence,
    text,
    word,
)
from correlator.model import Ticket


class RelatedParty(Wire):
    """Somebody who has to do with a ticket; the first with role `customer` is the customer."""

    # Unchecked: only the customer's is read, and an agent's must not lose the ticket.
    id: str | None = None
    role: str | None = None


class Channel(Wire):
    """How a ticket came in."""

    name: str | None = None


_CUSTOMERS_ID = {
    "if": {"properties": {"role": {"const": "customer"}}, "required": ["role"]},
    "then": {"properties": {"id": {"maxLength": MOST_OF_AN_ID, "pattern": WITHOUT_NUL}}},
}
"""What `_customer` asks of the party that it finds."""

_Party: TypeAlias = Annotated[RelatedParty, msgspec.Meta(extra_json_schema=_CUSTOMERS_ID)]


class TicketPayload(Wire):
    """A customer's ticket; the same `id` with other content is a change.

    `creationDate` is when it occurred. `ticketType` is the symptom; without it the words of
    `description` say it. `place` is a failure domain: equipment, or `column=value`. The status
    `cancelled` or `rejected` takes the ticket out of every count.
    """

    id: Name
    creation_date: Moment
    description: str | None = None
    ticket_type: str | None = None
    severity: str | None = None
    status: str | None = None
    channel: Channel | None = None
    related_party: tuple[_Party, ...] | None = None
    place: MaybeName = None


class TicketEvent(Wire):
    """The payload of `gi.tickets`."""

    trouble_ticket: TicketPayload


class TicketRecord(Envelope[TicketEvent]):
    """A record of `gi.tickets`."""


_DECODER = msgspec.json.Decoder(TicketRecord)


def decode_ticket(value: bytes) -> Ticket:
    """Decode one record of `gi.tickets`; raises `BadRecordError`."""
    record: TicketRecord = decoded(_DECODER, value)
    wire = record.event.trouble_ticket
    arrived = record.arrived()
    return Ticket(
        id=wire.id,
        arrived=arrived,
        occurred=occurrence(wire.creation_date, arrived),
        event_id=record.event_id or wire.id,
        customer=_customer(wire.related_party),
        symptom=word(wire.ticket_type) or None,
        text=text(wire.description),
        status=word(wire.status),
        severity=word(wire.severity),
        channel=word(wire.channel.name) if wire.channel else "",
        place=wire.place or "",
    )


def _customer(parties: tuple[RelatedParty, ...] | None) -> str | None:
    for number, party in enumerate(parties or ()):
        if party.role == "customer" and party.id:
            return name(party.id, f"$.event.troubleTicket.relatedParty[{number}].id")
    return None


TICKETS = Input(
    "tickets",
    decode_ticket,
    TicketRecord,
    says="Customers' tickets, as TMF621 writes them. Those of one ticket share a partition.",
    event_types=(
        "TroubleTicketCreateEvent",
        "TroubleTicketAttributeValueChangeEvent",
        "TroubleTicketStatusChangeEvent",
    ),
    example="""{"eventId": "e1", "eventType": "TroubleTicketCreateEvent",
        "eventTime": "2026-11-22T08:52:14Z",
        "event": {"troubleTicket": {"id": "T00884213", "creationDate": "2026-11-22T08:52:10Z",
            "description": "plus de synchro depuis ce matin", "ticketType": "no-sync",
            "severity": "minor", "status": "acknowledged", "channel": {"name": "phone"},
            "relatedParty": [{"id": "C0010442", "role": "customer"}]}}}""",
    kept_days=14,
    spread=True,
)
