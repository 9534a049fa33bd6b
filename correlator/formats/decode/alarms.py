"""The network's alarms, as TMF642 writes them."""

from __future__ import annotations

import msgspec

from correlator.formats.decode.record import Input, Moment, Name, Wire, decoded
from correlator.formats.times import to_millis
from correlator.model import Alarm, AlarmState


class _ManagedObject(Wire):
    id: Name


class _WireAlarm(Wire):
    id: Name
    alarmed_object: _ManagedObject
    state: AlarmState
    alarmed_object_type: str | None = None
    perceived_severity: str | None = None
    probable_cause: str | None = None
    alarm_type: str | None = None
    alarm_raised_time: Moment | None = None
    alarm_cleared_time: Moment | None = None


class _AlarmBody(Wire):
    alarm: _WireAlarm


class _AlarmRecord(Wire):
    event_time: Moment
    event: _AlarmBody
    event_id: str | None = None


_DECODER = msgspec.json.Decoder(_AlarmRecord)


def decode_alarm(value: bytes) -> Alarm:
    """Decode one record of `gi.alarms`; raises `BadRecordError`."""
    record: _AlarmRecord = decoded(_DECODER, value)
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


ALARMS = Input("alarms", decode_alarm, kept_days=14, spread=True)
