"""Only one daemon writes: who holds the lease, and what becomes of those who lost it."""

from __future__ import annotations

import random
import socket
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from correlator.adapters.sql import SqlStore, open_store
from correlator.ports import Lease, LeaseLostError, Recovered, ServerUnreachableError
from tests.integration.store_samples import batch, full_batch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = 10_000
TTL = 5_000


@pytest.fixture
def first(url: str) -> Iterator[SqlStore]:
    with closing(open_store(url)) as store:
        yield store


@pytest.fixture
def second(url: str, first: SqlStore) -> Iterator[SqlStore]:
    assert first.outbox_depth() == 0
    with closing(open_store(url)) as store:
        yield store


@pytest.fixture
def on_postgres(fresh_postgres: str) -> Iterator[SqlStore]:
    with closing(open_store(fresh_postgres)) as store:
        yield store


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


def taken(store: SqlStore, owner: str = "one", now: int = NOW) -> Lease:
    lease = store.acquire("engine", owner, now, TTL)
    assert lease is not None
    return lease


# ----------------------------------------------------------------------------------- taking turns


def test_one_holds_it_until_it_runs_out(first: SqlStore, second: SqlStore) -> None:
    assert taken(first) == Lease("engine", "one", 1)
    assert second.acquire("engine", "two", NOW, TTL) is None
    assert second.acquire("engine", "two", NOW + TTL - 1, TTL) is None
    assert second.acquire("engine", "two", NOW + TTL, TTL) == Lease("engine", "two", 2)
    assert first.acquire("engine", "one", NOW + TTL, TTL) is None


def test_leases_of_other_names_do_not_matter(first: SqlStore, second: SqlStore) -> None:
    assert taken(first) is not None
    assert second.acquire("other", "two", NOW, TTL) == Lease("other", "two", 1)


def test_a_commit_extends_it(first: SqlStore, second: SqlStore) -> None:
    first.commit(taken(first), batch(), NOW + TTL - 1, TTL)
    assert second.acquire("engine", "two", NOW + 2 * TTL - 2, TTL) is None
    assert second.acquire("engine", "two", NOW + 2 * TTL - 1, TTL) is not None


def test_one_that_ran_out_but_was_not_taken_can_go_on(first: SqlStore) -> None:
    lease = taken(first)
    first.commit(lease, batch(b"late"), NOW + 10 * TTL, TTL)
    assert first.recover().inputs == (b"late",)


def test_a_zombie_writes_nothing(first: SqlStore, second: SqlStore) -> None:
    zombie = taken(first)
    heir = taken(second, "two", NOW + TTL)
    second.commit(heir, batch(b"heir"), NOW + TTL, TTL)
    before = second.queries.counts()
    with pytest.raises(LeaseLostError, match="one lost the lease 'engine'"):
        first.commit(zombie, full_batch(), NOW + TTL, 10 * TTL)
    assert second.queries.counts() == before
    assert second.recover() == Recovered(None, (b"heir",), {})
    assert first.acquire("engine", "one", NOW + 2 * TTL, TTL) is not None


def test_a_zombie_of_the_same_name_writes_nothing(first: SqlStore, second: SqlStore) -> None:
    zombie, heir = taken(first), taken(second, now=NOW + TTL)
    assert zombie.owner == heir.owner
    with pytest.raises(LeaseLostError):
        first.commit(zombie, full_batch(), NOW + TTL, TTL)
    assert first.recover() == Recovered(None, (), {})
    second.commit(heir, batch(b"heir"), NOW + TTL, TTL)


def test_once_given_back_it_is_free_at_once(first: SqlStore, second: SqlStore) -> None:
    lease = taken(first)
    first.release(lease)
    assert taken(second, "two") == Lease("engine", "two", 2)
    with pytest.raises(LeaseLostError):
        first.commit(lease, full_batch(), NOW, TTL)


def test_who_gave_it_back_cannot_go_on(first: SqlStore) -> None:
    lease = taken(first)
    first.release(lease)
    with pytest.raises(LeaseLostError):
        first.commit(lease, full_batch(), NOW, TTL)
    assert first.acquire("engine", "one", 0, TTL) is not None


def test_a_zombie_cannot_give_back_what_is_not_its_own(first: SqlStore, second: SqlStore) -> None:
    zombie = taken(first)
    taken(second, "two", NOW + TTL)
    first.release(zombie)
    assert first.acquire("engine", "one", NOW + TTL, TTL) is None


# --------------------------------------------------------------------------------- at the same time


def test_of_many_at_once_exactly_one_gets_it(
    first: SqlStore, second: SqlStore, threads: ThreadPoolExecutor
) -> None:
    for turn in range(5):
        start = threading.Barrier(8)
        now = NOW + turn * TTL

        def race(number: int, start: threading.Barrier = start, now: int = now) -> Lease | None:
            start.wait()
            return (first, second)[number % 2].acquire("engine", str(number), now, TTL)

        winners = [lease for lease in threads.map(race, range(8)) if lease]
        assert [winner.epoch for winner in winners] == [turn + 1]


def test_commits_of_rivals_never_interleave(
    first: SqlStore, second: SqlStore, threads: ThreadPoolExecutor
) -> None:
    end = time.monotonic() + 1.5

    def live(number: int) -> tuple[int, int]:
        """Take the lease, commit, stall now and then; return (commits, losses)."""
        store, luck, lease = (first, second)[number], random.Random(number), None
        commits = losses = 0
        while time.monotonic() < end:
            now = int(time.monotonic() * 1000)
            lease = lease or store.acquire("engine", str(number), now, 15)
            if lease is None:
                time.sleep(0.002)
                continue
            time.sleep(luck.choice([0, 0, 0.001, 0.04]))
            try:
                store.commit(lease, batch(b"%d" % lease.epoch), now, 15)
                commits += 1
            except LeaseLostError:
                lease, losses = None, losses + 1
        return commits, losses

    (commits_1, losses_1), (commits_2, losses_2) = threads.map(live, range(2))
    epochs = [int(epoch) for epoch in first.recover().inputs]
    assert epochs == sorted(epochs)
    assert len(epochs) == commits_1 + commits_2
    assert min(commits_1, commits_2, losses_1 + losses_2) > 0


def wait_until_blocked(store: SqlStore) -> int:
    """Wait until some session of this database waits for a lock; return its number."""
    waiting = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = "
    for _ in range(500):
        with store._engine.begin() as connection:
            pid = connection.exec_driver_sql(waiting + "current_database()").scalar()
        if pid is not None:
            return int(pid)
        time.sleep(0.01)
    raise AssertionError("nobody waits")


TAKE_OVER = "UPDATE lease SET epoch = epoch + 1, owner = 'two', expires = 99000"
EXTEND = f"UPDATE lease SET expires = {NOW + 2 * TTL}"


def test_a_commit_waits_for_a_take_over_and_then_fails(
    on_postgres: SqlStore, threads: ThreadPoolExecutor
) -> None:
    zombie = taken(on_postgres)
    with on_postgres._engine.begin() as heir:
        heir.exec_driver_sql(TAKE_OVER)
        late = threads.submit(on_postgres.commit, zombie, full_batch(), NOW, TTL)
        wait_until_blocked(on_postgres)
    with pytest.raises(LeaseLostError):
        late.result(10)
    assert on_postgres.recover() == Recovered(None, (), {})


@pytest.mark.parametrize("finishes", [True, False])
def test_a_take_over_waits_for_a_commit(
    on_postgres: SqlStore, threads: ThreadPoolExecutor, *, finishes: bool
) -> None:
    taken(on_postgres)
    with on_postgres._engine.connect() as zombie, zombie.begin() as transaction:
        zombie.exec_driver_sql(EXTEND)
        heir: Future[Lease | None] = threads.submit(
            on_postgres.acquire, "engine", "two", NOW + TTL, TTL
        )
        wait_until_blocked(on_postgres)
        if finishes:
            transaction.commit()
        else:
            transaction.rollback()
    assert heir.result(10) == (None if finishes else Lease("engine", "two", 2))


def test_one_that_stalls_inside_its_commit_is_thrown_out(
    fresh_postgres: str, threads: ThreadPoolExecutor
) -> None:
    with closing(open_store(fresh_postgres, timeout=1)) as store:
        taken(store)
        with store._engine.connect() as stalled:
            stalled.begin()
            stalled.exec_driver_sql(EXTEND)
            heir = threads.submit(store.acquire, "engine", "two", NOW + TTL, TTL)
            assert heir.result(10) == Lease("engine", "two", 2)
            with pytest.raises(sa.exc.DBAPIError):
                stalled.exec_driver_sql("SELECT 1")


def test_a_database_that_went_back_is_noticed(first: SqlStore) -> None:
    """A fail-over to a replica that lagged, behind a proxy that keeps the connection."""
    lease = taken(first)
    first.commit(lease, batch(b"one"), NOW + 1, TTL)
    with first.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE lease SET expires = {NOW + TTL}")
        connection.exec_driver_sql("DELETE FROM batches")
    with pytest.raises(LeaseLostError):
        first.commit(lease, batch(b"two"), NOW + 2, TTL)
    assert first.recover().inputs == ()
    again = first.resume(lease, NOW + 3, TTL)
    assert again is not None
    first.commit(again, batch(b"two"), NOW + 4, TTL)
    assert first.recover().inputs == (b"two",)


# ------------------------------------------------------------------------- servers that go away


def test_lost_connections_are_replaced(on_postgres: SqlStore, fresh_postgres: str) -> None:
    lease = taken(on_postgres)
    with closing(open_store(fresh_postgres)) as other, other._engine.begin() as connection:
        mine = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> "
        connection.exec_driver_sql(mine + "pg_backend_pid() AND datname = current_database()")
    on_postgres.commit(lease, batch(b"after"), NOW, TTL)
    assert on_postgres.recover().inputs == (b"after",)


def test_a_connection_lost_in_the_middle_is_told_and_leaves_nothing(
    on_postgres: SqlStore, threads: ThreadPoolExecutor
) -> None:
    lease = taken(on_postgres)
    with on_postgres._engine.begin() as holder:
        holder.exec_driver_sql("LOCK TABLE positions IN EXCLUSIVE MODE")
        cut = threads.submit(on_postgres.commit, lease, full_batch(), NOW, TTL)
        holder.exec_driver_sql(f"SELECT pg_terminate_backend({wait_until_blocked(on_postgres)})")
        with pytest.raises(ServerUnreachableError, match="does not answer"):
            cut.result(10)
    assert on_postgres.recover() == Recovered(None, (), {})
    on_postgres.commit(lease, full_batch(), NOW, TTL)
    assert on_postgres.recover().inputs == (b"inputs",)


def test_a_server_that_is_not_there_is_named_without_the_password() -> None:
    with pytest.raises(ServerUnreachableError, match=r"127\.0\.0\.1:1/gi does not") as caught:
        open_store("postgresql://me:hushhush@127.0.0.1:1/gi", timeout=2)
    error: BaseException | None = caught.value
    while error is not None:
        assert "hushhush" not in f"{error!r} {error}"
        error = error.__cause__ or error.__context__


def test_a_server_that_says_nothing_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        start = time.monotonic()
        with pytest.raises(ServerUnreachableError, match=f"127.0.0.1:{port}"):
            open_store(f"postgresql://me@127.0.0.1:{port}/gi", timeout=2)
        assert time.monotonic() - start < 10


def test_a_file_that_stays_locked_is_told(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    with closing(open_store(url)) as holder, closing(open_store(url, timeout=0.1)) as store:
        with holder._engine.connect() as connection:
            connection.execution_options(sqlite_begin="IMMEDIATE").begin()
            with pytest.raises(ServerUnreachableError, match="database is locked"):
                store.acquire("engine", "one", NOW, TTL)
        assert store.acquire("engine", "one", NOW, TTL) is not None
