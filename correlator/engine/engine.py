"""The engine: `handle(event)` and `tick(now)` return effects. The shell carries them out."""

from __future__ import annotations

from typing import Any

from correlator.engine import snapshot
from correlator.engine.acts import Acts
from correlator.engine.deciding import Decider
from correlator.engine.learning import Teaching
from correlator.engine.linking import Linker
from correlator.engine.naming import Naming
from correlator.engine.parts import Parts
from correlator.engine.settings import EngineSettings
from correlator.engine.telling import Teller
from correlator.engine.tickets import Tickets
from correlator.engine.transfer import carry_over
from correlator.engine.watchkeeping import AlarmDesk, Watchkeeper
from correlator.model import (
    DAY,
    HOUR,
    MINUTE,
    Action,
    Alarm,
    Effect,
    Event,
    IncidentChanged,
    Maintenance,
    MaintenanceKept,
    Millis,
    RulesChanged,
    Ticket,
    TopologyChanged,
)
from rules.model import Catalog
from topology import Topology


class Engine:
    """One engine for the whole stream.

    The same events and ticks in the same order give the same effects and the same ids. Events come
    in the order of `correlator.model.arrival_order`, ticks as `ticks_between` says. A swap of rules
    or inventory is an event; the shell hands the new object over with `offer` first.
    """

    def __init__(self, topology: Topology, catalog: Catalog, settings: EngineSettings) -> None:
        self._settings = settings
        self._effects: list[Effect] = []
        self._offered: dict[str, Topology | Catalog] = {}
        self._last_tick: Millis | None = None
        self._build(topology, catalog)

    def _build(self, topology: Topology, catalog: Catalog) -> None:
        self._parts = Parts(topology, catalog, self._settings, self._effects.append)
        self._parts.incidents.enrich = Teller(topology, catalog, self._settings).enrich
        linker = Linker(self._parts)
        decider = Decider(self._parts, linker)
        self._tickets = Tickets(self._parts, linker, decider)
        self._alarms = AlarmDesk(self._parts)
        self._watch = Watchkeeper(self._parts, decider, self._alarms)
        self._naming = Naming(self._parts, self._tickets, decider)
        self._teaching = Teaching(self._parts)
        self._acts = Acts(self._parts, linker)

    @property
    def last_tick(self) -> Millis | None:
        """The time of the last tick, None before the first."""
        return self._last_tick

    @property
    def versions(self) -> tuple[str, str]:
        """The content versions of inventory and catalog in force."""
        return self._parts.topology.version, self._parts.catalog.version

    def living(self) -> list[IncidentChanged]:
        """Return the last picture of every announced incident that is not over."""
        return [IncidentChanged(told, "attributes") for told in self._parts.incidents.living()]

    def handle(self, event: Event) -> list[Effect]:
        """Take one event; returns what follows from it, in order."""
        self._parts.advance(event.arrived)
        match event:
            case Ticket():
                self._tickets.handle(event)
            case Alarm():
                self._alarms.handle(event)
            case Maintenance():
                self._parts.works.take(event)
                self._parts.emit(MaintenanceKept(event))
            case Action():
                self._acts.handle(event)
            case TopologyChanged() | RulesChanged():
                self._swap(event)
        return self._taken()

    def tick(self, now: Millis) -> list[Effect]:
        """Let time pass up to `now` (ms, a whole minute); returns what follows from that."""
        self._last_tick = now
        self._parts.advance(now)
        quarter = now % (15 * MINUTE) == 0
        if now % HOUR == 0:
            self._teaching.look()
        self._watch.tick()
        if quarter:
            self._naming.look()
        if now % HOUR == 0:
            self._tickets.prune(now)
            self._acts.forget(now - 7 * DAY)
        return self._taken()

    def _taken(self) -> list[Effect]:
        effects = list(self._effects)
        self._effects.clear()
        return effects

    # ----------------------------------------------------------------------- swaps, snapshots

    def offer(self, new: Topology | Catalog) -> None:
        """Have an inventory or a catalog ready for the event that puts it into force."""
        self._offered[new.version] = new

    def _swap(self, event: TopologyChanged | RulesChanged) -> None:
        """Rebuild on the new inventory or catalog, and keep all that does not depend on it."""
        new = self._offered.pop(event.version, None)
        topology = new if isinstance(new, Topology) else self._parts.topology
        catalog = new if isinstance(new, Catalog) else self._parts.catalog
        if (topology.version, catalog.version) == self.versions:
            return
        state = snapshot.load(self.snapshot())
        self._build(topology, catalog)
        self._stand(state)

    def snapshot(self) -> bytes:
        """Return the whole state as bytes."""
        parts = self._parts
        state: dict[str, Any] = {
            "versions": list(self.versions),
            "names": list(parts.topology.names),
            "rules": [rule.id for rule in parts.catalog.rules],
            "last_tick": self._last_tick,
            "parts": parts.state(),
            "tickets": self._tickets.state(),
            "acts": self._acts.state(),
        }
        return snapshot.dump(state)

    def restore(self, data: bytes) -> bool:
        """Stand where a snapshot was taken; raises `SnapshotError`.

        Returns whether the inventory and the catalog are those of that moment; where they are not,
        the state has been carried over to those in force now.
        """
        state = snapshot.load(data)
        self._stand(state)
        return tuple(state["versions"]) == self.versions

    def _stand(self, state: dict[str, Any]) -> None:
        self._last_tick = state["last_tick"]
        if tuple(state["versions"]) == self.versions:
            self._parts.restore(state["parts"])
        else:
            carry_over(state["parts"], state["names"], state["rules"], self._parts)
            self._alarms.weigh_again()
            self._parts.count_again()
        self._tickets.restore(state["tickets"])
        self._acts.restore(state["acts"])
