"""A customer taken out of every table, by the lines of `privacy`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import msgspec
from sqlalchemy import Connection, and_, delete, func, or_, select, update

from correlator.adapters.privacy import ROWS, Fate, rule_of
from correlator.adapters.sql import console, rows, schema
from correlator.adapters.sql.columns import brought, metadata
from correlator.adapters.sql.hubs import tell_hubs
from correlator.adapters.sql.values import json_of
from correlator.formats.forgetting import (
    decisions_without,
    decoded_inputs,
    found_in,
    inputs_without,
    json_without,
)
from correlator.formats.wire import (
    DEAD_LETTERS,
    INCIDENTS,
    TEXTS,
    incident_message,
    link_message,
    network_message,
)
from correlator.formats.wording import reason_text
from correlator.model import Eraser, Forgotten, Incident, IncidentChanged, LinkChanged, band_of
from correlator.ports import Forgetting, OutMessage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import Column, ColumnElement, RowMapping, Table

    from correlator.model import Millis

_AT_ONCE: Final = 500  # below the limit of parameters of either database
_ROWS_AT_ONCE: Final = 20  # of those with bytes, of which each may have megabytes


def known_of(connection: Connection, who: Forgotten) -> Forgotten:
    """Return the customer with what the rows of tickets and the inputs that are kept tell."""
    tickets = schema.tickets
    own = select(tickets.c.id, tickets.c.text).where(tickets.c.customer == who.customer)
    found = connection.execute(own).all()
    who = who.and_more(frozenset(row.id for row in found), frozenset(row.text for row in found))
    for table in (schema.archive_queue, schema.batches):
        for data in connection.execute(select(table.c.inputs).order_by(table.c.seq)).scalars():
            who = found_in(decoded_inputs(data), who)
    return who


class Erasure:
    """One erasure in one transaction; `dry`: only counts."""

    def __init__(
        self, connection: Connection, forgets: Forgetting, now: Millis, *, dry: bool = False
    ) -> None:
        self._connection = connection
        self._seq = forgets.seq
        self._states = forgets.states
        self._eraser = Eraser(forgets.who)
        self._who = forgets.who
        self._now = now
        self._dry = dry
        self._found: Counter[str] = Counter()
        self._messages: list[OutMessage] = []
        needles = (self._who.customer, *self._eraser.words)
        self._needles = tuple(dict.fromkeys((*needles, *(json_of(one)[1:-1] for one in needles))))

    def run(self) -> Counter[str]:
        """Erase, table by table; returns how many rows, by table and column."""
        self._words()
        for table in metadata.sorted_tables:
            self.run_over(table)
        self._write(self._messages)
        return self._found

    def run_over(self, table: Table) -> None:
        """Erase from one table."""
        by_fate = self._columns(table)
        for fate, way in self._ways():
            if fate in by_fate:
                way(table, by_fate[fate])

    @staticmethod
    def _columns(table: Table) -> dict[Fate, list[Column[Any]]]:
        found: dict[Fate, list[Column[Any]]] = {}
        for column in table.columns:
            found.setdefault(rule_of(column).fate, []).append(column)
        return found

    def _ways(self) -> tuple[tuple[Fate, Callable[[Table, list[Column[Any]]], None]], ...]:
        """Return what is done with the columns of each fate, in this order."""
        return (
            (Fate.LETTER, self._rows),
            (Fate.ROW, self._rows),
            (Fate.MESSAGE, self._outbox),
            (Fate.TEXT, self._texts),
            (Fate.JSON, self._bodies),
            (Fate.DOCUMENT, self._documents),
            (Fate.STAND_IN, self._ids),
            (Fate.SUBJECT, self._subjects),
            (Fate.INPUTS, self._blobs(lambda data: inputs_without(data, self._eraser))),
            (Fate.DECISIONS, self._blobs(lambda data: decisions_without(data, self._eraser))),
            (Fate.STATE, self._blobs(self._states)),
            (Fate.REPLACED, self._replaced),
            (Fate.REQUEST, self._requests),
        )

    # --------------------------------------------------------------------------------- the ways

    def _words(self) -> None:
        """Erase what the customer wrote, and what others wrote that names them."""
        table = schema.tickets
        own = table.c.customer == self._who.customer
        written = select(func.count()).select_from(table).where(own, table.c.text != "")
        self._count(table.c.text, self._connection.execute(written).scalar_one())
        self._do(update(table).where(own).values(text=""))
        others = or_(table.c.customer.is_(None), table.c.customer != self._who.customer)
        self._texts(table, [table.c.text], others)

    def _ids(self, table: Table, columns: list[Column[Any]]) -> None:
        for column in columns:
            theirs = column == self._who.customer
            counted = select(func.count()).select_from(table).where(theirs)
            self._count(column, self._connection.execute(counted).scalar_one())
            self._do(update(table).where(theirs).values({column.name: self._who.stand_in}))

    def _subjects(self, table: Table, columns: list[Column[Any]]) -> None:
        """Put the id in the place of the customer, and of their tickets."""
        for column in columns:
            for row in self._naming(table, column):
                value = self._eraser.without_subject(row[column.name])
                self._change(table, row, column, value)
            tickets = sorted(self._who.tickets)
            for start in range(0, len(tickets), _AT_ONCE):
                theirs = column.in_(tickets[start : start + _AT_ONCE])
                counted = select(func.count()).select_from(table).where(theirs)
                self._count(column, self._connection.execute(counted).scalar_one())
                self._do(update(table).where(theirs).values({column.name: self._who.stand_in}))

    def _texts(self, table: Table, columns: list[Column[Any]], *where: ColumnElement[bool]) -> None:
        for column in columns:
            for row in self._naming(table, column, *where):
                if self._change(table, row, column, self._eraser.without(row[column.name])):
                    self._withdraw(table, row)

    def _withdraw(self, table: Table, row: RowMapping) -> None:
        """Have an approved text deleted from its topic, too."""
        if table is console.texts:
            key = f"{row['incident']}|{row['audience']}".encode()
            self._messages.append(OutMessage(TEXTS, key, None))

    def _bodies(
        self, table: Table, columns: list[Column[Any]], *where: ColumnElement[bool]
    ) -> None:
        for column in columns:
            for row in self._naming(table, column, *where):
                text = json_without(row[column.name], self._eraser)
                if not self._change(table, row, column, text):
                    continue
                if table is schema.incidents:
                    self._publish_incident(row, text)
                elif table is schema.links:
                    self._publish_link(row, text)

    def _publish_incident(self, row: RowMapping, text: str) -> None:
        """Give an incident whose words are others the next version, as the engine does."""
        incident = msgspec.json.decode(text, type=Incident)
        incident = msgspec.structs.replace(incident, version=incident.version + 1)
        table = schema.incidents
        values = {"body": json_of(incident), "version": incident.version}
        self._do(update(table).where(table.c.id == row["id"]).values(values))
        change = IncidentChanged(incident, "attributes")
        if incident.announced is not None:
            self._messages.append(incident_message(change))
        if incident.noc:
            self._messages.append(network_message(change))
        told = {
            "kind": "incident",
            "id": incident.id,
            "rev": incident.rev,
            "version": incident.version,
            "band": band_of(incident).value,
            "at": self._now,
        }
        self._do(console.changes.insert().values(told))

    def _publish_link(self, row: RowMapping, text: str) -> None:
        before = rows.link_from(row)
        after = rows.link_from({**row, "reason": text})  # type: ignore[arg-type]
        if reason_text(before.reason, "en") == reason_text(after.reason, "en"):
            return  # what is published of it names nobody
        after = msgspec.structs.replace(after, version=before.version + 1)
        self._do(update(schema.links).where(*_is(schema.links, row)).values(version=after.version))
        self._messages.append(link_message(LinkChanged(after)))

    def _rows(self, table: Table, columns: list[Column[Any]]) -> None:
        """Remove the rows one of whose columns names the customer."""
        letters = rule_of(columns[0]).fate is Fate.LETTER
        names = self._eraser.concerns if letters else self._eraser.names
        for row in self._every(table):
            if any(names(_text_of(row[column.name])) for column in columns):
                self._count(ROWS, 1, table)
                self._do(delete(table).where(*_is(table, row)))

    def _documents(self, table: Table, columns: list[Column[Any]]) -> None:
        """Remove tickets of theirs, whose every attribute is about them; erase in the others."""
        is_ticket = table.c.resource == "troubleTicket"
        for row in self._connection.execute(select(table).where(is_ticket)).mappings().all():
            if self._eraser.concerns(row["body"]):
                self._count(ROWS, 1, table)
                self._do(delete(table).where(*_is(table, row)))
        self._bodies(table, columns, ~is_ticket)

    def _outbox(self, table: Table, columns: list[Column[Any]]) -> None:
        value = table.c.value
        for row in self._every(table):
            if row.get("topic") == DEAD_LETTERS:
                if any(self._eraser.concerns(_text_of(row[one.name])) for one in columns):
                    self._count(ROWS, 1, table)
                    self._do(delete(table).where(*_is(table, row)))
            elif row["value"]:
                data = json_without(row["value"], self._eraser).encode()
                self._change(table, row, value, data)

    def _blobs(self, other: Callable[[bytes], bytes]) -> Callable[[Table, list[Column[Any]]], None]:
        def rewrite(table: Table, columns: list[Column[Any]]) -> None:
            for column in columns:
                changed = False
                for row in self._every(table):
                    data = row[column.name]
                    if data:
                        changed |= self._change(table, row, column, other(data))
                if changed and table is schema.archive_queue:
                    self._mark_plan()

        return rewrite

    def _mark_plan(self) -> None:
        """Have the part that is being written just now written again, from these rows."""
        table = schema.archive_parts
        self._do(update(table).where(table.c.count.is_(None)).values(sha256=self._who.stand_in))

    def _replaced(self, table: Table, columns: list[Column[Any]]) -> None:
        """Count what the commit replaces: the last state, and the inputs since."""
        for column in columns:
            for row in self._every(table):
                data = row[column.name]
                of_state = table is schema.snapshot
                other = self._states(data) if of_state else inputs_without(data, self._eraser)
                self._count(column, other != data)

    def _requests(self, table: Table, columns: list[Column[Any]]) -> None:
        for column in columns:
            theirs = and_(column == self._who.customer, table.c.seq != self._seq)
            self._do(update(table).where(theirs).values({column.name: ""}))

    # ------------------------------------------------------------------------------ statements

    def _naming(
        self, table: Table, column: Column[Any], *where: ColumnElement[bool]
    ) -> Sequence[RowMapping]:
        """Return the rows in which a column has the customer's id or words, wherever it does."""
        found: dict[Any, RowMapping] = {}
        for start in range(0, len(self._needles), _AT_ONCE):
            some = self._needles[start : start + _AT_ONCE]
            has = or_(*(column.icontains(one, autoescape=True) for one in some))
            for row in self._connection.execute(select(table).where(has, *where)).mappings():
                found[tuple(row[one.name] for one in table.primary_key)] = row
        return list(found.values())

    def _every(self, table: Table) -> Iterator[RowMapping]:
        """Yield the rows of a numbered table in turns: a blob may be large."""
        last: int | None = None
        if "seq" not in table.columns:
            yield from self._connection.execute(select(table)).mappings().all()
            return
        while True:
            some = select(table).order_by(table.c.seq).limit(_ROWS_AT_ONCE)
            some = some if last is None else some.where(table.c.seq > last)
            found = self._connection.execute(some).mappings().all()
            yield from found
            if len(found) < _ROWS_AT_ONCE:
                return
            last = found[-1]["seq"]

    def _change(self, table: Table, row: RowMapping, column: Column[Any], value: Any) -> bool:
        if value == row[column.name]:
            return False
        self._count(column, 1)
        self._do(update(table).where(*_is(table, row)).values({column.name: value}))
        return True

    def _write(self, messages: list[OutMessage]) -> None:
        if messages:
            names = brought(schema.outbox)
            waiting = [dict(zip(names, rows.message_row(m), strict=True)) for m in messages]
            self._do(schema.outbox.insert().values(waiting))
            if not self._dry:
                tell_hubs(self._connection, messages, INCIDENTS, self._now)

    def _count(self, column: Column[Any] | str, rows_: int, table: Table | None = None) -> None:
        name = column if isinstance(column, str) else column.name
        of = table if table is not None else column.table  # type: ignore[union-attr]
        if rows_:
            self._found[f"{of.name}.{name}"] += int(rows_)

    def _do(self, statement: Any) -> None:
        if not self._dry:
            self._connection.execute(statement)


def _is(table: Table, row: RowMapping) -> list[ColumnElement[bool]]:
    return [column == row[column.name] for column in table.primary_key]


def _text_of(value: str | bytes | None) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value or ""
