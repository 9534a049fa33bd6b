"""Decisions compared: with the truth, with the cell of then, and what nobody saw."""

from __future__ import annotations

from typing import Any

import pytest

from correlator.formats.times import to_rfc3339
from correlator.model import (
    MINUTE,
    CellSaid,
    Did,
    Incident,
    Judged,
    Reason,
    ReasonCode,
    State,
    TrainingLine,
    TruthSaid,
)
from correlator.tools.backtest import Decided
from correlator.tools.training import Learnt, compare_training
from correlator.tools.training.comparing import judged
from correlator.tools.worldfiles import Outage, Truth
from tests.builders import START, at


def incident(name: str, cause: str, tickets: str = "", minute: float = 0, **more: Any) -> Decided:
    """Return an incident with these tickets, a letter each."""
    when = at(minute)
    found = Incident(
        id=name, version=1, rule="access-node", domain=cause, domain_type="dslam",
        first_domain=cause, created=when, onset=when - 5 * MINUTE, changed=when, announced=when,
        reason=Reason(ReasonCode.BURST), symptom="no-sync",
        **{"state": State.OPEN, **more},
    )  # fmt: skip
    return Decided(found, tuple(tickets))


def outage(cause: str, minute: float = -10, tickets: str = "", **more: Any) -> Outage:
    """Return an outage of an hour, to be seen after five minutes."""
    usual: dict[str, Any] = {
        "id": f"O-{cause}", "kind": "equipment", "level": "dslam", "cause": cause,
        "start": to_rfc3339(at(minute)), "end": to_rfc3339(at(minute + 60)), "silent": False,
        "planned": False, "customers": 40, "tickets": tuple(tickets), "alarms": (), "callers": 9,
        "within2h": 9, "fourth": to_rfc3339(at(minute + 5)), "due": True, "equivalent": (),
        "near": (),
    }  # fmt: skip
    return Outage(**usual | more)


def truth(*outages: Outage, external: str = "") -> Truth:
    return Truth(start="x", days=1.0, customers=9, external=tuple(external), outages=outages)


def line(
    one: Decided,
    then: list[Decided] | None = None,
    true: Truth | None = None,
    did: Did = Did.NOTHING,
) -> TrainingLine:
    (found,) = compare_training([Learnt(one, did)], then, true, START, at(90)).lines
    return found


# --------------------------------------------------------------------------------- the verdicts


@pytest.mark.parametrize(
    ("did", "cell", "true", "verdict"),
    [
        (Did.CONFIRMED, CellSaid.UNKNOWN, TruthSaid.OUTAGE, Judged.AGREED),
        (Did.REJECTED, CellSaid.UNKNOWN, TruthSaid.OUTAGE, Judged.DIFFERS),
        (Did.CONFIRMED, CellSaid.UNKNOWN, TruthSaid.NONE, Judged.DIFFERS),
        (Did.REJECTED, CellSaid.UNKNOWN, TruthSaid.NONE, Judged.AGREED),
        (Did.REJECTED, CellSaid.UNKNOWN, TruthSaid.PLANNED, Judged.AGREED),
        (Did.CONFIRMED, CellSaid.UNKNOWN, TruthSaid.OTHER, Judged.DIFFERS),
        (Did.CONFIRMED, CellSaid.CONFIRMED, TruthSaid.UNKNOWN, Judged.AGREED),
        (Did.REJECTED, CellSaid.CONFIRMED, TruthSaid.UNKNOWN, Judged.DIFFERS),
        (Did.REJECTED, CellSaid.REJECTED, TruthSaid.UNKNOWN, Judged.AGREED),
        (Did.CONFIRMED, CellSaid.REJECTED, TruthSaid.UNKNOWN, Judged.DIFFERS),
        (Did.REJECTED, CellSaid.CONFIRMED, TruthSaid.NONE, Judged.AGREED),
        (Did.CONFIRMED, CellSaid.NOTHING, TruthSaid.UNKNOWN, Judged.UNJUDGED),
        (Did.CONFIRMED, CellSaid.ABSENT, TruthSaid.UNKNOWN, Judged.UNJUDGED),
        (Did.REJECTED, CellSaid.UNKNOWN, TruthSaid.UNKNOWN, Judged.UNJUDGED),
        (Did.NOTHING, CellSaid.CONFIRMED, TruthSaid.OUTAGE, Judged.UNDECIDED),
        (Did.ACKNOWLEDGED, CellSaid.CONFIRMED, TruthSaid.OUTAGE, Judged.UNDECIDED),
    ],
)
def test_a_decision_is_worth_what_the_truth_says_and_else_the_cell(
    did: Did, cell: CellSaid, true: TruthSaid, verdict: Judged
) -> None:
    assert judged(did, cell, true) is verdict


# ------------------------------------------------------------------------------------ the truth


@pytest.mark.parametrize(
    ("true", "said", "cause"),
    [
        (truth(outage("D1")), TruthSaid.OUTAGE, "D1"),
        (truth(outage("D1/C1", equivalent=("D1",))), TruthSaid.OUTAGE, "D1/C1"),
        (truth(outage("D1", planned=True)), TruthSaid.PLANNED, "D1"),
        (truth(outage("D1/C1", near=("D1",))), TruthSaid.OTHER, "D1/C1"),
        (truth(outage("A1", tickets="ab")), TruthSaid.OTHER, "A1"),
        (truth(outage("A1", tickets="a")), TruthSaid.NONE, ""),
        (truth(outage("D1", -101)), TruthSaid.NONE, ""),
        (truth(outage("D1", 2)), TruthSaid.NONE, ""),
        (truth(outage("D2"), external="abcd"), TruthSaid.NONE, ""),
    ],
)
def test_the_outages_of_the_time_say_what_is_true(true: Truth, said: TruthSaid, cause: str) -> None:
    found = line(incident("G1", "D1", "abcd"), true=true)
    assert (found.truth, found.cause) == (said, cause)


def test_several_objects_are_one_cause_in_any_order() -> None:
    one = incident("G1", "D2+D1", among=("D2", "D1"))
    assert line(one, true=truth(outage("D1+D2"))).truth is TruthSaid.OUTAGE


def test_outside_the_network_most_tickets_say_it() -> None:
    outside = incident("G1", "", "abcd")
    assert line(outside, true=truth(external="abc")).truth is TruthSaid.OUTAGE
    assert line(outside, true=truth(external="ab")).truth is TruthSaid.NONE


# ------------------------------------------------------------------------------------- the cell


def test_the_cell_of_then_is_found_by_tickets_or_by_cause() -> None:
    one = incident("G1", "D1", "abcd", 20, confirmed_by="zoé")
    said = {"state": State.REJECTED, "code": "coincidence"}
    by_tickets = line(one, [incident("X", "D9", "ab", 10, confirmed_by="anna")])
    assert by_tickets.cell is CellSaid.CONFIRMED
    by_cause = line(one, [incident("X", "D1", "", 60, **said)])
    assert (by_cause.cell, by_cause.cell_code) == (CellSaid.REJECTED, "coincidence")
    assert line(one, [incident("X", "D1", "", 90)]).cell is CellSaid.ABSENT
    assert line(one, [incident("X", "D1", "", 25)]).cell is CellSaid.NOTHING
    assert line(one, None).cell is CellSaid.UNKNOWN


def test_a_line_tells_what_was_done_and_when() -> None:
    said = {"state": State.REJECTED, "code": "coincidence"}
    learnt = Learnt(incident("G1", "D1", "abcd", **said), Did.REJECTED, 4.5)
    report = compare_training([learnt], None, truth(), START, at(30))
    (found,) = report.lines
    assert (found.did, found.code, found.minutes) == (Did.REJECTED, "coincidence", 4.5)
    assert (found.announced, found.judged) == (at(0), Judged.AGREED)
    assert (report.has_cell, report.has_truth) == (False, True)


# ---------------------------------------------------------------------------------- what is missed


def test_an_outage_that_enough_called_about_and_none_is_on_is_missed() -> None:
    seen = Learnt(incident("G1", "D1", "abcd"))
    some = (
        outage("D1", 0), outage("D1/C1", 0, near=("D1",)), outage("D2", 0),
        outage("D3", 0, due=False), outage("D4", 0, planned=True), outage("D5", -1),
        outage("D6", 26), outage("D7", 25, fourth=None),
    )  # fmt: skip
    report = compare_training([seen], None, truth(*some), START, at(30))
    assert [(miss.cause, miss.begin, miss.cell) for miss in report.missed] == [
        ("D1/C1", at(0), False),
        ("D2", at(0), False),
    ]


def test_without_a_truth_what_the_cell_confirmed_is_missed() -> None:
    then = [
        incident("A", "D1", "ab", 5, confirmed_by="anna"),
        incident("B", "D2", "cd", 9, confirmed_by="anna"),
        incident("C", "D3", "ef", 10),
        incident("D", "D4", "gh", 40, confirmed_by="anna"),
    ]
    report = compare_training([Learnt(incident("G1", "D1", "ab"))], then, None, START, at(30))
    assert [(miss.cause, miss.cell) for miss in report.missed] == [("D2", True)]


def test_a_day_without_anything_compares_nothing() -> None:
    report = compare_training([], (), None, START, START)
    assert (report.lines, report.missed) == ((), ())
