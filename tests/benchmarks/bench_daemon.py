"""From Kafka to committed: the rate beside the bare poll loop, and how long an event takes.

    python -m tests.benchmarks.bench_daemon [--events 20000] [--rates 1000] [--store postgres]
    python -m tests.benchmarks.bench_daemon --serve --rates 1000 10000 [--world FOLDER]

The dense world of `decided`, in its arrival order, through a real broker, with every projection on.
First everything is in the topics before the daemon starts: how many it commits a second, beside the
client's bare `poll` over the same topics, and where its time goes. Then, on a broker's topics that
are empty, events come at a steady rate, with `lateness: 0`: how long from sending until committed,
and from when the watermark lets an event go. The times of the events are the world's: a thousand of
its events are some forty minutes, with their ticks, and with gaps between alarms for which a feed
that is busy would not wait; `idle_after` is 100 ms, so that they do not count for more than that.
`--serve` runs the console beside the daemon, and somebody who reads the queue four times a second.
Broker, sender, daemon and console share the machine.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from kafka import KafkaConsumer, KafkaProducer
from kafka.structs import TopicPartition

from correlator.adapters.kafka import KafkaPublisher, KafkaSettings, ensure_topics, standard_topics
from correlator.adapters.kafka.settings import open_client
from correlator.adapters.sql import open_store
from correlator.formats.decode import DECODERS
from correlator.model import Millis, arrival_order
from correlator.ports import OutMessage
from tests.benchmarks.bench_kafka import Clock, Rate, best
from tests.benchmarks.console_children import free_port, web
from tests.benchmarks.daemon_child import ChildSettings, Found
from tests.benchmarks.decided import lines_of, made
from tests.harness.broker import Broker
from tests.harness.command import ROOT
from tests.harness.postgres import running_postgres

Lines = list[tuple[str, bytes]]

WORLD = "dense"
BATCH = 500
ROUNDS = 3
_TOGETHER = 2_000
_LOOK_EVERY = 0.25
_LINGER_MS = 5
"""For which the sender waits for company; a request for each event is the broker's whole work."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--world", type=Path, help=f"A folder named {WORLD}, of `decided`.")
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--rates", type=int, nargs="*", default=[1_000], help="Events a second.")
    parser.add_argument("--store", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--batch", type=int, default=BATCH)
    parser.add_argument("--serve", action="store_true", help="With the console and a reader.")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gi-bench-") as name:
        world = options.world or made(WORLD, Path(name))
        lines = in_order(lines_of(WORLD, world))[: options.events]
        bench = Bench(options, world, lines, Path(name))
        bench.backlog()
        for rate in options.rates:
            bench.paced(rate)


def in_order(lines: Lines) -> Lines:
    """Return lines in the order in which they arrive."""
    return sorted(lines, key=lambda one: arrival_order(DECODERS[one[0]](one[1])))


class Sent(NamedTuple):
    """When a record was handed to the client, and what tells its place."""

    at: float
    future: Any


class Bench:
    """What all parts share: options, the world, its lines."""

    def __init__(
        self, options: argparse.Namespace, world: Path, lines: Lines, folder: Path
    ) -> None:
        self._options = options
        self._world = world
        self._lines = lines
        self._folder = folder

    def backlog(self) -> None:
        """Measure how fast everything that is there is committed, beside the bare client."""
        with self._around("backlog") as (kafka, url, console):
            publish(kafka, self._lines)
            bare = best([poll_bare(kafka, len(self._lines)) for _ in range(ROUNDS)])
            settings = self._settings(kafka, url, lateness=30_000, idle_after=1, backlog=True)
            with daemon(self._world, settings) as child, console:
                found = answer(child)
        tell_rate(found, bare, len(self._lines))
        tell_stages(found, len(self._lines))
        console.tell()

    def paced(self, rate: int) -> None:
        """Measure how long each event takes at a steady rate."""
        with self._around(f"at-{rate}") as (kafka, url, console):
            settings = self._settings(kafka, url, lateness=0, idle_after=100, backlog=False)
            with daemon(self._world, settings) as child, console:
                sent = send(kafka, self._lines, rate)
                found = answer(child)
        tell_latency(found, sent, rate)
        console.tell()

    @contextmanager
    def _around(self, name: str) -> Iterator[tuple[KafkaSettings, str, Console]]:
        """Run a broker with its topics, and a database."""
        folder = self._folder / name
        folder.mkdir()
        with ExitStack() as stack:
            broker = Broker(folder / "kafka")
            broker.start()
            stack.callback(broker.stop)
            kafka = KafkaSettings(bootstrap_servers=(broker.bootstrap,))
            ensure_topics(kafka, standard_topics(1, 1))
            url = f"sqlite:///{folder}/store.db"
            if self._options.store == "postgres":
                url = stack.enter_context(running_postgres())
            open_store(url).close()
            yield kafka, url, Console(url, self._world, serve=self._options.serve)

    def _settings(
        self, kafka: KafkaSettings, url: str, *, lateness: Millis, idle_after: Millis, backlog: bool
    ) -> ChildSettings:
        (bootstrap,) = kafka.bootstrap_servers
        return ChildSettings(
            bootstrap,
            url,
            len(self._lines),
            lateness,
            idle_after,
            self._options.batch,
            backlog,
        )


# ------------------------------------------------------------------------------- around the daemon


@contextmanager
def daemon(world: Path, settings: ChildSettings) -> Iterator[subprocess.Popen[str]]:
    """Run the daemon in a process of its own; the block begins when it is ready."""
    given = msgspec.json.encode(settings).decode()
    command = [sys.executable, "-m", "tests.benchmarks.daemon_child", str(world), given]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.terminate()


def answer(process: subprocess.Popen[str]) -> Found:
    """Wait for the daemon's end and return what it found."""
    assert process.stdout is not None
    lines = [line for line in process.stdout if line != "ready\n"]
    return msgspec.json.decode(lines[-1], type=Found)


class Console:
    """The console beside the daemon and somebody who reads its queue; nobody unless `serve`."""

    def __init__(self, url: str, world: Path, *, serve: bool) -> None:
        self._serve = serve
        self._port = free_port()
        self._settings = {
            "store": url,
            "topology": str(world / "topology"),
            "port": self._port,
        }
        self._stack = ExitStack()
        self._stop = threading.Event()
        self._reader = threading.Thread(target=self._read)
        self._took: list[float] = []

    def __enter__(self) -> None:
        if self._serve:
            self._stack.enter_context(web(self._settings))  # type: ignore[arg-type]
            self._reader.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._serve:
            self._reader.join()
        self._stack.close()

    def _read(self) -> None:
        while not self._stop.wait(_LOOK_EVERY):
            began = time.perf_counter()
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/", timeout=10) as page:
                    page.read()
            except OSError:  # it starts
                continue
            self._took.append(time.perf_counter() - began)

    def tell(self) -> None:
        """Print how long the queue took."""
        if self._took:
            print(f"  the queue beside it, {len(self._took)} times: {shares(self._took)}")


# -------------------------------------------------------------------------------------- the topics


def publish(kafka: KafkaSettings, lines: Lines) -> None:
    """Put lines into their topics, in their order."""
    with closing(KafkaPublisher(kafka)) as publisher:
        for start in range(0, len(lines), _TOGETHER):
            some = [OutMessage(t, None, line) for t, line in lines[start : start + _TOGETHER]]
            assert not any(publisher.publish(some))


def poll_bare(kafka: KafkaSettings, records: int) -> Rate:
    """Read the same topics with nothing but the client's `poll`."""
    consumer = open_client(
        KafkaConsumer, kafka, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    with closing(consumer):
        consumer.assign([TopicPartition(topic, 0) for topic in DECODERS])
        got, clock = 0, Clock()
        while got < records:
            got += sum(map(len, consumer.poll(timeout_ms=1000, max_records=BATCH).values()))
        return clock.rate(records)


def send(kafka: KafkaSettings, lines: Lines, rate: int) -> list[Sent]:
    """Send lines at a steady rate; returns when each was handed over."""
    sent: list[Sent] = []
    producer = open_client(KafkaProducer, kafka, acks=1, linger_ms=_LINGER_MS)
    with closing(producer):
        began = time.time()
        for number, (topic, line) in enumerate(lines):
            time.sleep(max(0.0, began + number / rate - time.time()))
            sent.append(Sent(time.time(), producer.send(topic, line, partition=0)))
        producer.flush()
    return sent


# ---------------------------------------------------------------------------------------- the words


def tell_rate(found: Found, bare: Rate, events: int) -> None:
    loop = sum(found.cpu.values())
    whole = loop + found.beside
    print(
        f"{events:,} events, {found.commits} commits           a second   a second of CPU\n"
        f"bare poll                        {bare.wall:>12,.0f} {bare.cpu:>16,.0f}\n"
        f"Kafka → committed                {events / found.wall:>12,.0f} {events / whole:>16,.0f}\n"
        f"ratio                            {events / found.wall / bare.wall:>12.3f}"
        f" {events / whole / bare.cpu:>16.3f}",
        flush=True,
    )


def tell_stages(found: Found, events: int) -> None:
    whole = sum(found.cpu.values()) + found.beside
    told = {**found.cpu, "other threads: outbox, Kafka": found.beside}
    for stage, spent in sorted(told.items(), key=lambda one: -one[1]):
        print(f"  {stage:42} {spent / events * 1e6:8.1f} µs an event {spent / whole:6.1%}")


def tell_latency(found: Found, sent: Sequence[Sent], rate: int) -> None:
    committed = {(topic, number, offset): times for topic, number, offset, *times in found.places}
    from_sent, from_release = [], []
    for at, future in sent:
        place = future.value
        released, done = committed[place.topic, place.partition, place.offset]
        from_sent.append(done - at)
        from_release.append(done - max(at, released))
    offered = len(sent) / max(1e-9, sent[-1].at - sent[0].at)
    ended = max(at for *_, at in found.places)
    taken = len(sent) / (ended - sent[0].at)
    cpu = sum(found.cpu.values()) + found.beside
    print(
        f"{rate:,} events a second asked for, {offered:,.0f} sent, {taken:,.0f} committed, in "
        f"{found.commits} commits; {cpu / len(sent) * 1e6:,.0f} µs of CPU an event\n"
        f"  sent → committed, lateness 0: {shares(from_sent)}\n"
        f"  released by the watermark → committed: {shares(from_release)}",
        flush=True,
    )


def shares(seconds: Sequence[float]) -> str:
    """Return median, p99 and longest in ms."""
    ordered = sorted(seconds)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    told = {"median": statistics.median(ordered), "p99": p99, "longest": ordered[-1]}
    return ", ".join(f"{name} {value * 1e3:,.0f} ms" for name, value in told.items())


if __name__ == "__main__":
    main()
