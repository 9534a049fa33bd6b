"""What the console writes: the inbox of actions, and a few things of its own.

Outside the daemon's lease, in short transactions.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection, Engine, Table, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from correlator.adapters.sql import console, schema
from correlator.adapters.sql.connect import reading, writing
from correlator.adapters.sql.values import json_of, storable
from correlator.model import Action, Millis, Outcome


class Standing(StrEnum):
    """Where an action stands."""

    UNKNOWN = "unknown"
    HELD = "held"
    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"
    STALE = "stale"


class ActionResult(NamedTuple):
    """What became of an action; `incident`: what it was about, or opened; `rev`: afterwards."""

    standing: Standing
    error: str = ""
    incident: str = ""
    rev: int = 0
    until: Millis = 0


class ConsoleWrites:
    """The writes of the console. Safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # ------------------------------------------------------------------------------ the inbox

    def send(self, action: Action, now: Millis, not_before: Millis = 0) -> ActionResult:
        """Put an action into the inbox, once: a repeat of its id is told what became of it.

        `now` and `not_before` are clock times (ms); until the latter it may be taken back.
        """
        inbox = console.action_inbox
        row = {
            "id": storable(action.id),
            "incident": storable(action.incident),
            "actor": storable(action.actor),
            "verb": action.verb.value,
            "at": now,
            "not_before": not_before,
            "body": storable(json_of(action)),
        }
        insert = _insert(self._engine)(inbox).values(row)
        with writing(self._engine) as connection:
            # First the row, then the question whether it has been done: the daemon may commit in
            # between, and would else be given the same action twice.
            added = connection.execute(insert.on_conflict_do_nothing(index_elements=["id"]))
            known = _standing(connection, action.id, now)
            if added.rowcount and known.standing not in {Standing.HELD, Standing.WAITING}:
                connection.execute(delete(inbox).where(inbox.c.id == row["id"]))
            return known

    def standing(self, action: str, now: Millis) -> ActionResult:
        """Return where an action stands."""
        with reading(self._engine) as connection:
            return _standing(connection, action, now)

    def take_back(self, action: str, now: Millis) -> tuple[str, str] | None:
        """Take an action back that is held still; returns its incident and verb, else None."""
        inbox = console.action_inbox
        held = delete(inbox).where(inbox.c.id == storable(action), inbox.c.not_before > now)
        with writing(self._engine) as connection:
            row = connection.execute(held.returning(inbox.c.incident, inbox.c.verb)).first()
        return None if row is None else (row[0], row[1])

    def hasten(self, action: str) -> bool:
        """Let an action that is held be carried out at once; returns whether it was there."""
        inbox = console.action_inbox
        due = update(inbox).where(inbox.c.id == storable(action)).values(not_before=0)
        with writing(self._engine) as connection:
            return connection.execute(due).rowcount == 1

    # -------------------------------------------------------------------------- its own things

    def read_flash(self, text: str, reader: str, now: Millis) -> None:
        """Record that somebody has read a line of the flash."""
        row = {"text": storable(text), "reader": storable(reader), "at": now}
        self._upsert(console.flash_reads, row, ("text", "reader"))

    def save_view(self, owner: str, name: str, query: str, now: Millis) -> None:
        """Save the filters of a person's queue under a name."""
        row = {
            "owner": storable(owner),
            "name": storable(name),
            "query": storable(query),
            "at": now,
        }
        self._upsert(console.saved_views, row, ("owner", "name"))

    def visit(self, page: str, person: str, now: Millis, apart: Millis) -> Millis | None:
        """Record that a person looks at a page; returns when they looked at it the time before.

        What is less than `apart` after the last look belongs to the same visit. Kept beside the
        saved filters: no person's name begins with `|`.
        """
        table = console.saved_views
        owner, name = storable(f"|{person}"), storable(page)
        key = select(table.c.query, table.c.at).where(table.c.owner == owner, table.c.name == name)
        with writing(self._engine) as connection:
            last = connection.execute(key).first()
            before = "" if last is None or last.at > now else last.query
            if last is not None and last.at + apart <= now:
                before = str(last.at)
            row = {"owner": owner, "name": name, "query": before, "at": now}
            insert = _insert(connection)(table).values(row)
            kept = {"query": before, "at": now}
            index = ["owner", "name"]
            connection.execute(insert.on_conflict_do_update(index_elements=index, set_=kept))
        return int(before) if before else None

    def _upsert(self, table: Table, row: dict[str, object], keys: tuple[str, ...]) -> None:
        with writing(self._engine) as connection:
            insert = _insert(connection)(table).values(row)
            given = {name: value for name, value in row.items() if name not in keys}
            connection.execute(insert.on_conflict_do_update(index_elements=keys, set_=given))

    def keep_handover(self, row: dict[str, object]) -> None:
        """Keep the draft of a hand-over or, once it is `signed`, the hand-over for good.

        `row`: the columns of `console.handovers`; either takes the place of the draft so far.
        """
        table = console.handovers
        with writing(self._engine) as connection:
            connection.execute(delete(table).where(table.c.signed == 0))
            connection.execute(table.insert().values(row))

    def audit(self, rows: list[dict[str, object]]) -> None:
        """Record writes, refused writes and looks at customers; the columns of `console.audit`."""
        kept = [
            {
                name: storable(value) if isinstance(value, str) else value
                for name, value in r.items()
            }
            for r in rows
        ]
        with writing(self._engine) as connection:
            connection.execute(console.audit.insert(), kept)


def _insert(database: Engine | Connection):  # type: ignore[no-untyped-def]  # noqa: ANN202
    return postgresql.insert if database.dialect.name == "postgresql" else sqlite.insert


def _waiting(not_before: Millis, now: Millis) -> Standing:
    return Standing.HELD if not_before > now else Standing.WAITING


def _standing(connection: Connection, action: str, now: Millis) -> ActionResult:
    """Return where an action stands: what became of it or else, whether it waits.

    Asked in the other order: a commit in between takes it out of the inbox.
    """
    table, inbox = schema.actions, console.action_inbox
    key = storable(action)
    waits = select(inbox.c.not_before).where(inbox.c.id == key)
    not_before = connection.execute(waits).scalar_one_or_none()
    done = select(table.c.outcome, table.c.error, table.c.made, table.c.rev)
    found = connection.execute(done.where(table.c.id == key)).first()
    if found is not None:
        outcome = Outcome(found.outcome)
        return ActionResult(Standing(outcome.value), found.error, found.made, found.rev)
    if not_before is None:
        return ActionResult(Standing.UNKNOWN)
    return ActionResult(_waiting(not_before, now), until=not_before)
