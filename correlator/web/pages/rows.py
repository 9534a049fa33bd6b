"""Rows of the queue, from entries of the board."""

from __future__ import annotations

from correlator.formats.wording import Language, reason_prose
from correlator.model import MINUTE, Band, Incident, Millis, Promise, ReasonCode, State
from correlator.web.board import Entry
from correlator.web.views import HeldView, PromiseView, RowView
from correlator.web.words import say


def row_of(entry: Entry, now: Millis, lang: Language) -> RowView:
    """Return the row of an incident; `now`: the engine's time."""
    incident, figures = entry.incident, entry.figures
    observed = figures.observed if figures is not None else incident.observed
    expected = figures.expected if figures is not None else incident.expected
    until = figures.time if figures is not None else incident.changed
    return RowView(
        id=incident.id,
        rev=incident.rev,
        version=incident.version,
        band=entry.band,
        state=incident.state.value,
        priority=incident.priority,
        severity=incident.severity,
        title=title_of(incident, lang),
        symptom=incident.symptom,
        domain=incident.domain or "*",
        domain_type=incident.domain_type,
        region=entry.region,
        observed=observed,
        expected=expected,
        minutes=max(1, (until - incident.onset) // MINUTE) if observed else 0,
        lines=incident.customers,
        linked=incident.linked,
        why=_why(incident, lang),
        where=_where(incident, lang),
        since=incident.onset,
        announced=incident.announced,
        owner=incident.acknowledged_by,
        external=not incident.domain,
        promise=promise_of(incident, now),
        held=held_of(entry),
    )


def title_of(incident: Incident, lang: Language) -> str:
    """Return the name of an incident."""
    return incident.names.get(lang) or incident.id


def promise_of(incident: Incident, now: Millis) -> PromiseView | None:
    """Return the promise in force."""
    promise = incident.promise
    return None if promise is None or promise.outcome is not None else promise_view(promise, now)


def promise_view(promise: Promise, now: Millis) -> PromiseView:
    """Return a promise, in force or not; only one in force can be overdue."""
    live = promise.outcome is None
    return PromiseView(
        n=promise.n,
        restore=promise.restore.time,
        source=promise.restore.source,
        confidence=promise.restore.confidence,
        by=promise.by,
        at=promise.at,
        overdue=max(0, now - promise.restore.time) if live else 0,
        outcome="" if promise.outcome is None else promise.outcome.value,
    )


def held_of(entry: Entry) -> HeldView | None:
    """Return what waits to be done to it."""
    held = entry.held
    return None if held is None else HeldView(held.id, held.verb, held.actor, held.not_before)


def _why(incident: Incident, lang: Language) -> str:
    if incident.state is State.MERGED:
        return say(lang, "ended.merged", parent=incident.parent)
    return reason_prose(incident.reason, lang)


def _where(incident: Incident, lang: Language) -> str:
    """Return what alarms and neighbours say."""
    if not incident.domain:
        return say(lang, "where.outside")
    if incident.reason.code is ReasonCode.PREDICTED:
        return say(lang, "where.predicted")
    said = []
    if incident.reason.code is not ReasonCode.BURST_WITH_ALARM:  # which tells of them itself
        alarms = len(incident.alarms)
        said.append(say(lang, "where.alarm" if alarms else "where.no_alarm", n=alarms))
    if incident.siblings:
        healthy = say(lang, "where.healthy", n=incident.healthy, of=incident.siblings)
        said.append(healthy)
    return " · ".join(said)


ORDER = {band: place for place, band in enumerate(Band)}


def urgency(row: RowView) -> tuple[int, bool, Millis]:
    """Order in a band: priority, overdue promises first, the oldest first."""
    overdue = row.promise is not None and row.promise.overdue > 0
    return row.priority, not overdue, row.since
