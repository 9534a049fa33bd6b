"""Rules, and what came of them."""

from __future__ import annotations

from correlator.model import Millis
from correlator.web.views.frame import View
from correlator.web.views.queue import RowView
from correlator.web.views.workshop import VersionRow


class RuleRow(View, frozen=True):
    """A rule and what came of it in 28 days; `precision` is None where there is too little."""

    id: str
    title: str
    status: str
    share: float
    announced: int
    confirmed: int
    rejected: int
    false: int
    precision: float | None
    margin: float | None
    lead_minutes: float | None
    nearest: float | None
    nearest_at: Millis | None
    tests: int


class RulesView(View, frozen=True):
    """All rules, read only."""

    rows: tuple[RuleRow, ...]
    version: str
    since: Millis | None


class RuleView(View, frozen=True):
    """One rule: its file with line numbers, its incidents, what was rejected, nearest misses.

    `versions`: what it was worth under each version of the catalog, the latest first.
    """

    row: RuleRow
    file: str
    lines: tuple[tuple[int, str], ...]
    incidents: tuple[RowView, ...]
    rejections: tuple[tuple[str, int], ...]
    not_this: int
    misses: tuple[tuple[Millis, str, float, float], ...]  # when, domain, value, threshold
    versions: tuple[VersionRow, ...]
