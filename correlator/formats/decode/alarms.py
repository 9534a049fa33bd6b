"""The network's alarms, as TMF642 writes them."""

from __future__ import annotations

import msgspec

from correlator.formats.decode.record import (
    Envelope,
    Input,
    Moment,
    Name,
    Wire,
    decoded,
    occurrence,
    word,
)
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


class _Body(Wire):
    alarm: _WireAlarm


_DECODER = msgspec.json.Decoder(Envelope[_Body])


def decode_alarm(value: bytes) -> Alarm:
    """Decode one record of `gi.alarms`; raises `BadRecordError`."""
    record: Envelope[_Body] = decoded(_DECODER, value)
    wire = record.event.alarm
    arrived = record.arrived()
    cleared = wire.state is AlarmState.CLEARED
    occurred = wire.alarm_cleared_time if cleared else wire.alarm_raised_time
    return Alarm(
        id=wire.id,
        arrived=arrived,
        occurred=occurrence(occurred, arrived),
        event_id=record.event_id or wire.id,
        managed_object=wire.alarmed_object.id,
        state=wire.state,
        object_type=word(wire.alarmed_object_type),
        severity=word(wire.perceived_severity) or "indeterminate",
        cause=word(wire.probable_cause),
        alarm_type=word(wire.alarm_type),
    )


ALARMS = Input("alarms", decode_alarm, kept_days=14, spread=True)
