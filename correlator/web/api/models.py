"""What the API says: types of its own, so that what is inside may change without breaking anybody.

Times are RFC 3339 in UTC. What is absent is null.
"""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.responses import Response

_ENCODER = msgspec.json.Encoder()


class Model(msgspec.Struct, frozen=True, rename="camel"):
    """Base of what the API says."""


class Problem(Model, frozen=True):
    """An error, on every path in this shape."""

    code: str
    reason: str
    message: str
    status: str


class Answer(Model, frozen=True):
    """What to tell a customer who calls.

    `verdict`: yes, probable, no, restored, maintenance or unknown. `symptomAssumed`: nobody said
    which. `linked`: the ticket is linked to the incident.
    """

    key: str
    verdict: str
    sentence: str
    because: str
    do_not: list[str]
    next: str
    incident_id: str | None
    symptom: str | None
    symptom_assumed: bool
    since: str | None
    restore_time: str | None
    restore_overdue: bool
    linked: bool
    at: str


class Preview(Model, frozen=True):
    """What an action would move, as a sentence; empty where nothing would."""

    sentence: str


class Health(Model, frozen=True):
    """How the console and the engine stand. `seq`: the last change that is known."""

    ready: bool
    engine_stopped: bool
    engine_behind_ms: int
    engine_time: str
    streams: int
    seq: int


class ActionStanding(Model, frozen=True):
    """What became of an action: unknown, held, waiting, done, refused or stale."""

    id: str
    standing: str
    error: str | None
    incident_id: str | None
    rev: int


class Target(Model, frozen=True):
    """An incident, and its `rev` as it was seen; without one nobody asks what came since."""

    id: str
    rev: int | None = None


class ActionRequest(Model, frozen=True):
    """Something to do with incidents. `verb` and `fields` as in the topic `gi.actions`.

    `fields`: values by name, as `text`, `tickets`, `restore`, `code`. `now`: what has no inverse
    is not held for half a minute.
    """

    verb: str
    incidents: list[Target] = []
    fields: dict[str, str] = {}
    now: bool = False


class ActionOutcome(Model, frozen=True):
    """What became of it for one incident; `status` as HTTP has it, `rev`: afterwards."""

    incident_id: str | None
    action: str
    status: int
    sentence: str
    rev: int | None
    field: str | None


class ActionOutcomes(Model, frozen=True):
    """What became of it, incident by incident."""

    outcomes: list[ActionOutcome]


class Incident(Model, frozen=True):
    """A generic incident. `cause`: the failing domains, none outside the network.

    `rev` counts what people and the engine decided, `version` every change. `names`: by language.
    """

    id: str
    rev: int
    version: int
    state: str
    rule: str
    symptom: str
    cause: list[str]
    cause_type: str | None
    names: dict[str, str]
    reason: str
    priority: int
    severity: str
    customers: int
    tickets: int
    alarms: list[str]
    onset: str
    announced: str | None
    resolved: str | None
    restore_time: str | None
    owner: str | None
    acknowledged_by: str | None
    confirmed_by: str | None
    parent: str | None


class Incidents(Model, frozen=True):
    """A page of incidents, the latest first. `after`: what to ask the next page with, or null."""

    incidents: list[Incident]
    after: str | None


def answered(body: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return a body as JSON."""
    return Response(_ENCODER.encode(body), status, headers, "application/json")


def plain(value: Any) -> Any:
    """Return a value as JSON has it."""
    return msgspec.to_builtins(value)
