"""An archive made from files: what a daemon would have written, had it run at the time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

import msgspec

import rules
import topology
from correlator.adapters.archive import Archive, Decided, Keeper, Kept, SnapshotNote
from correlator.adapters.fits import begin_kept
from correlator.engine import Engine, EngineSettings, ticks_between
from correlator.model import (
    DAY,
    ActionDone,
    Event,
    IncidentChanged,
    LinkChanged,
    Millis,
    Verdict,
)
from correlator.ports import Input
from correlator.tools.feeds import Stream
from correlator.tools.file_replay import ReplayRequest
from correlator.tools.replay import Outcome

_A_PART = 200_000  # inputs


def import_files(
    archive: Archive,
    request: ReplayRequest,
    keepers: Mapping[str, Keeper],
    seen: Callable[[int, int], None],
) -> dict[str, int]:
    """Make an archive from files; returns what is in it. Raises ValueError if it is not empty."""
    if archive.parts() or archive.snapshots():
        raise ValueError(f"{archive.url}: there is an archive already")
    inventory = topology.load(request.topology, request.attributes, core=request.core)
    engine = Engine(inventory, rules.load(request.rules), request.engine, begin_kept)
    importer = Importer(archive, engine, request.engine)
    with Stream(request.feeds, lambda _letter: None) as events:
        importer.keep_versions(keepers)
        inputs = importer.run(events, lambda done: seen(done, events.count))
    announced = len(importer.outcome.announced())
    return {"events": events.count, "inputs": inputs, "incidents": announced}


class Importer:
    """Runs the engine over events, and writes what it takes into an archive."""

    def __init__(self, archive: Archive, engine: Engine, settings: EngineSettings) -> None:
        self._archive = archive
        self._engine = engine
        self._settings = msgspec.to_builtins(settings)
        self._number = 0
        self._taken: Millis = 0
        self._part = 0
        self._kept: list[Kept] = []
        self._decided: list[Decided] = []
        self.outcome = Outcome(verdicts=False)

    def keep_versions(self, keepers: Mapping[str, Keeper]) -> None:
        """Keep inventory and catalog; raises ValueError where they have changed meanwhile."""
        inventory, catalog = self._engine.versions
        for what, version in (("inventories", inventory), ("catalogs", catalog)):
            if not self._archive.has(what, version) and not keepers[what](self._archive, version):
                raise ValueError(f"{what}: the files have changed since they were read")

    def run(self, events: Iterable[Event], seen: Callable[[int], None]) -> int:
        """Take all events, one after the other; returns how many inputs the archive has."""
        self._snapshot(restart=True)
        day, last = -1, 0
        for number, event in enumerate(events):
            if number % 1_000 == 0:
                seen(number)
            for one in self._inputs(event):
                if self._taken // DAY != day and self._number:
                    day = self._taken // DAY
                    self._snapshot()
                self._take(one)
            last = event.arrived
        if last and not self._engine.ticked:
            self._take(last)
        self._write()
        return self._number

    def _inputs(self, event: Event) -> Iterator[Input]:
        yield from ticks_between(self._engine.last_tick, event.arrived)
        yield event

    def _take(self, one: Input) -> None:
        at = one if isinstance(one, int) else one.arrived
        self._number, self._taken = self._number + 1, max(self._taken, at)
        self._kept.append(Kept(self._number, self._taken, *self._engine.versions, one))
        effects = self._engine.tick(one) if isinstance(one, int) else self._engine.handle(one)
        for effect in effects:
            self.outcome.take(effect)
            if isinstance(effect, IncidentChanged | LinkChanged | Verdict | ActionDone):
                self._decided.append(Decided(self._number, self._taken, effect))
        if len(self._kept) >= _A_PART:
            self._write()

    def _write(self) -> None:
        if self._kept:
            self._part += 1
            self._archive.write_part(self._part, self._kept, self._decided)
            self._kept, self._decided = [], []

    def _snapshot(self, *, restart: bool = False) -> None:
        note = SnapshotNote(
            self._number, self._engine.now, *self._engine.versions, self._settings, restart=restart
        )
        self._archive.write_snapshot(note, self._engine.snapshot())
