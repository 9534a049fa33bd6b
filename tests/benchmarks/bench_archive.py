"""What the archive costs: the daemon's own loop with and without it, in turns, and its files.

    python -m tests.benchmarks.bench_archive [--customers 20000] [--days 10] [--turns 3]

With it, the archive is written by a process beside, as `correlator run` has it.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from statistics import median

import topology
from correlator.adapters.archive import keepers_of, open_archive
from correlator.adapters.sql import open_store
from correlator.config import ArchiveSettings
from correlator.engine import EngineSettings
from correlator.logs import set_up
from correlator.model import MINUTE
from correlator.service.archivist import Archivist
from correlator.simulate import WorldSettings, simulate
from tests.benchmarks.bench_loop import WARM, engine_alone, events_of, loop

CONFIG = """\
topology: {{folder: "{world}/topology"}}
store: {{url: "{url}"}}
archive: {{url: "{folder}/archive", every: 10s}}
"""
NOBODY_WAITS = 10**15  # clock time at which all has waited for long enough


def beside(folder: Path, world: Path, url: str) -> subprocess.Popen[bytes]:
    """Start what writes the archive."""
    config = folder / "correlator.yaml"
    config.write_text(CONFIG.format(world=world, url=url, folder=folder))
    command = [sys.executable, "-m", "correlator.cli", "archive", "write", "-c", str(config)]
    return subprocess.Popen(command, stderr=subprocess.DEVNULL)


def turn(inventory: topology.Topology, world: Path, *, archived: bool) -> float:
    """Return the seconds of the clock that the daemon takes."""
    with tempfile.TemporaryDirectory(prefix="gi-bench-") as name:
        folder = Path(name)
        url = f"sqlite:///{folder}/store.db"
        open_store(url).close()
        if not archived:
            return loop(inventory, world, 500, url)[0]
        writer = beside(folder, world, url)
        try:
            return loop(inventory, world, 500, url, archives=EngineSettings())[0]
        finally:
            with closing(open_store(url)) as store:
                while store.archive_queue.waiting() and writer.poll() is None:
                    time.sleep(0.1)
            writer.terminate()
            writer.wait()
            assert list(open_archive(f"{folder}/archive").verify()) == []
            assert open_archive(f"{folder}/archive").parts()


def files(inventory: topology.Topology, world: Path, events: int) -> None:
    """Print what the writer costs, and the size of what it writes."""
    with tempfile.TemporaryDirectory(prefix="gi-bench-") as name:
        folder = Path(name)
        url = f"sqlite:///{folder}/store.db"
        loop(inventory, world, 500, url, archives=EngineSettings())
        store = open_store(url)
        archive = open_archive(f"{folder}/archive")
        keepers = keepers_of(world / "topology", None, topology.CORE_TYPES, None)
        archivist = Archivist(
            store.archive_queue, archive, ArchiveSettings(archive.url, MINUTE, 0), keepers
        )
        began = time.process_time()
        while archivist.step(NOBODY_WAITS, all_of_it=True):
            pass
        spent = time.process_time() - began
        store.close()
        inputs = sum(1 for _ in archive.read())
        size = sum(path.stat().st_size for path in folder.rglob("*.parquet"))
        print(
            f"{events:,} events, {inputs:,} inputs: {spent / inputs * 1e6:.1f} µs of the writer for"
            f" each, {size / inputs:.1f} MB a million"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--days", type=int, default=10)
    parser.add_argument("--turns", type=int, default=3)
    options = parser.parse_args()
    set_up("console", "warning")
    with tempfile.TemporaryDirectory(prefix="gi-bench-") as name:
        world = Path(name) / "world"
        settings = WorldSettings(seed=5, customers=options.customers, days=options.days)
        simulate(settings, world)
        inventory = topology.load(world / "topology")
        events = events_of(world)
        engine_alone(inventory, events[:WARM])
        files(inventory, world, len(events))
        ratios = []
        for _ in range(options.turns):
            without = turn(inventory, world, archived=False)
            within = turn(inventory, world, archived=True)
            ratios.append(without / within)
            print(f"without {without:.2f} s, with {within:.2f} s: {ratios[-1]:.3f} of the events")
        print(f"median {median(ratios):.3f} of the events a second with the archive")


if __name__ == "__main__":
    main()
