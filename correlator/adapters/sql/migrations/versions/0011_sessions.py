"""Sessions of people, logins under way, links that open a session of an agent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add three tables, empty."""
    _create(
        "sessions",
        "id",
        ("digest", "kind", "actor", "role", "subject", "tickets", "id_token"),
        ("made", "seen", "expires"),
        "revoked",
    )
    op.create_index(op.f("ix_sessions_digest"), "sessions", ["digest"], unique=True)
    op.create_index(op.f("ix_sessions_expires"), "sessions", ["expires"])
    _create("logins", "state", ("browser", "nonce", "verifier", "next"), ("made",))
    op.create_index(op.f("ix_logins_made"), "logins", ["made"])
    texts = ("agent", "ticket", "customer", "system")
    _create("agent_links", "digest", texts, ("made", "expires"), "used")
    op.create_index(op.f("ix_agent_links_expires"), "agent_links", ["expires"])


def _create(
    table: str, key: str, texts: tuple[str, ...], times: tuple[str, ...], *optional: str
) -> None:
    op.create_table(
        table,
        sa.Column(key, sa.Text(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in texts),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in times),
        *(sa.Column(name, sa.BigInteger(), nullable=True) for name in optional),
        sa.PrimaryKeyConstraint(key, name=op.f(f"pk_{table}")),
    )
