"""Alarms (TMF642): those of the feeds as the daemon keeps them, and those that are posted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from correlator.formats.decode import ALARMS
from correlator.formats.times import to_rfc3339
from correlator.web.tmf.fed import Fed
from correlator.web.tmf.feeds import Feed
from correlator.web.tmf.shapes import AlarmCreate, AlarmPatch

if TYPE_CHECKING:
    from correlator.adapters.sql import AlarmRow
    from correlator.web.tmf.collections import Resource

NAME = "alarm"
_CLEARED = "cleared"


def _of_row(row: AlarmRow) -> Resource:
    at = to_rfc3339(row.occurred)
    body: Resource = {
        "id": row.id,
        "@type": "Alarm",
        "alarmedObject": {"id": row.managed_object},
        "alarmedObjectType": row.object_type,
        "alarmType": row.alarm_type,
        "perceivedSeverity": row.severity,
        "probableCause": row.cause,
        "state": row.state,
        "sourceSystemId": ALARMS.topic,
        "alarmRaisedTime": at,
        "alarmChangedTime": to_rfc3339(row.changed),
    }
    return body | ({"alarmClearedTime": at} if row.state == _CLEARED else {})


def _filled(at: str) -> Resource:
    """Return what an alarm has that was not posted."""
    return {"@type": "Alarm", "alarmReportingTime": at}


FEED = Feed(
    Fed(NAME, lambda console: console.alarms, _of_row, customers=False),
    ALARMS.topic,
    "alarm",
    "ALM",
    (
        *("id", "alarmedObject", "alarmedObjectType", "perceivedSeverity", "probableCause"),
        *("alarmType", "state", "alarmRaisedTime", "alarmClearedTime"),
    ),
    AlarmCreate,
    AlarmPatch,
    _filled,
)
