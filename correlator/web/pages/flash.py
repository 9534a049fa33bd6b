"""The flash: what level 1 says to callers. Approved texts only, no customers."""

from __future__ import annotations

from collections.abc import Mapping

from correlator.adapters.sql import ConsoleReads
from correlator.formats.wording import Language
from correlator.model import MINUTE, ApprovedText, Audience, Millis, State
from correlator.web.board import Entry
from correlator.web.console import Console
from correlator.web.pages.rows import promise_of, title_of
from correlator.web.views import FlashLine, FlashView

FILTERS = ("region", "symptome", "q")
_NEW: Millis = 30 * MINUTE
_RESTORED = 3


def filters_of(query: Mapping[str, str]) -> dict[str, str]:
    """Return the filters of an address."""
    return {name: query[name][:120] for name in FILTERS if query.get(name)}


def key_of(entry: Entry, text: ApprovedText) -> str:
    """Return under which key it is kept who has read a text."""
    return f"{entry.incident.id}|{text.n}"


def texts_of(console: Console) -> list[tuple[Entry, ApprovedText]]:
    """Return the texts for level 1 in force, newest first."""
    found = [
        (entry, entry.texts[Audience.N1])
        for entry in console.board.entries()
        if Audience.N1 in entry.texts
    ]
    return sorted(found, key=lambda pair: -pair[1].at)


def readers(reads: ConsoleReads, console: Console) -> set[str]:
    """Return who has read the newest text; blocks."""
    texts = texts_of(console)
    return reads.readers(key_of(*texts[0])) if texts else set()


def flash_view(
    console: Console, filters: dict[str, str], read: set[str], actor: str, lang: Language
) -> FlashView:
    """Return the flash; `read`: who has read its newest text."""
    lines = [_line(console, entry, text, lang) for entry, text in texts_of(console)]
    symptoms = {s.id: getattr(s.name, lang) for s in console.catalog.symptoms}
    chosen = [line for line in lines if _passes(line, filters)]
    return FlashView(
        lines=tuple(line for line in chosen if line.state != "restored"),
        restored=tuple(line for line in chosen if line.state == "restored")[:_RESTORED],
        regions=tuple(sorted({line.region for line in lines if line.region})),
        symptoms=tuple((s, symptoms.get(s, s)) for s in sorted({line.symptom for line in lines})),
        filters=filters,
        read=len(read),
        read_by_me=actor in read,
    )


def _line(console: Console, entry: Entry, text: ApprovedText, lang: Language) -> FlashLine:
    incident = entry.incident
    state = "failing" if incident.domain else "external"
    promise = promise_of(incident, console.board.now)
    live = promise is not None and not promise.overdue and not promise.outcome
    return FlashLine(
        incident=incident.id,
        state="restored" if incident.state is State.RESOLVED else state,
        region=entry.region,
        symptom=incident.symptom,
        title=title_of(incident, lang),
        fr=text.wording.fr,
        en=text.wording.en,
        restore=promise.restore if promise is not None and live else None,
        approved=text.at,
        new=console.board.now - text.at < _NEW,
    )


def _passes(line: FlashLine, filters: Mapping[str, str]) -> bool:
    """Return whether a line answers the question; one without region concerns everywhere."""
    region, wanted = filters.get("region", ""), filters.get("q", "").lower()
    return (
        (not region or not line.region or line.region == region)
        and filters.get("symptome", line.symptom) == line.symptom
        and wanted in f"{line.region} {line.title} {line.fr} {line.en}".lower()
    )
