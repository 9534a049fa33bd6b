"""Rules by version, drafts, and what is run for them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables, empty."""
    op.create_table(
        "rulesets",
        sa.Column("id", sa.Text(), nullable=False),
        *_texts("version", "files", "parent"),
        _number("made"),
        *_texts("actor", "reason"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rulesets")),
    )
    op.create_index(op.f("ix_rulesets_version"), "rulesets", ["version"])
    op.create_table(
        "rule_contents",
        sa.Column("id", sa.Text(), nullable=False),
        *_texts("content"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_contents")),
    )
    op.create_table(
        "rules_in_force",
        _serial(),
        *_texts("ruleset", "version", "how", "actor", "reason"),
        _number("at"),
        *_texts("gates", "override"),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_rules_in_force")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "rule_drafts",
        sa.Column("id", sa.Text(), nullable=False),
        *_texts("ruleset", "version", "base", "state", "actor", "reason"),
        _number("made"),
        _number("changed"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_drafts")),
    )
    op.create_table(
        "rule_jobs",
        _serial(),
        *_texts("draft", "ruleset", "kind", "state", "actor"),
        _number("asked"),
        _number("days"),
        *_texts("owner"),
        *(_number(name) for name in ("beat", "done", "all")),
        *_texts("findings", "report"),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_rule_jobs")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_rule_jobs_ruleset"), "rule_jobs", ["ruleset"])
    version = sa.Column("version", sa.Text(), nullable=False, server_default=sa.text("''"))
    op.add_column("backtests", version)
    op.create_index(op.f("ix_backtests_version"), "backtests", ["version"])


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _serial() -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column("seq", kind, autoincrement=True, nullable=False)
