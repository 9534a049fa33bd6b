"""Planned works."""

from __future__ import annotations

import msgspec

from correlator.formats.decode.record import BadRecordError, Input, Moment, Name, Wire, decoded
from correlator.formats.times import to_millis
from correlator.model import Maintenance


class _WireMaintenance(Wire):
    id: Name
    objects: tuple[Name, ...] = ()
    start: Moment | None = None
    end: Moment | None = None
    title: str | None = None


class _MaintenanceBody(Wire):
    maintenance: _WireMaintenance


class _MaintenanceRecord(Wire):
    event_time: Moment
    event: _MaintenanceBody
    event_id: str | None = None
    event_type: str = "MaintenanceCreateEvent"


_DECODER = msgspec.json.Decoder(_MaintenanceRecord)


def decode_maintenance(value: bytes) -> Maintenance:
    """Decode one record of `gi.maintenance`; raises `BadRecordError`."""
    record: _MaintenanceRecord = decoded(_DECODER, value)
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


MAINTENANCE = Input("maintenance", decode_maintenance, kept_days=90)
