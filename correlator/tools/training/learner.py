"""What somebody who learns did, from the store of their daemon."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from correlator.adapters.sql import Queries
from correlator.model import (
    CORRELATOR,
    MINUTE,
    Change,
    Did,
    Incident,
    Link,
    LinkState,
    Millis,
    State,
)
from correlator.tools.backtest import Decided


class Learnt(msgspec.Struct, frozen=True):
    """An incident, and what was done with it `minutes` of event time after its announcement."""

    decided: Decided
    did: Did = Did.NOTHING
    minutes: float | None = None


def learnt(queries: Queries, begin: Millis) -> list[Learnt]:
    """Return the incidents announced since a time (ms), by announcement.

    One that was merged into another is told with that one.
    """
    found = [one for one in queries.incidents() if (one.announced or -1) >= begin]
    found.sort(key=lambda incident: (incident.announced, incident.id))
    return [_learnt(queries, one) for one in found if one.state is not State.MERGED]


def _learnt(queries: Queries, incident: Incident) -> Learnt:
    did = _did(incident)
    tickets = _tickets(incident, queries.links_of_incident(incident.id))
    times = [c.time for c in queries.journal_of("incident", incident.id) if _MADE[did](c)]
    minutes = round((times[-1] - (incident.announced or 0)) / MINUTE, 1) if times else None
    return Learnt(Decided(incident, tickets), did, minutes)


def _did(incident: Incident) -> Did:
    """Return what stands of it: the last of what contradicts itself."""
    if incident.state is State.REJECTED:
        return Did.REJECTED
    if incident.confirmed_by:
        return Did.CONFIRMED
    return Did.ACKNOWLEDGED if incident.acknowledged_by else Did.NOTHING


def _by_person(field: str, new: str = "") -> Callable[[Change], bool]:
    """Return what tells whether a person set a field (to `new`)."""
    return lambda change: (
        change.actor != CORRELATOR
        and change.field == field
        and (change.new == new if new else bool(change.new))
    )


_MADE: dict[Did, Callable[[Change], bool]] = {
    Did.REJECTED: _by_person("state", State.REJECTED),
    Did.CONFIRMED: _by_person("confirmed_by"),
    Did.ACKNOWLEDGED: _by_person("acknowledged_by"),
    Did.NOTHING: lambda _: False,
}


def _tickets(incident: Incident, links: list[Link]) -> tuple[str, ...]:
    """Return the tickets of an incident; of a rejected one those it had, which were taken back."""
    return tuple(sorted(_of(links, rejected=incident.state is State.REJECTED)))


def _of(links: list[Link], *, rejected: bool) -> Iterator[str]:
    for link in links:
        if link.state is LinkState.LINKED or (rejected and link.state is LinkState.UNLINKED):
            yield link.ticket
