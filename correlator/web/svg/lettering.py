"""How wide words are, and where labels go so that none covers another.

Widths are those of the interface font, on the wide side: its fallback is wider, and a label with
air around it is no harm.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

SIZE = 13.0
"""Font size of all labels, in units of the drawing."""

_NARROW = frozenset("iljtfI.,:;'|!()[] /\u00a0\u202f")
_WIDE = frozenset("mwMWŒœ%@—→")
_GAP = 10.0


def width_of(words: str) -> float:
    """Return the width of a label at `SIZE`."""
    return SIZE * sum(map(_share, words))


def _share(character: str) -> float:
    """Return the width of a character, as a share of the font size."""
    if character in _NARROW:
        return 0.36
    if character in _WIDE or unicodedata.east_asian_width(character) in {"W", "F"}:
        return 1.0
    return 0.72 if character.isupper() else 0.61


def fitted(words: str, room: float) -> str:
    """Return words that fit: too long ones lose their middle, since ids differ at both ends."""
    if width_of(words) <= room:
        return words
    for kept in range(min(len(words), 200) - 1, 1, -1):
        head = (kept * 2 + 2) // 3
        shorter = f"{words[:head].rstrip()}…{words[len(words) - (kept - head) :].lstrip()}"
        if width_of(shorter) <= room:
            return shorter
    return "…"


class Spot(NamedTuple):
    """Where a label goes: its lane, counted from the top, and which way it reads."""

    lane: int
    x: float
    anchor: str


class _Placed(NamedTuple):
    left: float
    right: float
    lane: int


class Lanes:
    """Lanes of labels beside vertical lines, which run from a label downwards.

    A label goes to the right of its line, in the highest lane where it covers no other and no
    label below stands in the way of its line. Marks come in order of `x`.
    """

    def __init__(self, left: float, right: float, most: int) -> None:
        self.used = 0
        self._left, self._right, self._most = left, right, most
        self._placed: list[_Placed] = []

    def place(self, x: float, words: str) -> Spot | None:
        """Return where the label goes, or None if it finds no place."""
        width = width_of(words) + 4.0
        for lane in range(self._most):
            for start, anchor in ((x + 4.0, "start"), (x - 4.0 - width, "end")):
                if self._fits(start, start + width, x, lane):
                    self._placed.append(_Placed(start, start + width, lane))
                    self.used = max(self.used, lane + 1)
                    return Spot(lane, x + 4.0 if anchor == "start" else x - 4.0, anchor)
        return None

    def _fits(self, start: float, end: float, x: float, lane: int) -> bool:
        if start < self._left or end > self._right:
            return False
        return not any(self._hurts(other, start, end, x, lane) for other in self._placed)

    @staticmethod
    def _hurts(other: _Placed, start: float, end: float, x: float, lane: int) -> bool:
        if other.lane == lane:
            return start < other.right + _GAP and other.left < end + _GAP
        return other.lane > lane and other.left - 3.0 < x < other.right + 3.0


def shared_rows(spans: Iterable[tuple[float, float]], most: int) -> list[int | None]:
    """Return a row for each stretch, so that none covers another; None where all are full."""
    ends: list[float] = []
    rows: list[int | None] = []
    for left, right in spans:
        free = (row for row, end in enumerate(ends) if left >= end + 6.0)
        row = next(free, len(ends) if len(ends) < most else None)
        if row is not None and row == len(ends):
            ends.append(right)
        elif row is not None:
            ends[row] = right
        rows.append(row)
    return rows
