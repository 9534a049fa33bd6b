"""Who is to be forgotten: the requests, and the erasure that the leader commits.

All of it, or nothing: in one commit with the state that does not know them.
"""

from __future__ import annotations

import sqlite3
from enum import StrEnum
from hashlib import sha256
from secrets import token_bytes
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Engine, and_, select, update

from correlator.adapters.sql import console
from correlator.adapters.sql.connect import reading, writing
from correlator.adapters.sql.erasure import Erasure, known_of
from correlator.adapters.sql.values import json_of, storable
from correlator.model import Eraser, Forgotten
from correlator.ports import ForgetRequest, Forgetting

if TYPE_CHECKING:
    from collections.abc import Callable

    from correlator.model import Millis


class RequestState(StrEnum):
    """How far a request is: `stored` and `done` differ where there is an archive."""

    ASKED = "asked"
    STORED = "stored"
    DONE = "done"
    FAILED = "failed"


class Request(NamedTuple):
    """A request; `found`: how many rows, by table and column. `customer`: empty once it is done."""

    seq: int
    customer: str
    stand_in: str
    state: RequestState
    found: dict[str, int]


# ------------------------------------------------------------------------------- who is asked for


class ForgetDesk:
    """The requests to forget somebody, each call a transaction of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def ask(self, customer: str, actor: str, reason: str, now: Millis) -> Request:
        """Ask for a customer to be forgotten; one that is under way is asked for once."""
        table = console.forget_requests
        same = and_(
            table.c.customer == storable(customer),
            table.c.state.in_([RequestState.ASKED.value, RequestState.STORED.value]),
        )
        row = {
            "customer": storable(customer),
            "stand_in": stand_in_of(customer),
            "actor": storable(actor),
            "reason": Eraser(Forgotten(customer, "")).without(storable(reason)),
            "state": RequestState.ASKED.value,
            "found": "{}",
            "asked": now,
            "changed": now,
        }
        with writing(self._engine) as connection:
            known = connection.execute(select(table.c.seq).where(same)).scalar()
            if known is None:
                known = connection.execute(table.insert().values(row)).inserted_primary_key[0]  # type: ignore[index]
        return self.request(known)

    def request(self, seq: int) -> Request:
        """Return a request as it stands."""
        table = console.forget_requests
        with reading(self._engine) as connection:
            row = connection.execute(select(table).where(table.c.seq == seq)).mappings().one()
        found = msgspec.json.decode(row["found"], type=dict[str, int])
        state = RequestState(row["state"])
        return Request(row["seq"], row["customer"], row["stand_in"], state, found)

    def done(self, request: Request, customer: str, now: Millis) -> None:
        """Record that nothing of the customer is left, and forget who it was.

        A console writes who looked at whom a second later: those rows are looked at once more.
        """
        table = console.forget_requests
        values = {"customer": "", "state": RequestState.DONE.value, "changed": now}
        with writing(self._engine) as connection:
            who = known_of(connection, Forgotten(request.stand_in, request.stand_in))
            again = Forgotten(storable(customer), request.stand_in, who.tickets)
            Erasure(connection, Forgetting(request.seq, again, bytes), now).run_over(console.audit)
            connection.execute(update(table).where(table.c.seq == request.seq).values(values))

    def next(self) -> ForgetRequest | None:
        """Return the oldest request that nobody has carried out."""
        table = console.forget_requests
        asked = select(table.c.seq, table.c.customer, table.c.stand_in)
        asked = asked.where(table.c.state == RequestState.ASKED.value).order_by(table.c.seq)
        with reading(self._engine) as connection:
            row = connection.execute(asked.limit(1)).first()
        return None if row is None else ForgetRequest(*row)

    def refuse(self, seq: int) -> None:
        """Record that a request could not be carried out: another one is needed."""
        table = console.forget_requests
        values = {"customer": "", "state": RequestState.FAILED.value}
        with writing(self._engine) as connection:
            connection.execute(update(table).where(table.c.seq == seq).values(values))

    def known_of(self, customer: str, stand_in: str) -> Forgotten:
        """Return the customer with the tickets and words that the database has of them."""
        with reading(self._engine) as connection:
            return known_of(connection, Forgotten(storable(customer), stand_in))

    def count(self, who: Forgotten, states: Callable[[bytes], bytes]) -> dict[str, int]:
        """Return what an erasure would change, and change nothing; `states` as in `Forgetting`."""
        with reading(self._engine) as connection:
            return dict(Erasure(connection, Forgetting(0, who, states), 0, dry=True).run())

    def clean(self) -> bool:
        """Have the database give up the places where erased rows were; False if it is busy.

        SQLite writes its file anew, and its log from the beginning. PostgreSQL makes the places
        free to be written over.
        """
        raw = self._engine.raw_connection()
        try:
            if self._engine.dialect.name != "sqlite":
                _vacuum(raw.driver_connection)
                return True
            cursor = raw.cursor()
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            row = cursor.fetchone()
        except sqlite3.OperationalError:  # others are at the file
            return False
        else:
            return row is not None and not row[0]
        finally:
            raw.close()


def _vacuum(connection: Any) -> None:
    """Vacuum PostgreSQL, which takes no transaction for that."""
    connection.autocommit = True
    try:
        connection.execute("VACUUM")
    finally:
        connection.autocommit = False


def stand_in_of(customer: str) -> str:
    """Return an id that stands for a customer: a digest with a salt that nobody keeps."""
    salted = token_bytes(32) + customer.encode("utf-8", "replace")
    return f"erased-{sha256(salted).hexdigest()[:16]}"


# ------------------------------------------------------------------------------------ the commit


def erase(connection: Connection, forgets: Forgetting, now: Millis, *, archived: bool) -> None:
    """Take a customer out of every table, in the transaction of the commit that forgets them.

    `archived`: there is an archive, from which they are still to be erased under the same id.
    """
    found = Erasure(connection, forgets, now).run()
    table, who = console.forget_requests, forgets.who
    state = RequestState.STORED if archived else RequestState.DONE
    values = {
        "state": state.value,
        "customer": who.customer if archived else "",
        "found": json_of(dict(found)),
        "changed": now,
    }
    asked = select(table.c.actor).where(table.c.seq == forgets.seq)
    actor = connection.execute(asked).scalar_one_or_none() or ""
    connection.execute(update(table).where(table.c.seq == forgets.seq).values(values))
    row = {"at": now, "actor": actor, "role": "", "what": "forget", "subject": who.stand_in}
    connection.execute(console.audit.insert().values({**row, "outcome": RequestState.DONE.value}))
