"""Incidents of the network: alarms of one cause, with or without anybody who calls."""

import pytest
from msgspec.structs import replace

from correlator.formats.wire import INCIDENTS, NETWORK
from correlator.model import (
    Action,
    Alarm,
    Answer,
    Incident,
    IncidentChanged,
    ReasonCode,
    State,
    Verb,
)
from correlator.service.hand import Hand
from tests.builders import (
    Desk,
    alarm,
    at,
    calls,
    catalog,
    customers_of,
    spread,
    ticket,
    under,
    works,
)

NODE = "DSL-1"
CARDS = [f"DSL-1/C{n}" for n in range(1, 5)]


def failing(minute: float = 1, node: str = NODE, state: str = "raised") -> list[Alarm]:
    """Return alarms of a DSLAM and four of its cards within a minute, the cards' first."""
    places = [*(f"{node}/C{n}" for n in range(1, 5)), node]
    return [alarm(where, minute + n / 6, state=state) for n, where in enumerate(places)]


def alone(desk: Desk) -> Incident:
    """Return the one candidate that began as alarms."""
    (found,) = [one for one in desk.candidates() if one.reason.code is ReasonCode.ALARMS_TOGETHER]
    return found


def test_alarms_of_one_cause_are_one_candidate_with_all_of_them() -> None:
    desk = Desk().feed(failing()).until(4)
    found = alone(desk)
    assert (found.domain, found.noc, found.announced) == (NODE, True, None)
    assert set(found.alarms) == {one.id for one in failing()}
    assert found.reason.numbers["equipment"] == 5
    assert [one.domain for one in desk.candidates()] == [NODE]  # none for each card beside it


def test_a_single_alarm_and_alarms_far_apart_are_no_incident_of_the_network() -> None:
    apart = [alarm("DSL-1/C1", 1), alarm("DSL-3/C1", 1.5), alarm("DSL-4/C2", 2)]
    desk = Desk().feed(apart).until(5)
    assert ReasonCode.ALARMS_TOGETHER not in {one.reason.code for one in desk.candidates()}


def test_two_equipments_that_fail_are_two_incidents_of_the_network() -> None:
    desk = Desk().feed(failing(), failing(1.1, "DSL-3")).until(4)
    assert {one.domain for one in desk.candidates()} == {"DSL-1", "DSL-3"}


def test_an_alarm_that_comes_later_is_part_of_it() -> None:
    desk = Desk().feed(failing()).until(4).feed(alarm("DSL-1/C5", 5)).until(7)
    assert "A-DSL-1/C5" in alone(desk).alarms


def test_it_is_over_when_nothing_of_it_stands_any_more() -> None:
    desk = Desk().feed(failing()).until(4)
    found = alone(desk)
    desk.feed(failing(20, state="cleared")).until(23)
    last = desk.outcome.incidents[found.id]
    assert (last.state, last.announced) == (State.CLOSED, None)
    assert last.ended is not None
    assert last.ended.code is ReasonCode.ALARM_CLEARED


def test_nobody_is_told_yes_by_alarms_alone() -> None:
    caller = ticket(customers_of("DSL-1/C1")[5], 6, "no-sync")
    desk = Desk().feed(failing()).until(4).feed(caller)
    verdict = desk.verdict(caller.id)
    assert verdict.answer in {Answer.PROBABLE, Answer.NO}
    assert verdict.cause in {"", NODE}


def test_once_a_person_has_confirmed_it_callers_are_told_yes() -> None:
    desk = Desk().feed(failing()).until(4)
    confirm = Action("X1", at(5), "X1", "anna", Verb.CONFIRM, alone(desk).id)
    first, second = (ticket(name, 7 + n, "no-sync") for n, name in enumerate(under(NODE)[3:5]))
    desk.feed(confirm, first, second)
    assert desk.outcome.incidents[confirm.incident].state is State.OPEN
    assert desk.verdict(second.id).answer is Answer.YES


def test_customers_who_call_make_it_a_generic_incident_that_keeps_its_alarms() -> None:
    desk = Desk().feed(failing(), calls(spread(under(NODE), 9), 6, 1)).until(40)
    incident = desk.incident()
    assert (incident.domain, incident.noc) == (NODE, True)
    assert set(incident.alarms) >= {one.id for one in failing()}


def test_alarms_below_an_announced_incident_are_part_of_it() -> None:
    desk = Desk().feed(calls(spread(under(NODE), 12), 1, 1)).until(20)
    assert desk.incident().domain == NODE
    desk.feed(failing(21)).until(25)
    assert set(desk.incident().alarms) >= {one.id for one in failing()}
    assert ReasonCode.ALARMS_TOGETHER not in {one.reason.code for one in desk.candidates()}


def test_works_under_way_make_none() -> None:
    desk = Desk().feed(works(NODE, -10, 0, 60), failing()).until(5)
    assert desk.candidates() == []


@pytest.mark.parametrize(("raises", "told"), [("nobody", False), ("noc", True)])
def test_the_noc_is_told_where_the_rule_says_so(raises: str, *, told: bool) -> None:
    edited = [
        replace(rule, predict=rule.predict and replace(rule.predict, raises=raises))
        for rule in catalog().rules
    ]
    in_force = replace(catalog(), version="edited", rules=tuple(edited))
    assert alone(Desk(in_force=in_force).feed(failing()).until(4)).noc is told


def topics(incident: Incident) -> list[str]:
    decided, change = Hand(), IncidentChanged(incident, "state")
    decided.effects.append(change)
    told = [message.topic for message in decided.messages((), ())]
    assert [message.topic for message in Hand().messages((), [change])] == told  # told again
    return told


def test_it_has_a_topic_of_its_own_and_both_once_customers_count() -> None:
    found = alone(Desk().feed(failing()).until(4))
    assert topics(found) == [NETWORK]
    announced = replace(found, announced=at(9), state=State.OPEN)
    assert topics(announced) == [INCIDENTS, NETWORK]
    assert topics(replace(announced, noc=False)) == [INCIDENTS]


def test_one_that_nobody_is_told_of_is_on_no_topic() -> None:
    assert topics(replace(alone(Desk().feed(failing()).until(4)), noc=False)) == []


def test_who_leads_next_tells_the_noc_again_of_what_stands() -> None:
    desk = Desk().feed(failing()).until(4)
    assert [change.incident.id for change in desk.engine.living()] == [alone(desk).id]


def all_of(node: str, minute: float, state: str = "raised") -> list[Alarm]:
    places = [*(f"{node}/C{n}" for n in range(1, 7)), node]
    return [alarm(where, minute + n / 10, state=state) for n, where in enumerate(places)]


def learned() -> Desk:
    """Return a desk that has seen DSLAMs, cards and a switch fail with others."""
    desk = Desk()
    for n, node in enumerate(("DSL-3", "DSL-4", "DSL-5")):
        desk.feed(all_of(node, 40 * n), all_of(node, 40 * n + 20, "cleared"))
    for minute, state in ((200, "raised"), (220, "cleared")):
        both = [*failing(minute, "DSL-3", state), *failing(minute, "DSL-4", state)]
        desk.feed(alarm("AGG-2", minute, state=state), both)
    return desk.until(299)


def test_what_comes_later_below_a_silent_cause_is_part_of_it_and_does_not_rename_it() -> None:
    desk = learned().feed(failing(300), failing(300.1, "DSL-2")).until(303)
    found = alone(desk)
    assert found.domain == "AGG-1"
    later = [alarm("DSL-1/C5", 315), alarm("DSL-1/C6", 315.1)]
    assert alone(desk.feed(later).until(318)).domain == "AGG-1"
    assert {"A-DSL-1/C5", "A-DSL-2"} <= set(desk.now(found).alarms)
    cleared = [alarm("DSL-1/C5", 330, state="cleared"), alarm("DSL-1/C6", 330, state="cleared")]
    assert alone(desk.feed(cleared).until(335)).id == found.id  # ten alarms stand
    desk.feed(failing(340, state="cleared"), failing(340, "DSL-2", "cleared")).until(343)
    assert desk.now(found).state is State.CLOSED


def test_two_that_turn_out_to_be_one_are_merged() -> None:
    cards = [alarm("DSL-2/C1", 300), alarm("DSL-2/C2", 300.1)]
    desk = learned().feed(failing(300), cards).until(302.5)
    first, second = sorted(desk.candidates(), key=lambda one: one.id)
    desk.feed(alarm("AGG-1", 303)).until(305)
    kept = alone(desk)
    assert kept.domain == "AGG-1"
    assert set(kept.alarms) == {*first.alarms, *second.alarms, "A-AGG-1"}
    (gone,) = (desk.now(one) for one in (first, second) if one.id != kept.id)
    assert (gone.state, gone.parent) == (State.MERGED, kept.id)


def test_alarms_that_join_one_that_was_predicted_are_told_to_the_noc_and_outlast_it() -> None:
    desk = learned().feed(alarm("DSL-1", 300)).until(315)
    (predicted,) = desk.candidates()
    assert (predicted.reason.code, predicted.noc) == (ReasonCode.PREDICTED, False)
    desk.feed(alarm(f"DSL-1/C{n}", 316 + n / 10) for n in range(1, 5)).until(320)
    assert (alone(desk).id, alone(desk).noc) == (predicted.id, True)
    desk.feed(alarm("DSL-1", 330, state="cleared")).until(334)
    assert alone(desk).id == predicted.id


def test_a_clear_that_comes_late_ends_nothing() -> None:
    desk = Desk().feed(failing(), alarm("DSL-1", 2, state="updated")).until(4)
    for one in failing(3, state="cleared")[:-1]:
        desk.feed(replace(one, arrived=at(5)))
    late = alarm("DSL-1", 1.9, state="cleared")
    desk.engine.handle(late)
    assert alone(desk.until(8)).reason.numbers["standing"] == 1


def test_where_a_person_finds_the_cause_elsewhere_the_alarms_stay() -> None:
    desk = Desk().feed(failing()).until(4)
    found = alone(desk)
    assert not desk.act("confirm", found, 5)
    assert not desk.act("scope", found, 6, domain="AGG-1")
    desk.feed(alarm("DSL-1/C5", 7)).until(9)
    now = desk.now(found)
    assert (now.domain, now.state, now.equivalents) == ("AGG-1", State.OPEN, ())
    assert "A-DSL-1/C5" in now.alarms
    assert desk.candidates() == []


def test_an_engine_restored_in_the_middle_goes_on_alike() -> None:
    first, second = failing()[:3], [*failing()[3:], alarm("DSL-1/C5", 3)]
    desk = Desk().feed(first)
    other = Desk(cold=True)
    other.engine.restore(desk.engine.snapshot())
    assert desk.feed(second).until(6).candidates() == other.feed(second).until(6).candidates()


def test_an_alarm_that_comes_again_on_other_equipment_is_followed_there() -> None:
    """Some sources number their alarms by line, and use the numbers again."""
    moved = alarm("DSL-1/C6", 6, id="A-DSL-1/C1")
    desk = Desk().feed(failing()).feed(alarm("DSL-1/C1", 5, state="cleared"), moved).until(8)
    assert alone(desk).reason.numbers["standing"] == 5
    left = [*failing(10, state="cleared")[1:], alarm("DSL-1/C6", 10, id=moved.id, state="cleared")]
    desk.feed(left).until(140)  # it is forgotten, wherever its alarms were
    desk.feed(failing(150)).until(153)
    assert alone(desk).reason.numbers["standing"] == 5


def test_the_noc_is_told_though_two_have_called_before() -> None:
    two = calls(spread(under(NODE), 2), 0, 0.5)
    desk = Desk().feed(two, failing()).until(5)
    (found,) = desk.candidates()
    assert found.reason.code is ReasonCode.BELOW_DIAL
    assert (found.domain, found.noc) == (NODE, True)
    desk.until(60 * 12)
    assert desk.now(found).state is State.CLOSED  # nobody else has called
    assert (alone(desk).domain, alone(desk).noc) == (NODE, True)  # the alarms stand


def test_one_that_a_person_has_rejected_does_not_come_back_with_the_next_alarm() -> None:
    desk = Desk().feed(failing()).until(4)
    assert not desk.act("reject", alone(desk), 5, code="false")
    assert desk.feed(alarm("DSL-1/C5", 8)).until(12).candidates() == []
    cleared = [*failing(20, state="cleared"), alarm("DSL-1/C5", 20, state="cleared")]
    assert desk.feed(cleared, failing(300)).until(303).candidates() != []  # another failure


def test_the_right_cause_that_a_person_has_named_stays() -> None:
    desk = Desk().feed(failing()).until(4)
    found = alone(desk)
    assert not desk.act("scope", found, 5, domain="AGG-1")
    desk.feed(alarm("DSL-1/C5", 7), alarm("DSL-1/C6", 7.1)).until(10)
    assert desk.now(found).domain == "AGG-1"


def test_alarms_whose_clear_never_comes_do_not_stand_for_ever() -> None:
    desk = Desk().feed(failing()).until(4)
    found = alone(desk)
    desk.until(60 * 24 * 31)
    assert desk.now(found).state is State.CLOSED
    assert not desk.candidates()


def test_what_failed_while_works_were_under_way_is_told_once_they_should_be_over() -> None:
    desk = Desk().feed(works(NODE, -10, 0, 60), failing()).until(50)
    assert desk.candidates() == []
    assert alone(desk.until(64)).domain == NODE


def test_its_alarms_are_those_of_the_incident_that_callers_make_of_it() -> None:
    """The candidate is of three cards; then callers from the whole DSLAM make it another one."""
    cards = [alarm(f"DSL-1/C{n}", 300 + n / 10) for n in range(1, 4)]
    desk = learned().feed(cards).until(303)
    before = {one.id for one in desk.candidates()}
    callers = spread(under(NODE), 12)
    desk.feed(calls(callers, 303, 0.4)).until(312)
    incident = desk.incident()
    assert set(incident.alarms) >= {one.id for one in cards}
    assert {desk.outcome.incidents[one].state for one in before} <= {State.MERGED, State.OPEN}
