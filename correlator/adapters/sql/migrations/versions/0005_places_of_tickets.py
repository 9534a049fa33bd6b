"""The place that a ticket names, where it names no customer that is known."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a column; what is there names no place."""
    op.add_column("tickets", sa.Column("place", sa.Text(), nullable=True))
