"""What a ticket may be about, where its words say more than one symptom, or half of one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a column; what is there is about its symptom alone."""
    op.add_column("tickets", sa.Column("shares", sa.Text(), nullable=True))
