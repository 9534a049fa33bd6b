"""The same input gives the same output, whole or in parts, from a snapshot or not."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import topology
from correlator.engine import Engine, EngineSettings, ticks_between
from correlator.engine.state import SnapshotError
from correlator.model import (
    ANNOUNCED,
    MINUTE,
    Action,
    Effect,
    Event,
    IncidentChanged,
    Maintenance,
    Verb,
    arrival_order,
)
from correlator.simulate import WorldSettings, simulate
from correlator.tools.feeds import Feed, merged
from correlator.tools.replay import drive, replay
from tests.builders import Desk, catalog, network, ordinary, step
from topology import Topology

VERBS = (
    ("acknowledge", {}), ("confirm", {}), ("message", {"text": "vu"}),
    ("reject", {"reason": "essai"}), ("resolve", {}), ("reopen", {}), ("link", {"tickets": ("T",)}),
)  # fmt: skip


class Story:
    """A small hard world, with works and with actions on what it raises."""

    def __init__(self, folder: Path) -> None:
        world = WorldSettings.hard(seed=5, customers=3_000, days=3)
        world = msgspec.structs.replace(world, outages_per_day=8.0, call_rate=3.0)
        simulate(world, folder)
        self.topology: Topology = topology.load(folder / "topology")
        names = ("tickets", "alarms", "maintenance")
        feeds = [Feed(f"gi.{name}", folder / f"{name}.jsonl") for name in names]
        self.events = merged(feeds, lambda letter: pytest.fail(letter.error))
        self.events = sorted([*self.events, *self._works(), *self._actions()], key=arrival_order)

    def engine(self) -> Engine:
        return Engine(self.topology, catalog(), EngineSettings())

    def _works(self) -> Iterator[Maintenance]:
        start = self.events[len(self.events) // 2].arrived
        where = self.topology.names[0]
        yield Maintenance(
            "M-X", start - MINUTE, "M-X", (where,), start, start + 90 * MINUTE, title="travaux"
        )

    def _actions(self) -> Iterator[Action]:
        """Do something to every incident, twenty minutes after it was announced."""
        effects = replay(self.engine(), self.events).outcome
        for n, incident in enumerate(effects.announced()):
            verb, more = VERBS[n % len(VERBS)]
            when = (incident.announced or 0) + 20 * MINUTE
            yield Action(f"X{n}", when, f"X{n}", "anna", Verb(verb), incident.id, **more)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    return Story(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="module")
def whole(story: Story) -> tuple[list[list[Effect]], bytes]:
    """Return the effects event by event, and the last snapshot."""
    engine = story.engine()
    return [step(engine, event) for event in story.events], engine.snapshot()


def encoded(effects: list[list[Effect]]) -> bytes:
    return msgspec.json.encode(effects)


def test_the_world_is_worth_the_trouble(
    story: Story, whole: tuple[list[list[Effect]], bytes]
) -> None:
    effects = [one for some in whole[0] for one in some]
    raised = {
        e.incident.id
        for e in effects
        if isinstance(e, IncidentChanged) and e.incident.state in ANNOUNCED
    }
    kinds = {type(event).__name__ for event in story.events}
    assert len(raised) >= 5
    assert kinds == {"Ticket", "Alarm", "Maintenance", "Action"}


def test_the_same_world_gives_the_same_effects(
    story: Story, whole: tuple[list[list[Effect]], bytes]
) -> None:
    engine = story.engine()
    assert encoded([step(engine, event) for event in story.events]) == encoded(whole[0])
    assert engine.snapshot() == whole[1]


@settings(max_examples=6, deadline=None)
@given(share=st.floats(0, 1))
def test_an_engine_restored_anywhere_goes_on_as_if_nothing_had_been(
    story: Story, whole: tuple[list[list[Effect]], bytes], share: float
) -> None:
    cut = int(share * len(story.events))
    first, second = story.engine(), story.engine()
    for event in story.events[:cut]:
        step(first, event)
    second.restore(first.snapshot())
    assert second.snapshot() == first.snapshot()
    further = [step(second, event) for event in story.events[cut:]]
    assert encoded(further) == encoded(whole[0][cut:])
    assert second.snapshot() == whole[1]


def test_taking_a_snapshot_changes_nothing(
    story: Story, whole: tuple[list[list[Effect]], bytes]
) -> None:
    engine = story.engine()
    for n, event in enumerate(story.events):
        if n % 50 == 0:
            engine.snapshot()
        step(engine, event)
    assert engine.snapshot() == whole[1]


def test_what_was_restored_shares_nothing_with_what_it_came_from(story: Story) -> None:
    first, second = story.engine(), story.engine()
    half = len(story.events) // 2
    for event in story.events[:half]:
        step(first, event)
    data = first.snapshot()
    second.restore(data)
    for event in story.events[half:]:
        step(second, event)
    assert first.snapshot() == data


def test_effects_can_be_written_and_read(whole: tuple[list[list[Effect]], bytes]) -> None:
    kept = msgspec.json.decode(encoded(whole[0]), type=list[list[Effect]])
    assert kept == whole[0]


def test_events_can_be_written_and_read(story: Story) -> None:
    kept = msgspec.msgpack.decode(msgspec.msgpack.encode(story.events), type=list[Event])
    assert kept == story.events


def test_drive_ticks_as_the_shell_does_and_ends_with_a_tick(story: Story) -> None:
    shell, driven = story.engine(), story.engine()
    some = story.events[:200]
    by_hand = [effect for event in some for effect in step(shell, event)]
    by_hand += shell.tick(some[-1].arrived)
    assert list(drive(driven, some)) == by_hand
    assert driven.last_tick == some[-1].arrived


def test_a_snapshot_says_whether_it_belongs_to_the_inventory_in_force(story: Story) -> None:
    data = story.engine().snapshot()
    assert story.engine().restore(data)
    assert not Engine(network(), catalog(), EngineSettings()).restore(data)


@pytest.mark.parametrize("data", [b"", b"\xc1", b"\x80", b"\x81\xa7version\x63"])
def test_a_damaged_snapshot_is_refused(data: bytes) -> None:
    with pytest.raises(SnapshotError):
        Engine(network(), catalog(), EngineSettings()).restore(data)


def test_a_cut_snapshot_is_refused() -> None:
    data = Desk().feed(ordinary(0, 60)).engine.snapshot()
    with pytest.raises(SnapshotError):
        Engine(network(), catalog(), EngineSettings()).restore(data[:-10])


def test_ticks_are_a_function_of_the_arrivals() -> None:
    start = 1_772_528_400_000
    assert list(ticks_between(None, start + 10)) == [start]
    assert list(ticks_between(start, start + 10)) == []
    assert list(ticks_between(start, start + 2 * MINUTE)) == [start + MINUTE, start + 2 * MINUTE]
