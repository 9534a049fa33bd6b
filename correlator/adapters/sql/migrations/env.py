"""How Alembic runs: on the connection, and in the transaction, that `migrate` opened."""

from __future__ import annotations

from alembic import context

from correlator.adapters.sql.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
