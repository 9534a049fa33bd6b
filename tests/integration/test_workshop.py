"""Drafts, what is in force, and how a daemon follows it; on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from correlator.adapters.sql import (
    DraftGoneError,
    DraftMovedError,
    RuleDesk,
    RulesMovedError,
    open_store,
)
from correlator.model import (
    DAY,
    FILES,
    BacktestReport,
    BacktestSide,
    Draft,
    DraftState,
    Gate,
    GateName,
    How,
    JobKind,
    JobState,
    Ruleset,
)
from correlator.ports import ServerUnreachableError
from correlator.workshop import (
    FollowedRules,
    GateError,
    NoChangeError,
    RulesConflictError,
    Workshop,
    packaged_files,
    ruleset_id,
    write_files,
)
from rules.findings import CatalogError
from rules.model import Catalog
from tests.backtests import report
from tests.builders import START
from tests.harness.waiting import until

PACKAGE = packaged_files()


def changed(hours: int, files: dict[str, str] = PACKAGE) -> dict[str, str]:
    """Return the package's rules with other hours until access incidents close."""
    text = files["access.yaml"]
    assert "close_after: 12h" in PACKAGE["access.yaml"]
    return files | {
        "access.yaml": PACKAGE["access.yaml"].replace("close_after: 12h", f"close_after: {hours}h")
        if text
        else ""
    }


def commented() -> dict[str, str]:
    return PACKAGE | {"access.yaml": PACKAGE["access.yaml"] + "# a comment\n"}


class Room:
    """A database, a folder of rules, a daemon that follows both, and people at the workshop."""

    def __init__(self, url: str, folder: Path) -> None:
        self.store = open_store(url)
        self.desk = RuleDesk(self.store.engine)
        self.reports: list[BacktestReport] = []
        self.now = START
        self.folder = folder
        self.workshop = Workshop(self.desk, lambda _version: self.reports, self.clock, 2.0)
        write_files(PACKAGE, folder)

    def clock(self) -> int:
        self.now += 1
        return self.now

    def daemon(self) -> FollowedRules:
        return FollowedRules(self.desk, self.folder, self.clock)

    def live(self) -> str:
        now = self.desk.in_force()
        assert now is not None
        return now.ruleset

    def propose(self, hours: int) -> str:
        return self.workshop.begin(changed(hours), self.live(), "zoé", "close later").id

    def pass_every_gate(self, draft: str) -> None:
        found = self.desk.draft(draft)
        assert found is not None
        while (job := self.desk.claim_job("me", self.now, 1_000)) is not None:
            self.desk.report_job(msgspec.structs.replace(job, state=JobState.DONE))
        side = BacktestSide(10, 5.0, 9, 10, 0.5, 1.0, 90, 0)
        more = {"version": found.version, "since": START - 14 * DAY, "changes": ()}
        self.reports.insert(0, report(before=side, after=side, **more))

    def promote(self, draft: str, override: str = "") -> None:
        found = self.desk.draft(draft)
        assert found is not None
        self.workshop.promote(found, "zoé", override)


@pytest.fixture
def room(url: str, tmp_path: Path) -> Iterator[Room]:
    made = Room(url, tmp_path / "rules")
    yield made
    made.store.close()


@pytest.fixture
def daemon(room: Room) -> Iterator[FollowedRules]:
    made = room.daemon()
    made.current()
    yield made
    made.close()


def hours(catalog: object) -> int:
    assert isinstance(catalog, Catalog)
    return catalog.rule("access-node").resolve.close_after // 3_600_000


# ------------------------------------------------------------------------------- the folder


def test_the_first_rules_are_those_of_the_folder(room: Room, daemon: FollowedRules) -> None:
    now = room.desk.in_force()
    assert now is not None
    assert (now.how, now.actor, now.version) == (How.FILES, FILES, daemon.current().version)
    kept = room.desk.ruleset(now.ruleset)
    assert kept is not None
    assert kept.files == PACKAGE


def test_a_folder_that_changes_comes_into_force(room: Room, daemon: FollowedRules) -> None:
    write_files(changed(13), room.folder)
    assert hours(until(daemon.poll)) == 13
    assert len(room.desk.history()) == 2


def test_a_broken_folder_is_refused_once_and_what_is_in_force_stays(
    room: Room, daemon: FollowedRules
) -> None:
    before = room.live()
    (room.folder / "access.yaml").write_text("nonsense: 1\n")
    assert isinstance(until(daemon.poll), CatalogError)
    assert [daemon.poll() for _ in range(3)] == [None, None, None]
    assert room.live() == before
    assert hours(daemon.current()) == 12


def test_a_folder_that_is_broken_twice_alike_is_refused_twice(
    room: Room, daemon: FollowedRules
) -> None:
    for _ in range(2):
        (room.folder / "access.yaml").write_text("nonsense: 1\n")
        assert isinstance(until(daemon.poll), CatalogError)
        write_files(PACKAGE, room.folder)
        assert [daemon.poll() for _ in range(4)] == [None] * 4
        until(lambda: daemon.poll() is None and daemon._looking is None)


def test_a_folder_that_changes_while_the_database_is_away_comes_into_force_later(
    room: Room, daemon: FollowedRules, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise ServerUnreachableError("away")

    write_files(changed(13), room.folder)
    with monkeypatch.context() as patched:
        patched.setattr(room.desk, "in_force", away)
        assert daemon.poll() is None
        until(lambda: daemon._looking is not None and daemon._looking.done())
        assert daemon.poll() is None
    assert hours(until(daemon.poll)) == 13


def test_a_folder_that_goes_is_refused_once(room: Room, daemon: FollowedRules) -> None:
    room.folder.rename(room.folder.with_name("gone"))
    assert isinstance(until(daemon.poll), CatalogError)
    assert hours(daemon.current()) == 12


def test_a_broken_folder_before_there_is_anything_in_force(room: Room) -> None:
    (room.folder / "access.yaml").write_text("nonsense: 1\n")
    daemon = room.daemon()
    with pytest.raises(CatalogError, match="unknown key 'nonsense'"):
        daemon.current()
    daemon.close()


def test_a_comment_is_another_set_of_the_same_version(room: Room, daemon: FollowedRules) -> None:
    version = daemon.current().version
    write_files(commented(), room.folder)
    built = until(daemon.poll)
    assert isinstance(built, Catalog)
    assert built.version == version
    found = room.desk.ruleset_of(version)
    assert found is not None
    assert found.files == commented()


# ------------------------------------------------------- neither overwrites the other unseen


def test_what_people_promote_stays_in_force_over_the_folder_of_before(
    room: Room, daemon: FollowedRules
) -> None:
    room.promote(room.propose(14), "for good reasons")
    assert hours(until(daemon.poll)) == 14
    again = room.daemon()  # another daemon, with the same folder
    assert hours(again.current()) == 14
    again.close()


def test_a_folder_that_changes_after_a_promotion_is_refused(
    room: Room, daemon: FollowedRules
) -> None:
    room.promote(room.propose(14), "for good reasons")
    assert hours(until(daemon.poll)) == 14
    write_files(changed(15), room.folder)
    refused = until(daemon.poll)
    assert isinstance(refused, RulesConflictError)
    assert "zoé" in str(refused)
    assert hours(daemon.current()) == 14


def test_a_folder_that_was_brought_up_may_change_again(room: Room, daemon: FollowedRules) -> None:
    room.promote(room.propose(14), "for good reasons")
    until(daemon.poll)
    write_files(changed(14), room.folder)
    until(lambda: daemon.poll() or room.desk.history()[0].how is How.FILES)
    write_files(changed(15), room.folder)
    assert hours(until(daemon.poll)) == 15


def test_a_draft_is_refused_where_the_folder_was_faster(room: Room, daemon: FollowedRules) -> None:
    draft = room.propose(14)
    room.pass_every_gate(draft)
    write_files(changed(15), room.folder)
    until(daemon.poll)
    with pytest.raises(GateError) as caught:
        room.promote(draft, "even with a reason")
    assert [gate.name for gate in caught.value.gates] == [GateName.BASE]


def test_of_two_that_put_rules_in_force_at_once_one_is_refused(
    room: Room, daemon: FollowedRules
) -> None:
    assert daemon.current()
    base = room.live()
    room.promote(room.propose(14), "for good reasons")
    note = msgspec.structs.replace(room.desk.history()[0], ruleset=base)
    with pytest.raises(RulesMovedError):
        room.desk.put_in_force(note, base)


# ----------------------------------------------------------------------------------- drafts


def test_a_draft_passes_its_gates_and_comes_into_force(room: Room, daemon: FollowedRules) -> None:
    draft = room.propose(14)
    room.pass_every_gate(draft)
    room.promote(draft)
    assert hours(until(daemon.poll)) == 14
    now, before = room.desk.history()
    assert (now.how, now.actor, now.reason, now.override) == (
        How.PROMOTED, "zoé", "close later", "",
    )  # fmt: skip
    assert [gate.passed for gate in now.gates] == [True] * 5
    assert before.how is How.FILES
    found = room.desk.draft(draft)
    assert found is not None
    assert found.state is DraftState.PROMOTED


def test_a_gate_that_is_not_passed_needs_a_reason_which_is_kept(
    room: Room, daemon: FollowedRules
) -> None:
    assert daemon.current()
    draft = room.propose(14)
    for override in ("", "  ", "ok"):
        with pytest.raises(GateError, match="tests, history, confirmed, noise"):
            room.promote(draft, override)
    room.promote(draft, " the storm does not wait ")
    now = room.desk.history()[0]
    assert now.override == "the storm does not wait"
    assert not all(gate.passed for gate in now.gates)


def test_a_draft_that_was_changed_since_it_was_read_is_not_promoted(
    room: Room, daemon: FollowedRules
) -> None:
    assert daemon.current()
    seen = room.desk.draft(room.propose(14))
    assert seen is not None
    room.workshop.change(seen, changed(16), "yves")
    with pytest.raises(DraftMovedError):
        room.workshop.promote(seen, "zoé", "for good reasons")
    with pytest.raises(DraftMovedError):
        room.workshop.change(seen, changed(17), "zoé")
    now = room.workshop.draft(seen.id)
    with pytest.raises(DraftMovedError):
        room.workshop.change(now, changed(17), "zoé", seen=seen.ruleset)


def test_a_draft_on_a_new_base(room: Room, daemon: FollowedRules) -> None:
    draft = room.propose(14)
    write_files(changed(15), room.folder)
    until(daemon.poll)
    seen = room.desk.draft(draft)
    assert seen is not None
    room.workshop.change(seen, changed(14), "zoé", base=room.live())
    room.pass_every_gate(draft)
    room.promote(draft)
    assert hours(until(daemon.poll)) == 14


def test_what_is_no_catalog_or_no_change_is_no_draft(room: Room, daemon: FollowedRules) -> None:
    assert daemon.current()
    base = room.live()
    with pytest.raises(CatalogError, match=r"access\.yaml:1:1"):
        room.workshop.begin(PACKAGE | {"access.yaml": "nonsense: 1\n"}, base, "zoé", "why not")
    with pytest.raises(NoChangeError):
        room.workshop.begin(PACKAGE, base, "zoé", "why not")
    with pytest.raises(ValueError, match="reason"):
        room.workshop.begin(changed(14), base, "zoé", " ")
    assert room.desk.drafts() == []


def test_one_draft_is_in_the_shadow_and_leaves_it_when_it_changes(
    room: Room, daemon: FollowedRules
) -> None:
    assert daemon.current()
    one, other = (room.desk.draft(room.propose(h)) for h in (14, 15))
    assert one is not None
    assert other is not None
    room.workshop.move(one, DraftState.SHADOW)
    room.workshop.move(other, DraftState.SHADOW)
    shadow = room.desk.in_shadow()
    assert shadow is not None
    assert shadow.id == other.id
    room.workshop.change(shadow, changed(16), "zoé")
    assert room.desk.in_shadow() is None
    room.workshop.move(one, DraftState.WITHDRAWN)
    with pytest.raises(DraftGoneError):
        room.workshop.move(one, DraftState.SHADOW)


def test_tests_are_asked_for_with_a_draft_and_only_once(room: Room, daemon: FollowedRules) -> None:
    assert daemon.current()
    draft = room.desk.draft(room.propose(14))
    assert draft is not None
    room.workshop.ask(draft, JobKind.TESTS, "zoé")
    room.workshop.ask(draft, JobKind.BACKTEST, "zoé", 90)
    jobs = room.desk.jobs(draft.ruleset)
    assert [(job.kind, job.days) for job in jobs] == [(JobKind.BACKTEST, 90), (JobKind.TESTS, 0)]
    first = room.desk.claim_job("one", 1_000, 500)
    assert first is not None
    assert first.kind is JobKind.TESTS
    assert room.desk.report_job(msgspec.structs.replace(first, done=3, all=9))
    assert [(job.done, job.all) for job in room.desk.jobs(draft.ruleset)] == [(0, 0), (3, 9)]
    done = msgspec.structs.replace(first, state=JobState.DONE, findings=("a: b",))
    assert room.desk.report_job(done)
    assert room.desk.jobs(draft.ruleset)[1].findings == ("a: b",)
    room.workshop.ask(draft, JobKind.BACKTEST, "zoé", 90)
    room.workshop.ask(draft, JobKind.BACKTEST, "zoé", 7)
    assert [job.days for job in room.desk.open_jobs()] == [90, 7]


def test_a_job_is_its_owners_until_nothing_is_heard_of_them(
    room: Room, daemon: FollowedRules
) -> None:
    assert daemon.current()
    room.propose(14)
    one = room.desk.claim_job("one", 1_000, 500)
    assert one is not None
    assert room.desk.claim_job("other", 1_400, 500) is None
    assert room.desk.keep_job(one, 1_450)
    assert room.desk.claim_job("other", 1_900, 500) is None
    other = room.desk.claim_job("other", 2_000, 500)
    assert other is not None
    assert other.seq == one.seq
    late = msgspec.structs.replace(one, state=JobState.FAILED, findings=("late",))
    assert not room.desk.keep_job(one, 2_100)
    assert not room.desk.report_job(late)
    assert room.desk.report_job(msgspec.structs.replace(other, state=JobState.DONE))
    assert not room.desk.report_job(other)  # progress that comes after the end
    assert room.desk.open_jobs() == []


def test_nothing_is_run_for_what_is_no_draft_any_more(room: Room, daemon: FollowedRules) -> None:
    assert daemon.current()
    draft = room.desk.draft(room.propose(14))
    assert draft is not None
    room.workshop.move(draft, DraftState.WITHDRAWN)
    gone = room.workshop.draft(draft.id)
    with pytest.raises(DraftGoneError):
        room.workshop.ask(gone, JobKind.TESTS, "zoé")


def test_a_draft_that_changes_while_it_is_promoted_is_not(
    room: Room, daemon: FollowedRules, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert daemon.current()
    before, draft = room.live(), room.desk.draft(room.propose(14))
    assert draft is not None
    gates = room.workshop.gates

    def slowly(seen: Draft) -> tuple[Gate, ...]:
        found = gates(seen)
        room.workshop.change(seen, changed(16), "yves")
        return found

    monkeypatch.setattr(room.workshop, "gates", slowly)
    with pytest.raises(DraftGoneError):
        room.workshop.promote(draft, "zoé", "for good reasons")
    assert room.live() == before
    assert room.workshop.draft(draft.id).state is DraftState.DRAFT


# ------------------------------------------------------------- what cannot be read any more


def unreadable(room: Room) -> str:
    """Put a set in force that this version does not read, as another version may have done."""
    files = PACKAGE | {"access.yaml": "of: another version\n"}
    name = ruleset_id(files)
    note = room.desk.history()[0]
    ruleset = Ruleset(name, "of another version", files, "", START, "zoé", "new")
    later = msgspec.structs.replace(note, ruleset=name, how=How.PROMOTED, actor="zoé")
    room.desk.put_in_force(later, note.ruleset, ruleset=ruleset)
    return name


def test_a_daemon_goes_on_by_what_it_has_where_what_is_in_force_cannot_be_read(
    room: Room, daemon: FollowedRules
) -> None:
    unreadable(room)
    assert isinstance(until(daemon.poll), CatalogError)
    assert [daemon.poll() for _ in range(4)] == [None] * 4
    assert hours(daemon.current()) == 12


def test_a_daemon_that_begins_takes_the_last_that_can_be_read(
    room: Room, daemon: FollowedRules
) -> None:
    room.promote(room.propose(14), "for good reasons")
    unreadable(room)
    assert daemon
    again = room.daemon()
    assert hours(again.current()) == 14
    assert isinstance(again.poll(), CatalogError)  # counted, though it begins
    again.close()


def test_nobody_goes_back_to_what_cannot_be_read(room: Room, daemon: FollowedRules) -> None:
    assert daemon.current()
    first, name = room.live(), unreadable(room)
    room.workshop.roll_back(first, "zoé", "it was better", name)
    with pytest.raises(CatalogError):
        room.workshop.roll_back(name, "zoé", "again", first)


def test_a_look_of_before_puts_nothing_of_before_in_force(
    room: Room, daemon: FollowedRules
) -> None:
    room.promote(room.propose(14), "for good reasons")
    assert daemon.poll() is None
    assert daemon._looking is not None
    daemon._looking.result()  # it has seen 14, and nobody has collected it
    room.promote(room.propose(15), "for good reasons")
    assert hours(daemon.current()) == 15  # as a daemon that leads again
    found = [daemon.poll() for _ in range(3)]
    assert {hours(one) for one in found if one is not None} <= {15}


def test_a_folder_that_cannot_be_listed_ends_nobody(
    room: Room, daemon: FollowedRules, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(_path: Path) -> Iterator[Path]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", denied)
    refused = until(daemon.poll)
    assert isinstance(refused, CatalogError)
    assert "Permission denied" in str(refused)
    room.promote(room.propose(14), "for good reasons")
    assert hours(until(daemon.poll)) == 14


# ---------------------------------------------------------------------------------- and back


def test_rolling_back(room: Room, daemon: FollowedRules) -> None:
    first = room.live()
    room.promote(room.propose(14), "for good reasons")
    until(daemon.poll)
    second = room.live()
    room.workshop.roll_back(first, "yves", "it was noisy", second)
    assert hours(until(daemon.poll)) == 12
    now = room.desk.history()[0]
    assert (now.how, now.actor, now.reason) == (How.ROLLED_BACK, "yves", "it was noisy")
    with pytest.raises(RulesMovedError):  # who has not seen it
        room.workshop.roll_back(second, "zoé", "it was better", second + "x")
    with pytest.raises(ValueError, match="has not been in force"):
        room.workshop.roll_back("nothing", "zoé", "it was better", first)
    with pytest.raises(NoChangeError):
        room.workshop.roll_back(first, "zoé", "it was better", first)
