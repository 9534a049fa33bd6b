"""One incident, with its tickets, journal, texts, closing and callbacks."""

from __future__ import annotations

from correlator.model import Answer, Millis
from correlator.web.views.charts import NetworkView, RateView, TimelineView
from correlator.web.views.frame import PromiseView, View
from correlator.web.views.queue import RowView


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
