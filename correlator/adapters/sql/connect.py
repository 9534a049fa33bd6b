"""Connections: which database, how it is set up, and what its silence is called."""

from __future__ import annotations

import math
import os
import re
import sqlite3
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import psycopg
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from correlator.adapters.sql import arrays
from correlator.ports import ServerUnreachableError

if TYPE_CHECKING:
    from collections.abc import Iterator

_SILENCE_OF_SQLITE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
}
"""Nobody there, or nothing can be written: both end by themselves, or by somebody else's hand."""
_WAL_ATTEMPTS = 50
_LOG_PAGES = 4_000
"""Of 4 KiB in SQLite's log before they are copied into the file; four times the default: a page
that many commits change is copied, and the disk waited for, less often.
"""
_PRIVATE = 0o600
_HAS_PORT = re.compile(r"(?:^[^:]+|\]):\d+$")
_SILENCE_OF_POSTGRES = ("08", "25006", "25P", "40", "53", "55", "57", "58")
"""Beginnings of SQLSTATE: connection, a server that may only be read (it is no primary), a
transaction that it has ended, deadlock, resources (a full disk), locks, intervention, system error.
"""


def connect(url: str, timeout: float) -> Engine:
    """Return an engine for `sqlite:///file` or `postgresql://…`; nothing is opened yet.

    `timeout` (seconds) bounds how long a connection, a lock or a dead peer is waited for. Raises
    ValueError for any other kind of database.
    """
    parsed = _parse(url)
    if parsed.drivername == "sqlite":
        return _sqlite(parsed, timeout)
    return _postgres(parsed, timeout)


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ValueError(f"no store URL: {url!r} (sqlite:///file, postgresql://…)") from None
    if parsed.drivername in {"postgresql", "postgres"}:
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername not in {"sqlite", "postgresql+psycopg"}:
        raise ValueError(f"database {parsed.drivername!r} is neither sqlite nor postgresql")
    if parsed.drivername == "sqlite" and parsed.database in {None, "", ":memory:"}:
        raise ValueError("the store is durable: name a file, sqlite:///path")
    return parsed


def address(url: URL) -> str:
    """Return where the database is, without user and password."""
    if url.drivername == "sqlite":
        return str(url.database)
    hosts = [url.host] if url.host else _listed(url, "host") or ["localhost"]
    ports = [str(url.port)] if url.port else _listed(url, "port") or ["5432"]
    ports = ports if len(ports) == len(hosts) else ports[:1] * len(hosts)
    servers = [h if _HAS_PORT.search(h) else f"{h}:{p}" for h, p in zip(hosts, ports, strict=True)]
    return f"{','.join(servers)}/{url.database or ''}"


def _listed(url: URL, name: str) -> list[str]:
    """Return what a key of the URL's query lists: `host=a,b`, or `host=a&host=b`."""
    return ",".join(url.normalized_query.get(name, ())).split(",") if name in url.query else []


# --------------------------------------------------------------------------------- transactions


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that writes; it commits at the end, or nothing of it happened.

    SQLite takes its write lock at once: a lock asked for later, after a read, may be refused.
    """
    with _naming_silence(engine), engine.connect() as connection:
        connection.execution_options(sqlite_begin="IMMEDIATE")
        with connection.begin():
            yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Open a transaction whose statements all see the same moment."""
    with _naming_silence(engine), engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            yield connection


@contextmanager
def _naming_silence(engine: Engine) -> Iterator[None]:
    """Turn the driver's word for a database that does not answer into ours."""
    try:
        yield
    except DBAPIError as error:
        if not _is_silence(error):
            raise
        why = str(error.orig).strip().partition("\n")[0]
        raise ServerUnreachableError(f"{address(engine.url)} does not answer: {why}") from error


def _is_silence(error: DBAPIError) -> bool:
    original = error.orig
    if isinstance(original, sqlite3.OperationalError):
        return original.sqlite_errorcode & 0xFF in _SILENCE_OF_SQLITE
    if isinstance(original, psycopg.Error):
        state = original.sqlstate
        if state is None:  # the server never came as far as sending one
            return isinstance(original, psycopg.OperationalError)
        return state.startswith(_SILENCE_OF_POSTGRES)
    return error.connection_invalidated


# --------------------------------------------------------------------------------------- SQLite


def _sqlite(url: URL, timeout: float) -> Engine:
    """Return an engine on a file, in WAL mode, so that readers and the writer do not wait.

    `synchronous=FULL`: in WAL mode NORMAL may forget the last commits when the power fails. What
    they decided may be published already, and other decisions would then carry the same versions,
    which readers drop. The price is one fsync for each batch.
    """
    # hidden parameters: an error message must not carry what customers wrote
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": timeout})

    @event.listens_for(engine, "do_connect")
    def _make(*_: Any) -> None:
        _make_private(str(url.database))

    @event.listens_for(engine, "connect")
    def _set_up(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None  # the driver's own BEGIN comes too late: see _begin
        connection.execute(f"PRAGMA busy_timeout = {math.ceil(timeout * 1000)}")
        _write_ahead(connection)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        mode = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
        connection.exec_driver_sql(f"BEGIN {mode}")

    return engine


def _make_private(file: str) -> None:
    """Make a file that only its owner may read, if there is none: it holds what customers said.

    The files that SQLite puts beside it have its mode. One that is there keeps the mode that its
    owner gave it. What cannot be made is left to SQLite, which says so in its own words.
    """
    if file.startswith("file:"):
        return  # an address, whose settings are SQLite's to read
    with suppress(OSError):
        made = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _PRIVATE)
        try:
            os.fchmod(made, _PRIVATE)  # the umask may have taken from it
        finally:
            os.close(made)


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch to WAL mode; a file stays in it.

    SQLite refuses the switch at once while others are at the file, whatever the timeout: several
    that start together on a new file. A transaction does wait for them.
    """
    for _ in range(_WAL_ATTEMPTS):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
        else:
            return
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute("ROLLBACK")
    connection.execute("PRAGMA journal_mode = WAL")


# ----------------------------------------------------------------------------------- PostgreSQL


def _postgres(url: URL, timeout: float) -> Engine:
    """Return an engine on a server; what the URL itself sets wins over these settings.

    A daemon that stalls inside its transaction holds the lease's row, and whoever would take over
    waits for it: `idle_in_transaction_session_timeout` makes the server end such a session.
    """
    settings = {
        "connect_timeout": max(2, math.ceil(timeout)),
        "keepalives_idle": math.ceil(timeout),
        "keepalives_interval": max(1, math.ceil(timeout / 3)),
        "keepalives_count": 3,
        "tcp_user_timeout": math.ceil(timeout * 1000),
        "fallback_application_name": "correlator",
    }
    arguments = {name: value for name, value in settings.items() if name not in url.query}
    engine = create_engine(url, hide_parameters=True, pool_pre_ping=True, connect_args=arguments)

    @event.listens_for(engine, "connect")
    def _set_up(connection: psycopg.Connection, _record: Any) -> None:
        arrays.register(connection)
        limit = math.ceil(timeout * 1000)
        connection.autocommit = True
        connection.execute(f"SET idle_in_transaction_session_timeout = {limit}")
        connection.autocommit = False

    return engine
