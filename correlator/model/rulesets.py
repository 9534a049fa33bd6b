"""Rules on their way into force: sets of files, drafts, and what is in force by whom."""

from __future__ import annotations

from enum import StrEnum

from correlator.model.base import Frozen, Millis

FILES = "files"
"""In the place of a person, who changed the folder of the daemon."""
FIRST, CHANGED = "first", "changed"
"""In the place of a reason: the folder's first rules, and later ones."""


class How(StrEnum):
    """How a set of rules came into force."""

    FILES = "files"
    PROMOTED = "promoted"
    ROLLED_BACK = "rolled-back"


class DraftState(StrEnum):
    """Where a draft stands. In the `shadow` it runs beside the rules in force."""

    DRAFT = "draft"
    SHADOW = "shadow"
    PROMOTED = "promoted"
    WITHDRAWN = "withdrawn"


OPEN_DRAFTS = frozenset({DraftState.DRAFT, DraftState.SHADOW})


class JobKind(StrEnum):
    """What is run for a draft, beside the daemon."""

    TESTS = "tests"
    BACKTEST = "backtest"


class JobState(StrEnum):
    """Where a job stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class GateName(StrEnum):
    """What must hold before a draft comes into force."""

    BASE = "base"
    TESTS = "tests"
    HISTORY = "history"
    CONFIRMED = "confirmed"
    NOISE = "noise"


class Ruleset(Frozen, frozen=True):
    """All files of a rules folder, its tests among them (`tests/access.yaml`), as they are.

    `id`: 16 hexadecimal digits over names and contents; `version`: that of the catalog they make,
    in which comments and tests do not count. `parent`: the set that it was made from, or "".
    """

    id: str
    version: str
    files: dict[str, str]
    parent: str
    made: Millis
    actor: str
    reason: str


class Gate(Frozen, frozen=True):
    """One condition. `found`: what was measured, None: nothing; `most`: the limit."""

    name: GateName
    passed: bool
    found: float | None = None
    most: float = 0.0


class InForce(Frozen, frozen=True):
    """A set of rules that was put in force. `override`: why, where a gate was not passed."""

    ruleset: str
    version: str
    how: How
    actor: str
    reason: str
    at: Millis
    gates: tuple[Gate, ...] = ()
    override: str = ""


class Draft(Frozen, frozen=True):
    """A change of rules that is proposed: from the set `base` to the set `ruleset`."""

    id: str
    ruleset: str
    version: str
    base: str
    state: DraftState
    actor: str
    reason: str
    made: Millis
    changed: Millis


class RulesJob(Frozen, frozen=True):
    """Tests or a backtest of a set of rules. `done` of `all`: progress.

    `owner`: who runs it, at `beat` (clock, ms) still.

    `findings`: what the tests found, or why it failed; `report`: the id of a backtest; `days`: how
    far back it goes.
    """

    seq: int
    draft: str
    ruleset: str
    kind: JobKind
    state: JobState
    actor: str
    asked: Millis
    days: int = 0
    owner: str = ""
    beat: Millis = 0
    done: int = 0
    all: int = 0
    findings: tuple[str, ...] = ()
    report: str = ""
