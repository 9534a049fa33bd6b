"""Alerts of Prometheus' Alertmanager (its webhook, version 4) as alarms of the feed."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import msgspec

from correlator.adapters.sql import PostedRecord
from correlator.adapters.sql.values import storable
from correlator.formats.decode import ALARMS
from correlator.formats.times import to_rfc3339
from correlator.web.api.bodies import WrongBodyError, body_of
from correlator.web.api.models import Ingested, answered
from correlator.web.console import in_thread
from correlator.web.tmf.feeds import arrival
from correlator.web.visits import visit

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from correlator.model import Millis

OBJECT_LABELS = ("equipment", "device", "host", "instance")
"""The labels of which the first that is there says which equipment an alert is about."""
_SEVERITIES = {"critical": "critical", "error": "major", "warning": "minor", "info": "warning"}
_NEVER = "0001-01-01"
_MOST_OF_A_GROUP = 8_000_000  # bytes: a storm is told in one body, and one refused is not retried
_DEFINITION = 64  # letters of an alert's name


class Alert(msgspec.Struct, frozen=True, rename="camel"):
    """An alert of the webhook. `endsAt` is of the year 1 while it is firing."""

    status: str
    labels: dict[str, str]
    starts_at: str
    ends_at: str = ""
    fingerprint: str = ""


class AlertGroup(msgspec.Struct, frozen=True, rename="camel"):
    """What Alertmanager posts."""

    alerts: list[Alert]
    version: str = "4"


async def take_in(request: Request) -> Response:
    """Take in alerts; one that names no equipment becomes a dead letter."""
    here = visit(request)
    console = here.console
    try:
        raw = await body_of(request, ("application/json",), _MOST_OF_A_GROUP)
        group = msgspec.json.decode(raw, type=AlertGroup)
    except WrongBodyError as error:
        return error.answer()
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        return WrongBodyError(400, str(error)).answer()
    now, at = console.clock(), arrival(console)
    records = [record_of(alert, at) for alert in group.alerts]
    if records:
        await in_thread(lambda: console.documents.hand_over(records, now))
    console.audit.note(here.who, now, "post alerts", "alertmanager", "202")
    return answered(Ingested(taken=len(records)), 202)


def record_of(alert: Alert, at: Millis) -> PostedRecord:
    """Return an alert as a record of the alarms' feed, as it stands at `at`."""
    cleared = alert.status == "resolved"
    key = _id_of(alert)
    said: dict[str, Any] = {
        "id": key,
        "alarmedObject": _object_of(alert.labels),
        "state": "cleared" if cleared else "raised",
        "perceivedSeverity": _severity(alert.labels),
        "probableCause": alert.labels.get("alertname", "")[:_DEFINITION],
        "alarmType": alert.labels.get("alarm_type", "qualityOfServiceAlarm"),
        "alarmRaisedTime": alert.starts_at,
    }
    if cleared and alert.ends_at and not alert.ends_at.startswith(_NEVER):
        said["alarmClearedTime"] = alert.ends_at
    envelope = {
        "eventId": f"{key}-{said['state']}-{alert.starts_at}",
        "eventType": "AlarmStateChangeEvent" if cleared else "AlarmCreateEvent",
        "eventTime": to_rfc3339(at),
        "event": {"alarm": said},
    }
    return PostedRecord(ALARMS.topic, key, msgspec.json.encode(envelope))


def _id_of(alert: Alert) -> str:
    """Return the alert's fingerprint, or one made of its labels as Alertmanager does."""
    if alert.fingerprint:
        return f"am-{storable(alert.fingerprint)[:100]}"
    text = "\0".join(f"{name}\0{value}" for name, value in sorted(alert.labels.items()))
    return f"am-{sha256(text.encode('utf-8', 'replace')).hexdigest()[:16]}"


def _object_of(labels: Mapping[str, str]) -> dict[str, str]:
    """Return the equipment; a port behind `instance` is that of who measures, and left out."""
    for name in OBJECT_LABELS:
        if value := labels.get(name, ""):
            host, _, port = value.rpartition(":")
            return {"id": host if name == "instance" and host and port.isdecimal() else value}
    return {}


def _severity(labels: Mapping[str, str]) -> str:
    said = labels.get("severity", "").lower()
    return _SEVERITIES.get(said, said or "indeterminate")
