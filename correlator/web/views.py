"""What each page shows: frozen values, made by `pages`, set in type by the templates.

Times are milliseconds UTC; templates set them in the operator's zone. Sentences are in the reader's
language already. What people decide about carries `rev`, which an action gives back.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from correlator.model import Answer, Band, Millis


class View(msgspec.Struct, frozen=True):
    """Base of what is shown."""


class Role(StrEnum):
    """Who someone is to the console."""

    VIEWER = "viewer"
    AGENT = "agent"
    CELL = "cell"
    NOC = "noc"
    ADMIN = "admin"


class FeedView(View, frozen=True):
    """A feed in the frame of every page: `what` is tickets, alarms or engine.

    `age`: since when it was last heard, in ms of the clock; `silent`: beyond what is usual for it.
    """

    what: str
    age: Millis
    silent: bool


class OutcomeView(View, frozen=True):
    """What became of one action. `status` as over HTTP: 200, 202 (held or queued), 409, 412, 422.

    `undo`: the verb that takes it back, `held`: the action to cancel until `until` (clock, ms).
    """

    id: str
    action: str
    status: int
    sentence: str
    rev: int = 0
    undo: str = ""
    held: str = ""
    until: Millis | None = None


class Frame(View, frozen=True):
    """What every page has around it.

    `page`: queue, incident, agent, wall, flash, rules, handover, domain, help. `can`: the verbs and
    the pages that this person may use. `now`: the engine's time. `late`: how far the engine is
    behind, or 0; `stopped`: nobody leads. `csrf`: to be given back by every form.
    """

    page: str
    lang: str
    actor: str
    role: Role
    can: frozenset[str]
    feeds: tuple[FeedView, ...]
    now: Millis
    seq: int
    csrf: str
    demo: bool = False
    late: Millis = 0
    stopped: bool = False
    trial: bool = False
    theme: str = ""  # dark, light, or as the system says
    contrast: str = ""  # more
    keys: bool = True
    back: str = "/"  # where a form without JavaScript returns: this page
    outcomes: tuple[OutcomeView, ...] = ()
    speed: float = 0.0  # of the demo
    paused: bool = False


class HeldView(View, frozen=True):
    """An action that waits to be carried out, and can be taken back until then (clock, ms)."""

    action: str
    verb: str
    actor: str
    until: Millis


class PromiseView(View, frozen=True):
    """When service is to be back, who said so and when; `overdue`: by how much it is past."""

    n: int
    restore: Millis
    source: str
    confidence: str
    by: str
    at: Millis
    overdue: Millis = 0
    outcome: str = ""  # superseded, kept, missed


class RowView(View, frozen=True):
    """One incident in the queue: two lines.

    `observed` distinct callers since the onset against `expected`, in `minutes`. `why`: the first
    reason; `where`: what alarms and neighbours say. `since`: the onset.
    """

    id: str
    rev: int
    version: int
    band: Band
    state: str
    priority: int
    severity: str
    title: str
    symptom: str
    domain: str
    domain_type: str
    region: str
    observed: int
    expected: float
    minutes: int
    lines: int
    linked: int
    why: str
    where: str
    since: Millis
    announced: Millis | None
    owner: str
    external: bool = False
    promise: PromiseView | None = None
    held: HeldView | None = None


class BandView(View, frozen=True):
    """A band: its rows (those of the watched and the ended band only when asked for)."""

    band: Band
    rows: tuple[RowView, ...]
    total: int


class QueueView(View, frozen=True):
    """The queue. `filters`: as in the address; `works`: planned works under way."""

    bands: tuple[BandView, ...]
    filters: dict[str, str]
    watched: int
    works: int
    rejected_today: int
    overdue: int
    last_ticket: Millis | None
    regions: tuple[str, ...]
    symptoms: tuple[tuple[str, str], ...]
    saved: tuple[tuple[str, str], ...] = ()


class MinuteView(View, frozen=True):
    """Calls in one minute under the cause: observed, and expected."""

    minute: Millis
    observed: int
    expected: float


class MarkView(View, frozen=True):
    """A moment on the chart; `kind`: onset, announced, taken, restored, promise, text."""

    at: Millis
    kind: str
    label: str


class RateView(View, frozen=True):
    """Calls by minute (at most 240 points), with marks."""

    minutes: tuple[MinuteView, ...]
    marks: tuple[MarkView, ...]
    step: int = 1  # minutes in a point


class NodeView(View, frozen=True):
    """A domain in the picture of the network.

    `relation`: cause, parent, above, child, sibling or rival; `health`: failing, calling, healthy,
    works or unknown; `alarms` that stand on it.
    """

    domain: str
    type: str
    relation: str
    health: str
    lines: int
    observed: int
    expected: float
    alarms: int = 0


class NetworkView(View, frozen=True):
    """The cause among its neighbours; `healthy_children`, `healthy_siblings`: those not listed."""

    nodes: tuple[NodeView, ...]
    healthy_children: int = 0
    healthy_siblings: int = 0


class SpanView(View, frozen=True):
    """An alarm on the time line; `cleared` is None while it stands."""

    alarm: str
    domain: str
    cause: str
    raised: Millis
    cleared: Millis | None


class TimelineView(View, frozen=True):
    """The whole life of an incident on one line: calls, alarms, people, promises."""

    begin: Millis
    end: Millis
    calls: tuple[MinuteView, ...]
    alarms: tuple[SpanView, ...]
    marks: tuple[MarkView, ...]


class RivalView(View, frozen=True):
    """A cause that was weighed and not chosen."""

    domain: str
    type: str
    gain: float
    callers: int
    silent: int | None


class TicketView(View, frozen=True):
    """A ticket of an incident. `customer` and `text` are empty for who may not see them."""

    id: str
    state: str
    probability: float
    why: str
    customer: str
    text: str
    symptom: str
    occurred: Millis
    answer: Answer | None
    told: str = ""
    by_person: bool = False


class ChangeView(View, frozen=True):
    """A row of the journal: when, who, which field, from what to what, why.

    `incident`: which one, in a list of several.
    """

    time: Millis
    actor: str
    field: str
    old: str
    new: str
    why: str = ""
    incident: str = ""


class TextView(View, frozen=True):
    """A text for customers, or a draft of one (`approved` is None).

    `audience`: agent, n1, sms or ivr; `phase`: detected, confirmed, timed, postponed or restored.
    `before_fr`, `before_en`: the text in force that it would replace.
    """

    audience: str
    phase: str
    n: int
    fr: str
    en: str
    approved_by: str = ""
    approved: Millis | None = None
    before_fr: str = ""
    before_en: str = ""


class ConditionView(View, frozen=True):
    """A condition for closing; `exceptions` are listed one by one."""

    name: str
    met: bool
    sentence: str
    exceptions: tuple[str, ...] = ()


class UsualView(View, frozen=True):
    """How long incidents like this one lasted here: quantiles in ms, of so many cases."""

    low: Millis
    high: Millis
    cases: int


class FlagView(View, frozen=True):
    """What an incident asks for beyond its repair: `kind` is business or voice; what to check."""

    kind: str
    sentence: str
    checks: tuple[str, ...] = ()


class IncidentView(View, frozen=True):
    """An incident, whole. `sentences`: why it was raised, a line each. `merged_into`: its heir."""

    row: RowView
    sentences: tuple[str, ...]
    reason: str
    rivals: tuple[RivalView, ...]
    equivalents: tuple[str, ...]
    rate: RateView
    network: NetworkView
    timeline: TimelineView
    tickets_total: int
    suggested_total: int
    texts: tuple[TextView, ...]
    drafts: tuple[TextView, ...]
    promises: tuple[PromiseView, ...]
    closing: tuple[ConditionView, ...]
    usual: UsualView | None
    rule: str
    catalog: str
    procedure: str
    site: str
    created: Millis
    acknowledged_by: str
    confirmed_by: str
    resolved: Millis | None
    ended: str = ""
    merged_into: str = ""
    notes: tuple[ChangeView, ...] = ()
    externals: tuple[str, ...] = ()
    flags: tuple[FlagView, ...] = ()


class PageOf(View, frozen=True):
    """A page of a long list; `after` is where the next one begins, "" at the end."""

    tickets: tuple[TicketView, ...] = ()
    changes: tuple[ChangeView, ...] = ()
    after: str = ""


class AgentView(View, frozen=True):
    """What an agent needs while the customer is on the line.

    `word`: yes, probable, no, restored, maintenance or unknown. `say`: what to tell the customer;
    `because`: one line; `avoid`: what not to do; `next`: the next step after a *no*. `earlier`: the
    answer stored when the ticket arrived, where it was another one. `symptoms`: (id, name), the
    assumed one first.
    """

    key: str
    ticket: str
    customer: str
    word: Answer
    say: str
    because: str
    avoid: str
    next: str
    symptom: str
    symptoms: tuple[tuple[str, str], ...]
    assumed: bool
    at: Millis
    incident: str = ""
    title: str = ""
    rev: int = 0
    since: Millis | None = None
    promise: PromiseView | None = None
    usual: UsualView | None = None
    told: tuple[ChangeView, ...] = ()
    earlier: Answer | None = None
    earlier_at: Millis | None = None
    linked: bool = False
    procedure: str = ""
    waiting: bool = False  # the ticket is not in the store yet: the answer is the customer's
    near: tuple[str, ...] = ()  # spellings like an unknown id


class TileView(View, frozen=True):
    """A region or site on the wall: its incidents, worst first; none is grey."""

    name: str
    lines: int
    rows: tuple[RowView, ...]


class WallView(View, frozen=True):
    """The wall: read from six metres, nothing to click. `left_out`: tiles that do not fit."""

    counts: tuple[tuple[Band, int], ...]
    tiles: tuple[TileView, ...]
    left_out: int
    calls_hour: int
    calls_expected: float
    unowned: int  # without an owner for more than ten minutes
    overdue: int
    external: tuple[RowView, ...]


class FlashLine(View, frozen=True):
    """A sentence for callers; `state`: failing, external or restored."""

    incident: str
    state: str
    region: str
    symptom: str
    title: str
    fr: str
    en: str
    restore: Millis | None
    approved: Millis
    new: bool


class FlashView(View, frozen=True):
    """The flash for level 1."""

    lines: tuple[FlashLine, ...]
    restored: tuple[FlashLine, ...]
    regions: tuple[str, ...]
    symptoms: tuple[tuple[str, str], ...]
    filters: dict[str, str]
    read: int
    read_by_me: bool


class RuleRow(View, frozen=True):
    """A rule and what came of it in 28 days; `precision` is None where there is too little."""

    id: str
    title: str
    status: str
    share: float
    announced: int
    confirmed: int
    rejected: int
    false: int
    precision: float | None
    margin: float | None
    lead_minutes: float | None
    nearest: float | None
    nearest_at: Millis | None
    tests: int


class RulesView(View, frozen=True):
    """All rules, read only."""

    rows: tuple[RuleRow, ...]
    version: str
    since: Millis | None


class RuleView(View, frozen=True):
    """One rule: its file with line numbers, its incidents, what was rejected, nearest misses."""

    row: RuleRow
    file: str
    lines: tuple[tuple[int, str], ...]
    incidents: tuple[RowView, ...]
    rejections: tuple[tuple[str, int], ...]
    not_this: int
    misses: tuple[tuple[Millis, str, float, float], ...]  # when, domain, value, threshold


class HandoverView(View, frozen=True):
    """The hand-over of a shift. `signed` freezes it.

    `silences`: which feed, from when until when (`end`: it lasts); `silent`: minutes of them.
    `visited`: when whoever asks looked at it the time before; `by_visit`: it begins there.
    """

    begin: Millis
    end: Millis
    outgoing: str
    incoming: str
    open: tuple[RowView, ...]
    decided: tuple[ChangeView, ...]
    promises: tuple[tuple[RowView, PromiseView], ...]
    silences: tuple[tuple[str, Millis, Millis], ...]
    texts: int
    figures: tuple[tuple[str, str], ...]
    notes: str
    signed: Millis | None
    silent: int = 0
    visited: Millis | None = None
    by_visit: bool = False


class WorkView(View, frozen=True):
    """Planned works on a domain."""

    id: str
    begin: Millis
    end: Millis
    text: str


class DomainView(View, frozen=True):
    """A domain: what it is, what happens there now, and what happened before.

    `known` is false for a name that the inventory does not have; `near`: spellings like it.
    `alarms` that stand, and those of the day; `incidents` that are not over, `earlier` that are.
    """

    domain: str
    type: str
    known: bool
    region: str = ""
    site: str = ""
    lines: int = 0
    observed: int = 0
    expected: float = 0.0
    minutes: int = 60
    network: NetworkView = NetworkView(())
    incidents: tuple[RowView, ...] = ()
    earlier: tuple[RowView, ...] = ()
    alarms: tuple[SpanView, ...] = ()
    works: tuple[WorkView, ...] = ()
    symptoms: tuple[tuple[str, str], ...] = ()
    near: tuple[str, ...] = ()


class ToldView(View, frozen=True):
    """A customer who was told a restore time; the id is empty for who may not see it."""

    customer: str
    ticket: str
    channel: str
    by: str
    at: Millis


class CallbacksView(View, frozen=True):
    """Whom to call back: those who were told a promise that holds no longer."""

    promise: PromiseView
    told: tuple[ToldView, ...]
