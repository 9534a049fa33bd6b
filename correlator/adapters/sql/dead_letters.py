"""The dead letters, for whoever mends them and gives them to the feeds again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import ColumnElement, Engine, func, select, update

from correlator.adapters.sql import rows
from correlator.adapters.sql.connect import reading, writing
from correlator.adapters.sql.schema import dead_letters as table
from correlator.adapters.sql.values import storable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from correlator.model import Millis
    from correlator.ports import DeadLetter

INBOX: Final = "inbox"
"""In the place of a topic: an action of the console that could not be read or applied."""


class ListedLetter(NamedTuple):
    """A dead letter in a list: all but its key and value; `size`: bytes of the value."""

    seq: int
    topic: str
    partition: int
    offset: int
    reason: str
    error: str
    time: Millis
    replayed: Millis | None
    size: int


class KeptLetter(NamedTuple):
    """A dead letter whole; `replayed`: clock time at which it was last replayed."""

    seq: int
    letter: DeadLetter
    replayed: Millis | None


class DeadLetters:
    """What is read and marked, each in a transaction of its own, outside the daemon's lease."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def newest(
        self, limit: int, topic: str = "", reason: str = "", before: int | None = None
    ) -> list[ListedLetter]:
        """Return the newest letters, those of a topic and a reason only where they are named.

        `before`: those with a smaller number only.
        """
        columns = [table.c[name] for name in ListedLetter._fields[:-1]]
        query = select(*columns, func.length(table.c.value)).where(*_of(topic, reason))
        if before is not None:
            query = query.where(table.c.seq < before)
        with reading(self._engine) as connection:
            found = connection.execute(query.order_by(table.c.seq.desc()).limit(limit))
            return [ListedLetter._make(row) for row in found]

    def letter(self, seq: int) -> KeptLetter | None:
        """Return a letter with all of its key and value."""
        with reading(self._engine) as connection:
            row = connection.execute(select(table).where(table.c.seq == seq)).mappings().first()
        if row is None:
            return None
        return KeptLetter(row["seq"], rows.dead_letter_from(row), row["replayed"])

    def numbers(self, reason: str, topic: str = "", *, replayed: bool = False) -> list[int]:
        """Return the numbers of all letters of a reason, oldest first.

        Those that have been replayed before only where it is asked for.
        """
        query = select(table.c.seq).where(*_of(topic, reason)).order_by(table.c.seq)
        if not replayed:
            query = query.where(table.c.replayed.is_(None))
        with reading(self._engine) as connection:
            return list(connection.execute(query).scalars())

    def mark_replayed(self, seqs: Sequence[int], now: Millis) -> None:
        """Note that these letters have been given to their feeds again; `now` is clock time."""
        marked = update(table).where(table.c.seq.in_(seqs)).values(replayed=now)
        with writing(self._engine) as connection:
            connection.execute(marked)


def _of(topic: str, reason: str) -> list[ColumnElement[bool]]:
    wanted = {"topic": topic, "reason": reason}
    return [table.c[name] == storable(value) for name, value in wanted.items() if value]
