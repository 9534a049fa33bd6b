"""When a cause can be named, and when another caller should decide."""

from collections.abc import Sequence
from functools import cache

import msgspec
import numpy as np
import pytest

from correlator.engine.calls import Call
from correlator.engine.localisation import Cause
from correlator.engine.wiring import Assembly
from correlator.model import MINUTE
from tests.builders import Desk, at_rest, calls, customers_of, load, ordinary
from topology import Topology


@cache
def network() -> Topology:
    """Return AGG-9 over 38 cards of 1,140 lines, and AGG-8 over 42; AGG-8 hangs on BNG-8 alone.

    The customers of AGG-9, and 60 of AGG-8, have firmware 9.9.
    """
    nodes = [f"DSL-{number}" for number in range(10, 90)]
    above = {node: "AGG-9" if n < 38 else "AGG-8" for n, node in enumerate(nodes)}
    return load(
        [
            ("BNG-8", "bng"),
            ("AGG-8", "aggregation-switch"),
            ("AGG-9", "aggregation-switch"),
            *((node, "dslam") for node in nodes),
            *((f"{node}/{card}", "line-card") for node in nodes for card in ("C1", "C2")),
        ],
        [
            ("AGG-8", "BNG-8", ""),
            *((node, up, "") for node, up in above.items()),
            *((f"{node}/{card}", node, "") for node in nodes for card in ("C1", "C2")),
        ],
        [
            (name, card, "9.9" if n < 40 else "9.8")
            for n, node in enumerate(nodes)
            for card, half in ((f"{node}/C1", slice(15)), (f"{node}/C2", slice(15, 30)))
            for name in customers_of(node)[half]
        ],
    )


def called(name: str, minute: int = 0) -> Call:
    """Return a ticket that was opened at τ = 0.5, so many minutes after the beginning."""
    domains = network().domains_of(name)
    assert domains is not None
    return Call(
        ticket=name,
        event_id=name,
        customer=name,
        domains=domains,
        symptom=1,
        mark=1,
        arrived=minute * MINUTE,
        occurred=minute * MINUTE,
        tau=0.5,
        rate=1e-4,
        counted=True,
    )


def doubt(
    best: tuple[str, float, int], *rivals: tuple[str, float], lately: Sequence[str] = ()
) -> list[str]:
    """Return the scopes in doubt: `best` gains so much from so many callers, rivals so much.

    `lately`: customers who have called, whether the causes explain them or not.
    """
    inside = at_rest(network())
    for customer in lately:
        keep(inside, called(customer))
    first = cause(inside, *best)
    ranked = [first, *(cause(inside, *rival, best[2]) for rival in rivals)]
    among = inside.reasoning.selection.in_doubt(first, ranked, -1, 1.0)
    return [network().scope_name(scope) for scope in among]


def keep(inside: Assembly, call: Call) -> None:
    inside.owners.calls.add(call, call.tau)


def cause(inside: Assembly, name: str, gain: float, callers: int, first: int = 0) -> Cause:
    """Return a cause that explains so many callers, from position `first` on."""
    scope = network().scope(name)
    assert scope is not None
    (rule, *_) = inside.owners.detector.streams.rules_for(scope.parts[0])
    penalised = gain - inside.reasoning.localiser.penalty(scope, 0.0)
    explained = np.arange(first, first + callers)
    lines = network().lines(scope)
    return Cause(scope, rule, gain, 0.1, 0.0, explained, 0.0, penalised, lines)


def test_a_cause_without_a_rival_is_named_at_once() -> None:
    assert doubt(("DSL-10/C1", 12.0, 2)) == []


@pytest.mark.parametrize(("behind", "named"), [(0.0, False), (3.9, False), (4.1, True)])
def test_a_rival_is_no_rival_when_it_is_fifty_times_less_likely(
    behind: float, *, named: bool
) -> None:
    among = doubt(("DSL-10/C1", 12.0, 2), ("DSL-10", 12.0 - behind))
    assert among == ([] if named else ["DSL-10/C1", "DSL-10"])


@pytest.mark.parametrize(("callers", "named"), [(2, False), (3, False), (4, True)])
def test_the_fourth_caller_settles_it(callers: int, *, named: bool) -> None:
    assert (doubt(("DSL-10/C1", 12.0, callers), ("DSL-10", 11.0)) == []) is named


@pytest.mark.parametrize(("callers", "named"), [(4, False), (5, False), (6, True)])
def test_a_toss_between_two_takes_six(callers: int, *, named: bool) -> None:
    assert (doubt(("DSL-10/C1", 12.0, callers), ("DSL-10", 11.1)) == []) is named


@pytest.mark.parametrize(("callers", "named"), [(4, False), (19, False), (20, True)])
def test_many_lines_take_twenty(callers: int, *, named: bool) -> None:
    # A group of customers pays 2 nats for being one.
    assert (doubt(("AGG-9", 12.0, callers), ("cpe_firmware=9.9", 11.0)) == []) is named


@pytest.mark.parametrize(("lately", "named"), [(3, False), (4, True)])
def test_who_called_before_the_onset_that_fits_best_counts_too(lately: int, *, named: bool) -> None:
    customers = customers_of("DSL-10")[:lately]
    among = doubt(("DSL-10/C1", 12.0, 3), ("DSL-10", 11.0), lately=customers)
    assert (among == []) is named


def test_domains_without_a_common_customer_are_no_rivals() -> None:
    assert doubt(("DSL-10/C1", 12.0, 2), ("DSL-10/C2", 11.9), ("AGG-8", 11.9)) == []


def test_neighbours_and_what_is_above_them_are_two_causes() -> None:
    assert doubt(("DSL-10", 12.0, 2), ("DSL-10/C1+DSL-10/C2", 14.0)) == [
        "DSL-10",
        "DSL-10/C1+DSL-10/C2",
    ]


def test_no_caller_can_tell_domains_apart_that_have_the_same_customers() -> None:
    assert doubt(("AGG-8", 12.0, 5), ("BNG-8", 11.9)) == []


@pytest.mark.parametrize(("name", "same"), [("AGG-8", True), ("BNG-8", True), ("AGG-9", False)])
def test_an_incident_on_exactly_the_same_customers_is_the_same_incident(
    name: str, *, same: bool
) -> None:
    lines = [c for node in range(48, 90) for c in customers_of(f"DSL-{node}")[:2]]
    everyone = [c for node in range(10, 90) for c in customers_of(f"DSL-{node}")]
    before, failed = (
        ordinary(-2 * 1_440, 0, everyone),
        calls(lines, 0, 0.5, ("no-internet", "no-tv")),
    )
    desk = Desk(inventory=network()).feed(before, failed)
    live = desk.live(desk.incident())
    assert live.customers == 42 * 30
    found = desk.inside.reasoning.selection.living_on(cause(desk.inside, name, 12.0, 0), -1)
    assert [one.number for one in found] == [live.number] * same


# ---------------------------------------------------------------------- what may be over


def morning(*, gap: int = 0) -> Assembly:
    """Return an engine at minute 90: DSL-10 called at minute 15 and at 75, two customers each.

    `gap`: minutes for which the feed of tickets had stood still; it empties.
    """
    inside = at_rest(network())
    inside.owners.rates.advance(90 * MINUTE)
    inside.owners.feeds.stall = gap * MINUTE
    for place, customer in enumerate(customers_of("DSL-10")[:4]):
        keep(inside, called(customer, 15 if place < 2 else 75))
    return inside


@pytest.mark.parametrize(("first", "gap", "stale"), [(0, 0, True), (2, 0, False), (2, 30, True)])
def test_the_less_a_feed_can_be_trusted_the_sooner_a_call_is_old(
    first: int, gap: int, *, stale: bool
) -> None:
    inside = morning(gap=gap)
    old = cause(inside, "DSL-10", 12.0, 2, first)
    assert inside.reasoning.selection.probably_over(old) is stale


@pytest.mark.parametrize(
    ("gain", "callers", "over"),
    [(14.0, 2, True), (11.0, 2, False), (14.0, 1, False)],
    ids=["explains them better", "explains them worse", "explains others"],
)
def test_what_is_left_of_a_failure_that_is_over_is_no_smaller_failure(
    gain: float, callers: int, *, over: bool
) -> None:
    """One of a DSLAM has called just now; about the switch above it nobody has for long."""
    inside = morning()
    best = cause(inside, "DSL-10", 12.0, 2, first=1)
    wider = cause(inside, "AGG-9", gain, callers)
    assert inside.reasoning.selection.over(best, [wider, best]) is (wider if over else None)


def test_a_cause_that_nobody_calls_about_any_more_is_over_itself() -> None:
    inside = morning()
    best = cause(inside, "DSL-10", 12.0, 2)
    assert inside.reasoning.selection.over(best, [best]) is best


@pytest.mark.parametrize(
    ("name", "callers", "gain", "enough"),
    [
        ("DSL-10", 1, 12.0, False),
        ("DSL-10", 2, 12.0, True),
        ("DSL-10", 2, 0.9, False),
        ("AGG-9", 2, 12.0, False),
        ("AGG-9", 3, 12.0, True),
        ("AGG-9", 0, 99.0, False),
    ],
)
def test_nothing_is_named_that_customers_have_not_called_about(
    name: str, callers: int, gain: float, *, enough: bool
) -> None:
    inside = at_rest(network())
    inside.owners.rates.caution = 1.0  # a day has been seen
    found = cause(inside, name, gain, callers)
    assert inside.reasoning.selection.called_about(found) is enough


@pytest.mark.parametrize(
    ("name", "alarm", "named"), [("DSL-10", 0.0, True), ("AGG-9", 0.0, False), ("AGG-9", 2.0, True)]
)
def test_on_a_first_day_a_fifth_of_all_lines_need_an_alarm(
    name: str, alarm: float, *, named: bool
) -> None:
    inside = at_rest(network())
    found = msgspec.structs.replace(cause(inside, name, 12.0, 4), alarm=alarm)
    assert inside.reasoning.selection.called_about(found) is named


@pytest.mark.parametrize(
    ("where", "rate", "tells"),
    [("AGG-9", 0.1, True), ("AGG-9", 1e-6, False), ("DSL-10", 1e-6, True)],
)
def test_what_no_call_can_be_put_down_to_is_not_named_where_lines_are_many(
    where: str, rate: float, *, tells: bool
) -> None:
    inside = at_rest(network())
    callers = customers_of("DSL-10")[:5]
    for customer in callers:
        call = called(customer)
        call.symptom = call.mark = inside.owners.detector.symptom("no-internet").number
        keep(inside, call)
    found = msgspec.structs.replace(cause(inside, where, 30.0, len(callers)), rate=rate)
    assert inside.reasoning.selection.has_support(found) is tells
