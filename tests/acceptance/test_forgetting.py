"""A customer is forgotten through real processes: daemon, archivist, console, Kafka, command.

And what never has a customer in it at all: logs, metrics, the live stream.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from kafka import KafkaConsumer

from correlator.adapters.kafka import KafkaPublisher, KafkaSettings, ensure_topics, standard_topics
from correlator.adapters.privacy import TOPICS
from correlator.adapters.sql import ConsoleWrites, DeadLetters, SqlStore, open_store, schema
from correlator.adapters.sql.columns import metadata
from correlator.formats.decode import DECODERS
from correlator.formats.wire import DEAD_LETTERS
from correlator.model import Action, Told, Verb
from correlator.ports import OutMessage
from tests.builders import at
from tests.harness.broker import Broker, free_ports
from tests.harness.command import ROOT, correlator
from tests.harness.http import get
from tests.harness.unavailable import ServerMissingError, unavailable
from tests.harness.waiting import until
from tests.integration.test_archive import everything
from tests.records import ticket_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.kafka

DONE, FINDINGS, USAGE, UNREACHABLE = range(4)
WHO, OTHER = "C0000004", "C0000019"
WORDS = "le zyzomys du salon clignote en mauve depuis Pentecôte"
TRACES = (WHO, "zyzomys", "rascasse", "axolotl")


@pytest.fixture(scope="module")
def kafka() -> Iterator[KafkaSettings]:
    with tempfile.TemporaryDirectory(prefix="gi-kafka-") as folder:
        try:
            broker = Broker(Path(folder))
        except ServerMissingError as error:
            unavailable("Apache Kafka", str(error))
        broker.start()
        try:
            settings = KafkaSettings(bootstrap_servers=(broker.bootstrap,))
            ensure_topics(settings, standard_topics(1, 1))
            yield settings
        finally:
            broker.stop()


class World:
    """A configuration, what is put into its feeds, and where it may be seen."""

    def __init__(self, kafka: KafkaSettings, folder: Path) -> None:
        self.kafka, self.folder = kafka, folder
        self.config = folder / "correlator.yaml"
        self.status, self.console = free_ports(2)
        sections = {
            "topology": {"folder": str(ROOT / "examples" / "topology")},
            "store": {"url": f"sqlite:///{folder / 'store.db'}"},
            "kafka": {"bootstrap_servers": list(kafka.bootstrap_servers)},
            "daemon": {
                "http_port": self.status, "idle_after": "1s", "lateness": "0s",
                "wall_clock": False, "reload_every": "1s",
            },
            "archive": {"url": str(folder / "archive"), "every": "1s"},
            "log": {"format": "json", "level": "debug"},
        }  # fmt: skip
        text = "".join(f"{name}: {json.dumps(keys)}\n" for name, keys in sections.items())
        self.config.write_text(text)
        self.store: SqlStore = open_store(f"sqlite:///{folder / 'store.db'}")

    def put(self, *records: bytes) -> None:
        with closing(KafkaPublisher(self.kafka)) as publisher:
            sent = [OutMessage("gi.tickets", b"x", record) for record in records]
            assert publisher.publish(sent) == [None] * len(records)

    def logs(self) -> str:
        return "".join(one.read_text() for one in sorted(self.folder.glob("*.log")))

    @contextmanager
    def process(self, *arguments: str) -> Iterator[None]:
        """Run a command as a process of its own, until the end of the block."""
        command = [sys.executable, "-m", "correlator.cli", *arguments, "-c", str(self.config)]
        log = self.folder / f"{arguments[0]}.log"
        with log.open("ab") as out, subprocess.Popen(command, stdout=out, stderr=out) as process:
            try:
                yield
            finally:
                process.send_signal(signal.SIGTERM)
                code = process.wait(60)
        assert code in {0, -signal.SIGTERM}, log.read_text()

    @contextmanager
    def running(self) -> Iterator[None]:
        with ExitStack() as processes:
            processes.enter_context(self.process("run"))
            processes.enter_context(self.process("serve", "--port", str(self.console)))
            until(lambda: self._answers(self.status, "/readyz"), 90)
            until(lambda: self._answers(self.console, "/api/v1/health"), 90)
            yield

    @staticmethod
    def _answers(port: int, path: str) -> bool:
        try:
            return get(port, path).status == 200
        except OSError:
            return False

    def published(self, topic: str) -> list[bytes]:
        consumer = KafkaConsumer(
            topic,
            bootstrap_servers=list(self.kafka.bootstrap_servers),
            auto_offset_reset="earliest",
            consumer_timeout_ms=1500,
        )
        with closing(consumer):
            return [(one.key or b"") + (one.value or b"") for one in consumer]

    def columns(self) -> dict[str, set[str]]:
        """Return in which column of which table a trace of the customer is, of all there are."""
        found: dict[str, set[str]] = {}
        with self.store.engine.connect() as connection:
            for table in metadata.sorted_tables:
                for row in connection.execute(sa.select(table)).mappings():
                    for name, value in row.items():
                        if seen := seen_in(value):
                            found.setdefault(f"{table.name}.{name}", set()).update(seen)
        return found


@pytest.fixture
def world(kafka: KafkaSettings, tmp_path: Path) -> Iterator[World]:
    made = World(kafka, tmp_path)
    yield made
    made.store.close()


def seen_in(value: object) -> set[str]:
    raw = value if isinstance(value, bytes) else str(value).encode()
    return {trace for trace in TRACES if trace.encode() in raw}


class Stream(Thread):
    """Reads the live stream until it ends."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self._port = port
        self.heard = b""

    def run(self) -> None:
        with closing(HTTPConnection("127.0.0.1", self._port, timeout=120)) as connection:
            connection.request("GET", "/events")
            with connection.getresponse() as answer:
                while line := answer.readline():
                    self.heard += line


def live_through(world: World, ticket: str) -> None:
    """Put the customer into what the daemon takes and the console writes."""
    world.put(
        ticket_bytes(ticket, at(1), WHO, description=WORDS),
        b'{"who": "' + WHO.encode() + b'", "said": "rascasse',
    )
    note = Action("a1", 0, "a1", "zoé", Verb.NOTE, "GI-1", text=f"axolotl chez {WHO}")
    told = Action("a2", 0, "a2", "zoé", Verb.TOLD, "GI-1", told=Told(WHO, ticket))
    until(lambda: world.store.queries.ticket(ticket), 60)
    until(lambda: DeadLetters(world.store.engine).newest(1))
    writes = ConsoleWrites(world.store.engine)
    writes.send(note, 1)
    writes.send(told, 2)
    until(lambda: world.store.queries.counts()["actions"] == 2)
    assert get(world.console, f"/a/{WHO}").status == 200
    assert get(world.console, f"/a/{ticket}").status == 200
    assert get(world.console, f"/a/{WHO}%00%ff{WHO}").status < 500
    until(lambda: "audit.subject" in world.columns())


def test_a_customer_is_forgotten_by_a_command(world: World) -> None:
    with world.running():
        stream = Stream(world.console)
        stream.start()
        live_through(world, "T-forget")
        until(lambda: not world.store.archive_depth(), 60)
        until(lambda: not world.store.outbox_depth())
        metrics = get(world.status, "/metrics").body
        assert {"tickets.customer", "tickets.text", "actions.body"} <= world.columns().keys()
        assert seen_in(everything(world.folder / "archive")) >= {WHO, "zyzomys"}

        dry = correlator("forget", WHO, "-c", world.config, "--dry-run", "--format", "json")
        assert dry.returncode == DONE, dry.stderr
        counted = json.loads(dry.stdout)
        assert counted["found"]["tickets.customer"] == 1
        assert counted["files"] >= 2

        ran = correlator(
            "forget", WHO, "-c", world.config, "--reason", f"art. 17 of {WHO}", "--by", "dpo"
        )
        assert ran.returncode == DONE, ran.stdout + ran.stderr
        assert "tickets.text" in ran.stdout
        assert "erased-" in ran.stdout
        assert not seen_in(ran.stdout)
        assert world.columns() == {}
        assert not seen_in(everything(world.folder / "archive"))
        until(lambda: b"beat" in stream.heard)
        health = get(world.status, "/metrics").body

    stream.join(60)
    # The console has written what it had in hand, the daemon its last snapshot.
    assert world.columns() == {}
    for what in (world.logs(), metrics, health, stream.heard):
        assert what
        assert not seen_in(what)
    kept = {topic for topic in TOPICS if any(map(seen_in, world.published(topic)))}
    assert kept == {"gi.tickets", DEAD_LETTERS}  # as the table says
    assert "gi.tickets" in DECODERS
    every = b"".join(one.read_bytes() for one in world.folder.glob("store.db*"))
    assert not seen_in(every)

    again = correlator("forget", WHO, "-c", world.config, "--dry-run")
    assert (again.returncode, again.stderr) == (DONE, "")
    assert "Nothing names this customer." in again.stdout


def test_without_a_daemon_the_request_waits_for_one(world: World) -> None:
    ran = correlator("forget", OTHER, "-c", world.config, "--reason", "art. 17", "--wait", "0")
    assert ran.returncode == UNREACHABLE, ran.stderr
    assert "whoever leads next does" in ran.stdout
    with world.process("run"):
        again = correlator("forget", OTHER, "-c", world.config, "--reason", "art. 17",
                           "--format", "json")  # fmt: skip
        assert again.returncode == DONE, again.stdout + again.stderr
    assert json.loads(again.stdout)["state"] == "done"
    with world.store.engine.connect() as connection:
        requests = connection.execute(sa.text("SELECT customer, state FROM forget_requests")).all()
        assert requests == [("", "done")]
        assert connection.execute(sa.select(schema.snapshot.c.state)).scalar_one()


def test_one_without_a_reason_is_wrong_usage(world: World) -> None:
    ran = correlator("forget", WHO, "-c", world.config)
    assert ran.returncode == USAGE
    assert ran.stderr == "say why: --reason\n"
