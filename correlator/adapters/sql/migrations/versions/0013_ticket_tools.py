"""What was written to ticket tools, and how far they were read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add two tables, empty."""
    keys = ("tool", "incident", "ticket", "key")
    op.create_table(
        "tool_writes",
        *(sa.Column(name, sa.Text(), nullable=False) for name in (*keys, "state", "number")),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(*keys, name=op.f("pk_tool_writes")),
    )
    op.create_index(op.f("ix_tool_writes_at"), "tool_writes", ["at"])
    op.create_table(
        "tool_cursors",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("tool", "cursor")),
        sa.PrimaryKeyConstraint("tool", name=op.f("pk_tool_cursors")),
    )
