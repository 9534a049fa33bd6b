"""Which cause is named, and how often: failures of every size, alone and together."""

import dataclasses
from typing import Any

import pytest

from correlator.engine.localisation import Cause
from correlator.model import Answer, ReasonCode, State
from tests.builders import (
    NEW,
    Desk,
    alarm,
    at,
    calls,
    cards,
    customers_of,
    firmware,
    load,
    network,
    ordinary,
    spread,
    ticket,
    under,
)
from topology import Topology

ACCESS = ("no-sync", "no-sync", "no-internet")
SWITCH = ("no-internet", "no-internet", "no-tv", "no-phone", "no-internet")


def card_fault(card: str, start: float = 0, count: int = 7, every: float = 4) -> list:
    return calls(spread(customers_of(card), count), start, every, ACCESS)


def test_a_silent_card_fault_is_found_from_its_first_callers_and_named_right() -> None:
    desk = Desk().feed(card_fault("DSL-1/C1"))
    incident = desk.incident()
    assert incident.first_domain == "DSL-1/C1"
    assert incident.rule == "access-line-card"
    assert desk.minute_of(incident) <= 12  # the fourth caller
    assert len(desk.linked(incident)) == 7


def test_the_onset_of_a_silent_fault_is_its_first_call() -> None:
    desk = Desk().feed(card_fault("DSL-1/C1", start=3))
    assert desk.incident().onset == at(3)


def test_callers_after_the_announcement_read_yes_and_earlier_ones_did_not() -> None:
    desk = Desk().feed(card_fault("DSL-1/C1"))
    answers = [v.answer for v in desk.outcome.verdicts]
    assert answers[0] is Answer.NO
    assert answers[-1] is Answer.YES
    assert desk.outcome.verdicts[-1].cause == "DSL-1/C1"


def test_a_dslam_with_alarms_is_named_not_one_of_its_cards() -> None:
    children = [alarm(f"DSL-2/C{c}", 1, severity="major") for c in range(1, 7)]
    symptoms = ("no-sync", "no-internet", "no-sync", "no-phone")
    fault = calls(spread(under("DSL-2"), 10), 3, 2, symptoms)
    desk = Desk().feed(alarm("DSL-2", 1), children, fault)
    incident = desk.incident()
    assert (incident.domain, incident.rule) == ("DSL-2", "access-node")
    assert "A-DSL-2" in incident.alarms
    assert incident.onset == at(1)


def test_an_alarm_on_the_spot_brings_the_announcement_forward() -> None:
    silent = Desk().feed(card_fault("DSL-1/C1", start=5))
    told = Desk().feed(alarm("DSL-1/C1", 2), card_fault("DSL-1/C1", start=5))
    assert told.causes() == silent.causes() == ["DSL-1/C1"]
    assert told.minute_of(told.incident()) < silent.minute_of(silent.incident())


def test_between_a_dslam_that_alarms_and_its_one_card_that_calls_another_caller_decides() -> None:
    story = [alarm("DSL-1", 1), *card_fault("DSL-1/C1", start=3, count=3)]
    waiting = Desk().feed(story)
    assert waiting.announced() == []
    (candidate,) = waiting.candidates()
    assert candidate.reason.code is ReasonCode.IN_DOUBT
    numbers = candidate.reason.numbers
    assert {numbers["best"], numbers["rival"]} == {"DSL-1", "DSL-1/C1"}
    beside = Desk().feed(story, ticket(customers_of("DSL-1/C4")[3], 15, "no-sync"))
    assert (beside.causes(), beside.minute_of(beside.incident())) == (["DSL-1"], 15)


def test_a_toss_between_two_causes_waits_for_more_than_four_callers() -> None:
    alarmed = alarm("DSL-1", 1)
    four = Desk().feed(alarmed, card_fault("DSL-1/C1", start=3, count=4))
    assert four.announced() == []
    five = Desk().feed(alarmed, card_fault("DSL-1/C1", start=3, count=5))
    assert five.causes() == ["DSL-1/C1"]
    assert five.candidates() == []  # it was the candidate


def test_a_cause_beyond_doubt_does_not_wait_for_a_fourth_caller() -> None:
    desk = Desk().feed(alarm("DSL-1/C1", 1), card_fault("DSL-1/C1", start=3, count=2))
    assert desk.causes() == ["DSL-1/C1"]


def test_a_ticket_that_a_doubtful_failure_may_explain_reads_probable() -> None:
    story = [alarm("DSL-1", 1), *card_fault("DSL-1/C1", start=3, count=3)]
    desk = Desk().feed(story, ticket(customers_of("DSL-1/C1")[7], 13, "no-sync", id="fourth"))
    told = desk.verdict("fourth")
    assert (told.answer, told.reason.code) == (Answer.PROBABLE, ReasonCode.IN_DOUBT)


def test_a_larger_failure_that_begins_an_hour_later_is_another_incident() -> None:
    small = [alarm("DSL-1", 0), *calls(spread(under("DSL-1"), 4), 1, 8, ACCESS)]
    large = calls(spread(under("DSL-1", "DSL-2"), 40), 90, 0.5, SWITCH)
    desk = Desk().feed(small, large)
    first, second = desk.announced()
    assert (first.first_domain, first.domain, second.domain) == ("DSL-1", "DSL-1", "AGG-1")
    assert len(desk.linked(first)) >= 4
    assert desk.minute_of(second) > 90


def test_an_incident_that_is_nearly_over_does_not_keep_a_wider_cause_from_being_named() -> None:
    over = [alarm("DSL-2/C1", 0), *calls(spread(customers_of("DSL-2/C1"), 4), 1, 8, ACCESS)]
    one_side = calls(spread(under("DSL-1"), 5), 90, 1, SWITCH)
    both = calls(spread(under("DSL-1", "DSL-2"), 30)[1:], 96, 1, SWITCH)
    desk = Desk().feed(over, alarm("DSL-1", 89), one_side, both)
    assert [incident.first_domain for incident in desk.announced()] == ["DSL-2/C1", "DSL-1"]
    assert desk.causes() == ["DSL-2/C1", "AGG-1"]


def test_a_cause_named_too_large_is_narrowed_while_a_platform_fails_as_well() -> None:
    viewers = [c for card in cards() for c in customers_of(card) if int(c.split(":")[1]) % 3 < 2]
    television = calls(spread(viewers, 80), -20, 1, ("no-tv",))
    everywhere = calls(spread(under("DSL-1"), 4), 2, 1, ("no-sync",))
    card = calls(spread(customers_of("DSL-1/C1"), 24)[1:], 7, 3, ACCESS)
    desk = Desk().feed(television, alarm("DSL-1", 1), everywhere, card)
    assert [incident.first_domain for incident in desk.announced()] == ["TV", "DSL-1"]
    assert desk.causes() == ["TV", "DSL-1/C1"]


def test_a_failed_switch_is_not_blamed_for_customers_who_have_another_way() -> None:
    hit = spread(under("DSL-1", "DSL-2"), 20)
    desk = Desk().feed(calls(hit, 0, 1.5, SWITCH))
    assert desk.causes() == ["AGG-1"]
    assert desk.incident().customers == len(under("DSL-1", "DSL-2"))
    late = ticket(under("DSL-5")[0], 31, "no-internet", id="elsewhere")
    desk.feed(late)
    assert desk.verdict("elsewhere").answer is Answer.NO


def test_the_failure_of_a_doubly_connected_dslam_is_its_own_not_an_uplinks() -> None:
    desk = Desk().feed(calls(spread(under("DSL-5"), 10), 0, 3, ACCESS))
    assert desk.causes() == ["DSL-5"]


def test_a_firmware_fault_is_named_though_its_customers_are_everywhere() -> None:
    hit = spread(under(f"cpe_firmware={NEW}"), 24)
    symptoms = ("box-reboot", "no-internet", "box-reboot", "wifi", "box-reboot")
    desk = Desk().feed(calls(hit, 0, 4, symptoms))
    incident = desk.incident()
    assert incident.domain == f"cpe_firmware={NEW}"
    assert incident.state is State.PROPOSED  # the rule waits for the cell


def test_a_surge_from_outside_is_one_incident_without_cause() -> None:
    desk = Desk().feed(calls(spread(under("*")[::7], 120), 0, 0.5, ("no-internet", "slow", "slow")))
    assert desk.causes() == [""]
    assert desk.incident().rule in {"outside-network", "outside-sites"}


def site() -> Topology:
    """Return two buildings over four DSLAMs each, 1,200 lines below either."""
    nodes = {f"DSL-{n}": "SITE-1" if n < 5 else "SITE-2" for n in range(1, 9)}
    return load(
        [("SITE-1", "building"), ("SITE-2", "building"), *((node, "dslam") for node in nodes)],
        [(node, above, "") for node, above in nodes.items()],
        [(f"{node}:{line}", node, firmware(line)) for node in nodes for line in range(300)],
    )


def test_a_wide_cause_is_weighed_as_if_what_it_takes_over_explained_nothing() -> None:
    """Of more than a thousand lines three calls must be put down to it."""
    nodes = [f"DSL-{number}" for number in range(1, 5)]
    below = [
        calls([f"{node}:{n}" for n in range(20)], k, 1, ACCESS) for k, node in enumerate(nodes)
    ]
    desk = Desk(inventory=site()).feed(*(alarm(node, 0) for node in nodes), *below)
    assert desk.announced()[0].first_domain == "DSL-1"
    assert [one.domain for one in desk.announced() if one.state is not State.MERGED] == ["SITE-1"]


def test_what_alarms_below_an_incident_has_alarmed_because_of_it() -> None:
    """Two more callers than expected are no second failure, whatever alarms on the spot."""
    lines = [f"DSL-{1 + n % 4}:{n}" for n in range(40)]
    nodes = [alarm(f"DSL-{number}", 1) for number in range(1, 5)]
    more = calls([f"DSL-2:{n}" for n in range(100, 104)], 16, 0.2, ACCESS)
    desk = Desk(inventory=site()).feed(
        alarm("SITE-1", 0), *nodes, calls(lines, 2, 0.5, ACCESS), more
    )
    assert desk.causes() == ["SITE-1"]


def test_two_faults_at_once_stay_two() -> None:
    desk = Desk().feed(card_fault("DSL-1/C1"), card_fault("DSL-3/C4", start=1))
    assert sorted(desk.causes()) == ["DSL-1/C1", "DSL-3/C4"]
    for incident in desk.announced():
        linked = desk.linked(incident)
        assert len(linked) == 7
        assert all(name.startswith(f"T-{incident.domain}:") for name in linked)


def test_two_cards_of_one_dslam_are_two_causes_while_the_other_cards_are_quiet() -> None:
    desk = Desk().feed(card_fault("DSL-1/C1", count=9), card_fault("DSL-1/C4", start=1, count=9))
    assert sorted(desk.causes()) == ["DSL-1/C1", "DSL-1/C4"]


def test_a_switch_stays_the_cause_though_its_two_halves_would_explain_the_calls_as_well() -> None:
    halves = [calls(spread(under(node), 100), 0, 0.4, ACCESS[1:]) for node in ("DSL-1", "DSL-2")]
    desk = Desk().feed(*halves)
    assert desk.causes() == ["AGG-1"]
    assert len(desk.linked(desk.incident())) > 190


def test_a_second_failure_of_a_card_the_same_day_is_a_second_incident() -> None:
    others = customers_of("DSL-1/C1")[1::2]
    desk = Desk().feed(card_fault("DSL-1/C1"), calls(spread(others, 7), 240, 4, ACCESS))
    first, second = desk.announced()
    assert first.domain == second.domain == "DSL-1/C1"
    assert first.id != second.id
    assert first.state is State.RESOLVED


def test_an_alarm_long_after_the_last_one_cleared_begins_a_second_failure() -> None:
    """Late callers keep the first one alive; the network says that it was over."""
    callers = spread(under("DSL-1"), 150)
    story = [
        alarm("DSL-1", -1, id="first"),
        *calls(callers[:20], 0, 2, ACCESS),
        alarm("DSL-1", 45, id="first", state="cleared"),
        *calls(callers[20:27], 50, 18, ACCESS),
    ]
    again = [alarm("DSL-1", 171, id="again"), *calls(callers[30:50], 172, 2, ACCESS)]
    assert Desk().feed(story).incident().state is not State.RESOLVED
    first, second = Desk().feed(story, again).announced()
    assert (first.domain, second.domain) == ("DSL-1", "DSL-1")
    assert first.ended is not None
    assert first.ended.code is ReasonCode.FAILS_AGAIN


def test_an_alarm_that_flaps_is_one_failure() -> None:
    flaps = [
        alarm("DSL-1", 10 * n + at, id="flap", state=state)
        for n in range(9)
        for at, state in ((-1, "raised"), (4, "cleared"))
    ]
    desk = Desk().feed(flaps, calls(spread(under("DSL-1"), 45), 0, 2, ACCESS))
    assert desk.causes() == ["DSL-1"]


def test_the_same_customers_may_call_about_a_second_failure() -> None:
    desk = Desk().feed(card_fault("DSL-1/C1"), card_fault("DSL-1/C1", start=240))
    assert desk.causes() == ["DSL-1/C1", "DSL-1/C1"]


def test_more_calls_within_the_hold_are_the_same_incident() -> None:
    others = customers_of("DSL-1/C1")[1::2]
    desk = Desk().feed(card_fault("DSL-1/C1"), calls(spread(others, 5), 40, 6, ACCESS))
    assert desk.causes() == ["DSL-1/C1"]


def test_an_incident_resolves_when_nobody_calls_any_more_and_closes_later() -> None:
    desk = Desk().feed(card_fault("DSL-1/C1")).until(4 * 60)
    incident = desk.incident()
    assert incident.state is State.RESOLVED
    assert desk.until(30 * 60).now(incident).state is State.CLOSED


def test_an_incident_stays_open_while_its_alarm_stands() -> None:
    desk = Desk().feed(alarm("DSL-1/C1", 0), card_fault("DSL-1/C1", start=3)).until(5 * 60)
    assert desk.incident().state is State.OPEN
    desk.feed(alarm("DSL-1/C1", 300, state="cleared")).until(5 * 60 + 30)
    assert desk.incident().state is State.RESOLVED


def test_a_caller_after_the_end_reads_restored() -> None:
    desk = Desk().feed(card_fault("DSL-1/C1")).until(60)
    assert desk.incident().state is State.RESOLVED
    desk.feed(ticket(customers_of("DSL-1/C1")[1], 66, id="late"))
    assert desk.verdict("late").answer is Answer.RESTORED


def test_an_ordinary_day_raises_nothing() -> None:
    desk = Desk().feed(ordinary(0, 24 * 60)).until(24 * 60)
    assert desk.announced() == []


def test_two_neighbours_are_chance() -> None:
    desk = Desk().feed(calls(spread(customers_of("DSL-1/C1"), 2), 0, 30, ("no-sync", "slow")))
    assert desk.until(180).announced() == []


def test_a_customer_who_calls_again_and_again_is_one_customer() -> None:
    caller = customers_of("DSL-1/C1")[0]
    desk = Desk().feed(calls([caller] * 8, 0, 5))
    assert desk.announced() == []


def test_what_no_failure_causes_is_never_raised() -> None:
    desk = Desk().feed(calls(spread(customers_of("DSL-1/C1"), 10), 0, 3, ("billing",)))
    assert desk.announced() == []


def test_a_trouble_nobody_has_named_yet_can_still_burst() -> None:
    hit = spread(under("DSL-1"), 14)
    desk = Desk().feed(calls(hit, 0, 3, ("purple-picture",)))
    assert desk.causes() == ["DSL-1"]
    assert desk.incident().symptom == "purple-picture"


def test_what_is_told_says_how_many_of_the_neighbours_are_well() -> None:
    incident = Desk().feed(card_fault("DSL-1/C1")).incident()
    assert (incident.healthy, incident.siblings) == (5, 5)
    assert incident.rivals
    assert incident.rivals[0].domain in {"DSL-1", *cards()}


@pytest.mark.parametrize(("where", "explains"), [("TV", 0), ("*", 0), ("*", 12)])
def test_a_cause_that_no_call_can_be_put_down_to_takes_nobodys_place(
    monkeypatch: pytest.MonkeyPatch, where: str, explains: int
) -> None:
    """A little more than usual from a million lines gains more than a card's ten callers do.

    `explains`: how many would rather be its callers than nobody's; each of them hardly.
    """
    desk = Desk().feed(card_fault("DSL-1/C1", count=4))
    localiser, window = desk.inside.reasoning.localiser, desk.inside.owners.calls
    some = tuple(sorted(window.state()["positions"].values())[-12:])
    weigh, wide = localiser.weigh, network().domain(where)

    def everybody_a_little(domain: int, *how: Any) -> Cause | None:
        found = weigh(domain, *how)
        if domain != wide or found is None:
            return found
        hardly = dataclasses.replace(found, gain=99.0, alarm=0.0, onset=0.0, rate=1e-6)
        return dataclasses.replace(hardly, callers=some[:explains])

    monkeypatch.setattr(localiser, "weigh", everybody_a_little)
    desk.feed(card_fault("DSL-1/C1", start=18, count=12)[4:])
    assert desk.causes() == ["DSL-1/C1"]
