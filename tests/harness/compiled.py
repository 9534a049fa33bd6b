"""Has the engine's loops compiled, once on a machine: `python -m tests.harness.compiled`.

Compiling takes a minute, on a machine that does other things as well two. Tests that start a daemon
wait for less.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import rules
import topology
from correlator.engine import Engine, EngineSettings
from correlator.simulate import WorldSettings, simulate
from correlator.tools.feeds import feeds_in, merged
from correlator.tools.replay import replay

WORLD = WorldSettings.hard(seed=21, customers=10_000, days=1)


def main() -> None:
    """Run the engine over a day in which it needs nearly all of its loops."""
    with tempfile.TemporaryDirectory(prefix="gi-compiled-") as folder:
        world = Path(folder)
        simulate(WORLD, world)
        engine = Engine(topology.load(world / "topology"), rules.load(), EngineSettings())
        replay(engine, merged(feeds_in(world), lambda _: None))


if __name__ == "__main__":
    main()
