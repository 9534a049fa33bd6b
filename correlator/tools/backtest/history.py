"""A part of the history replayed: from a snapshot on, by the rules of then or by others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import msgspec

import rules
import topology
from correlator.adapters.archive import (
    ABOUT,
    Archive,
    ArchiveError,
    InventoryNote,
    Kept,
    SnapshotNote,
)
from correlator.adapters.fits import begin_kept
from correlator.engine import Engine, EngineSettings
from correlator.model import (
    Action,
    ActionDone,
    Effect,
    Incident,
    Millis,
    RulesChanged,
    TopologyChanged,
    Verb,
)
from correlator.tools.replay import Outcome
from rules.model import Catalog
from topology import Topology


class Decided(msgspec.Struct, frozen=True):
    """An incident that a run announced, as it stood at the end, with its linked tickets.

    `not_this`: tickets that people said are not of it.
    """

    incident: Incident
    tickets: tuple[str, ...] = ()
    not_this: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Its public id."""
        return self.incident.id

    @property
    def announced(self) -> Millis:
        """When it was announced, in ms."""
        return self.incident.announced or 0


class Standing(NamedTuple):
    """An engine as it was, its settings, and the number of the last input that it had taken."""

    engine: Engine
    settings: EngineSettings
    number: int


class History:
    """An archive, and the inventories and catalogs in it, read once each.

    `known`: an inventory of a version that may not be in the archive yet, or None.
    """

    def __init__(
        self, archive: Archive, known: Callable[[str], Topology | None] = lambda _version: None
    ) -> None:
        self.archive = archive
        self._known = known
        self._inventories: dict[str, Topology] = {}
        self._catalogs: dict[str, Catalog] = {}

    def inventory(self, version: str) -> Topology:
        """Return an inventory of a version; raises `ArchiveError`."""
        if version not in self._inventories and (new := self._not_kept_yet(version)) is not None:
            self._inventories[version] = new
        if version not in self._inventories:
            with TemporaryDirectory() as place:
                folder = self.archive.fetch_folder("inventories", version, Path(place))
                note = msgspec.json.decode((folder / ABOUT).read_bytes(), type=InventoryNote)
                found = topology.load(folder, note.attributes, core=note.core)
            if note.erased:
                found = found.under(version)
            self._inventories[version] = _checked(found, version, "inventory")
        return self._inventories[version]

    def _not_kept_yet(self, version: str) -> Topology | None:
        return None if self.archive.has("inventories", version) else self._known(version)

    def catalog(self, version: str) -> Catalog:
        """Return a catalog of a version; raises `ArchiveError`."""
        if version not in self._catalogs:
            with TemporaryDirectory() as place:
                folder = self.archive.fetch_folder("catalogs", version, Path(place))
                self._catalogs[version] = _checked(rules.load(folder), version, "catalog")
        return self._catalogs[version]

    def latest_catalog(self) -> Catalog:
        """Return the catalog that was in force at the last snapshot; raises `ArchiveError`."""
        notes = self.archive.snapshots()
        if not notes:
            raise ArchiveError(f"{self.archive.url}: there is no snapshot to begin with")
        return self.catalog(notes[-1].catalog)

    def start(self, before: Millis) -> SnapshotNote | None:
        """Return the last snapshot up to a time; else the first one; None where there is none."""
        notes = self.archive.snapshots()
        earlier = [note for note in notes if note.time <= before]
        return earlier[-1] if earlier else next(iter(notes), None)

    def begin_with(self, before: Millis) -> SnapshotNote:
        """Return what `start` does; raises `ArchiveError` where there is none."""
        note = self.start(before)
        if note is None:
            raise ArchiveError(f"{self.archive.url}: there is no snapshot to begin with")
        return note

    def begins(self) -> Millis:
        """Return the time (ms) from which on it can be replayed, 0 where it cannot."""
        note = next(iter(self.archive.snapshots()), None)
        first = next(self.archive.read(), None)
        return max(note.time, first.taken) if note is not None and first is not None else 0

    def end(self) -> Millis:
        """Return the time (ms) up to which there are inputs, 0 where there are none."""
        parts = self.archive.parts()
        return self.archive.taken_before(parts[-1].number + 1) if parts else 0

    def raised(self, since: Millis, until: Millis, follow: Millis = 0) -> list[Decided]:
        """Return what was really announced in [since, until), by announcement.

        As it stood `follow` ms after the end: with what people have said of it by then.
        """
        outcome, not_this = Outcome(), dict[str, list[str]]()
        for one in self.archive.decisions(since, until + follow):
            if not isinstance(one.decision, ActionDone):
                outcome.take(one.decision)
            elif one.decision.action.verb is Verb.NOT_THIS and not one.decision.error:
                tickets = one.decision.action.tickets
                not_this.setdefault(one.decision.incident, []).extend(tickets)
        return _announced(outcome, not_this, since, until)

    def stand_at(self, time: Millis, keep: Callable[[Effect], None]) -> Standing:
        """Return the engine as it was at a time (ms): it has taken all that came before.

        It begins with the last snapshot before; `keep` is told every effect since, and first of
        what was alive at the snapshot. Raises `ArchiveError` where there is no snapshot before.
        """
        note = self.start(time)
        if note is None or note.time > time:
            raise ArchiveError(f"{self.archive.url}: there is no snapshot before that time")
        run, number = Run(self, note, None, afresh=False), note.number
        for change in run.engine.living():
            keep(change)
        for one in self.archive.read(note.number, note.time):
            if one.taken >= time:
                break
            number = one.number
            for effect in run.take(one):
                keep(effect)
        return Standing(run.engine, run.settings, number)

    def replay(  # noqa: PLR0913 - a run has that many sides
        self,
        since: Millis,
        until: Millis,
        *,
        catalog: Catalog | None = None,
        warm_up: Millis = 0,
        follow: Millis = 0,
        afresh: bool = False,
        keep: Callable[[Effect], None] = lambda _: None,
    ) -> list[Decided]:
        """Return the incidents announced in [since, until), by announcement.

        `catalog`: the rules, None: those in force then. It begins with the last snapshot that is
        `warm_up` ms older, and goes on for `follow` ms, so that what becomes of the last incidents
        is seen. `afresh`: the engine begins as one with other rules does, even where they are the
        same. `keep` is told every effect.
        """
        note = self.begin_with(since - warm_up)
        run = Run(self, note, catalog, afresh=afresh)
        outcome, not_this = Outcome(), dict[str, list[str]]()
        for one in self.archive.read(note.number, note.time):
            if one.taken >= until + follow:
                break
            if isinstance(one.input, Action) and one.input.verb is Verb.NOT_THIS:
                not_this.setdefault(one.input.incident, []).extend(one.input.tickets)
            for effect in run.take(one):
                outcome.take(effect)
                keep(effect)
        return _announced(outcome, not_this, since, until)


class Run:
    """An engine that takes what is in the archive, as the daemon's took it.

    `note`: the snapshot that it begins with; `catalog`: None, the rules of then.
    """

    def __init__(
        self, history: History, note: SnapshotNote, catalog: Catalog | None, *, afresh: bool
    ) -> None:
        self._history = history
        self._given = catalog
        self.settings = msgspec.convert(note.settings, EngineSettings)
        self._restarts = {
            one.number: one for one in history.archive.snapshots() if one.restart
        } if catalog is None else {}  # fmt: skip
        self.engine = self._begin(note, afresh=afresh)

    def _begin(self, note: SnapshotNote, *, afresh: bool = False) -> Engine:
        catalog = self._given or self._history.catalog(note.catalog)
        inventory = self._history.inventory(note.inventory)
        engine = Engine(inventory, catalog, self.settings, begin_kept)
        engine.restore(self._history.archive.snapshot(note.number), afresh=afresh)
        return engine

    def take(self, kept: Kept) -> Iterator[Effect]:
        """Yield what the engine makes of an input."""
        restart = self._restarts.get(kept.number - 1)
        if restart is not None and (restart.inventory, restart.catalog) != self.engine.versions:
            # It was down while they changed: what had been applied since was applied again.
            self.settings = msgspec.convert(restart.settings, EngineSettings)
            self.engine = self._begin(restart)
        if self._given is not None and kept.inventory != self.engine.versions[0]:
            yield from self._put_in_force(kept.inventory, kept.taken)
        event = kept.input
        if isinstance(event, int):
            yield from self.engine.tick(event)
        elif isinstance(event, RulesChanged):
            if self._given is None:
                self.engine.offer(self._history.catalog(event.version))
                yield from self.engine.handle(event)
        else:
            if isinstance(event, TopologyChanged):
                self.engine.offer(self._history.inventory(event.version))
            yield from self.engine.handle(event)

    def _put_in_force(self, inventory: str, now: Millis) -> list[Effect]:
        self.engine.offer(self._history.inventory(inventory))
        return self.engine.handle(TopologyChanged(id=inventory, arrived=now, version=inventory))


def _announced(
    outcome: Outcome, not_this: Mapping[str, Sequence[str]], since: Millis, until: Millis
) -> list[Decided]:
    announced = (i for i in outcome.announced() if since <= (i.announced or 0) < until)
    return [Decided(i, outcome.linked(i.id), tuple(not_this.get(i.id, ()))) for i in announced]


def _checked(found: Any, version: str, what: str) -> Any:
    if found.version != version:
        raise ArchiveError(f"the kept {what} {version} is {found.version}: its files have changed")
    return found
