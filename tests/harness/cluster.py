"""A Kafka of one node or three, whose clients may be sent through proxies of the tests' own.

Every node has two doors for clients: `bootstrap` leads straight to it; `through` to the port
that it was told to advertise there, behind which stands a proxy. Three nodes keep every record
three times and acknowledge it once two have it.
"""

from __future__ import annotations

import base64
import re
import secrets
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import partial
from typing import TYPE_CHECKING

from kafka import KafkaAdminClient

from correlator.adapters.kafka import KafkaSettings
from correlator.adapters.kafka.settings import open_client
from tests.harness.broker import Server, free_ports, listens
from tests.harness.proxy import Proxy, to_port
from tests.harness.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_READY_S = 90.0
_STOP_S = 30.0

# As in `broker`: a short session, and event time that may lie anywhere.
_PROPERTIES = """\
process.roles=broker,controller
node.id={id}
listeners=PLAINTEXT://127.0.0.1:{plain},PROXIED://127.0.0.1:{behind},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{plain},PROXIED://127.0.0.1:{proxied}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
controller.quorum.voters={voters}
log.dirs={data}
auto.create.topics.enable=false
default.replication.factor={copies}
min.insync.replicas={insync}
offsets.topic.replication.factor={copies}
offsets.topic.num.partitions=1
transaction.state.log.replication.factor={copies}
transaction.state.log.num.partitions=1
transaction.state.log.min.isr={insync}
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
replica.lag.time.max.ms=2000
controlled.shutdown.enable=true
group.initial.rebalance.delay.ms=0
log.message.timestamp.after.max.ms=9223372036854775807
log.retention.ms=-1
"""


class Node:
    """One process of the cluster: same ports and same data, however often it is started."""

    def __init__(self, folder: Path, number: int) -> None:
        self.number = number
        self.plain, self.behind, self.controller = free_ports(3)
        self.proxy = Proxy(to_port(self.behind))
        self._folder = folder
        self._server = Server(folder)
        meta = folder / "data" / "meta.properties"
        name = base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("=")
        text = re.sub(r"node\.id=.*", f"node.id={number}", meta.read_text())
        meta.write_text(re.sub(r"directory\.id=.*", f"directory.id={name}", text))

    def configure(self, nodes: list[Node]) -> None:
        """Write the properties, once all nodes have their ports."""
        copies = len(nodes)
        text = _PROPERTIES.format(
            id=self.number,
            plain=self.plain,
            behind=self.behind,
            proxied=self.proxy.port,
            controller=self.controller,
            voters=",".join(f"{n.number}@127.0.0.1:{n.controller}" for n in nodes),
            data=self._folder / "data",
            copies=copies,
            insync=min(2, copies),
        )
        (self._folder / "server.properties").write_text(text)

    def start(self) -> None:
        """Start it; it answers later."""
        self._server.start()

    def stop(self, *, kill: bool = False) -> None:
        """Stop in good order, or at once as if the machine had lost power."""
        self._server.stop(kill=kill)

    def listens(self) -> bool:
        """Whether its port is open; fails if the process has ended."""
        self._server.check()
        return listens(self.plain)


class Cluster:
    """One node or three; `folder` is gone with the test session."""

    def __init__(self, folder: Path, count: int) -> None:
        self.nodes = [self._node(folder, n) for n in range(1, count + 1)]
        for node in self.nodes:
            node.configure(self.nodes)

    @staticmethod
    def _node(folder: Path, number: int) -> Node:
        own = folder / f"node-{number}"
        own.mkdir(parents=True)
        return Node(own, number)

    @property
    def bootstrap(self) -> str:
        """Straight to the nodes."""
        return ",".join(f"127.0.0.1:{node.plain}" for node in self.nodes)

    @property
    def through(self) -> str:
        """To the nodes through their proxies."""
        return ",".join(f"127.0.0.1:{node.proxy.port}" for node in self.nodes)

    @property
    def proxies(self) -> tuple[Proxy, ...]:
        """What stands between `through` and the nodes."""
        return tuple(node.proxy for node in self.nodes)

    @property
    def settings(self) -> KafkaSettings:
        """How the tests' own clients connect."""
        return KafkaSettings(
            bootstrap_servers=tuple(self.bootstrap.split(",")), connect_timeout_ms=60_000
        )

    def start(self) -> None:
        """Start what is down and wait until all of it answers, every copy in sync again."""
        for node in self.nodes:
            node.start()
        for node in self.nodes:
            until(node.listens, _READY_S)
        until(self._whole, _READY_S)

    def stop(self, *, kill: bool = False) -> None:
        """Stop all nodes at once: one that stops alone waits for the others."""
        with ThreadPoolExecutor(len(self.nodes)) as pool:
            list(pool.map(partial(Node.stop, kill=kill), self.nodes))

    def close(self) -> None:
        """Stop the nodes and their proxies."""
        self.stop(kill=True)
        for node in self.nodes:
            node.proxy.close()

    def leader_of(self, topic: str, partition: int = 0) -> Node:
        """Return the node that leads a partition."""
        with self.admin() as admin:
            (found,) = admin.describe_topics([topic])
        (number,) = (
            p["leader_id"] for p in found["partitions"] if p["partition_index"] == partition
        )
        return next(node for node in self.nodes if node.number == number)

    @contextmanager
    def admin(self) -> Iterator[KafkaAdminClient]:
        """Open an admin client for a moment."""
        with closing(open_client(KafkaAdminClient, self.settings)) as client:
            yield client

    def _whole(self) -> bool:
        with self.admin() as admin:
            if len(admin.describe_cluster()["brokers"]) < len(self.nodes):
                return False
            topics = admin.describe_topics()
        return all(
            len(p["isr_nodes"]) == len(p["replica_nodes"]) for t in topics for p in t["partitions"]
        )
