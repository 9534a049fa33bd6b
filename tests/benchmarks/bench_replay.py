"""What an event costs, stage by stage, beside its floor: decoding the same lines without a type.

The floor is measured twice. Decoded and dropped, line by line, is the least that reading can cost.
Decoded and kept, all of them, most of the time goes to Python's garbage collector, which walks the
growing heap of dictionaries again and again; whoever loads a file that way pays it.

python -m tests.benchmarks.bench_replay [--customers N] [--days N]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from zlib import crc32

import msgspec

import rules
import topology
from correlator.engine import Engine, EngineSettings
from correlator.formats.decode import DECODERS, decode_alarm
from correlator.model import Alarm, Event, Ticket, arrival_order
from correlator.simulate import WorldSettings, simulate
from correlator.tools.feeds import feeds_in
from correlator.tools.replay import Outcome, drive

WARM = 3_000  # events after which every compiled loop has run


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that `work` takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def mixed(world: Path) -> list[tuple[str, bytes]]:
    """Return the world's lines, thinned to two thirds tickets and one third alarms.

    An alarm stays or goes with all its records: without its clear it would stand for weeks.
    """
    lines = {feed.topic: feed.path.read_bytes().splitlines() for feed in feeds_in(world)}
    share = min(1.0, len(lines["gi.tickets"]) / 2 / max(1, len(lines["gi.alarms"])))
    alarms = [line for line in lines["gi.alarms"] if chosen(decode_alarm(line).id, share)]
    lines["gi.alarms"] = alarms
    return [(topic, line) for topic, found in lines.items() for line in found]


def chosen(name: str, share: float) -> bool:
    """Choose so many of all names, the same ones every time."""
    return crc32(name.encode()) < share * 2**32


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=120_000)
    parser.add_argument("--days", type=int, default=4)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gi-bench-") as folder:
        world = Path(folder)
        simulate(WorldSettings(seed=5, customers=options.customers, days=options.days), world)
        report(world)


def report(world: Path) -> None:
    """Measure the stages and print them per event, and as ratios to the floor."""
    lines = mixed(world)
    untyped = msgspec.json.Decoder()
    floor = min(timed(lambda: drop(untyped, lines)) for _ in range(3))
    kept = min(timed(lambda: [untyped.decode(line) for _, line in lines]) for _ in range(3))
    inventory = topology.load(world / "topology")
    events: list[Event] = []
    decode = timed(lambda: events.extend(DECODERS[topic](line) for topic, line in lines))
    sort = timed(lambda: events.sort(key=arrival_order))
    start = timed(lambda: warm(inventory, events))
    engine = Engine(inventory, rules.load(), EngineSettings())
    kinds: dict[str, tuple[int, float]] = {}
    outcome = Outcome()
    ticks = 0.0
    run = timed(lambda: [outcome.take(effect) for effect in drive(engine, events)])
    kinds, ticks = by_kind(world, events)
    count = len(events)
    print(f"{count:,} events, {len(outcome.announced())} incidents announced")
    print(f"floor, msgspec without a type   {floor / count * 1e6:8.2f} µs an event")
    print(f"  the same, all of them kept    {kept / count * 1e6:8.2f} µs an event")
    print(f"once, at the start: compiled loops loaded in {start:.1f} s")
    for name, seconds in (("decode, typed", decode), ("sort", sort), ("engine", run)):
        print(f"{name:31} {seconds / count * 1e6:8.2f} µs   {seconds / floor:7.1f} × floor")
    for name, (number, seconds) in kinds.items():
        print(f"  of which {name:22} {seconds / number * 1e6:8.2f} µs each, {number:,} of them")
    print(f"  of which ticks                {ticks / count * 1e6:8.2f} µs an event")
    whole = decode + sort + run
    print(
        f"all stages: {count / whole:,.0f} events a second, {whole / floor:.1f} × floor, "
        f"{whole / kept:.1f} × with all kept"
    )


def drop(decoder: msgspec.json.Decoder[object], lines: list[tuple[str, bytes]]) -> None:
    """Decode every line and let go of it."""
    for _, line in lines:
        decoder.decode(line)


def warm(inventory: topology.Topology, events: list[Event]) -> None:
    """Have the compiled loops loaded before anything is measured."""
    for _ in drive(Engine(inventory, rules.load(), EngineSettings()), events[:WARM]):
        pass


def by_kind(world: Path, events: list[Event]) -> tuple[dict[str, tuple[int, float]], float]:
    """Run once more and share the engine's time out: per kind of event, and ticks."""
    engine = Engine(topology.load(world / "topology"), rules.load(), EngineSettings())
    spent: dict[type, list[float]] = {Ticket: [], Alarm: []}
    ticks = 0.0
    from correlator.engine import ticks_between  # noqa: PLC0415 - beside its use

    for event in events:
        for now in ticks_between(engine.last_tick, event.arrived):
            ticks += timed(lambda now=now: engine.tick(now))
        seconds = timed(lambda event=event: engine.handle(event))
        if type(event) in spent:
            spent[type(event)].append(seconds)
    kinds = {kind.__name__.lower(): (max(1, len(s)), sum(s)) for kind, s in spent.items()}
    return kinds, ticks


if __name__ == "__main__":
    main()
