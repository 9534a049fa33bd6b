"""Rules from files in git to in force and back, with the process beside the daemon; by command."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from correlator.adapters.host import wall_clock
from correlator.adapters.sql import ConsoleReads, RuleDesk
from correlator.model import JobState
from correlator.workshop import FollowedRules
from tests.harness.command import ROOT, correlator
from tests.harness.loop import looping
from tests.harness.office import CARD, OTHER, Office, inventory_in
from tests.harness.waiting import until

DONE, FINDINGS, USAGE = range(3)
LONGEST = 60.0


class Room:
    """A daemon's database and archive, its configuration, and who calls `correlator rules`."""

    def __init__(self, office: Office, folder: Path) -> None:
        self.office = office
        self.folder = folder
        self.config = folder / "correlator.yaml"
        url = office.loop.store.engine.url.render_as_string(hide_password=False)
        self.config.write_text(
            f'topology: {{folder: "{inventory_in(folder / "topology")}"}}\n'
            f'store: {{url: "{url}"}}\n'
            f'archive: {{url: "{office.settings.url}"}}\n'
        )
        self.desk = RuleDesk(office.loop.store.engine)
        self.reads = ConsoleReads(office.loop.store.engine)

    def rules(self, *arguments: object, code: int = DONE) -> str:
        ran = correlator("rules", *arguments, "-c", self.config)
        assert (ran.returncode, ran.stderr) == (code, "") if code < USAGE else True, ran.stderr
        assert ran.returncode == code, ran.stdout + ran.stderr
        return (ran.stdout + ran.stderr).strip()

    @contextmanager
    def worker(self) -> Iterator[subprocess.Popen[bytes]]:
        command = [sys.executable, "-m", "correlator.working"]
        with subprocess.Popen([*command, str(self.config)], cwd=ROOT) as process:
            try:
                yield process
            finally:
                process.terminate()

    def jobs_are_done(self) -> bool:
        return not self.desk.open_jobs()


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with looping(f"sqlite:///{tmp_path / 'store.db'}", archives=True) as loop:
        yield Room(Office(loop, tmp_path), tmp_path)


def change(folder: Path, before: str, after: str) -> None:
    file = folder / "access.yaml"
    text = file.read_text()
    assert re.search(before, text)
    file.write_text(re.sub(before, after, text, count=1))


def show(room: Room, draft: str, code: int = FINDINGS) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(room.rules("show", draft, "--format", "json", code=code))
    return told


def test_from_files_in_git_to_rules_in_force_and_back(room: Room) -> None:
    draft = push_deaf_rules(room)
    kill_the_worker_at_the_tests(room)
    with room.worker():
        until(room.jobs_are_done, LONGEST)
        try_on_history(room, draft)
        try_in_the_shadow(room, draft)
    promote_and_go_back(room, draft)


def push_deaf_rules(room: Room) -> str:
    """Propose rules that announce nothing about access equipment; returns the draft."""
    room.office.burst(CARD)
    room.office.write()
    git = room.folder / "git"
    assert "nothing is in force yet" in room.rules("pull", git, code=USAGE)
    FollowedRules(room.desk, None, wall_clock).current()  # as a daemon begins
    assert "files" in room.rules("pull", git)
    change(git, r"defaults:\n", "defaults:\n  cause_gain: 400\n")
    assert "+  cause_gain: 400" in room.rules("diff", git, code=FINDINGS)
    assert "has been changed" in room.rules("pull", git, code=USAGE)
    return room.rules("push", git, "--reason", "deaf")


def kill_the_worker_at_the_tests(room: Room) -> None:
    """Leave a job that another worker runs anew."""
    with room.worker() as process:
        until(lambda: is_running(room), LONGEST)
        process.kill()
    (left,) = room.desk.open_jobs()
    with room.worker():
        until(room.jobs_are_done, LONGEST)
    (again,) = room.desk.jobs(left.ruleset)
    assert again.owner != left.owner


def try_on_history(room: Room, draft: str) -> None:
    room.rules("backtest", draft, "--days", 7)
    until(room.jobs_are_done, LONGEST)
    told = show(room, draft)
    backtest, tests = told["jobs"]
    assert (backtest["state"], tests["state"]) == ("done", "done")
    assert any(finding.startswith("tests/access.yaml:") for finding in tests["findings"])
    gates = {gate["name"]: gate.get("passed", False) for gate in told["gates"]}
    assert (gates["base"], gates["tests"]) == (True, False)
    report = room.reads.backtest(backtest["report"])
    assert report is not None
    assert [change.kind for change in report.changes] == ["lost"]


def try_in_the_shadow(room: Room, draft: str) -> None:
    room.rules("shadow", draft)
    until(lambda: room.reads.backtest(shadow_of(room, draft)), LONGEST)
    room.office.burst(OTHER, 60)
    room.office.call(120, CARD[0])
    room.office.loop.settle()
    until(lambda: kinds_in_shadow(room, draft) == ["lost"], LONGEST)
    room.rules("shadow", draft, "--off")
    assert room.desk.in_shadow() is None


def promote_and_go_back(room: Room, draft: str) -> None:
    assert "tests: not passed" in room.rules("promote", draft, code=FINDINGS)
    room.rules("promote", draft, "--override", "only for a test")
    now, first = json.loads(room.rules("versions", "--format", "json"))
    assert (now["how"], now["override"]) == ("promoted", "only for a test")
    stale = room.folder / "stale"
    room.rules("pull", stale)
    room.rules("rollback", "--reason", "it was deaf")
    assert room.desk.history()[0].ruleset == first["ruleset"]
    change(stale, "cause_gain: 400", "cause_gain: 9")
    assert "is in force now" in room.rules("push", stale, "--reason", "less deaf", code=USAGE)


def test_a_job_of_a_draft_that_is_withdrawn_ends(room: Room) -> None:
    draft = push_deaf_rules(room)
    with room.worker():
        until(lambda: is_running(room), LONGEST)
        room.rules("withdraw", draft)
        until(room.jobs_are_done, LONGEST)
    (job,) = room.desk.jobs(room.desk.drafts()[0].ruleset)
    assert (job.state, job.findings) == (JobState.FAILED, ("the draft is another by now",))


def is_running(room: Room) -> bool:
    return any(job.state is JobState.RUNNING for job in room.desk.open_jobs())


def shadow_of(room: Room, draft: str) -> str:
    found = room.desk.draft(draft)
    assert found is not None
    return f"shadow-{draft}-{found.ruleset[:6]}"


def kinds_in_shadow(room: Room, draft: str) -> list[str]:
    found = room.reads.backtest(shadow_of(room, draft))
    return [] if found is None else [change.kind for change in found.changes]
