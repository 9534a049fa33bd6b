"""What the engine decides: effects, which the shell stores and publishes."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

from correlator.model.actions import Action, External, Told
from correlator.model.base import CORRELATOR, Frozen, Millis, Shares
from correlator.model.events import Alarm, Kept, Ticket
from correlator.model.figures import Figures, MinuteCount, Neighbourhood
from correlator.model.incidents import ApprovedText, Incident, Link, Promise
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
    """One journal row: which field of what went from `old` to `new`, by whom, why.

    `action`: the id of the action that did it, "" where the engine did.
    """

    subject: str
    subject_id: str
    field: str
    old: str
    new: str
    time: Millis
    actor: str = CORRELATOR
    reason: str = ""
    action: str = ""


class TicketKept(Frozen, frozen=True, tag="ticket-kept"):
    """The ticket's current state; `symptom` is what the engine took it for.

    `shares`: the symptoms that it may be about, the largest share first, what is missing to 1 says
    nothing of what is wrong; empty where it is about its symptom alone.
    """

    ticket: Ticket
    symptom: str
    known: bool
    shares: Shares = ()


class AlarmKept(Frozen, frozen=True, tag="alarm-kept"):
    """The alarm's current state.

    `raised`, `cause`, `severity`: of the fault that it tells of, which a clear often does not
    repeat; `raised` is 0 where there is none: the clear of nothing, a late record, or no equipment.
    """

    alarm: Alarm
    known: bool
    raised: Millis = 0
    cause: str = ""
    severity: str = ""


class Outcome(StrEnum):
    """What became of an action."""

    DONE = "done"
    REFUSED = "refused"
    STALE = "stale"


class ActionDone(Frozen, frozen=True, tag="action-done"):
    """What became of an action: carried out, or refused with the error.

    `incident`: what it was about, or the one that it made; `rev`: that of the incident now.
    """

    action: Action
    error: str = ""
    outcome: Outcome = Outcome.DONE
    incident: str = ""
    rev: int = 0


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


class Promised(Frozen, frozen=True, tag="promised"):
    """A promise was made, or its outcome is known."""

    incident: str
    promise: Promise


class TextApproved(Frozen, frozen=True, tag="text"):
    """A text was approved or withdrawn; `incident` as it stood then."""

    incident: Incident
    text: ApprovedText


class ExternalMoved(Frozen, frozen=True, tag="external"):
    """A ticket at another operator was made or changed: the `n`th of its incident."""

    incident: str
    n: int
    external: External
    by: str
    at: Millis


class CustomerTold(Frozen, frozen=True, tag="told"):
    """A customer was told something by an agent."""

    incident: str
    told: Told
    by: str
    at: Millis


class FiguresChanged(Frozen, frozen=True, tag="figures"):
    """What holds of a live incident just now."""

    figures: Figures


class RateCounted(Frozen, frozen=True, tag="rate"):
    """Calls of one minute under the cause of an incident."""

    count: MinuteCount


class NeighboursSeen(Frozen, frozen=True, tag="neighbours"):
    """The domains around the cause of an incident, just now."""

    neighbourhood: Neighbourhood


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
    | Promised
    | TextApproved
    | ExternalMoved
    | CustomerTold
    | FiguresChanged
    | RateCounted
    | NeighboursSeen
    | Journaled
)
