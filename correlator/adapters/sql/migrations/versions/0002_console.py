"""What the console shows and takes: projections, the inbox of actions, what it keeps of its own."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add tables, columns and indexes."""
    _widen()
    _create_status()
    _create_figures()
    _create_promises()
    _create_console()


def _key(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=nullable)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _real(name: str) -> sa.Column[float]:
    return sa.Column(name, sa.Double(), nullable=False)


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


def _index(table: str, *columns: str, unique: bool = False) -> None:
    name = op.f(f"ix_{table}_{'_'.join(columns)}")
    op.create_index(name, table, list(columns), unique=unique)


def _add(table: str, column: sa.Column[Any], default: str) -> None:
    """Add a column that old rows have a value for; the code gives it to every new one."""
    column.server_default = sa.DefaultClause(sa.text(default))
    op.add_column(table, column)


def _widen() -> None:
    _add("incidents", _number("rev"), "0")
    _add("incidents", _text("catalog"), "''")
    _add("incidents", _text("code"), "''")
    _add("incidents", _flag("confirmed"), "false")
    _index("incidents", "state", "announced", "id")
    _index("incidents", "domain", "created")
    _index("incidents", "rule", "announced")
    _index("incidents", "changed")
    op.drop_index(op.f("ix_incidents_state"), "incidents")
    op.drop_index(op.f("ix_links_incident"), "links")
    _index("links", "incident", "state", "time", "ticket")
    _index("tickets", "occurred")
    _index("verdicts", "incident")
    _add("journal", _text("reason"), "''")
    _add("journal", _text("action"), "''")
    _index("journal", "time")
    _add("actions", _text("outcome"), "'done'")
    _add("actions", _text("made"), "''")
    _add("actions", _number("rev"), "0")
    _fill_in()


def _fill_in() -> None:
    """Give old rows what they say elsewhere."""
    op.execute("UPDATE actions SET made = incident")
    op.execute("UPDATE actions SET outcome = 'refused' WHERE error <> ''")
    op.execute("""UPDATE incidents SET confirmed = true
                  WHERE body LIKE '%"confirmed_by":"%' AND body NOT LIKE '%"confirmed_by":""%'""")


def _create_status() -> None:
    _create_numbered(
        "changes",
        _text("kind"),
        _text("id"),
        _number("rev"),
        _number("version"),
        _text("band"),
        _number("at"),
    )
    _index("changes", "at")
    _create(
        "feeds",
        ("topic", "partition"),
        _key("topic"),
        _number("partition"),
        _number("latest"),
        _number("heard"),
        _number("lag"),
        _flag("silent"),
    )
    _create("in_force", ("what",), _key("what"), _text("version"), _number("since"))


def _create_figures() -> None:
    _create("figures", ("incident",), _key("incident"), _number("time"), _text("body"))
    _create(
        "rates",
        ("incident", "minute"),
        _key("incident"),
        _number("minute"),
        _number("observed"),
        _real("expected"),
    )
    _index("rates", "minute")
    _create("neighbourhoods", ("incident",), _key("incident"), _number("time"), _text("body"))
    _create(
        "alarm_spans",
        ("alarm", "raised"),
        _key("alarm"),
        _number("raised"),
        _text("managed_object"),
        _text("cause"),
        _text("severity"),
        _number("cleared", nullable=True),
    )
    _index("alarm_spans", "managed_object", "raised")
    _index("alarm_spans", "raised")


def _create_promises() -> None:
    _create(
        "promises",
        ("incident", "n"),
        _key("incident"),
        _number("n"),
        _number("restore"),
        _text("source"),
        _text("confidence"),
        _text("by"),
        _number("at"),
        _text("outcome"),
    )
    _create(
        "texts",
        ("incident", "n"),
        _key("incident"),
        _number("n"),
        _text("audience"),
        _text("phase"),
        _text("fr"),
        _text("en"),
        _text("by"),
        _number("at"),
        _number("promise"),
        _number("withdrawn", nullable=True),
    )
    _index("texts", "at")
    _create(
        "externals",
        ("incident", "n"),
        _key("incident"),
        _number("n"),
        _text("owner"),
        _text("number"),
        _text("state"),
        _text("by"),
        _number("at"),
    )
    _create_numbered(
        "told",
        _text("incident"),
        _text("customer"),
        _text("ticket"),
        _text("channel"),
        _number("promise"),
        _text("by"),
        _number("at"),
    )
    _index("told", "customer")
    _index("told", "incident", "promise")
    _index("told", "at")


def _create_console() -> None:
    _create_numbered(
        "action_inbox",
        _text("id"),
        _text("incident"),
        _text("actor"),
        _text("verb"),
        _number("at"),
        _number("not_before"),
        _text("body"),
    )
    _index("action_inbox", "id", unique=True)
    _create("flash_reads", ("text", "reader"), _key("text"), _key("reader"), _number("at"))
    _create(
        "saved_views",
        ("owner", "name"),
        _key("owner"),
        _key("name"),
        _text("query"),
        _number("at"),
    )
    _create_numbered(
        "handovers",
        _number("begins"),
        _number("ends"),
        _text("outgoing"),
        _text("incoming"),
        _text("notes"),
        _text("body"),
        _number("signed"),
    )
    _create_numbered(
        "audit",
        _number("at"),
        _text("actor"),
        _text("role"),
        _text("what"),
        _text("subject"),
        _text("outcome"),
    )
    _index("audit", "at")
