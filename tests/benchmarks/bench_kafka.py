"""How fast tickets come out of a real broker: the bare client, and through `KafkaSource`.

    python -m tests.benchmarks.bench_kafka [--records 200000]

Publishes records of the size of a ticket (565 bytes) to six partitions, then reads them all five
times each way, in turn, and prints the best of each.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from kafka import KafkaConsumer
from kafka.structs import TopicPartition

from correlator.adapters.kafka import KafkaPublisher, KafkaSettings, KafkaSource
from correlator.adapters.kafka.settings import open_client
from correlator.ports import OutMessage
from tests.harness.broker import Broker

TOPIC = "bench.tickets"
PARTITIONS = 6
BATCH = 500
ROUNDS = 5

TICKET = (
    '{"eventId":"e%(n)09d","eventType":"TroubleTicketCreateEvent",'
    '"eventTime":"2026-11-22T08:52:14Z","event":{"troubleTicket":{"id":"T%(n)09d",'
    '"creationDate":"2026-11-22T08:52:10Z","description":"%(text)s","ticketType":"no-sync",'
    '"severity":"minor","status":"acknowledged","channel":{"name":"phone"},'
    '"relatedParty":[{"id":"C%(customer)07d","role":"customer"}]}}}'
)
WORDS = "plus de synchro depuis ce matin, la box clignote rouge, deux redémarrages sans effet; " * 3


def ticket(number: int) -> bytes:
    fields = {"n": number, "customer": number * 7919 % 10_000_000, "text": WORDS[:217]}
    return (TICKET % fields).encode()


class Rate(NamedTuple):
    """Records a second of the wall clock, and a second of this process's CPU time (all threads)."""

    wall: float
    cpu: float


class Clock:
    """Measures from its creation on."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def rate(self, records: int) -> Rate:
        wall, cpu = time.perf_counter() - self._wall, time.process_time() - self._cpu
        return Rate(records / wall, records / cpu)


def publish(settings: KafkaSettings, records: int) -> Rate:
    """Publish in batches as the outbox does."""
    with closing(KafkaPublisher(settings)) as publisher:
        clock = Clock()
        for first in range(0, records, 5_000):
            numbers = range(first, min(first + 5_000, records))
            answers = publisher.publish(
                [OutMessage(TOPIC, b"T%09d" % n, ticket(n)) for n in numbers]
            )
            failed = [answer for answer in answers if answer is not None]
            if failed:
                raise failed[0]
        return clock.rate(records)


def read_bare(settings: KafkaSettings, records: int) -> Rate:
    """Read with nothing but the client's `poll`."""
    consumer = open_client(
        KafkaConsumer, settings, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    with closing(consumer):
        consumer.assign([TopicPartition(TOPIC, n) for n in range(PARTITIONS)])
        got, clock = 0, Clock()
        while got < records:
            got += sum(map(len, consumer.poll(timeout_ms=1000, max_records=BATCH).values()))
        return clock.rate(records)


def read_source(settings: KafkaSettings, records: int) -> Rate:
    """Read through the adapter."""
    with closing(KafkaSource(settings, [TOPIC])) as source:
        got, clock = 0, Clock()
        while got < records:
            got += len(source.poll(1000, BATCH))
        return clock.rate(records)


def best(rates: Sequence[Rate]) -> Rate:
    """Return the best of each: what disturbs a run only makes it slower."""
    return Rate(max(r.wall for r in rates), max(r.cpu for r in rates))


def measure(broker: Broker, records: int) -> str:
    """Return the report."""
    broker.create_topics({TOPIC: (PARTITIONS, {})})
    settings = KafkaSettings(bootstrap_servers=(broker.bootstrap,))
    published = publish(settings, records)
    pairs = [(read_bare(settings, records), read_source(settings, records)) for _ in range(ROUNDS)]
    bare, source = (best(column) for column in zip(*pairs, strict=True))
    return (
        f"{records} records of {len(ticket(1))} bytes, {PARTITIONS} partitions, "
        f"{settings.compression}{'':>9}records/s  records/CPU-s\n"
        f"KafkaPublisher.publish {published.wall:>40,.0f} {published.cpu:>14,.0f}\n"
        f"KafkaConsumer.poll     {bare.wall:>40,.0f} {bare.cpu:>14,.0f}\n"
        f"KafkaSource.poll       {source.wall:>40,.0f} {source.cpu:>14,.0f}\n"
        f"ratio                  {source.wall / bare.wall:>40.2f} {source.cpu / bare.cpu:>14.2f}\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=200_000)
    records = parser.parse_args().records
    with tempfile.TemporaryDirectory(prefix="gi-bench-") as folder:
        broker = Broker(Path(folder))
        broker.start()
        try:
            sys.stdout.write(measure(broker, records))
        finally:
            broker.stop()


if __name__ == "__main__":
    main()
