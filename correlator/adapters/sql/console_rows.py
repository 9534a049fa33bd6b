"""Rows of the console's tables, and the pieces of its reads."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Connection, RowMapping, Select, and_, func, select

from correlator.adapters.sql import console, rows, schema
from correlator.adapters.sql.values import storable
from correlator.model import (
    HOUR,
    Answer,
    ApprovedText,
    Audience,
    Figures,
    Incident,
    Link,
    Maintenance,
    Millis,
    Phase,
    Promise,
    PromiseOutcome,
    Restore,
    TicketKept,
    Verdict,
    Wording,
)
from correlator.ports import FeedStatus

WORKS_SHOWN: Final = HOUR
"""After their end, in ms: they explain calls for half an hour."""
AT_ONCE: Final = 500
"""Ids in one statement, below the limit of parameters of either database."""


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


class LastedRow(NamedTuple):
    """An incident from its onset to its end; `resolved` is None while it lasts; who repairs."""

    id: str
    onset: Millis
    resolved: Millis | None
    owner: str


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


# ------------------------------------------------------------------------------ shared pieces


def portions(ids: Collection[str]) -> Iterable[list[str]]:
    """Return ids in portions, below the limit of parameters of either database."""
    known = sorted(ids)
    return (known[start : start + AT_ONCE] for start in range(0, len(known), AT_ONCE))


def bodies(ids: Iterable[str]) -> Select[Any]:
    """Select the bodies of some incidents."""
    table = schema.incidents
    return select(table.c.body).where(table.c.id.in_([storable(one) for one in ids]))


def incidents_in(connection: Connection, query: Select[Any]) -> list[Incident]:
    """Return the incidents of a query."""
    return [rows.incident_from(row) for row in connection.execute(query).mappings()]


def figures_of(connection: Connection, ids: Collection[str]) -> Iterable[Figures]:
    """Yield the figures of some incidents."""
    table = console.figures
    for some in portions(ids):
        query = select(table.c.body).where(table.c.incident.in_(some))
        for body in connection.execute(query).scalars():
            yield msgspec.json.decode(body, type=Figures)


def texts_in_force(
    connection: Connection, ids: Collection[str]
) -> Iterable[tuple[str, ApprovedText]]:
    """Yield (incident, text) of the texts that are not withdrawn."""
    table = console.texts
    for some in portions(ids):
        query = select(table).where(table.c.incident.in_(some), table.c.withdrawn.is_(None))
        for row in connection.execute(query.order_by(table.c.n)).mappings():
            yield row["incident"], text_from(row)


def text_from(row: RowMapping) -> ApprovedText:
    """Return the text of a row of `texts`."""
    wording = Wording(Audience(row["audience"]), Phase(row["phase"]), row["fr"], row["en"])
    return ApprovedText(row["n"], wording, row["by"], row["at"], row["promise"], row["withdrawn"])


def promise_from(row: RowMapping) -> Promise:
    """Return the promise of a row of `promises`."""
    restore = Restore(row["restore"], row["source"], row["confidence"])
    outcome = PromiseOutcome(row["outcome"]) if row["outcome"] else None
    return Promise(row["n"], restore, row["by"], row["at"], outcome)


def works_shown(connection: Connection) -> Iterable[Maintenance]:
    """Return the works that are not over at the engine's time, at most some thousands."""
    table, feeds = schema.maintenance, console.feeds
    now = select(func.max(feeds.c.latest)).scalar_subquery()
    running = and_(
        table.c.cancelled.is_(False), table.c.ends >= func.coalesce(now, 0) - WORKS_SHOWN
    )
    for row in connection.execute(select(table).where(running).limit(5_000)).mappings():
        objects = msgspec.json.decode(row["objects"], type=tuple[str, ...])
        yield Maintenance(
            row["id"], row["changed"], row["event_id"], objects, row["starts"], row["ends"],
            row["title"],
        )  # fmt: skip


def feeds_now(connection: Connection) -> Iterable[FeedStatus]:
    """Yield how every feed stands."""
    for row in connection.execute(select(console.feeds)).mappings():
        yield FeedStatus(**row)


def versions_in_force(connection: Connection) -> dict[str, str]:
    """Return what version of what is in force."""
    table = console.in_force
    found = connection.execute(select(table.c.what, table.c.version))
    return {row[0]: row[1] for row in found}


def held_now(connection: Connection) -> Iterable[HeldRow]:
    """Yield the actions that wait to be carried out."""
    table = console.action_inbox
    columns = [table.c[name] for name in HeldRow._fields]
    query = select(*columns).where(table.c.not_before > 0).order_by(table.c.seq).limit(1_000)
    return (HeldRow(*row) for row in connection.execute(query))


def tickets_in(connection: Connection, ids: Collection[str]) -> Iterable[TicketKept]:
    """Return the tickets among these ids."""
    table = schema.tickets
    query = select(table).where(table.c.id.in_([storable(one) for one in ids]))
    return [rows.ticket_from(row) for row in connection.execute(query).mappings()]


def verdicts_in(connection: Connection, ids: Collection[str]) -> Iterable[Verdict]:
    """Return the answers given to these tickets."""
    table = schema.verdicts
    query = select(table).where(table.c.ticket.in_([storable(one) for one in ids]))
    return [rows.verdict_from(row) for row in connection.execute(query).mappings()]
