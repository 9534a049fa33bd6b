"""Customers' tickets, as TMF621 writes them."""

from __future__ import annotations

import msgspec

from correlator.formats.decode.record import Input, Moment, Name, Wire, decoded
from correlator.formats.times import to_millis
from correlator.model import Ticket


class _Party(Wire):
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


class _TicketBody(Wire):
    trouble_ticket: _WireTicket


class _TicketRecord(Wire):
    event_time: Moment
    event: _TicketBody
    event_id: str | None = None


_DECODER = msgspec.json.Decoder(_TicketRecord)


def decode_ticket(value: bytes) -> Ticket:
    """Decode one record of `gi.tickets`; raises `BadRecordError`."""
    record: _TicketRecord = decoded(_DECODER, value)
    wire = record.event.trouble_ticket
    arrived = to_millis(record.event_time)
    return Ticket(
        id=wire.id,
        arrived=arrived,
        occurred=min(to_millis(wire.creation_date), arrived),
        event_id=record.event_id or wire.id,
        customer=_customer(wire.related_party),
        symptom=wire.ticket_type or None,
        text=wire.description or "",
        status=wire.status or "",
        severity=wire.severity or "",
        channel=(wire.channel.name or "") if wire.channel else "",
    )


def _customer(parties: tuple[_Party, ...] | None) -> str | None:
    for party in parties or ():
        if party.role == "customer" and party.id:
            return party.id
    return None


TICKETS = Input("tickets", decode_ticket, kept_days=14, spread=True)
