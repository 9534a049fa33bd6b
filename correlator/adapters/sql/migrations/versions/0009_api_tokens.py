"""Tokens of systems that use the API."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a table, empty."""
    texts = ("digest", "name", "scopes", "actor")
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in texts),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("made", "expires")),
        *(sa.Column(name, sa.BigInteger(), nullable=True) for name in ("used", "revoked")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
    )
