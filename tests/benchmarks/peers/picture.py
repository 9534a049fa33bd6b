"""The run as a picture: what each costs on a logarithmic axis, and what it does for that."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from correlator.web.svg.markup import box, coordinate, element, label, line, text_of, title
from tests.benchmarks.peers.does import DEEDS, PEERS
from tests.benchmarks.peers.report import Row

WIDTH, LEFT, BARS, ROW, TOP = 1120.0, 24.0, 440.0, 46.0, 112.0
AXIS = 160.0
"""Where the axis of bars begins."""
STEP = 28.0
"""Between the columns of what is done."""
SHORT = LEFT + AXIS + BARS + 72

STYLE = """
.paper { fill: #fff }
text { font: 13px system-ui, sans-serif; fill: #333 }
.head { font-size: 18px; font-weight: 600; fill: #111 }
.name { font-weight: 600; fill: #111 }
.axis { font-size: 11px; fill: #595959 }
.grid { stroke: #e4e4e4 } .base { stroke: #888 }
.bar { fill: #8fa3b8 } .own { fill: #1f66b8 }
.yes { fill: #1f66b8 } .part { fill: none; stroke: #1f66b8; stroke-width: 2 }
.no { stroke: #b8b8b8; stroke-width: 1.5 }
@media (prefers-color-scheme: dark) {
  .paper { fill: #14181d }
  text { fill: #c9d1d9 } .head, .name { fill: #f0f3f6 } .axis { fill: #9da7b1 }
  .grid { stroke: #2a313a } .base { stroke: #6b7683 }
  .bar { fill: #5b6f84 } .own { fill: #5ba3f0 }
  .yes { fill: #5ba3f0 } .part { stroke: #5ba3f0 } .no { stroke: #4a535e }
}
"""


class Scale(NamedTuple):
    """A logarithmic axis over whole decades."""

    low: int
    high: int

    def at(self, value: float) -> float:
        """Return the place of a value."""
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return LEFT + AXIS + BARS * share


def scale_of(values: Sequence[float]) -> Scale:
    """Return the decades that hold all values, the lowest a little under the least."""
    low = math.floor(math.log10(min(values) * 0.8))
    return Scale(low, max(low + 1, math.ceil(math.log10(max(values)))))


def draw(rows: Sequence[Row], heading: str) -> str:
    """Return the picture, of the rows that are no variants."""
    rows = [row for row in rows if row.costs and not row.what.startswith("the same")]
    scale = scale_of([row.middle * 1e6 for row in rows])
    bottom = TOP + len(rows) * ROW
    height = bottom + 62
    parts = [
        element("title", text_of(heading)),
        element("style", STYLE),
        box(0, 0, WIDTH, height, "paper"),
        label(LEFT, 30, heading, "head"),
        *_axis(scale, bottom),
        *_columns(),
    ]
    before = None
    for n, row in enumerate(rows):
        y = TOP + n * ROW
        parts += _bar(row, scale, y)
        if row.peer != before:
            parts += _deeds(row.peer, y)
        before = row.peer
    parts += _key(bottom + 46)
    size = f"0 0 {coordinate(WIDTH)} {coordinate(height)}"
    svg = element(
        "svg", "\n", "\n".join(parts), "\n", xmlns="http://www.w3.org/2000/svg", viewBox=size,
        width=WIDTH, height=height, role="img",
    )  # fmt: skip
    return svg + "\n"


def _axis(scale: Scale, bottom: float) -> Iterator[str]:
    for power in range(scale.low, scale.high + 1):
        x = scale.at(10.0**power)
        yield line(x, TOP - 8, x, bottom, "base" if power == scale.low else "grid")
        yield label(x, bottom + 16, f"{10.0**power:,g}", "axis", "middle")
    yield label(
        LEFT + AXIS + BARS / 2, bottom + 32, "µs of CPU an event, logarithmic", "axis", "middle"
    )


def _columns() -> Iterator[str]:
    for n, deed in enumerate(DEEDS):
        x, y = SHORT + n * STEP, TOP - 12
        turned = f"rotate(-50 {coordinate(x)} {coordinate(y)})"
        yield element(
            "text", title(deed.words), text_of(deed.short), x=x, y=y, class_="axis",
            transform=turned,
        )  # fmt: skip


def _bar(row: Row, scale: Scale, y: float) -> Iterator[str]:
    x = scale.at(10.0**scale.low)
    value = row.middle * 1e6
    yield label(LEFT, y + 16, row.peer, "name")
    yield label(LEFT, y + 32, row.what, "axis")
    wide = scale.at(value) - x
    yield box(x, y + 6, wide, 22, "own" if row.peer == PEERS[0] else "bar", title(row.name))
    yield label(x + wide + 6, y + 22, f"{value:,.{0 if value >= 100 else 1}f}", "axis")


def _deeds(peer: str, y: float) -> Iterator[str]:
    column = PEERS.index(peer)
    for n, deed in enumerate(DEEDS):
        x, does = SHORT + n * STEP, deed.does[column]
        shown = title(f"{peer}, {deed.words}: {does}")
        yield _mark(does, x + 4, y + 17, shown)


def _mark(does: str, x: float, y: float, *shown: str) -> str:
    if does == "no":
        ends = {"x1": x - 4, "y1": y, "x2": x + 4, "y2": y}
        return element("line", *shown, **ends, class_=does)
    return element("circle", *shown, cx=x, cy=y, r=6.0 if does == "yes" else 5.0, class_=does)


def _key(y: float) -> Iterator[str]:
    for n, (does, words) in enumerate((("yes", "yes"), ("part", "in part"), ("no", "no"))):
        x = SHORT + n * 96
        yield _mark(does, x + 4, y - 4)
        yield label(x + 16, y, words, "axis")
