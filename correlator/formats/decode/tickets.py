"""Customers' tickets, as TMF621 writes them."""

from __future__ import annotations

import msgspec

from correlator.formats.decode.record import (
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


class _Party(Wire):
    # Unchecked: only the customer's is read, and an agent's must not lose the ticket.
    id: str | None = None
    role: str | None = None


class _Channel(Wire):
    name: str | None = None


class _WireTicket(Wire):
    id: Name
    creation_date: Moment
    description: str | None = None
    ticket_type: str | None = None
    severity: str | None = None
    status: str | None = None
    channel: _Channel | None = None
    related_party: tuple[_Party, ...] | None = None
    place: MaybeName = None


class _Body(Wire):
    trouble_ticket: _WireTicket


_DECODER = msgspec.json.Decoder(Envelope[_Body])


def decode_ticket(value: bytes) -> Ticket:
    """Decode one record of `gi.tickets`; raises `BadRecordError`."""
    record: Envelope[_Body] = decoded(_DECODER, value)
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


def _customer(parties: tuple[_Party, ...] | None) -> str | None:
    for number, party in enumerate(parties or ()):
        if party.role == "customer" and party.id:
            return name(party.id, f"$.event.troubleTicket.relatedParty[{number}].id")
    return None


TICKETS = Input("tickets", decode_ticket, kept_days=14, spread=True)
