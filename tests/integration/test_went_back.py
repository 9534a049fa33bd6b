"""A database that has forgotten its last commits: a fail-over to a replica that lagged."""

from __future__ import annotations

import asyncio
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from correlator.adapters.sql import ConsoleReads, SqlStore, console, open_store, schema
from correlator.ports import Lease, OutMessage
from correlator.web.board import Board
from correlator.web.following import Follower
from correlator.web.live import Hub
from tests.builders import network
from tests.integration.store_samples import batch, incident

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = 10_000
TTL = 5_000


@pytest.fixture
def store(fresh_postgres: str) -> Iterator[SqlStore]:
    with closing(open_store(fresh_postgres)) as opened:
        yield opened


def commit(store: SqlStore, lease: Lease, key: bytes) -> None:
    message = OutMessage("gi.dead-letters", key, b"{}")
    store.commit(lease, batch(effects=(incident(1),), messages=(message,)), NOW, TTL)


def go_back(store: SqlStore) -> None:
    """Forget the numbered rows, and that their numbers have been given."""
    with store.engine.begin() as connection:
        for table in (schema.outbox, console.changes):
            sequence = sa.func.pg_get_serial_sequence(table.name, "seq")
            first = sa.select(sa.func.setval(sequence, sa.func.min(table.c.seq), False))  # noqa: FBT003
            connection.execute(first)
            connection.execute(sa.delete(table))


def newest_change(store: SqlStore) -> int:
    with store.engine.connect() as connection:
        return int(connection.execute(sa.select(sa.func.max(console.changes.c.seq))).scalar_one())


@pytest.mark.parametrize("how", ["another", "the same"])
def test_no_number_is_given_twice(store: SqlStore, how: str) -> None:
    """Who has messages in hand forgets them by number; the console follows changes by number."""
    lease = store.acquire("engine", "one", NOW, TTL)
    assert lease is not None
    commit(store, lease, b"lost")
    in_hand, seen = store.outbox(10), newest_change(store)

    go_back(store)
    if how == "another":
        again = store.acquire("engine", "two", NOW + TTL, TTL)
    else:
        again = store.resume(lease, NOW, TTL)
    assert again is not None
    commit(store, again, b"decided since")

    assert newest_change(store) > seen
    assert store.published(in_hand) == 0
    assert [row.message.key for row in store.outbox(10)] == [b"decided since"]


def test_the_consoles_board_forgets_what_the_database_has_forgotten(store: SqlStore) -> None:
    board = Board(network())
    follower = Follower(ConsoleReads(store.engine), board, Hub(1, dict))
    lease = store.acquire("engine", "one", NOW, TTL)
    assert lease is not None
    commit(store, lease, b"lost")
    asyncio.run(follower.look())
    assert len(board) == 1

    go_back(store)
    with store.engine.begin() as connection:
        connection.execute(sa.delete(schema.incidents))
    again = store.resume(lease, NOW, TTL)
    assert again is not None
    store.commit(again, batch(effects=(incident(1, id="GI-ANOTHER"),)), NOW, TTL)
    asyncio.run(follower.look())
    assert [entry.incident.id for entry in board.entries()] == ["GI-ANOTHER"]
