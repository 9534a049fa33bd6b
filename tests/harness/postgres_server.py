"""A PostgreSQL of one's own, to be restarted, stopped in its tracks, and made read-only."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, LiteralString

import psycopg

from tests.harness.guard import Guard
from tests.harness.postgres import Databases, library
from tests.harness.proxy import Proxy, to_socket

if TYPE_CHECKING:
    from collections.abc import Iterator


class PostgresServer:
    """One server; `url` leads straight to a database, `through` by way of the proxy."""

    def __init__(self) -> None:
        # A socket's path must be short, and the server opens the parent folders to its own user.
        self.folder = Path(tempfile.mkdtemp(prefix="gi-pg-", dir="/tmp"))
        self._server: Any = library(self.folder).get_server(
            self.folder / "d",
            cleanup_mode=None,  # it would look for the process that it started first
        )
        self._guard = Guard(self._pid(), signal.SIGQUIT, self.folder)
        info = self._server.get_postmaster_info()
        self.proxy = Proxy(to_socket(info.socket_dir / f".s.PGSQL.{info.port}"))
        self.databases = Databases(self.url("postgres"))

    def url(self, database: str) -> str:
        """Return the SQLAlchemy URL of a database, over the unix socket."""
        host = self._server.get_postmaster_info().socket_dir
        return f"postgresql+psycopg://postgres@/{database}?host={host}"

    def through(self, database: str) -> str:
        """Return the URL of a database behind the proxy."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.proxy.port}/{database}"

    def restart(self) -> None:
        """Restart as after a loss of power: nothing is finished, the log is played again."""
        self._control("restart")
        old, self._guard = self._guard, Guard(self._pid(), signal.SIGQUIT, self.folder)
        old.dismiss()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Stop every process of the server in its tracks for a while."""
        known = self._run("SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        processes = [self._pid(), *(row[0] for row in known)]  # nobody new comes without the first
        _signal(processes, signal.SIGSTOP)
        try:
            yield
        finally:
            _signal(processes, signal.SIGCONT)

    @contextmanager
    def read_only(self) -> Iterator[None]:
        """Refuse whatever writes for a while, as a server does that is no primary any more."""
        self._run("ALTER SYSTEM SET default_transaction_read_only = on")
        self._run("SELECT pg_reload_conf()")
        try:
            yield
        finally:
            self._run("ALTER SYSTEM RESET default_transaction_read_only")
            self._run("SELECT pg_reload_conf()")

    def end_sessions(self) -> None:
        """End every client's connection, in the middle of whatever it does."""
        self._run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )

    def close(self) -> None:
        """Stop the server and remove its folder."""
        self.proxy.close()
        self._control("stop")
        self._guard.dismiss()
        self._server.cleanup()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _control(self, verb: str) -> None:
        program, data = self._server.bin_path / "pg_ctl", self._server.pgdata
        done = subprocess.run(
            [program, "-w", "-m", "immediate", "-D", data, "-l", data / "log", verb],
            user=self._server.system_user,
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
            timeout=60,
        )
        if done.returncode != 0:
            raise RuntimeError(f"pg_ctl {verb} failed:\n{(data / 'log').read_text()[-2000:]}")

    def _pid(self) -> int:
        return int((self._server.pgdata / "postmaster.pid").read_text().splitlines()[0])

    def _run(self, statement: LiteralString) -> list[tuple[Any, ...]]:
        plain = self.url("postgres").replace("postgresql+psycopg:", "postgresql:")
        with psycopg.connect(plain, autocommit=True) as connection:
            done = connection.execute(statement)
            return done.fetchall() if done.description else []


def _signal(processes: list[int], what: signal.Signals) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, what)
