"""Pictures: the frozen state of each incident as published, and the journal of its changes."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import msgspec

from correlator.engine.incidents.incident import LiveIncident
from correlator.model import (
    CORRELATOR,
    Change,
    Effect,
    Incident,
    IncidentChanged,
    Journaled,
    Millis,
    Reason,
    State,
)
from topology import Scope, Topology

_JOURNALED = (
    "state", "domain", "priority", "acknowledged_by", "confirmed_by", "parent", "message", "onset",
)  # fmt: skip


_DECIDED = (
    "state", "domain", "parent", "owner", "acknowledged_by", "confirmed_by", "message", "promise",
    "texts", "externals",
)  # fmt: skip
"""The fields that people decide about: a change of any raises `rev`."""


class Pictures:
    """The last published picture of each incident, by its public id."""

    def __init__(
        self,
        topology: Topology,
        rule_ids: tuple[str, ...],
        emit: Callable[[Effect], None],
        render: Callable[[Incident], Incident],
    ) -> None:
        self._topology = topology
        self._outside = topology.domain_count - 1
        self._rule_ids = rule_ids
        self._emit = emit
        self._render = render
        self._published: dict[str, Incident] = {}

    def has(self, incident: str) -> bool:
        """Return whether a picture has been published under this id."""
        return incident in self._published

    def of(self, incident: str) -> Incident | None:
        """Return the last published picture of an incident."""
        return self._published.get(incident)

    def publish(self, live: LiveIncident, now: Millis, actor: str) -> None:
        """Emit a new picture and journal its changes; nothing where nothing has changed."""
        before = self._published.get(live.id)
        picture = self._drawn(live, now)
        live.dirty = False
        if (
            before is not None
            and msgspec.structs.replace(
                picture, version=before.version, changed=before.changed, rev=before.rev
            )
            == before
        ):
            return
        live.version += 1
        live.changed = now
        rev = _next_rev(before, picture)
        after = msgspec.structs.replace(picture, version=live.version, changed=now, rev=rev)
        kind = "created" if before is None else "attributes"
        if before is not None and before.state is not after.state:
            kind = "state" if before.announced is not None else "created"
        self._published[live.id] = after
        self._emit(IncidentChanged(incident=after, kind=kind))
        self._journal(before, after, now, actor)

    def end(self, incident: str, reason: Reason, now: Millis) -> None:
        """Publish an announced incident that cannot be carried over as resolved and closed."""
        picture = self._published.get(incident)
        for state in (State.RESOLVED, State.CLOSED):
            if picture is None or picture.state is state or picture.announced is None:
                continue
            after = msgspec.structs.replace(
                picture,
                state=state,
                version=picture.version + 1,
                rev=picture.rev + 1,
                changed=now,
                resolved=now,
                ended=reason,
            )
            self._emit(IncidentChanged(after, "state"))
            self._journal(picture, after, now, CORRELATOR)
            picture = self._published[incident] = after

    def _journal(self, before: Incident | None, after: Incident, now: Millis, actor: str) -> None:
        for field in _JOURNALED:
            old = "" if before is None else str(getattr(before, field))
            new = str(getattr(after, field))
            if old != new:
                change = Change("incident", after.id, field, old, new, now, actor)
                self._emit(Journaled(change))

    def _name(self, scope: Scope) -> str:
        outside = scope.single and scope.domain == self._outside
        return "" if outside else self._topology.scope_name(scope)

    def _drawn(self, live: LiveIncident, now: Millis) -> Incident:
        return self._render(
            Incident(
                id=live.id,
                version=live.version,
                rule=self._rule_ids[live.rule],
                state=live.state,
                symptom=live.symptom,
                domain=self._name(live.scope),
                domain_type=self._topology.scope_type(live.scope),
                first_domain=self._name(live.first_scope),
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
                catalog=live.catalog,
                promise=live.handling.promise,
                externals=tuple(live.handling.externals.values()),
                texts=live.handling.approved,
                code=live.handling.code,
                noc=live.noc,
                among=tuple(sorted(map(self._topology.name, live.scope.among))),
            )
        )

    def forget(self, before: Millis, alive: Collection[str]) -> list[str]:
        """Drop and return the ids of incidents that were over before `before`."""
        over = [
            incident
            for incident, picture in self._published.items()
            if picture.changed < before and incident not in alive
        ]
        for incident in over:
            del self._published[incident]
        return over

    def state(self) -> list[Incident]:
        """Return all pictures, for a snapshot."""
        return list(self._published.values())

    def restore(self, state: list[Any]) -> None:
        """Restore what `state` returned."""
        self._published = {one.id: one for one in msgspec.convert(state, list[Incident])}


def _next_rev(before: Incident | None, picture: Incident) -> int:
    """Return the revision of a picture: higher than before where people's fields changed."""
    if before is None:
        return 1
    return before.rev + any(getattr(before, f) != getattr(picture, f) for f in _DECIDED)
