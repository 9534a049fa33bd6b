"""Alarms and tickets as the daemon keeps them, by page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeAlias, TypeVar

from sqlalchemy import Engine, Select, exists, func, select

from correlator.adapters.sql import schema
from correlator.adapters.sql.connect import reading
from correlator.adapters.sql.console import documents
from correlator.adapters.sql.values import storable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from sqlalchemy import Table

    from correlator.model import Millis


class AlarmRow(NamedTuple):
    """The current state of an alarm. Times in ms; `occurred`: of the state, `changed`: arrival."""

    id: str
    managed_object: str
    object_type: str
    state: str
    severity: str
    cause: str
    alarm_type: str
    occurred: Millis
    changed: Millis
    event_id: str


class TicketRow(NamedTuple):
    """The current state of a ticket; `stated`: what its agent called it, `symptom`: what it is."""

    id: str
    customer: str | None
    symptom: str
    stated: str | None
    status: str
    severity: str
    channel: str
    text: str
    occurred: Millis
    changed: Millis
    event_id: str


FeedRow: TypeAlias = AlarmRow | TicketRow
R = TypeVar("R", bound=FeedRow)


class RowReads(Generic[R]):
    """The rows of one kind. Safe to share between threads.

    `without`: a resource whose documents are listed by themselves, and left out here.
    """

    def __init__(
        self, engine: Engine, table: Table, make: Callable[..., R], names: tuple[str, ...]
    ) -> None:
        self._engine = engine
        self._table = table
        self._make = make
        self._columns = [table.c[name] for name in names]

    def some(self, keys: Collection[str]) -> dict[str, R]:
        """Return these, by id, of those that there are."""
        wanted = self._table.c.id.in_([storable(one) for one in keys])
        with reading(self._engine) as connection:
            found = connection.execute(select(*self._columns).where(wanted))
            return {row[0]: self._make(*row) for row in found}

    def latest(self, limit: int, offset: int = 0, *, without: str = "") -> list[R]:
        """Return a page, the latest first."""
        table = self._table
        query = self._left(select(*self._columns), without)
        latest = query.order_by(table.c.occurred.desc(), table.c.id.desc())
        with reading(self._engine) as connection:
            found = connection.execute(latest.limit(limit).offset(offset))
            return [self._make(*row) for row in found]

    def count(self, *, without: str = "") -> int:
        """Count them."""
        query = self._left(select(func.count()).select_from(self._table), without)
        with reading(self._engine) as connection:
            return int(connection.execute(query).scalar_one())

    def _left(self, query: Select[Any], without: str) -> Select[Any]:
        if not without:
            return query
        same = (documents.c.resource == without) & (documents.c.id == self._table.c.id)
        return query.where(~exists().where(same))


def alarm_reads(engine: Engine) -> RowReads[AlarmRow]:
    """Return the reads of alarms."""
    return RowReads(engine, schema.alarms, AlarmRow, AlarmRow._fields)


def ticket_reads(engine: Engine) -> RowReads[TicketRow]:
    """Return the reads of tickets."""
    return RowReads(engine, schema.tickets, TicketRow, TicketRow._fields)
