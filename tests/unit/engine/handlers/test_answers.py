"""What keeps a ticket out of an incident that is near, and by how much."""

import pytest

from correlator.model import MINUTE, Answer, Event, Reason, ReasonCode, State
from tests.builders import Desk, at, calls, customers_of, spread, ticket

CARD = "DSL-1/C1"


def fault(start: float) -> list[Event]:
    return calls(spread(customers_of(CARD), 7), start, 4, ("no-sync", "no-internet"))


@pytest.fixture
def desk() -> Desk:
    """Return a desk on which the card has failed from minute 30 and is announced."""
    return Desk().feed(fault(30))


def kept_out(desk: Desk, *told: object) -> Reason:
    desk.feed(ticket(*told[:2], *told[2:], id="P"))  # type: ignore[arg-type]
    verdict = desk.verdict("P")
    assert verdict.answer is Answer.NO
    assert verdict.incident == ""  # it points to none: only its reason names the nearest
    return verdict.reason


def test_a_line_beside_the_cause_is_told_where_the_ways_part(desk: Desk) -> None:
    reason = kept_out(desk, customers_of("DSL-1/C2")[3], 60)
    assert reason.code is ReasonCode.NOT_BELOW
    assert reason.numbers == {
        "incident": desk.incident().id,
        "domain": CARD,
        "below": 30,
        "shared": "DSL-1",
        "lines": 180,
    }


def test_the_nearest_common_equipment_is_named(desk: Desk) -> None:
    reason = kept_out(desk, customers_of("DSL-2/C2")[3], 60)
    assert (reason.code, reason.numbers["shared"]) == (ReasonCode.NOT_BELOW, "AGG-1")


def test_a_line_that_shares_no_equipment_has_no_incident_near(desk: Desk) -> None:
    reason = kept_out(desk, customers_of("DSL-4/C2")[0], 60)
    assert reason.code is ReasonCode.NO_INCIDENT


def test_what_no_failure_causes_is_another_symptom_below_and_nothing_beside(desk: Desk) -> None:
    beside = desk.feed(ticket(customers_of("DSL-1/C2")[4], 60, "billing", id="B")).verdict("B")
    assert beside.reason.code is ReasonCode.NO_INCIDENT
    reason = kept_out(desk, customers_of(CARD)[3], 61, "billing")
    assert reason.code is ReasonCode.OTHER_SYMPTOM
    assert reason.numbers["symptom"] == "billing"
    assert (reason.numbers["probability"], reason.numbers["needed"]) == (0.0, 0.2)


def test_a_call_from_before_the_onset_is_told_by_how_much(desk: Desk) -> None:
    desk.feed(ticket(customers_of(CARD)[5], 62, occurred=at(5), id="P"))
    reason = desk.verdict("P").reason
    assert (reason.code, reason.numbers["minutes"]) == (ReasonCode.BEFORE_ONSET, 25)


def test_a_call_long_after_the_end_is_told_by_how_much(desk: Desk) -> None:
    over = desk.until(150).incident()
    assert over.state is State.RESOLVED
    assert over.resolved is not None
    reason = kept_out(desk, customers_of(CARD)[7], 180)
    assert reason.code is ReasonCode.AFTER_END
    assert reason.numbers["minutes"] == round((at(180) - over.resolved) / MINUTE)
    assert 0 < reason.numbers["probability"] < reason.numbers["needed"]


def test_without_a_live_incident_nothing_is_near() -> None:
    assert kept_out(Desk(), customers_of(CARD)[3], 60).code is ReasonCode.NO_INCIDENT


def test_an_incident_that_is_over_keeps_no_line_beside_it_out(desk: Desk) -> None:
    desk.until(590)
    assert kept_out(desk, customers_of("DSL-1/C2")[3], 600).code is ReasonCode.NO_INCIDENT
