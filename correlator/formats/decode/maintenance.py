"""Planned works."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import msgspec

from correlator.formats.decode.record import (
    BadRecordError,
    Envelope,
    Input,
    Moment,
    Name,
    Wire,
    decoded,
    given,
    text,
)
from correlator.model import Maintenance, Millis

_PLACE = "at `$.event.maintenance`"
_CANCEL = "MaintenanceCancelEvent"


class MaintenancePayload(Wire):
    """Planned works on `objects`, which are failure domains, from `start` to `end`, after it."""

    id: Name
    objects: tuple[Name, ...] = ()
    start: Moment | None = None
    end: Moment | None = None
    title: str | None = None


class MaintenanceEvent(Wire):
    """The payload of `gi.maintenance`."""

    maintenance: MaintenancePayload


class MaintenanceRecord(Envelope[MaintenanceEvent]):
    """A record of `gi.maintenance`; `MaintenanceCancelEvent` cancels, all others plan."""

    event_type: str | None = None


_PLANNED = {
    "required": ["objects", "start", "end"],
    "properties": {
        "objects": {"minItems": 1},
        "start": {"type": "string"},
        "end": {"type": "string"},
    },
}
"""What `_check` asks for, but for how the times stand to each other."""

_Planned: TypeAlias = Annotated[
    MaintenanceRecord,
    msgspec.Meta(
        extra_json_schema={
            "if": {"properties": {"eventType": {"const": _CANCEL}}, "required": ["eventType"]},
            "else": {"properties": {"event": {"properties": {"maintenance": _PLANNED}}}},
        }
    ),
]
_DECODER = msgspec.json.Decoder(MaintenanceRecord)


def decode_maintenance(value: bytes) -> Maintenance:
    """Decode one record of `gi.maintenance`; raises `BadRecordError`."""
    record: MaintenanceRecord = decoded(_DECODER, value)
    wire = record.event.maintenance
    cancelled = record.event_type == _CANCEL
    start, end = given(wire.start) or 0, given(wire.end) or 0
    if not cancelled:
        _check(wire, start, end)
    return Maintenance(
        id=wire.id,
        arrived=record.arrived(),
        event_id=record.event_id or wire.id,
        objects=wire.objects,
        start=start,
        end=end,
        title=text(wire.title),
        cancelled=cancelled,
    )


def _check(wire: MaintenancePayload, start: Millis, end: Millis) -> None:
    """Raise `BadRecordError` for works that cannot be planned; a time of 0 is none."""
    if not wire.objects:
        raise BadRecordError("invalid", f"Object missing required field `objects` - {_PLACE}")
    if not start or not end:
        missing = "end" if start else "start"
        said = "missing" if getattr(wire, missing) is None else "an empty date"
        raise BadRecordError("invalid", f"`{missing}` is {said} - {_PLACE}")
    if end <= start:
        raise BadRecordError("invalid", f"`end` is not after `start` - {_PLACE}")


MAINTENANCE = Input(
    "maintenance",
    decode_maintenance,
    _Planned,
    says="Planned works.",
    event_types=("MaintenanceCreateEvent", _CANCEL),
    example="""{"eventId": "e3", "eventType": "MaintenanceCreateEvent",
        "eventTime": "2026-11-20T16:00:00Z",
        "event": {"maintenance": {"id": "M17", "objects": ["AGG-0012"],
            "title": "travaux programmés",
            "start": "2026-11-22T22:00:00Z", "end": "2026-11-23T04:00:00Z"}}}""",
    kept_days=90,
)
