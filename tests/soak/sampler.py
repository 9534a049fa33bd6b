"""Looks at processes and tables every few seconds; what it sees are lines of JSON."""

from __future__ import annotations

import os
import re
import time
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from threading import Event as Flag
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from correlator.adapters.sql import console, schema
from correlator.adapters.sql.columns import metadata
from correlator.ports import ENGINE
from tests.soak.visitor import ask

if TYPE_CHECKING:
    from tests.soak.servers import Servers

EVERY = 5.0
"""Seconds between two looks at the processes."""
_TABLES_EVERY = 6
"""Looks at the processes, after which the tables are looked at once."""
_TICKS = os.sysconf("SC_CLK_TCK")
_SERIES = re.compile(r"^(correlator_\w+)(?:\{[^}]*\})? (\S+)$", re.MULTILINE)
_ASKED = {
    "correlator_leader": "leader",
    "correlator_late_events_total": "late",
    "correlator_failures_total": "failures",
    "correlator_set_aside_total": "set_aside",
}


class Log:
    """A file of lines; `began` is where its clock begins."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.began = time.monotonic()
        self._lock = Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")

    def add(self, kind: str, **what: Any) -> None:
        """Add a line, with the seconds since the beginning."""
        line = {"kind": kind, "t": round(time.monotonic() - self.began, 2), **what}
        with self._lock, self.path.open("ab") as out:
            out.write(msgspec.json.encode(line) + b"\n")


class Sampler(Thread):
    """Adds to the log until halted."""

    def __init__(self, servers: Servers, log: Log) -> None:
        super().__init__(name="sampler", daemon=True)
        self._servers, self._log = servers, log
        self._halt = Flag()
        self._engine = sa.create_engine(servers.straight, poolclass=sa.NullPool)

    def halt(self) -> None:
        """Look no more."""
        self._halt.set()
        self.join()

    def run(self) -> None:
        """Look now and then."""
        n = 0
        while not self._halt.wait(EVERY):
            servers = self._servers
            named = {"first": servers.daemons[0], "second": servers.daemons[1]}
            for name, daemon in (*named.items(), ("console", servers.console)):
                found = process(daemon.pid) if daemon.alive else None
                if found is not None:
                    told = self._told(daemon) if name != "console" else {}
                    self._log.add("process", name=name, pid=daemon.pid, **found, **told)
            own = process(os.getpid())
            assert own is not None
            self._log.add("process", name="soak", pid=os.getpid(), **own)
            with suppress(sa.exc.SQLAlchemyError):
                self._feeds()
                if n % _TABLES_EVERY == 0:
                    self._tables()
            n += 1

    @staticmethod
    def _told(daemon: Any) -> dict[str, float]:
        """Ask it for its own counts; one that is starting, frozen or gone does not answer."""
        sums = dict.fromkeys(_ASKED.values(), 0.0)
        try:
            _, body = ask(daemon.port, "/metrics", 1.0)
        except (OSError, HTTPException):
            return {}
        for series, value in _SERIES.findall(body):
            if series in _ASKED:
                sums[_ASKED[series]] += float(value)
        return sums

    def _feeds(self) -> None:
        feeder, feeds = self._servers.feeder, console.feeds
        assert feeder is not None
        with self._engine.connect() as connection:
            rows = connection.execute(sa.select(feeds)).mappings().all()
            waiting = sa.select(sa.func.count()).select_from(schema.outbox)
            outbox = connection.execute(waiting).scalar_one()
        engine = [row for row in rows if row["topic"] == ENGINE]
        self._log.add(
            "feeds",
            fed=feeder.at,
            sent=feeder.sent,
            applied=self._servers.applied(),
            engine=max((row["latest"] for row in engine), default=0),
            buffered=sum(row["lag"] for row in engine),
            lag=sum(row["lag"] for row in rows if row["topic"] != ENGINE),
            outbox=outbox,
        )

    def _tables(self) -> None:
        found = {}
        with self._engine.connect() as connection:
            for table in metadata.sorted_tables:
                rows = connection.scalar(sa.select(sa.func.count()).select_from(table))
                size = sa.select(sa.func.pg_total_relation_size(table.name))
                found[table.name] = (rows, connection.scalar(size))
            whole = connection.scalar(sa.select(sa.func.pg_database_size(self._servers.name)))
        self._log.add("tables", tables=found, database=whole)


def process(pid: int) -> dict[str, float] | None:
    """Return what Linux says of a process: MiB, handles, threads, CPU seconds; None: it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
        times = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        handles = len(os.listdir(f"/proc/{pid}/fd"))  # noqa: PTH208 - only how many
    except (FileNotFoundError, ProcessLookupError):
        return None
    said = {line.partition(":")[0]: line.split() for line in status.splitlines()}
    if "VmRSS" not in said:  # it has ended, and nobody has asked for its exit code
        return None
    return {
        "rss": int(said["VmRSS"][1]) / 1024,
        "handles": handles,
        "threads": int(said["Threads"][1]),
        "cpu": (int(times[11]) + int(times[12])) / _TICKS,
    }
