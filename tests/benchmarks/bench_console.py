"""The console under load, number by number beside its target, on SQLite and on PostgreSQL.

    python -m tests.benchmarks.bench_console [--customers 1000000] [--tickets 200000]

500 open incidents and many linked tickets are written straight through the store. Then the console
runs as a process of its own, 300 live streams are opened, a writer commits four times a second, and
200 lookups a second are asked for; each counts from the moment at which it was due. The floor is an
empty ASGI route in a process of its own under the same requests, and a static file of the console.
Last, a real daemon takes actions from the inbox; in its first minute it loads compiled loops, and
whoever acts then waits for them (`--warm 70` leaves that minute out). Load generator, writer,
daemon, database and console share this machine. Nothing here waits for a browser.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from correlator.adapters.host import wall_clock
from tests.benchmarks.console_children import free_port, memory
from tests.benchmarks.console_load import Client, Hints, Stream, open_streams
from tests.benchmarks.console_parts import (
    COMMITS,
    Bench,
    actions,
    floors,
    pages,
    say,
    started,
    under_load,
)
from tests.benchmarks.console_world import Plan, fill, write_inventory
from tests.harness.postgres import running_postgres

STORES = ("sqlite", "postgres")
PARTS = ("pages", "floors", "load", "actions")


async def measure(bench: Bench) -> None:
    """Print all that needs a running console."""
    gc.collect()
    gc.freeze()
    options = bench.options
    await bench.client.get("/a")
    if "pages" in options.parts:
        await pages(bench)
    if "floors" in options.parts:
        await floors(bench)
    hints = Hints()
    streams: list[Stream] = await open_streams(bench.port, options.streams, hints)
    if "load" in options.parts:
        await under_load(bench, hints)
    if "actions" in options.parts:
        await actions(bench)
    lost = sum(stream.ended for stream in streams)
    say("streams that were dropped", f"{lost} of {len(streams)}; {dict(hints.kinds)} heard")
    now, most = memory(bench.pid)
    figures = f"{now:.0f} MiB, {most:.0f} at the most"
    say("MEMORY of the console after all that", figures, "< 400 MiB", holds=most < 400)
    for stream in streams:
        stream.transport.close()
    bench.client.close()


def run(name: str, url: str, inventory: Path, options: argparse.Namespace) -> None:
    """Fill one database and measure."""
    plan = Plan(options.incidents, options.tickets, options.biggest, wall_clock())
    began = time.perf_counter()
    filled = fill(url, inventory, plan)
    print(
        f"{name}: {options.customers:,} customers, {len(filled.incidents)} open incidents, "
        f"{len(filled.tickets):,} linked tickets ({options.biggest:,} of them of one incident); "
        f"{filled.rows:,} effects written in {time.perf_counter() - began:.0f} s"
    )
    with ExitStack() as stack:
        settings = {"topology": str(inventory), "store_url": url, "port": free_port()}
        settings["streams"] = options.streams
        pid = started(settings, stack)
        port = settings["port"]
        asyncio.run(measure(Bench(Client(port), port, pid, url, inventory, filled, options)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--incidents", type=int, default=500)
    parser.add_argument("--tickets", type=int, default=40_000)
    parser.add_argument("--biggest", type=int, default=20_000)
    parser.add_argument("--streams", type=int, default=300)
    parser.add_argument("--rate", type=float, default=200.0, help="Lookups a second.")
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--warm", type=float, default=5.0, help="Seconds before actions count.")
    parser.add_argument("--store", choices=STORES, nargs="+", default=STORES)
    parser.add_argument("--parts", choices=PARTS, nargs="+", default=PARTS)
    options = parser.parse_args()
    print(f"load generator, writer, database and console share {os.cpu_count()} processors")
    print(f"{options.rate:g} lookups/s, {options.streams} streams, {COMMITS:g} commits/s")
    with tempfile.TemporaryDirectory(prefix="gi-bench-") as folder:
        inventory = Path(folder) / "topology"
        write_inventory(inventory, options.customers)
        if "sqlite" in options.store:
            run("SQLite", f"sqlite:///{folder}/store.db", inventory, options)
        if "postgres" in options.store:
            with running_postgres() as url:
                run("PostgreSQL", url, inventory, options)


if __name__ == "__main__":
    main()
