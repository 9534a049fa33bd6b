"""The registry of all incidents: the only one that opens, moves, relocates and publishes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import msgspec

from correlator.engine.incidents.incident import LiveIncident
from correlator.engine.incidents.index import LiveIndex, Nearby
from correlator.engine.incidents.lifecycle import Move, after
from correlator.engine.incidents.pictures import Pictures
from correlator.engine.incidents.records import IncidentSeed, incident_id
from correlator.engine.state.carry import Renumbering
from correlator.model import (
    ANNOUNCED,
    CORRELATOR,
    Effect,
    Incident,
    Millis,
    Promise,
    Promised,
    Reason,
    ReasonCode,
    State,
    TextApproved,
)
from topology import Scope, Topology

Emit: TypeAlias = Callable[[Effect], None]

_OVER = frozenset({State.CLOSED, State.REJECTED, State.MERGED})


class Registry:
    """All incidents that are not over, by number, domain and state."""

    def __init__(
        self,
        topology: Topology,
        rule_ids: tuple[str, ...],
        emit: Emit,
        render: Callable[[Incident], Incident] = lambda incident: incident,
        catalog: str = "",
    ) -> None:
        """`rule_ids`: of the catalog `catalog`, by index; `render`: fills a picture in."""
        self._topology = topology
        self._emit = emit
        self._catalog = catalog
        self._pictures = Pictures(topology, rule_ids, emit, render)
        self._live: dict[int, LiveIncident] = {}
        self._closed: dict[int, LiveIncident] = {}  # may be reopened until they are forgotten
        self._numbers: dict[str, int] = {}
        self._index = LiveIndex(topology)
        self.anything_lives = False
        """Whether there is any incident that is not over."""
        self._next = 1

    # -------------------------------------------------------------------------------- queries

    def __iter__(self) -> Iterator[LiveIncident]:
        return iter(list(self._live.values()))

    def get(self, number: int) -> LiveIncident | None:
        """Return the incident, or None when it is over."""
        return self._live.get(number)

    def find(self, incident: str) -> LiveIncident | None:
        """Return the incident with this public id, alive or closed, or None."""
        number = self._numbers.get(incident)
        if number is None:
            return None
        return self._live.get(number) or self._closed.get(number)

    def on(self, domain: int) -> list[LiveIncident]:
        """Return the incidents on exactly this domain that explain calls."""
        return self._index.on(domain)

    def naming(self, domain: int) -> list[LiveIncident]:
        """Return the announced incidents on this domain, or on several of which it is one."""
        return self._index.naming(domain)

    def explaining(self, domains: tuple[int, ...]) -> list[LiveIncident]:
        """Return the incidents on one of these domains that explain calls."""
        return self._index.explaining(domains)

    def nearby(self, domains: tuple[int, ...]) -> Nearby:
        """Return the live incidents on these domains."""
        return self._index.nearby(domains)

    def latest_below(self, domain: int) -> LiveIncident:
        """Return the newest announced incident on equipment below a domain that is `shared`."""
        return self._index.latest_below(domain)

    def announced_above(self, domain: int) -> list[LiveIncident]:
        """Return the announced incidents on equipment that takes this domain along."""
        return self._index.announced_above(domain)

    def all_announced(self) -> list[LiveIncident]:
        """Return every announced incident that is not resolved."""
        return [live for live in self._live.values() if live.state in ANNOUNCED]

    def linking(self, ticket: str) -> list[LiveIncident]:
        """Return the incidents that a ticket is, or was, linked to."""
        return [live for live in self._live.values() if ticket in live.links]

    def candidates(self) -> list[LiveIncident]:
        """Return every incident that has not been announced."""
        return [live for live in self._live.values() if live.state is State.CANDIDATE]

    # ------------------------------------------------------------------------------ changes

    def open(self, seed: IncidentSeed, now: Millis) -> LiveIncident:
        """Begin an incident, as a candidate."""
        incident = incident_id(now, seed.trigger, self._topology.scope_name(seed.scope))
        number = self._next
        self._next += 1
        while self._pictures.has(incident):  # the same trigger after a rejection: keep ids apart
            incident = incident_id(now, incident, str(number))
        live = LiveIncident(
            number=number,
            id=incident,
            rule=seed.rule,
            scope=seed.scope,
            first_scope=seed.scope,
            state=State.CANDIDATE,
            symptom=seed.symptom,
            unnamed=seed.unnamed,
            created=now,
            onset=seed.onset,
            onset_tau=seed.onset_tau,
            reason=seed.reason,
            customers=self._topology.lines(seed.scope),
            calls=seed.calls,
            exposure=seed.exposure,
            filter_tau=seed.tau,
            last_tau=seed.tau,
            gap=seed.gap,
            alarms=dict.fromkeys(seed.alarms, 1),
            owner=seed.owner,
            equivalents=seed.equivalents,
            confirmed_by=seed.confirmed_by,
            acknowledged_by=seed.confirmed_by,
            noc=seed.noc,
        )
        self._live[number] = live
        self._numbers[incident] = number
        self._reindex()
        return live

    def move(
        self,
        live: LiveIncident,
        move: Move,
        now: Millis,
        reason: Reason | None = None,
        *,
        actor: str = CORRELATOR,
    ) -> None:
        """Change the state by the table and publish; raises `IllegalMoveError`."""
        live.state = after(live.state, move)
        if reason is not None:
            live.ended = reason
        if move in {Move.OPEN, Move.PROPOSE}:
            live.announced = live.created = now
            live.first_scope = live.scope
        if live.announced == now:
            live.catalog = self._catalog
        if move in {Move.RESOLVE, Move.REOPEN}:
            live.resolved = now if move is Move.RESOLVE else None
        if move is Move.REOPEN:
            live.ended = None
            self._live[live.number] = self._closed.pop(live.number, live)
        if move is Move.RESOLVE:
            self._promised(live, live.handling.resolved(now))
        if live.state in _OVER:
            self._promised(live, live.handling.ended())
        self._reindex()
        self.publish(live, now, actor)
        if live.state in _OVER:
            self._withdraw_texts(live, now)
            del self._live[live.number]
            if live.state is State.CLOSED:
                self._closed[live.number] = live
            self._reindex()

    def _promised(self, live: LiveIncident, promises: list[Promise]) -> None:
        for promise in promises:
            self._emit(Promised(live.id, promise))

    def _withdraw_texts(self, live: LiveIncident, now: Millis) -> None:
        picture = self._pictures.of(live.id)
        for text in live.handling.withdraw(now):
            if picture is not None:
                self._emit(TextApproved(picture, text))

    def merge(
        self,
        live: LiveIncident,
        into: LiveIncident,
        now: Millis,
        reason: Reason,
        *,
        actor: str = CORRELATOR,
    ) -> None:
        """Merge an incident into another one; raises `IllegalMoveError`."""
        after(live.state, Move.MERGE)  # refuse before anything changes
        live.parent = into.id
        self.move(live, Move.MERGE, now, reason, actor=actor)

    def relocate(self, live: LiveIncident, scope: Scope, rule: int | None = None) -> None:
        """Change the scope that an incident names, and its rule; the next `publish` tells."""
        live.scope = scope
        live.rule = live.rule if rule is None else rule
        live.own_alarm = False
        live.history = []
        live.customers = self._topology.lines(scope)
        live.equivalents, live.owner = self.equivalents_of(scope), self.owner_of(scope)
        live.dirty = True
        self._reindex()

    def publish(self, live: LiveIncident, now: Millis, actor: str = CORRELATOR) -> None:
        """Emit the new picture of an incident, if it has changed, and journal the changes."""
        self._pictures.publish(live, now, actor)

    # ---------------------------------------------------------------------- names and indexes

    def equivalents_of(self, scope: Scope) -> tuple[str, ...]:
        """Return the names of the domains with exactly the same customers as a single one."""
        if not scope.single:
            return ()
        return tuple(map(self._topology.name, self._topology.equivalents(scope.domain)))

    def owner_of(self, scope: Scope) -> str:
        """Return who is responsible for a scope, from the inventory; "" where parts differ."""
        of = self._topology.attributes_of
        found = {of(self._topology.name(part)).get("owner", "") for part in scope.parts}
        return found.pop() if len(found) == 1 else ""

    def _reindex(self) -> None:
        self._index.rebuild(self._live.values())
        self.anything_lives = bool(self._live)

    def living(self) -> list[Incident]:
        """Return the last picture of every incident that is not over and of which others know."""
        pictures = (self._pictures.of(live.id) for live in self._live.values())
        told = (picture for picture in pictures if picture is not None)
        return [picture for picture in told if picture.announced or picture.noc]

    def picture(self, incident: str) -> Incident | None:
        """Return the last picture of an incident, over or not, until it is forgotten."""
        return self._pictures.of(incident)

    def forget(self, before: Millis) -> None:
        """Drop the pictures of incidents that were over before `before`."""
        alive = {live.id for live in self._live.values()}
        for incident in self._pictures.forget(before, alive):
            self._closed.pop(self._numbers.pop(incident, -1), None)

    # ------------------------------------------------------------------------------ snapshot

    def state(self) -> dict[str, Any]:
        """Return all incidents, for a snapshot."""
        return {
            "live": list(self._live.values()),
            "closed": list(self._closed.values()),
            "published": self._pictures.state(),
            "numbers": self._numbers,
            "next": self._next,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Restore what `state` returned."""
        self._stand(
            msgspec.convert(state["live"], list[LiveIncident]),
            msgspec.convert(state["closed"], list[LiveIncident]),
            state,
        )

    def _stand(
        self, live: list[LiveIncident], closed: list[LiveIncident], state: dict[str, Any]
    ) -> None:
        self._live = {one.number: one for one in live}
        self._closed = {one.number: one for one in closed}
        self._pictures.restore(state["published"])
        self._numbers = state["numbers"]
        self._next = state["next"]
        self._reindex()

    def carry_over(self, state: dict[str, Any], moved: Renumbering) -> None:
        """Keep the incidents whose domain and rule another inventory or catalog has as well.

        Others are published as resolved and closed.
        """
        live, gone = self._moved(state["live"], moved)
        closed, _ = self._moved(state["closed"], moved)
        self._stand(live, closed, state)
        for one in gone:
            self._pictures.end(one.id, Reason(ReasonCode.EQUIPMENT_GONE), moved.now)
            self._promised(one, one.handling.ended())
            self._withdraw_texts(one, moved.now)

    def _moved(
        self, lives: list[Any], moved: Renumbering
    ) -> tuple[list[LiveIncident], list[LiveIncident]]:
        """Return the incidents that are carried over, and those whose domain or rule is gone."""
        kept, gone = [], []
        for live in msgspec.convert(lives, list[LiveIncident]):
            scope, rule = moved.scope(live.scope), moved.rule(live.rule)
            if scope is None or rule is None:
                gone.append(live)
                continue
            first = moved.scope(live.first_scope)
            kept.append(live.carried_over(scope, first, rule, self._topology.lines(scope)))
        return kept, gone
