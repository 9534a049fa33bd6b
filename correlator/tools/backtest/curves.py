"""The trade-off of one number of a rule over history: how early, against how many false ones.

Nothing is applied: whoever tunes sees what each value would have done, and chooses.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from xml.sax.saxutils import escape

import msgspec

from correlator.tools.backtest.edits import Edit
from correlator.tools.backtest.judging import Label, Verdict, label_of_change, verdict_of
from correlator.tools.backtest.matching import Change, Kind
from correlator.tools.backtest.weeks import Request, compare_sides

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP, _RIGHT = 720, 420, 70, 60, 30, 30


class Point(msgspec.Struct, frozen=True):
    """What a value would have done.

    `minutes`: by how much confirmed incidents are announced later (below 0: earlier), the mean;
    `rejected` and `unjudged`: incidents a week that the cell rejected, or that were not raised then
    so that nobody has judged them; `lost`: confirmed ones that are gone.
    """

    value: float
    minutes: float
    rejected: float
    unjudged: float
    lost: int


def curve(
    request: Request,
    rule: str,
    key: str,
    values: Sequence[float],
    seen: Callable[[int, int], None] = lambda _done, _all: None,
) -> list[Point]:
    """Return what each value would have done, against the rules without the change."""
    points = []
    for place, value in enumerate(sorted(values)):
        seen(place, len(values))
        edit = Edit(rule, key, value)
        changes, days = compare_sides(request, edit)
        points.append(_point(value, changes, days))
    seen(len(values), len(values))
    return points


def _point(value: float, changes: Sequence[Change], days: float) -> Point:
    weeks = days / 7.0
    after = [(one, label_of_change(change)) for change in changes for one in change.after]
    minutes = sorted(
        change.minutes
        for change in changes
        if change.minutes is not None and label_of_change(change) is Label.CONFIRMED
    )
    lost = sum(c.kind is Kind.LOST and verdict_of(c) is Verdict.WORSE for c in changes)
    return Point(
        value=value,
        minutes=round(sum(minutes) / len(minutes), 2) if minutes else 0.0,
        rejected=round(sum(label is Label.REJECTED for _, label in after) / weeks, 2),
        unjudged=round(sum(not change.raised for change in changes if change.after) / weeks, 2),
        lost=lost,
    )


def picture(rule: str, key: str, points: Sequence[Point]) -> str:
    """Return the curve as SVG: minutes later to the right, false ones a week upwards."""
    xs = [point.minutes for point in points]
    ys = [point.rejected + point.unjudged for point in points]
    x_low, x_high = min([0.0, *xs]) - 0.5, max([0.0, *xs]) + 0.5
    y_high = max(ys, default=0.0) * 1.15 + 0.5

    def x(value: float) -> float:
        return _LEFT + (value - x_low) / (x_high - x_low) * (_WIDTH - _LEFT - _RIGHT)

    def y(value: float) -> float:
        return _HEIGHT - _BOTTOM - value / y_high * (_HEIGHT - _BOTTOM - _TOP)

    places = [(x(a), y(b)) for a, b in zip(xs, ys, strict=True)]
    line = " ".join(f"{a:.1f},{b:.1f}" for a, b in places)
    values: dict[tuple[float, float], list[str]] = {}
    for place, point in zip(places, points, strict=True):
        values.setdefault(place, []).append(f"{point.value:g}")
    marks = "".join(
        f'<circle cx="{a:.1f}" cy="{b:.1f}" r="4"/>'
        f'<text x="{a + 7:.1f}" y="{b - 7:.1f}">{", ".join(names)}</text>'
        for (a, b), names in values.items()
    )
    floor, middle = _HEIGHT - _BOTTOM, (_LEFT + _WIDTH - _RIGHT) / 2
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'font-family="sans-serif" font-size="13"><title>{escape(f"{rule}: {key}")}</title>'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>'
        f'<path d="M{_LEFT} {_TOP}V{floor}H{_WIDTH - _RIGHT}" fill="none" stroke="#555"/>'
        f'<path d="M{x(0.0):.1f} {_TOP}V{floor}" stroke="#999" stroke-dasharray="4"/>'
        f'<text x="{x(0.0):.1f}" y="{floor + 18}" text-anchor="middle">as it is</text>'
        f'<text x="{_LEFT}" y="18">rejected or not judged, a week (0 to {y_high:.1f})</text>'
        f'<text x="{middle}" y="{_HEIGHT - 15}" text-anchor="middle">'
        f"minutes later, confirmed ones, mean ({x_low:.1f} to {x_high:.1f})</text>"
        f'<polyline points="{line}" fill="none" stroke="#06c"/><g fill="#06c">{marks}</g></svg>\n'
    )
