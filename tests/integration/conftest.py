"""A store on each database, with its lease and both sides of the console."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from correlator.adapters.sql import ConsoleReads, ConsoleWrites, SqlStore, open_store
from tests.integration.store_samples import batch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from correlator.model import Effect

NOW = 10_000
TTL = 5_000


class Shelf:
    """A store, whoever may write to it, and what the console reads and writes there."""

    def __init__(self, store: SqlStore) -> None:
        lease = store.acquire("engine", "one", NOW, TTL)
        assert lease is not None
        self.store, self.lease = store, lease
        self.read, self.write = ConsoleReads(store.engine), ConsoleWrites(store.engine)

    def keep(self, *effects: Effect, now: int = NOW, **more: Any) -> None:
        """Commit these effects at `now`."""
        self.store.commit(self.lease, batch(effects=effects, **more), now, TTL)


@pytest.fixture
def shelf(url: str) -> Iterator[Shelf]:
    with closing(open_store(url)) as opened:
        yield Shelf(opened)


@pytest.fixture
def store(url: str) -> Iterator[SqlStore]:
    with closing(open_store(url)) as opened:
        yield opened
