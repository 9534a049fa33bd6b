"""The rule workshop: from what is stored to what its pages show. Everything here blocks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from correlator.formats.wording import Language, number
from correlator.model import (
    FILES,
    OPEN_DRAFTS,
    BacktestReport,
    Draft,
    DraftState,
    Gate,
    GateName,
    InForce,
    JobKind,
    JobState,
    Ruleset,
    RulesJob,
)
from correlator.web.views import (
    DraftRow,
    DraftView,
    EditView,
    GateView,
    InForceView,
    JobView,
    LineView,
    RulesetView,
    WorkshopView,
)
from correlator.web.words import WORDS, say
from correlator.workshop import Workshop, difference

EDITED = 150_000
"""Letters of a file that can be changed on a page."""
_MOST_LINES = 1_500
_KINDS = {"+": "more", "-": "less", "@": "place"}


def workshop_view(workshop: Workshop, lang: Language) -> WorkshopView:
    """Return what is in force, the drafts, open ones first, and what was before."""
    history = workshop.desk.history()
    drafts = sorted(workshop.desk.drafts(), key=lambda draft: draft.state not in OPEN_DRAFTS)
    shown = tuple(_in_force(note, lang, now=not n) for n, note in enumerate(history))
    return WorkshopView(
        now=shown[0] if shown else None,
        drafts=tuple(_row(draft, lang) for draft in drafts),
        history=shown,
    )


def _in_force(note: InForce, lang: Language, *, now: bool) -> InForceView:
    return InForceView(
        ruleset=note.ruleset,
        version=note.version,
        how=say(lang, f"workshop.how.{note.how}"),
        actor="" if note.actor == FILES else note.actor,
        reason=_reason(note.actor, note.reason, lang),
        override=note.override,
        at=note.at,
        now=now,
    )


def _reason(actor: str, reason: str, lang: Language) -> str:
    """Return why, in words; a folder has no reason of its own."""
    key = f"workshop.folder.{reason}"
    return say(lang, key) if actor == FILES and key in WORDS else reason


def _row(draft: Draft, lang: Language) -> DraftRow:
    return DraftRow(
        id=draft.id,
        reason=draft.reason,
        actor=draft.actor,
        state=say(lang, f"draft.state.{draft.state}"),
        changed=draft.changed,
        open=draft.state in OPEN_DRAFTS,
    )


# ------------------------------------------------------------------------------------- a draft


def draft_view(workshop: Workshop, draft: Draft, lang: Language) -> DraftView:
    """Return a draft."""
    desk, reports = workshop.desk, workshop.reports(draft)
    jobs, gates = desk.jobs(draft.ruleset), workshop.gates(draft, reports)
    before, after = desk.ruleset(draft.base), desk.ruleset(draft.ruleset)
    shadow = next((one for one in reports if _is_shadow(one, draft)), None)
    lines = difference(before.files if before else {}, after.files if after else {})
    return DraftView(
        row=_row(draft, lang),
        ruleset=draft.ruleset,
        shadowed=draft.state is DraftState.SHADOW,
        shadow=shadow.id if shadow else "",
        costs=_costs(shadow, lang),
        tests=_job(jobs, JobKind.TESTS, lang),
        backtest=_job(jobs, JobKind.BACKTEST, lang),
        gates=tuple(_gate(gate, lang) for gate in gates),
        passed=all(gate.passed for gate in gates),
        moved=not next(gate.passed for gate in gates if gate.name is GateName.BASE),
        files=_edited(after) if after else (),
        lines=_lines(lines),
    )


def _is_shadow(report: BacktestReport, draft: Draft) -> bool:
    return report.shadow == draft.id and report.version == draft.version


def _costs(report: BacktestReport | None, lang: Language) -> str:
    if report is None or not report.cost:
        return ""
    return say(lang, "draft.costs", cost=number(round(report.cost), lang))


def _job(jobs: Iterable[RulesJob], kind: JobKind, lang: Language) -> JobView | None:
    """Return the latest job of a kind."""
    job = next((one for one in jobs if one.kind is kind), None)
    if job is None:
        return None
    failed = job.state is JobState.FAILED or (job.state is JobState.DONE and job.findings)
    tone = "act" if failed else "ok" if job.state is JobState.DONE else "mute"
    key = f"job.{kind}.{'found' if job.state is JobState.DONE and job.findings else job.state}"
    says = say(lang, key, n=len(job.findings), done=job.done, all=job.all)
    return JobView(kind=kind, says=says, tone=tone, findings=job.findings, report=job.report)


def _gate(gate: Gate, lang: Language) -> GateView:
    known = gate.passed or gate.found is not None or gate.name is GateName.BASE
    how = "passed" if gate.passed else "failed" if known else "unknown"
    values = {"n": round(gate.found or 0, 1), "most": round(gate.most, 1)}
    return GateView(passed=gate.passed, says=say(lang, f"gate.{gate.name}.{how}", **values))


def _lines(lines: Sequence[str]) -> tuple[LineView, ...]:
    shown = [LineView(_kind(line), line) for line in lines[:_MOST_LINES]]
    if len(lines) > _MOST_LINES:
        shown.append(LineView("place", f"… {len(lines) - _MOST_LINES}"))
    return tuple(shown)


def _kind(line: str) -> str:
    if line.startswith(("--- ", "+++ ")):
        return "file"
    return _KINDS.get(line[:1], "same")


# ------------------------------------------------------------------------------ files and sets


def edit_view(ruleset: Ruleset, draft: Draft | None, file: str) -> EditView | None:
    """Return a file of a set to be changed, None where it is none that a page can take."""
    files = _edited(ruleset)
    if file not in files:
        return None
    return EditView(
        draft=draft.id if draft else "",
        seen=ruleset.id,
        file=file,
        text=ruleset.files[file],
        reason=draft.reason if draft else "",
        files=files,
        errors=(),
    )


def _edited(ruleset: Ruleset) -> tuple[str, ...]:
    """Return the files that a page can take, sorted."""
    return tuple(sorted(name for name, text in ruleset.files.items() if len(text) <= EDITED))


def ruleset_view(workshop: Workshop, ruleset: Ruleset, lang: Language) -> RulesetView:
    """Return a set of rules against the one that it was made from."""
    desk = workshop.desk
    history = desk.history()
    parent = desk.ruleset(ruleset.parent) if ruleset.parent else None
    lines = difference(parent.files, ruleset.files) if parent else ()
    now = history[0].ruleset if history else ""
    return RulesetView(
        id=ruleset.id,
        version=ruleset.version,
        actor=say(lang, "workshop.folder") if ruleset.actor == FILES else ruleset.actor,
        reason=_reason(ruleset.actor, ruleset.reason, lang),
        made=ruleset.made,
        back=ruleset.id != now and any(note.ruleset == ruleset.id for note in history),
        seen=now,
        lines=_lines(lines),
    )
