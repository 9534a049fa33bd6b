"""How Alembic runs: on the connection, and in the transaction, that `migrate` opened."""

from __future__ import annotations

from alembic import context

from correlator.adapters.sql import console, schema  # noqa: F401 - they define the tables
from correlator.adapters.sql.columns import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
