"""What the console reads: the board, in one transaction, then what has changed; pages of lists.

Nothing here is unbounded: every list has a limit, and goes on after the key of its last row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
from sqlalchemy import Connection, Engine, RowMapping, Select, and_, func, or_, select, tuple_

from correlator.adapters.sql import console, rows, schema
from correlator.adapters.sql.connect import reading
from correlator.adapters.sql.values import storable
from correlator.model import (
    HOUR,
    Answer,
    ApprovedText,
    Audience,
    Change,
    Figures,
    Incident,
    Link,
    Maintenance,
    Millis,
    MinuteCount,
    Neighbourhood,
    Phase,
    Promise,
    PromiseOutcome,
    Restore,
    State,
    TicketKept,
    Verdict,
    Wording,
)
from correlator.ports import FeedStatus

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

LIVE: Final = (State.CANDIDATE, State.PROPOSED, State.OPEN, State.RESOLVED)
_MOST_LIVE: Final = 20_000
_WORKS_SHOWN: Final = HOUR  # after their end: they explain calls for half an hour
_AT_ONCE: Final = 500  # ids in one statement, below the limit of parameters


class ChangeRow(NamedTuple):
    """That something changed: what it is, and what a list shows of it."""

    seq: int
    kind: str
    id: str
    rev: int
    version: int
    band: str


class HeldRow(NamedTuple):
    """An action that waits: until `not_before` (clock, ms) it may be taken back."""

    id: str
    incident: str
    actor: str
    verb: str
    not_before: Millis


class BoardRows(msgspec.Struct, frozen=True):
    """What the board holds, all of the same moment."""

    seq: int
    incidents: tuple[Incident, ...]
    figures: tuple[Figures, ...]
    texts: tuple[tuple[str, ApprovedText], ...]
    works: tuple[Maintenance, ...]
    feeds: tuple[FeedStatus, ...]
    in_force: dict[str, str]
    held: tuple[HeldRow, ...]


class ToldRow(NamedTuple):
    """What a customer was told."""

    incident: str
    customer: str
    ticket: str
    channel: str
    promise: int
    by: str
    at: Millis


class SpanRow(NamedTuple):
    """An alarm from its raise to its clear; `cleared` is None while it stands."""

    alarm: str
    managed_object: str
    cause: str
    severity: str
    raised: Millis
    cleared: Millis | None


class LinkedTicket(NamedTuple):
    """A ticket of an incident, with its link and the answer given when it arrived."""

    link: Link
    ticket: TicketKept | None
    answer: Answer | None


class ConsoleReads:
    """The reads of the console, each one transaction of its own. Safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # ------------------------------------------------------------------------------ the board

    def board(self, ended_since: Millis) -> BoardRows:
        """Return all that is live, and what ended since (event time, ms)."""
        incidents, changes = schema.incidents, console.changes
        live = select(incidents.c.body).where(
            or_(
                incidents.c.state.in_([state.value for state in LIVE]),
                incidents.c.changed >= ended_since,
            )
        )
        with reading(self._engine) as connection:
            seq = connection.execute(select(func.max(changes.c.seq))).scalar_one_or_none() or 0
            found = _incidents(connection, live.limit(_MOST_LIVE))
            return self._filled(connection, seq, found)

    def refreshed(self, seq: int, incidents: Collection[str]) -> BoardRows:
        """Return these incidents anew, and all else that the board holds."""
        with reading(self._engine) as connection:
            found = [
                incident
                for some in _portions(incidents)
                for incident in _incidents(connection, _bodies(some))
            ]
            return self._filled(connection, seq, found)

    def _filled(self, connection: Connection, seq: int, found: list[Incident]) -> BoardRows:
        ids = [incident.id for incident in found]
        return BoardRows(
            seq=seq,
            incidents=tuple(found),
            figures=tuple(_figures(connection, ids)),
            texts=tuple(_texts_in_force(connection, ids)),
            works=tuple(_works(connection)),
            feeds=tuple(_feeds(connection)),
            in_force=_in_force(connection),
            held=tuple(_held(connection)),
        )

    def changes(self, seq: int, limit: int) -> list[ChangeRow]:
        """Return what changed after `seq`, in the order of the commits."""
        table = console.changes
        columns = [table.c[name] for name in ChangeRow._fields]
        query = select(*columns).where(table.c.seq > seq).order_by(table.c.seq).limit(limit)
        with reading(self._engine) as connection:
            return [ChangeRow(*row) for row in connection.execute(query)]

    def latest_change(self) -> int:
        """Return the highest number of a change, 0 without any."""
        with reading(self._engine) as connection:
            query = select(func.max(console.changes.c.seq))
            return connection.execute(query).scalar_one_or_none() or 0

    def status(self) -> tuple[tuple[FeedStatus, ...], tuple[HeldRow, ...]]:
        """Return how the feeds stand, and the actions that wait."""
        with reading(self._engine) as connection:
            return tuple(_feeds(connection)), tuple(_held(connection))

    # ---------------------------------------------------------------------------- an incident

    def incident(self, incident: str) -> Incident | None:
        """Return an incident as it stands."""
        with reading(self._engine) as connection:
            found = _incidents(connection, _bodies([incident]))
        return found[0] if found else None

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
            return [_promise(row) for row in found]

    def texts(self, incident: str) -> list[ApprovedText]:
        """Return the texts of an incident, the latest first, at most a hundred."""
        table = console.texts
        query = select(table).where(table.c.incident == storable(incident))
        with reading(self._engine) as connection:
            found = connection.execute(query.order_by(table.c.n.desc()).limit(100)).mappings()
            return [_text(row) for row in found]

    def journal(
        self, subject: str, subject_id: str, before: int | None, limit: int
    ) -> list[tuple[int, Change]]:
        """Return rows of the journal with their numbers, newest first, older than `before`."""
        table = schema.journal
        query = select(table).where(
            table.c.subject == subject, table.c.subject_id == storable(subject_id)
        )
        if before is not None:
            query = query.where(table.c.seq < before)
        with reading(self._engine) as connection:
            found = connection.execute(query.order_by(table.c.seq.desc()).limit(limit)).mappings()
            return [(row["seq"], rows.change_from(row)) for row in found]

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
            tickets = {kept.ticket.id: kept for kept in _tickets(connection, ids)}
            answers = {verdict.ticket: verdict.answer for verdict in _verdicts(connection, ids)}
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

    def lasted(self, rule: str, since: Millis, limit: int) -> list[tuple[Millis, Millis | None]]:
        """Return (onset, resolved or None) of the announced incidents of a rule, newest first."""
        table = schema.incidents
        query = select(table.c.onset, table.c.resolved).where(
            table.c.rule == storable(rule),
            table.c.announced >= since,
            table.c.state.not_in([State.REJECTED.value, State.MERGED.value]),
        )
        with reading(self._engine) as connection:
            found = connection.execute(query.order_by(table.c.announced.desc()).limit(limit))
            return [(onset, resolved) for onset, resolved in found]

    def on_domain(self, domain: str, limit: int) -> list[Incident]:
        """Return the incidents that name a domain, newest first."""
        table = schema.incidents
        query = select(table.c.body).where(table.c.domain == storable(domain))
        query = query.order_by(table.c.created.desc()).limit(limit)
        with reading(self._engine) as connection:
            return _incidents(connection, query)

    # -------------------------------------------------------------------------- a ticket

    def ticket(self, ticket: str) -> tuple[TicketKept, Verdict | None, list[Link]] | None:
        """Return a ticket with the answer given when it arrived and its links; None: unknown."""
        table = schema.links
        links = select(table).where(table.c.ticket == storable(ticket)).order_by(table.c.time)
        with reading(self._engine) as connection:
            found = next(iter(_tickets(connection, [ticket])), None)
            if found is None:
                return None
            verdict = next(iter(_verdicts(connection, [ticket])), None)
            tied = connection.execute(links.limit(20)).mappings()
            return found, verdict, [rows.link_from(row) for row in tied]

    def known_tickets(self, tickets: Collection[str]) -> set[str]:
        """Return which of these tickets exist."""
        with reading(self._engine) as connection:
            return {
                kept.ticket.id for some in _portions(tickets) for kept in _tickets(connection, some)
            }

    def told(self, customer: str, limit: int) -> list[ToldRow]:
        """Return what a customer was told, newest first."""
        table = console.told
        query = select(*[table.c[name] for name in ToldRow._fields])
        query = query.where(table.c.customer == storable(customer))
        with reading(self._engine) as connection:
            found = connection.execute(query.order_by(table.c.seq.desc()).limit(limit))
            return [ToldRow(*row) for row in found]


# ------------------------------------------------------------------------------ shared pieces


def _portions(ids: Collection[str]) -> Iterable[list[str]]:
    known = sorted(ids)
    return (known[start : start + _AT_ONCE] for start in range(0, len(known), _AT_ONCE))


def _bodies(ids: Iterable[str]) -> Select[Any]:
    table = schema.incidents
    return select(table.c.body).where(table.c.id.in_([storable(one) for one in ids]))


def _incidents(connection: Connection, query: Select[Any]) -> list[Incident]:
    return [rows.incident_from(row) for row in connection.execute(query).mappings()]


def _figures(connection: Connection, ids: Collection[str]) -> Iterable[Figures]:
    table = console.figures
    for some in _portions(ids):
        query = select(table.c.body).where(table.c.incident.in_(some))
        for body in connection.execute(query).scalars():
            yield msgspec.json.decode(body, type=Figures)


def _texts_in_force(
    connection: Connection, ids: Collection[str]
) -> Iterable[tuple[str, ApprovedText]]:
    table = console.texts
    for some in _portions(ids):
        query = select(table).where(table.c.incident.in_(some), table.c.withdrawn.is_(None))
        for row in connection.execute(query.order_by(table.c.n)).mappings():
            yield row["incident"], _text(row)


def _text(row: RowMapping) -> ApprovedText:
    wording = Wording(Audience(row["audience"]), Phase(row["phase"]), row["fr"], row["en"])
    return ApprovedText(row["n"], wording, row["by"], row["at"], row["promise"], row["withdrawn"])


def _promise(row: RowMapping) -> Promise:
    restore = Restore(row["restore"], row["source"], row["confidence"])
    outcome = PromiseOutcome(row["outcome"]) if row["outcome"] else None
    return Promise(row["n"], restore, row["by"], row["at"], outcome)


def _works(connection: Connection) -> Iterable[Maintenance]:
    """Return the works that are not over at the engine's time, at most some thousands."""
    table, feeds = schema.maintenance, console.feeds
    now = select(func.max(feeds.c.latest)).scalar_subquery()
    running = and_(
        table.c.cancelled.is_(False), table.c.ends >= func.coalesce(now, 0) - _WORKS_SHOWN
    )
    for row in connection.execute(select(table).where(running).limit(5_000)).mappings():
        objects = msgspec.json.decode(row["objects"], type=tuple[str, ...])
        yield Maintenance(
            row["id"], row["changed"], row["event_id"], objects, row["starts"], row["ends"],
            row["title"],
        )  # fmt: skip


def _feeds(connection: Connection) -> Iterable[FeedStatus]:
    for row in connection.execute(select(console.feeds)).mappings():
        yield FeedStatus(**row)


def _in_force(connection: Connection) -> dict[str, str]:
    table = console.in_force
    found = connection.execute(select(table.c.what, table.c.version))
    return {row[0]: row[1] for row in found}


def _held(connection: Connection) -> Iterable[HeldRow]:
    table = console.action_inbox
    columns = [table.c[name] for name in HeldRow._fields]
    query = select(*columns).where(table.c.not_before > 0).order_by(table.c.seq).limit(1_000)
    return (HeldRow(*row) for row in connection.execute(query))


def _tickets(connection: Connection, ids: Collection[str]) -> Iterable[TicketKept]:
    table = schema.tickets
    query = select(table).where(table.c.id.in_([storable(one) for one in ids]))
    return [rows.ticket_from(row) for row in connection.execute(query).mappings()]


def _verdicts(connection: Connection, ids: Collection[str]) -> Iterable[Verdict]:
    table = schema.verdicts
    query = select(table).where(table.c.ticket.in_([storable(one) for one in ids]))
    return [rows.verdict_from(row) for row in connection.execute(query).mappings()]
