"""Incidents as the API says them, one and many; with ETags by their `rev` and `version`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from correlator import model
from correlator.adapters.sql import IncidentFilter
from correlator.formats.times import to_rfc3339
from correlator.formats.wording import Language, reason_text
from correlator.web.api.models import Incident, Incidents, answered
from correlator.web.console import in_thread
from correlator.web.paging import MOST, limit_of, place, place_of
from correlator.web.responses import problem
from correlator.web.visits import visit

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

_USUAL = 50
SHOWN = frozenset(model.State) - {model.State.CANDIDATE}
"""States of what has been told to people; candidates are nobody's but the NOC's."""


async def many(request: Request) -> Response:
    """Incidents that were announced, the latest first."""
    here, query = visit(request), request.query_params
    limit = limit_of(query.get("limit", str(_USUAL)))
    if limit is None:
        return problem(422, "invalid", f"limit: a whole number from 1 to {MOST}")
    states = frozenset(query.getlist("state"))
    if unknown := states - {state.value for state in SHOWN}:
        return problem(422, "invalid", f"state: no such one: {', '.join(sorted(unknown))[:100]}")
    after = place_of(query.get("after", ""))
    if query.get("after") and after is None:
        return problem(422, "invalid", "after: as the page before has it")
    wanted = IncidentFilter(
        frozenset(map(model.State, states)) or SHOWN,
        query.get("rule", ""),
        query.get("cause", ""),
    )
    found = await in_thread(lambda: here.console.reads.announced(wanted, after, limit + 1))
    shown = [_incident(one, here.lang) for one in found[:limit]]
    last = found[limit - 1] if len(found) > limit else None
    more = None if last is None else place(last.announced, last.id)
    total = await in_thread(lambda: here.console.reads.count_announced(wanted))
    headers = {"X-Total-Count": str(total)}
    return answered(Incidents(incidents=shown, after=more), headers=headers)


async def one(request: Request) -> Response:
    """An incident."""
    here, key = visit(request), request.path_params["id"]
    found = await in_thread(lambda: here.console.reads.incident(key))
    if found is None or found.announced is None:
        return problem(404, "not-found", key)
    headers = {"ETag": f'"{found.rev}.{found.version}"'}
    return answered(_incident(found, here.lang), headers=headers)


def _incident(found: model.Incident, lang: Language) -> Incident:
    promise = found.promise
    return Incident(
        id=found.id,
        rev=found.rev,
        version=found.version,
        state=found.state.value,
        rule=found.rule,
        symptom=found.symptom,
        cause=list(found.among or (found.domain,)) if found.domain else [],
        cause_type=found.domain_type or None,
        names=found.names,
        reason=reason_text(found.reason, lang),
        priority=found.priority,
        severity=found.severity,
        customers=found.customers,
        tickets=found.linked,
        alarms=list(found.alarms),
        onset=to_rfc3339(found.onset),
        announced=None if found.announced is None else to_rfc3339(found.announced),
        resolved=None if found.resolved is None else to_rfc3339(found.resolved),
        restore_time=None if promise is None else to_rfc3339(promise.restore.time),
        owner=found.owner or None,
        acknowledged_by=found.acknowledged_by or None,
        confirmed_by=found.confirmed_by or None,
        parent=found.parent or None,
    )
