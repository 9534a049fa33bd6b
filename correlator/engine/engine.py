"""The engine: `handle(event)` and `tick(now)` return effects. The shell carries them out.

Theory of operation
===================

Data flows one way: an event comes in, handlers ask and move the owners, effects go out in the order
in which they were decided. The engine knows no clock and no files; the same events and ticks in the
same order give the same effects and the same ids.

Who owns what. Each state has one class that changes it; all others see it through a narrow view
(`views.py` in each package) or ask it.

- `rates.Baseline`: expected rates (by symptom, hour and domain), operational time τ, the concurrent
  ratio. `rates.FeedLiveness`: whether tickets and alarms still arrive.
- `calls.CallWindow`: the calls of the last hours and what explains each. `calls.KnownTickets`: the
  last content of every ticket.
- `detection.Detector`: streams (a row per rule and domain), the burst statistic, thresholds,
  symptom profiles, cool-downs.
- `alarms.AlarmBook`: standing alarms and what alarms have meant. `alarms.MaintenanceCalendar`.
- `incidents.Registry`: all incidents; the only one that opens, moves, relocates, publishes them.
- `attribution.Ledger`: which incident explains which call. It writes the window, the baseline's
  counts, the statistic (retracting calls) and the links, always together.
- `localisation`: no state. Reads the others and returns decisions; `handlers.alerts` carries them
  out.
- `projections`: no state. Reads the others when the shell commits, for people to see; no decision
  depends on it.
- `handlers`: the handling of each kind of event, as lists of stages; no state but the actions done.

The order of the books for one ticket (`_ticket_stages` in `wiring.py`):

1. `Complete`, `Read`: a late record or a repeat ends here.
2. `Resolve`: the failure domains of its customer.
3. `Change`: a ticket that was cancelled, or is of another customer or symptom than before, is
   withdrawn from window, baseline and links; one that is not cancelled enters anew.
4. `FollowFeed`, `Explain`, `AnswerAgent`: the feed is alive; what live incidents and works explain;
   what the agent reads, *before this ticket counts*.
5. `Enter`: window, then baseline with weight 1 − P(explained), then links.
6. `Observe`: the statistic, with a λ that includes what explains the call.
7. `Decide`, only where a level is worth a candidate: localisation reads this call in the window.

What may not be changed without what:

- `Enter` before `Observe` before `Decide`: localisation reads the window, and a row that rises must
  find its own call there.
- A call that an incident comes to explain is retracted from the statistic with the λ before the new
  attribution: `Ledger` retracts first and attributes afterwards.
- `Baseline.advance` comes first in every event and tick; `moment` is the same for all handlers.
- A new owner of state is a `Component` in `wiring.py`, else it is lost at the next recovery; over
  an older snapshot it starts empty. A state of another shape or name is another `VERSION` and a
  function in `state/migration.py`.
- Everything that orders effects (dictionaries, `sorted`, the stages) is part of the result:
  `tests/replay/test_decisions.py` holds the decisions, and a replay must repeat them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import msgspec

from correlator.engine import state as states
from correlator.engine.settings import EngineSettings
from correlator.engine.wiring import Assembly, assemble
from correlator.model import (
    Action,
    ActionDone,
    Effect,
    Event,
    Forgotten,
    IncidentChanged,
    Journaled,
    Millis,
    RulesChanged,
    TopologyChanged,
)
from correlator.text import Begin, begin
from rules.model import Catalog
from topology import Topology

Versions: TypeAlias = tuple[str, str]


class Engine:
    """One engine for the whole stream.

    Events come in the order of `correlator.model.arrival_order`, ticks as `ticks_between` says. A
    swap of rules or inventory is an event; the shell hands the new object over with `offer` first.
    `begin`: returns what the reader of a catalog starts from; the shell may know a quicker way than
    to fit it, that gives the same.
    """

    def __init__(
        self,
        topology: Topology,
        catalog: Catalog,
        settings: EngineSettings,
        begin: Begin = begin,
    ) -> None:
        self._settings = settings
        self._begin = begin
        self._effects: list[Effect] = []
        self._offered: dict[str, Topology | Catalog] = {}
        self._last_tick: Millis | None = None
        self._ticked = True
        self._build(topology, catalog)

    def _build(self, topology: Topology, catalog: Catalog) -> None:
        self._topology, self._catalog = topology, catalog
        self._assembly: Assembly = assemble(
            topology, catalog, self._settings, self._effects.append, self._begin
        )

    @property
    def last_tick(self) -> Millis | None:
        """The time of the last tick, None before the first."""
        return self._last_tick

    @property
    def ticked(self) -> bool:
        """Whether it has been ticked since the last event that was more than a refused action."""
        return self._ticked

    @property
    def versions(self) -> Versions:
        """The content versions of inventory and catalog in force."""
        return self._topology.version, self._catalog.version

    def living(self) -> list[IncidentChanged]:
        """Return the last picture of every incident that is not over and has been published."""
        pictures = self._assembly.owners.incidents.living()
        return [IncidentChanged(picture, "attributes") for picture in pictures]

    def project(self, effects: Sequence[Effect], since: Millis) -> list[Effect]:
        """Return what holds of the live incidents after these effects, for people to see.

        Changes nothing, and is to be called as often as people want to see something new; `since`:
        the moment (ms) at which it was called before.
        """
        return self._assembly.projector.project(effects, since, self.now)

    @property
    def now(self) -> Millis:
        """The moment (ms) up to which time has passed, 0 before the first event."""
        return self._assembly.owners.rates.moment.now

    def silent(self) -> tuple[bool, bool]:
        """Return whether tickets, and alarms, are silent just now, for longer than is usual."""
        owners = self._assembly.owners
        return owners.feeds.silent(*owners.rates.moment)

    def handle(self, event: Event) -> list[Effect]:
        """Take one event; returns what follows from it, in order."""
        inside = self._assembly
        moment = inside.owners.rates.advance(event.arrived)
        if isinstance(event, TopologyChanged | RulesChanged):
            self._swap(event)
        else:
            inside.handlers[type(event)](event, moment)
        effects = self._taken()
        if isinstance(event, Action):
            effects = [_stamped(effect, event) for effect in effects]
        self._ticked = self._ticked and any(map(_is_refusal, effects))
        return effects

    def tick(self, now: Millis) -> list[Effect]:
        """Let time pass up to `now` (ms, a whole minute); returns what follows from that."""
        self._last_tick, self._ticked = now, True
        moment = self._assembly.owners.rates.advance(now)
        for period, stage in self._assembly.ticking:
            if now % period == 0:
                stage(moment)
        return self._taken()

    def _taken(self) -> list[Effect]:
        effects = list(self._effects)
        self._effects.clear()
        return effects

    # ----------------------------------------------------------------------- swaps, snapshots

    def offer(self, new: Topology | Catalog) -> None:
        """Hold an inventory or a catalog for the event that puts it into force."""
        self._offered[new.version] = new

    def _swap(self, event: TopologyChanged | RulesChanged) -> None:
        """Rebuild on the new inventory or catalog, and carry the state over."""
        new = self._offered.pop(event.version, None)
        topology = new if isinstance(new, Topology) else self._topology
        catalog = new if isinstance(new, Catalog) else self._catalog
        if (topology.version, catalog.version) == self.versions:
            return
        state = states.load(self.snapshot())
        self._build(topology, catalog)
        self._stand(state)

    def snapshot(self) -> bytes:
        """Return the whole state as bytes."""
        state: dict[str, Any] = {
            "versions": list(self.versions),
            "names": list(self._topology.names),
            "rules": [rule.id for rule in self._catalog.rules],
            "last_tick": self._last_tick,
            "ticked": self._ticked,
        }
        for component in self._assembly.components:
            state[component.name] = component.state()
        return states.dump(state)

    def forget(self, who: Forgotten) -> Forgotten:
        """Forget a customer; returns all that it knew of them, for whoever else has to.

        Nothing is decided otherwise: counts stay. Not an input: what was taken before would bring
        it back, so a snapshot is to take its place.
        """
        state, whole = states.forget(states.load(self.snapshot()), who)
        self._stand(state)
        self._assembly.owners.classifier.forget_texts()
        return whole

    def restore(self, data: bytes, *, afresh: bool = False) -> bool:
        """Restore a snapshot; raises `SnapshotError`.

        Returns whether the inventory and the catalog are those of that moment; where they are not,
        the state has been carried over to those in force now. `afresh`: as if they were not, so
        that it begins as an engine with others does, with which it is compared.
        """
        state = states.load(data)
        if afresh:
            state["versions"] = ["", ""]
        self._stand(state)
        return tuple(state["versions"]) == self.versions

    def _stand(self, state: dict[str, Any]) -> None:
        self._last_tick = state["last_tick"]
        self._ticked = state["ticked"]
        # An owner that is newer than the snapshot is not in it, and starts empty.
        kept = [one for one in self._assembly.components if one.name in state]
        if tuple(state["versions"]) == self.versions:
            for component in kept:
                component.restore(state[component.name])
            return
        now = state["rates"]["moment"][0]
        moved = states.Renumbering(
            self._topology, self._catalog, state["names"], state["rules"], now
        )
        for component in kept:
            component.carry_over(state[component.name], moved)
        self._assembly.network.fade_orphans(self._assembly.owners.rates.moment)
        self._assembly.alarms.boost_again()
        self._assembly.recount()


def _is_refusal(effect: Effect) -> bool:
    return isinstance(effect, ActionDone) and bool(effect.error)


def _stamped(effect: Effect, action: Action) -> Effect:
    """Return a journal row with the action that it comes from, any other effect as it is."""
    if not isinstance(effect, Journaled):
        return effect
    why = action.reason or action.code or ""
    change = msgspec.structs.replace(effect.change, reason=why, action=action.id)
    return Journaled(change)
