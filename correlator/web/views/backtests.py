"""Backtests: what other rules would have made of history."""

from __future__ import annotations

from correlator.model import Millis
from correlator.web.views.frame import View


class BacktestRow(View, frozen=True):
    """A backtest in the list; `says` counts better, worse and not judged."""

    id: str
    made: Millis
    actor: str
    rules: str
    against: str
    since: Millis
    until: Millis
    says: str


class RaisedView(View, frozen=True):
    """An incident of one side, with its evidence. `domain` is empty outside the network."""

    id: str
    domain: str
    rule: str
    symptom: str
    announced: Millis
    reason: str
    counts: str
    gain: float | None
    alarm_gain: float | None
    value: float | None
    threshold: float | None


class CompareView(View, frozen=True):
    """A change: what kind, what it is worth, and both sides."""

    kind: str
    what: str
    verdict: str
    verdict_name: str
    label: str
    announced: Millis
    before: tuple[RaisedView, ...]
    after: tuple[RaisedView, ...]


class FigureView(View, frozen=True):
    """A line of figures: what it is, before and after."""

    name: str
    before: str
    after: str


class BacktestView(View, frozen=True):
    """One backtest. `kinds`: those there are, with how many changes; `chosen`: the one shown."""

    row: BacktestRow
    version: str
    cut: str
    median: str
    figures: tuple[FigureView, ...]
    kinds: tuple[tuple[str, str, int], ...]
    chosen: str
    same: int
    changes: tuple[CompareView, ...]
