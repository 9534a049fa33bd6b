"""The queue: rows in bands."""

from __future__ import annotations

from correlator.model import Band, Millis
from correlator.web.views.frame import HeldView, PromiseView, View


class RowView(View, frozen=True):
    """One incident in the queue: two lines.

    `observed` distinct callers since the onset against `expected`, in `minutes`. `why`: the first
    reason; `where`: what alarms and neighbours say. `since`: the onset.
    """

    id: str
    rev: int
    version: int
    band: Band
    state: str
    priority: int
    severity: str
    title: str
    symptom: str
    domain: str
    domain_type: str
    region: str
    observed: int
    expected: float
    minutes: int
    lines: int
    linked: int
    why: str
    where: str
    since: Millis
    announced: Millis | None
    owner: str
    external: bool = False
    promise: PromiseView | None = None
    held: HeldView | None = None


class BandView(View, frozen=True):
    """A band: its rows (those of the watched and the ended band only when asked for)."""

    band: Band
    rows: tuple[RowView, ...]
    total: int


class QueueView(View, frozen=True):
    """The queue. `filters`: as in the address; `works`: planned works under way.

    `reported`: what other systems report, cannot be placed and needs somebody.
    """

    bands: tuple[BandView, ...]
    filters: dict[str, str]
    watched: int
    works: int
    rejected_today: int
    overdue: int
    last_ticket: Millis | None
    regions: tuple[str, ...]
    symptoms: tuple[tuple[str, str], ...]
    saved: tuple[tuple[str, str], ...] = ()
    reported: int = 0
