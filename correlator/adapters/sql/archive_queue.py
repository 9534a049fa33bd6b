"""The archive's queue: batches that have been committed, and the parts that they become.

Whoever writes the archive may die at any moment, and two may do it at once: a part is planned here
before its files are written, and its batches are forgotten only afterwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from sqlalchemy import Engine, delete, func, select, update

from correlator.adapters.sql import schema
from correlator.adapters.sql.connect import reading, writing
from correlator.ports import ArchiveNote, ArchivePlan, QueuedBatch, QueueTail

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, RowMapping

    from correlator.adapters.sql.values import Row
    from correlator.model import Millis
    from correlator.ports import Batch

_ROWS_AT_ONCE: Final = 5_000
_queue, _parts = schema.archive_queue, schema.archive_parts


def queue_row(batch: Batch, now: Millis) -> Row | None:
    """Return what of a batch is to be archived, None where nothing is."""
    note = batch.archived
    snapshot = batch.snapshot if note is not None and note.snapshot else None
    if note is None or not (batch.inputs or snapshot):
        return None
    return {
        "time": now,
        "inventory": note.inventory,
        "catalog": note.catalog,
        "inputs": batch.inputs,
        "decisions": note.decisions,
        "snapshot": snapshot,
        "note": _note(note) if snapshot else "",
    }


def _note(note: ArchiveNote) -> str:
    """Return the note of a snapshot as JSON; the decisions have a column of their own."""
    return msgspec.json.encode(msgspec.structs.replace(note, decisions=b"")).decode()


class SqlArchiveQueue:
    """The queue in SQLite or PostgreSQL. Any method may raise `ServerUnreachableError`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def plan(self, now: Millis, every: Millis, most_bytes: int) -> ArchivePlan | None:
        """Return the plan that is open; else of what has waited for `every` ms, or is much."""
        with writing(self._engine) as connection:
            # Of two who plan at once the second sees the plan of the first.
            connection.execute(select(schema.lease).with_for_update())
            known = connection.execute(select(_parts).order_by(_parts.c.number.desc()).limit(1))
            last = known.mappings().one_or_none()
            if last is not None and last["count"] is None:
                return ArchivePlan(last["number"], last["last"], last["begins"], last["sha256"])
            upto = self._ripe(connection, now, every, most_bytes)
            if upto is None:
                return None
            number, begins = (1, 1) if last is None else _after(last)
            row = {"number": number, "last": upto, "begins": begins, "count": None, "sha256": ""}
            connection.execute(_parts.insert(), [row])
        return ArchivePlan(number, upto, begins)

    @staticmethod
    def _ripe(connection: Connection, now: Millis, every: Millis, most_bytes: int) -> int | None:
        """Return the last row of the next part, None while it can wait."""
        size = func.length(_queue.c.inputs) + func.length(_queue.c.decisions)
        size += func.coalesce(func.length(_queue.c.snapshot), 0)
        rows = select(_queue.c.seq, _queue.c.time, size)
        rows = rows.order_by(_queue.c.seq).limit(_ROWS_AT_ONCE)
        found = connection.execute(rows).all()
        total, upto, full = 0, None, len(found) == _ROWS_AT_ONCE
        for seq, _, length in found:
            if upto is not None and total + length > most_bytes:
                full = True
                break
            total, upto = total + length, seq
        ripe = found and now - found[0][1] >= every
        return upto if ripe or full else None

    def batches(self, plan: ArchivePlan) -> Sequence[QueuedBatch]:
        """Return the batches of a plan, in order."""
        rows = select(_queue).where(_queue.c.seq <= plan.last).order_by(_queue.c.seq)
        with reading(self._engine) as connection:
            return [_batch_from(row) for row in connection.execute(rows).mappings()]

    def done(self, plan: ArchivePlan, count: int, sha256: str) -> None:
        """Record that a part is written, with so many inputs, and forget its batches.

        Not where they are others since they were read: they are to be written once more.
        """
        known = update(_parts).where(
            _parts.c.number == plan.number,
            _parts.c.count.is_(None),
            _parts.c.sha256 == plan.mark,
        )
        with writing(self._engine) as connection:
            if connection.execute(known.values(count=count, sha256=sha256)).rowcount:
                connection.execute(delete(_queue).where(_queue.c.seq <= plan.last))

    def tail(self, after: int) -> QueueTail:
        """Return the batches after a row, and how far the written parts go, at one moment."""
        written = select(_parts).where(_parts.c.count.is_not(None))
        with reading(self._engine) as connection:
            last = connection.execute(written.order_by(_parts.c.number.desc()).limit(1))
            part = last.mappings().one_or_none()
            archived, begins = (0, 1) if part is None else (part["last"], _after(part)[1])
            rows = select(_queue).where(_queue.c.seq > max(after, archived)).order_by(_queue.c.seq)
            found = connection.execute(rows.limit(_ROWS_AT_ONCE)).mappings()
            return QueueTail(archived, begins, [_batch_from(row) for row in found])

    def last_part(self) -> int:
        """Return the number of the last part that is planned or written, 0 before the first."""
        with reading(self._engine) as connection:
            return connection.execute(select(func.max(_parts.c.number))).scalar_one() or 0

    def waiting(self) -> int:
        """Count the batches that wait."""
        with reading(self._engine) as connection:
            return connection.execute(select(func.count()).select_from(_queue)).scalar_one()


def _after(last: RowMapping) -> tuple[int, int]:
    return last["number"] + 1, last["begins"] + last["count"]


def _batch_from(row: RowMapping) -> QueuedBatch:
    if row["note"]:
        note = msgspec.json.decode(row["note"], type=ArchiveNote)
    else:
        note = ArchiveNote(row["inventory"], row["catalog"])
    return QueuedBatch(row["seq"], note, row["inputs"], row["decisions"], row["snapshot"])
