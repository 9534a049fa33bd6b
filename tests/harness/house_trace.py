"""How often the engine goes from room to room: one day, traced call by call.

A room is a file of `correlator/`, `topology/` or `rules/`, or the compiled loops of all packages
together: the folders `kernels`, which run without a return to Python in between. A move is a call
or a return after which another room executes than before; an entry is a call that comes from
another room. The compiler is off, so that loops count like everything else: `moves` in
`tests.harness.house` starts this file in a process of its own, with `NUMBA_DISABLE_JIT=1` and the
tree to be measured in `PYTHONPATH`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import correlator
from correlator.engine import ticks_between
from correlator.model import MINUTE, Action, Event, State, Verb
from tests.builders import START, Desk, alarm, at, ticket, under

ROOT = Path(correlator.__file__).parents[1]
COUNTED = ("correlator", "topology", "rules")


@dataclass(frozen=True)
class Way:
    """The way of one event through the rooms."""

    event: str
    moves: int
    entries: int
    rooms: int
    calls: int
    effects: list[str]
    way: list[str]


class Tracer:
    """Follows calls and returns; frames of other code are as if they were not there.

    A comprehension or a generator counts as the file in which it is written.
    """

    def __init__(self) -> None:
        self.way: list[str] = []
        self.entries = 0
        self.calls = 0
        self._rooms: dict[str, str] = {}

    def _room(self, code: CodeType) -> str:
        """Return the room of some code, "" where it is none of ours."""
        file = code.co_filename
        if file not in self._rooms:
            path = Path(file)
            inside = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else ""
            inside = "correlator/kernels" if "/kernels/" in inside else inside
            self._rooms[file] = inside if inside.split("/")[0] in COUNTED else ""
        return self._rooms[file]

    def _caller(self, frame: FrameType) -> str:
        """Return the room to which a return leads."""
        back = frame.f_back
        while back is not None and not self._room(back.f_code):
            back = back.f_back
        return self._room(back.f_code) if back is not None else ""

    def __call__(self, frame: FrameType, event: str, _: object) -> None:
        room = self._room(frame.f_code)
        if not room or event not in {"call", "return"}:
            return
        if event == "return":
            room = self._caller(frame)
        else:
            self.calls += 1
            self.entries += not self.way or self.way[-1] != room
        if room and (not self.way or self.way[-1] != room):
            self.way.append(room)


def traced(name: str, call: Callable[[], list[Any]]) -> Way:
    tracer = Tracer()
    sys.setprofile(tracer)
    try:
        effects = call()
    finally:
        sys.setprofile(None)
    return Way(
        name,
        moves=len(tracer.way) - 1,
        entries=tracer.entries,
        rooms=len(set(tracer.way)),
        calls=tracer.calls,
        effects=[type(effect).__name__ for effect in effects],
        way=tracer.way,
    )


def handled(desk: Desk, name: str, event: Event) -> Way:
    """Trace an event after the ticks before it, which are not traced."""
    desk.until((event.arrived - START) / MINUTE)
    taken: list[Any] = []

    def call() -> list[Any]:
        taken.extend(desk.engine.handle(event))
        return taken

    way = traced(name, call)
    for effect in taken:
        desk.outcome.take(effect)
    return way


def ticked(desk: Desk, name: str, minute: float) -> Way:
    """Trace the last of the ticks up to a minute."""
    *before, last = ticks_between(desk.engine.last_tick, at(minute))
    for now in before:
        desk.engine.tick(now)
    return traced(name, lambda: desk.engine.tick(last))


def evening() -> list[Way]:
    """Trace calls from one card until its incident is announced, and what follows.

    First an ordinary ticket with a text, from a customer of whom nobody has asked yet, on another
    DSLAM. Then lines 1 to 3 of the first card call one minute apart; line 8 a minute later.
    """
    desk = Desk()
    card = under("DSL-1/C1")
    other = ticket(under("DSL-3/C4")[11], 0.5, "no-internet", text="plus internet du tout")
    ways = [handled(desk, "ordinary ticket, nothing live", other)]
    names = ["first caller of a burst", "second caller: in doubt", "third caller: announced"]
    for nth, name in enumerate(names):
        ways.append(handled(desk, name, ticket(card[nth], 1 + nth)))
    assert [one.state for one in desk.announced()] in ([State.OPEN], [State.PROPOSED])
    ways.append(handled(desk, "ticket below a live incident", ticket(card[7], 4)))
    ways.append(ticked(desk, "tick, one live incident", 6))
    incident = desk.incident().id
    confirm = Action("X1", at(6.5), "X1", "anna", Verb("confirm"), incident)
    ways.append(handled(desk, "a person confirms", confirm))
    return ways


def alarms() -> list[Way]:
    """Trace an alarm on a card that is raised and cleared two minutes later."""
    desk = Desk()
    raised, cleared = alarm("DSL-1/C1", 1), alarm("DSL-1/C1", 3, state="cleared")
    return [handled(desk, "alarm raised", raised), handled(desk, "alarm cleared", cleared)]


if __name__ == "__main__":
    json.dump([asdict(way) for way in [*evening(), *alarms()]], sys.stdout)
