"""Rules on their way into force: drafts, versions, pull and push."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from getpass import getuser
from pathlib import Path
from typing import Annotated

import typer

from correlator import logs
from correlator.adapters.host import wall_clock
from correlator.adapters.sql import ConsoleReads, RuleDesk, SqlStore
from correlator.cli.exits import FINDINGS
from correlator.cli.shared import Format, print_json, show_table, terminal
from correlator.config import load_config
from correlator.formats.times import to_rfc3339
from correlator.model import DraftState, Gate, JobKind, Ruleset
from correlator.workshop import (
    GateError,
    Workshop,
    difference,
    files_in,
    ruleset_id,
    write_files,
)

ruling = typer.Typer(help="Drafts of rules, versions in force, and files in git.")
Settings = Annotated[Path, typer.Option("-c", "--config", help="The configuration file.")]
Folder = Annotated[Path, typer.Argument(help="A folder of rules.")]
DraftId = Annotated[str, typer.Argument(help="The draft's id.")]
Reason = Annotated[str, typer.Option("--reason", help="Why.")]
BASE = ".correlator-rules"
"""The file in a pulled folder that says which set it was pulled from, and what was pushed last."""


@contextmanager
def _workshop(config: Path) -> Iterator[Workshop]:
    settings = load_config(config)
    logs.set_up("console", "warning")
    store = SqlStore(settings.store_url, timeout=settings.store_timeout / 1000)
    store.migrate()
    reads = ConsoleReads(store.engine)
    dial = settings.engine.false_incidents_per_week
    try:
        yield Workshop(RuleDesk(store.engine), reads.backtests_of, wall_clock, dial)
    finally:
        store.close()


def _in_force(workshop: Workshop) -> Ruleset:
    now = workshop.desk.in_force()
    found = workshop.desk.ruleset(now.ruleset) if now is not None else None
    if found is None:
        raise ValueError("nothing is in force yet: a daemon puts its rules there when it begins")
    return found


@ruling.command("versions")
def versions(config: Settings, form: Format = "text") -> None:
    """Show what was put in force, the latest first."""
    with _workshop(config) as workshop:
        found = workshop.desk.history()
    if form == "json":
        print_json(found)
        return
    for note in found:
        why = f"{note.reason} (override: {note.override})" if note.override else note.reason
        when = to_rfc3339(note.at)[:16]
        terminal().print(
            f"{when}Z  {note.ruleset}  {note.version}  {note.how}  {note.actor}: {why}",
            markup=False,
            highlight=False,
        )


@ruling.command("pull")
def pull(
    folder: Folder,
    config: Settings,
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite what was changed in the folder.")
    ] = False,
) -> None:
    """Bring a folder up to the rules in force."""
    with _workshop(config) as workshop:
        found = _in_force(workshop)
    if not force and folder.is_dir() and (there := files_in(folder)):
        base, pushed = _noted(folder)
        if ruleset_id(there) not in {base, pushed, found.id}:
            raise ValueError(
                f"{folder} has been changed since it was pulled: `rules push --behind` keeps that "
                "as a draft, --force overwrites it"
            )
    write_files(found.files, folder)
    _note(folder, found.id)
    print(f"{folder}: {found.id}, {len(found.files)} files")


@ruling.command("push")
def push(
    folder: Folder,
    config: Settings,
    reason: Reason,
    draft: Annotated[str, typer.Option("--draft", help="Give this draft other files.")] = "",
    behind: Annotated[
        bool, typer.Option("--behind", help="Though other rules have come into force since.")
    ] = False,
) -> None:
    """Propose the rules in a folder: as a new draft, or as the files of one."""
    files = files_in(folder)
    with _workshop(config) as workshop:
        now, (base, pushed) = _in_force(workshop), _noted(folder)
        if base != now.id and not (behind and base):
            raise ValueError(
                f"{folder} was pulled from {base or 'nothing'}, {now.id} is in force now: "
                "--behind proposes it all the same, to be based on that before it comes into force"
            )
        if draft:
            known = workshop.draft(draft)
            seen = pushed or known.base
            found = workshop.change(known, files, _actor(), base=base, seen=seen)
        else:
            found = workshop.begin(files, base, _actor(), reason)
    _note(folder, base, found.ruleset)
    print(found.id)


def _noted(folder: Path) -> tuple[str, str]:
    """Return the set that a folder was pulled from, and the one last pushed from it; or ""."""
    try:
        words = (folder / BASE).read_text(encoding="utf-8").split()
    except FileNotFoundError:
        words = []
    base, pushed = (*words, "", "")[:2]
    return base, pushed


def _note(folder: Path, base: str, pushed: str = "") -> None:
    (folder / BASE).write_text(f"{base} {pushed}".strip() + "\n", encoding="utf-8")


@ruling.command("diff")
def diff(folder: Folder, config: Settings) -> None:
    """Show how the rules in a folder differ from those in force; exit code 1 where they do."""
    files = files_in(folder)
    with _workshop(config) as workshop:
        now = _in_force(workshop)
    print("".join(f"{line}\n" for line in difference(now.files, files)), end="")
    raise typer.Exit(FINDINGS if ruleset_id(files) != now.id else 0)


@ruling.command("drafts")
def drafts(config: Settings, form: Format = "text") -> None:
    """Show the drafts, the latest first."""
    with _workshop(config) as workshop:
        found = workshop.desk.drafts()
    if form == "json":
        print_json(found)
        return
    for draft in found:
        text = f"{draft.id}  {draft.state}  {draft.actor}: {draft.reason}"
        terminal().print(text, markup=False, highlight=False)


@ruling.command("show")
def show(draft: DraftId, config: Settings, form: Format = "text") -> None:
    """Show a draft: what it changes, its tests, its gates; exit code 1 where one is not passed."""
    with _workshop(config) as workshop:
        found = workshop.draft(draft)
        gates, jobs = workshop.gates(found), workshop.desk.jobs(found.ruleset)
        sets = [workshop.desk.ruleset(name) for name in (found.base, found.ruleset)]
    lines = difference(*(one.files if one is not None else {} for one in sets))
    if form == "json":
        print_json({"draft": found, "gates": gates, "jobs": jobs, "diff": lines})
    else:
        print("".join(f"{line}\n" for line in lines), end="")
        print(f"set {found.ruleset}, from {found.base}")
        for job in jobs:
            print(f"{job.kind} {job.state} {job.done}/{job.all} {job.report}")
            print("".join(f"  {finding}\n" for finding in job.findings), end="")
        show_table("Gates", [(gate.name, _said(gate)) for gate in gates])
    raise typer.Exit(0 if all(gate.passed for gate in gates) else FINDINGS)


def _said(gate: Gate) -> str:
    word = "passed" if gate.passed else "not passed"
    if gate.found is None:
        return word
    return f"{word} ({gate.found:g}, limit {gate.most:g})"


@ruling.command("backtest")
def ask_backtest(
    draft: DraftId,
    config: Settings,
    days: Annotated[int, typer.Option(min=1, help="How far back.")] = 28,
) -> None:
    """Ask for a backtest of a draft, beside the daemon."""
    with _workshop(config) as workshop:
        workshop.ask(workshop.draft(draft), JobKind.BACKTEST, _actor(), days)


@ruling.command("shadow")
def shadow(
    draft: DraftId,
    config: Settings,
    off: Annotated[bool, typer.Option("--off", help="Take it out of the shadow.")] = False,
) -> None:
    """Run a draft in the shadow: beside the rules in force, seen by the NOC only."""
    with _workshop(config) as workshop:
        workshop.move(workshop.draft(draft), DraftState.DRAFT if off else DraftState.SHADOW)


@ruling.command("promote")
def promote(
    draft: DraftId,
    config: Settings,
    override: Annotated[
        str, typer.Option(help="Why, although a gate is not passed; is kept with your name.")
    ] = "",
    ruleset: Annotated[
        str, typer.Option("--set", help="Only if this is its set of rules still.")
    ] = "",
) -> None:
    """Put a draft in force."""
    with _workshop(config) as workshop:
        found = workshop.draft(draft)
        if ruleset and found.ruleset != ruleset:
            raise ValueError(f"{draft} has the set {found.ruleset} by now, not {ruleset}")
        try:
            workshop.promote(found, _actor(), override)
        except GateError as error:
            for gate in error.gates:
                print(f"{gate.name}: {_said(gate)}")
            raise typer.Exit(FINDINGS) from None
    print(f"{draft} is in force as soon as the daemon has read it")


@ruling.command("rollback")
def roll_back(
    config: Settings,
    reason: Reason,
    to: Annotated[str, typer.Option(help="A set of `rules versions`; else the one before.")] = "",
) -> None:
    """Put a set of rules in force again that has been before."""
    with _workshop(config) as workshop:
        now = _in_force(workshop)
        earlier = [note.ruleset for note in workshop.desk.history() if note.ruleset != now.id]
        if not to and not earlier:
            raise ValueError("there is nothing to go back to")
        note = workshop.roll_back(to or earlier[0], _actor(), reason, now.id)
    print(f"{note.ruleset} is in force as soon as the daemon has read it")


@ruling.command("withdraw")
def withdraw(draft: DraftId, config: Settings) -> None:
    """Withdraw a draft."""
    with _workshop(config) as workshop:
        workshop.move(workshop.draft(draft), DraftState.WITHDRAWN)


@ruling.command("work")
def work(config: Settings) -> None:
    """Run what is asked for drafts, until interrupted; `run` starts it beside the daemon."""
    command = [sys.executable, "-m", "correlator.working", str(config)]
    os.execv(sys.executable, command)  # noqa: S606 - no shell is wanted


def _actor() -> str:
    """Return who asks; in a container nobody may have a name."""
    try:
        return getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
