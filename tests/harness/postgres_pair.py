"""Two PostgreSQL servers, a primary and its streaming replica, that change their parts.

The replica follows through a proxy of the tests' own: held, it misses what comes after, and nobody
notices. Clients name both servers and ask for the one that can be written to.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import psycopg
from psycopg import sql

from tests.harness.broker import free_ports
from tests.harness.guard import Guard
from tests.harness.postgres import Databases, library
from tests.harness.proxy import Proxy, to_port
from tests.harness.waiting import until

if TYPE_CHECKING:
    import socket

_NAME = "replica"
_READY_S = 60.0
_LEVEL = "SELECT bool_or(sync_state = 'sync') FROM pg_stat_replication"


class _Programs(NamedTuple):
    """Where they are, and as whom they run: the server refuses to run as root."""

    path: Path
    user: str | None

    def run(self, name: str, *arguments: str | Path, log: Path) -> None:
        """Run one to its end; what it says goes to `log`, and into the error."""
        with log.open("ab") as out:
            done = subprocess.run(
                [self.path / name, *arguments],
                user=self.user,
                cwd="/",
                stdout=out,
                stderr=out,
                check=False,
                timeout=_READY_S,
            )
        if done.returncode != 0:
            raise RuntimeError(f"{name} failed:\n{log.read_text()[-2000:]}")


class Member:
    """One of the two: a folder and a port, whatever part it has."""

    def __init__(self, programs: _Programs, data: Path) -> None:
        self.data = data
        self.port = free_ports(1)[0]
        self._programs = programs
        self._guard: Guard | None = None
        self._log = data.with_suffix(".log")

    def start(self) -> None:
        """Start it, as what its folder says that it is."""
        options = f"-p {self.port} -h 127.0.0.1 -k {self.data} -c wal_retrieve_retry_interval=100"
        self._control("start", "-o", options, "-l", str(self.data / "log"))
        pid = int((self.data / "postmaster.pid").read_text().splitlines()[0])
        self._guard = Guard(pid, signal.SIGQUIT, self.data)

    def kill(self) -> None:
        """End it, if it runs, as a loss of power does: nothing is finished, nobody is told."""
        if self._guard is None:
            return
        self._control("stop", "-m", "immediate")
        self._guard.dismiss()
        self._guard = None

    def promote(self) -> None:
        """Make a primary of a replica, with all that has reached it."""
        self._control("promote")

    def copy(self, port: int) -> None:
        """Throw away what it has and become a replica of the primary behind this port."""
        self.kill()
        for old in self.data.iterdir():  # the folder itself may not be made by the server's user
            shutil.rmtree(old) if old.is_dir() else old.unlink()
        whose = f"host=127.0.0.1 port={port} user=postgres application_name={_NAME}"
        arguments = ("-D", self.data, "-d", whose, "-R", "-c", "fast", "-X", "fetch", "--no-sync")
        self._programs.run("pg_basebackup", *arguments, log=self._log)
        self.start()

    def ask(self, statement: str) -> Any:
        """Return the first value of the first row, or None."""
        where = f"host=127.0.0.1 port={self.port} user=postgres dbname=postgres"
        with psycopg.connect(where, autocommit=True) as connection:
            done = connection.execute(sql.SQL(statement))  # type: ignore[arg-type]
            row = done.fetchone() if done.description else None
        return row[0] if row else None

    def _control(self, verb: str, *options: str) -> None:
        self._programs.run("pg_ctl", "-w", "-D", self.data, *options, verb, log=self._log)


class PostgresPair:
    """`primary` and `replica`; `databases` are reached wherever the primary is just now."""

    def __init__(self) -> None:
        # The servers open the parent folders to their own user, and a socket's path must be short.
        self.folder = Path(tempfile.mkdtemp(prefix="gi-pg-", dir="/tmp"))
        first, second = self.folder / "a", self.folder / "b"
        server = library(self.folder).get_server(first, cleanup_mode=None)
        programs = _Programs(server.bin_path, server.system_user)
        programs.run("pg_ctl", "-w", "-m", "fast", "-D", first, "stop", log=first / "log")
        server.cleanup()
        second.mkdir(mode=0o700)
        if programs.user is not None:
            shutil.chown(second, programs.user)
        self.primary, self.replica = Member(programs, first), Member(programs, second)
        self.link = Proxy(self._connect)
        self.primary.start()
        self.databases = Databases(self.url("postgres"))

    def url(self, database: str) -> str:
        """Return the URL that an operator would give: both hosts, and which of them is meant."""
        both = (self.primary, self.replica)
        hosts, ports = ",".join("127.0.0.1" for _ in both), ",".join(str(one.port) for one in both)
        where = f"host={hosts}&port={ports}&target_session_attrs=read-write"
        return f"postgresql+psycopg://postgres@/{database}?{where}"

    def accompany(self, *, synchronous: bool) -> None:
        """Have a replica that is up to date; `synchronous`: every commit waits for it."""
        self.link.heal()
        if not self._streams():
            self.replica.copy(self.link.port)
            until(self._streams, _READY_S)
        self._wait_for(_NAME if synchronous else "")
        until(lambda: bool(self.primary.ask(_LEVEL) == synchronous), _READY_S)

    def fall_behind(self) -> None:
        """Let nothing reach the replica any more. Nobody is told: the primary goes on."""
        self.link.hold()

    def fail_over(self) -> int:
        """Kill the primary and promote the replica; returns how many bytes of its log are lost.

        Those of commits that nobody was told of are among them.
        """
        written = self.primary.ask("SELECT pg_current_wal_flush_lsn() - '0/0'::pg_lsn")
        self.primary.kill()
        self.link.cut()
        has = self.replica.ask("SELECT pg_last_wal_receive_lsn() - '0/0'::pg_lsn")
        self.replica.promote()
        self.primary, self.replica = self.replica, self.primary
        self._wait_for("")  # as whoever looks after such a pair does: it is alone now
        return max(0, int(written - has))

    def close(self) -> None:
        """Stop both and remove their folder."""
        self.link.close()
        for member in (self.replica, self.primary):
            member.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _connect(self) -> socket.socket:
        return to_port(self.primary.port)()

    def _wait_for(self, names: str) -> None:
        """Have every commit wait for a replica of this name; for nobody without one."""
        self.primary.ask(f"ALTER SYSTEM SET synchronous_standby_names = '{names}'")
        self.primary.ask("SELECT pg_reload_conf()")

    def _streams(self) -> bool:
        counted = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'"
        return bool(self.primary.ask(counted) == 1)
