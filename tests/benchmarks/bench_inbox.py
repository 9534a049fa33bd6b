"""How long an action of the console takes: from the click until its outcome can be read.

Run from the repository: `python -m tests.benchmarks.bench_inbox [--actions 200] [--rate 50]`. The
daemon's own loop runs in a process of its own on the small network of `tests.builders`; its feed
waits like Kafka's (a poll returns with the first record, or after 200 ms). The console sends an
action, then asks every 2 ms what became of it. *idle*: no ticket comes; *busy*: so many a second.
"""

from __future__ import annotations

import argparse
import random
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from typing import TYPE_CHECKING

from correlator.adapters.host import wall_clock
from correlator.adapters.sql import ConsoleWrites, Standing, open_store
from correlator.config import DaemonSettings
from correlator.model import MINUTE, Action, Verb
from correlator.ports import OutMessage, Partition, Record
from correlator.service.daemon import Daemon
from correlator.service.metrics import Metrics
from tests.builders import customers_of, network, spread
from tests.harness.daemons import services_of
from tests.harness.postgres import running_postgres
from tests.harness.waiting import until
from tests.records import TICKETS, ticket_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SETTINGS = DaemonSettings(lateness=1_000, idle_after=500)
AGO = 10  # minutes before now at which the failure began
ASK_EVERY = 0.002  # seconds
MOST_THOUGHT = 0.4  # seconds between two actions, at most


class PacedSource:
    """A failure of a few minutes ago at once, then so many tickets a second by the clock."""

    def __init__(self, rate: float) -> None:
        start = wall_clock() - AGO * MINUTE
        card = spread(customers_of("DSL-1/C1"), 8)
        self._first = [ticket_bytes(f"F{n}", start + n * MINUTE, c) for n, c in enumerate(card)]
        self._everybody = list(network().customers_under(network().domain_count - 1))
        self._rate, self._given = rate, 0
        self._began = time.monotonic()

    def _due(self) -> float:
        """Return when the next record comes."""
        waits = self._given - len(self._first)
        if waits < 0:
            return 0.0
        return self._began + (waits + 1) / self._rate if self._rate else float("inf")

    def _next(self) -> Record:
        n = self._given
        self._given += 1
        if n < len(self._first):
            value = self._first[n]
        else:
            value = ticket_bytes(f"T{n}", wall_clock(), self._everybody[n * 569 % 900])
        return Record(TICKETS.topic, TICKETS.number, n, None, value, 0)

    def poll(self, timeout_ms: int, max_records: int) -> Sequence[Record]:
        """Return what is due, or wait for the first record."""
        end = time.monotonic() + timeout_ms / 1000
        time.sleep(max(0.0, min(self._due(), end) - time.monotonic()))
        found: list[Record] = []
        while len(found) < max_records and self._due() <= time.monotonic():
            found.append(self._next())
        return found

    def seek(self, positions: Mapping[Partition, int]) -> None:
        """Nothing has been read before."""

    def partitions(self) -> frozenset[Partition]:
        """Return the one partition."""
        return frozenset({TICKETS})

    def refresh(self) -> frozenset[Partition]:
        """Return the one partition."""
        return self.partitions()

    def caught_up(self) -> frozenset[Partition]:
        """Return it while nothing is due."""
        return self.partitions() if self._due() > time.monotonic() else frozenset()

    @property
    def reachable(self) -> bool:
        return True

    def lag(self) -> Mapping[Partition, int]:
        """Nothing is behind for long."""
        return {TICKETS: 0}

    def pause(self, partitions: Iterable[Partition]) -> None:
        """The buffer never fills."""

    def close(self) -> None:
        """Nothing is open."""


class Nowhere:
    """A publisher that has always published."""

    def publish(self, messages: Sequence[OutMessage]) -> Sequence[Exception | None]:
        """Say so."""
        return [None] * len(messages)

    def close(self) -> None:
        """Nothing is open."""


def lead(url: str, rate: float) -> None:
    """Run the daemon until killed."""
    with closing(open_store(url)) as store:
        services = services_of(store, lambda: PacedSource(rate), Nowhere())
        Daemon(services, SETTINGS, "bench", Metrics()).run()


def latencies(url: str, count: int) -> list[float]:
    """Return the milliseconds of so many actions, one after the other."""
    chance, found = random.Random(1), []
    with closing(open_store(url)) as store:
        writes = ConsoleWrites(store.engine)
        (incident, *_) = until(lambda: store.queries.incidents() or None, 60)
        time.sleep(2 * SETTINGS.lateness / 1000)
        for n in range(-5, count):  # the first ones warm up
            verb = Verb.ACKNOWLEDGE if n % 2 else Verb.UNACKNOWLEDGE
            action = Action(f"x{n}", 0, f"x{n}", "zoé", verb, incident.id)
            begin = time.perf_counter()
            writes.send(action, wall_clock())
            while writes.standing(action.id, 0).standing is Standing.WAITING:
                time.sleep(ASK_EVERY)
            if n >= 0:
                found.append((time.perf_counter() - begin) * 1000)
            time.sleep(chance.random() * MOST_THOUGHT)
    return found


def measure(name: str, url: str, rate: float, count: int) -> None:
    """Print one line for one database and one rate of tickets."""
    command = [sys.executable, "-m", "tests.benchmarks.bench_inbox", "--lead", url]
    daemon = subprocess.Popen([*command, "--rate", str(rate)])
    try:
        times = latencies(url, count)
    finally:
        daemon.kill()
        daemon.wait()
    cuts = statistics.quantiles(times, n=100)
    sys.stdout.write(
        f"{name:<11} {f'busy, {rate:g}/s' if rate else 'idle':<12} p50 {cuts[49]:6.1f} ms   "
        f"p95 {cuts[94]:6.1f} ms   p99 {cuts[98]:6.1f} ms   most {max(times):6.1f} ms   "
        f"{len(times)} actions\n"
    )
    sys.stdout.flush()


def main() -> None:
    """Measure both databases, idle and busy."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--actions", type=int, default=200)
    parser.add_argument("--rate", type=float, default=50.0, help="tickets a second, when busy")
    parser.add_argument("--lead", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.lead:
        lead(given.lead, given.rate)
        return
    for rate in (0.0, given.rate):
        with tempfile.TemporaryDirectory(prefix="gi-bench-") as folder:
            measure("SQLite", f"sqlite:///{folder}/store.db", rate, given.actions)
        with running_postgres() as url:
            measure("PostgreSQL", url, rate, given.actions)


if __name__ == "__main__":
    main()
