"""What people ask for: a draft, its tests and its backtest, the shadow, into force, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from secrets import token_hex

import msgspec

from correlator.adapters.sql import DraftGoneError, DraftMovedError, RuleDesk
from correlator.model import (
    OPEN_DRAFTS,
    BacktestReport,
    Draft,
    DraftState,
    Gate,
    How,
    InForce,
    JobKind,
    JobState,
    Millis,
    Ruleset,
    RulesJob,
)
from correlator.workshop.files import catalog_of, ruleset_id
from correlator.workshop.gates import gates

LEAST_REASON = 3
"""Letters of a reason, at least."""


class NoChangeError(ValueError):
    """The files are those that are there already."""

    def __init__(self) -> None:
        super().__init__("these are the files that are there already")


class ReasonError(ValueError):
    """Nobody has said why."""

    def __init__(self) -> None:
        super().__init__("say why: a reason is needed")


class NeverInForceError(ValueError):
    """A set of rules that has not been in force before."""


class GateError(ValueError):
    """A draft that has not passed every gate, and nobody overrides it. `gates`: those it failed."""

    def __init__(self, failed: tuple[Gate, ...]) -> None:
        super().__init__(f"not passed: {', '.join(gate.name for gate in failed)}")
        self.gates = failed


class Workshop:
    """Drafts and what is in force.

    `reports` reads backtests of a version, the latest first; `dial`: incidents a week that may be
    false. Every method may raise `ServerUnreachableError`.
    """

    def __init__(
        self,
        desk: RuleDesk,
        reports: Callable[[str], list[BacktestReport]],
        clock: Callable[[], Millis],
        dial: float,
    ) -> None:
        self.desk = desk
        self._reports = reports
        self._clock = clock
        self._dial = dial

    def draft(self, name: str) -> Draft:
        """Return a draft by its id; raises `DraftGoneError`."""
        found = self.desk.draft(name)
        if found is None:
            raise DraftGoneError(f"there is no draft {name}")
        return found

    def begin(self, files: Mapping[str, str], base: str, actor: str, reason: str) -> Draft:
        """Begin a draft of files on a set of rules.

        Raises `CatalogError` where they are no catalog, `NoChangeError` where nothing differs,
        `ReasonError`.
        """
        _need(reason)
        ruleset = self._ruleset(files, base, actor, reason)
        if ruleset.id == base:
            raise NoChangeError
        now, name = self._clock(), token_hex(4)
        state = DraftState.DRAFT
        draft = Draft(name, ruleset.id, ruleset.version, base, state, actor, reason, now, now)
        self.desk.begin_draft(draft, ruleset)
        self.ask(draft, JobKind.TESTS, actor)
        return draft

    def change(
        self, draft: Draft, files: Mapping[str, str], actor: str, *, base: str = "", seen: str = ""
    ) -> Draft:
        """Give a draft other files, and another base where one is named; raises as `begin` does.

        Raises `DraftMovedError` where another has changed it since it was read, or since it had
        the set `seen`.
        """
        if seen and draft.ruleset != seen:
            raise DraftMovedError(draft.id)
        ruleset = self._ruleset(files, draft.ruleset, actor, draft.reason)
        if ruleset.id == draft.ruleset and base in {"", draft.base}:
            raise NoChangeError
        changed = msgspec.structs.replace(
            draft,
            ruleset=ruleset.id,
            version=ruleset.version,
            base=base or draft.base,
            state=DraftState.DRAFT,
            changed=self._clock(),
        )
        self.desk.change_draft(changed, ruleset, draft.ruleset)
        self.ask(changed, JobKind.TESTS, actor)
        return changed

    def ask(self, draft: Draft, kind: JobKind, actor: str, days: int = 0) -> None:
        """Ask for its tests, or for a backtest over so many days; raises `DraftGoneError`."""
        if draft.state not in OPEN_DRAFTS:
            raise DraftGoneError(f"{draft.id} is no draft any more")
        job = RulesJob(
            0, draft.id, draft.ruleset, kind, JobState.WAITING, actor, self._clock(), days
        )
        self.desk.ask(job)

    def move(self, draft: Draft, state: DraftState) -> None:
        """Put a draft in the shadow, take it out, or withdraw it; raises `DraftGoneError`."""
        self.desk.move_draft(draft.id, state, self._clock())

    def gates(
        self, draft: Draft, reports: Sequence[BacktestReport] | None = None
    ) -> tuple[Gate, ...]:
        """Return what must hold before a draft comes into force, and whether it does.

        `reports`: where they have been read already.
        """
        found = self.reports(draft) if reports is None else reports
        now = self.desk.in_force()
        jobs = self.desk.jobs(draft.ruleset)
        return gates(draft, now.ruleset if now else None, jobs, found, self._dial)

    def reports(self, draft: Draft) -> list[BacktestReport]:
        """Return the backtests that tried the rules of a draft, the latest first."""
        return self._reports(draft.version)

    def promote(self, draft: Draft, actor: str, override: str = "") -> None:
        """Put a draft in force; `override`: why, where a gate is not passed.

        Raises `GateError`, `DraftMovedError`, `DraftGoneError`; `RulesMovedError` where others were
        faster. Over a
        change of somebody else no reason helps: the draft must be based on it first.
        """
        if self.desk.draft(draft.id) != draft:
            raise DraftMovedError(draft.id)
        found = self.gates(draft)
        self._can_be_built(draft.ruleset)
        failed = tuple(gate for gate in found if not gate.passed)
        if failed and (len(override.strip()) < LEAST_REASON or not found[0].passed):
            raise GateError(failed)
        note = InForce(
            draft.ruleset,
            draft.version,
            How.PROMOTED,
            actor,
            draft.reason,
            self._clock(),
            found,
            override.strip() if failed else "",
        )
        self.desk.put_in_force(note, draft.base, draft=draft.id)

    def roll_back(self, ruleset: str, actor: str, reason: str, seen: str) -> InForce:
        """Put a set in force that has been before; `seen`: the id of the one in force now.

        Raises `RulesMovedError` where another is in force, `NeverInForceError` where it never was,
        `NoChangeError`, `ReasonError`, `CatalogError` where it cannot be read any more.
        """
        _need(reason)
        before = self.desk.once_in_force(ruleset)
        if before is None:
            raise NeverInForceError(f"{ruleset} has not been in force")
        if ruleset == seen:
            raise NoChangeError
        self._can_be_built(ruleset)
        note = InForce(ruleset, before.version, How.ROLLED_BACK, actor, reason, self._clock())
        self.desk.put_in_force(note, seen)
        return note

    def _can_be_built(self, name: str) -> None:
        """Raise `CatalogError` for a set that this version of the correlator does not read."""
        ruleset = self.desk.ruleset(name)
        if ruleset is not None:
            catalog_of(ruleset.files)

    def _ruleset(self, files: Mapping[str, str], parent: str, actor: str, reason: str) -> Ruleset:
        version = catalog_of(files).version
        name = ruleset_id(files)
        return Ruleset(name, version, dict(files), parent, self._clock(), actor, reason)


def _need(reason: str) -> None:
    if len(reason.strip()) < LEAST_REASON:
        raise ReasonError
