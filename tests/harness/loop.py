"""A leader's own loop, turned by hand: feeds in memory, a clock that stands, a real store."""

from __future__ import annotations

import shutil
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from correlator.adapters.sql import ConsoleReads, ConsoleWrites, SqlStore, open_store
from correlator.adapters.sql.schema import metadata
from correlator.config import DaemonSettings
from correlator.engine import Engine, EngineSettings
from correlator.ports import Partition, Record
from correlator.service.metrics import Metrics
from correlator.service.session import LeaderSession, Services
from tests.builders import START, catalog, network, warmed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from correlator.model import Action
    from correlator.ports import Lease, OutMessage

SETTINGS = DaemonSettings(idle_after=1)
NOW = START + 1_000_000_000
"""Clock time at the first step: far from the engine's."""


class MemorySource:
    """Each topic has one partition; its records are those put into it so far."""

    def __init__(self, records: dict[Partition, list[bytes]]) -> None:
        self._records = records
        self._next = dict.fromkeys(records, 0)

    def seek(self, positions: Mapping[Partition, int]) -> None:
        self._next = {p: positions.get(p, 0) for p in self._records}

    def poll(self, timeout_ms: int, max_records: int) -> Sequence[Record]:  # noqa: ARG002 - a port
        found = []
        for p, values in self._records.items():
            first = self._next[p]
            some = values[first : first + max_records]
            self._next[p] += len(some)
            found += [Record(p.topic, p.number, first + n, None, v, 0) for n, v in enumerate(some)]
        return found

    def partitions(self) -> frozenset[Partition]:
        return frozenset(self._records)

    def refresh(self) -> frozenset[Partition]:
        return frozenset()

    def caught_up(self) -> frozenset[Partition]:
        return frozenset(p for p, lag in self.lag().items() if not lag)

    @property
    def reachable(self) -> bool:
        return True

    def lag(self) -> Mapping[Partition, int]:
        return {p: len(values) - self._next[p] for p, values in self._records.items()}

    def pause(self, partitions: Iterable[Partition]) -> None:
        pass

    def close(self) -> None:
        pass


class Silent:
    """A publisher that is never asked: no outbox runs."""

    def publish(self, messages: Sequence[OutMessage]) -> Sequence[Exception | None]:
        raise AssertionError(messages)

    def close(self) -> None:
        pass


class Loop:
    """A session over a store; `restart` is what happens after a crash."""

    def __init__(self, store: SqlStore, *, warm: bool = False, archives: bool = False) -> None:
        self.store, self.now = store, NOW
        self.write, self.read = ConsoleWrites(store.engine), ConsoleReads(store.engine)
        topics = ("tickets", "alarms", "maintenance", "actions")
        self._records: dict[Partition, list[bytes]] = {
            Partition(f"gi.{name}", 0): [] for name in topics
        }
        self._warm = warm
        self.inventory = network()
        """What an engine begins with from the next `restart` on."""
        self.engine = self._engine()
        self._services = Services(
            store=store,
            sources=lambda: MemorySource(self._records),
            publisher=Silent(),
            engines=lambda: self.engine,
            feed_time=lambda _now: 0,  # no tick by the clock
            archives=EngineSettings() if archives else None,
        )
        self.restart()

    def _engine(self) -> Engine:
        engine = Engine(self.inventory, catalog(), EngineSettings())
        if self._warm and self.store.recover().snapshot is None:
            engine.restore(warmed(EngineSettings()))
        return engine

    def restart(self) -> None:
        """Forget everything in memory and take over anew, once the lease has run out."""
        self.engine = self._engine()
        self.now += SETTINGS.lease
        lease = self.store.acquire("engine", "one", self.now, SETTINGS.lease)
        assert lease is not None
        self.lease: Lease = lease
        source = MemorySource(self._records)
        self.session = LeaderSession(self._services, SETTINGS, lease, Metrics(), source)
        self.session.begin(lambda: self.now)

    def put(self, topic: str, *values: bytes) -> None:
        """Put records into a topic."""
        self._records[Partition(topic, 0)] += values

    def step(self) -> bool:
        """Let the loop come round once; returns whether all is silent."""
        self.now += 50
        return self.session.step(self.now)

    def settle(self) -> None:
        """Let the loop come round until every feed is caught up and silent."""
        for _ in range(50):
            if self.step():
                return
        raise AssertionError("the loop does not come to rest")

    def send(self, action: Action, held: int = 0) -> None:
        """Put an action into the inbox, as the console does."""
        self.write.send(action, self.now, self.now + held if held else 0)


@contextmanager
def looping(url: str, *, warm: bool = False, archives: bool = False) -> Iterator[Loop]:
    """Open a store and lead over it."""
    with closing(open_store(url)) as store:
        yield Loop(store, warm=warm, archives=archives)


def copied(template: Path, to: Path) -> str:
    """Return the URL of a copy of an empty store: faster than to migrate again."""
    if not template.exists():
        with closing(open_store(f"sqlite:///{template}")):
            pass
    shutil.copy(template, to)
    return f"sqlite:///{to}"


def contents(store: SqlStore, *tables: str, without: Iterable[str] = ("seq",)) -> dict[str, Any]:
    """Return the rows of tables: those that are numbered in their order, others as a set."""
    left_out = set(without)
    found: dict[str, Any] = {}
    with store.engine.connect() as connection:
        for name in tables:
            table = metadata.tables[name]
            order = [table.c.seq] if "seq" in table.c else list(table.primary_key)
            rows = connection.execute(sa.select(table).order_by(*order)).mappings()
            found[name] = [{k: v for k, v in r.items() if k not in left_out} for r in rows]
    return found
