"""The rule workshop: what is in force, drafts on their way, what was before."""

from __future__ import annotations

from correlator.model import Millis
from correlator.web.views.frame import View


class InForceView(View, frozen=True):
    """A set of rules that was put in force; `how` as a sentence, `override`: why over a gate."""

    ruleset: str
    version: str
    how: str
    actor: str
    reason: str
    override: str
    at: Millis
    now: bool


class DraftRow(View, frozen=True):
    """A draft in the list; `open`: it can still change."""

    id: str
    reason: str
    actor: str
    state: str
    changed: Millis
    open: bool


class WorkshopView(View, frozen=True):
    """All of it. `now` is None before a daemon has begun."""

    now: InForceView | None
    drafts: tuple[DraftRow, ...]
    history: tuple[InForceView, ...]


class LineView(View, frozen=True):
    """A line of a difference; `kind`: `file`, `place`, `more`, `less` or `same`."""

    kind: str
    text: str


class JobView(View, frozen=True):
    """Tests or a backtest; `says`: where it stands, `tone`: `ok`, `act` or `mute`."""

    kind: str
    says: str
    tone: str
    findings: tuple[str, ...]
    report: str


class GateView(View, frozen=True):
    """A gate as a sentence."""

    passed: bool
    says: str


class DraftView(View, frozen=True):
    """A draft. `shadow`: the id of its report, `costs`: what it costs as a sentence.

    `moved`: others have changed the rules since.
    """

    row: DraftRow
    ruleset: str
    shadowed: bool
    shadow: str
    costs: str
    tests: JobView | None
    backtest: JobView | None
    gates: tuple[GateView, ...]
    passed: bool
    moved: bool
    files: tuple[str, ...]
    lines: tuple[LineView, ...]


class EditView(View, frozen=True):
    """A file of a draft to be changed; `draft` is empty for a new one.

    `errors`: what is wrong with what was sent, with places in the file.
    """

    draft: str
    seen: str
    file: str
    text: str
    reason: str
    files: tuple[str, ...]
    errors: tuple[str, ...]


class RulesetView(View, frozen=True):
    """A set of rules against the one that it was made from; `back`: it may be put in force again.

    `seen`: the set that is in force now.
    """

    id: str
    version: str
    actor: str
    reason: str
    made: Millis
    back: bool
    seen: str
    lines: tuple[LineView, ...]


class VersionRow(View, frozen=True):
    """What a rule was worth under a version of the catalog."""

    version: str
    ruleset: str
    since: Millis | None
    why: str
    announced: int
    confirmed: int
    rejected: int
    codes: tuple[tuple[str, int], ...]
    precision: float | None
    margin: float | None
