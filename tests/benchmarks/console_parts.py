"""The parts of bench_console: each asks a running console for something and prints what it took."""

from __future__ import annotations

import argparse
import asyncio
import gzip
import itertools
import json
import random
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

from tests.benchmarks.console_children import child, cpu_seconds, free_port, memory, waiting, web
from tests.benchmarks.console_load import Client, Got, Hints, ms, spread, wrong
from tests.benchmarks.console_world import Filled
from tests.harness.waiting import until

COMMITS = 4.0  # a second
PAGES = 20
ACTIONS = 60
HANDS = 3  # people who act at the same time
HOTLINE = 5.0  # tickets a second that the real daemon gets meanwhile


class Bench(NamedTuple):
    """What all parts work with."""

    client: Client
    port: int
    pid: int
    url: str
    inventory: Path
    filled: Filled
    options: argparse.Namespace


def say(what: str, figures: str, target: str = "", *, holds: bool | None = None) -> None:
    """Print a figure, its target, and whether it holds."""
    mark = "" if holds is None else ("  ✓" if holds else "  ✗ MISSED")
    print(f"  {what:<44} {figures}{f'   target {target}' if target else ''}{mark}", flush=True)


# ------------------------------------------------------------------------------------ the start


def started(settings: dict[str, Any], stack: ExitStack) -> int:
    """Start the console, print how long its first page takes; returns its process id."""
    began = time.perf_counter()
    process = stack.enter_context(web(settings))

    async def first() -> Got | None:
        client = Client(settings["port"])
        try:
            return await client.get("/")
        except OSError:
            return None
        finally:
            client.close()

    until(lambda: asyncio.run(first()), 120.0)
    seconds = time.perf_counter() - began
    now, most = memory(process.pid)
    say("start → first page", f"{seconds:.2f} s", "< 5 s", holds=seconds < 5)
    say("memory at the first page", f"{now:.0f} MiB, {most:.0f} at the most")
    return int(process.pid)


# -------------------------------------------------------------------------------------- lookups


def lookups(filled: Filled, seed: int) -> Iterator[str]:
    """Yield what agents ask for: customers, tickets, and tickets with their customer, in turn."""
    dice = random.Random(seed)
    while True:
        ticket, customer = dice.choice(filled.tickets)
        yield f"/a/{dice.choice(filled.customers)}"
        yield f"/a/{ticket}"
        yield f"/a/{customer}"
        yield f"/a/{ticket}?client={customer}"


async def floors(bench: Bench) -> None:
    """Print the floors: an empty route and a static file under as many requests."""
    options = bench.options
    port = free_port()
    with child("empty", port):
        client = Client(port)
        while True:
            try:
                await client.get("/")
                break
            except OSError:
                await asyncio.sleep(0.05)
        found = await client.pace(itertools.repeat("/"), options.rate, options.seconds)
        client.close()
    say("floor: an empty ASGI route", spread(found) + wrong(found))
    path = await static_path(bench.client)
    found = await bench.client.pace(itertools.repeat(path), options.rate, options.seconds)
    say("floor: a static file of the console", spread(found) + wrong(found))
    found = await bench.client.pace(lookups(bench.filled, 1), options.rate, options.seconds)
    say("agent lookups, no streams, no writer", spread(found) + wrong(found))


async def static_path(client: Client) -> str:
    """Return the address of a style sheet."""
    page = (await client.get("/a")).body.decode()
    return re.findall(r'(/static/[^"\s>]+\.css)', page)[0]


async def under_load(bench: Bench, hints: Hints) -> None:
    """Print lookups and hints while a writer commits; then the same while the cell works."""
    options, client = bench.options, bench.client
    with child("writer", bench.url, 2 * options.seconds + 6, COMMITS) as writer:
        await asyncio.sleep(2.5)  # until it has read the incidents
        before, waited = cpu_seconds(bench.pid), waiting()
        found = await client.pace(lookups(bench.filled, 2), options.rate, options.seconds)
        busy = (cpu_seconds(bench.pid) - before) / options.seconds
        queue = min(1.0, (waiting() - waited) / options.seconds)
        (p99,) = ms((got.seconds for got in found), 0.99)
        say("AGENT LOOKUPS", spread(found) + wrong(found), "p99 < 50 ms", holds=p99 < 50)
        figures = f"{busy:.0%} of a processor; somebody waited for one {queue:.0%} of the time"
        say("  the console's process meanwhile", figures)
        await while_the_cell_works(bench)
        out = await asyncio.to_thread(writer.stdout.read)
    told = json.loads(out)
    told_after = [hints.at[i, v] - at for i, v, at in told["log"] if (i, v) in hints.at]
    p50, p95, p99, most = ms(told_after, 0.5, 0.95, 0.99, 1.0)
    missing = len(told["log"]) - len(told_after)
    figures = f"p50 {p50:6.0f}  p95 {p95:6.0f}  p99 {p99:6.0f}  longest {most:6.0f} ms"
    figures += f" ({len(told_after)} changes, {missing} of them told with a later one)"
    say("CHANGE → HINT on a stream", figures, "p95 < 1 s", holds=p95 < 1000)
    p50, p95, most = ms(told["took"], 0.5, 0.95, 1.0)
    say("  a commit meanwhile", f"p50 {p50:6.1f}  p95 {p95:6.1f}  longest {most:6.1f} ms")


async def while_the_cell_works(bench: Bench) -> None:
    """The same lookups while others read the queue, rows and incidents."""
    options, client, filled = bench.options, bench.client, bench.filled
    ids = ",".join(filled.incidents[:10])
    others: list[list[Got]] = [[], [], []]
    mixed = (("/", 0.5), (f"/f/rows?ids={ids}", 10.0), (f"/i/{filled.incidents[1]}", 1.0))
    tasks = [
        client.pace(itertools.repeat(path), rate, options.seconds, kept)
        for (path, rate), kept in zip(mixed, others, strict=True)
    ]
    found, *_ = await asyncio.gather(
        client.pace(lookups(filled, 3), options.rate, options.seconds), *tasks
    )
    say("agent lookups while the cell works", spread(found) + wrong(found), "p99 < 50 ms")
    for (path, rate), got in zip(mixed, others, strict=True):
        say(f"  {path[:24]}, {rate:g} a second", spread(got) + wrong(got))


# ---------------------------------------------------------------------------------------- pages


async def pages(bench: Bench) -> None:
    """Print what single pages take, and their size, one after the other."""
    client, biggest = bench.client, bench.filled.incidents[0]
    rows = ",".join(bench.filled.incidents[:50])
    slow = {
        "INCIDENT PAGE of the biggest": (f"/i/{biggest}", 200),
        "  its tickets, first fifty": (f"/i/{biggest}/tickets", 200),
        "  its journal": (f"/i/{biggest}/journal", 200),
        "QUEUE of 200 rows": ("/?bande=triage", 0),
        "the whole queue": ("/", 0),
        "fifty rows, /f/rows": (f"/f/rows?ids={rows}", 0),
        "an agent's page": (f"/a/{bench.filled.customers[0]}", 0),
    }
    for name, (path, limit) in slow.items():
        found = [await client.get(path) for _ in range(PAGES)]
        p50, most = ms((got.seconds for got in found), 0.5, 1.0)
        body = found[-1].body
        size = f"{len(body) / 1000:6.1f} kB, {len(gzip.compress(body)) / 1000:.1f} gzipped"
        figures = f"p50 {p50:6.1f}  longest {most:6.1f} ms   {size}{wrong(found)}"
        if limit:
            say(name, figures, f"< {limit} ms", holds=most < limit)
        elif "200" in name:
            figures += f", {body.count(b'<tbody id=')} rows"
            say(name, figures, "≤ 150 kB", holds=len(body) <= 150_000)
        else:
            say(name, figures)
    say("at full speed, eight at a time", await capacity(bench))


async def capacity(bench: Bench) -> str:
    """Return how many lookups a second the console answers when it has nothing else to do."""
    paths, client = lookups(bench.filled, 4), bench.client
    end = time.perf_counter() + bench.options.seconds

    async def one() -> int:
        count = 0
        while time.perf_counter() < end:
            await client.get(next(paths))
            count += 1
        return count

    counts = await asyncio.gather(*(one() for _ in range(8)))
    return f"{sum(counts) / bench.options.seconds:,.0f} lookups a second"


# -------------------------------------------------------------------------------------- actions


async def actions(bench: Bench) -> None:
    """Print how long people wait for the outcome of what they do, with a real daemon at work."""
    options, client = bench.options, bench.client
    page = (await client.get("/")).body.decode()
    token = {"X-Csrf": re.findall(r'name="csrf" value="(\w+)"', page)[0]}
    with child("daemon", bench.url, bench.inventory, HOTLINE):
        for _ in range(150):
            got = await client.post("/do", {"verb": "declare", **_declared(0)}, token)
            if _outcome(got)["status"] == 200:
                break
            await asyncio.sleep(0.2)
        await asyncio.gather(*(_person(bench, token, iter([90 + n])) for n in range(HANDS)))
        await asyncio.sleep(options.warm)
        load = asyncio.create_task(client.pace(lookups(bench.filled, 5), options.rate, 3600.0))
        turns = iter(range(1, ACTIONS // 3 + 1))
        done = await asyncio.gather(*(_person(bench, token, turns) for _ in range(HANDS)))
        load.cancel()
    took = [seconds for one in done for seconds, _ in one]
    codes = sorted({status for one in done for _, status in one})
    p50, p95, most = ms(took, 0.5, 0.95, 1.0)
    figures = f"p50 {p50:6.0f}  p95 {p95:6.0f}  longest {most:6.0f} ms ({len(took)}, {codes})"
    say("ACTION → OUTCOME, a real daemon", figures, "p95 < 1 s", holds=p95 < 1000)


async def _person(bench: Bench, token: dict[str, str], turns: Iterator[int]) -> list[Any]:
    """Declare, take and give back incidents, one after the other."""
    found = []
    for turn in turns:
        sent: dict[str, object] = {"verb": "declare", **_declared(turn)}
        for verb in ("acknowledge", "unacknowledge", ""):
            got = await bench.client.post("/do", sent, token)
            outcome = _outcome(got)
            found.append((got.seconds, outcome["status"]))
            one, rev = outcome["id"], outcome["rev"]
            sent = {"verb": verb, "ids": [one], "expects": [f"{one}:{rev}"]}
    return found


def _declared(turn: int) -> dict[str, object]:
    return {"domain": f"DSL-{turn + 1:05}", "symptom": "no-sync", "reason": "vu sur place"}


def _outcome(got: Got) -> dict[str, Any]:
    if got.status != 200:
        return {"status": got.status, "id": "", "rev": 0}
    found: dict[str, Any] = json.loads(got.body)["outcomes"][0]
    return found
