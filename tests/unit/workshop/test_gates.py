"""What must hold before a draft comes into force."""

from __future__ import annotations

from typing import Any

import pytest

from correlator.model import (
    DAY,
    BacktestReport,
    BacktestSide,
    Draft,
    DraftState,
    GateName,
    JobKind,
    JobState,
    RulesJob,
)
from correlator.workshop import gates
from tests.backtests import change, report
from tests.builders import START

DRAFT = Draft("d1", "set2", "v2", "set1", DraftState.DRAFT, "zoé", "sooner", START, START)
PASSED = RulesJob(1, "d1", "set2", JobKind.TESTS, JobState.DONE, "zoé", START)
KEPT = (change("earlier", "better", "DSL1", "DSL1", "confirmed", minutes=-4.0),)


def side(judged: int = 10, right: int = 9) -> BacktestSide:
    return BacktestSide(12, 6.0, right, judged, 0.5, 1.0, 100, 0)


def tried(**more: Any) -> BacktestReport:
    usual = {
        "version": "v2", "since": START - 14 * DAY, "before": side(), "after": side(),
        "changes": KEPT,
    }  # fmt: skip
    return report(**usual | more)


def failed(
    *reports: BacktestReport,
    jobs: tuple[RulesJob, ...] = (PASSED,),
    in_force: str | None = "set1",
    dial: float = 2.0,
) -> set[str]:
    found = gates(DRAFT, in_force, jobs, reports, dial)
    assert [gate.name for gate in found] == list(GateName)
    return {gate.name.value for gate in found if not gate.passed}


def test_what_passes_every_gate() -> None:
    assert failed(tried()) == set()


def test_without_tests_and_history_nothing_is_known() -> None:
    assert failed(jobs=()) == {"tests", "history", "confirmed", "noise"}


@pytest.mark.parametrize(
    "job",
    [
        RulesJob(1, "d1", "set2", JobKind.TESTS, JobState.DONE, "", START, findings=("wrong",)),
        RulesJob(1, "d1", "set2", JobKind.TESTS, JobState.WAITING, "", START),
        RulesJob(1, "d1", "set1", JobKind.TESTS, JobState.DONE, "", START),
        RulesJob(1, "d1", "set2", JobKind.BACKTEST, JobState.DONE, "", START),
    ],
)
def test_tests_that_failed_or_are_of_something_else(job: RulesJob) -> None:
    assert failed(tried(), jobs=(job,)) == {"tests"}


@pytest.mark.parametrize("in_force", ["set3", None])
def test_a_change_of_somebody_else_in_between(in_force: str | None) -> None:
    assert failed(tried(), in_force=in_force) == {"base"}


@pytest.mark.parametrize("more", [{"version": "v1"}, {"against": "another/folder"}])
def test_a_report_of_other_rules_or_against_others_does_not_count(more: dict[str, str]) -> None:
    assert failed(tried(**more)) == {"history", "confirmed", "noise"}


def test_a_day_of_history_is_too_little() -> None:
    quiet = side(judged=9, right=9)
    assert failed(tried(since=START - DAY, before=quiet, after=quiet)) == {"history"}


def test_a_confirmed_incident_that_is_lost() -> None:
    lost = (*KEPT, change("lost", "worse", "DSL2", "", "confirmed"))
    assert failed(tried(changes=lost)) == {"confirmed"}


def test_a_rejected_incident_that_is_lost_is_welcome() -> None:
    assert failed(tried(changes=(change("lost", "better", "DSL2", "", "rejected"),))) == set()


def test_noise_is_what_was_rejected_and_what_is_new_and_unjudged() -> None:
    gained = tuple(change("gained", "unknown", "", f"DSL{n}") for n in range(4))
    # two weeks: one rejected and four new ones are 2.5 a week
    assert failed(tried(changes=gained)) == {"noise"}
    assert failed(tried(changes=gained), dial=2.5) == set()


def test_noise_may_be_what_it_is_already() -> None:
    noisy = side(judged=20, right=10)
    assert failed(tried(before=noisy, after=noisy)) == set()
    assert failed(tried(before=side(), after=noisy)) == {"noise"}


def test_the_latest_report_counts() -> None:
    lost = (change("lost", "worse", "DSL2", "", "confirmed"),)
    assert failed(tried(), tried(changes=lost)) == set()
    assert failed(tried(changes=lost), tried()) == {"confirmed"}


def test_the_shadow_takes_nothing_from_a_backtest_that_is_long_enough() -> None:
    short = tried(since=START - DAY // 48, before=side(), after=side(20, 1))
    assert failed(short, tried()) == set()
    assert failed(short) == {"history", "noise"}


def test_of_an_hour_no_noise_is_told() -> None:
    found = gates(DRAFT, "set1", (PASSED,), [tried(since=START - DAY // 24)], 2.0)
    noise = found[-1]
    assert (noise.name, noise.passed, noise.found) == (GateName.NOISE, False, None)
