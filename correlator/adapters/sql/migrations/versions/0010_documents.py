"""What systems post by the API: records on their way to the daemon, documents, subscriptions.

And alarms are listed by their time.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from correlator.adapters.sql.columns import SERIAL

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add four tables, empty, and an index."""
    op.create_index(op.f("ix_alarms_occurred"), "alarms", ["occurred"])
    op.create_table(
        "ingest_inbox",
        sa.Column("seq", SERIAL, autoincrement=True, nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_ingest_inbox")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "documents",
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("rev", "made", "changed", "arrived")
        ),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("by", "incident", "status")),
        sa.Column("request", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("resource", "id", name=op.f("pk_documents")),
    )
    op.create_index(op.f("ix_documents_resource_made_id"), "documents", ["resource", "made", "id"])
    op.create_index(op.f("ix_documents_request"), "documents", ["request"], unique=True)
    op.create_index(op.f("ix_documents_incident"), "documents", ["incident"])
    op.create_table(
        "hubs",
        sa.Column("id", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("api", "callback", "query")),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hubs")),
    )
    op.create_index(
        op.f("ix_hubs_api_callback_query"), "hubs", ["api", "callback", "query"], unique=True
    )
    op.create_table(
        "hub_outbox",
        sa.Column("seq", SERIAL, autoincrement=True, nullable=False),
        sa.Column("hub", sa.Text(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("at", "tries", "due")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_hub_outbox")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_hub_outbox_hub_seq"), "hub_outbox", ["hub", "seq"])
