"""What happens to the feeds of a running daemon, on a real Kafka of its own."""

from __future__ import annotations

import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from kafka import KafkaConsumer, KafkaProducer

from correlator.adapters.kafka import (
    KafkaPublisher,
    KafkaSettings,
    KafkaSource,
    ensure_topics,
    standard_topics,
)
from correlator.adapters.kafka.settings import open_client
from correlator.adapters.sql import SqlStore, open_store
from correlator.config import DaemonSettings
from correlator.formats.decode import DECODERS
from correlator.ports import OutMessage, Partition
from tests.builders import at
from tests.harness.broker import Broker
from tests.harness.daemons import running, services_of
from tests.harness.unavailable import ServerMissingError, unavailable
from tests.harness.waiting import until
from tests.records import ticket_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from correlator.service.daemon import Services

pytestmark = pytest.mark.kafka

SETTINGS = DaemonSettings(idle_after=200, wall_clock=False, reload_every=200)


@pytest.fixture(scope="module")
def broker() -> Iterator[Broker]:
    """Return a broker whose topics nobody else fills."""
    with tempfile.TemporaryDirectory(prefix="gi-kafka-") as folder:
        try:
            started = Broker(Path(folder))
        except ServerMissingError as error:
            unavailable("Apache Kafka", str(error))
        started.start()
        try:
            yield started
        finally:
            started.stop()


@pytest.fixture(scope="module")
def kafka(broker: Broker) -> KafkaSettings:
    settings = KafkaSettings(bootstrap_servers=(broker.bootstrap,))
    ensure_topics(settings, standard_topics(1, 1))
    return settings


@pytest.fixture
def publisher(kafka: KafkaSettings) -> Iterator[KafkaPublisher]:
    with closing(KafkaPublisher(kafka)) as opened:
        yield opened


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    with closing(open_store(f"sqlite:///{tmp_path / 'store.db'}")) as opened:
        yield opened


@pytest.fixture
def services(store: SqlStore, kafka: KafkaSettings, publisher: KafkaPublisher) -> Services:
    return services_of(store, lambda: KafkaSource(kafka, tuple(DECODERS)), publisher)


def test_a_partition_that_is_added_is_read_without_a_restart(
    broker: Broker, kafka: KafkaSettings, services: Services, store: SqlStore
) -> None:
    with (
        closing(open_client(KafkaProducer, kafka, metadata_max_age_ms=200)) as producer,
        running(services, SETTINGS),
    ):
        producer.send("gi.tickets", ticket_bytes("T-old", at(0))).get(10)
        until(lambda: store.queries.ticket("T-old"))
        with broker.admin() as admin:
            admin.create_partitions({"gi.tickets": 3})
        until(lambda: len(producer.partitions_for("gi.tickets")) == 3)
        producer.send("gi.tickets", ticket_bytes("T-new", at(1)), partition=2).get(10)
        until(lambda: store.queries.ticket("T-new"))
        producer.send("gi.tickets", ticket_bytes("T-last", at(2)), partition=0).get(10)
        until(lambda: store.queries.ticket("T-last"))
    positions = store.recover().positions
    assert positions[Partition("gi.tickets", 2)].next == 1


def test_a_record_as_large_as_kafka_takes_is_a_dead_letter_all_the_same(
    kafka: KafkaSettings, services: Services, store: SqlStore, publisher: KafkaPublisher
) -> None:
    large = b"x" * 1_048_450
    assert publisher.publish([OutMessage("gi.alarms", b"key", large)]) == [None]
    with running(services, SETTINGS):
        until(lambda: store.queries.dead_letters(1))
        until(lambda: store.outbox_depth() == 0)
    (kept,) = store.queries.dead_letters(9)
    assert kept.record.value == large, "the database has all of it"
    reader = KafkaConsumer(
        "gi.dead-letters",
        bootstrap_servers=kafka.bootstrap_servers[0],
        auto_offset_reset="earliest",
        consumer_timeout_ms=1500,
    )
    with closing(reader):
        (letter,) = list(reader)
    assert large.startswith(letter.value)
    assert dict(letter.headers)["dlq.size"] == b"1048450"
