"""The first schema."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Spelled out, not taken from the schema module: a step that has been taken never changes.
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create all tables."""
    _create_events()
    _create_decisions()
    _create_history()
    _create_recovery()
    _create_outside()


def _key(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=nullable)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _real(name: str) -> sa.Column[float]:
    return sa.Column(name, sa.Double(), nullable=False)


def _bytes(name: str, *, nullable: bool = False) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=nullable)


def _create(name: str, keys: tuple[str, ...], *columns: sa.Column[Any]) -> None:
    op.create_table(name, *columns, sa.PrimaryKeyConstraint(*keys, name=op.f(f"pk_{name}")))


def _create_numbered(name: str, *columns: sa.Column[Any]) -> None:
    op.create_table(
        name,
        sa.Column("seq", SERIAL, autoincrement=True, nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("seq", name=op.f(f"pk_{name}")),
        sqlite_autoincrement=True,
    )


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns))


def _create_events() -> None:
    _create(
        "tickets",
        ("id",),
        _key("id"),
        _text("customer", nullable=True),
        _text("symptom"),
        _text("stated", nullable=True),
        _flag("known"),
        _text("status"),
        _text("severity"),
        _text("channel"),
        _text("text"),
        _number("occurred"),
        _number("changed"),
        _text("event_id"),
    )
    _index("tickets", "customer")
    _create(
        "alarms",
        ("id",),
        _key("id"),
        _text("managed_object"),
        _text("object_type"),
        _text("state"),
        _text("severity"),
        _text("cause"),
        _text("alarm_type"),
        _flag("known"),
        _number("occurred"),
        _number("changed"),
        _text("event_id"),
    )
    _index("alarms", "managed_object")
    _create_maintenance()
    _create_actions()


def _create_maintenance() -> None:
    _create(
        "maintenance",
        ("id",),
        _key("id"),
        _text("objects"),
        _number("starts"),
        _number("ends"),
        _text("title"),
        _flag("cancelled"),
        _number("changed"),
        _text("event_id"),
    )


def _create_actions() -> None:
    _create(
        "actions",
        ("id",),
        _key("id"),
        _text("incident"),
        _text("actor"),
        _text("verb"),
        _text("error"),
        _number("changed"),
        _text("body"),
    )
    _index("actions", "incident")


def _create_decisions() -> None:
    _create_incidents()
    _create(
        "links",
        ("ticket", "incident"),
        _key("ticket"),
        _key("incident"),
        _number("version"),
        _text("state"),
        _real("probability"),
        _text("reason"),
        _number("time"),
        _text("actor"),
    )
    _index("links", "incident")
    _create(
        "verdicts",
        ("ticket",),
        _key("ticket"),
        _number("time"),
        _text("answer"),
        _text("incident"),
        _text("cause"),
        _real("probability"),
        _text("reason"),
    )


def _create_incidents() -> None:
    _create(
        "incidents",
        ("id",),
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
        _number("announced", nullable=True),
        _number("resolved", nullable=True),
        _text("body"),
    )
    _index("incidents", "state")


def _create_history() -> None:
    _create_numbered(
        "suppressions", _text("domain"), _text("rule"), _number("time"), _text("reason")
    )
    _index("suppressions", "domain")
    _create_numbered(
        "journal",
        _text("subject"),
        _text("subject_id"),
        _text("field"),
        _text("old"),
        _text("new"),
        _number("time"),
        _text("actor"),
    )
    _index("journal", "subject", "subject_id")


def _create_recovery() -> None:
    _create("snapshot", ("id",), _snapshot_id(), _number("time"), _bytes("state"))
    _create_numbered("batches", _number("time"), _bytes("inputs"))
    _create(
        "positions",
        ("topic", "partition"),
        _key("topic"),
        _number("partition"),
        _number("next"),
        _text("ahead"),
    )
    _create("lease", ("name",), _key("name"), _text("owner"), _number("epoch"), _number("expires"))


def _snapshot_id() -> sa.Column[int]:
    return sa.Column("id", sa.Integer(), autoincrement=False, nullable=False)


def _create_outside() -> None:
    _create_numbered(
        "outbox",
        _text("topic"),
        _bytes("key", nullable=True),
        _bytes("value", nullable=True),
        _text("headers"),
    )
    _create_numbered(
        "dead_letters",
        _text("topic"),
        _number("partition"),
        _number("offset"),
        _bytes("key", nullable=True),
        _bytes("value"),
        _number("timestamp"),
        _text("reason"),
        _text("error"),
        _number("time"),
    )
