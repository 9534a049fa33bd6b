"""The lists that programs read page by page: changes, who is to be called back, a rule's days."""

from __future__ import annotations

from typing import Final, NamedTuple

from sqlalchemy import Engine, and_, func, or_, select

from correlator.adapters.sql import console, schema
from correlator.adapters.sql.connect import reading
from correlator.adapters.sql.values import storable
from correlator.model import Millis, PromiseOutcome

_BROKEN: Final = (PromiseOutcome.SUPERSEDED.value, PromiseOutcome.MISSED.value)


class DatedChange(NamedTuple):
    """That something changed; `at`: clock time of the commit (ms)."""

    seq: int
    kind: str
    id: str
    rev: int
    version: int
    band: str
    at: Millis


class SlippedRow(NamedTuple):
    """A customer who was told a promise that holds no longer; `restore`: what they were told."""

    seq: int
    incident: str
    customer: str
    ticket: str
    channel: str
    promise: int
    by: str
    at: Millis
    restore: Millis


class AnnouncedRow(NamedTuple):
    """When an incident was announced, and what became of it."""

    announced: Millis
    state: str
    confirmed: bool
    code: str


class ListReads:
    """Lists that go on after the number of their last row. Safe to share between threads."""

    _engine: Engine

    def dated_changes(self, after: int, limit: int) -> list[DatedChange]:
        """Return what changed after a number, in the order of the commits."""
        table = console.changes
        columns = [table.c[name] for name in DatedChange._fields]
        query = select(*columns).where(table.c.seq > after).order_by(table.c.seq).limit(limit)
        with reading(self._engine) as connection:
            return [DatedChange(*row) for row in connection.execute(query)]

    def changes_kept(self) -> tuple[int, int]:
        """Return the numbers of the oldest and the latest change that are kept, 0 for none."""
        seq = console.changes.c.seq
        with reading(self._engine) as connection:
            oldest, latest = connection.execute(select(func.min(seq), func.max(seq))).one()
        return oldest or 0, latest or 0

    def slipped(self, after: int, limit: int, now: Millis, incident: str = "") -> list[SlippedRow]:
        """Return who was told a promise that slipped, in the order in which they were.

        One that was replaced or missed, or is past at `now` (event time, ms). `incident`: of one.
        """
        told, promises = console.told, console.promises
        broken = or_(
            promises.c.outcome.in_(_BROKEN),
            and_(promises.c.outcome == "", promises.c.restore < now),
        )
        own = [told.c[name] for name in SlippedRow._fields[:-1]]
        same = and_(promises.c.incident == told.c.incident, promises.c.n == told.c.promise)
        query = select(*own, promises.c.restore).select_from(told.join(promises, same))
        query = query.where(told.c.seq > after, broken)
        if incident:
            query = query.where(told.c.incident == storable(incident))
        with reading(self._engine) as connection:
            found = connection.execute(query.order_by(told.c.seq).limit(limit))
            return [SlippedRow._make(row) for row in found]

    def announced_of(self, rule: str, since: Millis, limit: int) -> list[AnnouncedRow]:
        """Return when a rule announced something, and what became of it, the latest first."""
        table = schema.incidents
        query = select(*[table.c[name] for name in AnnouncedRow._fields]).where(
            table.c.rule == storable(rule), table.c.announced >= since
        )
        with reading(self._engine) as connection:
            found = connection.execute(query.order_by(table.c.announced.desc()).limit(limit))
            return [AnnouncedRow(*row) for row in found]
