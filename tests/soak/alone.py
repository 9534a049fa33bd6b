"""The engine alone over the same months: what of a daemon's memory is the engine's.

    python -m tests.soak.alone [--days 810] [--every 30]

Nobody acts there, and nothing is stored. Snapshots are made because they are the size of its state.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import rules
import topology
from correlator.engine import Engine, EngineSettings, ticks_between
from correlator.formats.decode import DECODERS
from correlator.model import DAY
from tests.soak.sampler import process
from tests.soak.world import World, is_poison

if TYPE_CHECKING:
    from collections.abc import Iterator

    from correlator.model import Event

HOME = Path(__file__).resolve().parents[2] / ".soak"


def events(world: World) -> Iterator[Event]:
    """Yield all of the world that can be read."""
    for fed in world.records():
        if not is_poison(fed.message):
            yield DECODERS[fed.message.topic](fed.message.value or b"")


def main() -> int:
    """Print memory and size of the state every so many days."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak.alone")
    parser.add_argument("--days", type=int, default=810)
    parser.add_argument("--every", type=int, default=30)
    chosen = parser.parse_args()
    world = World(HOME / "worlds" / str(chosen.days), chosen.days)
    engine = Engine(topology.load(world.topology), rules.load(), EngineSettings())
    shown = 0
    print(f"{'day':>4}{'MiB':>8}{'snapshot, MiB':>15}")
    for event in events(world):
        for tick in ticks_between(engine.last_tick, event.arrived):
            engine.tick(tick)
        engine.handle(event)
        day = (event.arrived - world.begin) // DAY
        if day >= shown + chosen.every:
            shown = day
            size, own = len(engine.snapshot()) / 2**20, process(os.getpid())
            assert own is not None
            print(f"{day:>4}{own['rss']:>8.0f}{size:>15.2f}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
