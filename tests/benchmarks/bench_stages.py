"""Where the engine's time goes: a clock around every stage of a ticket, an alarm and a tick.

python -m tests.benchmarks.bench_stages [WORLD] [--events N] [--folder FOLDER]

The worlds are those of `decided`. CPU time of the thread, a share of the whole for each stage; the
clock itself costs some microseconds an event. `looks` are part of the stages that ask for a cause.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import rules
import topology
from correlator.engine import Engine, EngineSettings, ticks_between
from correlator.formats.decode import DECODERS
from correlator.model import MINUTE, Event, Millis, Ticket, arrival_order
from tests.benchmarks.decided import WARM, lines_of, made, run


class Clocks:
    """Seconds and calls by stage."""

    def __init__(self) -> None:
        self.spent: dict[str, list[float]] = {}

    def around(self, stage: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """Return the same work with a clock around it."""
        spent = self.spent.setdefault(stage, [])

        def timed(*given: Any) -> Any:
            began = time.thread_time()
            found = work(*given)
            spent.append(time.thread_time() - began)
            return found

        return timed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("world", nargs="?", default="thin")
    parser.add_argument("--events", type=int, default=1 << 62)
    parser.add_argument("--folder", type=Path, help="keep the world here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gi-stages-") as kept:
        world = made(options.world, options.folder or Path(kept))
        inventory = topology.load(world / "topology")
        lines = lines_of(options.world, world)
    events = sorted((DECODERS[topic](line) for topic, line in lines), key=arrival_order)
    report(inventory, events[: options.events])


def report(inventory: topology.Topology, events: list[Event]) -> None:
    """Run the engine once and print what each stage took."""
    run(inventory, events[:WARM], lambda _: None)
    engine, clocks = Engine(inventory, rules.load(), EngineSettings()), Clocks()
    watch(engine, clocks)
    began = time.thread_time()
    for event in events:
        for now in ticks_between(engine.last_tick, event.arrived):
            engine.tick(now)
        engine.handle(event)
    whole = time.thread_time() - began
    print(f"{len(events):,} events, {whole / len(events) * 1e6:.0f} µs an event, clocks included")
    for stage, spent in sorted(clocks.spent.items(), key=lambda one: -sum(one[1])):
        each = sum(spent) / max(1, len(spent)) * 1e6
        print(f"{stage:32} {sum(spent) / whole:6.1%} {each:10.1f} µs each, {len(spent):,} times")


def watch(engine: Engine, clocks: Clocks) -> None:
    """Put a clock around every stage of an engine."""
    inside = engine._assembly  # noqa: SLF001 - a benchmark looks inside
    handlers = {
        kind: handle if kind is Ticket else clocks.around(kind.__name__.lower(), handle)
        for kind, handle in inside.handlers.items()
    }
    tickets = inside.handlers[Ticket].__self__  # type: ignore[attr-defined]
    tickets._stages = tuple(  # noqa: SLF001 - same
        clocks.around(f"ticket: {type(stage).__name__}", stage)
        for stage in tickets._stages  # noqa: SLF001
    )
    ticking = tuple(
        (period, clocks.around(f"tick: stage {number}, {every(period)}", stage))
        for number, (period, stage) in enumerate(inside.ticking)
    )
    engine._assembly = inside._replace(handlers=handlers, ticking=ticking)  # noqa: SLF001 - same
    for owner, name in ((inside.reasoning.diagnosis, "decide"), (inside.owners.rates, "advance")):
        shown = "looks" if name == "decide" else name
        setattr(owner, name, clocks.around(shown, getattr(owner, name)))


def every(period: Millis) -> str:
    """Return in words how often a stage of a tick comes."""
    return f"every {period // MINUTE} min" if period >= MINUTE else "every tick"


if __name__ == "__main__":
    main()
