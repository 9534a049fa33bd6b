"""From records in Kafka to the last commit: the daemon itself, as its own process.

    python -m tests.benchmarks.bench_commit [--world FOLDER] [--rounds 3] [--beside FOLDER]

Everything is in the topics of a real broker before a daemon starts; it counts from its first answer
on the status port to the last event applied. `--beside` runs another checkout in turn with this
one. Broker, daemon and this program share the machine. The floor is `bench_loop`: files, no broker.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from correlator.adapters.kafka import (
    KafkaPublisher,
    KafkaSettings,
    ensure_topics,
    standard_topics,
)
from correlator.ports import OutMessage
from correlator.simulate import WorldSettings, simulate
from correlator.tools.feeds import feeds_in
from tests.benchmarks.console_children import ROOT, cpu_seconds, free_port
from tests.harness.broker import Broker

_TOGETHER = 2_000
_LONGEST = 300.0


class Taken(NamedTuple):
    """Seconds of the clock and of CPU, and how many commits."""

    wall: float
    cpu: float
    commits: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--world", type=Path, help="A folder of `correlator simulate`.")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--beside", type=Path, help="Another checkout of this project.")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gi-bench-")))
        world = options.world
        if world is None:
            world = folder / "world"
            simulate(WorldSettings(seed=5, customers=20_000, days=2), world)
        broker = Broker(folder / "kafka")
        broker.start()
        stack.callback(broker.stop)
        kafka = KafkaSettings(bootstrap_servers=(broker.bootstrap,))
        records = publish(kafka, world)
        print(f"{records:,} records; {os.cpu_count()} processors for all", flush=True)
        roots = [ROOT] if options.beside is None else [options.beside.resolve(), ROOT]
        for n in range(options.rounds):
            for place, root in enumerate(roots):
                took = run(root, folder / f"{n}-{place}", world, broker.bootstrap, records)
                name = "this checkout" if root == ROOT else str(root.name)
                print(
                    f"{name}: {took.wall:.2f} s, {took.cpu:.2f} CPU-s, {took.commits:.0f} commits",
                    flush=True,
                )


def publish(kafka: KafkaSettings, world: Path) -> int:
    """Put a world into the topics; returns how many records."""
    ensure_topics(kafka, standard_topics(1, 1))
    publisher, count = KafkaPublisher(kafka), 0
    for feed in feeds_in(world):
        lines = feed.path.read_bytes().splitlines()
        count += len(lines)
        for start in range(0, len(lines), _TOGETHER):
            some = [OutMessage(feed.topic, None, line) for line in lines[start : start + _TOGETHER]]
            assert not any(publisher.publish(some))
    publisher.close()
    return count


def run(root: Path, folder: Path, world: Path, bootstrap: str, records: int) -> Taken:
    """Run the daemon of a checkout until it has applied everything."""
    folder.mkdir()
    port = free_port()
    config = {
        "topology": {"folder": str(world / "topology")},
        "store": {"url": f"sqlite:///{folder}/store.db"},
        "kafka": {"bootstrap_servers": [bootstrap]},
        "daemon": {"http_port": port, "wall_clock": False, "idle_after": "1s"},
    }
    file = folder / "correlator.yaml"
    file.write_text(json.dumps(config), encoding="utf-8")
    command = [sys.executable, "-m", "correlator.cli", "run", "-c", str(file)]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    daemon = subprocess.Popen(command, cwd=root, env=environment, stderr=subprocess.DEVNULL)
    try:
        return measured(daemon.pid, port, records)
    finally:
        daemon.terminate()
        daemon.wait()


def measured(pid: int, port: int, records: int) -> Taken:
    end = time.monotonic() + _LONGEST
    began: tuple[float, float] | None = None
    while (events := series(port, "correlator_events_total")) < records:
        assert time.monotonic() < end, "the daemon does not come to the end"
        if began is None and events >= 0:
            began = time.perf_counter(), cpu_seconds(pid)
        time.sleep(0.02)
    assert began is not None
    commits = series(port, "correlator_commits_total")
    return Taken(time.perf_counter() - began[0], cpu_seconds(pid) - began[1], commits)


def series(port: int, name: str) -> float:
    """Return the sum of a series; −1 while nobody answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=2) as answer:
            lines = answer.read().decode().splitlines()
    except (urllib.error.URLError, OSError):
        return -1.0
    return sum(float(line.split()[-1]) for line in lines if line.startswith(name))


if __name__ == "__main__":
    main()
