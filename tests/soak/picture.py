"""The run as small multiples over one axis of time, with a tick for each fault."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from correlator.web.svg.markup import box, coordinate, element, label, line, text_of
from tests.soak.record import Series
from tests.soak.verdict import KEPT_DAYS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.soak.record import Numbers, Record

WIDTH, PANEL, HEIGHT = 1120.0, 480.0, 128.0
LEFT, ACROSS, DOWN, TOP = 64.0, 540.0, 206.0, 128.0
_SLOTS = 360
"""Points of a line, at most."""
_STEP_MINUTES = (1, 2, 5, 10, 15, 30, 60)

STYLE = """
.paper { fill: #fff }
text { font: 13px system-ui, sans-serif; fill: #333 }
.head { font-size: 20px; font-weight: 600; fill: #111 }
.name { font-size: 14px; font-weight: 600; fill: #111 }
.axis { font-size: 11px; fill: #666 }
.grid { stroke: #e4e4e4 } .base { stroke: #888 } .mark { stroke: #888; stroke-dasharray: 3 3 }
.line { fill: none; stroke-width: 1.6; stroke-linejoin: round }
.a { stroke: #1f66b8 } .b { stroke: #c2620e } .c { stroke: #17805d } .d { stroke: #8a3ea8 }
text.a { fill: #1f66b8; stroke: none } text.b { fill: #b0560a; stroke: none }
text.c { fill: #126b4d; stroke: none } text.d { fill: #7d3499; stroke: none }
.f { stroke: #c8203c; stroke-width: 1.2 }
"""
GROUPS = {
    "daemon": ("leader", "standby"),
    "database": ("postgres restart", "postgres frozen", "postgres read", "postgres sessions"),
    "broker": ("kafka:",),
    "network": ("kafka", "postgres"),
}
"""Kinds of faults by how their names begin; the first that fits."""


class Panel(NamedTuple):
    """One of the multiples."""

    name: str
    lines: Sequence[tuple[str, Series]]
    mark: float | None = None
    """Minute at which the oldest rows are as old as they get."""


def draw(record: Record) -> str:
    """Return the picture."""
    panels = [*_of_processes(record), *_of_feeds(record), *_of_tables(record)]
    axis = _Axis(record)
    rows = math.ceil(len(panels) / 2)
    height = TOP + 36 + rows * DOWN
    begin = record.once["begin"]
    heading = f"{begin['days']} days in {begin['minutes']:.0f} minutes, {len(record.faults)} faults"
    parts = [
        element("title", text_of(heading)),
        element("style", STYLE),
        box(0, 0, WIDTH, height, "paper"),
        label(LEFT, 30, heading, "head"),
        *axis.strip(),
    ]
    for n, panel in enumerate(panels):
        x, y = LEFT + (n % 2) * ACROSS, TOP + 60 + (n // 2) * DOWN
        parts += axis.panel(panel, x, y)
    size = f"0 0 {coordinate(WIDTH)} {coordinate(height)}"
    svg = element(
        "svg", "\n", "\n".join(parts), "\n", xmlns="http://www.w3.org/2000/svg", viewBox=size,
        width=WIDTH, height=height, role="img",
    )  # fmt: skip
    return svg + "\n"


class _Axis:
    """The axis of time, which all share."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._most = record.minutes
        self._struck = [(fault["t"] - fault["seconds"]) / 60 for fault in record.faults]
        self._groups = [_group(fault["fault"]) for fault in record.faults]
        self._step = next(s for s in _STEP_MINUTES if self._most / s <= 9)

    def strip(self) -> Iterator[str]:
        """Draw the faults, by kind, over the whole width."""
        begin, wide = LEFT + 96, ACROSS + PANEL - 96
        for n, group in enumerate(GROUPS):
            y = 56.0 + n * 19
            count = self._groups.count(group)
            yield label(LEFT, y + 4, f"{group}: {count}", "axis")
            yield line(begin, y, begin + wide, y, "grid")
            for at, kind in zip(self._struck, self._groups, strict=True):
                if kind == group:
                    x = begin + at / self._most * wide
                    yield line(x, y - 6, x, y + 6, "f")

    def panel(self, panel: Panel, x: float, y: float) -> Iterator[str]:
        """Draw one of the multiples; `y` is its top."""
        yield label(x, y - 22, panel.name, "name")
        at = x
        for (words, _), class_ in zip(panel.lines, "abcd", strict=False):
            yield label(at, y - 6, words, class_)
            at += 18 + 7.2 * len(words)
        top = max((float(series.y.max()) for _, series in panel.lines if len(series.y)), default=1)
        step = _nice(top / 3)
        top = max(step, math.ceil(top / step) * step)
        for n in range(round(top / step) + 1):
            height = y + HEIGHT - n * step / top * HEIGHT
            yield line(x, height, x + PANEL, height, "grid" if n else "base")
            yield label(x - 6, height + 4, _short(n * step), "axis", "end")
        yield from self._times(x, y + HEIGHT)
        if panel.mark is not None:
            place = x + panel.mark / self._most * PANEL
            yield line(place, y, place, y + HEIGHT, "mark")
            yield label(place + 4, y + HEIGHT - 6, f"day {KEPT_DAYS:.0f}", "axis")
        for (_, series), class_ in zip(panel.lines, "abcd", strict=False):
            path = self._path(series, x, y, top)
            if path:
                yield element("path", d=path, class_=f"line {class_}")

    def _times(self, x: float, y: float) -> Iterator[str]:
        for fault in self._struck:
            at = x + fault / self._most * PANEL
            yield line(at, y + 1, at, y + 5, "f")
        for minute in range(0, int(self._most) + 1, self._step):
            at = x + minute / self._most * PANEL
            day = self._record.day({"t": minute * 60})
            yield label(at, y + 18, f"{minute} min", "axis", "middle" if minute else "start")
            yield label(at, y + 31, f"day {day:.0f}", "axis", "middle" if minute else "start")

    def _path(self, series: Series, x: float, y: float, top: float) -> str:
        """Return the line, thinned out, broken where the process is another."""
        points, before = [], None
        for minute, value, part in _thinned(series, self._most):
            move = "L" if part == before else "M"
            place = coordinate(x + minute / self._most * PANEL)
            points.append(f"{move}{place} {coordinate(y + HEIGHT * (1 - value / top))}")
            before = part
        return "".join(points)


def _thinned(series: Series, most: float) -> Iterator[tuple[float, float, float]]:
    """Yield the largest value of each short while: an outlier is not to be lost."""
    slots = np.floor(series.t / most * _SLOTS)
    for slot in np.unique(slots):
        at = np.flatnonzero(slots == slot)
        for part in dict.fromkeys(series.part[at]):
            own = at[series.part[at] == part]
            yield float(series.t[own].mean()), float(series.y[own].max()), float(part)


def _of_processes(record: Record) -> Iterator[Panel]:
    named = {"first": "daemon, never killed", "second": "daemon, killed", "console": "console"}
    titles = {"rss": "Memory, MiB", "handles": "Open handles", "threads": "Threads"}
    for what, title in titles.items():
        yield Panel(title, [(words, record.of(name, what)) for name, words in named.items()])
    yield Panel("CPU, cores", [(words, _cpu(record, name)) for name, words in named.items()])


def _cpu(record: Record, name: str) -> Series:
    """Return what it used, from one look to the next, over half a minute or so."""
    used = record.of(name, "cpu")
    apart = 6
    if len(used.t) <= apart:
        return Series(*(np.array([]) for _ in range(3)))
    same = used.part[apart:] == used.part[:-apart]
    rate = (used.y[apart:] - used.y[:-apart]) / (60 * (used.t[apart:] - used.t[:-apart]))
    return Series(used.t[apart:][same], rate[same], used.part[apart:][same])


def _of_feeds(record: Record) -> Iterator[Panel]:
    sent = record.fed("sent")
    behind = Series(sent.t, np.maximum(0, sent.y - record.fed("applied").y), sent.part)
    lines = [("fed, not applied", behind), ("of these read, waiting", record.fed("buffered"))]
    yield Panel("Records behind", lines)
    yield Panel("Messages that wait to be published", [("outbox", record.fed("outbox"))])


def _of_tables(record: Record) -> Iterator[Panel]:
    minutes, days, _ = record.rows("tickets")
    whole = days[-1] > KEPT_DAYS
    mark = float(np.interp(KEPT_DAYS, days, minutes)) if whole else None
    multiples = {
        "Rows kept 400 days": (("alarm_spans", "rates"), mark),
        "Rows of incidents kept 400 days": (("figures", "neighbourhoods", "told"), mark),
        "Rows of history": (("tickets", "alarms", "journal", "links"), None),
    }
    for title, (tables, at) in multiples.items():
        yield Panel(title, [(table, _rows(record, table)) for table in tables], at)
    size = np.array([one["database"] / 2**20 for one in record.tables])
    yield Panel("PostgreSQL, MiB", [("all of the database", _plain(minutes, size))])


def _rows(record: Record, table: str) -> Series:
    minutes, _, rows = record.rows(table)
    return _plain(minutes, rows)


def _plain(minutes: Numbers, values: Numbers) -> Series:
    return Series(minutes, values, np.zeros(len(minutes)))


def _group(fault: str) -> str:
    return next(g for g, words in GROUPS.items() if fault.startswith(words))


def _nice(step: float) -> float:
    """Return a round number that is not smaller."""
    size = 10 ** math.floor(math.log10(max(step, 1e-9)))
    return float(next(n * size for n in (1, 2, 2.5, 5, 10) if n * size >= step * 0.999))


def _short(value: float) -> str:
    if value >= 1e6:
        return f"{value / 1e6:g} M"
    if value >= 1e4:
        return f"{value / 1e3:g} k"
    return f"{value:g}"
