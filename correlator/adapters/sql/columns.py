"""What the definitions of tables share: the metadata, and short names for kinds of column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TextClause,
)
from sqlalchemy import text as literal

if TYPE_CHECKING:
    from correlator.adapters.sql.values import Row, Values

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)
"""All tables: those in `schema` and in `console`."""

SERIAL = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite numbers rows by itself only in a column that is declared INTEGER."""


def _sql(default: str | None) -> TextClause | None:
    """Return what old rows get when a column is added: a literal as SQL writes it."""
    return None if default is None else literal(default)


def key(name: str) -> Column[str]:
    """A column of the primary key."""
    return Column(name, Text, primary_key=True)


def text(name: str, default: str | None = None) -> Column[str]:
    """A text; never NULL."""
    return Column(name, Text, nullable=False, server_default=_sql(default))


def number(name: str, *, optional: bool = False, default: str | None = None) -> Column[int]:
    """A whole number."""
    return Column(
        name,
        BigInteger,
        nullable=optional,
        server_default=_sql(default),
    )


def flag(name: str, default: str | None = None) -> Column[bool]:
    """A yes or no."""
    return Column(name, Boolean, nullable=False, server_default=_sql(default))


def real(name: str) -> Column[float]:
    """A real number."""
    return Column(name, Double, nullable=False)


def blob(name: str, *, optional: bool = False) -> Column[bytes]:
    """Bytes."""
    return Column(name, LargeBinary, nullable=optional)


def numbered(
    name: str, *columns: Column[str] | Column[int] | Column[bytes] | Column[bool] | Index
) -> Table:
    """A table whose rows are only ever added."""
    seq = Column("seq", SERIAL, primary_key=True, autoincrement=True)
    return Table(name, metadata, seq, *columns, sqlite_autoincrement=True)


def brought(table: Table) -> tuple[str, ...]:
    """Return the columns that a row brings, in their order: all but the number that is given."""
    return tuple(column.name for column in table.columns if column.name != "seq")


def ordered(table: Table, row: Row) -> Values:
    """Return what a row brings, in the order of the columns."""
    return tuple([row[name] for name in brought(table)])
