"""The daemon's own loop over a world in files: poll, engine, projections, commit on SQLite.

    python -m tests.benchmarks.bench_loop [--world FOLDER] [--batch 500]

Beside it its floor: the same events in the engine alone, nothing projected and nothing stored. Of
two versions of the program that which runs over the same folder can be compared (the file runs in
an older one too).
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import rules
import topology
from correlator.adapters.files import FileSource
from correlator.adapters.sql import open_store
from correlator.config import DaemonSettings
from correlator.engine import Engine, EngineSettings
from correlator.formats.decode import DECODERS
from correlator.model import Event, arrival_order
from correlator.ports import OutMessage
from correlator.service.daemon import Daemon, Services
from correlator.service.metrics import Metrics
from correlator.simulate import WorldSettings, simulate
from correlator.tools.feeds import feeds_in
from correlator.tools.replay import drive

WARM = 3_000  # events after which every compiled loop has run


class Nobody:
    """A publisher that has published at once."""

    def publish(self, messages: Sequence[OutMessage]) -> Sequence[Exception | None]:
        return [None] * len(messages)

    def close(self) -> None:
        pass


def events_of(world: Path) -> list[Event]:
    """Return all events of a world in the order in which they arrive."""
    lines = [(f.topic, line) for f in feeds_in(world) for line in f.path.read_bytes().splitlines()]
    return sorted((DECODERS[topic](line) for topic, line in lines), key=arrival_order)


def engine_alone(inventory: topology.Topology, events: list[Event]) -> float:
    """Return the seconds of CPU that the engine takes."""
    engine = Engine(inventory, rules.load(), EngineSettings())
    began = time.process_time()
    for _ in drive(engine, events):
        pass
    return time.process_time() - began


def loop(
    inventory: topology.Topology, world: Path, batch: int, url: str, **more: Any
) -> tuple[float, float, int]:
    """Run the daemon until it is through; returns wall and CPU seconds, and its commits."""
    files = {feed.topic: feed.path for feed in feeds_in(world)}
    store = open_store(url)
    metrics = Metrics()
    services = Services(
        store=store,
        sources=lambda: FileSource(files),
        publisher=Nobody(),
        engines=lambda: Engine(inventory, rules.load(), EngineSettings()),
        **more,
    )
    settings = DaemonSettings(idle_after=1, wall_clock=False, batch=batch)
    daemon = Daemon(services, settings, "bench", metrics, on_silence=lambda: daemon.stop())  # noqa: PLW0108 - it has no name yet
    wall, cpu = time.perf_counter(), time.process_time()
    daemon.run()
    found = time.perf_counter() - wall, time.process_time() - cpu
    store.close()
    commits = metrics.registry.get_sample_value("correlator_commits_total") or 0
    return *found, int(commits)


def report(world: Path, batch: int, folder: Path) -> None:
    """Print the loop beside the engine alone."""
    inventory = topology.load(world / "topology")
    events = events_of(world)
    engine_alone(inventory, events[:WARM])
    floor = engine_alone(inventory, events)
    wall, cpu, commits = loop(inventory, world, batch, f"sqlite:///{folder}/store.db")
    size = (folder / "store.db").stat().st_size / 2**20
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
    print(
        f"{len(events):,} events, {commits} commits of at most {batch}: engine alone "
        f"{floor:.2f} CPU-s, the loop {cpu:.2f} CPU-s ({cpu / floor:.2f} ×), {wall:.2f} s of the "
        f"clock; {size:.1f} MiB stored, {resident:,.0f} MiB resident"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--world", type=Path, help="A folder of `correlator simulate`.")
    parser.add_argument("--batch", type=int, default=500)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gi-bench-") as name:
        folder = Path(name)
        world = options.world
        if world is None:
            world = folder / "world"
            simulate(WorldSettings(seed=5, customers=20_000, days=2), world)
        report(world, options.batch, folder)


if __name__ == "__main__":
    main()
