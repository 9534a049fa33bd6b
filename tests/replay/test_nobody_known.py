"""Tickets of whom no customer is known: surges, outages among them, places that they name."""

from collections.abc import Sequence

import msgspec
import pytest

from correlator.engine import Engine, EngineSettings
from correlator.model import Answer, Event, ReasonCode, Ticket
from tests import wide
from tests.builders import (
    Desk,
    at,
    calls,
    catalog,
    customers_of,
    load,
    network,
    ordinary,
    spread,
    step,
    ticket,
    under,
)

ACCESS = ("no-sync", "no-sync", "no-internet")
STRANGERS = [f"nobody-{n}" for n in range(100)]


def anonymous(events: Sequence[Event], share: float = 1.0) -> list[Event]:
    """Return the same tickets, that share of them without a customer, evenly."""
    found: list[Event] = []
    for n, event in enumerate(events):
        hidden = int((n + 1) * share) > int(n * share)
        if hidden and isinstance(event, Ticket):
            event = msgspec.structs.replace(event, customer=None)  # noqa: PLW2901
        found.append(event)
    return found


def at_place(
    place: str, count: int, start: float = 0, every: float = 4, symptoms: Sequence[str] = ACCESS
) -> list[Event]:
    """Return tickets that name a place and no customer."""
    return [
        ticket(
            None, start + n * every, symptoms[n % len(symptoms)], place=place, id=f"P{place}-{n}"
        )
        for n in range(count)
    ]


# ------------------------------------------------------------------------------------- surges


@pytest.mark.parametrize("seed", [3, 4])
@pytest.mark.parametrize("share", [0.3, 0.7, 1.0])
def test_a_surge_is_named_outside_however_few_are_known(share: float, seed: int) -> None:
    surge = anonymous(wide.failure(wide.under("*"), 800, seed=seed), share)
    events = [*wide.ordinary(0, 120), *surge]
    desk = wide.desk().feed([event for event in events if event.arrived <= at(120)])
    surge_ = desk.announced()[-1]
    assert surge_.domain == ""
    assert surge_.observed > 0.7 * len([e for e in surge if e.arrived <= at(120)])


def test_a_value_is_named_though_some_of_its_callers_are_unknown() -> None:
    failed = anonymous(wide.failure(wide.under("share40=yes"), 400), 0.3)
    events = [*wide.ordinary(0, 120), *failed]
    desk = wide.desk().feed([event for event in events if event.arrived <= at(120)])
    assert "share40=yes" in desk.causes()


def test_each_ticket_without_a_customer_is_a_caller_of_its_own() -> None:
    desk = Desk().feed(ticket(None, n, "no-sync", id=f"N{n}") for n in range(5))
    calls_ = [desk.call(f"N{n}") for n in range(5)]
    assert all(call.counted and not call.known for call in calls_)
    assert len({call.customer for call in calls_}) == 5
    everybody = network().domain_count - 1
    assert all(call.domains == (everybody,) for call in calls_)


def test_a_ticket_without_a_customer_reads_unknown() -> None:
    desk = Desk().feed(ticket(None, 0, "no-sync", id="N"))
    told = desk.verdict("N")
    assert (told.answer, told.reason.code) == (Answer.UNKNOWN, ReasonCode.NO_CUSTOMER)


def test_a_change_of_a_ticket_without_a_customer_counts_no_second_caller() -> None:
    first = ticket(None, 0, "no-sync", id="N")
    changed = ticket(None, 1, "no-sync", id="N", text="toujours rien", status="inProgress")
    desk = Desk().feed(first, changed)
    assert len(desk.inside.owners.calls.calls_of(desk.call("N").customer)) == 1
    assert len(desk.inside.owners.calls.under(network().domain_count - 1, -1e9)) == len(
        Desk().feed(first).inside.owners.calls.under(network().domain_count - 1, -1e9)
    )


# -------------------------------------------------------------------------- outages among them


@pytest.mark.parametrize("share", [0.0, 0.3])
def test_a_dslam_is_named_though_a_third_of_its_callers_are_unknown(share: float) -> None:
    failed = anonymous(calls(spread(under("DSL-2"), 20), 0, 2, ACCESS), share)
    desk = Desk().feed(ordinary(0, 90), failed).until(90)
    assert desk.causes() == ["DSL-2"]


def test_a_dslam_of_a_large_network_is_named_though_a_third_are_unknown() -> None:
    failed = anonymous(wide.failure(wide.under("AGG-3/D2"), 80), 0.3)
    events = [*wide.ordinary(0, 120), *failed]
    desk = wide.desk().feed([event for event in events if event.arrived <= at(120)])
    assert desk.causes() == ["AGG-3/D2"]


# -------------------------------------------------------------------------------------- places


@pytest.mark.parametrize("place", ["DSL-2", "DSL-1/C1"])
def test_tickets_that_name_a_place_raise_it(place: str) -> None:
    desk = Desk().feed(at_place(place, 10, every=3)).until(60)
    incident = desk.incident()
    assert incident.domain == place
    assert len(desk.linked(incident)) >= 8


def test_a_ticket_that_names_a_failed_place_is_answered() -> None:
    desk = Desk().feed(calls(spread(under("DSL-2"), 10), 0, 3, ACCESS))
    desk.feed(at_place("DSL-2", 1, 31), at_place("DSL-2/C3", 1, 32), at_place("DSL-3", 1, 33))
    answers = [desk.verdict(f"P{place}-0") for place in ("DSL-2", "DSL-2/C3", "DSL-3")]
    assert [told.answer for told in answers] == [Answer.YES, Answer.YES, Answer.NO]
    assert [told.cause for told in answers] == ["DSL-2", "DSL-2", ""]


def test_tickets_at_a_place_and_its_customers_are_one_incident() -> None:
    known = calls(spread(under("DSL-2"), 8), 0, 4, ACCESS)
    desk = Desk().feed(known, at_place("DSL-2", 8, 2)).until(60)
    assert desk.causes() == ["DSL-2"]
    assert len(desk.linked(desk.incident())) >= 14


@pytest.mark.parametrize("place", ["GONE-1", "", "*"])
def test_a_place_that_nobody_knows_is_answered_unknown(place: str) -> None:
    desk = Desk().feed(ticket(None, 0, "no-sync", place=place, id="N"))
    assert desk.verdict("N").answer is Answer.UNKNOWN
    assert desk.call("N").domains == (network().domain_count - 1,)


def test_a_known_customer_is_where_the_inventory_says_whatever_place_is_named() -> None:
    customer = customers_of("DSL-1/C1")[0]
    desk = Desk().feed(ticket(customer, 0, "no-sync", place="DSL-3", id="N"))
    assert desk.call("N").domains == network().domains_of(customer)
    assert desk.call("N").known


def test_an_unknown_customer_is_where_the_ticket_says() -> None:
    desk = Desk().feed(ticket("nobody", 0, "no-sync", place="DSL-3", id="N"))
    assert desk.call("N").domains == network().domains_at("DSL-3")
    assert (desk.call("N").customer, desk.call("N").known) == ("nobody", False)
    assert desk.verdict("N").answer is Answer.NO


def test_a_change_of_place_moves_the_call() -> None:
    desk = Desk().feed(calls(spread(under("DSL-2"), 10), 0, 3, ACCESS))
    incident = desk.incident()
    desk.feed(ticket(None, 31, "no-sync", place="DSL-2", id="N"))
    assert "N" in desk.linked(incident)
    desk.feed(ticket(None, 32, "no-sync", place="DSL-3", id="N"))
    assert "N" not in desk.linked(incident)
    assert desk.call("N").domains == network().domains_at("DSL-3")


def test_a_place_that_is_named_later_counts_from_then_on() -> None:
    desk = Desk().feed(calls(spread(under("DSL-2"), 10), 0, 3, ACCESS))
    desk.feed(
        ticket(None, 31, "no-sync", id="N"), ticket(None, 32, "no-sync", place="DSL-2", id="N")
    )
    assert "N" in desk.linked(desk.incident())


def test_a_change_that_leaves_the_place_out_keeps_it() -> None:
    desk = Desk().feed(ticket(None, 0, "no-sync", place="DSL-2", id="N"))
    desk.feed(ticket(None, 1, "no-sync", id="N", status="inProgress"))
    assert desk.call("N").domains == network().domains_at("DSL-2")
    assert desk.call("N").arrived == at(0)


def test_a_customer_who_is_found_out_later_is_where_the_inventory_says() -> None:
    customer = customers_of("DSL-1/C1")[0]
    desk = Desk().feed(ticket(None, 0, "no-sync", place="DSL-3", id="N"))
    desk.feed(ticket(customer, 1, "no-sync", id="N"))
    assert desk.call("N").domains == network().domains_of(customer)


def test_a_place_that_holds_no_customer_counts_for_what_is_above_it() -> None:
    """A new DSLAM, or one of which the inventory does not know the customers yet."""
    inventory = load(
        [("AGG", "aggregation-switch"), ("OLD", "dslam"), ("NEW", "dslam")],
        [("OLD", "AGG", ""), ("NEW", "AGG", "")],
        [(f"c{n}", "OLD", "9.9") for n in range(200)],
    )
    desk = Desk(inventory=inventory).feed(at_place("NEW", 40, every=0.5))
    assert [inventory.name(d) for d in desk.call("PNEW-0").domains] == ["AGG", "*"]


# ------------------------------------------------------------------------------------ strangers


def test_an_unknown_customer_counts_once_a_day() -> None:
    again = [ticket("nobody", n, "no-sync", id=f"N{n}") for n in range(0, 50, 10)]
    desk = Desk().feed(again)
    assert [desk.call(one.id).counted for one in again] == [True, False, False, False, False]


def test_one_stranger_who_calls_often_raises_nothing() -> None:
    again = [ticket("nobody", n, "no-sync", place="DSL-2", id=f"N{n}") for n in range(40)]
    assert Desk().feed(again).until(120).announced() == []


def test_strangers_at_one_place_raise_it() -> None:
    strange = [
        ticket(one, 3 * n, ACCESS[n % 3], place="DSL-2") for n, one in enumerate(STRANGERS[:10])
    ]
    assert Desk().feed(strange).until(60).causes() == ["DSL-2"]


# ----------------------------------------------------------------------------------- snapshots


def test_a_snapshot_in_mid_stream_keeps_who_is_nowhere() -> None:
    mixed = anonymous(calls(spread(under("DSL-2"), 20), 0, 2, ACCESS), 0.3)
    events = sorted(
        [*mixed, *at_place("DSL-4", 8, 1), *ordinary(0, 90)], key=lambda event: event.arrived
    )
    straight = Desk().feed([event for event in events if event.arrived < at(12)])
    again = Engine(network(), catalog(), EngineSettings())
    again.restore(straight.engine.snapshot())
    assert again.snapshot() == straight.engine.snapshot()
    for event in events:
        if event.arrived >= at(12):
            assert step(again, event) == step(straight.engine, event)
