"""What the console reads: an incident and its lists, a ticket, a customer.

Nothing here is unbounded: every list has a limit, and goes on after the key of its last row.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Select, func, or_, select, tuple_

from correlator.adapters.sql import console, rows, schema
from correlator.adapters.sql.backtests import BacktestReads
from correlator.adapters.sql.connect import reading
from correlator.adapters.sql.console_board import BoardReads
from correlator.adapters.sql.console_lists import ListReads
from correlator.adapters.sql.console_rows import (
    LastedRow,
    LinkedTicket,
    SpanRow,
    ToldRow,
    bodies,
    incidents_in,
    portions,
    promise_from,
    text_from,
    tickets_in,
    verdicts_in,
)
from correlator.adapters.sql.console_statistics import StatisticsReads
from correlator.adapters.sql.values import storable
from correlator.model import (
    ApprovedText,
    Change,
    Incident,
    Link,
    Millis,
    MinuteCount,
    Neighbourhood,
    Promise,
    State,
    TicketKept,
    Verdict,
)


class IncidentFilter(NamedTuple):
    """Which incidents: in these states, of a rule and on a domain where one is named."""

    states: frozenset[State]
    rule: str = ""
    cause: str = ""


def _events(query: Select[Any]) -> Select[Any]:
    """Restrict a query of the journal to announced incidents."""
    journal, incidents = schema.journal, schema.incidents
    announced = select(incidents.c.id).where(incidents.c.announced.is_not(None))
    return query.where(journal.c.subject == "incident", journal.c.subject_id.in_(announced))


class ConsoleReads(BoardReads, StatisticsReads, BacktestReads, ListReads):
    """The reads of the console, each one transaction of its own. Safe to share between threads."""

    # ---------------------------------------------------------------------------- an incident

    def incident(self, incident: str) -> Incident | None:
        """Return an incident as it stands."""
        with reading(self._engine) as connection:
            found = incidents_in(connection, bodies([incident]))
        return found[0] if found else None

    def announced(
        self,
        wanted: IncidentFilter,
        after: tuple[Millis, str] | None,
        limit: int,
        offset: int = 0,
    ) -> list[Incident]:
        """Return announced incidents, the latest first, after an (announcement, id)."""
        table = schema.incidents
        query = select(table.c.body).where(*_chosen(wanted))
        if after is not None:
            at, key = after
            query = query.where(tuple_(table.c.announced, table.c.id) < (at, storable(key)))
        latest = query.order_by(table.c.announced.desc(), table.c.id.desc())
        with reading(self._engine) as connection:
            return incidents_in(connection, latest.limit(limit).offset(offset))

    def count_announced(self, wanted: IncidentFilter) -> int:
        """Count announced incidents."""
        query = select(func.count()).select_from(schema.incidents).where(*_chosen(wanted))
        with reading(self._engine) as connection:
            return connection.execute(query).scalar_one()

    def minutes(self, incident: str, since: Millis, limit: int) -> list[MinuteCount]:
        """Return the calls by minute from `since` on, oldest first."""
        table = console.rates
        query = select(table).where(table.c.incident == storable(incident))
        query = query.where(table.c.minute >= since).order_by(table.c.minute).limit(limit)
        with reading(self._engine) as connection:
            return [MinuteCount(**row) for row in connection.execute(query).mappings()]

    def neighbourhood(self, incident: str) -> Neighbourhood | None:
        """Return the domains around a cause, as seen last."""
        table = console.neighbourhoods
        query = select(table.c.body).where(table.c.incident == storable(incident))
        with reading(self._engine) as connection:
            body = connection.execute(query).scalar_one_or_none()
        return None if body is None else msgspec.json.decode(body, type=Neighbourhood)

    def spans(
        self, objects: Collection[str], since: Millis, until: Millis, limit: int
    ) -> list[SpanRow]:
        """Return the alarms on these objects that stood in [since, until], oldest first."""
        table = console.alarm_spans
        query = select(*[table.c[name] for name in SpanRow._fields]).where(
            table.c.managed_object.in_([storable(name) for name in objects]),
            table.c.raised <= until,
            or_(table.c.cleared.is_(None), table.c.cleared >= since),
        )
        with reading(self._engine) as connection:
            found = connection.execute(query.order_by(table.c.raised, table.c.alarm).limit(limit))
            return [SpanRow(*row) for row in found]

    def promises(self, incident: str) -> list[Promise]:
        """Return the promises of an incident, the latest first, at most a hundred."""
        table = console.promises
        query = select(table).where(table.c.incident == storable(incident))
        with reading(self._engine) as connection:
            found = connection.execute(query.order_by(table.c.n.desc()).limit(100)).mappings()
            return [promise_from(row) for row in found]

    def texts(self, incident: str) -> list[ApprovedText]:
        """Return the texts of an incident, the latest first, at most a hundred."""
        table = console.texts
        query = select(table).where(table.c.incident == storable(incident))
        with reading(self._engine) as connection:
            found = connection.execute(query.order_by(table.c.n.desc()).limit(100)).mappings()
            return [text_from(row) for row in found]

    def journal(
        self, subject: str, subject_id: str, before: int | None, limit: int, actor: str = ""
    ) -> list[tuple[int, Change]]:
        """Return rows of the journal with their numbers, newest first, older than `before`.

        `actor`: those of one person only.
        """
        table = schema.journal
        query = select(table).where(
            table.c.subject == subject, table.c.subject_id == storable(subject_id)
        )
        if before is not None:
            query = query.where(table.c.seq < before)
        if actor:
            query = query.where(table.c.actor == storable(actor))
        with reading(self._engine) as connection:
            found = connection.execute(query.order_by(table.c.seq.desc()).limit(limit)).mappings()
            return [(row["seq"], rows.change_from(row)) for row in found]

    def events(self, limit: int, offset: int = 0) -> list[tuple[int, Change]]:
        """Return what happened to announced incidents, with numbers, newest first."""
        table = schema.journal
        latest = _events(select(table)).order_by(table.c.seq.desc())
        with reading(self._engine) as connection:
            found = connection.execute(latest.limit(limit).offset(offset)).mappings()
            return [(row["seq"], rows.change_from(row)) for row in found]

    def event(self, seq: int) -> tuple[int, Change] | None:
        """Return what happened to an announced incident, by its number."""
        query = _events(select(schema.journal)).where(schema.journal.c.seq == seq)
        with reading(self._engine) as connection:
            row = connection.execute(query).mappings().one_or_none()
        return None if row is None else (row["seq"], rows.change_from(row))

    def count_events(self) -> int:
        """Count what happened to announced incidents."""
        query = _events(select(func.count()).select_from(schema.journal))
        with reading(self._engine) as connection:
            return int(connection.execute(query).scalar_one())

    def linked(
        self, incident: str, state: str, after: tuple[Millis, str] | None, limit: int
    ) -> list[LinkedTicket]:
        """Return tickets of an incident, newest link first, after a (time, ticket)."""
        table = schema.links
        query = select(table).where(table.c.incident == storable(incident), table.c.state == state)
        if after is not None:
            query = query.where(tuple_(table.c.time, table.c.ticket) < after)
        query = query.order_by(table.c.time.desc(), table.c.ticket.desc()).limit(limit)
        with reading(self._engine) as connection:
            links = [rows.link_from(row) for row in connection.execute(query).mappings()]
            ids = [link.ticket for link in links]
            tickets = {kept.ticket.id: kept for kept in tickets_in(connection, ids)}
            answers = {verdict.ticket: verdict.answer for verdict in verdicts_in(connection, ids)}
        return [
            LinkedTicket(link, tickets.get(link.ticket), answers.get(link.ticket)) for link in links
        ]

    def link_counts(self, incident: str) -> dict[str, int]:
        """Return how many tickets an incident has, by the state of their link."""
        table = schema.links
        query = select(table.c.state, func.count()).where(table.c.incident == storable(incident))
        with reading(self._engine) as connection:
            counted = connection.execute(query.group_by(table.c.state))
            return {row[0]: row[1] for row in counted}

    def callbacks(self, incident: str, promise: int, limit: int) -> list[ToldRow]:
        """Return the customers who were told a promise, in the order in which they were."""
        table = console.told
        query = select(*[table.c[name] for name in ToldRow._fields]).where(
            table.c.incident == storable(incident), table.c.promise == promise
        )
        with reading(self._engine) as connection:
            found = connection.execute(query.order_by(table.c.seq).limit(limit))
            return [ToldRow(*row) for row in found]

    def lasted(self, rule: str, since: Millis, limit: int) -> list[LastedRow]:
        """Return how long the announced incidents of a rule lasted, newest first."""
        table = schema.incidents
        query = select(table.c.id, table.c.onset, table.c.resolved, table.c.owner).where(
            table.c.rule == storable(rule),
            table.c.announced >= since,
            table.c.state.not_in([State.REJECTED.value, State.MERGED.value]),
        )
        with reading(self._engine) as connection:
            found = connection.execute(query.order_by(table.c.announced.desc()).limit(limit))
            return [LastedRow(*row) for row in found]

    def on_domain(self, domain: str, limit: int) -> list[Incident]:
        """Return the incidents that name a domain, newest first."""
        table = schema.incidents
        query = select(table.c.body).where(table.c.domain == storable(domain))
        query = query.order_by(table.c.created.desc()).limit(limit)
        with reading(self._engine) as connection:
            return incidents_in(connection, query)

    # -------------------------------------------------------------------------- a ticket

    def ticket(self, ticket: str) -> tuple[TicketKept, Verdict | None, list[Link]] | None:
        """Return a ticket with the answer given when it arrived and its links; None: unknown."""
        table = schema.links
        links = select(table).where(table.c.ticket == storable(ticket)).order_by(table.c.time)
        with reading(self._engine) as connection:
            found = next(iter(tickets_in(connection, [ticket])), None)
            if found is None:
                return None
            verdict = next(iter(verdicts_in(connection, [ticket])), None)
            tied = connection.execute(links.limit(20)).mappings()
            return found, verdict, [rows.link_from(row) for row in tied]

    def known_tickets(self, tickets: Collection[str]) -> set[str]:
        """Return which of these tickets exist."""
        with reading(self._engine) as connection:
            return {
                kept.ticket.id
                for some in portions(tickets)
                for kept in tickets_in(connection, some)
            }

    def told(self, customer: str, limit: int) -> list[ToldRow]:
        """Return what a customer was told, newest first."""
        table = console.told
        query = select(*[table.c[name] for name in ToldRow._fields])
        query = query.where(table.c.customer == storable(customer))
        with reading(self._engine) as connection:
            found = connection.execute(query.order_by(table.c.seq.desc()).limit(limit))
            return [ToldRow(*row) for row in found]


def _chosen(wanted: IncidentFilter) -> list[ColumnElement[bool]]:
    """Return the conditions of a filter."""
    table = schema.incidents
    found: list[ColumnElement[bool]] = [
        table.c.announced.is_not(None),
        table.c.state.in_(sorted(state.value for state in wanted.states)),
    ]
    if wanted.rule:
        found.append(table.c.rule == storable(wanted.rule))
    if wanted.cause:
        found.append(table.c.domain == storable(wanted.cause))
    return found
