"""What a daemon starts from is where the last one stopped."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import msgspec
import pytest

import rules
import topology
from correlator.engine import Engine, EngineSettings, ticks_between
from correlator.model import (
    Action,
    Alarm,
    AlarmState,
    Effect,
    Event,
    Maintenance,
    RulesChanged,
    Ticket,
    TopologyChanged,
    Verb,
)
from correlator.ports import Input, Recovered
from correlator.service.recovery import apply, decode_inputs, encode_inputs, recover
from correlator.tools.feeds import feeds_in, merged
from tests.builders import Desk, calls, catalog, customers_of, load, network, spread

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from topology import Topology

EVENTS: list[Event] = [
    Ticket("T1", 1_000, 999, "e1"),
    Ticket("T2", 1_000, 999, "e2", "C1", "no-sync", "plus rien", "closed", "minor", "phone"),
    Alarm("A1", 2_000, 1_500, "e3", "DSL-1", AlarmState.RAISED),
    Alarm("A1", 2_000, 1_500, "e4", "DSL-1", AlarmState.CLEARED, "dslam", "major", "fire", "x"),
    Maintenance("M1", 3_000, "e5", ("DSL-1", "DSL-2"), 4_000, 5_000, "travaux"),
    Maintenance("M1", 3_001, "e6", (), 0, 0, cancelled=True),
    *(Action(f"X{verb}", 4_000, "e7", "anna", verb, "GI-1") for verb in Verb),
    Action("X", 4_000, "e8", "anna", Verb.MERGE, "GI-1", "oui", ("T1",), "GI-2", "DSL-1", "mot"),
    TopologyChanged("v1", 5_000, "v1"),
    RulesChanged("v2", 5_000, "v2"),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.id)
def test_every_event_survives(event: Event) -> None:
    (back,) = decode_inputs(encode_inputs([event]))
    assert back == event
    assert type(back) is type(event)


def test_every_kind_of_event_is_among_them() -> None:
    assert {type(event) for event in EVENTS} == set(Event.__args__)


def test_ticks_and_events_keep_their_order() -> None:
    inputs: list[Input] = [60_000, EVENTS[0], 120_000, 1_800_000_000_000, EVENTS[2], 0]
    assert decode_inputs(encode_inputs(inputs)) == inputs


def test_no_inputs_at_all() -> None:
    assert decode_inputs(encode_inputs([])) == []


# ---------------------------------------------------------------------- a small world, cut up


@pytest.fixture(scope="module")
def inventory(small_world: Path) -> Topology:
    return topology.load(small_world / "topology")


@pytest.fixture(scope="module")
def inputs(small_world: Path) -> list[Input]:
    """Return everything that an engine is told over two days, ticks included."""
    told: list[Input] = []
    last = None
    for event in merged(feeds_in(small_world), pytest.fail):
        ticks = list(ticks_between(last, event.arrived))
        last = ticks[-1] if ticks else last
        told += [*ticks, event]
    return told


def engine(inventory: Topology) -> Engine:
    return Engine(inventory, rules.load(), EngineSettings())


def run(engine: Engine, inputs: Sequence[Input]) -> list[Effect]:
    effects: list[Effect] = []
    for item in inputs:
        effects += engine.tick(item) if isinstance(item, int) else engine.handle(item)
    return effects


@pytest.mark.parametrize("seed", range(3))
def test_recovery_anywhere_goes_on_as_if_nothing_had_been(
    inventory: Topology, inputs: list[Input], seed: int
) -> None:
    chance = random.Random(seed)
    first, second, third = sorted(chance.sample(range(len(inputs)), 3))
    whole = engine(inventory)
    apply(whole, inputs[:first])
    snapshot = whole.snapshot()
    apply(whole, inputs[first:third])
    batches = (encode_inputs(inputs[first:second]), encode_inputs(inputs[second:third]))

    heir = engine(inventory)
    assert recover(heir, Recovered(snapshot, batches, {}))
    assert heir.snapshot() == whole.snapshot()
    assert run(heir, inputs[third:]) == run(whole, inputs[third:])
    assert heir.snapshot() == whole.snapshot()


def test_without_a_snapshot_the_batches_are_all(inventory: Topology, inputs: list[Input]) -> None:
    half = len(inputs) // 2
    whole, heir = engine(inventory), engine(inventory)
    apply(whole, inputs[:half])
    assert recover(heir, Recovered(None, (encode_inputs(inputs[:half]),), {}))
    assert heir.snapshot() == whole.snapshot()


def test_a_first_start_has_nothing_to_recover(inventory: Topology) -> None:
    fresh = engine(inventory)
    assert recover(fresh, Recovered(None, (), {}))
    assert fresh.snapshot() == engine(inventory).snapshot()


def test_another_inventory_is_told_and_what_lives_goes_on() -> None:
    desk = Desk().feed(calls(spread(customers_of("DSL-1/C1"), 7), 0, 6))
    smaller = load([("DSL-1", "dslam"), ("DSL-1/C1", "line-card")], [("DSL-1/C1", "DSL-1", "")],
                   [(name, "DSL-1/C1", "5.1.0") for name in customers_of("DSL-1/C1")])  # fmt: skip
    heir = Engine(smaller, catalog(), EngineSettings())
    assert not recover(heir, Recovered(desk.engine.snapshot(), (), {}))
    assert [told.incident.id for told in heir.living()] == [desk.incident().id]
    same = Engine(network(), catalog(), EngineSettings())
    assert recover(same, Recovered(desk.engine.snapshot(), (), {}))


def test_what_was_damaged_is_not_taken_for_anything_else(inventory: Topology) -> None:
    with pytest.raises(ValueError, match="damaged snapshot"):
        recover(engine(inventory), Recovered(b"\x93", (), {}))
    with pytest.raises(msgspec.DecodeError):
        recover(engine(inventory), Recovered(None, (b"\x93",), {}))
