"""Records that the API takes in: written by the console, read by the daemon as a partition."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, Engine, delete, false, func, or_, select

from correlator.adapters.sql.connect import reading
from correlator.adapters.sql.console import ingest_inbox as table
from correlator.ports import API_PARTITION, Partition, Position, Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from correlator.model import Millis

_ONE_AT_A_TIME: Final = 0x696E676573  # any number that no other lock has
_LOOK_EVERY: Final = 0.1  # seconds: a daemon that catches up polls far more often


def put(connection: Connection, records: Sequence[tuple[str, str, bytes]], now: Millis) -> None:
    """Add records (topic, id, value) in the transaction of their documents.

    A number that is given early must not be committed late: the daemon reads on from the last one
    that it has seen. So writers wait for each other.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_ONE_AT_A_TIME)))
    rows = [
        {"topic": topic, "key": key, "value": value, "at": now} for topic, key, value in records
    ]
    connection.execute(table.insert(), rows)


def forget_applied(connection: Connection, positions: Mapping[Partition, Position]) -> None:
    """Delete the rows that these positions are beyond."""
    for partition, position in positions.items():
        if partition.number == API_PARTITION:
            applied = (table.c.topic == partition.topic) & (table.c.seq < position.next)
            connection.execute(delete(table).where(applied))


class IngestSource:
    """An `EventSource` over what was posted: one partition of each topic. For one thread."""

    def __init__(self, engine: Engine, topics: Iterable[str]) -> None:
        self._engine = engine
        self._next = {Partition(topic, API_PARTITION): 0 for topic in topics}
        self._paused: frozenset[Partition] = frozenset()
        self._looked = -_LOOK_EVERY
        self._caught_up = False

    def seek(self, positions: Mapping[Partition, int]) -> None:
        """Start each topic at the given row."""
        self._next = {partition: positions.get(partition, 0) for partition in self._next}
        self._looked, self._caught_up = -_LOOK_EVERY, False

    def poll(self, timeout_ms: int, max_records: int) -> Sequence[Record]:  # noqa: ARG002 - a port
        """Return the next rows, without waiting; looks at most ten times a second."""
        if self._caught_up and monotonic() - self._looked < _LOOK_EVERY:
            return []
        self._looked = monotonic()
        beyond = (
            (table.c.topic == partition.topic) & (table.c.seq >= first)
            for partition, first in self._next.items()
            if partition not in self._paused
        )
        query = select(table).where(or_(false(), *beyond)).order_by(table.c.seq).limit(max_records)
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
        self._caught_up = len(rows) < max_records
        records = []
        for row in rows:
            partition = Partition(row.topic, API_PARTITION)
            self._next[partition] = row.seq + 1
            key, value = row.key.encode(), bytes(row.value)
            records.append(Record(row.topic, API_PARTITION, row.seq, key, value, row.at))
        return records

    def partitions(self) -> frozenset[Partition]:
        """Return one partition for each topic."""
        return frozenset(self._next)

    def refresh(self) -> frozenset[Partition]:
        """No topic is added."""
        return frozenset()

    @property
    def reachable(self) -> bool:
        """Whoever commits finds out whether the database answers."""
        return True

    def caught_up(self) -> frozenset[Partition]:
        """Return all that is not paused, once a look has found nothing more."""
        return self.partitions() - self._paused if self._caught_up else frozenset()

    def lag(self) -> Mapping[Partition, int]:
        """Return nothing that waits: what is there is read at the next look."""
        return dict.fromkeys(self._next, 0)

    def pause(self, partitions: Iterable[Partition]) -> None:
        """Do not read these topics for now."""
        paused = self.partitions() & frozenset(partitions)
        if paused != self._paused:
            self._paused, self._caught_up = paused, False

    def close(self) -> None:
        """The store's connections are the store's."""
