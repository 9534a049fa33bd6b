"""Alarms: evidence beside tickets, predicted incidents, and what they must not do."""

import pytest

from correlator.model import MINUTE, AlarmKept, Answer, IncidentChanged, ReasonCode, State
from tests.builders import START, Desk, alarm, at, calls, customers_of, load, spread, ticket
from topology import Topology

CARD = customers_of("DSL-1/C1")


def test_an_alarm_on_an_unknown_object_is_kept_and_does_nothing() -> None:
    desk = Desk().feed(alarm("NOWHERE/C9", 0)).until(60)
    (kept,) = desk.of(AlarmKept)
    assert not kept.known
    assert desk.of(IncidentChanged) == []


def faults(desk: Desk) -> list[tuple[float, str, str]]:
    """Return of every record the minute, cause and severity of the fault that it tells of."""
    return [
        ((one.raised - START) / MINUTE if one.raised else -1, one.cause, one.severity)
        for one in desk.of(AlarmKept)
    ]


def test_a_clear_tells_of_the_fault_that_was_raised() -> None:
    """Though it repeats neither cause nor severity, as most do."""
    over = alarm("DSL-1/C1", 20, state="cleared", cause="", severity="cleared")
    desk = Desk().feed(alarm("DSL-1/C1", 3, occurred=at(1)), over)
    assert faults(desk) == [(1, "lossOfSignal", "critical")] * 2


def test_an_alarm_that_gets_worse_is_the_same_fault() -> None:
    worse = alarm("DSL-1/C1", 5, state="updated", severity="critical")
    desk = Desk().feed(alarm("DSL-1/C1", 1, severity="minor"), worse)
    assert faults(desk) == [(1, "lossOfSignal", "minor"), (1, "lossOfSignal", "critical")]


def test_the_same_alarm_later_is_another_fault() -> None:
    desk = Desk().feed(
        alarm("DSL-1/C1", 1), alarm("DSL-1/C1", 5, state="cleared"), alarm("DSL-1/C1", 9)
    )
    assert [minute for minute, _, _ in faults(desk)] == [1, 1, 9]


def test_a_record_that_comes_late_tells_of_no_fault() -> None:
    """Else an alarm that has cleared would stand again for whoever looks at it."""
    desk = Desk().feed(alarm("DSL-1/C1", 1), alarm("DSL-1/C1", 5, state="cleared"))
    desk.engine.handle(alarm("DSL-1/C1", 6, id="other"))
    (kept,) = [e for e in desk.engine.handle(alarm("DSL-1/C1", 4)) if isinstance(e, AlarmKept)]
    assert kept.raised == 0


@pytest.mark.parametrize(("where", "state"), [("DSL-1/C1", "cleared"), ("NOWHERE", "raised")])
def test_the_clear_of_nothing_and_what_nobody_knows_tell_of_no_fault(
    where: str, state: str
) -> None:
    assert faults(Desk().feed(alarm(where, 1, state=state))) == [(-1, "", "")]


def test_an_alarm_without_tickets_is_a_candidate_that_nobody_is_told_of() -> None:
    desk = Desk().feed(alarm("DSL-1/C1", 0)).until(20)
    (candidate,) = desk.candidates()
    assert candidate.domain == "DSL-1/C1"
    assert candidate.reason.code is ReasonCode.PREDICTED
    assert candidate.announced is None


def test_a_predicted_incident_fades_when_its_alarm_clears() -> None:
    desk = Desk().feed(alarm("DSL-1/C1", 0), alarm("DSL-1/C1", 20, state="cleared"))
    assert desk.candidates() == []
    (incident,) = desk.outcome.incidents.values()
    assert incident.state is State.CLOSED
    assert incident.ended is not None
    assert incident.ended.code is ReasonCode.ALARM_CLEARED
    assert desk.announced() == []


def test_an_alarm_that_clears_at_once_predicts_nothing() -> None:
    desk = Desk().feed(alarm("DSL-1/C1", 0), alarm("DSL-1/C1", 2, state="cleared")).until(60)
    assert desk.of(IncidentChanged) == []


def test_callers_turn_a_predicted_incident_into_an_announced_one() -> None:
    desk = Desk().feed(alarm("DSL-1/C1", 0), calls(spread(CARD, 5), 10, 3))
    incident = desk.incident()
    assert incident.reason.code is ReasonCode.BURST_WITH_ALARM
    assert incident.alarms == ("A-DSL-1/C1",)
    assert len(desk.outcome.incidents) == 1


def test_the_first_caller_of_a_predicted_incident_reads_probable() -> None:
    desk = Desk().feed(alarm("DSL-1/C1", 0), ticket(CARD[0], 10, id="first"))
    assert desk.verdict("first").answer is Answer.PROBABLE


def test_alarms_alone_announce_nothing_however_many() -> None:
    storm = [alarm(f"DSL-2/C{c}", c) for c in range(1, 7)]
    desk = Desk().feed(alarm("DSL-2", 0), storm).until(120)
    assert desk.announced() == []


def test_a_parent_whose_children_alarm_is_predicted_once() -> None:
    storm = [alarm(f"DSL-2/C{c}", 0.5 + c / 10) for c in range(1, 7)]
    desk = Desk().feed(alarm("DSL-2", 0), storm).until(30)
    assert [c.domain for c in desk.candidates()] == ["DSL-2"]


def test_the_same_alarm_may_be_raised_again_after_its_clear() -> None:
    flaps = [alarm("DSL-1/C1", m, state="cleared" if m % 2 else "raised") for m in range(7)]
    desk = Desk().feed(flaps).until(30)
    (candidate,) = desk.candidates()
    assert candidate.domain == "DSL-1/C1"


def test_cosmetic_alarms_make_no_incident_of_two_callers() -> None:
    fan = alarm("DSL-1/C1", 0, cause="fanFailure", severity="minor")
    desk = Desk().feed(fan, calls(spread(CARD, 2), 5, 20, ("slow", "no-tv"))).until(120)
    assert desk.announced() == []


def test_a_class_of_alarms_that_customers_never_follow_falls_silent() -> None:
    cries = [
        alarm("DSL-3/C2", 60 * n + m, state=state, id=f"cry-{n}")
        for n in range(60)
        for m, state in ((0, "raised"), (12, "cleared"))
    ]
    desk = Desk().feed(cries)
    before = len(desk.of(IncidentChanged))
    end = 60 * 60
    desk.feed(alarm("DSL-3/C3", end, id="one-more")).until(end + 30)
    assert len(desk.of(IncidentChanged)) == before


def test_an_alarm_that_clears_no_longer_speaks_for_its_passive_children() -> None:
    flaps = [
        alarm("AGG-1", n + part / 2, state=state)
        for n in range(60)
        for part, state in enumerate(("raised", "cleared"))
    ]
    desk = Desk().feed(flaps, alarm("DSL-3", 70))  # no card has ever alarmed: cards are passive
    assert desk.alarm_boost("DSL-3/C2") > 0
    desk.feed(alarm("DSL-3", 72, state="cleared"))
    assert desk.alarm_boost("DSL-3/C2") == 0


def managed() -> Topology:
    """Return two DSLAMs of 120 lines that supervision sees through a router of its own."""
    nodes = ("DSL-1", "DSL-2")
    return load(
        [("AGG", "aggregation-switch"), ("OOB", "router"), *((node, "dslam") for node in nodes)],
        [
            *((node, "AGG", "") for node in nodes),
            *((node, "OOB", "", "management") for node in nodes),
        ],
        [(f"{node}:{n}", node, "9") for node in nodes for n in range(120)],
    )


@pytest.mark.parametrize("first", ["OOB", "DSL-1"])
def test_equipment_that_supervision_cannot_reach_has_not_failed(first: str) -> None:
    other = "DSL-1" if first == "OOB" else "OOB"
    desk = Desk(inventory=managed()).feed(alarm(first, 0), alarm(other, 0.5))
    if first == "OOB":
        assert desk.alarm_boost("DSL-1") == 0.0
    desk.until(30)
    assert "DSL-1" not in {one.domain for one in desk.candidates()}
    callers = [f"DSL-1:{n}" for n in range(0, 80, 20)]
    asked = Desk(inventory=managed()).feed(alarm("DSL-1", 0), calls(callers, 2, 3))
    unseen = Desk(inventory=managed()).feed(
        alarm("OOB", 0), alarm("DSL-1", 0.5), calls(callers, 2, 3)
    )
    assert unseen.outcome.effects
    gains = [max((o.evidence.alarm_gain for o in d.outcome.incidents.values() if o.evidence
                  and o.domain == "DSL-1"), default=0.0) for d in (asked, unseen)]  # fmt: skip
    assert gains[0] > 2.0
    assert gains[1] <= 0.0


def test_equipment_that_alarmed_before_what_it_is_seen_through_counts() -> None:
    desk = Desk(inventory=managed()).feed(alarm("DSL-1", 0), alarm("OOB", 10))
    assert desk.alarm_boost("DSL-1") > 2.0
