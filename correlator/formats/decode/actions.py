"""What people and systems do to incidents."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import msgspec

from correlator.formats.decode.record import (
    BadRecordError,
    Envelope,
    Input,
    MaybeName,
    Moment,
    Name,
    Wire,
    decoded,
    given,
    text,
    word,
)
from correlator.model import (
    Action,
    Audience,
    External,
    ExternalState,
    Phase,
    RejectCode,
    Restore,
    Told,
    Verb,
    Wording,
)
from correlator.model.actions import Count


class ActionRestore(Wire):
    """When service is to be back, who says so, and how sure that is."""

    time: Moment
    source: str | None = None
    confidence: str | None = None


class ActionWording(Wire):
    """An approved text."""

    audience: Audience
    phase: Phase
    fr: str
    en: str | None = None


class ActionExternal(Wire):
    """A ticket at the operator who repairs the cause."""

    owner: Name
    number: Name
    state: ExternalState


class ActionTold(Wire):
    """A customer who was told a promise, by its number; 0: that there is no time yet."""

    customer: Name
    ticket: MaybeName = None
    channel: str | None = None
    promise: Count = 0


class ActionPayload(Wire):
    """What a person or a system does to an incident; `declare` has no `incidentId` yet.

    `expects` is the `rev` of the incident that the person saw: at any other the action is refused
    as stale. Which further keys a verb needs is judged when it is carried out.
    """

    id: Name
    actor: Name
    verb: Verb
    incident_id: MaybeName = None
    reason: str | None = None
    tickets: tuple[Name, ...] = ()
    into: MaybeName = None
    domain: MaybeName = None
    text: str | None = None
    code: RejectCode | None = None
    symptom: MaybeName = None
    to: MaybeName = None
    restore: ActionRestore | None = None
    wording: ActionWording | None = None
    external: ActionExternal | None = None
    told: ActionTold | None = None
    expects: Count | None = None


_ABOUT_AN_INCIDENT = {
    "if": {"properties": {"verb": {"const": Verb.DECLARE.value}}, "required": ["verb"]},
    "else": {
        "required": ["incidentId"],
        "properties": {"incidentId": {"type": "string", "minLength": 1}},
    },
}
"""What the decoder asks for beside the type."""

_Action: TypeAlias = Annotated[ActionPayload, msgspec.Meta(extra_json_schema=_ABOUT_AN_INCIDENT)]


class ActionEvent(Wire):
    """The payload of `gi.actions`."""

    action: _Action


class ActionRecord(Envelope[ActionEvent]):
    """A record of `gi.actions`."""


_DECODER = msgspec.json.Decoder(ActionRecord)


def decode_action(value: bytes) -> Action:
    """Decode one record of `gi.actions`; raises `BadRecordError`."""
    record: ActionRecord = decoded(_DECODER, value)
    wire = record.event.action
    if not wire.incident_id and wire.verb is not Verb.DECLARE:
        missing = "Object missing required field `incidentId` - at `$.event.action`"
        raise BadRecordError("invalid", missing)
    return Action(
        id=wire.id,
        arrived=record.arrived(),
        event_id=record.event_id or wire.id,
        actor=wire.actor,
        verb=wire.verb,
        incident=wire.incident_id or "",
        reason=text(wire.reason),
        tickets=wire.tickets,
        into=wire.into or "",
        domain=wire.domain or "",
        text=text(wire.text),
        code=wire.code,
        symptom=wire.symptom or "",
        to=wire.to or "",
        restore=_restore(wire.restore),
        wording=_wording(wire.wording),
        external=_external(wire.external),
        told=_told(wire.told),
        expects=wire.expects,
    )


def _restore(wire: ActionRestore | None) -> Restore | None:
    if wire is None:
        return None
    time = given(wire.time)
    if time is None:
        raise BadRecordError("invalid", "an empty date - at `$.event.action.restore.time`")
    return Restore(time, word(wire.source), word(wire.confidence))


def _wording(wire: ActionWording | None) -> Wording | None:
    if wire is None:
        return None
    return Wording(wire.audience, wire.phase, text(wire.fr), text(wire.en))


def _external(wire: ActionExternal | None) -> External | None:
    return None if wire is None else External(wire.owner, wire.number, wire.state)


def _told(wire: ActionTold | None) -> Told | None:
    if wire is None:
        return None
    return Told(wire.customer, wire.ticket or "", word(wire.channel), wire.promise)


ACTIONS = Input(
    "actions",
    decode_action,
    ActionRecord,
    says="What people and systems do to incidents.",
    event_types=("IncidentActionEvent",),
    example="""{"eventId": "e4", "eventType": "IncidentActionEvent",
        "eventTime": "2026-11-22T09:01:30Z",
        "event": {"action": {"id": "X881", "actor": "m.durand", "verb": "confirm",
            "incidentId": "GI-20261122-7f3a91c2"}}}""",
    kept_days=90,
)
