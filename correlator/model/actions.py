"""What people do: actions, and what the words of each are."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar, TypeAlias

import msgspec

from correlator.model.base import Frozen, Millis

# The console's actions are read as they are: what no index and no column takes is refused there.
Id: TypeAlias = Annotated[str, msgspec.Meta(max_length=512)]
Words: TypeAlias = Annotated[str, msgspec.Meta(max_length=10_000)]
Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
_Moment: TypeAlias = Annotated[Millis, msgspec.Meta(ge=0, le=253_402_128_000_000)]  # year 9999


class Verb(StrEnum):
    """What people do to an incident."""

    ACKNOWLEDGE = "acknowledge"
    CONFIRM = "confirm"
    REJECT = "reject"
    LINK = "link"
    UNLINK = "unlink"
    SCOPE = "scope"
    MERGE = "merge"
    SPLIT = "split"
    RESOLVE = "resolve"
    CLOSE = "close"
    REOPEN = "reopen"
    MESSAGE = "message"
    UNACKNOWLEDGE = "unacknowledge"
    UNCONFIRM = "unconfirm"
    ASSIGN = "assign"
    DECLARE = "declare"
    PROMISE = "promise"
    SAY = "say"
    NOTE = "note"
    EXTERNAL = "external"
    TOLD = "told"
    NOT_THIS = "not-this"


class RejectCode(StrEnum):
    """Why a person rejects an incident."""

    COINCIDENCE = "coincidence"
    WRONG_SCOPE = "wrong-scope"
    MAINTENANCE = "maintenance"
    DUPLICATE = "duplicate"
    EXTERNAL = "external"


class Audience(StrEnum):
    """Whom a text is for: agents, first level, text messages, the voice server."""

    AGENT = "agent"
    N1 = "n1"
    SMS = "sms"
    IVR = "ivr"


class Phase(StrEnum):
    """What a text tells: an incident is known, certain, has a restore time, or is over."""

    DETECTED = "detected"
    CONFIRMED = "confirmed"
    TIMED = "timed"
    POSTPONED = "postponed"
    RESTORED = "restored"


class ExternalState(StrEnum):
    """Where a ticket at another operator stands."""

    SENT = "sent"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    ANSWERED = "answered"


class Restore(Frozen, frozen=True):
    """When service is to be back; who says so (`source`), and how sure that is."""

    time: _Moment
    source: Id = ""
    confidence: Id = ""


class Wording(Frozen, frozen=True):
    """An approved text, in both languages."""

    audience: Audience
    phase: Phase
    fr: Words
    en: Words = ""


class External(Frozen, frozen=True):
    """A ticket at another operator, who repairs the cause."""

    owner: Id
    number: Id
    state: ExternalState


class Told(Frozen, frozen=True):
    """A customer who was told promise `promise`; 0: that there is no restore time yet."""

    customer: Id
    ticket: Id = ""
    channel: Id = ""
    promise: Count = 0


class Action(Frozen, frozen=True, tag="action"):
    """What a person or a system did to an incident.

    `reason` goes with reject, link, unlink, merge and most others; `code` with reject; `tickets`
    with link, unlink, not-this and split; `into` with merge (the incident that stays); `domain`
    with scope, split and declare; `symptom` with declare; `text` with message and note; `to` with
    assign (a person or a team). `restore` goes with promise, `wording` with say, `external` and
    `told` with the verbs of the same names. `expects` is the `rev` of the incident that the person
    saw: at any other the action is refused as stale.
    """

    RANK: ClassVar[int] = 5

    id: Id
    arrived: Millis
    event_id: Id
    actor: Id
    verb: Verb
    incident: Id
    reason: Words = ""
    tickets: tuple[Id, ...] = ()
    into: Id = ""
    domain: Id = ""
    text: Words = ""
    code: RejectCode | None = None
    symptom: Id = ""
    to: Id = ""
    restore: Restore | None = None
    wording: Wording | None = None
    external: External | None = None
    told: Told | None = None
    expects: Count | None = None
