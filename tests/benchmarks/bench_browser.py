"""What a person waits for, in a real Chromium, number by number beside its target.

    python -m tests.benchmarks.bench_browser [--customers 100000] [--rounds 40]

First the store of bench_console: 500 open incidents, a queue of more than 200 rows, an agent who
asks for one customer after the other in the same tab. Then a small console with a living daemon:
from a key to its outcome on the screen, and from what somebody else does to one's own screen.
Driver, browser, console, daemon and database share this machine; what the driver takes is in every
figure. The floor is a static file of the console in the same tab.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, expect

from correlator.adapters.host import wall_clock
from tests.benchmarks.console_children import free_port
from tests.benchmarks.console_parts import say, started
from tests.benchmarks.console_world import Filled, Plan, fill, write_inventory
from tests.harness.browser import Chromium, Complaints, Contexts
from tests.harness.console import running_console

SLOWER = 4
"""How many times slower the processor of the queue's reader is."""
PAINTED = (
    "() => performance.getEntriesByName('first-contentful-paint').map((e) => e.startTime)[0] || 0"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--tickets", type=int, default=40_000)
    parser.add_argument("--rounds", type=int, default=40)
    options = parser.parse_args()
    print(f"driver, browser, console, daemon and database share {os.cpu_count()} processors")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gi-bench-")))
        chromium = Chromium()
        stack.callback(chromium.stop)
        filled, address = full_console(folder, options, stack)
        with chromium.awake() as browser:
            contexts = Contexts(browser, Complaints())
            full_store(contexts(base_url=address), filled, options.rounds)
            (folder / "live").mkdir()
            live_daemon(folder / "live", contexts, options.rounds)
            contexts.close()


# ------------------------------------------------------------------------------- with much to show


def full_console(folder: Path, options: argparse.Namespace, stack: ExitStack) -> tuple[Filled, str]:
    """Fill a store and start a console on it; returns what there is, and the address."""
    inventory, url = folder / "topology", f"sqlite:///{folder}/store.db"
    write_inventory(inventory, options.customers)
    filled = fill(url, inventory, Plan(500, options.tickets, options.tickets // 2, wall_clock()))
    settings: dict[str, Any] = {"topology": str(inventory), "store_url": url, "port": free_port()}
    started(settings, stack)
    return filled, f"http://127.0.0.1:{settings['port']}"


def full_store(context: BrowserContext, filled: Filled, rounds: int) -> None:
    """Measure an agent's answers and the queue's first paint over a full store."""
    page = context.new_page()
    page.goto("/a")
    static(page, rounds)
    agent(page, filled, rounds)
    queue(context.new_page(), max(5, rounds // 4))


def static(page: Page, rounds: int) -> None:
    """Measure the floor."""
    where = page.locator("link[rel=stylesheet]").first.get_attribute("href")
    assert where is not None
    taken = [timed(lambda: page.goto(where)) for _ in range(rounds)]
    tell("the floor: a static file in the same tab", taken)


def agent(page: Page, filled: Filled, rounds: int) -> None:
    """Measure from the address to the word that is read out."""
    people = [customer for _, customer in filled.tickets[:: len(filled.tickets) // rounds]]
    people += filled.customers[:rounds]
    taken, painted = [], []
    for customer in people:
        taken.append(timed(partial(answered, page, customer)))
        painted.append(page.evaluate(PAINTED))
    tell("agent's answer on the screen, warm", taken, 500)
    tell("… its first paint, by the browser's clock", painted, 500)


def answered(page: Page, customer: str) -> None:
    page.goto(f"/a/{customer}", wait_until="commit")
    page.get_by_role("heading", level=1).wait_for()


def queue(page: Page, rounds: int) -> None:
    """Measure the first paint of the queue on a slow machine."""
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    painted = []
    for _ in range(rounds):
        page.goto("/")
        painted.append(page.evaluate(PAINTED))
    rows = page.locator("tbody[id]").count()
    tell(f"queue of {rows} rows, first paint, processor ÷ {SLOWER}", painted, 800)


# ------------------------------------------------------------------------------- with a live daemon


def live_daemon(folder: Path, contexts: Contexts, rounds: int) -> None:
    """Measure from a key to its outcome, and from another one's deed to what is shown of it."""
    with running_console(folder) as console:
        page = console.visitor(contexts).new_page()
        incidents = [console.burst() for _ in range(min(rounds, 20))]
        page.goto("/")
        pressed, shown = [], []
        for incident in incidents:
            row = page.locator(f"#r-{incident}")
            row.wait_for()
            row.locator("a").first.focus()
            before = time.perf_counter()
            page.keyboard.press("a")
            expect(row).to_contain_text("l.petit")
            pressed.append(1_000 * (time.perf_counter() - before))
        for incident in incidents:
            before = time.perf_counter()
            console.act(incident, "unacknowledge")
            expect(page.locator(f"#r-{incident}")).not_to_contain_text("l.petit")
            shown.append(1_000 * (time.perf_counter() - before))
    tell("key → outcome on the screen", pressed, 1_000)
    tell("another one's deed → my screen", shown, 1_000)


# ----------------------------------------------------------------------------------------- figures


def timed(do: Callable[[], object]) -> float:
    """Return how many milliseconds it takes."""
    before = time.perf_counter()
    do()
    return 1_000 * (time.perf_counter() - before)


def tell(what: str, taken: list[float], target: float = 0) -> None:
    """Print the median, the 95th of a hundred and the longest, in ms, beside the target."""
    found = sorted(taken)
    middle, high = found[len(found) // 2], found[min(len(found) - 1, len(found) * 95 // 100)]
    figures = f"p50 {middle:.0f}, p95 {high:.0f}, max {found[-1]:.0f} ms ({len(found)})"
    if target:
        say(what, figures, f"p95 < {target:g} ms", holds=high < target)
    else:
        say(what, figures)


if __name__ == "__main__":
    main()
