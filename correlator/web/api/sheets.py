"""What there is about an incident: its tickets, its history, its evidence, its calls by minute."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from correlator import model
from correlator.formats.times import to_rfc3339
from correlator.formats.wording import reason_text
from correlator.web.api.models import (
    AlarmSaid,
    Entry,
    Evidence,
    LinkedTicket,
    Minute,
    Rates,
    Rival,
    Tickets,
    Timeline,
    answered,
)
from correlator.web.console import in_thread
from correlator.web.fields import whole
from correlator.web.paging import MOST, limit_of, place, place_of
from correlator.web.responses import problem
from correlator.web.visits import Visit, visit

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from correlator.adapters import sql

_USUAL = 100
_MINUTES = 24 * 60

Sheet = Callable[[Visit, model.Incident, int], Awaitable["Response"]]


def sheet(show: Sheet) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint of something about an incident that was announced."""

    async def endpoint(request: Request) -> Response:
        here, key = visit(request), request.path_params["id"]
        limit = limit_of(request.query_params.get("limit", str(_USUAL)))
        if limit is None:
            return problem(422, "invalid", f"limit: a whole number from 1 to {MOST}")
        found = await in_thread(lambda: here.console.reads.incident(key))
        if found is None or found.announced is None:
            return problem(404, "not-found", key)
        return await show(here, found, limit)

    endpoint.__name__ = show.__name__.lstrip("_")
    endpoint.__module__ = show.__module__
    return endpoint


# ------------------------------------------------------------------------------------ tickets


async def _tickets(here: Visit, found: model.Incident, limit: int) -> Response:
    query = here.request.query_params
    state = query.get("state", model.LinkState.LINKED.value)
    if state not in {one.value for one in model.LinkState}:
        return problem(422, "invalid", "state: linked, suggested or unlinked")
    after = place_of(query.get("after", ""))
    if query.get("after") and after is None:
        return problem(422, "invalid", "after: as the page before has it")
    reads = here.console.reads
    some = await in_thread(lambda: reads.linked(found.id, state, after, limit + 1))
    customers = here.who.may("customers")
    if customers:
        here.console.audit.note(here.who, here.console.clock(), "look", found.id)
    shown = [_ticket(one, here, customers=customers) for one in some[:limit]]
    last = some[limit - 1].link if len(some) > limit else None
    more = None if last is None else place(last.time, last.ticket)
    return answered(Tickets(tickets=shown, after=more))


def _ticket(one: sql.LinkedTicket, here: Visit, *, customers: bool) -> LinkedTicket:
    """Return a ticket; its customer and their words only for who may see them."""
    kept = one.ticket.ticket if one.ticket is not None else None
    seen = kept if customers else None
    return LinkedTicket(
        id=one.link.ticket,
        state=one.link.state.value,
        probability=round(one.link.probability, 4),
        reason=reason_text(one.link.reason, here.lang),
        linked=to_rfc3339(one.link.time),
        by=one.link.actor,
        symptom=one.ticket.symptom if one.ticket is not None else None,
        occurred=None if kept is None else to_rfc3339(kept.occurred),
        answer=None if one.answer is None else one.answer.value,
        customer=None if seen is None else seen.customer,
        text=None if seen is None else seen.text,
    )


# ------------------------------------------------------------------------------ what happened


async def _timeline(here: Visit, found: model.Incident, limit: int) -> Response:
    text = here.request.query_params.get("after", "")
    before = whole(text)
    if text and before is None:
        return problem(422, "invalid", "after: as the page before has it")
    reads = here.console.reads
    rows = await in_thread(lambda: reads.journal("incident", found.id, before, limit + 1))
    entries = [
        Entry(
            at=to_rfc3339(one.time),
            by=one.actor,
            field=one.field,
            old=one.old or None,
            new=one.new or None,
            why=one.reason or None,
            action=one.action or None,
        )
        for _, one in rows[:limit]
    ]
    more = str(rows[limit - 1][0]) if len(rows) > limit else None
    return answered(Timeline(entries=entries, after=more))


async def _evidence(here: Visit, found: model.Incident, _limit: int) -> Response:
    kept = found.evidence
    if kept is None:
        return problem(404, "not-found", "a person made it, or it is older than what is kept")
    level = kept.level
    body = Evidence(
        at=to_rfc3339(kept.time),
        cause=kept.domain or None,
        reason=reason_text(found.reason, here.lang),
        gain_nats=round(kept.gain, 3),
        gain_needed_nats=kept.gain_needed,
        alarm_gain_nats=round(kept.alarm_gain, 3),
        callers=kept.callers,
        silent=kept.silent,
        level=None if level is None else round(level.value, 3),
        threshold=None if level is None else round(level.threshold, 3),
        alarms=[
            AlarmSaid(one.alarm, one.domain, one.cause, one.severity, to_rfc3339(one.raised))
            for one in kept.alarms
        ],
        rivals=[
            Rival(one.domain or None, round(one.gain, 3), one.callers, one.customers)
            for one in found.rivals
        ],
    )
    return answered(body)


async def _rates(here: Visit, found: model.Incident, _limit: int) -> Response:
    since = here.console.board.now - _MINUTES * model.MINUTE
    reads = here.console.reads
    rows = await in_thread(lambda: reads.minutes(found.id, since, _MINUTES))
    minutes = [Minute(to_rfc3339(one.minute), one.observed, round(one.expected, 4)) for one in rows]
    return answered(Rates(minutes=minutes))


tickets, timeline, evidence, rates = map(sheet, (_tickets, _timeline, _evidence, _rates))
