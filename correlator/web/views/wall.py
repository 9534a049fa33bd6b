"""The wall, and the flash for level 1."""

from __future__ import annotations

from correlator.model import Band, Millis
from correlator.web.views.frame import View
from correlator.web.views.queue import RowView


class TileView(View, frozen=True):
    """A region or site on the wall: its incidents, worst first; none is grey."""

    name: str
    lines: int
    rows: tuple[RowView, ...]


class WallView(View, frozen=True):
    """The wall: read from six metres, nothing to click. `left_out`: tiles that do not fit."""

    counts: tuple[tuple[Band, int], ...]
    tiles: tuple[TileView, ...]
    left_out: int
    calls_hour: int
    calls_expected: float
    unowned: int  # without an owner for more than ten minutes
    overdue: int
    external: tuple[RowView, ...]


class FlashLine(View, frozen=True):
    """A sentence for callers; `state`: failing, external or restored."""

    incident: str
    state: str
    region: str
    symptom: str
    title: str
    fr: str
    en: str
    restore: Millis | None
    approved: Millis
    new: bool


class FlashView(View, frozen=True):
    """The flash for level 1."""

    lines: tuple[FlashLine, ...]
    restored: tuple[FlashLine, ...]
    regions: tuple[str, ...]
    symptoms: tuple[tuple[str, str], ...]
    filters: dict[str, str]
    read: int
    read_by_me: bool
