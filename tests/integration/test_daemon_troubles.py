"""Servers that fail under a running daemon: it says so, waits, and goes on as if nothing was."""

from __future__ import annotations

from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from msgspec import structs
from structlog.testing import capture_logs

from correlator.adapters.files import FilePublisher, FileSource
from correlator.adapters.host import wall_clock
from correlator.adapters.sql import SqlStore, open_store
from correlator.model import MINUTE
from correlator.ports import Lease, ServerUnreachableError
from correlator.service import daemon as daemons
from correlator.service.troubles import Troubles
from tests.builders import START, customers_of, spread
from tests.harness.daemons import SETTINGS, running, services_of
from tests.harness.loop import contents
from tests.harness.waiting import until
from tests.payloads import RECORDS, but
from tests.records import ticket_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from correlator.service.daemon import Daemon

CARD = spread(customers_of("DSL-1/C1"), 9)
LINES = [ticket_bytes(f"T{n}", START + n * MINUTE, who) for n, who in enumerate(CARD)]
DECIDED = ("tickets", "incidents", "links", "verdicts", "journal")
NOW, TTL = 10_000, 5_000
PLACE = "event__troubleTicket__"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemons, "AGAIN", 0.01)


@pytest.fixture
def store(url: str) -> Iterator[SqlStore]:
    with closing(open_store(url, timeout=2)) as opened:
        yield opened


@contextmanager
def leading(folder: Path, store: SqlStore, lines: list[bytes], **more: Any) -> Iterator[Daemon]:
    folder.mkdir(exist_ok=True)
    path = folder / "gi.tickets.in"
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    services = services_of(store, lambda: FileSource({"gi.tickets": path}), FilePublisher(folder))
    with capture_logs(), running(services, structs.replace(SETTINGS, **more)) as daemon:
        yield daemon


def applied(store: SqlStore) -> int:
    return store.queries.counts()["tickets"]


def decided(store: SqlStore) -> dict[str, Any]:
    return contents(store, *DECIDED)


def undisturbed(folder: Path) -> dict[str, Any]:
    url = f"sqlite:///{folder / 'undisturbed.db'}"
    with closing(open_store(url)) as store, leading(folder / "calm", store, LINES):
        until(lambda: applied(store) == len(LINES))
    with closing(open_store(url)) as store:
        return decided(store)


# ------------------------------------------------------------------------- nothing can be written


@contextmanager
def full(store: SqlStore) -> Iterator[None]:
    """Let the disk be full: SQLite's own word for it, or a PostgreSQL that may only be read."""
    if store.engine.dialect.name == "sqlite":
        yield from _no_pages(store)
    else:
        yield from _read_only(store)


def _no_pages(store: SqlStore) -> Iterator[None]:
    def limit(connection: Any, *_: Any) -> None:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")

    def lift(connection: Any, *_: Any) -> None:
        connection.execute("PRAGMA max_page_count = 1000000")

    sa.event.listen(store.engine, "checkout", limit)
    yield
    sa.event.remove(store.engine, "checkout", limit)
    sa.event.listen(store.engine, "checkout", lift)


def _read_only(store: SqlStore) -> Iterator[None]:
    def switch(to: str) -> None:
        url = store.engine.url
        engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql("SET default_transaction_read_only = off")
            name = connection.exec_driver_sql("SELECT current_database()").scalar_one()
            connection.exec_driver_sql(
                f'ALTER DATABASE "{name}" SET default_transaction_read_only = {to}'
            )
            connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE pid <> pg_backend_pid() AND datname = current_database()"
            )
        engine.dispose()

    switch("on")
    yield
    switch("off")


def test_a_full_disk_is_waited_for_told_and_nothing_is_lost(
    tmp_path: Path, store: SqlStore
) -> None:
    long = [
        but(RECORDS["gi.tickets"], **{PLACE + "id": f"L{n}", PLACE + "description": "x" * 9_000})
        for n in range(99)
    ]
    with ExitStack() as stack:
        disk = stack.enter_context(ExitStack())
        disk.enter_context(full(store))
        daemon = stack.enter_context(leading(tmp_path / "run", store, LINES + long))
        until(lambda: any("store does not answer since" in r for r in daemon.reasons()))
        assert not daemon.ready()
        disk.close()
        until(lambda: applied(store) == len(LINES) + len(long))
        until(daemon.ready)
    assert store.queries.dead_letters(9) == []


# --------------------------------------------------------------------------------------- the lease


def test_a_lease_that_is_still_ours_is_taken_back_at_once(store: SqlStore) -> None:
    mine = store.acquire("engine", "one", NOW, TTL)
    assert mine is not None
    assert store.acquire("engine", "one", NOW, TTL) is None
    again = store.resume(mine, NOW + 1, TTL)
    assert again == Lease("engine", "one", mine.epoch + 1)
    assert store.resume(mine, NOW + 2, TTL) is None, "a commit of before is fenced off"
    assert store.acquire("engine", "two", NOW + TTL, TTL) is None
    assert store.acquire("engine", "two", NOW + 1 + TTL, TTL) is not None
    assert store.resume(again, NOW + TTL + 2, TTL) is None


def test_a_commit_that_is_cancelled_costs_no_lease(tmp_path: Path, fresh_postgres: str) -> None:
    with closing(open_store(fresh_postgres)) as store, ExitStack() as stack:
        holder = stack.enter_context(store.engine.begin())
        holder.exec_driver_sql("LOCK TABLE tickets IN EXCLUSIVE MODE")
        stack.enter_context(leading(tmp_path / "run", store, LINES, lease=3_600_000))
        blocked = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        until(lambda: asked(store, blocked))
        asked(store, f"SELECT pg_cancel_backend(pid) FROM ({blocked}) AS waiting")
        until(lambda: asked(store, "SELECT epoch FROM lease") == [2])
        holder.rollback()
        until(lambda: applied(store) == len(LINES))
    with closing(open_store(fresh_postgres)) as store:
        assert decided(store) == undisturbed(tmp_path)


def asked(store: SqlStore, question: str) -> list[Any]:
    with store.engine.connect() as connection:
        return list(connection.exec_driver_sql(question).scalars())


def test_a_database_that_says_nothing_past_the_lease_is_no_ready_daemon(
    tmp_path: Path, fresh_postgres: str
) -> None:
    with closing(open_store(fresh_postgres)) as store, ExitStack() as stack:
        daemon = stack.enter_context(leading(tmp_path / "run", store, LINES, lease=900))
        until(daemon.ready)
        with store.engine.begin() as holder:
            holder.exec_driver_sql("LOCK TABLE lease IN EXCLUSIVE MODE")
            until(lambda: any("lease ran out" in reason for reason in daemon.reasons()))
        until(daemon.ready)


def test_a_database_that_went_back_is_told_and_read_again(tmp_path: Path, store: SqlStore) -> None:
    """As after a fail-over to a replica that lagged: what it has lost is applied again."""
    with leading(tmp_path / "run", store, LINES, lease=3_000) as daemon:
        until(lambda: applied(store) == len(LINES))
        with store.engine.begin() as connection:
            for table in ("batches", "snapshot", "positions", *DECIDED):
                connection.exec_driver_sql(f"DELETE FROM {table}")
            connection.exec_driver_sql("UPDATE lease SET expires = 0")
        until(lambda: applied(store) == len(LINES))
        until(daemon.ready)
        counted = daemon._metrics.registry.get_sample_value(
            "correlator_failures_total", {"what": "database-went-back"}
        )
        assert counted == 1
    assert decided(store) == undisturbed(tmp_path)


# ------------------------------------------------------------------------------------------- Kafka


def test_while_kafka_is_away_at_the_start_somebody_else_may_lead(
    tmp_path: Path, store: SqlStore
) -> None:
    away = True

    def sources() -> FileSource:
        if away:
            raise ServerUnreachableError("no Kafka broker answered")
        return FileSource({})

    services = services_of(store, sources, FilePublisher(tmp_path))
    settings = structs.replace(SETTINGS, lease=3_600_000)
    with capture_logs() as lines, running(services, settings) as daemon:
        until(lambda: any("kafka does not answer" in reason for reason in daemon.reasons()))
        until(lambda: store.acquire("engine", "other", wall_clock(), 1) is not None)
        away = False
        until(daemon.ready)
    told = [line for line in lines if line["event"] == "unreachable"]
    assert len(told) == 1


def test_a_trouble_is_told_at_once_then_every_minute() -> None:
    now = 1_000_000
    troubles = Troubles(lambda: now)
    with capture_logs() as lines:
        for _ in range(150):
            troubles.began("kafka", "no broker answers")
            now += 1_000
        troubles.ended("kafka")
        troubles.ended("kafka")
    assert [(line["event"], line.get("seconds")) for line in lines] == [
        ("unreachable", None),
        ("unreachable", 60),
        ("unreachable", 120),
        ("reachable_again", 150),
    ]


def test_a_trouble_says_since_when() -> None:
    troubles = Troubles(lambda: 0)
    troubles.began("store", "disk full")
    (said,) = troubles.sentences()
    assert said == "store does not answer since 1970-01-01T00:00:00Z: disk full"
