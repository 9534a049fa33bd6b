"""Planned works: they explain their tickets, raise nothing, and overrun."""

from correlator.model import Answer, Event, ReasonCode
from tests.builders import Desk, alarm, calls, customers_of, spread, ticket, under, works

ACCESS = ("no-sync", "no-sync", "no-internet")


def during() -> list[Event]:
    return calls(spread(under("DSL-1"), 12), 2, 4, ACCESS)


def test_planned_works_raise_nothing_and_their_callers_read_maintenance() -> None:
    desk = Desk().feed(works("DSL-1", -10, 0, 60), during())
    assert desk.announced() == []
    assert {v.answer for v in desk.outcome.verdicts} == {Answer.MAINTENANCE}
    assert desk.outcome.verdicts[0].reason.numbers == {"works": "M-DSL-1"}


def test_the_same_calls_without_works_are_an_incident() -> None:
    assert Desk().feed(during()).causes() == ["DSL-1"]


def test_an_alarm_during_works_is_suppressed_with_its_cause() -> None:
    desk = Desk().feed(works("DSL-1", -10, 0, 60), alarm("DSL-1/C1", 3))
    (suppressed,) = desk.suppressed()
    assert suppressed.reason.code is ReasonCode.IN_MAINTENANCE
    assert suppressed.reason.numbers["works"] == "M-DSL-1"
    assert desk.until(60).candidates() == []


def test_works_that_overrun_are_raised() -> None:
    after = calls(spread(under("DSL-1")[1::2], 20), 75, 6, ACCESS)
    desk = Desk().feed(works("DSL-1", -10, 0, 60), during(), after)
    assert desk.causes() == ["DSL-1"]
    assert 60 < desk.minute_of(desk.incident()) <= 180


def test_the_callers_of_the_first_minutes_after_works_are_still_explained() -> None:
    desk = Desk().feed(works("DSL-1", -10, 0, 60), calls(under("DSL-1")[:3], 62, 2, ACCESS))
    assert desk.announced() == []
    assert desk.outcome.verdicts[-1].answer is Answer.MAINTENANCE


def test_cancelled_works_explain_nothing() -> None:
    desk = Desk().feed(
        works("DSL-1", -10, 0, 60), works("DSL-1", -5, 0, 60, cancelled=True), during()
    )
    assert desk.causes() == ["DSL-1"]
    assert Answer.MAINTENANCE not in {v.answer for v in desk.outcome.verdicts}


def test_works_that_move_explain_the_new_hours_only() -> None:
    desk = Desk().feed(works("DSL-1", -10, 0, 60), works("DSL-1", -5, 600, 660), during())
    assert desk.causes() == ["DSL-1"]


def test_works_elsewhere_hide_no_failure() -> None:
    fault = calls(spread(customers_of("DSL-2/C1"), 7), 2, 4, ACCESS)
    desk = Desk().feed(works("DSL-1", -10, 0, 60), during(), fault)
    assert desk.causes() == ["DSL-2/C1"]


def test_a_failure_above_the_works_is_seen_beside_them() -> None:
    fault = calls(spread(under("DSL-2"), 12), 2, 3, ("no-internet", "no-internet", "no-tv"))
    desk = Desk().feed(works("DSL-1/C1", -10, 0, 60), fault)
    assert len(desk.announced()) == 1
    assert desk.causes() != ["DSL-1/C1"]


def test_works_explain_no_question_about_a_bill() -> None:
    call = ticket(under("DSL-1")[0], 10, "billing", id="bill")
    desk = Desk().feed(works("DSL-1", -10, 0, 60), call)
    assert desk.verdict("bill").answer is Answer.NO


def test_works_on_an_unknown_object_are_kept_and_explain_nothing() -> None:
    desk = Desk().feed(works("NOWHERE", -10, 0, 60), during())
    assert desk.causes() == ["DSL-1"]
