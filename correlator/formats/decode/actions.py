"""What people and systems do to incidents."""

from __future__ import annotations

import msgspec

from correlator.formats.decode.record import Input, Moment, Name, Wire, decoded
from correlator.formats.times import to_millis
from correlator.model import Action, Verb


class _WireAction(Wire):
    id: Name
    actor: Name
    verb: Verb
    incident_id: Name
    reason: str | None = None
    tickets: tuple[Name, ...] = ()
    into: str | None = None
    domain: str | None = None
    text: str | None = None


class _ActionBody(Wire):
    action: _WireAction


class _ActionRecord(Wire):
    event_time: Moment
    event: _ActionBody
    event_id: str | None = None


_DECODER = msgspec.json.Decoder(_ActionRecord)


def decode_action(value: bytes) -> Action:
    """Decode one record of `gi.actions`; raises `BadRecordError`."""
    record: _ActionRecord = decoded(_DECODER, value)
    wire = record.event.action
    return Action(
        id=wire.id,
        arrived=to_millis(record.event_time),
        event_id=record.event_id or wire.id,
        actor=wire.actor,
        verb=wire.verb,
        incident=wire.incident_id,
        reason=wire.reason or "",
        tickets=wire.tickets,
        into=wire.into or "",
        domain=wire.domain or "",
        text=wire.text or "",
    )


ACTIONS = Input("actions", decode_action, kept_days=90)
