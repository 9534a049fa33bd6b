"""What people and systems do to incidents."""

from __future__ import annotations

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


class _WireRestore(Wire):
    time: Moment
    source: str | None = None
    confidence: str | None = None


class _WireWording(Wire):
    audience: Audience
    phase: Phase
    fr: str
    en: str | None = None


class _WireExternal(Wire):
    owner: Name
    number: Name
    state: ExternalState


class _WireTold(Wire):
    customer: Name
    ticket: MaybeName = None
    channel: str | None = None
    promise: Count = 0


class _WireAction(Wire):
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
    restore: _WireRestore | None = None
    wording: _WireWording | None = None
    external: _WireExternal | None = None
    told: _WireTold | None = None
    expects: Count | None = None


class _Body(Wire):
    action: _WireAction


_DECODER = msgspec.json.Decoder(Envelope[_Body])


def decode_action(value: bytes) -> Action:
    """Decode one record of `gi.actions`; raises `BadRecordError`."""
    record: Envelope[_Body] = decoded(_DECODER, value)
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


def _restore(wire: _WireRestore | None) -> Restore | None:
    if wire is None:
        return None
    time = given(wire.time)
    if time is None:
        raise BadRecordError("invalid", "an empty date - at `$.event.action.restore.time`")
    return Restore(time, word(wire.source), word(wire.confidence))


def _wording(wire: _WireWording | None) -> Wording | None:
    if wire is None:
        return None
    return Wording(wire.audience, wire.phase, text(wire.fr), text(wire.en))


def _external(wire: _WireExternal | None) -> External | None:
    return None if wire is None else External(wire.owner, wire.number, wire.state)


def _told(wire: _WireTold | None) -> Told | None:
    if wire is None:
        return None
    return Told(wire.customer, wire.ticket or "", word(wire.channel), wire.promise)


ACTIONS = Input("actions", decode_action, kept_days=90)
