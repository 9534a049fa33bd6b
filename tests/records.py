"""The contract's records as bytes, for tests that speak to the shell."""

from __future__ import annotations

from typing import Any

import msgspec

from correlator.formats.times import to_rfc3339
from correlator.model import Action, Millis
from correlator.ports import Partition, Record

TICKETS = Partition("gi.tickets", 0)
ALARMS = Partition("gi.alarms", 0)


def ticket_bytes(
    name: str,
    arrived: Millis,
    customer: str | None = None,
    occurred: Millis | None = None,
    **more: str,
) -> bytes:
    """Return a ticket record; it occurred when it arrived unless told otherwise."""
    party = [] if customer is None else [{"id": customer, "role": "customer"}]
    wire = {
        "id": name,
        "creationDate": to_rfc3339(arrived if occurred is None else occurred),
        "ticketType": "no-sync",
        "relatedParty": party,
        **more,
    }
    return _envelope("TroubleTicketCreateEvent", name, arrived, {"troubleTicket": wire})


def alarm_bytes(
    name: str,
    arrived: Millis,
    where: str = "DSL-00001",
    raised: Millis | None = None,
    state: str = "raised",
) -> bytes:
    """Return an alarm record."""
    wire: dict[str, Any] = {
        "id": name,
        "alarmedObject": {"id": where},
        "state": state,
        "perceivedSeverity": "critical",
        "probableCause": "lossOfSignal",
    }
    if raised is not None:
        wire["alarmRaisedTime"] = to_rfc3339(raised)
    return _envelope("AlarmCreateEvent", name, arrived, {"alarm": wire})


def action_bytes(action: Action, arrived: Millis) -> bytes:
    """Return an action record that arrives then, with all that the action brings."""
    wire = msgspec.to_builtins(action)
    for name in ("type", "arrived", "event_id"):
        wire.pop(name, None)
    wire["incidentId"] = wire.pop("incident") or None
    if action.restore is not None:
        wire["restore"]["time"] = to_rfc3339(action.restore.time)
    return _envelope("IncidentActionEvent", action.event_id, arrived, {"action": wire})


def _envelope(kind: str, name: str, arrived: Millis, event: dict[str, Any]) -> bytes:
    return msgspec.json.encode(
        {"eventId": name, "eventType": kind, "eventTime": to_rfc3339(arrived), "event": event}
    )


def record(partition: Partition, offset: int, value: bytes) -> Record:
    """Return what a source would hand over."""
    return Record(partition.topic, partition.number, offset, None, value, 0)
