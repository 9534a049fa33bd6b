"""One run: the world in Kafka, an empty database, daemons in between, and what befalls them."""

from __future__ import annotations

import random
import re
import shutil
import signal
import sqlite3
import tempfile
import time
from contextlib import closing, contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

import msgspec
from sqlalchemy import func, make_url, select
from sqlalchemy.exc import SQLAlchemyError

from correlator.adapters.kafka import ensure_topics, standard_topics
from correlator.adapters.sql import SqlStore, schema
from correlator.ports import ServerUnreachableError
from tests.chaos.daemon import SERVERS, DaemonProcess, Term
from tests.chaos.result import Difference, Result, collect, difference, ends
from tests.harness.cluster import Cluster
from tests.harness.postgres_pair import PostgresPair
from tests.harness.postgres_server import PostgresServer
from tests.harness.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.chaos.fault import Fault
    from tests.chaos.world import World

PARTITIONS = 3
LONGEST = 150.0
"""Seconds until a run that does not come to its end counts as stuck."""

_CONFIG = (
    SERVERS
    + """\
daemon:
  wall_clock: false
  lateness: {lateness}
  idle_after: {idle_after}
  lease: {lease}s
  batch: 100
  snapshot_every: 3000
  reload_every: 1s
  http_port: 0
archive: {{url: "{archive}", every: 1s}}
"""
)


class Outcome(NamedTuple):
    """What a fault did to a run: the blows, and how many seconds each was felt."""

    difference: Difference
    recoveries: list[float]
    repeats: int
    stale: int
    died: int
    seconds: float


class Stage:
    """The servers, started when they are needed, with the world in Kafka; used by run after run."""

    def __init__(self, folder: Path, world: World) -> None:
        self.folder = folder
        self.world = world
        self._kafkas: dict[tuple[int, str], Cluster] = {}
        self._references: dict[tuple[str, str], Result] = {}

    def kafka(self, nodes: int, feeding: str) -> Cluster:
        """Return a cluster with that many nodes, filled; one of each kind runs at a time."""
        cluster = self._kafkas.get((nodes, feeding))
        if cluster is None:
            cluster = Cluster(Path(tempfile.mkdtemp(prefix="gi-kafka-", dir=self.folder)), nodes)
            self._kafkas[nodes, feeding] = cluster
            cluster.start()
            ensure_topics(cluster.settings, standard_topics(PARTITIONS, nodes))
            if feeding == "before":
                self.world.publish(cluster.settings)
        return cluster

    def drop(self, cluster: Cluster) -> None:
        """Stop a cluster that no other run may use."""
        self._kafkas = {kind: one for kind, one in self._kafkas.items() if one is not cluster}
        cluster.close()

    @cached_property
    def postgres(self) -> PostgresServer:
        """The server of all runs; each has a database of its own there."""
        return PostgresServer()

    @cached_property
    def pair(self) -> PostgresPair:
        """The same with a replica."""
        return PostgresPair()

    def reference(self, fault: Fault, database: str) -> Result:
        """Return what comes out where nothing happens, found once for each database."""
        kind = database, fault.feeding
        if kind not in self._references:
            calm = fault.calm()
            with Run(self, calm, database, random.Random(0)) as run:
                run.perform()
                self._references[kind] = run.result
        return self._references[kind]

    def disturb(self, fault: Fault, database: str, seed: str) -> Outcome:
        """Run once with the fault and compare."""
        expected = self.reference(fault, database)
        with Run(self, fault, database, random.Random(seed)) as run:
            run.perform()
        return Outcome(
            difference(expected, run.result),
            run.recoveries,
            run.result.repeats,
            run.result.stale,
            sum(daemon.died for daemon in run.daemons),
            time.monotonic() - run.began,
        )

    def close(self) -> None:
        """Stop all servers."""
        for cluster in self._kafkas.values():
            cluster.close()
        if "postgres" in self.__dict__:
            self.postgres.close()
        if "pair" in self.__dict__:
            self.pair.close()


class Run:
    """What a fault has in hand: `daemons`, `kafka`, `postgres`, chance, and ways to wait."""

    def __init__(self, stage: Stage, fault: Fault, database: str, chance: random.Random) -> None:
        self._stage, self._fault, self.database = stage, fault, database
        self.chance = chance
        self.world = stage.world
        self.kafka = stage.kafka(fault.nodes, fault.feeding)
        self.recoveries: list[float] = []
        self.most = 0.9  # the share of the records after which nothing strikes any more
        self.result = Result({})
        self.began = time.monotonic()
        self._since = ends(self.kafka.settings)
        self._applied = 0

    def __enter__(self) -> Self:
        slug = re.sub(r"\W+", "-", self._fault.name)
        self.folder = Path(tempfile.mkdtemp(prefix=f"{slug}-", dir=self._stage.folder))
        self.data = self.folder / "data"
        self.data.mkdir()
        self.archive = self.folder / "archive"
        self._fault.prepare(self)
        if self.database == "postgresql":
            server = self.pair if self._fault.replicated else self.postgres
            self._database = server.databases.fresh()
            straight = self._database.__enter__()
            name = make_url(straight).database or ""
            url = self.postgres.through(name) if self._fault.proxied else straight
        else:
            straight = url = f"sqlite:///{self.data / 'store.db'}"
        self.store = SqlStore(straight, timeout=2)
        bootstrap = self.kafka.through if self._fault.proxied else self.kafka.bootstrap
        text = _CONFIG.format(
            topology=self.world.topology,
            url=url,
            bootstrap=", ".join(f'"{one}"' for one in bootstrap.split(",")),
            lease=self._fault.lease,
            lateness=self._fault.lateness,
            idle_after=self._fault.idle_after,
            archive=self.archive,
        )
        config = self.folder / "correlator.yaml"
        config.write_text(text)
        self.daemons = [
            DaemonProcess(self.folder, config, self._fault.environment)
            for _ in range(self._fault.daemons)
        ]
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        for daemon in self.daemons:
            daemon.kill()
        for proxy in (*self.kafka.proxies, *([self.postgres.proxy] if self._fault.proxied else ())):
            proxy.heal()
        self.store.close()
        self._fault.tidy(self)
        if self.database == "postgresql":
            self._database.__exit__(None, None, None)
        if self._fault.feeding != "before":
            self._stage.drop(self.kafka)
        if kind is None:
            shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def postgres(self) -> PostgresServer:
        """The server, whether this run's database is on it or not."""
        return self._stage.postgres

    @property
    def pair(self) -> PostgresPair:
        """The two servers of a fault that has a replica."""
        return self._stage.pair

    def perform(self) -> None:
        """Start, let the fault strike, wait for the end of the world, stop, and look."""
        for daemon in self.daemons:
            daemon.start()
        self._fault.strike(self)
        until(self._finished, LONGEST)
        codes = {daemon.stop() for daemon in self.daemons if daemon.alive}
        assert codes <= {0, -signal.SIGTERM}, codes  # the latter: it was still being started
        self._write_what_is_left(self.daemons[0])
        self.result = collect(self.store, self.kafka.settings, self._since, self.archive)

    def _write_what_is_left(self, daemon: DaemonProcess) -> None:
        """Write what is still queued for the archive.

        A writer that is told to end while it is being started writes nothing.
        """
        if self.store.archive_queue.waiting():
            with daemon.archivist():
                until(lambda: self.store.archive_queue.waiting() == 0, LONGEST)

    # ---------------------------------------------------------------------------------- waiting

    def applied(self) -> int:
        """Return how many records have been applied; the last known number while nobody says."""
        positions = select(schema.positions.c.next, schema.positions.c.ahead)
        with (
            suppress(SQLAlchemyError, ServerUnreachableError),
            self.store.engine.connect() as open_,
        ):
            rows = open_.execute(positions).all()
            self._applied = sum(n + len(msgspec.json.decode(ahead)) for n, ahead in rows)
        return self._applied

    def reach(self, share: float) -> None:
        """Wait until that share of the records has been applied."""
        wanted = share * self.world.total
        until(lambda: self._revived() and self.applied() >= wanted, LONGEST)

    def anywhere(self, most: float = 1.0) -> None:
        """Wait until a share of what is still to come has been applied, by chance."""
        done = max(self.applied() / self.world.total, 0.02)
        self.reach(self.chance.uniform(done, max(done, min(most, self.most))))
        time.sleep(self.chance.random() * 0.05)  # to be anywhere between two commits

    def term(self) -> Term | None:
        """Return who led last."""
        found = [term for daemon in self.daemons for term in daemon.terms()]
        return max(found, key=lambda term: term.epoch, default=None)

    def leader(self) -> DaemonProcess:
        """Wait until somebody has led, and return who led last."""
        return until(self.term, LONGEST).daemon

    @contextmanager
    def succession(self) -> Iterator[None]:
        """Strike inside; then wait for the first commit of whoever leads next."""
        before = self.term()
        epoch = before.epoch if before else 0
        struck = time.time()  # as the daemon's log
        yield
        until(lambda: self._revived() and self._led_since(epoch) is not None, LONGEST)
        term = self._led_since(epoch)
        assert term is not None
        self.recoveries.append(max(0.0, term.began - struck))

    @contextmanager
    def going_on(self, *, lasting: bool = False) -> Iterator[None]:
        """Strike inside; then wait until more has been applied.

        The time counts from the blow; from the end of one that is `lasting`.
        """
        began, before = time.monotonic(), self.applied()
        yield
        if lasting:
            began, before = time.monotonic(), self.applied()
        until(lambda: self._revived() and (self.applied() > before or self._all_applied()), LONGEST)
        self.recoveries.append(time.monotonic() - began)

    def is_file_locked(self) -> bool:
        """Whether somebody is writing to the database just now, where it is a file."""
        url = self.store.engine.url
        if url.drivername != "sqlite":
            return False
        with closing(sqlite3.connect(str(url.database), timeout=0, isolation_level=None)) as file:
            try:
                file.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return True
            file.execute("ROLLBACK")
        return False

    def _led_since(self, epoch: int) -> Term | None:
        found = [t for daemon in self.daemons for t in daemon.terms() if t.epoch > epoch]
        return min(found, key=lambda term: term.epoch, default=None)

    def _revived(self) -> bool:
        for daemon in self.daemons:
            daemon.revive()
        return True

    def _all_applied(self) -> bool:
        return self.applied() >= self.world.total

    def _finished(self) -> bool:
        self._revived()
        if not self._all_applied():
            return False
        waiting = select(func.count()).select_from(schema.outbox)
        with suppress(SQLAlchemyError), self.store.engine.connect() as connection:
            return connection.execute(waiting).scalar_one() == 0
        return False
