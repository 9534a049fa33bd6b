"""Which alarms are of one cause, and what that is."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlator.engine.alarms import AlarmBook, AlarmGroups, AlarmHierarchy, Relations
from correlator.engine.state import dump as dump_state
from correlator.engine.state import load as load_state
from correlator.engine.state.carry import Renumbering
from correlator.model import HOUR, MINUTE, Alarm, AlarmState
from tests.builders import alarm, at, catalog, load, network
from topology import Topology

CARDS = [f"DSL-1/C{n}" for n in range(1, 7)]


class Room:
    """A book and its groups, told of alarms one after the other."""

    def __init__(self, inventory: Topology | None = None) -> None:
        self.inventory = inventory or network()
        self.book = AlarmBook(self.inventory)
        relations = Relations(self.inventory)
        hierarchy = AlarmHierarchy(self.inventory, relations, self.book, self.book.types)
        self.groups = AlarmGroups(self.inventory, relations, hierarchy)

    def tell(self, *alarms: Alarm) -> "Room":
        for one in alarms:
            domain = self.inventory.domain(one.managed_object)
            assert domain is not None
            tau = (one.arrived - at(0)) / HOUR
            raised = self.book.take(one, domain, tau)
            if raised is not None:
                self.groups.raised(raised, tau)
            elif one.state is AlarmState.CLEARED:
                self.groups.cleared(one.id, one.arrived)
        return self

    def found(self) -> dict[str, set[str]]:
        """Return the equipment of each group, by the name of its cause."""
        name, scope_name = self.inventory.name, self.inventory.scope_name
        return {
            scope_name(self.groups.cause_of(group)): set(map(name, group.alarms.values()))
            for group in self.groups
        }


def at_once(places: Sequence[str], minute: float = 0, **more: str) -> list[Alarm]:
    """Return alarms of these a few seconds apart, as a failure raises them."""
    return [alarm(where, minute + n / 10, **more) for n, where in enumerate(places)]


@pytest.mark.parametrize(
    "order", [["DSL-1", *CARDS], [*CARDS, "DSL-1"], [*CARDS[:3], "DSL-1", *CARDS[3:]]]
)
def test_the_alarm_of_what_fails_comes_first_last_or_between(order: list[str]) -> None:
    assert Room().tell(*at_once(order)).found() == {"DSL-1": {"DSL-1", *CARDS}}


@pytest.mark.parametrize("cause", ["lossOfSignal", "VENDOR_0815", "gestört"])
def test_any_vocabulary_of_causes_will_do(cause: str) -> None:
    assert list(Room().tell(*at_once(["DSL-1", *CARDS], cause=cause)).found()) == ["DSL-1"]


def test_what_came_by_itself_is_in_no_group() -> None:
    lonely = [alarm(f"DSL-{n}/C{n}", 20 * n) for n in range(1, 5)]
    assert Room().tell(*lonely).found() == {}


def test_what_stood_before_is_no_part_of_it() -> None:
    room = Room().tell(alarm("DSL-1/C6", -600), *at_once(["DSL-1", *CARDS[:5]]))
    assert room.found() == {"DSL-1": {"DSL-1", *CARDS[:5]}}


def test_failures_of_two_equipments_at_once_are_two_groups() -> None:
    both = [
        one
        for pair in zip(
            at_once(["DSL-1", *CARDS]),
            at_once(["DSL-3", *(f"DSL-3/C{n}" for n in range(1, 7))], 0.05),
            strict=True,
        )
        for one in pair
    ]
    assert set(Room().tell(*both).found()) == {"DSL-1", "DSL-3"}


def test_equipment_that_flaps_begins_no_group() -> None:
    flapping = [
        alarm("DSL-1", n * 20 + (state == "cleared"), state=state)
        for n in range(12)
        for state in ("raised", "cleared")
    ]
    assert Room().tell(*flapping).found() == {}


def test_kinds_that_come_together_tell_of_a_failure_the_next_time_at_once() -> None:
    """The first time it takes four; then two of what always comes together are enough."""
    room = Room().tell(*at_once(["DSL-1", *CARDS]))
    cleared = at_once(["DSL-1", *CARDS], 30, state="cleared")
    again = room.tell(*cleared, *at_once(["DSL-3", "DSL-3/C1"], 60))
    assert {"DSL-3", "DSL-3/C1"} in again.found().values()


def ring() -> Topology:
    """Return CORE – A – B – C – D – CORE, two DSLAMs on each, and a UPS for each DSLAM of A."""
    switches = ("A", "B", "C", "D")
    nodes = [f"{switch}/{n}" for switch in switches for n in (1, 2)]
    return load(
        [
            ("CORE", "core-router"),
            *((switch, "aggregation-switch") for switch in switches),
            *((node, "dslam") for node in nodes),
            ("UPS", "ups"),
        ],
        [
            *((node, node[0], "", "service") for node in nodes),
            ("A/1", "UPS", "", "power"),
            ("UPS", "A/1", "", "management"),
        ],
        [(f"{node}:{n}", node, "9") for node in nodes for n in range(20)],
        links=[("CORE", "A"), ("A", "B"), ("B", "C"), ("C", "D"), ("D", "CORE")],
    )


BELOW_B, BELOW_C = ["B/1", "B/2"], ["C/1", "C/2"]


def test_of_a_cut_arc_the_root_is_what_is_cut_off_and_not_the_healthy_ends() -> None:
    """Links A – B and C – D are cut: all four switches alarm, and what hangs on B and C."""
    room = Room(ring()).tell(*at_once(["A", "B", "C", "D", *BELOW_B, *BELOW_C]))
    assert list(room.found()) == ["B+C"]
    assert room.found()["B+C"] == {"A", "B", "C", "D", *BELOW_B, *BELOW_C}


def test_a_battery_that_is_empty_half_an_hour_later_is_the_root_of_what_fails() -> None:
    room = Room(ring()).tell(*at_once(["B", *BELOW_B, "C", *BELOW_C]))  # so that kinds are known
    room.tell(*at_once(["B", *BELOW_B, "C", *BELOW_C], 90, state="cleared"))
    room.tell(alarm("UPS", 120, cause="powerProblem"), *at_once(["A/1", "A"], 150))
    assert any({"UPS", "A/1"} <= group for group in room.found().values())


def test_what_supervision_sees_through_the_failed_one_is_no_cause_of_its_failure() -> None:
    room = Room(ring()).tell(*at_once(["A/1", "UPS", "A", "A/2"]))
    assert "UPS" not in room.found()


@given(st.lists(st.tuples(st.integers(0, 6), st.booleans(), st.integers(0, 240)), max_size=30))
def test_an_heir_groups_what_comes_as_one_that_never_stopped(
    told: list[tuple[int, bool, int]],
) -> None:
    places, now, alarms = ["DSL-1", *CARDS], 0.0, []
    for place, raised, seconds in told:
        now += seconds / 60
        state = "raised" if raised else "cleared"
        alarms.append(alarm(places[place], now, id=f"A{place}", state=state))
    half = len(alarms) // 2
    one, heir = Room().tell(*alarms[:half]), Room()
    kept = load_state(dump_state({"book": one.book.state(), "groups": one.groups.state()}))
    heir.book.restore(kept["book"])
    heir.groups.restore(kept["groups"])
    assert one.tell(*alarms[half:]).found() == heir.tell(*alarms[half:]).found()


def test_a_group_is_forgotten_once_nothing_of_it_stands() -> None:
    room = Room().tell(*at_once(["DSL-1", *CARDS]), *at_once(["DSL-1", *CARDS], 5, state="cleared"))
    for group in list(room.groups.pending.values()):
        room.groups.shown(group, 1, "")
    room.groups.forget(at(5) - MINUTE)
    assert len(room.found()) == 1
    room.groups.forget(at(30))
    assert room.found() == {}


NODES = ["DSL-3", "DSL-4", "DSL-5"]


def cards_of(node: str) -> list[str]:
    return [f"{node}/C{n}" for n in range(1, 7)]


def learned(inventory: Topology | None = None) -> Room:
    """Return a room in which DSLAMs, cards and a switch have failed with others, hours ago."""
    room = Room(inventory)
    for n, places in enumerate([[node, *cards_of(node)] for node in NODES]):
        minute = 60 * n - 5000
        room.tell(*at_once(places, minute), *at_once(places, minute + 30, state="cleared"))
    for n, where in enumerate(["AGG-2", "DSL-3", "DSL-4"]):
        again = [alarm(where, n / 10 - 4000, id=f"W-{where}")]
        room.tell(*again, alarm(where, n / 10 - 3900, id=f"W-{where}", state="cleared"))
    for group in room.groups:
        room.groups.shown(group, 0, "")
    room.groups.forget(at(-100))
    return room


def test_a_parent_that_alarms_after_its_children_joins_them_and_is_the_root() -> None:
    room = learned().tell(*at_once(CARDS[:4]), alarm("DSL-1", 6))
    assert room.found() == {"DSL-1": {"DSL-1", *CARDS[:4]}}


def test_children_join_a_parent_that_stands_as_long_as_a_battery_lasts() -> None:
    room = learned().tell(alarm("DSL-1", 0), *at_once(CARDS[:3], 90), alarm("DSL-1/C5", 130))
    assert {"DSL-1", *CARDS[:3]} in room.found().values()
    assert room.groups.of("A-DSL-1") is not room.groups.of("A-DSL-1/C5")


def test_children_of_a_parent_that_has_cleared_are_another_failure() -> None:
    room = learned().tell(alarm("DSL-1", 0), alarm("DSL-1", 20, state="cleared"))
    room.tell(*at_once(CARDS[:3], 30))
    assert room.groups.of("A-DSL-1") is not room.groups.of("A-DSL-1/C1")


def test_children_that_alarm_together_make_a_silent_parent_the_root() -> None:
    room = learned().tell(*at_once(["DSL-1", *CARDS]), *at_once(["DSL-2", *cards_of("DSL-2")], 1))
    assert room.found() == {"AGG-1": {"DSL-1", *CARDS, "DSL-2", *cards_of("DSL-2")}}


def test_the_same_equipment_hours_later_is_another_group() -> None:
    room = learned().tell(*at_once(["DSL-1", *CARDS]))
    room.tell(*at_once(["DSL-1", *CARDS], 30, state="cleared"))
    room.tell(*at_once(["DSL-1", *CARDS], 300))
    assert room.groups.of("A-DSL-1") is not None
    assert [len(group.standing) for group in room.groups] == [0, 7]


def test_what_is_gone_before_the_others_come_does_not_keep_their_group_alive() -> None:
    brief = [alarm("DSL-1/C6", 0), alarm("DSL-1/C6", 0.3, state="cleared")]
    places = ["DSL-1", *CARDS[:4]]
    room = Room().tell(*brief, *at_once(places, 0.5), *at_once(places, 5, state="cleared"))
    (group,) = room.groups
    assert set(map(room.inventory.name, group.alarms.values())) == set(places)
    assert group.over == at(5.4)


def test_an_alarm_that_comes_again_is_followed_in_its_new_group() -> None:
    """Alarms of one object often keep their id."""
    places = ["DSL-1", *CARDS]
    room = Room().tell(*at_once(places), *at_once(places, 5, state="cleared"))
    room.tell(*at_once(places, 50))
    for group in room.groups:
        room.groups.shown(group, 1, "")
    room.groups.forget(at(30))  # the first group, not the second
    room.tell(*at_once(places, 60, state="cleared"))
    (group,) = room.groups
    assert group.over == at(60.6)


def test_a_battery_is_in_one_group_only() -> None:
    inventory = ring()
    room = Room(inventory).tell(*at_once(["UPS", "A/1", "A/2", "A"]))
    room.tell(*at_once(["A/1"], 5, state="cleared"), alarm("A/1", 40))
    holding = [group for group in room.groups if "A-UPS" in group.alarms]
    assert len(holding) == 1


def test_a_group_that_takes_another_in_knows_the_incidents_of_both() -> None:
    room = learned().tell(*at_once(["DSL-1", *CARDS]), *at_once(["DSL-2/C1", "DSL-2/C2"], 1))
    for number, group in enumerate(room.groups, 7):
        room.groups.shown(group, number, "")
    room.tell(alarm("AGG-1", 3))
    (group,) = room.groups
    assert {group.incident, *group.replaced} - {0} == {7, 8}
    assert room.inventory.name(group.root) == "AGG-1"


TOLD = st.lists(
    st.tuples(
        st.sampled_from(["AGG-1", "DSL-1", *CARDS, "DSL-2", "DSL-2/C1", "DSL-3", "DSL-3/C1"]),
        st.sampled_from(["lossOfSignal", "VENDOR_0815"]),
        st.booleans(),
        st.integers(0, 2000),
    ),
    max_size=40,
)


def told_alarms(told: list[tuple[str, str, bool, int]]) -> list[Alarm]:
    now, alarms = 0.0, []
    for place, cause, raised, seconds in told:
        now += seconds / 60
        state = "raised" if raised else "cleared"
        alarms.append(alarm(place, now, id=f"{place}/{cause}", cause=cause, state=state))
    return alarms


@given(TOLD, st.integers(0, 40))
def test_a_snapshot_anywhere_changes_nothing(
    told: list[tuple[str, str, bool, int]], cut: int
) -> None:
    alarms = told_alarms(told)
    one, heir = learned(), learned()
    one.tell(*alarms[:cut])
    state = load_state(dump_state({"book": one.book.state(), "groups": one.groups.state()}))
    heir.book.restore(state["book"])
    heir.groups.restore(state["groups"])
    one.tell(*alarms[cut:])
    heir.tell(*alarms[cut:])
    assert dump_state(heir.groups.state()) == dump_state(one.groups.state())


@given(TOLD)
def test_an_alarm_stands_in_no_more_than_one_group_and_only_while_it_stands(
    told: list[tuple[str, str, bool, int]],
) -> None:
    room = learned()
    for one in told_alarms(told):
        room.tell(one)
        room.groups.forget(one.arrived - HOUR)
        standing = [name for group in room.groups for name in group.standing]
        assert len(standing) == len(set(standing))
        assert all(room.book.find(name) is not None for name in standing)
        assert all((group.over is None) is bool(group.standing) for group in room.groups)
        assert all(room.groups.of(name) for name in standing)


def smaller() -> Topology:
    """Return an inventory without DSL-1/C6 and DSL-2, in another order."""
    cards = [f"DSL-1/C{n}" for n in range(5, 0, -1)]
    return load(
        [*((card, "line-card") for card in cards), ("DSL-1", "dslam")],
        [(card, "DSL-1") for card in cards],
        [(f"{card}:{n}", card, "9") for card in cards for n in range(4)],
    )


def over(before: Room, inventory: Topology) -> Room:
    """Return a room over another inventory to which the state has been carried over."""
    after = Room(inventory)
    moved = Renumbering(inventory, catalog(), list(before.inventory.names), [], at(10))
    state = load_state(dump_state({"book": before.book.state(), "groups": before.groups.state()}))
    after.book.carry_over(state["book"], moved)
    after.groups.carry_over(state["groups"], moved)
    return after


def test_another_inventory_keeps_the_groups_of_what_it_has() -> None:
    before = Room().tell(*at_once(["DSL-1", *CARDS]), *at_once(["DSL-2", *cards_of("DSL-2")], 1))
    after = over(before, smaller())
    assert after.found() == {"DSL-1": {"DSL-1", *CARDS[:5]}}
    after.tell(*at_once(["DSL-1", *CARDS[:5]], 20, state="cleared"))
    (group,) = after.groups
    assert group.over == at(20.5)


def test_a_group_of_which_only_the_gone_stood_is_over_and_to_be_shown() -> None:
    before = Room().tell(*at_once(["DSL-1", *CARDS]))
    before.tell(*at_once(["DSL-1", *CARDS[:5]], 5, state="cleared"))
    for group in before.groups:
        before.groups.shown(group, 7, "")
    after = over(before, smaller())
    (group,) = after.groups
    assert group.over == at(10)
    assert list(after.groups.pending) == [group.number]


def test_under_a_parent_below_which_something_always_alarms_a_group_ends_all_the_same() -> None:
    room = learned().tell(alarm("AGG-1", 0), *at_once(["DSL-1", *CARDS], 1))
    for n, card in enumerate([*cards_of("DSL-2"), *CARDS, *cards_of("DSL-2")]):
        room.tell(alarm(card, 5 + 9 * n, id=f"Z{n}"))
    spans = [group.last - group.first for group in room.groups]
    assert max(spans) <= 2 * HOUR
    assert sum(len(group.alarms) for group in room.groups) == 26
