"""A generic incident, what was on the table when it was raised, and its ties to tickets."""

from __future__ import annotations

from enum import StrEnum

from correlator.model.actions import External, ExternalState, Restore, Wording
from correlator.model.base import CORRELATOR, Frozen, Millis
from correlator.model.reasons import Reason


class State(StrEnum):
    """Where an incident stands."""

    # The legal moves are in `correlator.engine.incidents.lifecycle`.

    CANDIDATE = "candidate"
    PROPOSED = "proposed"
    OPEN = "open"
    RESOLVED = "resolved"
    CLOSED = "closed"
    REJECTED = "rejected"
    MERGED = "merged"


ANNOUNCED = frozenset({State.PROPOSED, State.OPEN})
"""States in which an incident is live and told to people."""


class Rival(Frozen, frozen=True):
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


class Window(Frozen, frozen=True):
    """The last `minutes`: distinct customers who called, and how many usually do.

    Calls about the symptoms of the rule, under the domain, that nothing else explains.
    """

    minutes: int
    observed: int
    expected: float


class Level(Frozen, frozen=True):
    """The burst statistic (mean_k M) of a rule on a domain, and the threshold A of the dial."""

    domain: str
    rule: str
    value: float
    threshold: float


class AlarmEvidence(Frozen, frozen=True):
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


class Evidence(Frozen, frozen=True):
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


class PromiseOutcome(StrEnum):
    """What became of a promise: replaced, kept, missed, or void with its incident."""

    SUPERSEDED = "superseded"
    KEPT = "kept"
    MISSED = "missed"
    VOID = "void"


class Promise(Frozen, frozen=True):
    """The `n`th restore time of an incident, given by `by` at `at`; `outcome` None while it holds.

    A promise is kept if the incident is resolved no later than its time.
    """

    n: int
    restore: Restore
    by: str
    at: Millis
    outcome: PromiseOutcome | None = None


class ApprovedText(Frozen, frozen=True):
    """The `n`th text of an incident, approved by `by` at `at`.

    `promise`: the number of the promise in force then, or 0; `withdrawn`: when another text for
    the same audience took its place, or the incident was over.
    """

    n: int
    wording: Wording
    by: str
    at: Millis
    promise: int = 0
    withdrawn: Millis | None = None


class Incident(Frozen, frozen=True):
    """A generic incident, whole but for its ticket list (that is what links are for).

    `domain` is the name of the failing domain; empty = outside the network. A combination of
    attribute values has all of them in its name, joined by `&`; several neighbours are joined
    by `+`, and `among` names each. `first_domain` is the first one named. `reason` says why it
    was raised, `ended` why it is over. `announced` is None for a candidate. `severity` is
    critical, major or minor. `noc`: alarms together speak for it, of which the NOC is told.
    `evidence` is None where a person made the incident, or a program that did not keep it yet.
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
    rev: int = 0
    catalog: str = ""
    promise: Promise | None = None
    externals: tuple[External, ...] = ()
    texts: int = 0
    code: str = ""
    among: tuple[str, ...] = ()
    noc: bool = False


class LinkState(StrEnum):
    """How sure the tie of a ticket to an incident is."""

    LINKED = "linked"
    SUGGESTED = "suggested"
    UNLINKED = "unlinked"


class Link(Frozen, frozen=True):
    """Ticket → incident, with its probability and its reason."""

    ticket: str
    incident: str
    state: LinkState
    probability: float
    reason: Reason
    version: int
    time: Millis
    actor: str = CORRELATOR


class Band(StrEnum):
    """Where an incident stands in the queue of the cell: what it needs of people."""

    TRIAGE = "triage"
    CONFIRMED = "confirmed"
    REPAIR = "repair"
    RESTORED = "restored"
    WATCHED = "watched"
    OVER = "over"


_UNDER_WAY = frozenset({ExternalState.SENT, ExternalState.ACCEPTED})


def band_of(incident: Incident) -> Band:
    """Return the band of the queue that an incident is in.

    A candidate without a caller (alarms alone) is only watched.
    """
    if incident.state is State.RESOLVED:
        return Band.RESTORED
    if incident.state is State.CANDIDATE:
        return Band.TRIAGE if incident.observed else Band.WATCHED
    if incident.state not in ANNOUNCED:
        return Band.OVER
    if incident.promise is not None or any(e.state in _UNDER_WAY for e in incident.externals):
        return Band.REPAIR
    if incident.state is State.PROPOSED or not incident.acknowledged_by:
        return Band.TRIAGE
    return Band.CONFIRMED
