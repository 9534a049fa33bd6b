"""The first part of the API: answers, previews, what became of an action, health.

Its own models: what is inside may change without breaking who calls.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from correlator.adapters.sql import Standing
from correlator.formats.times import to_rfc3339
from correlator.web.access import problem
from correlator.web.console import Console, in_thread
from correlator.web.pages.agent import Asked, agent_view, known
from correlator.web.pages.preview import preview_of
from correlator.web.views import AgentView
from correlator.web.visits import visit
from correlator.web.words import say


async def answer(request: Request) -> Response:
    """What to tell a customer: verdict, sentence, restore time, why, what not to do."""
    here = visit(request)
    console, query = here.console, request.query_params
    asked = Asked(
        request.path_params["key"][:200], query.get("customer", "")[:200], query.get("symptom", "")
    )
    is_customer = console.board.topology.domains_of(asked.key) is not None
    found = await in_thread(lambda: known(console.reads, asked, is_customer=is_customer))
    console.audit.note(here.who, console.clock(), "look", asked.key)
    if found.ticket is None and not is_customer and not asked.customer:
        message = say(here.lang, "ans.unknown_key", key=asked.key)
        return problem(404, "not-found", message)
    return JSONResponse(_answer(agent_view(console, asked, found, here.lang)))


def _answer(view: AgentView) -> dict[str, object]:
    promise = view.promise
    return {
        "key": view.key,
        "verdict": view.word.value,
        "sentence": view.say,
        "because": view.because,
        "doNot": view.avoid,
        "next": view.next,
        "incidentId": view.incident or None,
        "symptom": view.symptom or None,
        "symptomAssumed": view.assumed,
        "since": None if view.since is None else to_rfc3339(view.since),
        "restoreTime": None if promise is None else to_rfc3339(promise.restore),
        "restoreOverdue": bool(promise and promise.overdue),
        "linked": view.linked,
        "at": to_rfc3339(view.at),
    }


async def action(request: Request) -> Response:
    """What became of an action."""
    here = visit(request)
    key = request.path_params["id"]
    console = here.console
    found = await in_thread(lambda: console.writes.standing(key, console.clock()))
    if found.standing is Standing.UNKNOWN:
        return problem(404, "not-found", key)
    return JSONResponse(
        {
            "id": key,
            "standing": found.standing.value,
            "error": found.error or None,
            "incidentId": found.incident or None,
            "rev": found.rev,
        }
    )


async def preview(request: Request) -> Response:
    """What a scope, a merge, a split or a link would move."""
    here = visit(request)
    sentence = await preview_of(here.console, request.query_params, here.lang)
    return JSONResponse({"sentence": sentence})


async def health(request: Request) -> Response:
    """Whether the console can answer, and how the engine stands."""
    console: Console = request.app.state.console
    body = {
        "ready": console.board.loaded and not console.failing(),
        "engineStopped": console.stopped,
        "engineBehindMs": console.late,
        "engineTime": to_rfc3339(console.board.now),
        "streams": len(console.hub),
        "seq": console.board.seq,
    }
    return JSONResponse(body, 200 if body["ready"] else 503)


API = [
    Route("/api/v1/answers/{key:path}", answer),
    Route("/api/v1/actions/{id}", action),
    Route("/api/v1/preview", preview),
    Route("/api/v1/health", health),
]
