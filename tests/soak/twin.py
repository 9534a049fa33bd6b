"""The undisturbed twin: the same engine over the same records, in a process of its own.

    python -m tests.soak.twin WORLD FOLDER

It runs ahead of the daemon. What it decides goes into a database, to be compared at the end; what
people do to its incidents goes into a file, and from there to the daemon as well: the incidents
that the daemon finds are the same.
"""

from __future__ import annotations

import heapq
import os
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import rules
import topology
from correlator.adapters.host import wall_clock
from correlator.adapters.sql import open_store
from correlator.engine import Engine, EngineSettings
from correlator.formats.decode import DECODERS
from correlator.model import (
    HOUR,
    MINUTE,
    Action,
    Audience,
    Effect,
    Event,
    Incident,
    IncidentChanged,
    Millis,
    Phase,
    RejectCode,
    Restore,
    Told,
    Verb,
    Wording,
    arrival_order,
)
from correlator.ports import Batch
from correlator.tools.feeds import feeds_in, merged
from correlator.tools.replay import drive
from tests.records import action_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import BufferedWriter

_EFFECTS = 20_000  # in a transaction
_TOLD = 500  # events, after which it says how far it is
_REJECTED = 9
"""Every so manieth incident is rejected."""


class Twin:
    """The events, those of people woven in as they decide them."""

    def __init__(self, world: Path, folder: Path) -> None:
        self._world, self._folder = world, folder
        self._people: list[tuple[tuple[Millis, int, str, str], bytes, Event]] = []
        self._seen: set[str] = set()
        self._now: Millis = 0

    def run(self) -> None:
        """Go over all of it."""
        engine = Engine(topology.load(self._world / "topology"), rules.load(), EngineSettings())
        with (
            closing(open_store(f"sqlite:///{self._folder / 'twin.db'}")) as store,
            (self._folder / "people.jsonl").open("wb") as people,
        ):
            lease = store.acquire("twin", "twin", wall_clock(), 1000 * HOUR)
            assert lease is not None
            effects: list[Effect] = []
            for effect in drive(engine, self._events(people)):
                self._follow(effect)
                effects.append(effect)
                if len(effects) >= _EFFECTS:
                    batch = Batch(b"", tuple(effects), (), {})
                    store.commit(lease, batch, wall_clock(), 1000 * HOUR)
                    effects.clear()
            store.commit(lease, Batch(b"", tuple(effects), (), {}), wall_clock(), 1000 * HOUR)
            people.flush()
            self._tell("done")

    def _events(self, people: BufferedWriter) -> Iterator[Event]:
        given = merged(feeds_in(self._world), lambda _: None)
        given.reverse()
        n = 0
        while given or self._people:
            if self._people and (not given or self._people[0][0] < arrival_order(given[-1])):
                _, line, event = heapq.heappop(self._people)
                people.write(line + b"\n")
            else:
                event = given.pop()
            self._now = event.arrived
            yield event
            if n % _TOLD == 0:
                people.flush()
                self._tell(str(event.arrived))
            n += 1

    def _tell(self, how_far: str) -> None:
        """Say up to when nothing new of people's can come; whoever reads finds it whole."""
        fresh = self._folder / "twin.new"
        fresh.write_text(how_far)
        fresh.rename(self._folder / "twin.at")

    def _follow(self, effect: Effect) -> None:
        if not isinstance(effect, IncidentChanged):
            return
        incident = effect.incident
        if incident.announced is None or incident.id in self._seen:
            return
        self._seen.add(incident.id)
        for action in _done_to(incident, self._now, len(self._seen)):
            line = action_bytes(action, action.arrived)
            event = DECODERS["gi.actions"](line)
            heapq.heappush(self._people, (arrival_order(event), line, event))


def _done_to(incident: Incident, now: Millis, n: int) -> Iterator[Action]:
    text = Wording(Audience.AGENT, Phase.DETECTED, f"Panne {n}", f"Outage {n}")
    verbs = [Verb.ACKNOWLEDGE, Verb.CONFIRM, Verb.NOTE, Verb.SAY, Verb.PROMISE, Verb.TOLD]
    if n % _REJECTED == 0:
        verbs = [Verb.NOTE, Verb.REJECT]
    for minute, verb in enumerate(verbs, 1):
        at, name = now + minute * MINUTE, f"{incident.id}-{verb}"
        yield Action(
            name, at, name, "zoé", verb, incident.id,
            text=f"note {n}" if verb is Verb.NOTE else "",
            reason="rien trouvé" if verb is Verb.REJECT else "",
            code=RejectCode.COINCIDENCE if verb is Verb.REJECT else None,
            wording=text if verb is Verb.SAY else None,
            restore=Restore(now + 3 * HOUR, "noc", "likely") if verb is Verb.PROMISE else None,
            told=Told(f"C{n:06}", "", "phone", 1) if verb is Verb.TOLD else None,
        )  # fmt: skip


if __name__ == "__main__":
    os.nice(19)
    Twin(Path(sys.argv[1]), Path(sys.argv[2])).run()
