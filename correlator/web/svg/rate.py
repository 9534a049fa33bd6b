"""Calls by minute under the cause: what came, what was to be expected, and what happened when."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from correlator.formats.wording import number
from correlator.model import MINUTE
from correlator.web.svg.axis import Span, clock, reach, round_top
from correlator.web.svg.lettering import SIZE, Lanes, fitted, width_of
from correlator.web.svg.markup import Picture, Value, box, coordinate, element, group, label, line
from correlator.web.svg.words import WORDS, language_of, say
from correlator.web.views import MarkView, MinuteView, RateView

WIDTH, PLOT = 720.0, 150.0
_LEFT, _RIGHT, _LEGEND, _LANE, _FOOT = 44.0, 708.0, 22.0, 19.0, 28.0
_LANES, _MOST, _LONGEST = 6, 240, 180.0
_CLOCK, _CLOCK_WIDTH = re.compile(r"\b\d\d:\d\d\b"), width_of(" 00:00")


def rate_chart(view: RateView, lang: str, zone: str) -> str:
    """Return columns for what was observed, a dashed line for what was expected, and the marks."""
    minutes = view.minutes[:_MOST]
    if not minutes:
        return _empty(lang)
    return _Chart(view, minutes, lang, zone).markup()


def _empty(lang: str) -> str:
    picture = Picture("rate", WIDTH, 60.0)
    words = say(lang, "rate-none")
    picture.add(label(WIDTH / 2, 36.0, words, "empty", "middle"))
    return picture.markup(say(lang, "rate"), words)


def mark_words(mark: MarkView, lang: str, zone: str) -> str:
    """Return the label of a mark: what and when, where the label does not say when itself."""
    key = f"mark-{mark.kind}"
    words = mark.label or (say(lang, key) if key in WORDS else mark.kind)
    if _CLOCK.search(words):
        return fitted(words, _LONGEST + _CLOCK_WIDTH)
    return f"{fitted(words, _LONGEST)} {clock(mark.at, zone)}"


class _Chart:
    """One chart, from top to bottom: legend, lanes of labels, columns, axis."""

    def __init__(
        self, view: RateView, minutes: tuple[MinuteView, ...], lang: str, zone: str
    ) -> None:
        self.view, self.minutes, self.lang, self.zone = view, minutes, lang, zone
        self.most = round_top(max(map(_height, minutes)))
        self.left = max(_LEFT, 10.0 + width_of(number(self.most, language_of(lang))))
        begin, end = minutes[0].minute, minutes[-1].minute + max(1, view.step) * MINUTE
        self.span = Span(*reach(begin, end, (mark.at for mark in view.marks)), self.left, _RIGHT)
        self.marks = sorted(view.marks, key=lambda mark: mark.at)
        lanes = Lanes(self.left, _RIGHT, _LANES)
        self.words = [mark_words(mark, lang, zone) for mark in self.marks]
        self.spots = [
            lanes.place(self.span.x(mark.at), words)
            for mark, words in zip(self.marks, self.words, strict=True)
        ]
        self.top = _LEGEND + _LANE * lanes.used + 10.0
        self.bottom = self.top + PLOT

    def markup(self) -> str:
        picture = Picture("rate", WIDTH, self.bottom + _FOOT)
        picture.add(*self._legend(), *self.span.drawn(self.zone, self.top, self.bottom))
        picture.add(*self._counts(), *self._marks())
        picture.add(group("cols", map(self._column, self.minutes)), self._expected())
        picture.add(*self._labels())
        return picture.markup(self._heading(), self._summary())

    def _y(self, count: float) -> float:
        share = min(max(count, 0.0) / self.most, 1.0)
        return self.bottom - PLOT * share

    def _heading(self) -> str:
        step = self.view.step
        return say(self.lang, "rate-by", step=step) if step > 1 else say(self.lang, "rate")

    def _summary(self) -> str:
        return ". ".join((self._totals(), *self.words[:12]))

    def _totals(self) -> str:
        return say(
            self.lang,
            "rate-summary",
            begin=clock(self.minutes[0].minute, self.zone),
            end=clock(self.minutes[-1].minute, self.zone),
            observed=sum(m.observed for m in self.minutes),
            expected=math.fsum(m.expected for m in self.minutes),
            most=max(m.observed for m in self.minutes),
        )

    def _legend(self) -> Iterator[str]:
        observed, expected = say(self.lang, "observed"), say(self.lang, "expected")
        yield box(self.left, 5.0, 10.0, 10.0, "col")
        yield label(self.left + 16.0, 15.0, observed, "legend")
        second = self.left + 16.0 + width_of(observed) + 18.0
        yield line(second, 10.0, second + 24.0, 10.0, "expected")
        yield label(second + 30.0, 15.0, expected, "legend")

    def _counts(self) -> Iterator[str]:
        for count in (self.most, self.most / 2, 0):
            if count == int(count):
                shown = number(int(count), language_of(self.lang))
                yield line(self.left, self._y(count), _RIGHT, self._y(count), "grid")
                yield label(self.left - 6.0, self._y(count) + SIZE / 3, shown, "tick", "end")

    def _column(self, minute: MinuteView) -> str:
        left = self.span.x(minute.minute)
        right = self.span.x(minute.minute + max(1, self.view.step) * MINUTE)
        wide = max(right - left, 0.6)
        top = self._y(minute.observed)
        data: dict[str, Value] = {
            "data_at": minute.minute,
            "data_observed": minute.observed,
            "data_expected": f"{minute.expected:.4g}",
        }
        at = {"x": min(left, _RIGHT - 0.6), "y": top, "height": self.bottom - top}
        return element("rect", **at, width=wide - (0.8 if wide > 3.0 else 0.0), **data)

    def _expected(self) -> str:
        """Return the dashed line: level within a minute, broken where minutes are missing."""
        steps, last = [], -1.0
        for minute in self.minutes:
            left = self.span.x(minute.minute)
            right = self.span.x(minute.minute + max(1, self.view.step) * MINUTE)
            y = coordinate(self._y(minute.expected))
            joined = abs(left - last) < 0.05
            steps.append(f"{'L' if joined else 'M'}{coordinate(left)} {y}L{coordinate(right)} {y}")
            last = right
        return element("path", d="".join(steps), class_="expected")

    def _marks(self) -> Iterator[str]:
        for mark, spot in zip(self.marks, self.spots, strict=True):
            x = self.span.x(mark.at)
            top = self.top if spot is None else _LEGEND + _LANE * spot.lane + 2.0
            yield line(x, top, x, self.bottom, f"mark {_mark_class(mark.kind)}")

    def _labels(self) -> Iterator[str]:
        for words, spot in zip(self.words, self.spots, strict=True):
            if spot is not None:
                y = _LEGEND + _LANE * spot.lane + 13.0
                yield label(spot.x, y, words, "mark-label", spot.anchor)


def _mark_class(kind: str) -> str:
    return f"mark-{kind}" if f"mark-{kind}" in WORDS else "mark-other"


def _height(minute: MinuteView) -> float:
    return max(float(minute.observed), minute.expected)
