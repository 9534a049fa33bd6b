"""What people do: actions, and what the words of each are."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from correlator.model.base import Frozen, Millis


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

    time: Millis
    source: str = ""
    confidence: str = ""


class Wording(Frozen, frozen=True):
    """An approved text, in both languages."""

    audience: Audience
    phase: Phase
    fr: str
    en: str = ""


class External(Frozen, frozen=True):
    """A ticket at another operator, who repairs the cause."""

    owner: str
    number: str
    state: ExternalState


class Told(Frozen, frozen=True):
    """A customer who was told promise `promise`; 0: that there is no restore time yet."""

    customer: str
    ticket: str = ""
    channel: str = ""
    promise: int = 0


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

    id: str
    arrived: Millis
    event_id: str
    actor: str
    verb: Verb
    incident: str
    reason: str = ""
    tickets: tuple[str, ...] = ()
    into: str = ""
    domain: str = ""
    text: str = ""
    code: RejectCode | None = None
    symptom: str = ""
    to: str = ""
    restore: Restore | None = None
    wording: Wording | None = None
    external: External | None = None
    told: Told | None = None
    expects: int | None = None
