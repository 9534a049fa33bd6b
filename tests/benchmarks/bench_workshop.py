"""What a draft costs those who work: the agent's answer while its backtest runs, and the shadow.

python -m tests.benchmarks.bench_workshop [--customers 20000] [--days 14] [--seconds 60]

A console answers agents at a steady rate, first alone, then while the worker beside the daemon runs
a backtest over a simulated history; all on one machine, in one run. Last, what an input costs in
the shadow, beside a plain replay of the same.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from multiprocessing import get_context
from pathlib import Path

from correlator.adapters.archive import Archive, open_archive
from correlator.adapters.host import wall_clock
from correlator.model import Draft, DraftState, Millis
from correlator.ports import QueueTail
from correlator.simulate import WorldSettings
from correlator.tools.backtest import History, Request, run_backtest
from correlator.tools.workshop import Follower, Shadow
from rules import load
from tests.benchmarks.console_children import free_port
from tests.benchmarks.console_load import Client, Got, ms, wrong
from tests.benchmarks.console_parts import lookups, started
from tests.benchmarks.console_world import Filled, Plan, fill, write_inventory
from tests.workshop import BETTER, catalog, made

DRAFT = Draft("d1", "", "", "", DraftState.SHADOW, "", "quick again", 0, 0)
NICE = 10  # as `correlator.working` runs what is asked for drafts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--days", type=int, default=14)
    parser.add_argument("--rate", type=float, default=100.0, help="Answers a second.")
    parser.add_argument("--seconds", type=float, default=60.0, help="At most, of each part.")
    options = parser.parse_args()
    print(f"load generator, console, database and backtest share {os.cpu_count()} processors")
    with tempfile.TemporaryDirectory(prefix="gi-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        history = made(
            folder / "history",
            WorldSettings.plain(seed=7, customers=options.customers, days=options.days),
        )
        rules = catalog(folder / "better", BETTER)
        url, inventory = f"sqlite:///{folder}/store.db", folder / "topology"
        write_inventory(inventory, options.customers)
        filled = fill(url, inventory, Plan(100, 10_000, 2_000, wall_clock()))
        port = free_port()
        started({"topology": str(inventory), "store_url": url, "port": port}, stack)
        alone = asyncio.run(answers(port, filled, options, lambda: True))
        print(f"alone:                     {alone}")
        process = get_context("spawn").Process(
            target=backtest, args=(history.archive, str(rules), folder / "took")
        )
        process.start()
        beside = asyncio.run(answers(port, filled, options, process.is_alive))
        print(f"beside a backtest:         {beside}")
        process.join()
        print(f"the backtest took {(folder / 'took').read_text()}")
        cost(history.archive, rules)


async def answers(
    port: int, filled: Filled, options: argparse.Namespace, goes_on: Callable[[], bool]
) -> str:
    """Return how long agents wait, each from the moment at which they asked."""
    client, found = Client(port), list[Got]()
    await client.get("/a")
    asked, end = lookups(filled, 2), time.monotonic() + options.seconds
    while goes_on() and time.monotonic() < end:
        found += await client.pace(asked, options.rate, 2.0)
    client.close()
    p50, p95, p99, most = ms((got.seconds for got in found), 0.5, 0.95, 0.99, 1.0)
    told = f"p50 {p50:6.1f}  p95 {p95:6.1f}  p99 {p99:6.1f}  longest {most:6.1f} ms"
    return f"{told} ({len(found)} answers){wrong(found)}"


def backtest(archive: str, rules: str, took: Path) -> None:
    """Run a backtest as the worker does."""
    os.nice(NICE)
    began = time.perf_counter()
    until = History(open_archive(archive)).end() + 1
    run_backtest(Request(archive, 0, until, rules, cut=True))
    took.write_text(f"{time.perf_counter() - began:.0f} s")


def cost(archive: str, rules: Path) -> None:
    """Print what an input costs in the shadow, beside a plain replay of the same."""
    opened = open_archive(archive)
    history = History(opened)
    inputs = sum(1 for _ in opened.read())
    began = time.process_time()
    history.replay(0, history.end() + 1)
    plain = time.process_time() - began
    shadow = Shadow(history, _Whole(opened).follow, DRAFT, load(rules), history.begins())
    began = time.process_time()
    shadow.step()
    beside = time.process_time() - began
    print(
        f"{inputs:,} inputs: {1e6 * plain / inputs:.0f} µs of CPU each in a replay, "
        f"{1e6 * beside / inputs:.0f} in the shadow, beside and not in the daemon"
    )


class _Whole:
    """Follows an archive of which nothing waits in a queue."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def follow(self, number: int, taken: Millis) -> Follower:
        return Follower(self._archive, _Empty(), lambda _: [], number, taken)  # type: ignore[arg-type]


class _Empty:
    def tail(self, _after: int) -> QueueTail:
        return QueueTail(1, 1, [])


if __name__ == "__main__":
    main()
