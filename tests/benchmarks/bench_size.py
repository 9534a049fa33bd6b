"""What size costs: customers, a storm, a year. Each part runs in a process of its own.

python -m tests.benchmarks.bench_size [--customers 100000 1000000] [--events N] [--year-days N]
"""

from __future__ import annotations

import argparse
import gc
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

import rules
import topology
from correlator.engine import Engine, EngineSettings, ticks_between
from correlator.formats.decode import DECODERS
from correlator.model import HOUR, Event, Ticket, arrival_order
from correlator.simulate import WorldSettings, simulate
from correlator.tools.replay import drive
from tests.benchmarks.bench_replay import mixed, warm

MEBIBYTE = 1024.0
STORM_MINUTES = 5
STORM_TICKETS = 10_000  # a minute
SNAPSHOT_DAYS = 60
ACCESS, SERVICE = ("no-sync", "no-internet"), ("no-internet", "slow", "no-tv", "no-phone")
STORMS: dict[str, tuple[dict[str, int], tuple[str, ...]]] = {
    "a core router, and everybody": ({"core-router": 1, "*": 1}, ("no-internet",)),
    "a platform, and everybody": ({"service-platform": 1, "*": 1}, ("no-tv",)),
    "everybody": ({"*": 1}, SERVICE),
    "300 DSLAMs": ({"dslam": 300}, ACCESS),
    "every switch": ({"aggregation-switch": 1_000}, ("no-internet", "no-tv")),
}
"""Of how many of the largest domains of which types customers call, in turn; what about."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--events", type=int, default=40_000)
    parser.add_argument("--year-days", type=int, default=365)
    parser.add_argument("--part", default="")
    options = parser.parse_args()
    if options.part:
        print(json.dumps(part(options.part, options.events)))
        return
    costs = [child(f"customers:{size}", options.events) for size in options.customers]
    for size, found in zip(options.customers, costs, strict=True):
        print(
            f"{size:>12,} customers  {found['micros']:7.1f} µs an event, "
            f"{found['micros'] / costs[0]['micros']:.2f} × the first; "
            f"resident {found['resident']:,.0f} MiB; longest {found['longest']:.0f} ms"
        )
    print(f"storms of {STORM_TICKETS:,} tickets a minute on {options.customers[-1]:,} customers")
    for name, found in child(f"storm:{options.customers[-1]}", options.events).items():
        print(
            f"  {name:<28}  {found['micros']:7.1f} µs an event, longest event "
            f"{found['longest']:.0f} ms, longest tick {found['tick']:.0f} ms"
        )
    year = child(f"year:{options.year_days}", options.events)
    sizes = ", ".join(f"day {day}: {size:,.0f} KiB" for day, size in year["snapshots"])
    print(f"state over {options.year_days} days of 20,000 customers: {sizes}")


def child(name: str, events: int) -> dict[str, Any]:
    """Run one part in a process of its own: its memory is its own."""
    command = [sys.executable, "-m", "tests.benchmarks.bench_size", "--part", name]
    done = subprocess.run(
        [*command, "--events", str(events)], check=True, capture_output=True, text=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def part(name: str, events: int) -> dict[str, Any]:
    """Measure one part."""
    kind, _, size = name.partition(":")
    with tempfile.TemporaryDirectory(prefix="gi-bench-") as folder:
        world = Path(folder)
        if kind == "year":
            return over_days(world, int(size))
        settings = f"WorldSettings(seed=5, customers={int(size)}, days=1)"
        make = f"simulate({settings}, Path({str(world)!r}))"
        code = f"from pathlib import Path; from correlator.simulate import *; {make}"
        subprocess.run([sys.executable, "-c", code], check=True)  # its memory is not the engine's
        inventory = topology.load(world / "topology")
        lines = mixed(world)
    if kind == "storm":
        return storm(inventory, lines)
    found: list[Event] = [DECODERS[topic](line) for topic, line in lines]
    found.sort(key=arrival_order)
    morning = len(found) // 3
    chosen = found[morning : morning + events]
    del found, lines
    return run(inventory, chosen)


def run(inventory: topology.Topology, events: list[Event], state: bytes = b"") -> dict[str, Any]:
    """Run an engine over events; returns cost, memory, and the longest event and tick in ms.

    It begins where `state` was taken, else with nothing.
    """
    warm(inventory, events)
    engine = Engine(inventory, rules.load(), EngineSettings())
    if state:
        engine.restore(state)
    gc.collect()
    longest = tick = 0.0
    began = time.process_time()
    for event in events:
        for now in ticks_between(engine.last_tick, event.arrived):
            at = time.thread_time()
            engine.tick(now)
            tick = max(tick, time.thread_time() - at)
        at = time.thread_time()
        engine.handle(event)
        longest = max(longest, time.thread_time() - at)
    micros = (time.process_time() - began) / len(events) * 1e6
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEBIBYTE
    return {
        "micros": micros,
        "resident": resident,
        "longest": longest * 1e3,
        "tick": tick * 1e3,
    }


def storm(inventory: topology.Topology, lines: list[tuple[str, bytes]]) -> dict[str, Any]:
    """Run each storm of STORMS in an engine of its own; returns what `run` does, by name.

    They break out twelve hours into an ordinary first day.
    """
    events = sorted((DECODERS[topic](line) for topic, line in lines), key=arrival_order)
    engine = Engine(inventory, rules.load(), EngineSettings())
    calm = [event for event in events if event.arrived < events[0].arrived + 12 * HOUR]
    for _ in drive(engine, calm):
        pass
    state, last = engine.snapshot(), calm[-1].arrived
    template = next(one for one in calm if isinstance(one, Ticket) and one.symptom)
    del engine, events, calm
    template = msgspec.structs.replace(template, arrived=last)
    return {
        name: run(inventory, list(tickets(inventory, template, name)), state) for name in STORMS
    }


def tickets(inventory: topology.Topology, template: Ticket, name: str) -> Iterator[Ticket]:
    """Yield a storm's tickets: each from the next of its groups, a customer by chance."""
    domains, symptoms = STORMS[name]
    groups = [
        list(inventory.customers_under(int(domain)))
        for kind, most in domains.items()
        for domain in sorted(inventory.types[kind], key=lambda one: -inventory.sizes[one])[:most]
    ]
    rng = np.random.default_rng(1)
    for number in range(STORM_MINUTES * STORM_TICKETS):
        group = groups[number % len(groups)]
        arrived = template.arrived + number * 60_000 // STORM_TICKETS
        yield msgspec.structs.replace(
            template,
            id=f"S{number}",
            event_id=f"s{number}",
            customer=group[int(rng.integers(len(group)))],
            symptom=symptoms[int(rng.integers(len(symptoms)))],
            arrived=arrived,
            occurred=arrived,
            text="",
        )


def over_days(world: Path, days: int) -> dict[str, Any]:
    """Return the snapshot's size in KiB now and then over many days."""
    simulate(WorldSettings(seed=5, customers=20_000, days=days), world)
    events: list[Event] = [DECODERS[topic](line) for topic, line in mixed(world)]
    events.sort(key=arrival_order)
    engine = Engine(topology.load(world / "topology"), rules.load(), EngineSettings())
    start = events[0].arrived
    sizes: list[tuple[int, float]] = []
    for event in events:
        for now in ticks_between(engine.last_tick, event.arrived):
            engine.tick(now)
        engine.handle(event)
        day = (event.arrived - start) // 86_400_000
        if day >= SNAPSHOT_DAYS * (len(sizes) + 1) or event is events[-1]:
            sizes.append((day, len(engine.snapshot()) / 1024.0))
    return {"snapshots": sizes}


if __name__ == "__main__":
    main()
