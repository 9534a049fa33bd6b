"""Every operation of the API, stated once: its route and its part of the document."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from correlator.model import LinkState, State
from correlator.web.api import (
    actions,
    agent_links,
    alertmanager,
    answers,
    around,
    following,
    health,
    incidents,
    rules,
    sheets,
)
from correlator.web.api.alertmanager import AlertGroup
from correlator.web.api.conditions import MOST_OF_A_KEY
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
    Ingested,
    Preview,
    Rates,
    Tickets,
    Timeline,
)
from correlator.web.api.operation import Operation, Param
from correlator.web.api.read_models import (
    Callbacks,
    Changes,
    DeadLetter,
    DeadLetters,
    Event,
    Impact,
    Neighbours,
    Promises,
    RuleQuality,
    Rules,
    RuleWhole,
    Texts,
)
from correlator.web.fields import MOST_WHOLE
from correlator.web.paging import MOST
from correlator.web.tmf.operations import TMF_OPERATIONS

_STATES = sorted(state.value for state in State if state is not State.CANDIDATE)
_STATE: dict[str, Any] = {"type": "string", "enum": _STATES}
_LINK: dict[str, Any] = {"type": "string", "enum": sorted(state.value for state in LinkState)}
_PREVIEWS: dict[str, Any] = {"type": "string", "enum": ["link", "merge", "scope", "split"]}
_FORMATS: dict[str, Any] = {"type": "string", "enum": ["csv", "json"]}


_LANGUAGE = Param("Accept-Language", "header", "`fr` (the default) or `en`: of all sentences")
_AFTER = "what the page before has as `after`"
_CURSOR = Param(
    "after",
    "query",
    _AFTER,
    {"type": "string", "pattern": r"^(\d{1,15}~[^~]+)?$", "maxLength": 600},
)
_LINE = Param(
    "after", "query", _AFTER, {"type": "string", "pattern": r"^([0-9a-f]{12}~\d{1,15})?$"}
)
_NUMBER: dict[str, Any] = {"type": "integer", "minimum": 0, "maximum": MOST_WHOLE}


def _several(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": schema}


_NUMBERED = Param("after", "query", _AFTER, _NUMBER)
_RULE = Param("id", "path", "the rule")
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
        errors=(404, 422),
    ),
    Operation(
        "GET", "/api/v1/incidents", "Incidents, the latest first", incidents.many, Incidents,
        (
            Param("state", "query", "one of them; several times", _several(_STATE)),
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
            _LANGUAGE,
        ),
        errors=(404, 422),
    ),
    _about(
        "tickets", "Its tickets, the latest link first", sheets.tickets, Tickets,
        Param("state", "query", "of the link; `linked` unless told otherwise", _LINK),
        _LIMIT,
        _CURSOR,
        _LANGUAGE,
    ),
    _about("timeline", "What happened to it", sheets.timeline, Timeline, _LIMIT, _NUMBERED),
    _about("evidence", "What was on the table", sheets.evidence, Evidence, _LANGUAGE),
    _about("rates", "Its calls by minute, the last day", sheets.rates, Rates),
    _about("neighbours", "The domains around its cause", around.neighbours, Neighbours),
    _about("texts", "What was approved to be said", around.texts, Texts),
    _about("promises", "The restore times that were given", around.promises, Promises),
    _about(
        "impact", "The customers under its cause", around.impact, Impact,
        _LIMIT, _LINE, Param("format", "query", "all of them as CSV, or a page", _FORMATS),
    )._replace(media=("application/json", around.CSV), errors=(404, 409, 422)),
    Operation(
        "GET", "/api/v1/callbacks", "Whom to call back", around.callbacks, Callbacks,
        (Param("incident", "query", "of this incident only"), _LIMIT, _NUMBERED),
        errors=(422,),
    ),
    Operation(
        "GET", "/api/v1/rules", "The rules and what came of them", rules.many, Rules,
        errors=(422,),
    ),
    Operation(
        "GET", "/api/v1/rules/{id}", "A rule as it is written", rules.one, RuleWhole,
        (_RULE,), errors=(404, 422),
    ),
    Operation(
        "GET", "/api/v1/rules/{id}/quality", "What a rule is worth", rules.quality, RuleQuality,
        (_RULE,), errors=(404, 422),
    ),
    Operation(
        "GET", "/api/v1/changes", "What changed after a number", following.changes, Changes,
        (
            Param("after", "query", "the `seq` of the page before, or an event's id", _NUMBER),
            _LIMIT,
        ),
        errors=(422,),
    ),
    Operation(
        "GET", "/api/v1/events", "Hints of what changes, live", following.events, Event,
        (
            Param("since", "query", "the id of the last event that was seen", _NUMBER),
            Param("Last-Event-ID", "header", "the same, as a browser sends it"),
        ),
        errors=(422,),
        media=(following.SSE,),
    ),
    Operation(
        "GET", "/api/v1/dead-letters", "Records that could not be used", following.letters,
        DeadLetters,
        (
            Param("topic", "query", "of this topic only"),
            Param("reason", "query", "of this reason only"),
            _LIMIT,
            _NUMBERED,
        ),
        errors=(422,),
    ),
    Operation(
        "GET", "/api/v1/dead-letters/{seq}", "A record that could not be used",
        following.letter, DeadLetter, (Param("seq", "path", "its number", _NUMBER),),
        errors=(404, 422),
    ),
    Operation(
        "POST", "/api/v1/actions", "Do something with incidents", actions.do, ActionOutcomes,
        (
            Param(
                "Idempotency-Key", "header", "a repeat with the same key does nothing again",
                {"type": "string", "maxLength": MOST_OF_A_KEY},
            ),
            Param(
                "If-Match", "header",
                "the ETag of the one incident, in the place of its `rev`: 412 where it went on",
            ),
            _LANGUAGE,
        ),
        body=ActionRequest,
        statuses=(200, 202, 207),
        errors=(409, 412, 413, 415, 422),
    ),
    Operation(
        "GET", "/api/v1/actions/{id}", "What became of an action", actions.standing,
        ActionStanding, (Param("id", "path", "its id"),), errors=(404, 422),
    ),
    Operation(
        "POST", "/api/v1/agent-links", "An agent's page for the frame of a CRM", agent_links.make,
        AgentLink, (_LANGUAGE,), body=AgentLinkRequest, statuses=(201,), errors=(409, 413, 422),
    ),
    Operation(
        "GET", "/api/v1/preview", "What an action would move", answers.preview, Preview,
        (
            Param("verb", "query", "what would be done", _PREVIEWS),
            Param("incident", "query", "the incident; of a merge several with commas"),
            Param("domain", "query", "the cause, of a scope or a split"),
            Param("into", "query", "the incident that others are merged into"),
            Param("tickets", "query", "their ids with commas, of a split or a link"),
            _LANGUAGE,
        ),
        errors=(422,),
    ),
    Operation(
        "GET", "/api/v1/health", "Whether the console can answer", health.health, Health,
        statuses=(200, 503),
        errors=(422,),
    ),
    Operation("GET", "/api/v1/feeds", "How the feeds stand", health.feeds, Feeds, errors=(422,)),
    Operation(
        "POST", "/api/v1/ingest/alertmanager", "Take in Alertmanager's alerts as alarms",
        alertmanager.take_in, Ingested, body=AlertGroup, statuses=(202,), errors=(400, 413, 415),
    ),
    *TMF_OPERATIONS,
)  # fmt: skip
