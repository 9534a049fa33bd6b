"""Writing many rows with one statement, the fastest way that each database has.

SQLite runs one prepared statement for each row. PostgreSQL gets one array for each column and
unnests them: one statement for any number of rows, nearly twice as fast as a statement for each
row (500 tickets: 6.4 ms against 9.8 ms).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from sqlalchemy import BigInteger, Connection, Dialect, Table, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite

from correlator.adapters.sql.columns import metadata
from correlator.adapters.sql.values import Row, storable

if TYPE_CHECKING:
    from collections.abc import Sequence

_Insert: TypeAlias = postgresql.Insert | sqlite.Insert


class _Prepared(NamedTuple):
    """A statement as the driver takes it, and where to find what in a row's values.

    `names`: the columns that a row brings, in its order. `keys`: places of the primary key's
    columns, none in a numbered table. `version`: the place of the version, if there is one.
    """

    sql: str
    names: tuple[str, ...]
    keys: tuple[int, ...]
    version: int | None


class BulkWriter:
    """The statements of one dialect, `sqlite` or `postgresql`, built once.

    They go to the driver as text: the values need no conversion, and SQLAlchemy's way through a
    statement costs more than SQLite's own work on a few rows.
    """

    def __init__(self, dialect: Dialect) -> None:
        self._arrays = dialect.name == "postgresql"
        build = _from_arrays if self._arrays else sqlite.insert
        self._statements = {
            table: _prepared(_resolved(build(table), table), table, dialect)
            for table in metadata.sorted_tables
        }

    def write(self, connection: Connection, table: Table, rows: Sequence[Row]) -> None:
        """Add the rows to a numbered table, or make them the current state of a keyed one."""
        if not rows:
            return
        prepared = self._statements[table]
        names = prepared.names
        values = [_storable([row[name] for name in names]) for row in rows]
        if prepared.keys and len(values) > 1:
            values = _last_states(prepared, values)
        if self._arrays:
            columns = map(list, zip(*values, strict=True))
            connection.exec_driver_sql(prepared.sql, dict(zip(names, columns, strict=True)))
        else:
            connection.exec_driver_sql(prepared.sql, [tuple(row) for row in values])


def _prepared(insert: _Insert, table: Table, dialect: Dialect) -> _Prepared:
    compiled = insert.compile(dialect=dialect, column_keys=_names(table))
    names = tuple(getattr(compiled, "positiontup", None) or _names(table))
    keys = () if _is_numbered(table) else tuple(names.index(c.name) for c in table.primary_key)
    version = names.index("version") if keys and _is_counted(table) else None
    return _Prepared(str(compiled), names, keys, version)


def _names(table: Table) -> list[str]:
    """Return the columns that a row brings: all but the number that the database gives."""
    return [column.name for column in table.columns if column.name != "seq"]


def _is_numbered(table: Table) -> bool:
    return "seq" in table.columns


def _is_counted(table: Table) -> bool:
    """Whether its `version` counts up; that of a catalog is a hash."""
    return "version" in table.columns and isinstance(table.c.version.type, BigInteger)


def _from_arrays(table: Table) -> postgresql.Insert:
    """Return the insert that takes one array for each column, in the order of the arrays."""
    columns = [table.columns[name] for name in _names(table)]
    arrays = [bindparam(c.name, type_=postgresql.ARRAY(c.type)) for c in columns]
    rows = func.unnest(*arrays).table_valued(*columns, with_ordinality="nth_row").render_derived()
    ordered = select(*[rows.columns[c.name] for c in columns]).order_by(rows.columns.nth_row)
    return postgresql.insert(table).from_select(_names(table), ordered)


def _resolved(insert: _Insert, table: Table) -> _Insert:
    """Add what happens to a row that is there: replaced, unless its version is higher."""
    if _is_numbered(table):
        return insert
    keys = [column.name for column in table.primary_key]
    given = insert.excluded
    newer = given["version"] >= table.c.version if _is_counted(table) else None
    return insert.on_conflict_do_update(
        index_elements=keys,
        set_={name: given[name] for name in _names(table) if name not in keys},
        where=newer,
    )


def _storable(values: list[Any]) -> list[Any]:
    for place, value in enumerate(values):
        if isinstance(value, str) and (not value.isascii() or "\0" in value):
            values[place] = storable(value)
    return values


def _last_states(prepared: _Prepared, rows: list[list[Any]]) -> list[list[Any]]:
    """Return one row for each key, the last one of the highest version.

    PostgreSQL refuses to touch a row twice in one statement.
    """
    keys, version = prepared.keys, prepared.version
    last: dict[tuple[Any, ...], list[Any]] = {}
    for row in rows:
        key = tuple([row[place] for place in keys])
        if version is None or key not in last or row[version] >= last[key][version]:
            last[key] = row
    return list(last.values())
