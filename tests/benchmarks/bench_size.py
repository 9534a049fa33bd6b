"""What size costs: customers, a storm, a year. Each part runs in a process of its own.

    python -m tests.benchmarks.bench_size [--customers 100000 1000000] [--events N] [--year-days N]
    python -m tests.benchmarks.bench_size --part customers:50000000 --events 20000 [--folder FOLDER]

Times are of the CPU, memory is what the kernel says of the process: `loaded` after the inventory,
`loading` at the highest until then, `resident` after the events, `highest` of all. `--folder` keeps
the worlds: one of 50 million customers takes five minutes and 8 GB.
"""

from __future__ import annotations

import argparse
import gc
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

import rules
import topology
from correlator.adapters.host import settle
from correlator.engine import Engine, EngineSettings, ticks_between
from correlator.formats.decode import DECODERS
from correlator.model import DAY, HOUR, Alarm, Event, Millis, Ticket, arrival_order
from correlator.simulate import WorldSettings, simulate
from correlator.tools.feeds import Stream, feeds_in
from correlator.tools.replay import drive
from tests.benchmarks.bench_replay import chosen, mixed, warm
from topology import Scope

MORNING: Millis = 8 * HOUR
STORM_AT: Millis = 12 * HOUR
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
    parser.add_argument("--calm", type=int, default=12, help="Hours before a storm.")
    parser.add_argument("--part", default="")
    parser.add_argument("--folder", type=Path, help="Keep the worlds here.")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gi-bench-") as temporary:
        folder = options.folder or Path(temporary)
        if options.part:
            print(json.dumps(part(options, folder)))
        else:
            report(options, folder)


def report(options: argparse.Namespace, folder: Path) -> None:
    """Run and print all parts."""

    def child(name: str) -> dict[str, Any]:
        return of_child(name, options, folder)

    costs = [child(f"customers:{size}") for size in options.customers]
    for size, found in zip(options.customers, costs, strict=True):
        print(
            f"{size:>12,} customers, {found['domains']:,} domains: loaded in "
            f"{found['seconds']:.1f} CPU-s, {found['loaded']:,.0f} MiB then, at most "
            f"{found['loading']:,.0f} on the way\n"
            f"{'':>14}{found['micros']:7.1f} µs an event "
            f"({found['micros'] / costs[0]['micros']:.2f} × the first), {found['rate']:,.0f} a "
            f"second; longest event {found['longest']:.0f} ms, tick {found['tick']:.0f} ms; "
            f"resident {found['resident']:,.0f} MiB, highest {found['highest']:,.0f}"
        )
    print(f"storms of {STORM_TICKETS:,} tickets a minute on {options.customers[-1]:,} customers")
    for name, found in child(f"storm:{options.customers[-1]}").items():
        print(
            f"  {name:<28}  {found['micros']:7.1f} µs an event, longest event "
            f"{found['longest']:.0f} ms, longest tick {found['tick']:.0f} ms"
        )
    year = child(f"year:{options.year_days}")
    sizes = ", ".join(f"day {day}: {size:,.0f} KiB" for day, size in year["snapshots"])
    print(f"state over {options.year_days} days of 20,000 customers: {sizes}")


def of_child(name: str, options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Run one part in a process of its own: its memory is its own."""
    command = [sys.executable, "-m", "tests.benchmarks.bench_size", "--part", name]
    numbers = ["--events", str(options.events), "--calm", str(options.calm)]
    more = [*numbers, "--folder", str(folder)]
    done = subprocess.run([*command, *more], check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def part(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Measure one part."""
    kind, _, size = options.part.partition(":")
    if kind == "year":
        return over_days(folder / "year", int(size))
    world = made(int(size), folder)
    began = time.process_time()
    inventory = topology.load(world / "topology")
    seconds = time.process_time() - began
    gc.collect()
    memory = memory_now()
    if kind == "storm":
        return storm(inventory, stream(world, STORM_AT - options.calm * HOUR, STORM_AT))
    chosen_events = list(islice(stream(world, MORNING, DAY), options.events))
    return {
        "seconds": seconds,
        "domains": inventory.domain_count,
        "loaded": memory.resident,
        "loading": memory.highest,
        **run(inventory, chosen_events),
    }


def made(customers: int, folder: Path) -> Path:
    """Return a world's folder; one that is not there is made, in a process of its own."""
    world = folder / f"{customers}"
    if not world.exists():
        settings = f"WorldSettings(seed=5, customers={customers}, days=1)"
        make = f"simulate({settings}, Path({str(world)!r}))"
        code = f"from pathlib import Path; from correlator.simulate import *; {make}"
        subprocess.run([sys.executable, "-c", code], check=True)
    return world


def stream(world: Path, since: Millis, until: Millis) -> Iterator[Event]:
    """Yield a world's events from `since` to before `until`, counted from its first midnight.

    Two thirds are tickets and one third alarms at most, as in `mixed`, in bounded memory.
    """
    feeds = feeds_in(world)
    kinds = Counter({feed.topic: sum(1 for _ in feed.path.open("rb")) for feed in feeds})
    share = min(1.0, kinds["gi.tickets"] / 2 / max(1, kinds["gi.alarms"]))
    with closing(Stream(feeds, lambda _: None)) as events:
        midnight: Millis | None = None
        for event in events:
            midnight = event.arrived // DAY * DAY if midnight is None else midnight
            if event.arrived >= midnight + until:
                return
            wanted = not isinstance(event, Alarm) or chosen(event.id, share)
            if wanted and event.arrived >= midnight + since:
                yield event


class Memory(NamedTuple):
    """MiB of this process."""

    resident: float
    highest: float


def memory_now() -> Memory:
    """Return the memory of this process; what its parent had is not in it."""
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    found = {line.partition(":")[0]: line.split()[1] for line in status if line.startswith("Vm")}
    return Memory(int(found["VmRSS"]) / 1024, int(found["VmHWM"]) / 1024)


def run(inventory: topology.Topology, events: list[Event], state: bytes = b"") -> dict[str, Any]:
    """Run an engine over events; returns cost, memory, and the longest event and tick in ms.

    It begins where `state` was taken, else with nothing.
    """
    warm(inventory, events)
    engine = Engine(inventory, rules.load(), EngineSettings())
    if state:
        engine.restore(state)
    settle()  # as the daemon does once it has recovered
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
    memory = memory_now()
    return {
        "events": len(events),
        "micros": micros,
        "rate": 1e6 / micros,
        "resident": memory.resident,
        "highest": memory.highest,
        "longest": longest * 1e3,
        "tick": tick * 1e3,
    }


def storm(inventory: topology.Topology, calm: Iterator[Event]) -> dict[str, Any]:
    """Run each storm of STORMS in an engine of its own; returns what `run` does, by name.

    They break out after the calm of an ordinary first day, at its noon.
    """
    engine = Engine(inventory, rules.load(), EngineSettings())
    kept: list[Ticket] = []
    for _ in drive(engine, followed(calm, kept)):
        pass
    state, last = engine.snapshot(), engine.now
    template = msgspec.structs.replace(kept[0], arrived=last)
    del engine
    return {
        name: run(inventory, list(tickets(inventory, template, name)), state) for name in STORMS
    }


def followed(events: Iterable[Event], kept: list[Ticket]) -> Iterator[Event]:
    """Yield events, and keep the first ticket with a symptom."""
    for event in events:
        if not kept and isinstance(event, Ticket) and event.symptom:
            kept.append(event)
        yield event


def tickets(inventory: topology.Topology, template: Ticket, name: str) -> Iterator[Ticket]:
    """Yield a storm's tickets: each from the next of its groups, a customer by chance."""
    domains, symptoms = STORMS[name]
    groups = [
        inventory.rows_in(Scope(int(domain)))
        for kind, most in domains.items()
        for domain in sorted(inventory.types[kind], key=lambda one: -inventory.sizes[one])[:most]
    ]
    rng = np.random.default_rng(1)
    for number in range(STORM_MINUTES * STORM_TICKETS):
        group = groups[number % len(groups)]
        place = int(rng.integers(len(group)))
        (customer,) = inventory.customers_at(group[place : place + 1])
        arrived = template.arrived + number * 60_000 // STORM_TICKETS
        yield msgspec.structs.replace(
            template,
            id=f"S{number}",
            event_id=f"s{number}",
            customer=customer,
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
