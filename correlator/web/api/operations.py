"""Every operation of the API, stated once: its route and its part of the document."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from correlator.model import State
from correlator.web.api import actions, alertmanager, answers, health, incidents, sheets
from correlator.web.api.alertmanager import AlertGroup
from correlator.web.api.models import (
    ActionOutcomes,
    ActionRequest,
    ActionStanding,
    Answer,
    Evidence,
    Feeds,
    Health,
    Incident,
    Incidents,
    Ingested,
    Preview,
    Rates,
    Tickets,
    Timeline,
)
from correlator.web.api.operation import Operation, Param
from correlator.web.paging import MOST
from correlator.web.tmf.operations import TMF_OPERATIONS

_STATES = sorted(state.value for state in State if state is not State.CANDIDATE)
_STATE: dict[str, Any] = {"type": "string", "enum": _STATES}


_LANGUAGE = Param("Accept-Language", "header", "`fr` (the default) or `en`: of all sentences")
_CURSOR = Param("after", "query", "what the page before has as `after`")


_LIMIT = Param("limit", "query", "how many", {"type": "integer", "minimum": 1, "maximum": MOST})


def _about(
    name: str,
    says: str,
    endpoint: Callable[[Request], Awaitable[Response]],
    answer: type,
    *params: Param,
) -> Operation:
    """Return what there is about an incident."""
    path, of = f"/api/v1/incidents/{{id}}/{name}", Param("id", "path", "the incident")
    return Operation("GET", path, says, endpoint, answer, (of, *params), errors=(404, 422))


OPERATIONS = (
    Operation(
        "GET", "/api/v1/answers/{key:path}", "What to tell a customer", answers.answer, Answer,
        (
            Param("key", "path", "a ticket or a customer"),
            Param("customer", "query", "whose ticket it is, where that is not known yet"),
            Param("symptom", "query", "what they complain of"),
            _LANGUAGE,
        ),
        errors=(404,),
    ),
    Operation(
        "GET", "/api/v1/incidents", "Incidents, the latest first", incidents.many, Incidents,
        (
            Param("state", "query", "one of them; several times", _STATE),
            Param("rule", "query", "of this rule only"),
            Param("cause", "query", "on this failing domain only"),
            _LIMIT,
            _CURSOR,
            _LANGUAGE,
        ),
        errors=(422,),
    ),
    Operation(
        "GET", "/api/v1/incidents/{id}", "An incident", incidents.one, Incident,
        (
            Param("id", "path", "its id"),
            Param("If-None-Match", "header", "the ETag that is known: 304 where it is that still"),
            _LANGUAGE,
        ),
        statuses=(200, 304),
        errors=(404,),
    ),
    _about(
        "tickets", "Its tickets, the latest link first", sheets.tickets, Tickets,
        Param("state", "query", "linked (the default), suggested or unlinked"), _LIMIT, _CURSOR,
        _LANGUAGE,
    ),
    _about("timeline", "What happened to it", sheets.timeline, Timeline, _LIMIT, _CURSOR),
    _about("evidence", "What was on the table", sheets.evidence, Evidence, _LANGUAGE),
    _about("rates", "Its calls by minute, the last day", sheets.rates, Rates),
    Operation(
        "POST", "/api/v1/actions", "Do something with incidents", actions.do, ActionOutcomes,
        (
            Param("Idempotency-Key", "header", "a repeat with the same key does nothing again"),
            _LANGUAGE,
        ),
        body=ActionRequest,
        statuses=(200, 202, 207),
        errors=(409, 412, 413, 422),
    ),
    Operation(
        "GET", "/api/v1/actions/{id}", "What became of an action", actions.standing,
        ActionStanding, (Param("id", "path", "its id"),), errors=(404,),
    ),
    Operation(
        "GET", "/api/v1/preview", "What an action would move", answers.preview, Preview,
        (
            Param("what", "query", "scope, merge, split or link"),
            Param("id", "query", "the incident"),
            _LANGUAGE,
        ),
    ),
    Operation(
        "GET", "/api/v1/health", "Whether the console can answer", health.health, Health,
        statuses=(200, 503),
    ),
    Operation("GET", "/api/v1/feeds", "How the feeds stand", health.feeds, Feeds),
    Operation(
        "POST", "/api/v1/ingest/alertmanager", "Take in Alertmanager's alerts as alarms",
        alertmanager.take_in, Ingested, body=AlertGroup, statuses=(202,), errors=(400, 413, 415),
    ),
    *TMF_OPERATIONS,
)  # fmt: skip
