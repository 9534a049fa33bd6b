"""Failures over a network of two regions: what is inside what, and storms of separate faults."""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache

import pytest

from correlator.model import MINUTE, Event, IncidentChanged, State
from tests.builders import Desk, alarm, calls, load, ordinary, spread
from topology import Topology

LINES = 20  # customers of one card
CARDS = 6  # cards of one DSLAM
DSLAMS = 10  # of one switch; the last can reach the other switch of its region as well
SWITCHES = {"AGG-1": "BNG-1", "AGG-2": "BNG-1", "AGG-3": "BNG-2", "AGG-4": "BNG-2"}
OTHER_WAY = {"AGG-1": "AGG-2", "AGG-2": "AGG-1", "AGG-3": "AGG-4", "AGG-4": "AGG-3"}
ACCESS = ("no-sync", "no-sync", "no-internet")
SWITCH = ("no-internet", "no-internet", "no-tv", "no-phone", "no-internet")


def dslams(switch: str) -> list[str]:
    return [f"{switch}/D{n}" for n in range(1, DSLAMS + 1)]


def all_cards() -> list[str]:
    return [f"{d}/C{n}" for s in SWITCHES for d in dslams(s) for n in range(1, CARDS + 1)]


def dependencies() -> Iterator[tuple[str, str, str]]:
    yield from ((switch, bng, "") for switch, bng in SWITCHES.items())
    for switch in SWITCHES:
        *single, double = dslams(switch)
        yield from ((dslam, switch, "") for dslam in single)
        yield from ((double, way, "uplinks") for way in (switch, OTHER_WAY[switch]))
    yield from ((card, card.rpartition("/")[0], "") for card in all_cards())


@cache
def regions() -> Topology:
    """Two BNGs with two switches each, ten DSLAMs a switch, six cards a DSLAM, 20 lines a card."""
    types = {"bng": {*SWITCHES.values()}, "aggregation-switch": SWITCHES, "line-card": all_cards()}
    types["dslam"] = [dslam for switch in SWITCHES for dslam in dslams(switch)]
    equipment = [(name, kind) for kind, names in types.items() for name in sorted(names)]
    rows = [(f"{card}:{n}", card, "5.1.0") for card in all_cards() for n in range(LINES)]
    return load(equipment, dependencies(), rows)


def lines(*names: str) -> list[str]:
    """Return the customers under some domains."""
    found = [regions().domain(name) for name in names]
    return [c for domain in found if domain is not None for c in regions().customers_under(domain)]


def desk() -> Desk:
    """Return a desk after a quiet day."""
    return Desk(inventory=regions()).feed(ordinary(-1440, 0, lines("*")))


def failure(
    where: str, count: int, start: float = 0, every: float = 4, symptoms: Sequence[str] = ACCESS
) -> list[Event]:
    return calls(spread(lines(where), count), start, every, symptoms)


# --------------------------------------------------------------------------------- redundancy


def test_a_switch_is_named_without_the_dslam_that_has_another_way() -> None:
    (*single, double) = dslams("AGG-1")
    one = desk().feed(failure("AGG-1", 30, 0, 1, SWITCH)).incident()
    assert one.domain == "AGG-1"
    assert one.customers == len(lines(*single)) == len(lines("AGG-1"))
    assert not set(lines(double)) & set(lines("AGG-1"))


def test_callers_behind_two_failed_uplinks_are_not_told_that_one_of_them_is_to_blame() -> None:
    both = [*failure("AGG-1", 30, 0, 1, SWITCH), *failure("AGG-2", 30, 0.5, 1, SWITCH)]
    stranded = calls(spread(lines("AGG-1/D10", "AGG-2/D10"), 8), 1, 3, SWITCH)
    told = desk().feed(both, stranded).until(90)
    whole = lines("BNG-1")
    assert len(told.announced()) <= 3
    assert all(one.customers <= len(whole) for one in told.announced())
    assert {one.domain for one in told.announced()} <= {"AGG-1", "AGG-2", "BNG-1"}


# --------------------------------------------------------------------- outages within outages


def test_a_dslam_that_fails_while_its_bng_is_out_makes_no_storm() -> None:
    above = [alarm("BNG-1", 0), *failure("BNG-1", 60, 1, 1, SWITCH)]
    below = [alarm("AGG-1/D2", 30), *failure("AGG-1/D2", 12, 31, 2)]
    told = desk().feed(above, below).until(120)
    assert told.causes()[0] == "BNG-1"
    assert Counter(told.causes()) <= Counter({"BNG-1": 1, "AGG-1/D2": 1})


def test_a_dslam_that_fails_hard_while_its_bng_is_out_is_named_beside_it() -> None:
    above = [alarm("BNG-1", 0), *failure("BNG-1", 60, 1, 1, SWITCH)]
    below = [alarm("AGG-1/D2", 30), *failure("AGG-1/D2", 40, 31, 1, ("no-sync",))]
    assert desk().feed(above, below).until(120).causes() == ["BNG-1", "AGG-1/D2"]


def test_a_card_that_fails_under_another_switch_than_the_failed_dslam_is_named() -> None:
    dslam = [alarm("AGG-1/D2", 0), *failure("AGG-1/D2", 16, 1, 2)]
    told = desk().feed(dslam, failure("AGG-2/D3/C5", 7, 8)).until(90)
    assert told.causes() == ["AGG-1/D2", "AGG-2/D3/C5"]
    for one in told.announced():
        own = (f"T-{one.domain}/", f"T-{one.domain}:")
        assert all(name.startswith(own) for name in told.linked(one))


# --------------------------------------------------------------------------------- blindness


def test_a_shower_of_alarms_below_a_failed_switch_leaves_one_incident() -> None:
    shower = [alarm(name, 1, severity="major") for name in dslams("AGG-3")]
    told = desk().feed(alarm("AGG-3", 1), shower, failure("AGG-3", 30, 3, 1, SWITCH)).until(90)
    assert told.causes() == ["AGG-3"]


def test_a_shower_of_alarms_over_a_healthy_region_is_announced_to_nobody() -> None:
    names = ["BNG-2", "AGG-3", "AGG-4", *dslams("AGG-3"), *dslams("AGG-4")]
    shower = [alarm(name, 1 + n / 20) for n, name in enumerate(names)]
    told = desk().feed(shower, ordinary(0, 360, lines("*"))).until(360)
    assert told.announced() == []


# ------------------------------------------------------------------------------------- storms


def storm(places: Sequence[str]) -> list[Event]:
    """Return card faults that begin two minutes apart, six callers each."""
    return [event for n, card in enumerate(places) for event in failure(card, 6, 2 * n, 6)]


def test_a_storm_of_thirty_faults_in_an_hour_stays_thirty_incidents() -> None:
    places = spread(all_cards(), 30)
    told = desk().feed(storm(places)).until(180)
    assert len(set(told.causes()) & set(places)) >= 28
    assert len(told.announced()) <= 32


def test_a_storm_within_one_region_is_not_taken_for_the_region() -> None:
    places = spread([card for card in all_cards() if card[:5] in {"AGG-1", "AGG-2"}], 30)
    told = desk().feed(storm(places)).until(180)
    assert not {"BNG-1", "AGG-1", "AGG-2", ""} & set(told.causes())
    assert len(set(told.causes()) & set(places)) >= 27
    assert len(told.announced()) <= 33


# ------------------------------------------------------------------------------- in a rush


@pytest.mark.parametrize(("milliseconds", "looks"), [(30, range(1, 9)), (1_200, range(30, 61))])
def test_a_wide_domain_in_doubt_is_looked_at_once_a_second(milliseconds: int, looks: range) -> None:
    """A BNG and the switch below it that has nearly all of its customers: twenty have to call."""
    nodes = {
        f"DSL-{n}": "AGG-7" if n < 46 else "BNG-7" if n < 48 else "AGG-8" for n in range(10, 90)
    }
    inventory = load(
        [
            ("BNG-7", "bng"),
            ("AGG-7", "aggregation-switch"),
            ("AGG-8", "aggregation-switch"),
            *((node, "dslam") for node in nodes),
        ],
        [("AGG-7", "BNG-7", ""), *((node, above, "") for node, above in nodes.items())],
        [(f"{node}:{line}", node, "9.9") for node in nodes for line in range(30)],
    )
    callers = [f"DSL-{10 + n % 36}:{n // 36}" for n in range(60)]
    rush = calls(callers, 0, milliseconds / MINUTE, ("no-internet", "no-tv", "no-phone"))
    everyone = [f"{node}:{line}" for node in nodes for line in range(30)]
    desk = Desk(inventory=inventory).feed(ordinary(-2 * 1_440, 0, everyone), rush)
    told = [change.incident.state for change in desk.of(IncidentChanged)]
    assert told.count(State.CANDIDATE) in looks
    assert desk.causes() == ["AGG-7"]
