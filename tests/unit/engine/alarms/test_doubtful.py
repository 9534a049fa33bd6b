"""Alarms that by themselves tell nothing: which of them hang together."""

from correlator.engine.alarms import Standing
from correlator.engine.alarms.doubtful import DoubtfulAlarms
from correlator.engine.alarms.relations import Relations
from tests.builders import at, index_of, network
from tests.unit.engine.alarms.test_groups import ring
from topology import Topology


def raised(where: str, minute: float = 0, inventory: Topology | None = None) -> Standing:
    domain = index_of(where, inventory or network())
    return Standing(where, domain, "fan", "minor", at(minute), at(minute), minute / 60)


def kept(*alarms: Standing, inventory: Topology | None = None) -> DoubtfulAlarms:
    doubtful = DoubtfulAlarms(Relations(inventory or network()))
    for alarm in alarms:
        doubtful.add(alarm)
    return doubtful


def near(one: str, other: str, inventory: Topology | None = None) -> bool:
    first, then = raised(one, 0, inventory), raised(other, 1, inventory)
    return bool(kept(first, inventory=inventory).around(then))


def test_near_is_next_to_or_under_the_same_equipment() -> None:
    assert near("DSL-1/C1", "DSL-1")
    assert near("DSL-1", "DSL-1/C1")
    assert near("DSL-1/C1", "DSL-1/C2")
    assert not near("DSL-1/C1", "DSL-2/C1")
    assert not near("DSL-1/C1", "AGG-1")
    assert not near("AGG-1", "AGG-2")  # nothing but the world outside is above both


def test_what_a_link_joins_is_near_and_what_hangs_on_its_other_end_is_not() -> None:
    assert near("A", "B", ring())
    assert not near("A/1", "B", ring())
    assert not near("CORE", "B/1", ring())


def test_those_near_one_that_is_near_hang_together_with_it() -> None:
    chain = kept(raised("DSL-2"), raised("DSL-1"), raised("DSL-3"), raised("DSL-1/C2"))
    names = [one.id for one in chain.around(raised("DSL-1/C1", 1))]
    assert set(names) == {"DSL-1", "DSL-1/C2", "DSL-2"}


def test_one_on_the_same_equipment_is_no_company() -> None:
    assert kept(raised("DSL-1")).around(raised("DSL-1", 1)) == []


def test_after_two_minutes_they_are_forgotten() -> None:
    doubtful = kept(raised("DSL-1", 0), raised("DSL-1/C1", 1))
    assert [one.id for one in doubtful.around(raised("DSL-1/C2", 2.5))] == ["DSL-1/C1"]
    assert doubtful.state() == [raised("DSL-1/C1", 1)]


def test_one_that_is_dropped_is_found_no_more() -> None:
    doubtful = kept(raised("DSL-1"), raised("DSL-1/C2"))
    for alarm in ("DSL-1", "DSL-1/C2", "DSL-1", "unknown"):
        doubtful.drop(alarm)
    assert doubtful.around(raised("DSL-1/C1", 1)) == []
    assert doubtful.state() == []


def test_an_alarm_is_kept_as_it_came() -> None:
    alarm = raised("DSL-1")
    doubtful = kept(alarm)
    alarm.severity = "critical"
    assert [one.severity for one in doubtful.state()] == ["minor"]


def test_an_heir_finds_the_same() -> None:
    heir = kept()
    heir.restore(kept(raised("DSL-1"), raised("DSL-1/C2")).state())
    assert {one.id for one in heir.around(raised("DSL-1/C1", 1))} == {"DSL-1", "DSL-1/C2"}
