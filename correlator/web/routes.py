"""The routes: what each address shows. Plain `async`, no blocking call on the event loop."""

from __future__ import annotations

import json
from contextlib import suppress
from html import escape
from pathlib import Path
from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import (
    JSONResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route

from correlator.adapters.pacing import read_pace, write_pace
from correlator.ports import ServerUnreachableError
from correlator.web.access import guarded, within_frame
from correlator.web.acting import Outcome, act
from correlator.web.api.routes import API
from correlator.web.api_docs import BESIDE
from correlator.web.console import Console, in_thread
from correlator.web.fields import Fields, fields_of, read_body
from correlator.web.incident_routes import INCIDENTS
from correlator.web.live import TooManyStreamsError
from correlator.web.login.routes import LOGINS
from correlator.web.own_things import OWN
from correlator.web.pages.agent import Asked, agent_view, known
from correlator.web.pages.queue import filters_of, queue_view
from correlator.web.pages.reported import waiting
from correlator.web.pages.usual import usual_of
from correlator.web.responses import inside, page, refused, shown
from correlator.web.room_routes import ROOMS
from correlator.web.views import AgentView
from correlator.web.visits import NOTICE, Visit, visit
from correlator.web.workshop_routes import DONE_HERE, WORKSHOP

_YEAR = 365 * 24 * 3600
_MOST_ROWS = 50
_MOST_SAVED = 20


# ------------------------------------------------------------------------------------ the queue


async def queue(request: Request) -> Response:
    """The queue."""
    here = visit(request)
    filters = filters_of(request.query_params)
    reads, actor = here.console.reads, here.who.actor
    kept = await in_thread(lambda: reads.saved_views(actor, _MOST_SAVED))
    saved = tuple((name, f"/?{query}") for name, query in kept)
    view = await queue_view(here.console, filters, actor, here.lang, saved)
    if here.who.may("reported"):
        count = await in_thread(lambda: waiting(here.console.documents))
        view = msgspec.structs.replace(view, reported=count)
    frame, templates = here.frame("queue"), here.console.templates
    await templates.draw_ahead(frame, [row for band in view.bands for row in band.rows])
    return shown(here, templates.render("queue.html", frame, queue=view))


async def rows(request: Request) -> Response:
    """Rows by id, as they stand; what is gone says what became of it."""
    here = visit(request)
    frame = here.frame("queue")
    wanted = [one for one in request.query_params.get("ids", "").split(",") if one][:_MOST_ROWS]
    console = here.console
    entries = [console.board.get(incident) for incident in wanted]
    found = [None if entry is None else console.rows.of(entry, here.lang) for entry in entries]
    await console.templates.draw_ahead(frame, [row for row in found if row is not None])
    html = [
        f'<template data-gone="{escape(incident)}"></template>'
        if row is None
        else console.templates.row(frame, row)
        for incident, row in zip(wanted, found, strict=True)
    ]
    return shown(here, "\n".join(html))


async def since(request: Request) -> Response:
    """What changed on a queue since a page was made: by id and version."""
    here = visit(request)
    try:
        asked = json.loads(await read_body(request) or b"")
        have = {str(key): int(value) for key, value in dict(asked["have"]).items()}
        _, _, query = str(asked.get("page", "")).partition("?")
    except (ValueError, TypeError, KeyError, RecursionError):
        return JSONResponse({"message": "expected {page, have}"}, 422)
    from starlette.datastructures import QueryParams  # noqa: PLC0415

    filters = filters_of(QueryParams(query))
    view = await queue_view(here.console, filters, here.who.actor, here.lang)
    there = {row.id: row.version for band in view.bands for row in band.rows}
    return JSONResponse(
        {
            "seq": here.console.board.seq,
            "changed": [key for key in have if key in there and there[key] != have[key]],
            "fresh": [key for key in there if key not in have],
            "gone": [key for key in have if key not in there],
        }
    )


# ------------------------------------------------------------------------------------ the agent


async def agent(request: Request) -> Response:
    """What to tell a customer; without a key, the form that asks for one."""
    here = visit(request)
    if "key" not in request.path_params:
        return page(here, "agent.html", under="agent", answer=None)
    view = await _answer(here)
    here.console.audit.note(here.who, here.console.clock(), "look", request.path_params["key"])
    return page(here, "agent.html", under="agent", answer=view)


async def agent_part(request: Request) -> Response:
    """The answer alone."""
    here = visit(request)
    view = await _answer(here)
    frame = here.frame("agent")
    html = here.console.templates.render("parts/agent_answer.html", frame, answer=view)
    return shown(here, html)


async def _answer(here: Visit) -> AgentView:
    request, console = here.request, here.console
    query = request.query_params
    asked = Asked(
        request.path_params["key"][:200], query.get("client", "")[:200], query.get("symptome", "")
    )
    is_customer = console.board.topology.domains_of(asked.key) is not None
    found = await in_thread(lambda: known(console.reads, asked, is_customer=is_customer))
    view = agent_view(console, asked, found, here.lang)
    entry = console.board.get(view.incident)
    if entry is None or view.promise is not None:
        return view
    incident, lasted = entry.incident, await console.lasted(entry.incident.rule)
    likely = usual_of(incident, lasted, console.board.now, console.zone)
    return msgspec.structs.replace(view, usual=likely)


async def search(request: Request) -> Response:
    """Go to whatever has this id: an incident, equipment, a ticket or a customer."""
    here = visit(request)
    query = request.query_params.get("q", "").strip()[:200]
    board = here.console.board
    if not query:
        return RedirectResponse("/a", 303)
    if query.upper().startswith("GI-"):
        return RedirectResponse(f"/i/{quote(query, safe='')}", 303)
    if board.topology.scope(query) is not None:
        return RedirectResponse(f"/d/{quote(query, safe='')}", 303)
    return RedirectResponse(f"/a/{quote(query, safe='')}", 303)


# ---------------------------------------------------------------------------------------- acting


async def do(request: Request) -> Response:
    """Carry out what a form asks for."""
    here = visit(request)
    wants_json = "application/json" in request.headers.get("accept", "")
    fields = await fields_of(request, here.lang)
    if fields is None:
        return refused(here, "page.failed", 422)
    if not here.sent(fields) or not await within_frame(here, fields):
        return refused(here, "page.forbidden", 403)
    own = (OWN | DONE_HERE).get(next(iter(fields.all("verb")), ""))
    outcomes = await act(here, fields) if own is None else await own(here, fields)
    with suppress(ServerUnreachableError):
        await here.console.catch_up()
    _audit(here, next(iter(fields.all("verb")), ""), outcomes)
    if wants_json:
        return JSONResponse({"outcomes": [outcome.plain() for outcome in outcomes]})
    return _back(here, fields, outcomes)


def _audit(here: Visit, verb: str, outcomes: list[Outcome]) -> None:
    now = here.console.clock()
    for outcome in outcomes:
        view = outcome.view
        here.console.audit.note(here.who, now, verb, view.id, str(view.status))


def _back(here: Visit, fields: Fields, outcomes: list[Outcome]) -> Response:
    """Go back to the page that the form stood on, which then tells the outcomes."""
    back = next(iter(fields.all("back")), "/")
    key = here.console.tokens.fresh()
    here.console.leave(key, tuple(outcome.view for outcome in outcomes))
    answer = RedirectResponse(inside(back), 303)
    answer.set_cookie(NOTICE, key, httponly=True, samesite="lax", max_age=300)
    return answer


_CHOICES = {
    "lang": {"fr", "en"},
    "theme": {"dark", "light", ""},
    "contrast": {"more", ""},
    "keys": {"on", "off"},
    "role": {"viewer", "agent", "cell", "noc", "admin"},
}


async def preferences(request: Request) -> Response:
    """Keep a choice of language, theme, keys or, in the demo, of role and name."""
    here = visit(request)
    fields = await fields_of(request, here.lang)
    if fields is None:
        return refused(here, "page.failed", 422)
    if not here.sent(fields):
        return refused(here, "page.forbidden", 403)
    answer = _back(here, fields, [])
    answer.delete_cookie(NOTICE)
    for name, allowed in _CHOICES.items():
        given = fields.one(name)
        if given in allowed and (given or name in fields):
            answer.set_cookie(name, given, max_age=_YEAR, samesite="lax")
    if fields.one("who"):
        answer.set_cookie("who", fields.one("who")[:60], max_age=_YEAR, samesite="lax")
    return answer


async def demo(request: Request) -> Response:
    """Change the pace of the demo."""
    here = visit(request)
    file = here.console.settings.demo
    fields = await fields_of(request, here.lang)
    if not file or fields is None or not here.sent(fields):
        return refused(here, "page.forbidden", 403)
    await in_thread(lambda: _change_pace(Path(file), fields.one("pace")))
    return _back(here, fields, [])


def _change_pace(file: Path, wanted: str) -> None:
    pace = read_pace(file)
    change: dict[str, object] = {}
    if wanted == "pause":
        change = {"paused": not pace.paused}
    elif wanted == "next":
        change = {"skips": pace.skips + 1, "paused": False}
    elif wanted == "replay":
        change = {"replays": pace.replays + 1}
    elif wanted.isdigit():
        change = {"speed": float(min(int(wanted), 100)), "paused": False}
    write_pace(file, msgspec.structs.replace(pace, **change))


# ------------------------------------------------------------------------------- live, and files


async def events(request: Request) -> Response:
    """The live stream."""
    console: Console = request.app.state.console
    try:
        stream = console.hub.stream(visit(request).who.session)
    except TooManyStreamsError:
        return Response("", 503, {"Retry-After": "30"})
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(stream, 200, headers, "text/event-stream")


async def static(request: Request) -> Response:
    """A style sheet, a script, a font: of this version, for a year."""
    console: Console = request.app.state.console
    found = console.templates.statics.get(
        request.path_params["version"], request.path_params["name"]
    )
    if found is None:
        return Response("", 404)
    return Response(found.body, 200, found.headers)


ROUTES = guarded(
    [
        *ROOMS,
        *INCIDENTS,
        *API,
        *BESIDE,
        *WORKSHOP,
        *LOGINS,
        Route("/", queue),
        Route("/a", agent),
        Route("/a/{key:path}", agent),
        Route("/chercher", search),
        Route("/do", do, methods=["POST"]),
        Route("/prefs", preferences, methods=["POST"]),
        Route("/demo", demo, methods=["POST"]),
        Route("/events", events),
        Route("/f/rows", rows),
        Route("/f/since", since, methods=["POST"]),
        Route("/f/a/{key:path}", agent_part),
        Route("/static/{version}/{name:path}", static),
    ]
)
