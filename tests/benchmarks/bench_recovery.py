"""How long a daemon takes from nothing to its first commit: inventory, kernels, snapshot, inputs.

    python -m tests.benchmarks.bench_recovery [--world FOLDER] [--snapshot-every 20000]

A daemon runs over a world of `correlator simulate` and dies at the worst moment, just before it
would write its next snapshot. Then a process of its own starts on that store. Beside it the floor:
the same process until the inventory is loaded, without store or engine.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import rules
import topology
from correlator.adapters.sql import open_store
from correlator.engine import Engine, EngineSettings, ticks_between
from correlator.model import Millis
from correlator.ports import Batch, Input, Partition, Position
from correlator.service.recovery import encode_inputs, recover
from correlator.simulate import WorldSettings, simulate
from correlator.tools.feeds import feeds_in, merged

DAY: Millis = 86_400_000
FOREVER: Millis = 2**50
INPUTS_A_BATCH = 500


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--world", type=Path, help="A folder of `correlator simulate`.")
    parser.add_argument("--snapshot-every", type=int, default=20_000, help="As `daemon` has it.")
    parser.add_argument("--begin", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.begin:
        print(json.dumps(begin(Path(options.begin[0]), options.begin[1])))
        return
    with tempfile.TemporaryDirectory(prefix="gi-bench-") as name:
        folder = Path(name)
        world = options.world
        if world is None:
            world = folder / "world"
            simulate(WorldSettings(seed=5, customers=100_000, days=2), world)
        url = f"sqlite:///{folder}/store.db"
        events, waiting = leave_behind(world, url, options.snapshot_every)
        found = child(world, url)
    print(
        f"{found['customers']:,} customers; {events:,} events before, of which {waiting:,} inputs "
        f"after the snapshot of {found['snapshot'] / 2**20:.1f} MiB.\n"
        f"process and imports {found['start']:.2f} s, inventory {found['inventory']:.2f} s (the "
        f"floor: {found['start'] + found['inventory']:.2f} s), engine {found['engine']:.2f} s, "
        f"snapshot {found['restore']:.2f} s, inputs {found['inputs']:.2f} s: {found['all']:.2f} s "
        f"to the first commit, {found['all'] / (found['start'] + found['inventory']):.2f} × it"
    )


def leave_behind(world: Path, url: str, every: int) -> tuple[int, int]:
    """Store what a daemon leaves that dies after a day, with as many inputs as there ever are."""
    engine = Engine(topology.load(world / "topology"), rules.load(), EngineSettings())
    inputs = list(_inputs(engine, world))
    events = sum(not isinstance(item, int) for item in inputs)
    cut = max(0, len(inputs) - every + 1)
    for item in inputs[:cut]:
        _take(engine, item)
    with closing(open_store(url)) as store:
        lease = store.acquire("bench", "one", 0, FOREVER)
        assert lease is not None
        store.commit(lease, _batch(b"", engine.snapshot()), 1, FOREVER)
        for start in range(cut, len(inputs), INPUTS_A_BATCH):
            some = inputs[start : start + INPUTS_A_BATCH]
            store.commit(lease, _batch(encode_inputs(some), None), 1, FOREVER)
    return events, len(inputs) - cut


def _inputs(engine: Engine, world: Path) -> Any:

    last, first = engine.last_tick, None
    for event in merged(feeds_in(world), print):
        first = event.arrived if first is None else first
        if event.arrived - first > DAY:
            return
        for tick in ticks_between(last, event.arrived):
            last = tick
            yield tick
        yield event


def _take(engine: Engine, item: Input) -> None:
    if isinstance(item, int):
        engine.tick(item)
    else:
        engine.handle(item)


def _batch(inputs: bytes, snapshot: bytes | None) -> Batch:
    return Batch(inputs, (), (), {Partition("gi.tickets", 0): Position(0, ())}, snapshot=snapshot)


def child(world: Path, url: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.benchmarks.bench_recovery"]
    began = time.time()
    done = subprocess.run(
        [*command, "--begin", str(world), url], check=True, stdout=subprocess.PIPE
    )
    found: dict[str, Any] = json.loads(done.stdout)
    found["start"] = found.pop("began") - began
    found["all"] = found.pop("ended") - began
    return found


def begin(world: Path, url: str) -> dict[str, Any]:
    """Do what a daemon does until its first commit; returns seconds by part."""
    marks = [time.time()]

    def mark() -> float:
        marks.append(time.time())
        return marks[-1] - marks[-2]

    inventory = topology.load(world / "topology")
    loaded = mark()
    engine = Engine(inventory, rules.load(), EngineSettings())
    built = mark()
    with closing(open_store(url)) as store:
        found = store.recover()
        assert found.snapshot is not None
        engine.restore(found.snapshot)
        restored = mark()
        size = len(found.snapshot)
        recover(engine, type(found)(None, found.inputs, found.positions))
        applied = mark()
        lease = store.acquire("bench", "two", 2 * FOREVER, FOREVER)
        assert lease is not None
        store.commit(lease, _batch(b"", None), 2 * FOREVER, FOREVER)
    return {
        "customers": inventory.customer_count,
        "snapshot": size,
        "began": marks[0],
        "inventory": loaded,
        "engine": built,
        "restore": restored,
        "inputs": applied,
        "ended": time.time(),
    }


if __name__ == "__main__":
    main()
