"""How long a commit takes on SQLite and on PostgreSQL, beside the least that it could take.

Run from the repository: `python -m tests.benchmarks.bench_store`. The batch: 500 tickets, 50
incidents, 200 links, 250 messages, 24 positions. The floor: as many rows, none of them there
before, as one bare `executemany` into one table with four columns.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from contextlib import closing
from typing import TYPE_CHECKING

import sqlalchemy as sa

from correlator.adapters.sql import SqlStore, open_store
from correlator.ports import Batch, Lease, Partition, Position
from tests.harness.postgres import running_postgres
from tests.integration.store_samples import incident, link, message, ticket

if TYPE_CHECKING:
    from collections.abc import Callable

    from correlator.model import Effect

ROUNDS = 60
PARTITIONS = 24
TTL = 60_000


def batch(turn: int) -> Batch:
    """Return a batch of new tickets and links, and new versions of the same 50 incidents."""
    first = turn * 500
    effects: tuple[Effect, ...] = (
        *(ticket(first + n) for n in range(500)),
        *(incident(n, version=turn + 1) for n in range(50)),
        *(link(first + n, n % 50) for n in range(200)),
    )
    positions = {Partition("gi.tickets", n): Position(turn) for n in range(PARTITIONS)}
    return Batch(b"x" * 100_000, effects, tuple(message(n) for n in range(250)), positions)


def rows_of(given: Batch) -> int:
    """Count the rows of a batch, its inputs and the lease included."""
    return len(given.effects) + len(given.messages) + len(given.positions) + 2


def median_ms(work: Callable[[int], None]) -> float:
    """Return the median time of a round in milliseconds, three warm-up rounds left out."""
    times = []
    for turn in range(ROUNDS + 3):
        start = time.perf_counter()
        work(turn)
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times[3:])


def time_commits(store: SqlStore) -> float:
    """Return the median time of a commit; the batches are made beforehand."""
    lease = store.acquire("engine", "bench", 0, TTL)
    assert isinstance(lease, Lease)
    batches = [batch(turn) for turn in range(ROUNDS + 3)]
    return median_ms(lambda turn: store.commit(lease, batches[turn], turn, TTL))


def time_floor(store: SqlStore) -> float:
    """Return the median time of the bare insert on the same kind of connection."""
    table = sa.Table("floor", sa.MetaData(), *(sa.Column(name, sa.Text) for name in "abcd"))
    rows = [dict.fromkeys("abcd", "some forty characters of text in a field")] * rows_of(batch(0))
    table.create(store._engine)

    def insert(_turn: int) -> None:
        with store._engine.begin() as connection:
            connection.execute(sa.insert(table), rows)

    return median_ms(insert)


def measure(name: str, url: str) -> None:
    """Print one line for one database."""
    with closing(open_store(url)) as store:
        commit, floor = time_commits(store), time_floor(store)
    rows = rows_of(batch(0))
    sys.stdout.write(
        f"{name:<11} commit {commit:6.1f} ms   floor {floor:6.1f} ms   "
        f"ratio {commit / floor:4.2f}   {rows} rows, {rows / commit:,.0f} rows/ms\n"
    )


def main() -> None:
    """Measure both databases."""
    with tempfile.TemporaryDirectory(prefix="gi-bench-") as folder:
        measure("SQLite", f"sqlite:///{folder}/store.db")
    with running_postgres() as url:
        measure("PostgreSQL", url)


if __name__ == "__main__":
    main()
