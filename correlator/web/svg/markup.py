"""Elements as text. Everything that comes from outside is escaped here and nowhere else."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable
from html import escape
from typing import TypeAlias

Value: TypeAlias = str | int | float

_FORBIDDEN = frozenset({"Cc", "Cs", "Cn", "Co"})


def text_of(value: object) -> str:
    """Return text that XML can hold: no control characters, no surrogates, escaped."""
    kept = (c if unicodedata.category(c) not in _FORBIDDEN else " " for c in str(value))
    return escape("".join(kept), quote=True)


def coordinate(value: float) -> str:
    """Return a coordinate with at most one digit after the point."""
    rounded = round(value, 1) if math.isfinite(value) else 0.0
    return str(int(rounded)) if rounded == int(rounded) else f"{rounded:.1f}"


def element(name: str, /, *content: str, **attributes: Value) -> str:
    """Return an element; `content` is markup. `class_` is written class, `data_at` data-at."""
    written = "".join(f' {_name(key)}="{_written(value)}"' for key, value in attributes.items())
    inside = "".join(content)
    return f"<{name}{written}>{inside}</{name}>" if inside else f"<{name}{written}/>"


def _name(key: str) -> str:
    return key if key == "viewBox" else key.rstrip("_").replace("_", "-")


def _written(value: Value) -> str:
    return coordinate(value) if isinstance(value, float) else text_of(value)


def label(x: float, y: float, words: str, class_: str, anchor: str = "start") -> str:
    """Return a text whose baseline is at `y`."""
    if anchor == "start":
        return element("text", text_of(words), x=float(x), y=float(y), class_=class_)
    spot = {"x": float(x), "y": float(y)}
    return element("text", text_of(words), **spot, class_=class_, text_anchor=anchor)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> str:
    """Return a straight line."""
    ends = {"x1": float(x1), "y1": float(y1), "x2": float(x2), "y2": float(y2)}
    return element("line", **ends, class_=class_)


def box(x: float, y: float, width: float, height: float, class_: str, *content: str) -> str:
    """Return a rectangle; `content` is its title."""
    at = {"x": float(x), "y": float(y), "width": float(width), "height": float(height)}
    return element("rect", *content, **at, class_=class_)


def title(words: str) -> str:
    """Return what is shown when a pointer rests on the element."""
    return element("title", text_of(words))


def group(class_: str, parts: Iterable[str]) -> str:
    """Return elements under one class."""
    return element("g", *parts, class_=class_)


class Picture:
    """A drawing of fixed width and a height that follows from what it holds."""

    def __init__(self, name: str, width: float, height: float) -> None:
        self.name, self.width, self.height = name, width, height
        self._parts: list[str] = []

    def add(self, *parts: str) -> None:
        """Draw above what was drawn before."""
        self._parts += parts

    def markup(self, heading: str, summary: str, role: str = "img") -> str:
        """Return the picture in a box that scrolls by itself where the screen is narrow."""
        size = f"0 0 {coordinate(self.width)} {coordinate(self.height)}"
        names = f"{self.name}-title {self.name}-desc"
        drawn = element(
            "svg",
            element("title", text_of(heading), id=f"{self.name}-title"),
            element("desc", text_of(summary), id=f"{self.name}-desc"),
            *self._parts,
            xmlns="http://www.w3.org/2000/svg",
            class_=f"chart chart-{self.name}",
            viewBox=size,
            width=self.width,
            height=self.height,
            role=role,
            aria_labelledby=names,
            **({"tabindex": 0} if role == "img" else {}),
        )
        return element("div", drawn, class_="chart-scroll", data_chart=self.name)
