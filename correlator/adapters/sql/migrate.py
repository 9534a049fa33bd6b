"""Bringing a database to the schema that this program knows."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Engine, func, select

from correlator.adapters.sql.connect import address, writing

_LOCK = 0x636F7272  # any number that nobody else locks in this database


class UnknownSchemaError(Exception):
    """The database was made by a newer program than this one."""


def migrate(engine: Engine) -> None:
    """Create or upgrade the tables, in one transaction; nothing happens if they are up to date.

    Several programs may start at once: the first one migrates, the others wait for it. Raises
    `UnknownSchemaError` and `ServerUnreachableError`.
    """
    with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        try:
            command.upgrade(_config(connection), "head")
        except CommandError as error:
            raise UnknownSchemaError(f"{address(engine.url)}: {error}") from error


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", "correlator.adapters.sql:migrations")
    config.attributes["connection"] = connection
    return config
