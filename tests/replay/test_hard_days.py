"""What real feeds do to whoever watches them, one trouble at a time."""

from collections.abc import Sequence
from random import Random

import msgspec
import pytest

from correlator.model import (
    MINUTE,
    Answer,
    Event,
    Incident,
    IncidentChanged,
    ReasonCode,
    State,
    Ticket,
)
from tests.builders import (
    NEW,
    ORDINARY,
    Desk,
    alarm,
    at,
    calls,
    cards,
    customers_of,
    ordinary,
    spread,
    ticket,
    under,
    works,
)

ACCESS = ("no-sync", "no-sync", "no-internet")
SWITCH = ("no-internet", "no-internet", "no-tv", "no-phone", "no-internet")
BOX = ("box-reboot", "no-internet", "box-reboot", "wifi", "box-reboot")
SURGE = ("no-internet", "slow", "slow")
BELOW_2 = [card for card in cards() if card.startswith("DSL-2/")]


def failure(
    where: str, count: int, start: float = 0, every: float = 4, symptoms: Sequence[str] = ACCESS
) -> list[Event]:
    return calls(spread(under(where), count), start, every, symptoms)


def versions(desk: Desk, incident: Incident) -> list[Incident]:
    """Return everything that was said of an incident, in order."""
    told = [change.incident for change in desk.of(IncidentChanged)]
    return [one for one in told if one.id == incident.id]


def moves(desk: Desk, incident: Incident) -> list[State]:
    """Return the states that an incident went through."""
    states = [one.state for one in versions(desk, incident)]
    return [state for n, state in enumerate(states) if n == 0 or state != states[n - 1]]


# ------------------------------------------------------------------------------ silent faults


@pytest.mark.parametrize(
    ("where", "count", "every", "symptoms"),
    [
        ("DSL-2/C3", 7, 4, ACCESS),
        ("DSL-2", 10, 3, ACCESS),
        ("AGG-2", 20, 1.5, SWITCH),
        ("TV", 30, 2, ("no-tv",)),
        (f"cpe_firmware={NEW}", 24, 4, BOX),
    ],
)
def test_a_fault_without_any_alarm_is_found_at_every_level(
    where: str, count: int, every: float, symptoms: Sequence[str]
) -> None:
    desk = Desk().feed(ordinary(0, 240), failure(where, count, 7, every, symptoms))
    incident = desk.incident()
    assert incident.first_domain == where
    assert incident.reason.code is ReasonCode.BURST
    assert incident.alarms == ()


# ------------------------------------------------------------------------ predicted incidents


def test_a_predicted_incident_is_announced_once_when_the_tickets_come_under_its_number() -> None:
    desk = Desk().feed(alarm("DSL-1/C1", 0)).until(15)
    (candidate,) = desk.candidates()
    assert candidate.reason.code is ReasonCode.PREDICTED
    assert desk.announced() == []
    desk.feed(failure("DSL-1/C1", 9, 16))
    incident = desk.incident()
    assert incident.id == candidate.id
    assert moves(desk, incident) == [State.CANDIDATE, State.OPEN]
    assert {one.announced for one in versions(desk, incident)} == {None, incident.announced}
    assert desk.minute_of(incident) > 16


def test_a_prediction_that_nobody_calls_about_fades_with_its_alarms() -> None:
    storm = [alarm(place, 0.5) for place in BELOW_2]
    desk = Desk().feed(alarm("DSL-2", 0), storm, ordinary(0, 40)).until(40)
    assert [one.domain for one in desk.candidates()] == ["DSL-2"]
    desk.feed(alarm(place, 45, state="cleared") for place in ("DSL-2", *BELOW_2)).until(47)
    assert desk.candidates() == []
    assert desk.announced() == []


def test_calls_after_a_prediction_has_faded_are_weighed_without_its_alarm() -> None:
    gone = [alarm("DSL-1", 0), alarm("DSL-1", 20, state="cleared")]
    after, standing = failure("DSL-1", 9, 200), alarm("DSL-1", 190)
    without, with_it = Desk().feed(gone, after), Desk().feed(gone, standing, after)
    assert without.causes() == with_it.causes() == ["DSL-1"]
    assert without.minute_of(without.incident()) > with_it.minute_of(with_it.incident())


# ------------------------------------------------------------------- twice on one day


def test_an_equipment_that_fails_twice_on_a_day_has_two_incidents_with_their_own_tickets() -> None:
    def outage(start: float, callers: Sequence[str]) -> list[Event]:
        return [
            alarm("DSL-1", start),
            *calls(spread(callers, 10), start + 2, 3, ACCESS),
            alarm("DSL-1", start + 60, state="cleared"),
        ]

    everyone = under("DSL-1")
    desk = Desk().feed(outage(0, everyone[::2]), outage(300, everyone[1::2]), ordinary(0, 420))
    first, second = desk.announced()
    assert (first.domain, second.domain) == ("DSL-1", "DSL-1")
    assert first.id != second.id
    assert first.state in {State.RESOLVED, State.CLOSED}
    assert second.onset == at(300)
    own = [{f"T-{c}-{m:g}" for n, c in enumerate(spread(e, 10)) for m in [s + 2 + 3 * n]}
           for s, e in ((0, everyone[::2]), (300, everyone[1::2]))]  # fmt: skip
    assert own[0] <= set(desk.linked(first))
    assert own[1] <= set(desk.linked(second))
    assert not own[1] & set(desk.linked(first))


def test_a_caller_who_called_about_something_else_yesterday_is_linked_back() -> None:
    callers = spread(customers_of("DSL-1/C1")[4:], 9)
    yesterday = ticket(callers[1], 0, "mail", id="yesterday")
    desk = Desk().feed(yesterday, ordinary(0, 1320), calls(callers, 1320, 4, ACCESS))
    assert f"T-{callers[1]}-1324" in desk.linked(desk.incident())


# --------------------------------------------------------------------- outages within outages


def test_a_card_that_fails_during_an_outage_elsewhere_is_named_beside_it() -> None:
    dslam = failure("DSL-1", 20, 0, 2)
    desk = Desk().feed(dslam, failure("DSL-3/C4", 7, 10))
    assert sorted(desk.causes()) == ["DSL-1", "DSL-3/C4"]
    for incident in desk.announced():
        assert all(name.startswith(f"T-{incident.domain}") for name in desk.linked(incident))


def test_a_dslam_that_fails_harder_during_the_outage_above_it_makes_no_storm() -> None:
    above = failure("AGG-1", 20, 0, 3, SWITCH)
    below = calls(spread(under("DSL-1"), 40), 30, 1, ("no-sync",))
    desk = Desk().feed(above, alarm("DSL-1", 29), below).until(90)
    assert desk.causes()[0] == "AGG-1"
    assert len(desk.announced()) <= 2
    assert set(desk.causes()) <= {"AGG-1", "DSL-1"}


def test_a_dslam_that_fails_hours_into_a_fading_outage_above_it_is_named() -> None:
    above = failure("AGG-1", 20, 0, 2, SWITCH)
    below = calls(spread(under("DSL-1")[1::3], 20), 100, 2, ("no-sync",))
    desk = Desk().feed(alarm("AGG-1", 0), above, alarm("DSL-1", 99), below).until(150)
    assert desk.causes() == ["AGG-1", "DSL-1"]


def test_a_card_within_a_failed_dslam_makes_no_incident_of_its_own() -> None:
    dslam = failure("DSL-1", 30, 0, 1.5)
    card = [alarm("DSL-1/C2", 20), *calls(customers_of("DSL-1/C2")[::4], 21, 3, ACCESS)]
    desk = Desk().feed(alarm("DSL-1", 0), dslam, card).until(60)
    assert desk.causes() == ["DSL-1"]


# ------------------------------------------------------------------------------ planned works


def test_works_that_overrun_are_an_incident_only_once_they_are_over() -> None:
    during = [alarm("DSL-1", 1), *failure("DSL-1", 15, 2, 3.5)]
    after = calls(spread(under("DSL-1")[1::2], 20), 62, 6, ACCESS)
    desk = Desk().feed(works("DSL-1", -10, 0, 60), during).until(60)
    assert desk.announced() == []
    assert {verdict.answer for verdict in desk.outcome.verdicts} == {Answer.MAINTENANCE}
    desk.feed(after).until(200)
    assert desk.causes() == ["DSL-1"]
    assert desk.minute_of(desk.incident()) > 60
    assert desk.incident().customers == len(under("DSL-1"))


def test_works_that_end_on_time_leave_nothing() -> None:
    during = [alarm("DSL-1", 1), *failure("DSL-1", 15, 2, 3.5)]
    over = alarm("DSL-1", 58, state="cleared")
    desk = Desk().feed(works("DSL-1", -10, 0, 60), during, over, ordinary(60, 240)).until(240)
    assert desk.announced() == desk.candidates() == []


# --------------------------------------------------------------------- blind supervision


def shower(minute: float, state: str) -> list[Event]:
    """Return alarms of everything under AGG-2."""
    names = [
        "AGG-2",
        "DSL-3",
        "DSL-4",
        *(c for c in cards() if c.split("/")[0] in {"DSL-3", "DSL-4"}),
    ]
    return [
        alarm(name, minute + n / 20, cause="communicationsSubsystemFailure", state=state)
        for n, name in enumerate(names)
    ]


def test_a_branch_that_supervision_has_lost_but_customers_have_not_is_not_announced() -> None:
    desk = Desk().feed(shower(5, "raised"), ordinary(0, 120))
    assert {one.domain for one in desk.candidates()} == {"AGG-2"}  # one for all; shown, told nobody
    desk.feed(ordinary(120, 300), shower(180, "cleared")).until(300)
    assert desk.candidates() == []
    assert desk.announced() == []


def test_the_same_shower_with_callers_is_announced_once() -> None:
    desk = Desk().feed(shower(5, "raised"), failure("AGG-2", 20, 7, 2, SWITCH)).until(60)
    assert desk.causes() == ["AGG-2"]


# ----------------------------------------------------------------------------- redundancy


def test_a_switch_with_alarms_is_not_blamed_for_those_who_have_another_way() -> None:
    hit = [alarm("AGG-1", 0), *failure("AGG-1", 20, 2, 1.5, SWITCH)]
    well = [ticket(customer, 20 + n, "slow", id=f"well-{n}") for n, customer in
            enumerate(under("DSL-5")[::60])]  # fmt: skip
    desk = Desk().feed(hit, well)
    incident = desk.incident()
    assert incident.domain == "AGG-1"
    assert incident.customers == len(under("DSL-1", "DSL-2"))
    assert not {one.id for one in well} & set(desk.linked(incident))
    assert {desk.verdict(one.id).answer for one in well} == {Answer.NO}


def test_the_alarm_of_one_of_two_uplinks_lends_no_weight_to_the_calls_behind_it() -> None:
    behind = failure("DSL-5", 3, 10, 5)
    assert Desk().feed(alarm("AGG-2", 0), behind).until(120).announced() == []
    assert Desk().feed(alarm("DSL-5", 0), behind).until(120).causes() == ["DSL-5"]


# ------------------------------------------------------------------------ feeds that stall


def stalled(events: Sequence[Ticket], start: float, end: float) -> list[Event]:
    """Return the events as they arrive if the feed stops and then empties within a minute."""
    held = [one for one in events if at(start) <= one.arrived < at(end)]
    late = {
        one.id: msgspec.structs.replace(one, arrived=at(end) + n * MINUTE // max(1, len(held)))
        for n, one in enumerate(held)
    }
    return [late.get(one.id, one) for one in events]


def test_a_feed_that_stalls_and_empties_at_once_makes_no_burst() -> None:
    day = list(ordinary(0, 700))
    held = stalled(day, 60, 690)
    at_once = [msgspec.structs.replace(one, occurred=one.arrived) for one in held]
    assert Desk().feed(held).until(800).announced() == []
    assert (
        Desk().feed(at_once).until(800).announced() != []
    )  # the same calls, had they been at once


def test_a_failure_that_was_over_before_its_tickets_arrived_is_not_announced() -> None:
    """A switch fails for half an hour; the feed has stood still since the morning."""
    failed = failure("AGG-1", 60, 590, 0.5, SWITCH)
    other = calls(spread(under("*"), 150), 0, 4.5, ("billing",))
    day = [one for one in (*ordinary(0, 700), *other, *failed) if isinstance(one, Ticket)]
    held = stalled(sorted(day, key=lambda one: one.arrived), 60, 660)
    # So many bills are an incident of their own, on no equipment.
    assert [cause for cause in Desk().feed(held).until(700).causes() if cause] == []
    in_time = Desk().feed(day).until(700)
    assert [cause for cause in in_time.causes() if cause] == ["AGG-1"]


def test_a_failure_under_way_when_the_feed_stalls_keeps_its_number_and_its_tickets() -> None:
    """A call a minute is usual here, so the silence is noticed. The newest tickets come first."""
    failed = failure("AGG-1", 120, 300, 1, SWITCH)
    other = calls(spread(under("*"), 1_940), -1_480, 1, ("billing",))
    day = [one for one in (*other, *failed) if isinstance(one, Ticket)]
    held = stalled(sorted(day, key=lambda one: -one.arrived), 312, 430)
    desk = Desk(cold=True).feed(held).until(470)
    assert desk.causes() == ["AGG-1"]
    assert len(desk.linked(desk.incident())) == 120


# --------------------------------------------------------------------------- the first morning


def first_morning() -> list[Event]:
    """Return a cold start at midnight: a closed hotline, then all the calls of a Tuesday at once.

    Minute 0 is ten o'clock.
    """
    everyone = under("*")
    night = [ticket(everyone[97 * n], -600 + 60 * n, "mail") for n in range(8)]
    symptoms = [name for name, count in ORDINARY for _ in range(count)]
    rush = calls(spread(everyone, 150), -118, 0.8, [symptoms[7 * n % 20] for n in range(20)])
    return [*night, *rush]


def test_the_first_opening_of_a_hotline_nobody_knows_yet_is_no_surge() -> None:
    desk = Desk(cold=True).feed(first_morning()).until(60)
    assert "" not in desk.causes()


def mornings(seed: int) -> list[list[Event]]:
    """Return five days on which nothing fails: of sixty callers thirty have waited for opening."""
    random = Random(seed)
    symptoms = [name for name, count in ORDINARY for _ in range(count)]
    days = []
    for day in range(5):
        callers, about = random.sample(under("*"), 60), random.choices(symptoms, k=60)
        days.append(calls(callers[:30], 1440 * day - 120, 0.8, about[:30]))
        days.append(calls(callers[30:], 1440 * day - 90, 20, about[30:]))
    return days


def test_who_has_waited_through_the_night_is_no_failure_of_what_they_share() -> None:
    """A burst of thirty calls about everything is how this hotline opens. Chance is left."""
    causes = [Desk(cold=True).feed(*mornings(seed)).causes() for seed in range(20)]
    assert sum(map(len, causes)) <= 13  # 30 without, 8 as it is


@pytest.mark.parametrize(("days", "causes"), [(0, []), (1, [""])])
def test_a_surge_is_named_once_a_day_has_been_seen(days: int, causes: list[str]) -> None:
    """A large site is down at noon; what rises on a first day may be its hour."""
    surge = calls(spread(under("*")[3::7], 120), 120 + 1_440 * days, 0.25, SURGE)
    before = ordinary(-120, 240 + 1_440 * days)
    desk = Desk(cold=True).feed(first_morning()[:8], before, surge).until(200 + 1_440 * days)
    assert desk.causes() == causes


def test_a_failure_later_that_day_is_found() -> None:
    failed = failure("DSL-1", 20, 360, 2)
    desk = Desk(cold=True).feed(first_morning(), failed).until(450)
    assert desk.causes()[-1] == "DSL-1"


def test_a_mail_of_saturday_night_read_on_monday_has_an_answer() -> None:
    mail = ticket(under("DSL-1")[3], 0, "no-sync", id="mail", occurred=at(-34 * 60))
    assert Desk().feed(mail).verdict("mail").answer is Answer.NO


# ---------------------------------------------------------------------- surges from outside


def surge_and_outage() -> tuple[Desk, Incident, Incident]:
    """Return a surge everywhere but on a card, and an outage of that card within it."""
    card = customers_of("DSL-1/C1")
    surge = calls(spread([one for one in under("*")[::7] if one not in card], 120), 0, 0.5, SURGE)
    desk = Desk().feed(surge, calls(spread(card[4:], 9), 10, 4, ACCESS)).until(120)
    outside, inside = sorted(desk.announced(), key=lambda one: one.domain)
    return desk, outside, inside


def test_a_surge_beside_a_real_outage_stays_outside_and_gives_it_no_tickets() -> None:
    desk, outside, inside = surge_and_outage()
    assert (outside.domain, inside.domain) == ("", "DSL-1/C1")
    assert outside.reason.code is ReasonCode.EXTERNAL_SURGE
    assert len(desk.linked(outside)) > 100
    assert len(desk.linked(inside)) >= 6  # three say what the surge says
    assert all(name.startswith("T-DSL-1/C1:") for name in desk.linked(inside))


def test_a_platform_keeps_its_failure_though_all_others_call_a_little_more() -> None:
    """Everybody would gain by the rest's calls twice: as callers, and as what is usual just now."""
    watching = under("TV")
    others = [customer for customer in under("*") if customer not in set(watching)]
    failed = calls(spread(watching, 60), 0, 1, ("no-tv",) * 9 + ("slow",))
    desk = Desk().feed(failed, calls(spread(others, 8), 0, 7, ("no-tv", "slow"))).until(120)
    platform = next(one for one in desk.announced() if one.domain == "TV")
    assert len(desk.linked(platform)) >= 50


def test_when_all_kinds_of_calls_rise_nothing_that_most_customers_share_has_failed() -> None:
    """At eight of a day that nobody knows yet."""
    kinds = [name for name, count in ORDINARY for _ in range(count)]
    desk = Desk().feed(calls(spread(under("*"), 50), 0, 2.5, kinds)).until(150)
    assert [cause for cause in desk.causes() if cause] == []


def test_the_tickets_of_an_outage_within_a_surge_leave_the_surge() -> None:
    desk, outside, inside = surge_and_outage()
    assert not set(desk.linked(outside)) & set(desk.linked(inside))


def test_a_surge_that_starts_slowly_is_put_on_no_equipment() -> None:
    first = calls(spread(under("*")[::5], 30), 0, 4, SURGE)
    later = calls(spread(under("*")[2::5], 150), 120, 0.4, SURGE)
    desk = Desk().feed(first, later).until(240)
    assert desk.causes() == [""]
    assert desk.incident().first_domain == ""


def test_mails_of_the_evening_read_in_the_morning_are_shown_and_not_announced() -> None:
    callers = spread(customers_of("DSL-1/C1"), 12)
    evening, morning = 13 * 60, 24 * 60
    mails = [
        ticket(customer, morning + n, id=f"mail-{n}", occurred=at(evening + 4 * n))
        for n, customer in enumerate(callers[:6])
    ]
    desk = Desk().feed(mails).until(morning + 40)
    assert desk.announced() == []
    assert {one.incident.domain for one in desk.of(IncidentChanged)} == {"DSL-1/C1"}
    desk.feed(calls(callers[6:], morning + 41, 4, ACCESS))  # it still lasts
    assert desk.causes() == ["DSL-1/C1"]
