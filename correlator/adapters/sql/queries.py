"""What console, web and tools read. Nothing here writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec
from sqlalchemy import Engine, RowMapping, Select, func, select

from correlator.adapters.sql import rows, schema
from correlator.adapters.sql.columns import metadata
from correlator.adapters.sql.connect import reading
from correlator.adapters.sql.values import storable
from correlator.model import Action, LinkState, Verb

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from correlator.model import (
        Change,
        Incident,
        Link,
        Millis,
        State,
        Suppressed,
        TicketKept,
        Verdict,
    )
    from correlator.ports import DeadLetter

T = TypeVar("T")


class Queries:
    """The reads, each one transaction of its own. Safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def incident(self, incident: str) -> Incident | None:
        """Return an incident as it stands."""
        table = schema.incidents
        query = select(table.c.body).where(table.c.id == storable(incident))
        return self._first(query, rows.incident_from)

    def incidents(self, states: Collection[State] | None = None) -> list[Incident]:
        """Return the incidents in these states, or all of them, oldest first."""
        table = schema.incidents
        query = select(table.c.body).order_by(table.c.created, table.c.id)
        if states is not None:
            query = query.where(table.c.state.in_(sorted(state.value for state in states)))
        return self._all(query, rows.incident_from)

    def announced_since(self, since: Millis) -> list[Incident]:
        """Return the incidents that were announced since a time, by announcement."""
        table = schema.incidents
        query = select(table.c.body).where(table.c.announced >= since)
        return self._all(query.order_by(table.c.announced, table.c.id), rows.incident_from)

    def linked_since(self, since: Millis) -> dict[str, tuple[str, ...]]:
        """Return the linked tickets of the incidents that were announced since a time, sorted."""
        links, incidents = schema.links, schema.incidents
        query = (
            select(links.c.incident, links.c.ticket)
            .join(incidents, incidents.c.id == links.c.incident)
            .where(incidents.c.announced >= since, links.c.state == LinkState.LINKED.value)
            .order_by(links.c.incident, links.c.ticket)
        )
        found: dict[str, list[str]] = {}
        with reading(self._engine) as connection:
            for incident, ticket in connection.execute(query):
                found.setdefault(incident, []).append(ticket)
        return {incident: tuple(tickets) for incident, tickets in found.items()}

    def not_this(self, since: Millis) -> dict[str, tuple[str, ...]]:
        """Return, by incident, the tickets that people have said since are not of it."""
        table = schema.actions
        query = select(table.c.body).where(
            table.c.verb == Verb.NOT_THIS.value, table.c.error == "", table.c.changed >= since
        )
        found: dict[str, tuple[str, ...]] = {}
        for action in self._all(query, lambda row: msgspec.json.decode(row["body"], type=Action)):
            found[action.incident] = (*found.get(action.incident, ()), *action.tickets)
        return found

    def links_of_incident(self, incident: str) -> list[Link]:
        """Return the current links of an incident, those taken back included, oldest first."""
        table = schema.links
        query = select(table).where(table.c.incident == storable(incident))
        return self._all(query.order_by(table.c.time, table.c.ticket), rows.link_from)

    def links_of_ticket(self, ticket: str) -> list[Link]:
        """Return the current links of a ticket, those taken back included, oldest first."""
        table = schema.links
        query = select(table).where(table.c.ticket == storable(ticket))
        return self._all(query.order_by(table.c.time, table.c.incident), rows.link_from)

    def verdict_of(self, ticket: str) -> Verdict | None:
        """Return what an agent would have read when the ticket arrived."""
        table = schema.verdicts
        return self._first(
            select(table).where(table.c.ticket == storable(ticket)), rows.verdict_from
        )

    def verdicts(self) -> list[Verdict]:
        """Return every answer at call time, in the order of the calls."""
        table = schema.verdicts
        return self._all(select(table).order_by(table.c.time, table.c.ticket), rows.verdict_from)

    def ticket(self, ticket: str) -> TicketKept | None:
        """Return a ticket as it stands; its `arrived` is the time of its last change."""
        table = schema.tickets
        return self._first(select(table).where(table.c.id == storable(ticket)), rows.ticket_from)

    def journal_of(self, subject: str, subject_id: str) -> list[Change]:
        """Return what happened to something, in order."""
        table = schema.journal
        query = select(table).where(
            table.c.subject == subject, table.c.subject_id == storable(subject_id)
        )
        return self._all(query.order_by(table.c.seq), rows.change_from)

    def suppressions(self, domain: str | None = None) -> list[Suppressed]:
        """Return what was not announced (in a domain, or at all), in order."""
        table = schema.suppressions
        query = select(table).order_by(table.c.seq)
        if domain is not None:
            query = query.where(table.c.domain == storable(domain))
        return self._all(query, rows.suppression_from)

    def dead_letters(self, limit: int) -> list[DeadLetter]:
        """Return the records that could not be used, newest first."""
        table = schema.dead_letters
        newest = select(table).order_by(table.c.seq.desc()).limit(limit)
        return self._all(newest, rows.dead_letter_from)

    def counts(self) -> dict[str, int]:
        """Return how many rows each table has, all at the same moment."""
        counted = [
            select(func.count()).select_from(table).scalar_subquery().label(name)
            for name, table in sorted(metadata.tables.items())
        ]
        with reading(self._engine) as connection:
            return dict(connection.execute(select(*counted)).mappings().one())

    def _all(self, query: Select[tuple[object, ...]], read: Callable[[RowMapping], T]) -> list[T]:
        with reading(self._engine) as connection:
            return [read(row) for row in connection.execute(query).mappings()]

    def _first(
        self, query: Select[tuple[object, ...]], read: Callable[[RowMapping], T]
    ) -> T | None:
        return next(iter(self._all(query, read)), None)
