"""Run faults, add to the results, print the table of all of them.

    python -m tests.chaos [--only WORDS]... [--database NAME] [--more N | --upto N] [--long]
    python -m tests.chaos --table

Results are kept in `.chaos/results.jsonl`: whoever runs it again adds to them, with other seeds.
"""

from __future__ import annotations

import argparse
import logging
import shutil
import sys
import tempfile
import time
import traceback
import warnings
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from tests.chaos.fault import CannotError, Fault
from tests.chaos.faults import FAULTS, LONG
from tests.chaos.ledger import Ledger, Line
from tests.chaos.run import Stage
from tests.chaos.world import BUSY, SMALL, World

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / ".chaos"


def main() -> int:
    """Return 1 if anything was lost, doubled, stale or stuck in these runs."""
    chosen = _arguments()
    ledger = Ledger(HOME / "results.jsonl")
    bad = False
    if not chosen.table:
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
        warnings.simplefilter("ignore", DeprecationWarning)
        size = "small" if chosen.small else "busy"
        world = World(HOME / "worlds" / size, SMALL if chosen.small else BUSY)
        folder = Path(tempfile.mkdtemp(prefix="gi-chaos-"))
        with closing(Stage(folder, world)) as stage:
            bad = sum(_run(stage, ledger, *kind) for kind in _kinds(chosen, ledger)) > 0
        if not bad:
            shutil.rmtree(folder, ignore_errors=True)
    print(ledger.table())
    return int(bad)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos")
    parser.add_argument(
        "--only", action="append", default=[], help="faults whose name has these words, or others"
    )
    parser.add_argument("--database", choices=("sqlite", "postgresql"))
    parser.add_argument(
        "--more", type=int, default=1, help="repetitions of each, beyond those so far"
    )
    parser.add_argument("--upto", type=int, help="as many of each as are missing to this number")
    parser.add_argument("--long", action="store_true", help="also those with the default lease")
    parser.add_argument("--small", action="store_true", help="a tenth of the records")
    parser.add_argument("--table", action="store_true", help="only print what there is")
    return parser.parse_args()


def _kinds(chosen: argparse.Namespace, ledger: Ledger) -> Iterator[tuple[Fault, str]]:
    """Yield what is to be run, each once before any is run twice."""
    for _ in range(chosen.more if chosen.upto is None else chosen.upto):
        for fault in (*FAULTS, *(LONG if chosen.long else ())):
            for database in fault.databases:
                named = not chosen.only or any(words in fault.name for words in chosen.only)
                done = chosen.upto is not None and (
                    ledger.repetitions(fault.name, database) >= chosen.upto
                )
                if named and not done and chosen.database in {None, database}:
                    yield fault, database


def _run(stage: Stage, ledger: Ledger, fault: Fault, database: str) -> bool:
    try:
        fault.possible()
    except CannotError as error:
        print(f"{fault.name}: left out, {error}", flush=True)
        return False
    number = ledger.repetitions(fault.name, database) + 1
    line = Line(fault=fault.name, database=database, repetition=number, records=stage.world.total)
    began = time.monotonic()
    try:
        found = stage.disturb(fault, database, f"{fault.name}/{database}/{number}")
    except Exception as error:  # noqa: BLE001 - one that gets stuck must not end the others
        line.failure = f"{type(error).__name__}: {error}"
        traceback.print_exc()
    else:
        line.lost, line.doubled, examples = found.difference
        line.examples = list(examples)
        line.recoveries, line.died = found.recoveries, found.died
        line.repeats, line.stale = found.repeats, found.stale
    line.seconds = time.monotonic() - began
    ledger.add(line)
    told = f"lost {line.lost}, doubled {line.doubled}, stale {line.stale}, {line.seconds:.0f} s"
    print(f"{fault.name} on {database}, {number}: {line.failure or told}", flush=True)
    for example in line.examples[:3]:
        print("  ", example)
    return bool(line.lost or line.doubled or line.stale or line.failure)


if __name__ == "__main__":
    sys.exit(main())
