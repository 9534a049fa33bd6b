"""Bytes → events: the contract's formats, decoded and validated in one pass.

Unknown keys are ignored. A record that lacks a mandatory key, or is no JSON, raises `BadRecord`
with the key; it becomes a dead letter.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, TypeAlias

import msgspec

from correlator.model import Action, Alarm, AlarmState, Event, Maintenance, Ticket, Verb
from correlator.times import to_millis

Moment: TypeAlias = Annotated[datetime, msgspec.Meta(tz=True)]
Name: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=512)]


class BadRecordError(ValueError):
    """A record that cannot be used. `reason` is a short code, the message names the key."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class _Wire(msgspec.Struct, rename="camel", gc=False):
    """Base of the formats."""


class _Party(_Wire):
    id: str | None = None
    role: str | None = None


class _Channel(_Wire):
    name: str | None = None


class _WireTicket(_Wire):
    id: Name
    creation_date: Moment
    description: str | None = None
    ticket_type: str | None = None
    severity: str | None = None
    status: str | None = None
    channel: _Channel | None = None
    related_party: tuple[_Party, ...] | None = None


class _TicketBody(_Wire):
    trouble_ticket: _WireTicket


class _TicketRecord(_Wire):
    event_time: Moment
    event: _TicketBody
    event_id: str | None = None


class _ManagedObject(_Wire):
    id: Name


class _WireAlarm(_Wire):
    id: Name
    alarmed_object: _ManagedObject
    state: AlarmState
    alarmed_object_type: str | None = None
    perceived_severity: str | None = None
    probable_cause: str | None = None
    alarm_type: str | None = None
    alarm_raised_time: Moment | None = None
    alarm_cleared_time: Moment | None = None


class _AlarmBody(_Wire):
    alarm: _WireAlarm


class _AlarmRecord(_Wire):
    event_time: Moment
    event: _AlarmBody
    event_id: str | None = None


class _WireMaintenance(_Wire):
    id: Name
    objects: tuple[Name, ...] = ()
    start: Moment | None = None
    end: Moment | None = None
    title: str | None = None


class _MaintenanceBody(_Wire):
    maintenance: _WireMaintenance


class _MaintenanceRecord(_Wire):
    event_time: Moment
    event: _MaintenanceBody
    event_id: str | None = None
    event_type: str = "MaintenanceCreateEvent"


class _WireAction(_Wire):
    id: Name
    actor: Name
    verb: Verb
    incident_id: Name
    reason: str | None = None
    tickets: tuple[Name, ...] = ()
    into: str | None = None
    domain: str | None = None
    text: str | None = None


class _ActionBody(_Wire):
    action: _WireAction


class _ActionRecord(_Wire):
    event_time: Moment
    event: _ActionBody
    event_id: str | None = None


_TICKETS = msgspec.json.Decoder(_TicketRecord)
_ALARMS = msgspec.json.Decoder(_AlarmRecord)
_MAINTENANCE = msgspec.json.Decoder(_MaintenanceRecord)
_ACTIONS = msgspec.json.Decoder(_ActionRecord)


def _decoded(decoder: msgspec.json.Decoder[Any], value: bytes) -> Any:
    try:
        return decoder.decode(value)
    except msgspec.ValidationError as error:
        raise BadRecordError("invalid", str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadRecordError("not-json", str(error)) from None


def decode_ticket(value: bytes) -> Ticket:
    """Decode one record of `gi.tickets`; raises `BadRecordError`."""
    record: _TicketRecord = _decoded(_TICKETS, value)
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


def decode_alarm(value: bytes) -> Alarm:
    """Decode one record of `gi.alarms`; raises `BadRecordError`."""
    record: _AlarmRecord = _decoded(_ALARMS, value)
    wire = record.event.alarm
    arrived = to_millis(record.event_time)
    cleared = wire.state is AlarmState.CLEARED
    occurred = wire.alarm_cleared_time if cleared else wire.alarm_raised_time
    return Alarm(
        id=wire.id,
        arrived=arrived,
        occurred=arrived if occurred is None else min(to_millis(occurred), arrived),
        event_id=record.event_id or wire.id,
        managed_object=wire.alarmed_object.id,
        state=wire.state,
        object_type=wire.alarmed_object_type or "",
        severity=wire.perceived_severity or "indeterminate",
        cause=wire.probable_cause or "",
        alarm_type=wire.alarm_type or "",
    )


def decode_maintenance(value: bytes) -> Maintenance:
    """Decode one record of `gi.maintenance`; raises `BadRecordError`."""
    record: _MaintenanceRecord = _decoded(_MAINTENANCE, value)
    wire = record.event.maintenance
    cancelled = record.event_type == "MaintenanceCancelEvent"
    if not cancelled and (wire.start is None or wire.end is None or not wire.objects):
        missing = next(k for k in ("start", "end", "objects") if not getattr(wire, k))
        message = f"Object missing required field `{missing}` - at `$.event.maintenance`"
        raise BadRecordError("invalid", message)
    start = to_millis(wire.start) if wire.start else 0
    end = to_millis(wire.end) if wire.end else 0
    if not cancelled and end <= start:
        raise BadRecordError("invalid", "`end` is not after `start` - at `$.event.maintenance`")
    return Maintenance(
        id=wire.id,
        arrived=to_millis(record.event_time),
        event_id=record.event_id or wire.id,
        objects=wire.objects,
        start=start,
        end=end,
        title=wire.title or "",
        cancelled=cancelled,
    )


def decode_action(value: bytes) -> Action:
    """Decode one record of `gi.actions`; raises `BadRecordError`."""
    record: _ActionRecord = _decoded(_ACTIONS, value)
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


DECODERS: dict[str, Callable[[bytes], Event]] = {
    "gi.tickets": decode_ticket,
    "gi.alarms": decode_alarm,
    "gi.maintenance": decode_maintenance,
    "gi.actions": decode_action,
}
"""How the records of each input topic are read."""
