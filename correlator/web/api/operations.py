"""Every operation of the API, stated once: its route and its part of the document."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from correlator.model import State
from correlator.web.api import actions, agent_links, answers, health, incidents, sheets, tmf
from correlator.web.api.models import (
    ActionOutcomes,
    ActionRequest,
    ActionStanding,
    AgentLink,
    AgentLinkRequest,
    Answer,
    Evidence,
    Feeds,
    Health,
    Incident,
    Incidents,
    Preview,
    Rates,
    Tickets,
    Timeline,
)
from correlator.web.paging import MOST

TEXT: dict[str, Any] = {"type": "string"}
_STATES = sorted(state.value for state in State if state is not State.CANDIDATE)
_STATE: dict[str, Any] = {"type": "string", "enum": _STATES}


class Param(NamedTuple):
    """A parameter: `place` is `path`, `query` or `header`."""

    name: str
    place: str
    says: str
    schema: dict[str, Any] = TEXT


class Operation(NamedTuple):
    """What is asked, with what, what comes back. `path` as Starlette has it."""

    method: str
    path: str
    says: str
    endpoint: Callable[[Request], Awaitable[Response]]
    answer: Any
    params: tuple[Param, ...] = ()
    body: type | None = None
    statuses: tuple[int, ...] = (200,)
    errors: tuple[int, ...] = ()


_LANGUAGE = Param("Accept-Language", "header", "`fr` (the default) or `en`: of all sentences")
_CURSOR = Param("after", "query", "what the page before has as `after`")
_NUMBER = {"type": "integer", "minimum": 0}
_FIELDS = Param("fields", "query", "these attributes only, with commas between them")


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


def _service_problems(base: str) -> tuple[Operation, ...]:
    """Return what TMF656 reads, at a base address."""
    return (
        Operation(
            "GET", f"{base}/serviceProblem", "Service problems (TMF656)", tmf.problems,
            list[dict[str, Any]],
            (
                _FIELDS,
                Param("offset", "query", "how many to leave out", _NUMBER),
                Param("limit", "query", "how many", {"type": "integer", "maximum": MOST}),
                Param("status", "query", "one of several with commas; so any other attribute"),
            ),
            statuses=(200, 206),
            errors=(400,),
        ),
        Operation(
            "GET", f"{base}/serviceProblem/{{id}}", "A service problem (TMF656)", tmf.one_problem,
            dict[str, Any], (Param("id", "path", "its id"), _FIELDS), errors=(404,),
        ),
    )  # fmt: skip


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
        "POST", "/api/v1/agent-links", "An agent's page for the frame of a CRM", agent_links.make,
        AgentLink, (_LANGUAGE,), body=AgentLinkRequest, statuses=(201,), errors=(409, 413, 422),
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
    *(operation for base in tmf.BASES for operation in _service_problems(base)),
)  # fmt: skip
