"""Three Kafka nodes, a PostgreSQL, two daemons on one lease, a console; and ways to wait."""

from __future__ import annotations

import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING, Self

from kafka import KafkaConsumer, TopicPartition
from sqlalchemy import func, make_url, select
from sqlalchemy.exc import SQLAlchemyError

from correlator.adapters.kafka import ensure_topics, standard_topics
from correlator.adapters.kafka.settings import open_client
from correlator.adapters.sql import SqlStore, schema
from correlator.formats.decode import DECODERS
from tests.chaos.daemon import SERVERS, DaemonProcess
from tests.chaos.run import PARTITIONS, Run
from tests.harness.broker import free_ports
from tests.harness.cluster import Cluster
from tests.harness.postgres_server import PostgresServer
from tests.soak import hasty

if TYPE_CHECKING:
    import random
    from pathlib import Path

    from tests.soak.feeder import Feeder
    from tests.soak.world import World

_CONFIG = (
    SERVERS
    + """\
daemon:
  wall_clock: false
  lateness: 6h
  idle_after: 60s
  lease: 3s
  snapshot_every: 5000
  reload_every: 10s
  http_port: {port}
web: {{port: {web}}}
"""
)
# No partition is ever silent for so long as to be idle while it is fed: nothing is late.


class Daemon(DaemonProcess):
    """One that does by the clock of the feeds what others do every hour."""

    def __init__(self, folder: Path, config: Path, port: int) -> None:
        times = {hasty.EVERY_S: "10", hasty.CHANGES_S: "120"}
        super().__init__(folder, config, times)
        self._command = [sys.executable, "-m", "tests.soak.hasty", "run", "-c", str(config)]
        self.port = port


class Console(DaemonProcess):
    """`correlator serve`, in the same hands as a daemon."""

    def __init__(self, folder: Path, config: Path, port: int) -> None:
        super().__init__(folder, config, {})
        self._command = [sys.executable, "-m", "correlator.web", "-c", str(config)]
        self.port = port


class Servers(Run):
    """What a fault of `tests.chaos` has in hand, over a feed that does not end before the run."""

    def __init__(self, folder: Path, world: World, chance: random.Random) -> None:
        # Not the base's: it has one stage for many runs, and this is all of it.
        self.folder, self.soaked, self.chance = folder, world, chance
        self.database = "postgresql"
        self.recoveries: list[float] = []
        self.feeder: Feeder | None = None
        self._applied = 0
        self.kafka = Cluster(folder / "kafka", 3)
        self.kafka.start()
        ensure_topics(self.kafka.settings, standard_topics(PARTITIONS, 3))
        self._server = PostgresServer()

    def __enter__(self) -> Self:
        self._database = self._server.databases.fresh()
        self.straight = self._database.__enter__()
        self.name = make_url(self.straight).database or ""
        self.store = SqlStore(self.straight, timeout=5)
        first, second, web = free_ports(3)
        self.daemons: list[DaemonProcess] = [
            Daemon(self.folder, self._config(f"daemon-{port}", port, web), port)
            for port in (first, second)
        ]
        self.console = Console(self.folder, self._config("console", 0, web), web)
        return self

    def _config(self, name: str, port: int, web: int) -> Path:
        path = self.folder / f"{name}.yaml"
        text = _CONFIG.format(
            topology=self.soaked.topology,
            url=self._server.through(self.name),
            bootstrap=", ".join(f'"{one}"' for one in self.kafka.through.split(",")),
            port=port,
            web=web,
        )
        path.write_text(text)
        return path

    def start(self) -> None:
        """Start the first daemon, and when it leads the second one and the console."""
        self.daemons[0].start()
        self.leader()
        self.daemons[1].start()
        self.console.start()

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        for process in (*self.daemons, self.console):
            process.kill()
        for proxy in (*self.kafka.proxies, self._server.proxy):
            proxy.heal()
        self.store.close()
        self._database.__exit__(None, None, None)
        self._server.close()
        self.kafka.close()

    @property
    def postgres(self) -> PostgresServer:
        """The server."""
        return self._server

    def anywhere(self, most: float = 1.0) -> None:
        """Strike anywhere between two commits."""
        del most
        time.sleep(self.chance.random() * 0.5)

    def _revived(self) -> bool:
        time.sleep(0.05)  # who waits asks here again and again, and must not wear the machine out
        return super()._revived()

    def _all_applied(self) -> bool:
        return self.feeder is not None and self.feeder.is_done

    def stored(self) -> int:
        """Return how many records there are in the topics that are read."""
        with closing(open_client(KafkaConsumer, self.kafka.settings)) as consumer:
            partitions = [
                TopicPartition(topic, number)
                for topic in DECODERS
                for number in consumer.partitions_for_topic(topic)
            ]
            return sum(consumer.end_offsets(partitions).values())

    def is_quiet(self, records: int) -> bool:
        """Whether so many records have been applied, and nothing waits to be published."""
        self._revived()
        if self.applied() < records:
            return False
        try:
            with self.store.engine.connect() as connection:
                waiting = select(func.count()).select_from(schema.outbox)
                return connection.execute(waiting).scalar_one() == 0
        except SQLAlchemyError:
            return False
