"""The queue: what needs the cell now."""

from __future__ import annotations

from collections.abc import Mapping

from correlator.formats.wording import Language
from correlator.model import Band, Millis, State
from correlator.web.console import Console
from correlator.web.hours import midnight
from correlator.web.pages.rows import urgency
from correlator.web.views import BandView, QueueView, RowView

FILTERS = ("bande", "prio", "domaine", "symptome", "region", "a", "q")
"""Filters as they stand in the address."""

_FOLDED = (Band.WATCHED, Band.OVER)
_MOST = 200  # rows of one band on a page


def filters_of(query: Mapping[str, str]) -> dict[str, str]:
    """Return the filters of an address; others are ignored, and so is a band that there is not."""
    found = {name: query[name][:120] for name in FILTERS if query.get(name)}
    if found.get("bande", Band.TRIAGE) not in set(Band):
        del found["bande"]
    return found


async def queue_view(
    console: Console,
    filters: dict[str, str],
    actor: str,
    lang: Language,
    saved: tuple[tuple[str, str], ...] = (),
) -> QueueView:
    """Return the queue; folded bands only where they are asked for. `saved`: (name, address)."""
    rows = await console.rows.all(lang)
    board = console.board
    now = board.now
    chosen = [row for row in rows if _passes(row, filters, actor)] if filters else rows
    asked = filters.get("bande", "")
    bands = []
    for band in Band:
        inside = sorted((row for row in chosen if row.band is band), key=urgency)
        shown = band.value == asked if asked else band not in _FOLDED
        bands.append(BandView(band, tuple(inside[:_MOST]) if shown else (), len(inside)))
    symptoms = {s.id: getattr(s.name, lang) for s in console.catalog.symptoms}
    return QueueView(
        bands=tuple(bands),
        filters=filters,
        watched=sum(row.band is Band.WATCHED for row in rows),
        works=sum(work.start <= now < work.end for work in board.works()),
        rejected_today=_rejected(console, now),
        overdue=sum(bool(row.promise and row.promise.overdue) for row in rows if _lives(row)),
        last_ticket=max((f.latest for f in board.feeds if f.topic == "gi.tickets"), default=None),
        regions=tuple(sorted({row.region for row in rows if row.region})),
        saved=saved,
        symptoms=tuple((id_, symptoms.get(id_, id_)) for id_ in sorted({r.symptom for r in rows})),
    )


def _lives(row: RowView) -> bool:
    return row.band is not Band.OVER


def _passes(row: RowView, filters: Mapping[str, str], actor: str) -> bool:
    """Return whether a row passes all filters."""
    wanted = filters.get("a", "")
    tests = (
        ("prio", str(row.priority)),
        ("symptome", row.symptom),
        ("region", row.region),
        ("bande", row.band.value),
    )
    return (
        all(filters.get(name, value) == value for name, value in tests)
        and filters.get("domaine", "").lower() in row.domain.lower()
        and filters.get("q", "").lower() in f"{row.id} {row.title} {row.domain}".lower()
        and (not wanted or row.owner == (actor if wanted == "moi" else wanted))
    )


def _rejected(console: Console, now: Millis) -> int:
    """Count what was rejected since the last local midnight, of what is on the board."""
    since = midnight(now, console.zone)
    return sum(
        entry.incident.state is State.REJECTED and entry.incident.changed >= since
        for entry in console.board.entries()
    )
