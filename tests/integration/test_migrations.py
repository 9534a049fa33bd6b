"""The migrations lead to the schema that the code expects."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from correlator.adapters.sql import (
    ConsoleReads,
    ConsoleWrites,
    SqlStore,
    Standing,
    UnknownSchemaError,
    open_store,
)
from correlator.adapters.sql.columns import brought
from correlator.adapters.sql.connect import writing
from correlator.adapters.sql.migrate import _config
from correlator.adapters.sql.rows import values_by_table
from correlator.adapters.sql.schema import metadata, tickets
from correlator.model import Action, ActionDone, Verb
from tests.integration.store_samples import batch, incident, one_of_each, ticket

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def differences(store: SqlStore) -> list[object]:
    with store._engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        return list(
            compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
        )


def test_the_migrated_schema_is_the_one_in_the_code(store: SqlStore) -> None:
    assert differences(store) == []


def test_the_comparison_sees_differences(store: SqlStore) -> None:
    with store._engine.begin() as connection:
        connection.exec_driver_sql("DROP INDEX ix_links_incident_state_time_ticket")
        connection.exec_driver_sql("ALTER TABLE tickets ADD COLUMN extra TEXT")
    assert len(differences(store)) == 2


def test_keys_and_numbering_are_as_in_the_code(store: SqlStore) -> None:
    """Show what the comparison above does not look at."""
    inspector = sa.inspect(store._engine)
    for table in metadata.sorted_tables:
        key = inspector.get_pk_constraint(table.name)
        assert key["constrained_columns"] == [column.name for column in table.primary_key]
        assert key["name"] in {f"pk_{table.name}", None}  # SQLite drops it from numbered ones
    if store._engine.dialect.name == "sqlite":
        numbered = [table.name for table in metadata.sorted_tables if "seq" in table.columns]
        with store._engine.connect() as connection:
            made = connection.exec_driver_sql(
                "SELECT name FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%' ORDER BY name"
            )
            assert list(made.scalars()) == sorted(numbered)


def test_migrating_again_changes_nothing(store: SqlStore, url: str) -> None:
    lease = store.acquire("engine", "one", 1, 1)
    assert lease is not None
    store.commit(lease, batch(b"kept"), 1, 1)
    store.migrate()
    with closing(open_store(url)) as again:
        assert again.recover().inputs == (b"kept",)
    assert differences(store) == []


def test_many_may_start_at_once(url: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        stores = list(threads.map(open_store, [url] * 4))
    assert differences(stores[0]) == []
    for store in stores:
        store.close()


def test_many_may_begin_a_file_at_once_again_and_again(tmp_path: Path) -> None:
    """SQLite refuses a switch to WAL at once where two meet, whatever its timeout: one in ten."""
    with ThreadPoolExecutor(8) as threads:
        for n in range(40):
            for store in threads.map(open_store, [f"sqlite:///{tmp_path / f'{n}.db'}"] * 8):
                store.close()


def test_tables_of_a_newer_program_are_left_alone(store: SqlStore, url: str) -> None:
    with store._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(UnknownSchemaError, match="9999"):
        open_store(url)


def test_a_failed_migration_leaves_nothing(url: str) -> None:
    with closing(SqlStore(url)) as store:
        with store._engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE outbox (mine INTEGER)")
        with pytest.raises(sa.exc.DBAPIError):
            store.migrate()
        assert sa.inspect(store._engine).get_table_names() == ["outbox"]


# ------------------------------------------------------------------------------- from 0001 to 0002

NEW_FIELDS = ("rev", "catalog", "promise", "externals", "texts", "code")
"""Of an incident, since 0002."""


def as_before(store: SqlStore) -> None:
    """Make the tables of 0001, with a row of each kind that its program wrote."""
    with writing(store._engine) as connection:
        command.upgrade(_config(connection), "0001")
    old = sa.MetaData()
    old.reflect(store._engine)
    assert "changes" not in old.tables
    done = ActionDone(Action("a2", 40, "e40", "zoé", Verb.CONFIRM, "GI-20261122-00000001"))
    effects = (*one_of_each(), incident(2, confirmed_by="zoé"), done)
    with store._engine.begin() as connection:
        for table, rows in values_by_table(effects).items():
            if table.name not in old.tables:
                continue
            there = old.tables[table.name]
            for row in rows:
                named = zip(brought(table), row, strict=True)
                kept = {name: value for name, value in named if name in there.columns}
                if table.name == "incidents":
                    body = json.loads(kept["body"])
                    kept["body"] = json.dumps(
                        {n: v for n, v in body.items() if n not in NEW_FIELDS},
                        separators=(",", ":"),
                    )
                connection.execute(there.insert().values(kept))


@pytest.fixture
def upgraded(url: str) -> Iterator[SqlStore]:
    with closing(SqlStore(url)) as store:
        as_before(store)
    with closing(open_store(url)) as opened:
        yield opened


def test_an_upgrade_keeps_every_row(upgraded: SqlStore) -> None:
    kept, _, _, _, raised, linked, verdict, suppressed, journaled, *_ = one_of_each()
    read = ConsoleReads(upgraded.engine)
    assert read.ticket("T00000001") == (kept, verdict, [linked.link])  # type: ignore[union-attr]
    found = read.incident("GI-20261122-00000001")
    assert found == raised.incident  # type: ignore[union-attr]
    assert upgraded.queries.suppressions() == [suppressed]
    assert [row for _, row in read.journal("incident", "GI-1", None, 9)] == [journaled.change]  # type: ignore[union-attr]
    counts = upgraded.queries.counts()
    assert (counts["alarms"], counts["maintenance"], counts["actions"]) == (1, 1, 2)


def test_an_upgrade_tells_what_became_of_old_actions(upgraded: SqlStore) -> None:
    writes = ConsoleWrites(upgraded.engine)
    refused, done = (writes.standing(name, 0) for name in ("a1", "a2"))
    assert (refused.standing, refused.error) == (Standing.REFUSED, "unknown incident")
    assert (done.standing, done.incident) == (Standing.DONE, "GI-20261122-00000001")


def test_an_upgrade_knows_which_old_incidents_were_confirmed(upgraded: SqlStore) -> None:
    counts = ConsoleReads(upgraded.engine).rule_counts(0)
    assert {(one.confirmed, one.n) for one in counts} == {(True, 1), (False, 1)}


def test_an_upgrade_leads_to_the_schema_in_the_code(upgraded: SqlStore) -> None:
    assert differences(upgraded) == []


def test_the_board_of_an_upgraded_store_has_what_lives(upgraded: SqlStore) -> None:
    board = ConsoleReads(upgraded.engine).board(0)
    assert sorted(one.domain for one in board.incidents) == ["DSL-00001", "DSL-00002"]
    assert (board.seq, board.figures, board.texts, board.feeds) == (0, (), (), ())


# ------------------------------------------------------------------------------- from 0004 to 0005


def test_tickets_from_before_places_name_none_and_new_ones_do(url: str) -> None:
    before, after = ticket(1, customer=None), ticket(2, customer=None, place="DSL-00042")
    with closing(SqlStore(url)) as store:
        with writing(store._engine) as connection:
            command.upgrade(_config(connection), "0004")
        old = sa.Table("tickets", sa.MetaData(), autoload_with=store._engine)
        assert "place" not in old.columns
        (row,) = values_by_table([before])[tickets]
        named = dict(zip(brought(tickets), row, strict=True))
        del named["place"]
        with store._engine.begin() as connection:
            connection.execute(old.insert().values(named))
    with closing(open_store(url)) as store:
        assert store.queries.ticket("T00000001") == before
        lease = store.acquire("engine", "one", 1, 1)
        assert lease is not None
        store.commit(lease, batch(effects=(after,)), 1, 1)
        assert store.queries.ticket("T00000002") == after
        assert differences(store) == []
