"""The migrations lead to the schema that the code expects."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from correlator.adapters.sql import SqlStore, UnknownSchemaError, open_store
from correlator.adapters.sql.schema import metadata
from tests.integration.store_samples import batch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    return str(request.getfixturevalue("fresh_postgres"))


@pytest.fixture
def store(url: str) -> Iterator[SqlStore]:
    with closing(open_store(url)) as opened:
        yield opened


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
