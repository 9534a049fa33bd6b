"""What systems post by the API, as they said it, until nobody asks for it any more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Connection, Engine, case, delete, func, select, update
from sqlalchemy.exc import IntegrityError

from correlator.adapters.sql.connect import reading, writing
from correlator.adapters.sql.console import documents as table
from correlator.adapters.sql.ingest import put
from correlator.adapters.sql.values import storable
from correlator.model import DAY, Millis

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import RowMapping

PASSING: Final = (
    *("alarm", "troubleTicket"),
    *("problemAcknowledgement", "problemUnacknowledgement", "problemGroup", "problemUngroup"),
)
"""Resources whose documents are kept for a day: what became of them is elsewhere."""
PASSING_KEPT: Final[Millis] = DAY
_MOST_OF_A_STATUS: Final = 60
_LATEST: Final = (table.c.made.desc(), table.c.id.desc())


class Document(NamedTuple):
    """What was posted. Times in ms of the clock; `rev` counts its changes.

    `arrived`: the event time of the last record that was made of it, 0 where none was. `incident`:
    what became of it, or ""; `by`: the id of the token, or who it was.
    """

    resource: str
    id: str
    rev: int
    made: Millis
    changed: Millis
    by: str
    incident: str
    body: dict[str, Any]
    arrived: Millis = 0


class PostedRecord(NamedTuple):
    """A record for the daemon: the value as the topic has it, and the id in it."""

    topic: str
    id: str
    value: bytes


class TakenError(Exception):
    """There is a document of that resource and id already."""


class Documents:
    """The documents of a database. Safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def post(
        self, document: Document, records: Sequence[PostedRecord] = (), request: str = ""
    ) -> Document:
        """Keep a document and hand its records to the daemon; returns what is kept.

        `request`: digest of the request's key: a repeat is given the document of the first, and
        nothing is done again. Raises `TakenError`.
        """
        try:
            with writing(self._engine) as connection:
                if request and (kept := _of_request(connection, request)) is not None:
                    return kept
                connection.execute(table.insert(), [_row(document, request)])
                if records:
                    put(connection, records, document.made)
        except IntegrityError as error:
            with reading(self._engine) as connection:
                kept = _of_request(connection, request) if request else None
            if kept is None:
                raise TakenError(document.id) from error
            return kept
        return document

    def hand_over(self, records: Sequence[PostedRecord], now: Millis) -> None:
        """Hand records to the daemon of which no document is kept; `now` is clock time (ms)."""
        with writing(self._engine) as connection:
            put(connection, records, now)

    def change(self, document: Document, records: Sequence[PostedRecord] = ()) -> bool:
        """Keep a document anew, with the next `rev`; returns whether it was still at its `rev`."""
        row = _row(document._replace(rev=document.rev + 1), "")
        del row["request"]
        same = table.c.resource == document.resource, table.c.id == document.id
        changed = update(table).where(*same, table.c.rev == document.rev).values(row)
        with writing(self._engine) as connection:
            if connection.execute(changed).rowcount != 1:
                return False
            if records:
                put(connection, records, document.changed)
        return True

    def replay(self, request: str) -> Document | None:
        """Return what was kept for a request's key."""
        with reading(self._engine) as connection:
            return _of_request(connection, request)

    def one(self, resource: str, key: str) -> Document | None:
        """Return a document."""
        query = select(table).where(table.c.resource == resource, table.c.id == storable(key))
        with reading(self._engine) as connection:
            row = connection.execute(query).mappings().one_or_none()
        return None if row is None else _from(row)

    def of_incidents(self, incidents: Collection[str]) -> dict[str, Document]:
        """Return by incident the document that it came of."""
        query = select(table).where(table.c.incident.in_(incidents))
        with reading(self._engine) as connection:
            return {row["incident"]: _from(row) for row in connection.execute(query).mappings()}

    def waiting(self, resource: str, over: Collection[str]) -> int:
        """Count those that no incident came of, and that have none of these statuses."""
        waits = table.c.status.not_in(over)
        with reading(self._engine) as connection:
            return _counted(connection, *_alone(resource), waits)

    def to_see(
        self, resource: str, taken: Collection[str], over: Collection[str], limit: int
    ) -> list[Document]:
        """Return those that no incident came of, each time the latest first.

        First those that wait, then those with a status of `taken`, then of `over`.
        """
        status = table.c.status
        stage = case((status.in_(over), 2), (status.in_(taken), 1), else_=0)
        query = select(table).where(*_alone(resource)).order_by(stage, *_LATEST).limit(limit)
        with reading(self._engine) as connection:
            return [_from(row) for row in connection.execute(query).mappings()]

    def page(self, resource: str, limit: int, offset: int = 0) -> list[Document]:
        """Return documents that no incident came of, the latest first."""
        query = select(table).where(*_alone(resource)).order_by(*_LATEST)
        with reading(self._engine) as connection:
            found = connection.execute(query.limit(limit).offset(offset)).mappings()
            return [_from(row) for row in found]

    def count(self, resource: str) -> int:
        """Count the documents that no incident came of."""
        with reading(self._engine) as connection:
            return _counted(connection, *_alone(resource))


def _alone(resource: str) -> tuple[ColumnElement[bool], ...]:
    """Return what holds of the documents of a resource that no incident came of."""
    return table.c.resource == resource, table.c.incident == ""


def _counted(connection: Connection, *where: ColumnElement[bool]) -> int:
    return connection.execute(select(func.count()).select_from(table).where(*where)).scalar_one()


def thin_documents(connection: Connection, now: Millis) -> None:
    """Forget the documents that are kept for a day; `now` is clock time (ms)."""
    passing = table.c.resource.in_(PASSING), table.c.changed < now - PASSING_KEPT
    connection.execute(delete(table).where(*passing))


def _of_request(connection: Connection, request: str) -> Document | None:
    row = connection.execute(select(table).where(table.c.request == request)).mappings()
    found = row.one_or_none()
    return None if found is None else _from(found)


def _row(document: Document, request: str) -> dict[str, Any]:
    row = document._asdict()
    row["body"] = storable(msgspec.json.encode(document.body).decode())
    status = storable(str(document.body.get("status") or ""))[:_MOST_OF_A_STATUS]
    return {**row, "id": storable(document.id), "request": request or None, "status": status}


def _from(row: RowMapping) -> Document:
    return Document(
        row["resource"], row["id"], row["rev"], row["made"], row["changed"], row["by"],
        row["incident"], msgspec.json.decode(row["body"], type=dict[str, Any]), row["arrived"],
    )  # fmt: skip
