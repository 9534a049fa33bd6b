"""The incident: why, since when, where in the network, who did what, what is promised."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from correlator.adapters.sql import ConsoleReads, LastedRow, SpanRow
from correlator.formats.wording import Language, reason_prose
from correlator.model import (
    HOUR,
    MINUTE,
    ApprovedText,
    Change,
    Incident,
    Millis,
    MinuteCount,
    Neighbour,
    Neighbourhood,
    Promise,
    Relation,
    State,
)
from correlator.web.board import Entry
from correlator.web.console import Console
from correlator.web.pages.closing import conditions
from correlator.web.pages.drafts import drafts
from correlator.web.pages.evidence import sentences
from correlator.web.pages.flags import flags_of
from correlator.web.pages.journal import change_view
from correlator.web.pages.rows import promise_view, row_of
from correlator.web.pages.usual import lasted_of, usual_of
from correlator.web.views import (
    IncidentView,
    MarkView,
    MinuteView,
    NetworkView,
    NodeView,
    RateView,
    RivalView,
    SpanView,
    TextView,
    TimelineView,
)
from correlator.web.words import say

_POINTS = 240
_STEPS = (1, 2, 5, 10, 15, 30, 60, 240, 1440, 10_080)  # minutes
_MOST_MINUTES = 5_000
_MOST_ALARMS = 200
_NOTES = 20


class Stored(NamedTuple):
    """What the store holds of one incident, read in a thread."""

    minutes: list[MinuteCount]
    neighbourhood: Neighbourhood | None
    spans: list[SpanRow]
    promises: list[Promise]
    texts: list[ApprovedText]
    journal: list[tuple[int, Change]]
    links: dict[str, int]
    lasted: list[LastedRow]


def stored(reads: ConsoleReads, incident: Incident, now: Millis) -> Stored:
    """Read all that an incident's page shows; blocks."""
    near = reads.neighbourhood(incident.id)
    failing = [one.domain for one in near.neighbours if one.alarms] if near is not None else []
    domains = {*(incident.among or (incident.domain,)), *failing[:40]} - {""}
    begin = incident.onset - 2 * HOUR
    end = max(now, incident.changed)
    return Stored(
        minutes=reads.minutes(incident.id, begin, _MOST_MINUTES),
        neighbourhood=near,
        spans=reads.spans(domains, begin, end, _MOST_ALARMS),
        promises=reads.promises(incident.id),
        texts=reads.texts(incident.id),
        journal=reads.journal("incident", incident.id, None, 200),
        links=reads.link_counts(incident.id),
        lasted=lasted_of(reads, incident.rule, now),
    )


def incident_view(console: Console, entry: Entry, found: Stored, lang: Language) -> IncidentView:
    """Return the incident as its page shows it."""
    incident, now = entry.incident, console.board.now
    topology = console.board.topology
    marks = tuple(_marks(incident, found, lang))
    minutes = _minutes(found.minutes)
    return IncidentView(
        row=row_of(entry, now, lang),
        sentences=sentences(incident, lang),
        reason=reason_prose(incident.reason, lang),
        rivals=tuple(
            RivalView(r.domain, r.type, r.gain, r.callers, r.silent) for r in incident.rivals
        ),
        equivalents=incident.equivalents,
        rate=RateView(minutes, marks, _step(found.minutes)),
        network=_network(found.neighbourhood),
        timeline=_timeline(incident, found, minutes, marks, now),
        tickets_total=found.links.get("linked", 0),
        suggested_total=found.links.get("suggested", 0),
        texts=tuple(_texts(found.texts)),
        drafts=drafts(entry, console.zone),
        promises=tuple(promise_view(one, now) for one in reversed(found.promises)),
        closing=conditions(entry, now, lang),
        usual=usual_of(incident, found.lasted, now, console.zone),
        rule=incident.rule,
        catalog=incident.catalog,
        procedure=incident.procedure,
        site=topology.attributes_of(incident.domain).get("site", ""),
        created=incident.created,
        acknowledged_by=incident.acknowledged_by,
        confirmed_by=incident.confirmed_by,
        resolved=incident.resolved,
        ended=_ended(incident, lang),
        merged_into=incident.parent if incident.state is State.MERGED else "",
        notes=tuple(
            change_view(c, lang, console.zone) for _, c in found.journal if c.field == "note"
        )[:_NOTES],
        externals=tuple(
            f"{one.owner} {one.number} : {say(lang, f'external.{one.state}')}"
            for one in incident.externals
        ),
        flags=flags_of(console, entry, lang),
    )


def _ended(incident: Incident, lang: Language) -> str:
    if incident.state is State.MERGED:
        return say(lang, "ended.merged", parent=incident.parent)
    if incident.state is State.REJECTED:
        return say(lang, "ended.rejected")
    return say(lang, "ended.closed") if incident.state is State.CLOSED else ""


# ----------------------------------------------------------------------- calls, minute by minute


def _step(minutes: list[MinuteCount]) -> int:
    if not minutes:
        return 1
    span = (minutes[-1].minute - minutes[0].minute) // MINUTE + 1
    return next(
        step for step in (1, 2, 5, 10, 15, 30, 60, 240, 1440, 10080) if span / step <= _POINTS
    )


def _minutes(minutes: list[MinuteCount]) -> tuple[MinuteView, ...]:
    """Return the calls in at most 240 points."""
    step = _step(minutes) * MINUTE
    sums: dict[Millis, list[float]] = {}
    for one in minutes:
        both = sums.setdefault(one.minute // step * step, [0, 0.0])
        both[0] += one.observed
        both[1] += one.expected
    return tuple(MinuteView(at, int(seen), usual_) for at, (seen, usual_) in sorted(sums.items()))


def _marks(incident: Incident, found: Stored, lang: Language) -> Iterable[MarkView]:
    """Yield the moments that the chart and the time line name."""
    yield MarkView(incident.onset, "onset", say(lang, "mark.onset"))
    if incident.announced is not None:
        yield MarkView(incident.announced, "announced", say(lang, "mark.announced"))
    for _, change in reversed(found.journal):
        if change.field == "acknowledged_by" and change.new:
            yield MarkView(change.time, "taken", say(lang, "mark.taken", by=change.new))
        elif change.field == "confirmed_by" and change.new:
            yield MarkView(change.time, "confirmed", say(lang, "mark.confirmed"))
        elif change.field.startswith("text "):
            audience = say(lang, f"audience.{change.field.removeprefix('text ')}")
            yield MarkView(change.time, "text", say(lang, "mark.text", audience=audience))
    promise = incident.promise
    if promise is not None:
        yield MarkView(promise.restore.time, "promise", say(lang, "mark.promise"))
    if incident.resolved is not None:
        yield MarkView(incident.resolved, "restored", say(lang, "mark.restored"))


def _timeline(
    incident: Incident,
    found: Stored,
    minutes: tuple[MinuteView, ...],
    marks: tuple[MarkView, ...],
    now: Millis,
) -> TimelineView:
    ended = incident.changed if incident.state in {State.CLOSED, State.REJECTED} else now
    moments = [mark.at for mark in marks] + [minute.minute for minute in minutes]
    return TimelineView(
        begin=min([incident.onset, *moments]),
        end=max([ended, *moments]),
        calls=minutes,
        alarms=tuple(
            SpanView(span.alarm, span.managed_object, span.cause, span.raised, span.cleared)
            for span in found.spans
        ),
        marks=marks,
    )


# ------------------------------------------------------------------------------------ the network


def _network(near: Neighbourhood | None) -> NetworkView:
    if near is None:
        return NetworkView(())
    return NetworkView(
        nodes=tuple(map(_node, near.neighbours)),
        healthy_children=near.healthy_children,
        healthy_siblings=near.healthy_siblings,
    )


def _node(one: Neighbour) -> NodeView:
    return NodeView(
        domain=one.domain,
        type=one.type,
        relation=one.relation.value,
        health=_health(one),
        lines=one.lines,
        observed=one.observed,
        expected=one.expected,
        alarms=one.alarms,
    )


def _health(one: Neighbour) -> str:
    if one.relation is Relation.CAUSE:
        return "failing"
    if one.works:
        return "works"
    if one.alarms:
        return "failing"
    return "calling" if one.observed > 2 * one.expected + 1 else "healthy"


# ----------------------------------------------------------------------------- promised and said


def _texts(texts: list[ApprovedText]) -> Iterable[TextView]:
    """Yield the texts, newest first, each with the one whose place it took."""
    for place, text in enumerate(texts):
        audience = text.wording.audience
        former = next((t for t in texts[place + 1 :] if t.wording.audience is audience), None)
        yield TextView(
            audience=audience.value,
            phase=text.wording.phase.value,
            n=text.n,
            fr=text.wording.fr,
            en=text.wording.en,
            approved_by=text.by,
            approved=text.at,
            before_fr=former.wording.fr if former is not None else "",
            before_en=former.wording.en if former is not None else "",
        )
