"""A store that keeps what a replay decides."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from correlator.adapters.host import owner, wall_clock
from correlator.adapters.sql import open_store
from correlator.model import HOUR, Effect
from correlator.ports import Batch

_EFFECTS = 5_000  # in a transaction


class StoreBusyError(RuntimeError):
    """Somebody else writes to the store."""


@contextmanager
def kept_in(url: str) -> Iterator[_Keeper]:
    """Yield what keeps effects in a store; raises `StoreBusyError`."""
    keeper = _Keeper(url)
    try:
        yield keeper
    finally:
        keeper.close()


class _Keeper:
    """Keeps what a replay decides in a store, so that `explain` can tell of it."""

    def __init__(self, url: str) -> None:
        self._store = open_store(url)
        lease = self._store.acquire("replay", owner(), wall_clock(), HOUR)
        if lease is None:
            raise StoreBusyError(f"another replay writes to {url}")
        self._lease = lease
        self._effects: list[Effect] = []

    def __call__(self, effect: Effect) -> None:
        """Keep one effect."""
        self._effects.append(effect)
        if len(self._effects) >= _EFFECTS:
            self._commit()

    def _commit(self) -> None:
        batch = Batch(b"", tuple(self._effects), (), {})
        self._store.commit(self._lease, batch, wall_clock(), HOUR)
        self._effects = []

    def close(self) -> None:
        """Commit what is left and let go."""
        self._commit()
        self._store.release(self._lease)
        self._store.close()
