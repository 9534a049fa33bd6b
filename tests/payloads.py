"""A whole record of every input, and the same with some keys changed."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

from correlator.formats.decode import decode_alarm, decode_maintenance, decode_ticket
from correlator.model import Alarm, Maintenance, Ticket

TICKET = {
    "eventId": "e1",
    "eventType": "TroubleTicketCreateEvent",
    "eventTime": "2026-11-22T08:52:14Z",
    "event": {
        "troubleTicket": {
            "id": "T00884213",
            "creationDate": "2026-11-22T08:52:10Z",
            "description": "plus de synchro depuis ce matin",
            "ticketType": "no-sync",
            "severity": "minor",
            "status": "acknowledged",
            "channel": {"name": "phone"},
            "relatedParty": [{"id": "C0010442", "role": "customer"}],
        }
    },
}
ALARM = {
    "eventId": "e2",
    "eventType": "AlarmCreateEvent",
    "eventTime": "2026-11-22T08:39:04Z",
    "event": {
        "alarm": {
            "id": "A5512",
            "alarmedObject": {"id": "DSL-00042/C07"},
            "alarmedObjectType": "line-card",
            "perceivedSeverity": "critical",
            "probableCause": "equipmentMalfunction",
            "alarmType": "equipmentAlarm",
            "state": "raised",
            "alarmRaisedTime": "2026-11-22T08:39:02Z",
        }
    },
}
MAINTENANCE = {
    "eventId": "e3",
    "eventType": "MaintenanceCreateEvent",
    "eventTime": "2026-11-20T08:00:00Z",
    "event": {
        "maintenance": {
            "id": "M17",
            "objects": ["AGG-0012"],
            "start": "2026-11-22T01:00:00+01:00",
            "end": "2026-11-22T03:00:00+01:00",
            "title": "travaux programmés",
        }
    },
}
ACTION = {
    "eventId": "e4",
    "eventType": "IncidentActionEvent",
    "eventTime": "2026-11-22T09:00:00Z",
    "event": {
        "action": {
            "id": "X1",
            "actor": "anna",
            "verb": "reject",
            "incidentId": "GI-20261122-7f3a91c2",
            "reason": "essai",
            "tickets": ["T1"],
        }
    },
}
RECORDS = {
    "gi.tickets": TICKET,
    "gi.alarms": ALARM,
    "gi.maintenance": MAINTENANCE,
    "gi.actions": ACTION,
}
IDS = [
    *((topic, "eventId") for topic in RECORDS),
    ("gi.tickets", "event.troubleTicket.id"),
    ("gi.tickets", "event.troubleTicket.relatedParty.0.id"),
    ("gi.tickets", "event.troubleTicket.place"),
    ("gi.alarms", "event.alarm.id"),
    ("gi.alarms", "event.alarm.alarmedObject.id"),
    ("gi.maintenance", "event.maintenance.id"),
    ("gi.maintenance", "event.maintenance.objects.0"),
    ("gi.actions", "event.action.id"),
    ("gi.actions", "event.action.actor"),
    ("gi.actions", "event.action.incidentId"),
    ("gi.actions", "event.action.tickets.0"),
    ("gi.actions", "event.action.into"),
    ("gi.actions", "event.action.domain"),
]
"""Where ids stand."""

EMPTY_DATES = [
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+01:00",
    "1899-12-30T00:00:00Z",
    "1900-01-01T00:00:00Z",
    "1969-12-31T23:59:59Z",
    "1970-01-01T00:00:00Z",
    "1970-01-01T00:00:00-11:00",
]
"""What systems write for no date."""

GONE = object()


def but(record: dict[str, Any], **changes: Any) -> bytes:
    """Return a record with some keys (`a__b__c` is a.b.c) set, or taken out when GONE."""
    changed = deepcopy(record)
    for path, value in changes.items():
        *above, last = path.split("__")
        place = changed
        for key in above:
            place = place[int(key) if isinstance(place, list) else key]
        if value is GONE:
            del place[last]
        else:
            place[int(last) if isinstance(place, list) else last] = value
    return json.dumps(changed).encode()


def ticket(**changes: Any) -> Ticket:
    top = {"eventTime", "eventId", "eventType"}
    paths = {k if k in top else f"event__troubleTicket__{k}": v for k, v in changes.items()}
    return decode_ticket(but(TICKET, **paths))


def alarm(**changes: Any) -> Alarm:
    return decode_alarm(but(ALARM, **{f"event__alarm__{k}": v for k, v in changes.items()}))


def maintenance(**changes: Any) -> Maintenance:
    return decode_maintenance(but(MAINTENANCE, **changes))


def deep(record: dict[str, Any], depth: int, opening: str, inner: str, closing: str) -> bytes:
    """Return a record with an unknown key, nested as deeply as told."""
    unknown = opening * depth + inner + closing * depth
    return f'{json.dumps(record)[:-1]}, "unknown": {unknown}}}'.encode()
