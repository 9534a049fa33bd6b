"""The daemon as a process of its own, between a real Kafka and a real database."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec
import pytest
from kafka import KafkaConsumer

import rules
import topology
from correlator.adapters.kafka import KafkaPublisher, KafkaSettings, ensure_topics, standard_topics
from correlator.adapters.sql import open_store
from correlator.engine import Engine, EngineSettings
from correlator.formats.wire import service_problem
from correlator.model import Incident
from correlator.ports import OutMessage
from correlator.simulate import WorldSettings, simulate
from correlator.tools.feeds import feeds_in, merged
from correlator.tools.replay import Outcome, replay
from tests.harness.broker import Broker

pytestmark = pytest.mark.kafka

PARTITIONS = 3
POISON = (
    b"\xff\xfe not json",
    b'{"eventTime":"2026-03-02T00:00:00Z","event":{"troubleTicket":{}}}',
    b'{"unknown":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
)


def await_(what: str, condition: Callable[[], bool], within: float = 120.0) -> None:
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"waited {within:.0f} s in vain: {what}")
        time.sleep(0.05)


def replayed(world: Path) -> Outcome:
    engine = Engine(topology.load(world / "topology"), rules.load(), EngineSettings())
    return replay(engine, merged(feeds_in(world), lambda letter: pytest.fail(letter.error))).outcome


def publish(world: Path, settings: KafkaSettings) -> int:
    messages = []
    for feed in feeds_in(world):
        lines = feed.path.read_bytes().splitlines()
        messages += [OutMessage(feed.topic, str(i).encode(), line) for i, line in enumerate(lines)]
    for i, value in enumerate(POISON):
        messages.insert(len(messages) // 3 * (i + 1), OutMessage("gi.tickets", b"bad", value))
    with closing(KafkaPublisher(settings)) as publisher:
        assert [e for e in publisher.publish(messages) if e is not None] == []
    return len(messages)


def values(bootstrap: str, topic: str) -> list[tuple[bytes | None, bytes, dict[str, bytes]]]:
    consumer = KafkaConsumer(
        topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest", consumer_timeout_ms=1500
    )
    with closing(consumer):
        return [(r.key, r.value, dict(r.headers)) for r in consumer]


class Process:
    """`correlator run` and its status page."""

    def __init__(self, config: Path, port: int) -> None:
        self._port = port
        command = [sys.executable, "-m", "correlator.cli", "run", "-c", str(config)]
        self._log = config.with_suffix(".log").open("ab")
        self._process = subprocess.Popen(command, stdout=self._log, stderr=self._log)

    def page(self, path: str) -> str:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}{path}", timeout=5) as page:
                return str(page.read().decode())
        except (urllib.error.URLError, ConnectionError):
            assert self._process.poll() is None, "the daemon died; see its log"
            return ""

    def applied(self) -> float:
        lines = [
            line
            for line in self.page("/metrics").splitlines()
            if line.startswith("correlator_events_total")
        ]
        return sum(float(line.rpartition(" ")[2]) for line in lines)

    def stop(self) -> int:
        self._process.send_signal(signal.SIGTERM)
        code = self._process.wait(60)
        self._log.close()
        return code

    def kill(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._log.close()


@contextmanager
def running(config: Path, port: int) -> Iterator[Process]:
    process = Process(config, port)
    try:
        yield process
    finally:
        process.kill()


@pytest.fixture
def world(tmp_path: Path) -> Path:
    settings = WorldSettings(seed=3, customers=12_000, days=4, outages_per_day=5.0)
    simulate(settings, tmp_path / "world")
    return tmp_path / "world"


def write_config(folder: Path, world: Path, bootstrap: str, database: str, port: int) -> Path:
    path = folder / "correlator.yaml"
    path.write_text(
        f"""
topology: {{folder: "{world / "topology"}"}}
store: {{url: "env:TEST_DATABASE"}}
kafka: {{bootstrap_servers: ["{bootstrap}"]}}
daemon:
  wall_clock: false
  lateness: 1m
  idle_after: 1s
  lease: 5s
  batch: 150
  snapshot_every: 700
  http_port: {port}
""",
        encoding="utf-8",
    )
    os.environ["TEST_DATABASE"] = database
    return path


def free_port() -> int:
    import socket  # noqa: PLC0415 - only here

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def newest(found: list[tuple[bytes | None, bytes, dict[str, bytes]]]) -> dict[bytes, dict]:
    """Keep the highest version of each key, as a reader of the topic does."""
    latest: dict[bytes, dict] = {}
    for key, value, _ in found:
        body = msgspec.json.decode(value)
        body = body["event"]["serviceProblem"] if "event" in body else body
        assert key is not None
        if key not in latest or body["version"] > latest[key]["version"]:
            latest[key] = body
    return latest


def test_a_daemon_stopped_and_started_again_decides_what_a_replay_decides(
    kafka_broker: Broker, fresh_postgres: str, tmp_path: Path, world: Path
) -> None:
    expected = replayed(world)
    announced = {incident.id: incident for incident in expected.announced()}
    assert len(announced) >= 4
    settings = KafkaSettings(bootstrap_servers=(kafka_broker.bootstrap,))
    ensure_topics(settings, standard_topics(PARTITIONS, 1))
    total = publish(world, settings) - len(POISON)
    port = free_port()
    config = write_config(tmp_path, world, kafka_broker.bootstrap, fresh_postgres, port)

    done = 0.0
    done += stopped_after(config, port, total * 0.2)
    done += stopped_after(config, port, total * 0.5 - done)
    assert done < total
    with running(config, port) as process:
        await_("readiness", lambda: process.page("/readyz").strip() == "200 OK")
        with closing(open_store(fresh_postgres)) as store:
            await_("the last state", lambda: stored(store.queries.incidents()) == announced)
            await_("an empty outbox", lambda: store.outbox_depth() == 0)
        assert process.stop() == 0

    incidents = newest(values(kafka_broker.bootstrap, "gi.incidents"))
    assert incidents == {
        i.id.encode(): msgspec.json.decode(msgspec.json.encode(service_problem(i, None)))
        for i in announced.values()
    }
    assert links_of(newest(values(kafka_broker.bootstrap, "gi.ticket-links"))) == {
        (ticket, incident): str(state)
        for incident, ties in expected.links.items()
        for ticket, state in ties.items()
    }
    check_dead_letters(values(kafka_broker.bootstrap, "gi.dead-letters"))


def stopped_after(config: Path, port: int, events: float) -> float:
    """Let the daemon apply so many events and stop it; returns how many it had applied."""
    with running(config, port) as process:
        await_("some events", lambda: process.applied() > events)
        done = process.applied()
        assert process.stop() == 0
        return done


def stored(incidents: list[Incident]) -> dict[str, Incident]:
    return {i.id: i for i in incidents if i.announced is not None}


def links_of(found: dict[bytes, dict]) -> dict[tuple[str, str], str]:
    return {(link["ticketId"], link["incidentId"]): link["linkState"] for link in found.values()}


def check_dead_letters(found: list[tuple[bytes | None, bytes, dict[str, bytes]]]) -> None:
    assert sorted({value for _, value, _ in found}) == sorted(POISON)
    by_value = {value: headers for _, value, headers in found}
    assert by_value[POISON[0]]["dlq.reason"] == b"not-json"
    assert by_value[POISON[2]]["dlq.reason"] == b"invalid"
    assert by_value[POISON[1]]["dlq.reason"] == b"invalid"
    assert b"id" in by_value[POISON[1]]["dlq.error"]
    assert {headers["dlq.topic"] for headers in by_value.values()} == {b"gi.tickets"}
