"""The routes of one incident: its pages, its panels, and what a change of it would move."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from correlator.adapters.sql import ConsoleReads
from correlator.model import Incident
from correlator.web.board import Entry
from correlator.web.console import Console, in_thread
from correlator.web.pages.callbacks import callbacks
from correlator.web.pages.incident import Stored, incident_view, stored
from correlator.web.pages.preview import preview_of
from correlator.web.pages.rule_test import calls_of, can_be_told, rule_test
from correlator.web.pages.tickets import journal_page, tickets_page
from correlator.web.responses import page, refused, shown
from correlator.web.views import IncidentView
from correlator.web.visits import Visit, visit

_PARTS = frozenset(
    [
        "head",
        "why",
        "rate",
        "network",
        "timeline",
        "promise",
        "closing",
        "end",
        "texts",
        "tickets",
        "notes",
    ]
)
_LISTS = {"message": "message", "fermeture": "closing"}


async def _entry(console: Console, incident: str) -> Entry | None:
    """Return an incident from the board, or one that is over from the store."""
    entry = console.board.get(incident)
    if entry is not None:
        return entry
    found: Incident | None = await in_thread(lambda: console.reads.incident(incident))
    return None if found is None else console.board.entry_of(found)


async def _stored(console: Console, entry: Entry) -> Stored:
    """Return what the store holds of an incident; panels that ask at once are read for once."""
    incident, now = entry.incident, console.board.now
    return await console.once(
        (incident.id, console.board.seq, now), lambda: stored(console.reads, incident, now)
    )


async def incident(request: Request) -> Response:
    """An incident, or one of its sheets: tickets, journal, message, closing."""
    here, console = visit(request), visit(request).console
    key, sheet = request.path_params["id"], request.path_params.get("sheet", "")
    entry = await _entry(console, key)
    if entry is None:
        return refused(here, "page.unknown_incident", 404, id=key)
    found = await _stored(console, entry)
    view = incident_view(console, entry, found, here.lang)
    after = request.query_params.get("after", "")
    if sheet in {"tickets", "journal"}:
        listed = await in_thread(lambda: _list(here, console.reads, key, sheet, after))
        return page(here, f"incident_{sheet}.html", under="incident", incident=view, page=listed)
    if sheet == "rappels":
        may = here.who.may("customers")
        told = await in_thread(lambda: callbacks(console.reads, key, view.promises, customers=may))
        return page(
            here, "incident_callbacks.html", under="incident", incident=view, callbacks=told
        )
    if sheet in {"essai", "essai.yaml"}:
        return await _rule_test(here, entry, found, view, file=sheet != "essai")
    if sheet not in _LISTS and sheet:
        return refused(here, "page.unknown", 404)
    name = f"incident_{_LISTS[sheet]}.html" if sheet else "incident.html"
    return page(here, name, under="incident", incident=view)


async def _rule_test(
    here: Visit, entry: Entry, found: Stored, view: IncidentView, *, file: bool
) -> Response:
    """Return an incident as a rule test: a page to read and copy it from, or the file."""
    console = here.console
    if not can_be_told(entry):
        return refused(here, "test.gone", 404, domain=entry.incident.domain)

    def made() -> str:
        calls = calls_of(console.reads, console.board.topology, entry.incident)
        return rule_test(console, entry, found, calls, here.lang)

    text = await in_thread(made)
    if not file:
        return page(here, "incident_test.html", under="incident", incident=view, test=text)
    name = f'attachment; filename="{view.row.id}.yaml"'
    headers = {"Content-Disposition": name, "Cache-Control": "no-store"}
    return Response(text, 200, headers, "application/yaml; charset=utf-8")


def _list(here: Visit, reads: ConsoleReads, key: str, sheet: str, after: str) -> object:
    if sheet == "journal":
        return journal_page(reads, key, here.request.query_params, here.lang, here.console.zone)
    return tickets_page(reads, key, after, here.lang, customers=here.who.may("customers"))


async def parts(request: Request) -> Response:
    """One panel of an incident, or several (`?parts=head,why`), all as of the same moment."""
    here, console = visit(request), visit(request).console
    key, name = request.path_params["id"], request.path_params.get("part")
    names = dict.fromkeys([name] if name else request.query_params.get("parts", "").split(","))
    entry = await _entry(console, key)
    if entry is None or not names.keys() <= _PARTS:
        return refused(here, "page.unknown_incident", 404, id=key)
    found = await _stored(console, entry)
    views: dict[str, object] = {"incident": incident_view(console, entry, found, here.lang)}
    if "tickets" in names:
        views["page"] = await in_thread(lambda: _list(here, console.reads, key, "tickets", ""))
    frame, html = here.frame("incident"), []
    for one in names:
        html.append(console.templates.render(f"parts/{one}.html", frame, **views))
        await asyncio.sleep(0)  # an agent who asks for an answer meanwhile gets it
    return shown(here, "\n".join(html))


async def preview(request: Request) -> Response:
    """What a scope, a merge, a split or a link would move, counted before it is done."""
    here = visit(request)
    sentence = await preview_of(here.console, request.query_params, here.lang)
    frame = here.frame("incident")
    return shown(
        here, here.console.templates.render("parts/preview.html", frame, sentence=sentence)
    )


INCIDENTS = [
    Route("/i/{id}", incident),
    Route("/i/{id}/{sheet}", incident),
    Route("/f/preview", preview),
    Route("/f/i/{id}", parts),
    Route("/f/i/{id}/{part}", parts),
]
