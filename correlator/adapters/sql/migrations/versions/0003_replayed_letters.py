"""When a dead letter was replayed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a column; what is there has not been replayed."""
    op.add_column("dead_letters", sa.Column("replayed", sa.BigInteger(), nullable=True))
