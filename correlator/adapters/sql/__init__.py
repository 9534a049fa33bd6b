"""The store on SQL: SQLite in a file by default, PostgreSQL by URL."""

from correlator.adapters.sql.migrate import UnknownSchemaError
from correlator.adapters.sql.queries import Queries
from correlator.adapters.sql.store import SqlStore, open_store

__all__ = ["Queries", "SqlStore", "UnknownSchemaError", "open_store"]
