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


class AlarmedObject(Wire):
    """The equipment that alarms, by its id in the inventory."""

    id: Name


class AlarmPayload(Wire):
    """An alarm; the same `id` may be raised again after it cleared.

    It occurred at `alarmRaisedTime`, and one that is cleared at `alarmClearedTime`; without it, or
    with an empty date, when it arrived. Without `perceivedSeverity` it is indeterminate.
    `probableCause` is what rules weigh it by.
    """

    id: Name
    alarmed_object: AlarmedObject
    state: AlarmState
    alarmed_object_type: str | None = None
    perceived_severity: str | None = None
    probable_cause: str | None = None
    alarm_type: str | None = None
    alarm_raised_time: Moment | None = None
    alarm_cleared_time: Moment | None = None


class AlarmEvent(Wire):
    """The payload of `gi.alarms`."""

    alarm: AlarmPayload


class AlarmRecord(Envelope[AlarmEvent]):
    """A record of `gi.alarms`."""


_DECODER = msgspec.json.Decoder(AlarmRecord)


def decode_alarm(value: bytes) -> Alarm:
    """Decode one record of `gi.alarms`; raises `BadRecordError`."""
    record: AlarmRecord = decoded(_DECODER, value)
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


ALARMS = Input(
    "alarms",
    decode_alarm,
    AlarmRecord,
    says="The network's alarms, as TMF642 writes them.",
    event_types=(
        "AlarmCreateEvent",
        "AlarmAttributeValueChangeEvent",
        "AlarmStateChangeEvent",
        "AlarmClearEvent",
    ),
    example="""{"eventId": "e2", "eventType": "AlarmCreateEvent",
        "eventTime": "2026-11-22T08:39:04Z",
        "event": {"alarm": {"id": "A5512", "alarmedObject": {"id": "DSL-00042/C07"},
            "alarmedObjectType": "line-card", "perceivedSeverity": "critical",
            "probableCause": "equipmentMalfunction", "alarmType": "equipmentAlarm",
            "state": "raised", "alarmRaisedTime": "2026-11-22T08:39:02Z"}}}""",
    kept_days=14,
    spread=True,
)
