"""Customers who are to be forgotten."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a table, empty."""
    names = ("customer", "stand_in", "actor", "reason", "state", "found")
    op.create_table(
        "forget_requests",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        *(sa.Column(name, sa.Text(), nullable=False) for name in names),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("asked", "changed")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_forget_requests")),
        sqlite_autoincrement=True,
    )
