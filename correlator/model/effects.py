"""What the engine decides: effects, which the shell stores and publishes."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

from correlator.model.base import CORRELATOR, Frozen, Millis
from correlator.model.events import Action, Alarm, Kept, Ticket
from correlator.model.incidents import Incident, Link
from correlator.model.reasons import Reason


class Answer(StrEnum):
    """The word an agent reads first when a customer calls."""

    YES = "yes"
    PROBABLE = "probable"
    NO = "no"
    RESTORED = "restored"
    MAINTENANCE = "maintenance"
    UNKNOWN = "unknown"


class Change(Frozen, frozen=True):
    """One journal row: which field of what went from `old` to `new`, by whom, why."""

    subject: str
    subject_id: str
    field: str
    old: str
    new: str
    time: Millis
    actor: str = CORRELATOR


class TicketKept(Frozen, frozen=True, tag="ticket-kept"):
    """The ticket's current state; `symptom` is what the engine took it for."""

    ticket: Ticket
    symptom: str
    known: bool


class AlarmKept(Frozen, frozen=True, tag="alarm-kept"):
    """The alarm's current state."""

    alarm: Alarm
    known: bool


class ActionDone(Frozen, frozen=True, tag="action-done"):
    """What became of an action: carried out, or refused with the error."""

    action: Action
    error: str = ""


class IncidentChanged(Frozen, frozen=True, tag="incident"):
    """The incident's new state; `kind` says what sort of change it was for the outside."""

    incident: Incident
    kind: str  # created, state, attributes


class LinkChanged(Frozen, frozen=True, tag="link"):
    """A link was made, changed or taken back."""

    link: Link


class Verdict(Frozen, frozen=True, tag="verdict"):
    """What an agent would have read when the ticket arrived, before this ticket counted."""

    ticket: str
    time: Millis
    answer: Answer
    reason: Reason
    incident: str = ""
    cause: str = ""
    probability: float = 0.0


class Suppressed(Frozen, frozen=True, tag="suppressed"):
    """Something that would have been announced and was not, with its cause."""

    domain: str
    rule: str
    time: Millis
    reason: Reason


class Journaled(Frozen, frozen=True, tag="journal"):
    """A journal row."""

    change: Change


Effect: TypeAlias = (
    TicketKept
    | AlarmKept
    | Kept
    | ActionDone
    | IncidentChanged
    | LinkChanged
    | Verdict
    | Suppressed
    | Journaled
)
