"""The same minutes as a table, for who does not see the chart or wants the numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from correlator.formats.wording import number
from correlator.model import MINUTE, Millis
from correlator.web.svg.axis import clock
from correlator.web.svg.markup import element, text_of
from correlator.web.svg.rate import mark_words
from correlator.web.svg.words import language_of, say
from correlator.web.views import MinuteView, RateView

_MOST = 240


def rate_table(view: RateView, lang: str, zone: str) -> str:
    """Return the table: a row for each point, with what happened in it."""
    notes = _notes(view, lang, zone)
    keys = ("minute", "observed", "expected", "happened")
    head = "".join(element("th", text_of(say(lang, key)), scope="col") for key in keys)
    rows = (_row(minute, notes, lang, zone) for minute in view.minutes[:_MOST])
    return element(
        "table",
        element("caption", text_of(say(lang, "table"))),
        element("thead", element("tr", head)),
        f"<tbody>{''.join(rows)}</tbody>",
        class_="rate-table",
    )


def _notes(view: RateView, lang: str, zone: str) -> Mapping[Millis, list[str]]:
    """Return the marks by the point that holds them; those outside by the nearest one."""
    notes: dict[Millis, list[str]] = defaultdict(list)
    points = [minute.minute for minute in view.minutes[:_MOST]]
    for mark in view.marks if points else ():
        before = [point for point in points if point <= mark.at]
        notes[before[-1] if before else points[0]].append(mark_words(mark, lang, zone))
    return notes


def _row(minute: MinuteView, notes: Mapping[Millis, list[str]], lang: str, zone: str) -> str:
    language = language_of(lang)
    return element("tr", *_cells(minute, ", ".join(notes.get(minute.minute, ())), language, zone))


def _cells(minute: MinuteView, note: str, language: str, zone: str) -> Iterator[str]:
    lang = language_of(language)
    yield element("th", clock(minute.minute // MINUTE * MINUTE, zone), scope="row")
    yield f"<td>{number(minute.observed, lang)}</td>"
    yield f"<td>{number(minute.expected, lang)}</td>"
    yield f"<td>{text_of(note)}</td>"
