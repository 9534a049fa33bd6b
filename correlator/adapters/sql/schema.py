"""The tables.

Times are integer milliseconds UTC. A column named `body`, `reason`, `ahead`, `headers` or `objects`
holds JSON as text, so that SQLite and PostgreSQL keep the very same bytes.

Two kinds of table, told apart by their primary key:

- keyed by what it describes: one row, the current state. A table with a `version` never goes back
  to a lower one.
- numbered (`seq`): rows are only ever added, in the order in which they were decided. A number is
  never given twice, not even after its row is gone.
"""

from __future__ import annotations

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
)

from correlator.model import Kept, MaintenanceKept

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

SERIAL = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite numbers rows by itself only in a column that is declared INTEGER."""


def _key(name: str) -> Column[str]:
    return Column(name, Text, primary_key=True)


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _number(name: str, *, optional: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=optional)


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False)


def _real(name: str) -> Column[float]:
    return Column(name, Double, nullable=False)


def _bytes(name: str, *, optional: bool = False) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=optional)


def _numbered(name: str, *columns: Column[str] | Column[int] | Column[bytes] | Index) -> Table:
    seq = Column("seq", SERIAL, primary_key=True, autoincrement=True)
    return Table(name, metadata, seq, *columns, sqlite_autoincrement=True)


# ------------------------------------------------------------------------------ current state

tickets = Table(
    "tickets",
    metadata,
    _key("id"),
    Column("customer", Text),
    _text("symptom"),  # what the engine took it for
    Column("stated", Text),  # what its agent called it
    _flag("known"),  # the inventory knows the customer
    _text("status"),
    _text("severity"),
    _text("channel"),
    _text("text"),
    _number("occurred"),
    _number("changed"),  # arrival of the record that brought this state
    _text("event_id"),
    Index(None, "customer"),
)

alarms = Table(
    "alarms",
    metadata,
    _key("id"),
    _text("managed_object"),
    _text("object_type"),
    _text("state"),
    _text("severity"),
    _text("cause"),
    _text("alarm_type"),
    _flag("known"),  # the inventory knows the equipment
    _number("occurred"),
    _number("changed"),
    _text("event_id"),
    Index(None, "managed_object"),
)

maintenance = Table(
    "maintenance",
    metadata,
    _key("id"),
    _text("objects"),
    _number("starts"),
    _number("ends"),
    _text("title"),
    _flag("cancelled"),
    _number("changed"),
    _text("event_id"),
)

actions = Table(
    "actions",
    metadata,
    _key("id"),
    _text("incident"),
    _text("actor"),
    _text("verb"),
    _text("error"),  # empty: carried out
    _number("changed"),
    _text("body"),
    Index(None, "incident"),
)

incidents = Table(
    "incidents",
    metadata,
    _key("id"),
    _number("version"),
    _text("rule"),
    _text("state"),
    _text("symptom"),
    _text("domain"),
    _text("domain_type"),
    _number("priority"),
    _text("severity"),
    _number("customers"),
    _number("linked"),
    _text("parent"),
    _text("owner"),
    _number("created"),
    _number("onset"),
    _number("changed"),
    _number("announced", optional=True),
    _number("resolved", optional=True),
    _text("body"),
    Index(None, "state"),
)

links = Table(
    "links",
    metadata,
    _key("ticket"),
    _key("incident"),
    _number("version"),
    _text("state"),
    _real("probability"),
    _text("reason"),
    _number("time"),
    _text("actor"),
    Index(None, "incident"),
)

verdicts = Table(
    "verdicts",
    metadata,
    _key("ticket"),
    _number("time"),
    _text("answer"),
    _text("incident"),
    _text("cause"),
    _real("probability"),
    _text("reason"),
)

KEPT: dict[type[Kept], Table] = {MaintenanceKept: maintenance}
"""Where what is kept as it came in goes: its columns are fields of the event."""

# ------------------------------------------------------------------------------------ history

suppressions = _numbered(
    "suppressions",
    _text("domain"),
    _text("rule"),
    _number("time"),
    _text("reason"),
    Index(None, "domain"),
)

journal = _numbered(
    "journal",
    _text("subject"),
    _text("subject_id"),
    _text("field"),
    _text("old"),
    _text("new"),
    _number("time"),
    _text("actor"),
    Index(None, "subject", "subject_id"),
)

dead_letters = _numbered(
    "dead_letters",
    _text("topic"),
    _number("partition"),
    _number("offset"),
    _bytes("key", optional=True),
    _bytes("value"),
    _number("timestamp"),
    _text("reason"),
    _text("error"),
    _number("time"),
)

# ----------------------------------------------------------------------------- the engine's own

snapshot = Table(
    "snapshot",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # always 1: there is one
    _number("time"),
    _bytes("state"),
)

batches = _numbered("batches", _number("time"), _bytes("inputs"))

positions = Table(
    "positions",
    metadata,
    _key("topic"),
    Column("partition", BigInteger, primary_key=True, autoincrement=False),
    _number("next"),
    _text("ahead"),
)

outbox = _numbered(
    "outbox",
    _text("topic"),
    _bytes("key", optional=True),
    _bytes("value", optional=True),
    _text("headers"),
)

lease = Table(
    "lease",
    metadata,
    _key("name"),
    _text("owner"),  # empty: released
    _number("epoch"),
    _number("expires"),  # the first millisecond at which it is free
)
