"""Planned works."""

from __future__ import annotations

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


class _WireMaintenance(Wire):
    id: Name
    objects: tuple[Name, ...] = ()
    start: Moment | None = None
    end: Moment | None = None
    title: str | None = None


class _Body(Wire):
    maintenance: _WireMaintenance


class _Record(Envelope[_Body]):
    event_type: str | None = None


_DECODER = msgspec.json.Decoder(_Record)


def decode_maintenance(value: bytes) -> Maintenance:
    """Decode one record of `gi.maintenance`; raises `BadRecordError`."""
    record: _Record = decoded(_DECODER, value)
    wire = record.event.maintenance
    cancelled = record.event_type == "MaintenanceCancelEvent"
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


def _check(wire: _WireMaintenance, start: Millis, end: Millis) -> None:
    """Raise `BadRecordError` for works that cannot be planned; a time of 0 is none."""
    if not wire.objects:
        raise BadRecordError("invalid", f"Object missing required field `objects` - {_PLACE}")
    if not start or not end:
        missing = "end" if start else "start"
        said = "missing" if getattr(wire, missing) is None else "an empty date"
        raise BadRecordError("invalid", f"`{missing}` is {said} - {_PLACE}")
    if end <= start:
        raise BadRecordError("invalid", f"`end` is not after `start` - {_PLACE}")


MAINTENANCE = Input("maintenance", decode_maintenance, kept_days=90)
