"""All incidents of the engine, and what the world has been told of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import blake2s
from typing import Any, TypeAlias

import msgspec
import numpy as np

from correlator.engine.lifecycle import Move, after
from correlator.engine.live import Live
from correlator.model import (
    ANNOUNCED,
    CORRELATOR,
    DAY,
    Change,
    Effect,
    Incident,
    IncidentChanged,
    Journaled,
    Millis,
    Reason,
    ReasonCode,
    State,
)
from topology import Topology

Emit: TypeAlias = Callable[[Effect], None]

EXPLAINING = ANNOUNCED | {State.RESOLVED}
_JOURNALED = (
    "state", "domain", "priority", "acknowledged_by", "confirmed_by", "parent", "message", "onset",
)  # fmt: skip


def incident_id(created: Millis, event_id: str, domain: str) -> str:
    """`GI-<UTC day>-<8 hex of a hash of trigger event and domain>`."""
    day = np.datetime64(created // DAY, "D").astype(str).replace("-", "")
    digest = blake2s(f"{event_id}\n{domain}".encode(), digest_size=4).hexdigest()
    return f"GI-{day}-{digest}"


class Incidents:
    """All incidents that are not over, and the frozen picture of each that the world has seen."""

    def __init__(self, topology: Topology, rule_ids: tuple[str, ...], emit: Emit) -> None:
        self._topology = topology
        self._rule_ids = rule_ids
        self._emit = emit
        self._live: dict[int, Live] = {}
        self._closed: dict[int, Live] = {}  # may be reopened until they are forgotten
        self._numbers: dict[str, int] = {}
        self._told: dict[str, Incident] = {}
        self._below: dict[int, list[int]] = {}
        self._by_domain: dict[int, list[int]] = {}
        self._candidates: dict[int, list[int]] = {}
        self._next = 1
        self.enrich: Callable[[Incident], Incident] = lambda incident: incident

    def __iter__(self) -> Iterator[Live]:
        return iter(list(self._live.values()))

    def __getitem__(self, number: int) -> Live:
        return self._live[number]

    def get(self, number: int) -> Live | None:
        """Return the incident, or None when it is over."""
        return self._live.get(number)

    def find(self, incident: str) -> Live | None:
        """Return the incident with this public id, alive or closed, or None."""
        number = self._numbers.get(incident)
        if number is None:
            return None
        return self._live.get(number) or self._closed.get(number)

    def next_number(self) -> int:
        """Return a number that no incident has had."""
        self._next += 1
        return self._next - 1

    def add(self, live: Live) -> None:
        """Begin an incident."""
        while live.id in self._told:  # the same trigger after a rejection: keep ids apart
            live.id = incident_id(live.created, live.id, str(live.number))
        self._live[live.number] = live
        self._numbers[live.id] = live.number
        self._index()

    def explaining(self, domain: int) -> list[int]:
        """Return the numbers of the incidents on exactly this domain that explain tickets."""
        return self._by_domain.get(domain, [])

    def explaining_any(self, domains: tuple[int, ...]) -> list[Live]:
        """Return the incidents on one of these domains that explain tickets."""
        if not self._by_domain:
            return []
        found = self._by_domain.keys() & domains
        if not found:
            return []
        return [
            self._live[n] for domain in domains if domain in found for n in self._by_domain[domain]
        ]

    def above_any(self, domains: tuple[int, ...]) -> list[int]:
        """Return those of the domains that have an announced incident on equipment below."""
        found = self._below.keys() & domains if self._below else ()
        return [domain for domain in domains if domain in found] if found else []

    def below(self, domain: int) -> list[int]:
        """Return the numbers of the announced ones on equipment below this one, oldest first."""
        return self._below.get(domain, [])

    def _lay_below(self) -> None:
        self._below = {}
        for live in self._live.values():
            for above in self.above(live.domain) if live.state in ANNOUNCED else ():
                self._below.setdefault(above, []).append(live.number)

    def above(self, domain: int) -> set[int]:
        """Return the equipment that takes this domain along when it fails; `*` is none."""
        found: set[int] = set()
        front = [domain]
        while front:
            above = set(self._topology.parents(front.pop())) - found
            above.discard(self._topology.domain_count - 1)
            found |= above
            front += above
        return found

    def all_explaining(self) -> list[Live]:
        """Return every incident that explains tickets."""
        return [live for live in self._live.values() if live.state in EXPLAINING]

    def candidates(self) -> list[Live]:
        """Return every incident that has not been announced."""
        return [live for live in self._live.values() if live.state is State.CANDIDATE]

    def candidates_on(self, domains: tuple[int, ...]) -> list[Live]:
        """Return the candidates on one of these domains, oldest first."""
        found = self._candidates.keys() & domains if self._candidates else ()
        numbers = sorted(number for domain in found for number in self._candidates[domain])
        return [self._live[number] for number in numbers]

    def _index(self) -> None:
        self._lay_below()
        self._by_domain = {}
        self._candidates = {}
        for live in self.all_explaining():
            self._by_domain.setdefault(live.domain, []).append(live.number)
        for live in self.candidates():
            self._candidates.setdefault(live.domain, []).append(live.number)

    def move(
        self,
        live: Live,
        move: Move,
        now: Millis,
        reason: Reason | None = None,
        *,
        actor: str = CORRELATOR,
    ) -> None:
        """Change the state by the table and tell; raises `IllegalMoveError`."""
        live.state = after(live.state, move)
        if reason is not None:
            live.ended = reason
        if move in {Move.OPEN, Move.PROPOSE}:
            live.announced = now
        if move in {Move.RESOLVE, Move.REOPEN}:
            live.resolved = now if move is Move.RESOLVE else None
        if move is Move.REOPEN:
            live.ended = None
            self._live[live.number] = self._closed.pop(live.number, live)
        self._index()
        self.tell(live, now, actor)
        if live.state in {State.CLOSED, State.REJECTED, State.MERGED}:
            del self._live[live.number]
            if live.state is State.CLOSED:
                self._closed[live.number] = live
            self._index()

    def end(self, live: Live, reason: Reason, now: Millis) -> None:
        """Tell that an incident that cannot live on here is over: resolved and closed at once."""
        told = self._told.get(live.id)
        for state in (State.RESOLVED, State.CLOSED):
            if told is None or told.state is state or told.announced is None:
                continue
            after_state = msgspec.structs.replace(
                told, state=state, version=told.version + 1, changed=now, resolved=now, ended=reason
            )
            self._emit(IncidentChanged(after_state, "state"))
            self._journal(told, after_state, now, CORRELATOR)
            told = self._told[live.id] = after_state

    def place(self, live: Live, domain: int) -> None:
        """Let the incident name another domain."""
        live.domain = domain
        live.own_alarm = False
        live.history = []
        live.customers = int(self._topology.sizes[domain])
        live.dirty = True
        self._index()

    def tell(self, live: Live, now: Millis, actor: str = CORRELATOR) -> None:
        """Emit what changed since the world last heard of the incident, and journal it."""
        before = self._told.get(live.id)
        now_state = self._picture(live, now)
        if (
            before is not None
            and msgspec.structs.replace(now_state, version=before.version, changed=before.changed)
            == before
        ):
            live.dirty = False
            return
        live.version += 1
        live.changed = now
        live.dirty = False
        after_state = msgspec.structs.replace(now_state, version=live.version, changed=now)
        kind = "created" if before is None else "attributes"
        if before is not None and before.state is not after_state.state:
            kind = "state" if before.announced is not None else "created"
        self._told[live.id] = after_state
        self._emit(IncidentChanged(incident=after_state, kind=kind))
        self._journal(before, after_state, now, actor)

    def _journal(self, before: Incident | None, told: Incident, now: Millis, actor: str) -> None:
        for field in _JOURNALED:
            old = "" if before is None else str(getattr(before, field))
            new = str(getattr(told, field))
            if old != new:
                change = Change("incident", told.id, field, old, new, now, actor)
                self._emit(Journaled(change))

    def _picture(self, live: Live, now: Millis) -> Incident:
        names = self._topology.names
        outside = self._topology.domain_count - 1
        domain = "" if live.domain == outside else names[live.domain]
        return self.enrich(
            Incident(
                id=live.id,
                version=live.version,
                rule=self._rule_ids[live.rule],
                state=live.state,
                symptom=live.symptom,
                domain=domain,
                domain_type=self._topology.type_of(live.domain),
                first_domain="" if live.first_domain == outside else names[live.first_domain],
                created=live.created,
                onset=live.onset,
                changed=now,
                reason=live.reason,
                announced=live.announced,
                customers=live.customers,
                linked=live.linked,
                observed=len(live.callers),
                expected=round(live.expected, 4),
                alarms=tuple(live.alarms),
                equivalents=live.equivalents,
                rivals=live.rivals,
                healthy=live.healthy,
                siblings=live.siblings,
                evidence=live.evidence,
                parent=live.parent,
                owner=live.owner,
                acknowledged_by=live.acknowledged_by,
                confirmed_by=live.confirmed_by,
                message=live.message,
                resolved=live.resolved,
                ended=live.ended,
            )
        )

    def living(self) -> list[Incident]:
        """Return the last picture of every announced incident that is not over."""
        told = (self._told.get(live.id) for live in self._live.values())
        return [picture for picture in told if picture is not None and picture.announced]

    def picture(self, incident: str) -> Incident | None:
        """Return what was last told of an incident, over or not, until it is forgotten."""
        return self._told.get(incident)

    def forget(self, before: Millis) -> None:
        """Drop the pictures of incidents that were over before `before`."""
        over = [
            key
            for key, told in self._told.items()
            if told.changed < before and self._numbers.get(key) not in self._live
        ]
        for key in over:
            del self._told[key]
            self._closed.pop(self._numbers.pop(key, -1), None)

    def state(self) -> dict[str, Any]:
        """Return all incidents, for a snapshot."""
        return {
            "live": list(self._live.values()),
            "closed": list(self._closed.values()),
            "told": list(self._told.values()),
            "numbers": self._numbers,
            "next": self._next,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Stand where `state` was taken."""
        self._live = {live.number: live for live in msgspec.convert(state["live"], list[Live])}
        self._closed = {live.number: live for live in msgspec.convert(state["closed"], list[Live])}
        self._told = {told.id: told for told in msgspec.convert(state["told"], list[Incident])}
        self._numbers = state["numbers"]
        self._next = state["next"]
        self._index()


def person(verb: str, actor: str, text: str = "") -> Reason:
    """Return the reason of what a person did."""
    return Reason(ReasonCode.PERSON, {"verb": verb, "actor": actor, "text": text})
