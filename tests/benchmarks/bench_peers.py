"""The same alarms and tickets through the engine, Drools, Alertmanager and SEC, in one run.

    make bench_peers bench_peers_args='--days 14 --rounds 5'

They do not do the same: the tables say what each does for an event. Whoever is not on this machine
is left out, and the run says so. `--picture` draws it.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import msgspec

from correlator.simulate import WorldSettings, simulate
from correlator.tools.worldfiles import read_truth
from tests.benchmarks.peers import drools
from tests.benchmarks.peers.feed import items_of
from tests.benchmarks.peers.picture import draw
from tests.benchmarks.peers.report import costs, deeds, findings
from tests.benchmarks.peers.rounds import Asked, Scene, take_turns


def main() -> None:
    """Simulate, take turns, print."""
    options = parser().parse_args()
    with tempfile.TemporaryDirectory(prefix="gi-bench-") as name:
        world, folder = Path(name) / "world", Path(name) / "run"
        folder.mkdir()
        simulate(settings(options), world)
        scene = Scene(world, items_of(world), read_truth(world), folder)
        alarms = sum(item.kind == "alarm" for item in scene.items)
        tickets = len(scene.items) - alarms
        print(f"{alarms:,} records of alarms and {tickets:,} of tickets\n", flush=True)
        asked = Asked(options.rounds, options.play, options.drools_python)
        rows = take_turns(scene, asked)
    print("\n".join(["", *costs(rows), "", *findings(rows), "", *deeds()]))
    if options.picture is not None:
        heading = f"What {alarms:,} alarms and {tickets:,} tickets cost, and what is done for each"
        options.picture.write_text(draw(rows, heading))


def settings(options: argparse.Namespace) -> WorldSettings:
    """Return the world. Planned works are left out: nobody else takes them."""
    kind = WorldSettings.hard if options.hard else WorldSettings.plain
    plan = kind(seed=options.seed, customers=options.customers, days=options.days)
    return msgspec.structs.replace(plan, days_between_works=0.0)


def parser() -> argparse.ArgumentParser:
    """Return what it understands."""
    found = argparse.ArgumentParser(prog="python -m tests.benchmarks.bench_peers")
    found.add_argument("--customers", type=int, default=120_000)
    found.add_argument("--days", type=int, default=7)
    found.add_argument("--seed", type=int, default=5)
    found.add_argument("--hard", action="store_true", help="a world with all that feeds do")
    found.add_argument("--rounds", type=int, default=3)
    found.add_argument("--play", type=float, default=105.0, metavar="SECONDS",
                       help="in which Alertmanager is played the world")  # fmt: skip
    found.add_argument("--drools-python", type=Path, default=drools.PYTHON, metavar="FILE")
    found.add_argument("--picture", type=Path, metavar="FILE", help="an SVG")
    return found


if __name__ == "__main__":
    main()
