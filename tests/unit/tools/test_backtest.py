"""Comparing two runs: which incidents are the same, what changed, and what labels say of it."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlator.model import DAY, MINUTE, Incident, Reason, ReasonCode, State
from correlator.tools.backtest import Backtest, Decided, Kind, compare, judge, reports
from correlator.tools.backtest.judging import Verdict, verdict_of, wilson

START = 1_770_000_000_000 // DAY * DAY


def decided(
    name: str, cause: str, tickets: str, minute: float = 0, *, not_this: str = "", **more: Any
) -> Decided:
    """Return an incident with these tickets, a letter each."""
    at = START + round(minute * MINUTE)
    usual: dict[str, Any] = {"state": State.CLOSED, "symptom": "no-sync", "customers": 30}
    incident = Incident(
        id=name, version=1, rule="access-node", domain=cause, domain_type="dslam",
        first_domain=cause, created=at, onset=at - 5 * MINUTE, changed=at, announced=at,
        reason=Reason(ReasonCode.BURST, {"customers": 4, "minutes": 3, "expected": 0.1,
                                         "silent": 26}), **usual | more,
    )  # fmt: skip
    return Decided(incident, tuple(tickets), tuple(not_this))


CONFIRMED = {"confirmed_by": "anna"}
REJECTED = {"state": State.REJECTED, "code": "coincidence"}


def kinds(before: list[Decided], after: list[Decided]) -> list[str]:
    return [str(change.kind) for change in compare(before, after)]


def test_the_same_incident_is_the_same() -> None:
    assert kinds([decided("A", "D1", "abcd")], [decided("B", "D1", "abcd")]) == ["same"]


@pytest.mark.parametrize(
    ("minute", "kind"), [(-8, "earlier"), (-0.5, "same"), (0.5, "same"), (8, "later")]
)
def test_one_that_is_announced_at_another_time(minute: float, kind: str) -> None:
    after = decided("B", "D1", "abcde", minute)
    (change,) = compare([decided("A", "D1", "abcd")], [after])
    assert (change.kind, change.minutes) == (kind, minute)


def test_one_with_another_cause_is_renamed() -> None:
    assert kinds([decided("A", "D1", "abcd")], [decided("B", "D1/C1", "abc")]) == ["renamed"]


def test_one_that_only_one_run_has_is_lost_or_gained() -> None:
    one = decided("A", "D1", "abcd")
    assert kinds([one], []) == ["lost"]
    assert kinds([], [one]) == ["gained"]
    assert kinds([one], [decided("B", "D2", "efgh")]) == ["gained", "lost"]


def test_one_that_becomes_two_is_split_and_two_that_become_one_are_merged() -> None:
    whole = decided("A", "D1", "abcdefgh")
    halves = [decided("B", "D1/C1", "abcd"), decided("C", "D1/C2", "efgh", 3)]
    assert kinds([whole], halves) == ["split"]
    assert kinds(halves, [whole]) == ["merged"]


def test_a_shared_caller_or_two_of_many_does_not_make_them_the_same() -> None:
    one, other = decided("A", "D1", "abcdefghijkl"), decided("B", "D2", "lmnopqrstuvw")
    assert kinds([one], [other]) == ["gained", "lost"]


def test_the_same_cause_at_the_same_time_is_the_same_whoever_called() -> None:
    assert kinds([decided("A", "D1", "ab")], [decided("B", "D1", "cd", 30)]) == ["later"]
    assert kinds([decided("A", "D1", "ab")], [decided("B", "D1", "cd", 300)]) == ["lost", "gained"]


SOME = st.lists(
    st.builds(
        decided,
        st.uuids().map(str),
        st.sampled_from(["D1", "D2", "D3"]),
        st.text("abcdefghij", max_size=6).map(lambda text: "".join(sorted(set(text)))),
        st.floats(0, 2000),
    ),
    max_size=6,
)


@given(SOME, SOME)
def test_every_incident_is_in_one_change(before: list[Decided], after: list[Decided]) -> None:
    changes = compare(before, after)
    assert sorted(one.id for c in changes for one in c.before) == sorted(o.id for o in before)
    assert sorted(one.id for c in changes for one in c.after) == sorted(o.id for o in after)
    for change in changes:
        assert (change.kind is Kind.GAINED) is (not change.before)
        assert (change.kind is Kind.LOST) is (not change.after)


@given(SOME)
def test_a_run_compared_with_itself_has_nothing_gained_or_lost(some: list[Decided]) -> None:
    assert {change.kind for change in compare(some, some)} <= {Kind.SAME}


# ------------------------------------------------------------------------------------- labels


@pytest.mark.parametrize(
    ("label", "after", "verdict"),
    [
        (CONFIRMED, [], Verdict.WORSE),
        (REJECTED, [], Verdict.BETTER),
        ({}, [], Verdict.UNKNOWN),
        (CONFIRMED, [("D1", -8)], Verdict.BETTER),
        (CONFIRMED, [("D1", 8)], Verdict.WORSE),
        (REJECTED, [("D1", 8)], Verdict.NEUTRAL),
        (CONFIRMED, [("D2", 0)], Verdict.WORSE),
        (CONFIRMED, [("D1", 0)], Verdict.NEUTRAL),
        (CONFIRMED, [("D1", 0), ("D2", 0)], Verdict.WORSE),
    ],
)
def test_what_a_change_is_worth_is_what_people_said(
    label: dict[str, Any], after: list[tuple[str, float]], verdict: Verdict
) -> None:
    others = [decided(f"B{n}", cause, "abcd", m) for n, (cause, m) in enumerate(after)]
    (change,) = compare([decided("A", "D1", "abcd", **label)], others)
    assert verdict_of(change) is verdict


def test_nobody_knows_what_one_that_is_gained_is_worth() -> None:
    (change,) = compare([], [decided("B", "D1", "abcd")])
    assert verdict_of(change) is Verdict.UNKNOWN


def test_a_label_is_of_the_incident_of_the_other_run_too() -> None:
    before = [
        decided("A", "D1", "abcd", **CONFIRMED),
        decided("B", "D2", "efgh", **REJECTED),
        decided("C", "D3", "ijkl", not_this="kl"),
    ]
    after = [decided("X", "D1", "abcd", -10), decided("Y", "D3", "ijk")]
    totals = judge(compare(before, after), START, START + 14 * DAY)
    assert (totals.before.right.part, totals.before.right.whole) == (1, 2)
    assert (totals.after.right.part, totals.after.right.whole) == (1, 1)
    assert (totals.before.unlabelled, totals.after.unlabelled) == (1, 1)
    assert (totals.before.not_this, totals.after.not_this) == (2, 1)
    assert (totals.before.a_week, totals.after.a_week) == (1.5, 1.0)
    assert (totals.median_minutes, totals.compared) == (-10.0, 1)
    assert totals.verdicts == {"better": 2, "neutral": 1}


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    # Newcombe (1998), Statistics in Medicine 17, table I, method 3
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611),
     (1, 29, 0.0061, 0.1718)],
)  # fmt: skip
def test_confidence_intervals_are_wilsons(part: int, whole: int, low: float, high: float) -> None:
    found = wilson(part, whole)
    assert (found.low, found.high) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


def test_of_nothing_nothing_is_known() -> None:
    assert (wilson(0, 0).low, wilson(0, 0).high, wilson(0, 0).value) == (0.0, 1.0, 0.0)


# ------------------------------------------------------------------------------------- reports


def example() -> Backtest:
    before = [
        decided("GI-1", "DSL-1", "abcd", 60, **CONFIRMED),
        decided("GI-2", "DSL-2", "efgh", 120, **REJECTED),
        decided("GI-3", "DSL-3", "ijkl", 180),
        decided("GI-5", "", "qrst", 260, **CONFIRMED),
    ]
    after = [
        decided("GI-1", "DSL-1", "abcd", 72),
        decided("GI-3", "DSL-3", "ijkl", 180),
        decided("GI-4", "DSL-9", "mnop", 240),
        decided("GI-5", "", "qrst", 255.5),
    ]
    changes = tuple(compare(before, after))
    span = START, START + 7 * DAY
    return Backtest(*span, "live", "new/rules", 1, changes, judge(changes, *span))


def test_the_report_in_lines() -> None:
    assert list(reports.lines(example())) == [
        "- later    2026-02-02 01:00  DSL-1 (access-node, 4 tickets), 12 min later [confirmed]",
        "+ lost     2026-02-02 02:00  DSL-2 (access-node, 4 tickets) [rejected: coincidence]",
        "? gained   2026-02-02 04:00  DSL-9 (access-node, 4 tickets)",
        (
            "+ earlier  2026-02-02 04:15  outside the network (access-node, 4 tickets),"
            " 4.5 min earlier [confirmed]"
        ),
    ]
    assert len(list(reports.lines(example(), same=True))) == 5


def test_the_report_in_a_sentence() -> None:
    assert reports.sentence(example()) == (
        "2 better, 1 worse, 1 that nobody has judged; confirmed ones 3.8 min later (median)."
    )


def test_the_report_for_programs() -> None:
    told = json.loads(reports.encoded(example()))
    assert told["totals"]["before"]["right"]["part"] == 2
    (lost,) = [change for change in told["changes"] if change["kind"] == "lost"]
    assert (lost["verdict"], lost["label"]) == ("better", "rejected")
    assert (lost["before"][0]["cause"], lost["before"][0]["tickets"]) == ("DSL-2", list("efgh"))
    assert lost["before"][0]["reason"].startswith("burst: 4 customers")


def test_the_report_for_a_merge_request() -> None:
    told = reports.markdown(example())
    assert "| confirmed, of those judged | 2 of 3 (67%; 95 %: 21% to 94%) |" in told
    assert "```diff\n- later" in told
    assert reports.markdown(example(), most=1).count("\n… and 3 more.") == 1


def test_the_report_for_a_pipeline() -> None:
    suite = ET.fromstring(reports.junit(example()))
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("5", "1", "1")
    (failure,) = suite.iter("failure")
    assert "12 min later" in failure.get("message", "")
    assert "GI-1" in (failure.text or "")
