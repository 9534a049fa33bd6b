"""Events → the records that they came in, as bytes: what decodes to the same event again."""

from __future__ import annotations

from typing import Any

import msgspec

from correlator.formats.decode import ALARMS, MAINTENANCE, TICKETS, Input
from correlator.formats.times import to_rfc3339
from correlator.model import Alarm, AlarmState, Event, Maintenance, Millis, Ticket

_ENCODER = msgspec.json.Encoder()


def record_of(event: Event) -> tuple[Input, bytes] | None:
    """Return the input that brings such an event, and its record; None for what no feed brings.

    Nor for what people do: that belongs to whoever did it.
    """
    match event:
        case Ticket():
            return TICKETS, _record("TroubleTicketCreateEvent", event, _ticket(event))
        case Alarm():
            return ALARMS, _record("AlarmCreateEvent", event, _alarm(event))
        case Maintenance():
            verb = "Cancel" if event.cancelled else "Create"
            return MAINTENANCE, _record(f"Maintenance{verb}Event", event, _maintenance(event))
        case _:
            return None


def _record(kind: str, event: Ticket | Alarm | Maintenance, payload: dict[str, Any]) -> bytes:
    return _ENCODER.encode(
        {
            "eventId": event.event_id,
            "eventType": kind,
            "eventTime": to_rfc3339(event.arrived),
            "event": payload,
        }
    )


def _ticket(event: Ticket) -> dict[str, Any]:
    party = [] if event.customer is None else [{"id": event.customer, "role": "customer"}]
    said = {
        "id": event.id,
        "creationDate": to_rfc3339(event.occurred),
        "description": event.text,
        "ticketType": event.symptom,
        "severity": event.severity,
        "status": event.status,
        "channel": {"name": event.channel} if event.channel else None,
        "relatedParty": party,
        "place": event.place,
    }
    return {"troubleTicket": _said(said)}


def _alarm(event: Alarm) -> dict[str, Any]:
    when = "alarmClearedTime" if event.state is AlarmState.CLEARED else "alarmRaisedTime"
    said = {
        "id": event.id,
        "alarmedObject": {"id": event.managed_object},
        "alarmedObjectType": event.object_type,
        "state": event.state,
        "perceivedSeverity": event.severity,
        "probableCause": event.cause,
        "alarmType": event.alarm_type,
        when: to_rfc3339(event.occurred),
    }
    return {"alarm": _said(said)}


def _maintenance(event: Maintenance) -> dict[str, Any]:
    said = {
        "id": event.id,
        "objects": event.objects,
        "start": _time(event.start),
        "end": _time(event.end),
        "title": event.title,
    }
    return {"maintenance": _said(said)}


def _said(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, "")}


def _time(time: Millis) -> str | None:
    """Return a time; None for 0, which is none."""
    return to_rfc3339(time) if time else None
