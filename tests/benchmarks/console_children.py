"""The processes beside the load generator of bench_console: web, an empty route, writer, daemon.

Each is a process of its own, as in operation: none of them waits for another's interpreter.

    python -m tests.benchmarks.console_children empty PORT
    python -m tests.benchmarks.console_children writer URL SECONDS COMMITS_A_SECOND
    python -m tests.benchmarks.console_children daemon URL INVENTORY TICKETS_A_SECOND
"""

from __future__ import annotations

import itertools
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import structlog
import uvicorn

import rules
import topology
from correlator.adapters.host import wall_clock
from correlator.adapters.sql import ConsoleReads, open_store
from correlator.config import DaemonSettings
from correlator.engine import Engine, EngineSettings
from correlator.formats.times import to_rfc3339
from correlator.model import MINUTE, IncidentChanged, Millis, MinuteCount, RateCounted
from correlator.ports import Partition, Record
from correlator.service.daemon import Daemon, Services
from correlator.service.metrics import Metrics
from tests.benchmarks import console_world
from tests.benchmarks.bench_kafka import ticket
from tests.benchmarks.bench_loop import Nobody
from tests.harness.command import ROOT

BATCH = 10
"""Incidents that a commit of the writer changes, each by one more ticket."""
_HISTORY: Millis = 2 * MINUTE  # of tickets that the daemon finds, so that it has a time at once


# ------------------------------------------------------------------------------ as processes


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def child(*arguments: object, module: str = __name__) -> Iterator[subprocess.Popen[str]]:
    """Run one of these, or another module, until the end of the block."""
    name = "tests.benchmarks.console_children" if module == "__main__" else module
    command = [sys.executable, "-m", name, *map(str, arguments)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


def web(settings: Mapping[str, object]) -> object:
    """Start the console."""
    return child("--settings", json.dumps(settings), module="correlator.web")


def memory(pid: int) -> tuple[float, float]:
    """Return how much memory (MiB) a process has now, and had at the most."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    found = {line.partition(":")[0]: line.split()[1] for line in status if line.startswith("Vm")}
    return int(found["VmRSS"]) / 1024, int(found["VmHWM"]) / 1024


def cpu_seconds(pid: int) -> float:
    """Return the seconds of CPU that a process has taken."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100.0  # USER_HZ


def waiting() -> float:
    """Return the seconds for which somebody on this machine has waited for a processor."""
    try:
        some = Path("/proc/pressure/cpu").read_text(encoding="ascii").splitlines()[0]
    except OSError:  # an older kernel, or another system
        return 0.0
    return int(some.rpartition("total=")[2]) / 1e6


# ------------------------------------------------------------------------------ an empty route


async def empty(scope: dict, _receive: object, send: object) -> None:  # type: ignore[type-arg]
    """The least that a server of this kind does."""
    if scope["type"] == "http":
        headers = [(b"content-type", b"text/html"), (b"content-length", b"6")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})  # type: ignore[operator]
        await send({"type": "http.response.body", "body": b"empty\n"})  # type: ignore[operator]


def serve_empty(port: int) -> None:
    """Serve the empty route as the console is served."""
    settings = {"log_level": "warning", "access_log": False, "server_header": False}
    uvicorn.Server(uvicorn.Config(empty, lifespan="off", port=port, **settings)).run()  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------- a writer


def write(url: str, seconds: float, rate: float) -> None:
    """Commit at a steady rate, as a daemon on a busy evening; prints what, and when it was in."""
    log: list[tuple[str, int, float]] = []
    took: list[float] = []
    with closing(open_store(url)) as store:
        found = ConsoleReads(store.engine).board(wall_clock()).incidents
        incidents = {one.id: one for one in found}
        turns = itertools.cycle(sorted(incidents))
        numbers = itertools.count(900_000_000)
        lease = store.acquire("engine", "writer", wall_clock(), console_world.TTL)
        assert lease is not None
        began = time.monotonic()
        for turn in range(int(seconds * rate)):
            time.sleep(max(0.0, began + turn / rate - time.monotonic()))
            now = wall_clock()
            changed = [console_world.later(incidents[next(turns)], now) for _ in range(BATCH)]
            effects = [effect for one in changed for effect in _ticket(one, next(numbers), now)]
            before = time.monotonic()
            console_world.commit(store, lease, effects, now)
            done = time.monotonic()
            took.append(done - before)
            incidents |= {one.id: one for one in changed}
            log += [(one.id, one.version, done) for one in changed]
        store.release(lease)
    print(json.dumps({"log": log, "took": took}), flush=True)


def _ticket(one, number: int, now: Millis):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Yield what one more ticket brings."""
    yield from console_world.call(f"T{number}", f"C{number % 1_000:07}", one, now)
    yield IncidentChanged(one, "attributes")
    yield console_world.figures_of(one, now)
    yield RateCounted(MinuteCount(one.id, now // MINUTE * MINUTE, 1, 0.02))


# -------------------------------------------------------------------------------- a real daemon


class Hotline:
    """A source to which tickets come at a steady rate, and which waits for them as Kafka does."""

    def __init__(self, customers: Sequence[str], rate: float) -> None:
        self._partition = Partition("gi.tickets", 0)
        self._customers = customers
        self._every = 1000.0 / rate
        self._begin = wall_clock() - _HISTORY
        self._next = 0

    def poll(self, timeout_ms: int, max_records: int) -> list[Record]:
        """Return the tickets that have come, having waited for one if there is none."""
        due = self._begin + self._next * self._every
        time.sleep(max(0.0, min(timeout_ms, due - wall_clock())) / 1000)
        came = int((wall_clock() - self._begin) / self._every) + 1
        numbers = range(self._next, min(came, self._next + max_records))
        self._next = max(self._next, numbers.stop)
        return [Record("gi.tickets", 0, n, None, self._ticket(n), 0) for n in numbers]

    def _ticket(self, number: int) -> bytes:
        at = to_rfc3339(int(self._begin + number * self._every)).encode()
        customer = self._customers[number * 7919 % len(self._customers)].encode()
        line = ticket(800_000_000 + number)
        known = line.replace(b"2026-11-22T08:52:14Z", at).replace(b"2026-11-22T08:52:10Z", at)
        head, _, rest = known.partition(b'"relatedParty":[{"id":"')
        return head + b'"relatedParty":[{"id":"' + customer + b'"' + rest.partition(b'"')[2]

    def partitions(self) -> frozenset[Partition]:
        return frozenset({self._partition})

    def seek(self, positions: Mapping[Partition, int]) -> None:
        self._next = positions.get(self._partition, 0)

    def refresh(self) -> frozenset[Partition]:
        return frozenset()

    def caught_up(self) -> frozenset[Partition]:
        return self.partitions()

    @property
    def reachable(self) -> bool:
        return True

    def lag(self) -> Mapping[Partition, int]:
        return {self._partition: 0}

    def pause(self, partitions: object) -> None:
        pass

    def close(self) -> None:
        pass


def lead(url: str, folder: Path, rate: float) -> None:
    """Run the daemon's own loop until SIGTERM."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    inventory = topology.load(folder)
    customers = list(itertools.islice(inventory.customers_under(inventory.domain_count - 1), 5_000))
    store = open_store(url)
    services = Services(
        store=store,
        sources=lambda: Hotline(customers, rate),
        publisher=Nobody(),
        engines=lambda: Engine(inventory, rules.load(), EngineSettings()),
    )
    daemon = Daemon(services, DaemonSettings(lateness=5_000), "daemon", Metrics())
    signal.signal(signal.SIGTERM, lambda *_: daemon.stop())
    daemon.run()
    store.close()


def main(kind: str, *rest: str) -> None:
    if kind == "empty":
        serve_empty(int(rest[0]))
    elif kind == "writer":
        write(rest[0], float(rest[1]), float(rest[2]))
    else:
        lead(rest[0], Path(rest[1]), float(rest[2]))


if __name__ == "__main__":
    main(*sys.argv[1:])
