"""What is run for a draft beside the daemon: the shadow, its tests, its backtest."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from correlator.adapters.archive import ArchiveError, Kept
from correlator.adapters.sql import ConsoleReads, RuleDesk
from correlator.model import (
    Action,
    BacktestReport,
    Draft,
    DraftState,
    JobKind,
    JobState,
    Millis,
    Ruleset,
    RulesJob,
    State,
    Verb,
)
from correlator.service.recovery import decode_inputs
from correlator.tools.backtest import History
from correlator.tools.workshop import Follower, Shadow, announced_since, run_job
from correlator.workshop import Workshop, catalog_of, packaged_files, ruleset_id
from rules.model import Catalog
from tests.builders import START
from tests.harness.loop import looping
from tests.harness.office import CARD, OTHER, Office, at

DRAFT = Draft("d1", "set2", "v2", "set1", DraftState.SHADOW, "zoé", "sooner", START, START)
PACKAGE = {
    name: text
    for name, text in packaged_files().items()
    if not name.startswith("tests/") or name == "tests/access.yaml"
}


def deaf() -> dict[str, str]:
    """Return the package's rules, in which what is about cards asks for overwhelming evidence."""
    text = PACKAGE["access.yaml"]
    assert "cause_gain" in text or "defaults:" in text
    return PACKAGE | {
        "access.yaml": text.replace("defaults:\n", "defaults:\n  cause_gain: 400\n", 1)
    }


@pytest.fixture
def office(url: str, tmp_path: Path) -> Iterator[Office]:
    with looping(url, archives=True) as loop:
        yield Office(loop, tmp_path)


def follower(office: Office, number: int = 0, taken: Millis = 0) -> Follower:
    return Follower(office.archive, office.loop.store.archive_queue, decode_inputs, number, taken)


# ------------------------------------------------------------------------------- following


@pytest.mark.parametrize("seed", range(6))
def test_every_input_comes_once_and_in_order_whoever_writes_meanwhile(
    office: Office, seed: int
) -> None:
    chance = random.Random(seed)
    watch, seen, minute = follower(office), list[Kept](), 0
    for _ in range(12):
        what = chance.choice(["burst", "burst", "write", "restart", "look", "look", "half"])
        if what == "burst":
            minute += 20
            office.burst(chance.choice([CARD, OTHER])[: chance.randint(1, 4)], minute)
        elif what == "write":
            office.write()
        elif what == "restart":
            office.loop.restart()
        elif what == "half":  # whoever looks dies in the middle of it
            some = watch.new()
            seen += [kept for _, kept in zip(range(3), some, strict=False)]
            some.close()
        else:
            seen += watch.new()
    seen += watch.new()
    office.write()
    assert seen == list(office.archive.read())
    assert list(watch.new()) == []


def test_a_reader_that_fell_far_behind_goes_on_in_the_files(office: Office) -> None:
    watch = follower(office)
    office.burst(CARD)
    first = list(watch.new())
    for n in range(1, 4):
        office.burst(OTHER, 30 * n)
        office.write()
    office.burst(CARD[:2], 200)
    rest = list(watch.new())
    office.write()
    assert [*first, *rest] == list(office.archive.read())


# -------------------------------------------------------------------------------- the shadow


def shadow(office: Office, catalog: Catalog, since: Millis = START) -> Shadow:
    return Shadow(
        History(office.archive), lambda n, at: follower(office, n, at), DRAFT, catalog, since
    )


def report(office: Office, of: Shadow) -> BacktestReport:
    return of.report(announced_since(office.loop.store.queries, of.since), "s1", START)


def kinds(found: BacktestReport) -> list[tuple[str, str]]:
    return [(change.kind, change.label) for change in found.changes]


def test_the_same_rules_in_the_shadow_announce_the_same(office: Office) -> None:
    office.burst(CARD)
    office.write()  # with the first snapshot
    day = 24 * 60
    one = shadow(office, catalog_of(PACKAGE), at(day))  # with a day to warm up
    assert one.step() > 0
    office.burst(OTHER, day + 60)
    office.call(day + 120, CARD[0])
    office.loop.settle()
    assert one.step() > 0
    found = report(office, one)
    assert (kinds(found), found.same, found.after.incidents) == ([], 1, 1)
    assert (found.shadow, found.rules, found.actor) == ("d1", "sooner", "zoé")
    assert found.version == catalog_of(PACKAGE).version
    assert found.cost > 0


def test_what_the_shadow_would_not_have_announced_is_lost_with_what_people_said(
    office: Office,
) -> None:
    office.burst(CARD)
    office.write()
    (incident,) = office.loop.store.queries.incidents([State.PROPOSED, State.OPEN])
    office.loop.send(Action("A1", 0, "A1", "zoé", Verb.CONFIRM, incident.id))
    wrong = {"tickets": ("T0",), "reason": "autre chose"}
    office.loop.send(Action("A2", 0, "A2", "zoé", Verb.NOT_THIS, incident.id, **wrong))
    office.call(60, OTHER[0])
    office.loop.settle()
    one = shadow(office, catalog_of(deaf()))
    one.step()
    found = report(office, one)
    assert kinds(found) == [("lost", "confirmed")]
    assert found.changes[0].before[0].evidence is not None
    assert (found.before.not_this, found.before.tickets) == (0, 7)


def test_what_has_just_been_announced_waits_for_the_other_side(office: Office) -> None:
    office.burst(CARD)
    office.write()
    one = shadow(office, catalog_of(deaf()))
    one.step()
    assert kinds(report(office, one)) == []


def test_a_shadow_that_is_begun_again_comes_to_the_same(office: Office) -> None:
    office.burst(CARD)
    office.write()
    one = shadow(office, catalog_of(PACKAGE))
    one.step()
    office.burst(OTHER, 30)
    office.write()
    office.call(90, CARD[0])
    office.loop.settle()
    one.step()
    again = shadow(office, catalog_of(PACKAGE), one.since)
    again.step()
    first, second = (report(office, each) for each in (one, again))
    assert (first.same, first.after) == (second.same, second.after)


def test_without_a_snapshot_in_the_archive_there_is_nothing_to_begin_with(office: Office) -> None:
    office.burst(CARD)
    with pytest.raises(ArchiveError, match="no snapshot"):
        shadow(office, catalog_of(PACKAGE))


# ---------------------------------------------------------------------------------- the jobs


class Jobs:
    """A desk with a draft of some files, and its jobs."""

    def __init__(self, office: Office, files: dict[str, str]) -> None:
        self.office = office
        self.desk = RuleDesk(office.loop.store.engine)
        self.reads = ConsoleReads(office.loop.store.engine)
        base = self._keep(PACKAGE)
        workshop = Workshop(self.desk, self.reads.backtests_of, lambda: START, 2.0)
        self.draft: Draft = workshop.begin(files, base, "zoé", "for a test")
        self.workshop = workshop

    def _keep(self, files: dict[str, str]) -> str:
        name, version = ruleset_id(files), catalog_of(files).version
        self.desk.keep(Ruleset(name, version, files, "", START, "zoé", "first"))
        return name

    def run(self) -> RulesJob:
        job = self.desk.claim_job("me", START, 1_000)
        assert job is not None
        run_job(self.desk, job, self.office.settings.url, lambda: START)
        return next(one for one in self.desk.jobs(job.ruleset) if one.seq == job.seq)


def test_the_tests_of_a_draft_say_what_it_breaks(office: Office) -> None:
    job = Jobs(office, deaf()).run()
    assert (job.kind, job.state) == (JobKind.TESTS, JobState.DONE)
    assert job.done == job.all > 5
    assert any(finding.startswith("tests/access.yaml:") for finding in job.findings)


def test_a_draft_without_tests_does_not_pass_them(office: Office) -> None:
    bare = {name: text for name, text in PACKAGE.items() if not name.startswith("tests/")}
    assert "no tests" in Jobs(office, bare).run().findings[0]


def test_the_backtest_of_a_draft_is_one_of_the_console(office: Office) -> None:
    office.burst(CARD)
    office.burst(OTHER, 60)
    office.write()
    jobs = Jobs(office, deaf())
    jobs.run()
    jobs.workshop.ask(jobs.draft, JobKind.BACKTEST, "zoé", 7)
    job = jobs.run()
    assert (job.state, job.findings) == (JobState.DONE, ())
    found = jobs.reads.backtest(job.report)
    assert found is not None
    assert (found.version, found.against, found.rules) == (
        jobs.draft.version,
        "live",
        jobs.draft.reason,
    )
    assert [change.kind for change in found.changes] == ["lost", "lost"]


def test_a_backtest_without_history_says_so(office: Office) -> None:
    jobs = Jobs(office, deaf())
    jobs.run()
    jobs.workshop.ask(jobs.draft, JobKind.BACKTEST, "zoé", 7)
    job = jobs.run()
    assert (job.state, len(job.findings)) == (JobState.FAILED, 1)
    assert "no snapshot" in job.findings[0]
