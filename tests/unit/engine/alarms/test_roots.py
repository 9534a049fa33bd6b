"""The root of a group of alarms: which cause explains them best."""

from collections.abc import Iterable, Sequence

import pytest

from correlator.engine.alarms import AlarmGroup, AlarmRoots
from correlator.engine.alarms.relations import Relations
from correlator.engine.state.carry import Renumbering
from tests.builders import at, catalog, index_of, load, network
from tests.unit.engine.alarms.test_groups import ring
from topology import Topology


def group_of(
    inventory: Topology, places: Sequence[str], root: str = "", minutes: Iterable[float] = ()
) -> AlarmGroup:
    """Return a group of an alarm on each of these; `minutes`: when they came, else at once."""
    came = list(minutes) or [n / 10 for n in range(len(places))]
    domains = [index_of(where, inventory) for where in places]
    alarms = {f"A-{where}": domain for where, domain in zip(places, domains, strict=True)}
    began = {domain: at(minute) for domain, minute in zip(domains, came, strict=True)}
    first = domains[0] if not root else index_of(root, inventory)
    standing = dict.fromkeys(alarms)
    return AlarmGroup(1, first, alarms, standing, began, at(min(came)), at(max(came)), 0.0)


def root(
    places: Sequence[str],
    inventory: Topology | None = None,
    *,
    known: str = "",
    minutes: Iterable[float] = (),
) -> str:
    """Return the name of the cause of alarms on these; `known`: what it was taken for."""
    inventory = inventory or network()
    group = group_of(inventory, places, known, minutes)
    return inventory.scope_name(AlarmRoots(inventory, Relations(inventory)).of(group))


def test_one_alarm_has_itself_as_root() -> None:
    assert root(["DSL-1/C1"]) == "DSL-1/C1"


def test_the_highest_that_alarms_is_the_root_where_what_is_below_alarms_too() -> None:
    cards = [f"DSL-1/C{n}" for n in range(1, 7)]
    assert root([*cards, "DSL-1"]) == "DSL-1"
    assert root(["DSL-1", *cards], known="AGG-1") == "DSL-1"  # of two DSLAMs one is silent


def test_a_silent_parent_is_the_root_of_children_that_all_alarm() -> None:
    below = [f"DSL-{d}/C{c}" for d in (1, 2) for c in range(1, 7)]
    assert root(["DSL-1", "DSL-2", *below], known="AGG-1") == "AGG-1"


def test_silent_children_speak_against_a_cause() -> None:
    assert root(["DSL-1/C1", "DSL-1"]) == "DSL-1/C1"  # five of six cards are silent
    assert root(["DSL-1/C1", "DSL-1/C2", "DSL-1/C3", "DSL-1"]) == "DSL-1"


def test_the_far_end_of_a_cut_link_is_not_the_root() -> None:
    """C and B – C's other end alarm; what hangs on C alone says which of them has failed."""
    assert root(["B", "C", "C/1", "C/2"], ring()) == "C"
    assert root(["C", "B", "C/1", "C/2"], ring(), known="B") == "C"


@pytest.mark.parametrize("order", [1, -1])
def test_an_arc_is_what_is_cut_off_whichever_end_alarms_first(order: int) -> None:
    places = ["A", "B", "C", "D", "B/1", "B/2", "C/1", "C/2"]
    assert root(places[::order], ring()) == "B+C"


def test_a_wider_arc_is_named_in_full() -> None:
    below = [f"{switch}/{n}" for switch in "BCD" for n in (1, 2)]
    assert root(["A", "B", "C", "D", *below], ring()) == "B+C+D"


def test_equipment_that_supervision_sees_through_the_failed_one_is_no_cause() -> None:
    assert root(["UPS", "A/1"], ring()) == "A/1"  # both at once: A/1 hides its UPS
    assert root(["A/1", "UPS"], ring(), known="UPS") == "A/1"


def test_equipment_that_alarmed_long_before_what_hides_it_may_be_the_cause() -> None:
    """The mains fail, the battery lasts half an hour: then the DSLAM goes."""
    assert root(["UPS", "A/1"], ring(), minutes=[0, 30]) == "UPS"


def test_what_a_ring_links_hides_and_powers() -> None:
    inventory = ring()

    def number(name: str) -> int:
        return index_of(name, inventory)

    relations = Relations(inventory)
    assert relations.links(number("B")) == {number("A"), number("C")}
    assert relations.links(number("B/1")) == set()
    assert relations.hides[number("UPS")] == (number("A/1"),)
    assert relations.powering == {number("A/1"): (number("UPS"),)}


def smaller() -> Topology:
    """Return an inventory in which of DSL-1 only a card is left, in another order."""
    return load(
        [("OTHER", "dslam"), ("DSL-1", "dslam"), ("DSL-1/C2", "line-card")],
        [("DSL-1/C2", "DSL-1")],
        [("one", "DSL-1/C2", "9"), ("other", "OTHER", "9")],
    )


def carried(group: AlarmGroup, standing: Iterable[str]) -> AlarmGroup | None:
    group.standing = dict.fromkeys(standing)
    names = list(network().names)
    return group.carried_over(Renumbering(smaller(), catalog(), names, [], at(30)))


def test_over_another_inventory_a_group_keeps_what_is_there() -> None:
    group = group_of(network(), ["DSL-1", "DSL-1/C1", "DSL-1/C2"])
    kept = carried(group, ["A-DSL-1/C1", "A-DSL-1/C2"])
    assert kept is not None
    assert smaller().name(kept.root) == "DSL-1"
    assert {a: smaller().name(d) for a, d in kept.alarms.items()} == {
        "A-DSL-1": "DSL-1", "A-DSL-1/C2": "DSL-1/C2"
    }  # fmt: skip
    assert (list(kept.standing), kept.over) == (["A-DSL-1/C2"], None)
    assert set(kept.began) == set(kept.alarms.values())


def test_it_is_over_where_all_that_stood_is_gone_with_its_equipment() -> None:
    kept = carried(group_of(network(), ["DSL-1", "DSL-1/C1"]), ["A-DSL-1/C1"])
    assert kept is not None
    assert kept.over == at(30)


@pytest.mark.parametrize("places", [["AGG-1", "DSL-1"], ["DSL-2", "DSL-2/C1"]])
def test_a_group_whose_root_is_gone_is_dropped(places: list[str]) -> None:
    assert carried(group_of(network(), places), ["A-" + places[1]]) is None
