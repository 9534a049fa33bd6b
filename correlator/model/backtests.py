"""A backtest as it is kept for people to read: what changed, and what people's labels say of it."""

from __future__ import annotations

from correlator.model.base import Frozen, Millis
from correlator.model.incidents import Evidence
from correlator.model.reasons import Reason


class Raised(Frozen, frozen=True):
    """An incident that one side announced. `domain` is empty for outside the network."""

    id: str
    domain: str
    rule: str
    symptom: str
    announced: Millis
    onset: Millis
    state: str
    customers: int
    tickets: int
    alarms: int
    reason: Reason
    evidence: Evidence | None = None


class BacktestChange(Frozen, frozen=True):
    """What became of incidents that are about the same.

    `kind`, `verdict` and `label` as `tools.backtest` says; `code`: why the cell rejected it;
    `minutes`: by how much it is announced later, below 0: earlier, None where one side has none.
    """

    kind: str
    verdict: str
    label: str
    code: str = ""
    minutes: float | None = None
    before: tuple[Raised, ...] = ()
    after: tuple[Raised, ...] = ()


class BacktestSide(Frozen, frozen=True):
    """A side in figures: of those judged, so many are right, with a 95 % interval."""

    incidents: int
    a_week: float
    right: int
    judged: int
    low: float
    high: float
    tickets: int
    not_this: int


class BacktestReport(Frozen, frozen=True):
    """A backtest. `rules` and `against`: the folders, or `live`; `same`: changes not listed.

    `weeks`: into how many it was cut; `version`: of the rules that were tried. `shadow`: the draft
    that ran beside the rules in force; `cost`: of that, in microseconds of CPU for each input.
    """

    id: str
    made: Millis
    actor: str
    rules: str
    version: str
    against: str
    since: Millis
    until: Millis
    weeks: int
    before: BacktestSide
    after: BacktestSide
    median_minutes: float
    compared: int
    same: int
    changes: tuple[BacktestChange, ...]
    shadow: str = ""
    cost: float = 0.0
