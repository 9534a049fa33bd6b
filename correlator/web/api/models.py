"""What the API says: types of its own, so that what is inside may change without breaking anybody.

Times are RFC 3339 in UTC. What is absent is null.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, ClassVar, TypeAlias

import msgspec
from starlette.responses import Response

from correlator.adapters.sql import Standing as ActionState
from correlator.model import Answer as Word
from correlator.model import LinkState, State, Verb
from correlator.web.fields import MOST_WHOLE
from correlator.web.who import CANCEL

_ENCODER = msgspec.json.Encoder()


def one_of(kind: type[StrEnum], *others: str, but: frozenset[str] = frozenset()) -> msgspec.Meta:
    """Return the mark of a text that is one of these: the document says which."""
    values = sorted({one.value for one in kind} - but | {*others})
    return msgspec.Meta(extra_json_schema={"enum": values})


Time: TypeAlias = Annotated[str, msgspec.Meta(extra_json_schema={"format": "date-time"})]
Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=MOST_WHOLE)]
UNTOLD = frozenset({State.CANDIDATE.value})
"""Of the states: what nobody has been told of."""
StateShown: TypeAlias = Annotated[str, one_of(State, but=UNTOLD)]
LinkStanding: TypeAlias = Annotated[str, one_of(LinkState)]
Verdict: TypeAlias = Annotated[str, one_of(Word)]
_Verb: TypeAlias = Annotated[str, one_of(Verb, CANCEL, but=frozenset({Verb.MESSAGE.value}))]


class Model(msgspec.Struct, frozen=True, rename="camel"):
    """Base of what the API says. `listed`: the attribute that holds what it is a list of."""

    listed: ClassVar[str] = ""


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
    verdict: Verdict
    sentence: str
    because: str
    do_not: list[str]
    next: str
    incident_id: str | None
    symptom: str | None
    symptom_assumed: bool
    since: Time | None
    restore_time: Time | None
    restore_overdue: bool
    linked: bool
    at: Time


class Preview(Model, frozen=True):
    """What an action would move, as a sentence; empty where nothing would."""

    sentence: str


class Health(Model, frozen=True):
    """How the console and the engine stand. `seq`: the last change that is known."""

    ready: bool
    engine_stopped: bool
    engine_behind_ms: int
    engine_time: Time
    streams: int
    seq: int


class ActionStanding(Model, frozen=True):
    """What became of an action: unknown, held, waiting, done, refused or stale."""

    id: str
    standing: Annotated[str, one_of(ActionState)]
    error: str | None
    incident_id: str | None
    rev: int


class Target(Model, frozen=True):
    """An incident, and its `rev` as it was seen; without one nobody asks what came since."""

    id: str
    rev: Count | None = None


class ActionRequest(Model, frozen=True):
    """Something to do with incidents. `verb` and `fields` as in the topic `gi.actions`.

    `fields`: values by name, as `text`, `tickets`, `restore`, `code`. `now`: what has no inverse
    is not held for half a minute.
    """

    verb: _Verb
    incidents: list[Target] = []
    fields: dict[str, str] = {}
    now: bool = False


class AgentLinkRequest(Model, frozen=True):
    """Whose page is to be opened about which ticket; `customer`: whose it is, where known."""

    agent: Annotated[str, msgspec.Meta(min_length=1)]
    ticket: Annotated[str, msgspec.Meta(min_length=1)]
    customer: str | None = None


class AgentLink(Model, frozen=True):
    """An address that opens the agent's page once, until `expires`."""

    url: str
    expires: str


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

    listed: ClassVar[str] = "outcomes"
    outcomes: list[ActionOutcome]


class Incident(Model, frozen=True):
    """A generic incident. `cause`: the failing domains, none outside the network.

    `rev` counts what people and the engine decided, `version` every change. `names`: by language.
    """

    id: str
    rev: int
    version: int
    state: StateShown
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
    onset: Time
    announced: Time | None
    resolved: Time | None
    restore_time: Time | None
    owner: str | None
    acknowledged_by: str | None
    confirmed_by: str | None
    parent: str | None


class Incidents(Model, frozen=True):
    """A page of incidents, the latest first. `after`: what to ask the next page with, or null."""

    listed: ClassVar[str] = "incidents"
    incidents: list[Incident]
    after: str | None


class LinkedTicket(Model, frozen=True):
    """A ticket and its link. `customer` and `text` are null for who may not see them.

    `answer`: what its agent read when it arrived; `by`: who linked it.
    """

    id: str
    state: LinkStanding
    probability: float
    reason: str
    linked: Time
    by: str
    symptom: str | None
    occurred: Time | None
    answer: Verdict | None
    customer: str | None
    text: str | None


class Tickets(Model, frozen=True):
    """A page of tickets, the latest link first. `after`: what to ask the next page with."""

    listed: ClassVar[str] = "tickets"
    tickets: list[LinkedTicket]
    after: str | None


class Entry(Model, frozen=True):
    """What was changed, by whom, why. `action`: its id, where somebody did it."""

    at: Time
    by: str
    field: str
    old: str | None
    new: str | None
    why: str | None
    action: str | None


class Timeline(Model, frozen=True):
    """What happened, the latest first. `after`: what to ask the next page with."""

    listed: ClassVar[str] = "entries"
    entries: list[Entry]
    after: str | None


class AlarmSaid(Model, frozen=True):
    """An alarm that stood on the cause or below it."""

    id: str
    object: str
    cause: str
    severity: str
    raised: Time


class Rival(Model, frozen=True):
    """Another cause that was weighed; null is outside the network. `customers`: lines below it."""

    cause: str | None
    gain_nats: float
    callers: int
    customers: int


class Evidence(Model, frozen=True):
    """What was on the table when the cause was named.

    Gains are in nats; `alarmGainNats` is a part of `gainNats`. `silent`: lines below it that have
    not called. `level`: the burst statistic, beside its `threshold`.
    """

    at: Time
    cause: str | None
    reason: str
    gain_nats: float
    gain_needed_nats: float
    alarm_gain_nats: float
    callers: int
    silent: int
    level: float | None
    threshold: float | None
    alarms: list[AlarmSaid]
    rivals: list[Rival]


class Minute(Model, frozen=True):
    """Callers in a minute, and as many as usual."""

    at: Time
    observed: int
    expected: float


class Rates(Model, frozen=True):
    """Calls by minute, the last day of them, oldest first."""

    listed: ClassVar[str] = "minutes"
    minutes: list[Minute]


class Feed(Model, frozen=True):
    """How a partition of a topic stands. `silent`: for longer than is usual here.

    `latest`: the time of its latest record, null where none has come.
    """

    topic: str
    partition: int
    latest: Time | None
    heard: Time
    lag: int
    silent: bool


class Feeds(Model, frozen=True):
    """How the feeds stand."""

    listed: ClassVar[str] = "feeds"
    feeds: list[Feed]


class Ingested(Model, frozen=True):
    """How many records were taken in; the daemon reads them a moment later."""

    taken: int


def answered(body: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return a body as JSON; that of a list says how many are in it."""
    answer = Response(_ENCODER.encode(body), status, headers, "application/json")
    if status == 200 and isinstance(body, Model) and body.listed:
        answer.headers["X-Result-Count"] = str(len(getattr(body, body.listed)))
    return answer


def plain(value: Any) -> Any:
    """Return a value as JSON has it."""
    return msgspec.to_builtins(value)
