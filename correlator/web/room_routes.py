"""The routes of the rooms around the queue: wall, flash, rules, hand-over, domains, the guide."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec
from markdown_it import MarkdownIt
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from correlator.web.console import in_thread
from correlator.web.pages.backtests import backtest_view, row_of
from correlator.web.pages.domain import domain_view, past
from correlator.web.pages.flash import filters_of, flash_view, readers
from correlator.web.pages.handover import APART, handover_view, shift, visit_of
from correlator.web.pages.reported import reported, reported_views
from correlator.web.pages.rules import SINCE, leads, misses, rule_view, rules_view, versions_of
from correlator.web.pages.training import read_comparison, training_view
from correlator.web.pages.wall import calls, wall_view
from correlator.web.responses import page, refused, shown
from correlator.web.views import FlashView, HandoverView, WallView
from correlator.web.visits import Visit, visit

GUIDES = (("cellule", "La cellule"), ("agent", "L'agent N2"), ("noc", "Le NOC"))
"""The pages of the guide, in their order."""
_PLACES = (
    Path(__file__).parents[2] / "docs",
    Path(sys.prefix) / "share" / "correlator",
)
"""Where the guide is: beside the source, or where it was installed."""


# ---------------------------------------------------------------------- what others report


async def signalled(request: Request) -> Response:
    """What other systems report and nobody can place."""
    here = visit(request)
    found = await in_thread(lambda: reported(here.console.documents))
    return page(here, "reported.html", under="queue", rows=reported_views(found))


# --------------------------------------------------------------------------------- wall, flash


async def _wall(here: Visit) -> WallView:
    console = here.console
    counted = await in_thread(lambda: calls(console.reads, console.board.now))
    return wall_view(console, counted, here.lang)


async def wall(request: Request) -> Response:
    """The wall."""
    here = visit(request)
    return page(here, "wall.html", under="wall", wall=await _wall(here))


async def wall_part(request: Request) -> Response:
    """The wall without what is around it."""
    here = visit(request)
    html = here.console.templates.render(
        "parts/wall.html", here.frame("wall"), wall=await _wall(here)
    )
    return shown(here, html)


async def _flash(here: Visit) -> FlashView:
    console = here.console
    filters = filters_of(here.request.query_params)
    read = await in_thread(lambda: readers(console.reads, console))
    return flash_view(console, filters, read, here.who.actor, here.lang)


async def flash(request: Request) -> Response:
    """The flash for level 1."""
    here = visit(request)
    return page(here, "flash.html", under="flash", flash=await _flash(here))


async def flash_part(request: Request) -> Response:
    """The lines of the flash."""
    here = visit(request)
    html = here.console.templates.render(
        "parts/flash.html", here.frame("flash"), flash=await _flash(here)
    )
    return shown(here, html)


# --------------------------------------------------------------------------------------- rules


async def rules(request: Request) -> Response:
    """All rules."""
    here = visit(request)
    console, now = here.console, here.console.board.now
    counts = await in_thread(lambda: console.reads.rule_counts(now - SINCE))
    ids = [rule.id for rule in console.catalog.rules]
    near = await in_thread(lambda: {one: misses(console.reads, one, now) for one in ids})
    ahead = await in_thread(lambda: leads(console.reads, now))
    view = rules_view(console, counts, near, ahead, here.lang)
    return page(here, "rules.html", under="rules", rules=view)


async def rule(request: Request) -> Response:
    """One rule."""
    here = visit(request)
    console, now = here.console, here.console.board.now
    key = request.path_params["id"]
    found = next((one for one in console.catalog.rules if one.id == key), None)
    if found is None:
        return refused(here, "page.unknown", 404)
    reads = console.reads
    counts = await in_thread(lambda: reads.rule_counts(now - SINCE))
    near = await in_thread(lambda: misses(reads, key, now))
    incidents = await in_thread(lambda: reads.of_rule(key, now - SINCE, 50))
    not_this = await in_thread(lambda: reads.not_this(key, now - SINCE))
    ahead = await in_thread(lambda: leads(reads, now))
    versions = await in_thread(lambda: versions_of(console, key))
    view = rule_view(console, found, counts, near, ahead, incidents, not_this, versions, here.lang)
    return page(here, "rule.html", under="rules", rule=view)


async def backtests(request: Request) -> Response:
    """The backtests that have been made."""
    here = visit(request)
    found = await in_thread(here.console.reads.backtests)
    seen = [report for report in found if not report.shadow or here.who.may("workshop")]
    rows = tuple(row_of(report, here.lang) for report in seen)
    return page(here, "backtests.html", under="rules", rows=rows)


async def backtest(request: Request) -> Response:
    """One backtest, with the evidence on both sides."""
    here = visit(request)
    console, name = here.console, request.path_params["name"]
    found = await in_thread(lambda: console.reads.backtest(name))
    if found is None or (found.shadow and not here.who.may("workshop")):
        return refused(here, "page.unknown", 404)
    symptoms = {one.id: getattr(one.name, here.lang) for one in console.catalog.symptoms}
    kind = request.query_params.get("genre", "")
    view = backtest_view(found, symptoms, kind, here.lang)
    return page(here, "backtest.html", under="rules", backtest=view)


# ------------------------------------------------------------------------------------- training


async def training(request: Request) -> Response:
    """What somebody who learns decided, compared; there is none where nobody learns."""
    here = visit(request)
    file = here.console.settings.training
    if not file:
        return refused(here, "page.unknown", 404)
    report = await in_thread(lambda: read_comparison(Path(file)))
    view = training_view(report, here.lang)
    return page(here, "training.html", under="training", training=view)


# ------------------------------------------------------------------------------------ hand-over


async def handover(request: Request) -> Response:
    """The hand-over of the shift that runs, or one that was signed."""
    here = visit(request)
    console = here.console
    number = request.path_params.get("number")
    if number is None:
        now, actor = console.board.now, here.who.actor
        before = await in_thread(lambda: console.writes.visit("releve", actor, now, APART))
        visited = visit_of(before, now)
        since = visited if request.query_params.get("depuis") == "visite" else None
        found = await in_thread(lambda: shift(console.reads, now, since))
        view = handover_view(console, found, actor, here.lang)
        view = msgspec.structs.replace(view, visited=visited, by_visit=since is not None)
        return page(here, "handover.html", under="handover", handover=view)
    row = await in_thread(lambda: console.reads.handover(number))
    if row is None or not row.body:
        return refused(here, "page.unknown", 404)
    frozen = msgspec.json.decode(row.body, type=HandoverView)
    return page(here, "handover.html", under="handover", handover=frozen)


# ---------------------------------------------------------------------------------- domain, help


async def domain(request: Request) -> Response:
    """A failure domain."""
    here = visit(request)
    console, name = here.console, request.path_params["name"]
    board = console.board
    found = await in_thread(lambda: past(console.reads, board.topology, name, board.now))
    view = domain_view(console, name, found, here.lang)
    status = 200 if view.known else 404
    return page(here, "domain.html", under="domain", status=status, domain=view)


async def guide(request: Request) -> Response:
    """A page of the guide."""
    here = visit(request)
    name = request.path_params.get("name", GUIDES[0][0])
    text = await in_thread(lambda: _guide(name)) if name in dict(GUIDES) else None
    if text is None:
        return refused(here, "page.unknown", 404)
    html = MarkdownIt("commonmark").enable("table").render(text)
    body = Markup(html)  # noqa: S704 - our own text, and raw HTML is escaped in it
    return page(here, "help.html", under="help", guides=GUIDES, guide=name, body=body)


def _guide(name: str) -> str | None:
    for place in _PLACES:
        try:
            return (place / "guide" / f"{name}.md").read_text(encoding="utf-8")
        except OSError:
            continue
    return None


async def picture(request: Request) -> Response:
    """A picture of the guide."""
    name = request.path_params["name"]
    for place in _PLACES:
        path = place / "screens" / name
        if name.endswith(".png") and "/" not in name and path.is_file():
            body = await in_thread(path.read_bytes)
            return Response(body, 200, {"Cache-Control": "max-age=3600"}, "image/png")
    return Response("", 404)


ROOMS = [
    Route("/signales", signalled),
    Route("/mur", wall),
    Route("/n1", flash),
    Route("/regles", rules),
    Route("/regles/{id:path}", rule),
    Route("/rejeux", backtests),
    Route("/rejeux/{name}", backtest),
    Route("/entrainement", training),
    Route("/releve", handover),
    Route("/releve/{number:int}", handover),
    Route("/d/{name:path}", domain),
    Route("/aide", guide),
    Route("/aide/{name}", guide),
    Route("/screens/{name}", picture),
    Route("/f/mur", wall_part),
    Route("/f/n1", flash_part),
]
