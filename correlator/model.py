"""What flows through the correlator: events in, effects out.

Every type is frozen. Times are integer milliseconds UTC. Two clocks: `arrived` (the envelope's
`eventTime`) orders events and dates decisions; `occurred` (what the customer or the machine says,
never later than `arrived`) drives rates, bursts and onsets.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, TypeAlias

import msgspec

Millis: TypeAlias = int
"""Milliseconds since 1970-01-01T00:00:00Z."""

MINUTE: Millis = 60_000
HOUR: Millis = 60 * MINUTE
DAY: Millis = 24 * HOUR

UNNAMED = "other"
"""The symptom of a ticket that neither an agent nor its text has named."""

CORRELATOR = "correlator"
"""The actor of everything that no person did."""


class _Frozen(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Base of the frozen types; trees without cycles, which the garbage collector need not walk."""


# ---------------------------------------------------------------------------------- events in


class Ticket(_Frozen, frozen=True, tag="ticket"):
    """One record about a customer's ticket: a new one, a repeat or a change."""

    id: str
    arrived: Millis
    occurred: Millis
    event_id: str
    customer: str | None = None
    symptom: str | None = None
    text: str = ""
    status: str = ""
    severity: str = ""
    channel: str = ""


class AlarmState(StrEnum):
    """Where an alarm stands."""

    RAISED = "raised"
    UPDATED = "updated"
    CLEARED = "cleared"


class Alarm(_Frozen, frozen=True, tag="alarm"):
    """One record about a machine's fault state."""

    id: str
    arrived: Millis
    occurred: Millis
    event_id: str
    managed_object: str
    state: AlarmState
    object_type: str = ""
    severity: str = "indeterminate"
    cause: str = ""
    alarm_type: str = ""


class Maintenance(_Frozen, frozen=True, tag="maintenance"):
    """Planned works on some equipment, from `start` (included) to `end` (excluded)."""

    id: str
    arrived: Millis
    event_id: str
    objects: tuple[str, ...]
    start: Millis
    end: Millis
    title: str = ""
    cancelled: bool = False


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


class Action(_Frozen, frozen=True, tag="action"):
    """What a person or a system did to an incident.

    `reason` goes with reject; `tickets` with link, unlink and split; `into` with merge (the
    incident that stays); `domain` with scope and split; `text` with message.
    """

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


class TopologyChanged(_Frozen, frozen=True, tag="topology"):
    """From here on the engine uses the inventory with this content version."""

    id: str
    arrived: Millis
    version: str


class RulesChanged(_Frozen, frozen=True, tag="rules"):
    """From here on the engine uses the catalog with this content version."""

    id: str
    arrived: Millis
    version: str


Event: TypeAlias = Ticket | Alarm | Maintenance | Action | TopologyChanged | RulesChanged

_RANK: dict[type, int] = {
    TopologyChanged: 0,
    RulesChanged: 1,
    Maintenance: 2,
    Alarm: 3,
    Ticket: 4,
    Action: 5,
}


def arrival_order(event: Event) -> tuple[Millis, int, str, str]:
    """Sort key of the stream: arrival, then maintenance, alarm, ticket, action, then id."""
    return event.arrived, _RANK[type(event)], event.id, getattr(event, "event_id", "")


# ------------------------------------------------------------------------------- decisions


class ReasonCode(StrEnum):
    """Why something was decided. The words for people are in `correlator.wording`."""

    BURST = "burst"
    BURST_WITH_ALARM = "burst-with-alarm"
    EXTERNAL_SURGE = "external-surge"
    PREDICTED = "predicted"
    BELOW_DIAL = "below-dial"
    IN_DOUBT = "in-doubt"
    EXPLAINED = "explained"
    PERHAPS_EXPLAINED = "perhaps-explained"
    TOO_IMPROBABLE = "too-improbable"
    TICKET_CHANGED = "ticket-changed"
    SAME_CUSTOMER = "same-customer"
    NO_CUSTOMER = "no-customer"
    UNKNOWN_CUSTOMER = "unknown-customer"
    TICKETS_SILENT = "tickets-silent"
    ALARMS_SILENT = "alarms-silent"
    NO_INCIDENT = "no-incident"
    OTHER_SYMPTOM = "other-symptom"
    NOT_BELOW = "not-below"
    BEFORE_ONSET = "before-onset"
    AFTER_END = "after-end"
    IN_MAINTENANCE = "in-maintenance"
    WEAK_CAUSE = "weak-cause"
    BETTER_CAUSE = "better-cause"
    ABSORBED = "absorbed"
    EXCESS_GONE = "excess-gone"
    FAILS_AGAIN = "fails-again"
    FADED = "faded"
    ALARM_CLEARED = "alarm-cleared"
    CLOSED_AFTER_HOLD = "closed-after-hold"
    EQUIPMENT_GONE = "equipment-gone"
    PERSON = "person"


class Reason(_Frozen, frozen=True):
    """A code and the numbers that were on the table when it was decided."""

    code: ReasonCode
    numbers: dict[str, Any] = {}


class State(StrEnum):
    """Where an incident stands; the legal moves are in `correlator.engine.lifecycle`."""

    CANDIDATE = "candidate"
    PROPOSED = "proposed"
    OPEN = "open"
    RESOLVED = "resolved"
    CLOSED = "closed"
    REJECTED = "rejected"
    MERGED = "merged"


ANNOUNCED = frozenset({State.PROPOSED, State.OPEN})
"""States in which an incident is live and told to people."""


class Rival(_Frozen, frozen=True):
    """A cause that was weighed when an incident was raised, best first.

    `gain` is in nats, `alarm_gain` what alarms are of it. It explains `callers` of its `customers`;
    `silent` have not called (None where it was not kept).
    """

    domain: str
    type: str
    gain: float
    callers: int
    customers: int
    silent: int | None = None
    alarm_gain: float = 0.0


class Window(_Frozen, frozen=True):
    """The last `minutes`: distinct customers who called, and how many usually do.

    Calls about the symptoms of the rule, under the domain, that nothing else explains.
    """

    minutes: int
    observed: int
    expected: float


class Level(_Frozen, frozen=True):
    """The burst statistic (mean_k M) of a rule on a domain, and the threshold A of the dial."""

    domain: str
    rule: str
    value: float
    threshold: float


class AlarmEvidence(_Frozen, frozen=True):
    """An alarm that stood on the cause or below it.

    `weight` is what it says by itself of the cause, in nats; 0 for one below the cause, since those
    count together, and for one that works under way have put aside.
    """

    alarm: str
    domain: str
    cause: str
    severity: str
    raised: Millis
    weight: float


class Evidence(_Frozen, frozen=True):
    """What was on the table at `time`, when `domain` was named as the cause.

    `level` is the domain's own, `alert` that of the row which asked for the decision, where it is
    another one; both as they were before the decision lowered them. `dial` is in false incidents a
    week over all rules, `dial_share` the rule's part of it. `gain` and `alarm_gain`, which is part
    of it, are in nats; the rule asks for `gain_needed`. `call_rate` is in calls per line and unit
    of operational time. `alarms` are the heaviest of `alarm_count`.
    """

    time: Millis
    domain: str
    dial: float
    dial_share: float
    windows: tuple[Window, ...] = ()
    level: Level | None = None
    alert: Level | None = None
    gain: float = 0.0
    gain_needed: float = 0.0
    alarm_gain: float = 0.0
    call_rate: float = 0.0
    callers: int = 0
    silent: int = 0
    alarms: tuple[AlarmEvidence, ...] = ()
    alarm_count: int = 0


class Incident(_Frozen, frozen=True):
    """A generic incident, whole but for its ticket list (that is what links are for).

    `domain` is the name of the failing domain; empty = outside the network. `first_domain` is the
    first one named. `reason` says why it was raised, `ended` why it is over. `announced` is None
    for a candidate. `severity` is critical, major or minor. `evidence` is None where a person made
    the incident, or a program that did not keep it yet.
    """

    id: str
    version: int
    rule: str
    state: State
    symptom: str
    domain: str
    domain_type: str
    first_domain: str
    created: Millis
    onset: Millis
    changed: Millis
    reason: Reason
    announced: Millis | None = None
    priority: int = 5
    severity: str = "minor"
    customers: int = 0
    linked: int = 0
    observed: int = 0
    expected: float = 0.0
    alarms: tuple[str, ...] = ()
    equivalents: tuple[str, ...] = ()
    rivals: tuple[Rival, ...] = ()
    healthy: int = 0
    siblings: int = 0
    evidence: Evidence | None = None
    parent: str = ""
    owner: str = ""
    acknowledged_by: str = ""
    confirmed_by: str = ""
    message: str = ""
    resolved: Millis | None = None
    ended: Reason | None = None
    names: dict[str, str] = {}
    wordings: dict[str, str] = {}
    procedure: str = ""


class LinkState(StrEnum):
    """How sure the tie of a ticket to an incident is."""

    LINKED = "linked"
    SUGGESTED = "suggested"
    UNLINKED = "unlinked"


class Link(_Frozen, frozen=True):
    """Ticket → incident, with its probability and its reason."""

    ticket: str
    incident: str
    state: LinkState
    probability: float
    reason: Reason
    version: int
    time: Millis
    actor: str = CORRELATOR


class Answer(StrEnum):
    """The word an agent reads first when a customer calls."""

    YES = "yes"
    PROBABLE = "probable"
    NO = "no"
    RESTORED = "restored"
    MAINTENANCE = "maintenance"
    UNKNOWN = "unknown"


class Change(_Frozen, frozen=True):
    """One journal row: which field of what went from `old` to `new`, by whom, why."""

    subject: str
    subject_id: str
    field: str
    old: str
    new: str
    time: Millis
    actor: str = CORRELATOR


# ------------------------------------------------------------------------------ effects out


class TicketKept(_Frozen, frozen=True, tag="ticket-kept"):
    """The ticket's current state; `symptom` is what the engine took it for."""

    ticket: Ticket
    symptom: str
    known: bool


class AlarmKept(_Frozen, frozen=True, tag="alarm-kept"):
    """The alarm's current state."""

    alarm: Alarm
    known: bool


class MaintenanceKept(_Frozen, frozen=True, tag="maintenance-kept"):
    """The current state of planned works."""

    maintenance: Maintenance


class ActionDone(_Frozen, frozen=True, tag="action-done"):
    """What became of an action: carried out, or refused with the error."""

    action: Action
    error: str = ""


class IncidentChanged(_Frozen, frozen=True, tag="incident"):
    """The incident's new state; `kind` says what sort of change it was for the outside."""

    incident: Incident
    kind: str  # created, state, attributes


class LinkChanged(_Frozen, frozen=True, tag="link"):
    """A link was made, changed or taken back."""

    link: Link


class Verdict(_Frozen, frozen=True, tag="verdict"):
    """What an agent would have read when the ticket arrived, before this ticket counted."""

    ticket: str
    time: Millis
    answer: Answer
    reason: Reason
    incident: str = ""
    cause: str = ""
    probability: float = 0.0


class Suppressed(_Frozen, frozen=True, tag="suppressed"):
    """Something that would have been announced and was not, with its cause."""

    domain: str
    rule: str
    time: Millis
    reason: Reason


class Journaled(_Frozen, frozen=True, tag="journal"):
    """A journal row."""

    change: Change


Effect: TypeAlias = (
    TicketKept
    | AlarmKept
    | MaintenanceKept
    | ActionDone
    | IncidentChanged
    | LinkChanged
    | Verdict
    | Suppressed
    | Journaled
)
