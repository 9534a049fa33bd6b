"""The whole life of an incident on one line: steps, calls, alarms, people, promises."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from correlator.model import Millis
from correlator.web.svg.axis import Span, clock, reach
from correlator.web.svg.lettering import fitted, shared_rows, width_of
from correlator.web.svg.markup import Picture, box, group, label, line, title
from correlator.web.svg.rate import mark_words
from correlator.web.svg.shapes import dot, mark_sign
from correlator.web.svg.words import say
from correlator.web.views import MarkView, SpanView, TimelineView

WIDTH = 960.0
_LEFT, _RIGHT = 104.0, 948.0
_LANE, _AIR, _FOOT = 20.0, 12.0, 28.0
_BINS, _LANES, _LONGEST = 56, 4, 230.0
_STEPS = frozenset({"onset", "announced", "restored", "resolved", "reopened", "closed", "ended"})


class _Item(NamedTuple):
    """Something in a row: what it covers with its label, and how it is drawn at a height."""

    left: float
    right: float
    draw: Callable[[float], str]


class _Row(NamedTuple):
    name: str
    items: Sequence[_Item]


def timeline(view: TimelineView, lang: str, zone: str) -> str:
    """Return the picture: a row for each kind of thing, over one axis of time."""
    begin, end = sorted((view.begin, view.end))
    span = Span(*reach(begin, end, (mark.at for mark in view.marks)), _LEFT, _RIGHT)
    rows = [row for row in _rows(view, span, lang, zone) if row.items]
    drawn, bottom = [], 8.0
    for row in rows:
        parts, bottom = _placed(row, bottom, lang)
        drawn.append(group(f"row row-{row.name}", parts))
    picture = Picture("timeline", WIDTH, bottom + _FOOT)
    picture.add(*span.drawn(zone, 0.0, bottom), *drawn)
    return picture.markup(say(lang, "timeline"), _summary(view, lang, zone))


def _summary(view: TimelineView, lang: str, zone: str) -> str:
    return say(
        lang,
        "timeline-summary",
        begin=clock(view.begin, zone),
        end=clock(view.end, zone),
        calls=sum(minute.observed for minute in view.calls),
        alarms=len(view.alarms),
        marks=len(view.marks),
    )


def _rows(view: TimelineView, span: Span, lang: str, zone: str) -> Iterator[_Row]:
    marks: dict[str, list[MarkView]] = {"step": [], "people": [], "promise": []}
    for mark in sorted(view.marks, key=lambda mark: mark.at):
        marks[_kind(mark)].append(mark)

    def signs(kind: str) -> list[_Item]:
        return [_sign(mark, kind, span, mark_words(mark, lang, zone)) for mark in marks[kind]]

    alarms = sorted(view.alarms, key=lambda alarm: (alarm.raised, alarm.alarm))
    yield _Row("steps", signs("step"))
    yield _Row("calls", list(_calls(view, span, lang, zone)))
    yield _Row("alarms", [_alarm(alarm, span, lang, zone) for alarm in alarms])
    yield _Row("people", signs("people"))
    yield _Row("promises", signs("promise"))


def _kind(mark: MarkView) -> str:
    if mark.kind.startswith("promise"):
        return "promise"
    return "step" if mark.kind in _STEPS else "people"


def _placed(row: _Row, top: float, lang: str) -> tuple[list[str], float]:
    """Return a row drawn from `top`, and where it ends. What finds no lane is counted."""
    lanes = shared_rows(((item.left, item.right) for item in row.items), _LANES)
    parts = [label(0.0, top + 14.0, say(lang, f"row-{row.name}"), "row-name")]
    used = 1 + max((lane for lane in lanes if lane is not None), default=0)
    for item, lane in zip(row.items, lanes, strict=True):
        if lane is not None:
            parts.append(item.draw(top + 10.0 + _LANE * lane))
    if left_out := lanes.count(None):
        parts.append(label(0.0, top + 31.0, say(lang, "more", n=left_out), "tick"))
    bottom = top + _LANE * used + _AIR
    return [*parts, line(0.0, bottom - _AIR / 2, _RIGHT, bottom - _AIR / 2, "grid")], bottom


def _sign(mark: MarkView, kind: str, span: Span, words: str) -> _Item:
    """Return a sign with its words to the right, or to the left near the border."""
    x, wide = span.x(mark.at), width_of(words) + 13.0
    start = x + wide <= _RIGHT
    at, anchor = (x + 12.0, "start") if start else (x - 9.0, "end")

    def draw(y: float) -> str:
        return mark_sign(kind, x, y) + label(at, y + 4.5, words, "mark-label", anchor)

    return _Item(x - 7.0, x + wide, draw) if start else _Item(x - wide, x + 11.0, draw)


def _calls(view: TimelineView, span: Span, lang: str, zone: str) -> Iterator[_Item]:
    """Yield a dot for each stretch with calls, as large as they are many."""
    pitch = (span.right - span.left) / _BINS
    first: dict[int, Millis] = {}
    counts: dict[int, int] = {}

    def bin_of(at: Millis) -> int:
        return min(int((span.x(at) - span.left) / pitch), _BINS - 1)

    heard = sorted((m.minute, m.observed) for m in view.calls if m.observed > 0)
    for number, minutes in groupby(heard, key=lambda one: bin_of(one[0])):
        one = list(minutes)
        first[number], counts[number] = one[0][0], sum(count for _, count in one)
    most = max(counts.values(), default=1)
    for number, count in counts.items():
        words = say(lang, "calls-at", clock=clock(first[number], zone), n=count)
        x = span.left + pitch * (number + 0.5)
        yield _dot(x, 1.4 + 5.6 * (count / most) ** 0.5, words)


def _dot(x: float, radius: float, words: str) -> _Item:
    def draw(y: float) -> str:
        return dot(x, y, radius, "call-dot", title(words))

    return _Item(x, x, draw)


def _alarm(alarm: SpanView, span: Span, lang: str, zone: str) -> _Item:
    """Return a bar as long as the alarm stood, its words beside it or, if need be, left out."""
    x1 = span.x(alarm.raised)
    x2 = max(span.x(span.end if alarm.cleared is None else alarm.cleared), x1 + 3.0)
    until = say(lang, "standing") if alarm.cleared is None else clock(alarm.cleared, zone)
    words = fitted(f"{alarm.domain} {alarm.cause}", _LONGEST)
    full = f"{alarm.domain} {alarm.cause} {alarm.alarm}, {clock(alarm.raised, zone)} – {until}"
    name = "alarm-bar" if alarm.cleared is not None else "alarm-bar alarm-standing"
    wide = width_of(words) + 8.0
    x1 = min(x1, _RIGHT - 3.0)

    def draw(y: float) -> str:
        bar = box(x1, y - 4.0, min(x2, _RIGHT) - x1, 8.0, name, title(full))
        if x2 + wide <= _RIGHT:
            return bar + label(x2 + 6.0, y + 4.5, words, "mark-label")
        if x1 - wide >= _LEFT:
            return bar + label(x1 - 6.0, y + 4.5, words, "mark-label", "end")
        inside = fitted(words, x2 - x1 - 24.0)
        gap = box(x1 + 8.0, y - 8.0, width_of(inside) + 8.0, 16.0, "alarm-gap")
        return bar + gap + label(x1 + 12.0, y + 4.5, inside, "mark-label")

    if x2 + wide <= _RIGHT:
        return _Item(x1, x2 + wide, draw)
    return _Item(x1 - wide, x2, draw) if x1 - wide >= _LEFT else _Item(x1, x2, draw)
