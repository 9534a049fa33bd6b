"""Calls that no failure of the network causes: a billing run, a campaign of activations.

They are never put down to equipment; many at once are one incident outside the network.
"""

from collections.abc import Iterable

from correlator.engine import Engine, EngineSettings
from correlator.model import Answer, Event, ReasonCode, Ticket
from tests.builders import Desk, calls, catalog, network, ordinary, spread, step, ticket, under

RUN = "outside-other-business"
PLACE = "DSL-1/C1"


def billing_run(count: int = 40, start: float = 5) -> list[Ticket]:
    callers = spread(under("*"), count)
    return [ticket(customer, start + n, "billing") for n, customer in enumerate(callers)]


def ids(events: Iterable[Event]) -> set[str]:
    return {event.id for event in events if isinstance(event, Ticket)}


def test_a_billing_run_is_one_incident_outside_the_network() -> None:
    desk = Desk().feed(billing_run(), ordinary(0, 120)).until(60)
    incident = desk.incident()
    assert (incident.domain, incident.rule, incident.symptom) == ("", RUN, "billing")
    assert incident.reason.code is ReasonCode.EXTERNAL_SURGE
    linked = desk.linked(incident)
    assert set(linked) <= ids(billing_run())
    assert len(linked) >= 35


def test_who_calls_about_the_bill_meanwhile_is_told_that_it_is_known() -> None:
    run = billing_run()
    desk = Desk().feed(run)
    late = desk.verdict(run[-1].id)
    assert (late.answer, late.incident) == (Answer.YES, desk.incident().id)
    other = ticket(under("DSL-3")[7], 46, "no-sync")
    told = desk.feed(other).verdict(other.id)
    assert (told.answer, told.reason.code) == (Answer.NO, ReasonCode.NO_INCIDENT)


def test_an_ordinary_day_of_bills_is_nothing() -> None:
    desk = Desk().feed(calls(spread(under("*"), 8), 0, 30, ("billing",)))
    assert desk.announced() == []


def test_bills_of_one_street_are_no_failure_of_its_equipment() -> None:
    desk = Desk().feed(calls(spread(under(PLACE), 9), 5, 2, ("billing",))).until(60)
    assert [one.domain for one in desk.announced() if one.domain] == []


def test_a_customer_who_calls_again_and_again_counts_once() -> None:
    again = [
        ticket(name, minute, "billing") for minute in range(5, 65) for name in under(PLACE)[:4]
    ]
    assert Desk().feed(again).announced() == []


def test_a_failure_during_a_billing_run_keeps_its_own_callers() -> None:
    failure = calls(spread(under("DSL-1"), 12), 20, 2, ("no-sync", "no-internet"))
    desk = Desk().feed(billing_run(60), failure).until(80)
    run, fault = sorted(desk.announced(), key=lambda one: one.domain)
    assert (run.domain, fault.domain) == ("", "DSL-1")
    assert not set(desk.linked(run)) & ids(failure)
    assert set(desk.linked(fault)) <= ids(failure)
    assert len(desk.linked(fault)) == len(failure)


def test_bills_do_not_make_the_neighbours_of_a_failure_look_ill() -> None:
    failure = calls(spread(under(PLACE), 10), 5, 3, ("no-sync", "no-internet"))
    beside = [under(f"DSL-1/C{card}")[3] for card in range(2, 7)]
    bills = [ticket(customer, 5.5 + n / 10, "billing") for n, customer in enumerate(beside)]
    fault = Desk().feed(failure, bills).until(50).incident()
    assert (fault.domain, fault.siblings, fault.healthy) == (PLACE, 5, 5)


def test_a_failure_never_takes_the_place_of_a_billing_run() -> None:
    """Though it explains more, and its customers are those who call about their bills."""
    below = under("AGG-1")
    bills = [ticket(one, 1 + n / 5, "billing") for n, one in enumerate(spread(below, 30))]
    silent = [one for one in below if one not in {bill.customer for bill in bills}]
    failure = [ticket(silent[0], 0.5, "no-internet")]
    failure += [ticket(one, 5 + n / 5, "no-internet") for n, one in enumerate(spread(silent, 40))]
    desk = Desk().feed(bills, failure).until(60)
    assert sorted(desk.causes()) == ["", "AGG-1"]
    run = next(one for one in desk.announced() if not one.domain)
    assert (run.rule, run.first_domain) == (RUN, "")


def test_two_things_outside_at_once_are_two_incidents() -> None:
    match = calls(spread(under("*"), 60), 5, 0.7, ("no-internet", "slow"))
    desk = Desk().feed(match, billing_run(40, start=15)).until(80)
    about_bills, about_faults = sorted(desk.announced(), key=lambda one: one.rule != RUN)
    assert (about_bills.rule, about_bills.domain, about_faults.domain) == (RUN, "", "")
    assert len(desk.linked(about_bills)) >= 30
    assert not set(desk.linked(about_faults)) & ids(billing_run(40, start=15))


def test_who_had_called_twice_before_it_was_announced_is_linked_twice() -> None:
    run = billing_run()
    again = ticket(run[2].customer, 8.5, "billing")
    desk = Desk().feed(run, again).until(60)
    assert desk.minute_of(desk.incident()) > 9
    assert {run[2].id, again.id} <= set(desk.linked(desk.incident()))


def test_the_bills_of_a_failure_s_callers_are_not_linked_to_it() -> None:
    failure = calls(spread(under(PLACE), 10), 5, 3, ("no-sync", "no-internet"))
    assert isinstance(failure[0], Ticket)
    bills = [ticket(failure[0].customer, minute, "billing") for minute in (5.2, 5.4)]
    desk = Desk().feed(failure, bills).until(60)
    assert set(desk.linked(desk.incident())) == ids(failure)


def test_a_restored_engine_goes_on_in_the_middle_of_a_run() -> None:
    settings = EngineSettings()
    events = billing_run()
    desk = Desk(settings)
    for event in events[:15]:
        step(desk.engine, event)
    other = Engine(network(), catalog(), settings)
    other.restore(desk.engine.snapshot())
    for event in events[15:]:
        assert step(desk.engine, event) == step(other, event)
    assert desk.engine.snapshot() == other.snapshot()


def test_a_run_that_is_over_resolves() -> None:
    desk = Desk().feed(billing_run(), ordinary(60, 600)).until(600)
    assert desk.incident().resolved is not None
