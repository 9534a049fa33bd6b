"""What people and systems do to incidents."""

from __future__ import annotations

import msgspec

from correlator.formats.decode.record import Envelope, Input, MaybeName, Name, Wire, decoded, text
from correlator.model import Action, Verb


class _WireAction(Wire):
    id: Name
    actor: Name
    verb: Verb
    incident_id: Name
    reason: str | None = None
    tickets: tuple[Name, ...] = ()
    into: MaybeName = None
    domain: MaybeName = None
    text: str | None = None


class _Body(Wire):
    action: _WireAction


_DECODER = msgspec.json.Decoder(Envelope[_Body])


def decode_action(value: bytes) -> Action:
    """Decode one record of `gi.actions`; raises `BadRecordError`."""
    record: Envelope[_Body] = decoded(_DECODER, value)
    wire = record.event.action
    return Action(
        id=wire.id,
        arrived=record.arrived(),
        event_id=record.event_id or wire.id,
        actor=wire.actor,
        verb=wire.verb,
        incident=wire.incident_id,
        reason=text(wire.reason),
        tickets=wire.tickets,
        into=wire.into or "",
        domain=wire.domain or "",
        text=text(wire.text),
    )


ACTIONS = Input("actions", decode_action, kept_days=90)
