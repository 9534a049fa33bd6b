"""What the console tells an agent is what the engine told: of each ticket, at its arrival.

The console answers from a board that is fed with projections, without the engine; the engine
answers a ticket before it counts. Both are asked for the same customer, symptom and moment.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from msgspec import structs

import topology
from correlator.adapters.sql import BoardRows
from correlator.engine import Engine, EngineSettings, ticks_between
from correlator.model import (
    Answer,
    Effect,
    Event,
    Figures,
    FiguresChanged,
    Incident,
    IncidentChanged,
    Maintenance,
    MaintenanceKept,
    Millis,
    Ticket,
    TicketKept,
    Verdict,
)
from correlator.ports import ENGINE, FeedStatus
from correlator.simulate import WorldSettings, simulate, simulate_evening
from correlator.tools.feeds import feeds_in, merged
from correlator.web.answers import ALARMS, TICKETS, Answerer
from correlator.web.board import Board
from tests.builders import catalog

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

HARD = structs.replace(
    WorldSettings.hard(seed=5, customers=3_000, days=2), outages_per_day=8.0, call_rate=2.0
)


class Console:
    """A board beside an engine: projected after each event, as if the shell committed each."""

    def __init__(self, world: Path) -> None:
        inventory = topology.load(world / "topology")
        self.engine = Engine(inventory, catalog(), EngineSettings())
        self.board = Board(inventory)
        self.answerer = Answerer(self.board, {one.id: one.fault for one in catalog().symptoms})
        self._looked: Millis = 0
        self.figures: dict[str, Figures] = {}
        self.works: dict[str, Maintenance] = {}

    def feed(self, event: Event) -> list[Effect]:
        """Take an event; returns its effects. The board is left as it was before it."""
        for now in ticks_between(self.engine.last_tick, event.arrived):
            self.follow(self.engine.tick(now))
        return self.engine.handle(event)

    def follow(self, effects: list[Effect]) -> None:
        """Bring the board up to what these effects changed."""
        shown = self.engine.project(effects, self._looked)
        self._looked = self.engine.now
        changed: dict[str, Incident] = {}
        for effect in (*effects, *shown):
            match effect:
                case IncidentChanged(incident=incident):
                    changed[incident.id] = incident
                case FiguresChanged(figures=figures):
                    self.figures[figures.incident] = figures
                    entry = self.board.get(figures.incident)
                    if entry is not None:
                        changed.setdefault(figures.incident, entry.incident)
                case MaintenanceKept(maintenance=works):
                    self.works[works.id] = works
        feeds = self._feeds()
        if not changed and not any(isinstance(e, MaintenanceKept) for e in effects):
            self.board.stand(feeds, ())
            return
        known = tuple(self.figures[one] for one in changed if one in self.figures)
        works = tuple(one for one in self.works.values() if not one.cancelled)
        rows = BoardRows(1, tuple(changed.values()), known, (), works, feeds, {}, ())
        self.board.update(rows)

    def _feeds(self) -> tuple[FeedStatus, ...]:
        now = self.engine.now
        silent = zip((TICKETS, ALARMS), self.engine.silent(), strict=True)
        feeds = [FeedStatus(topic, 0, now, 0, 0, gone) for topic, gone in silent]
        return (*feeds, FeedStatus(ENGINE, 0, now, 0))


def answers(world: Path, events: Iterable[Event]) -> Counter[tuple[Answer, Answer]]:
    """Count what the engine and the console say of each ticket of a known customer."""
    console = Console(world)
    said: Counter[tuple[Answer, Answer]] = Counter()
    for event in events:
        effects = console.feed(event)
        verdict = next((e for e in effects if isinstance(e, Verdict)), None)
        kept = next((e for e in effects if isinstance(e, TicketKept)), None)
        # An agent picks one symptom; of a text that says two, the engine knows more.
        mixed = kept is not None and kept.shares
        if isinstance(event, Ticket) and event.customer and verdict and kept and not mixed:
            word = console.answerer.answer(event.customer, kept.symptom, event.arrived).word
            said[verdict.answer, word] += 1
        console.follow(effects)
    return said


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("worlds")
    simulate_evening(folder / "evening", seed=2)
    simulate(HARD, folder / "hard")
    return {"evening": folder / "evening", "hard": folder / "hard"}


def events_of(world: Path) -> list[Event]:
    return list(merged(feeds_in(world), lambda _letter: None))


@pytest.mark.parametrize("name", ["evening", "hard"])
def test_the_console_tells_agents_what_the_engine_told(worlds: dict[str, Path], name: str) -> None:
    world = worlds[name]
    said = answers(world, events_of(world))
    agreed = sum(n for (engine, console), n in said.items() if engine is console)
    assert agreed >= 0.99 * said.total()
    assert said[Answer.NO, Answer.YES] == 0
    asked = Counter(engine for engine, _ in said.elements())
    assert min(asked[Answer.YES], asked[Answer.PROBABLE]) >= 10
    assert asked[Answer.NO] <= 0.98 * said.total()  # who always says no would not pass
