"""The daemon as bench_daemon measures it: wired as `correlator run`, and noting when what happened.

    python -m tests.benchmarks.daemon_child WORLD SETTINGS

A process of its own. It writes `ready` once every feed is caught up and silent, or at once where
there is a backlog, and ends when so many records are committed, with a line of JSON.
"""

from __future__ import annotations

import gc
import json
import sys
import threading
import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import structlog

import rules
import topology
from correlator.adapters.host import settle
from correlator.adapters.joined import JoinedSource
from correlator.adapters.kafka import KafkaPublisher, KafkaSettings, KafkaSource
from correlator.adapters.sql import IngestSource, open_store
from correlator.adapters.sql.store import SqlStore
from correlator.app import one_thread_each
from correlator.config import DaemonSettings
from correlator.engine import Engine, EngineSettings
from correlator.formats.decode import DECODERS, INGESTED
from correlator.model import Millis, arrival_order
from correlator.ports import API_PARTITION, Batch, EventSource, Lease, Partition, Position
from correlator.service import session
from correlator.service.daemon import Daemon, Services
from correlator.service.hand import Hand
from correlator.service.intake import Intake, Taken
from correlator.service.metrics import Metrics
from tests.benchmarks.decided import WARM, lines_of, run

Place = tuple[Partition, int]


class ChildSettings(msgspec.Struct, frozen=True):
    """What the daemon is to do. `records`: after how many it ends. Times in ms."""

    bootstrap: str
    store: str
    records: int
    lateness: Millis
    idle_after: Millis
    batch: int
    backlog: bool


class Found(msgspec.Struct, frozen=True):
    """What came of it. Seconds; of the clock for `committed` and `released`, by place.

    `cpu` is of the loop's thread by stage, `beside` of all others.
    """

    wall: float
    cpu: dict[str, float]
    beside: float
    commits: int
    places: list[tuple[str, int, int, float, float]]
    """Topic, partition, offset; when released by the watermark, when committed."""


class Clocks:
    """CPU seconds of this thread by stage; what runs within another stage counts there alone."""

    def __init__(self) -> None:
        self.spent: defaultdict[str, float] = defaultdict(float)
        self._stack = ["the rest"]
        self.begin()

    def begin(self) -> None:
        """Forget what was spent before."""
        self.spent.clear()
        self._since = time.thread_time()
        self._process, self._wall = time.process_time(), time.perf_counter()

    def whole(self) -> tuple[float, float]:
        """Return the seconds since it began: of the clock, and of CPU in other threads."""
        self.turn()
        beside = time.process_time() - self._process - sum(self.spent.values())
        return time.perf_counter() - self._wall, beside

    def turn(self) -> None:
        """Count what was spent since the last turn."""
        now = time.thread_time()
        self.spent[self._stack[-1]] += now - self._since
        self._since = now

    def around(self, owner: Any, name: str, stage: str) -> None:
        """Put a clock around a method or function."""
        work: Callable[..., Any] = getattr(owner, name)

        def timed(*given: Any, **more: Any) -> Any:
            self.turn()
            self._stack.append(stage)
            try:
                return work(*given, **more)
            finally:
                self.turn()
                self._stack.pop()

        setattr(owner, name, timed)

    def around_collections(self) -> None:
        """Put a clock around Python's garbage collector, where it stops this thread."""
        mine = threading.get_ident()

        def collects(phase: str, _: object) -> None:
            if threading.get_ident() != mine:
                return
            self.turn()
            if phase == "start":
                self._stack.append("garbage collector")
            else:
                self._stack.pop()

        gc.callbacks.append(collects)


STAGES: tuple[tuple[Any, str, str], ...] = (
    (KafkaSource, "poll", "Kafka's client"),
    (IngestSource, "poll", "what is posted: a look into the database"),
    (Intake, "add", "decoding, buffer"),
    (Intake, "take", "order, watermark"),
    (Engine, "handle", "engine"),
    (Engine, "tick", "engine"),
    (Engine, "project", "projections"),
    (Engine, "snapshot", "snapshots"),
    (Intake, "progress", "positions"),
    (session, "encode_inputs", "inputs as bytes"),
    (Hand, "messages", "messages as bytes"),
    (SqlStore, "inbox", "inbox"),
    (SqlStore, "commit", "commit"),
    (Metrics, "follow", "metrics"),
    (Metrics, "took", "metrics"),
    (session.LeaderSession, "_show", "metrics"),
    (JoinedSource, "caught_up", "ends of the log"),
    (JoinedSource, "lag", "ends of the log"),
)


class Notes:
    """When the watermark let records go, and when they were committed."""

    def __init__(self, most: int, full: Callable[[], None]) -> None:
        self._most = most
        self._full = full
        self._reached: dict[Partition, Position] = {}
        self._marks: list[Millis] = []
        self._times: list[float] = []
        self.released: dict[Place, float] = {}
        self.committed: dict[Place, float] = {}
        self.commits = 0

    def took(self, watermark: Millis, due: list[Taken], at: float) -> None:
        """Note what was due when somebody asked at `at`."""
        if not self._marks or watermark > self._marks[-1]:
            self._marks.append(watermark)
            self._times.append(at)
        for taken in due:
            passed = bisect_left(self._marks, taken.event.arrived)
            self.released[taken.partition, taken.offset] = self._times[passed]

    def stored(self, positions: Mapping[Partition, Position], at: float) -> None:
        """Note what a commit has brought."""
        self.commits += 1
        for partition, position in positions.items():
            if partition.number == API_PARTITION:
                continue
            before = self._reached.get(partition, Position(0))
            known = set(before.ahead)
            offsets = [*range(before.next, position.next), *position.ahead]
            new = [offset for offset in offsets if offset not in known]
            self.committed.update(((partition, offset), at) for offset in new)
            self._reached[partition] = position
        if len(self.committed) >= self._most:
            self._full()


def watch(notes: Notes, clocks: Clocks) -> None:
    """Have the notes taken, and the clocks begin once the daemon leads: its start is no rate."""
    take, commit, begin = Intake.take, SqlStore.commit, session.LeaderSession.begin

    def noted_take(
        self: Intake, caught_up: frozenset[Partition], now: Millis, limit: int
    ) -> list[Taken]:
        at = time.time()
        due = take(self, caught_up, now, limit)
        notes.took(self.watermark, due, at)
        return due

    def noted_commit(self: SqlStore, lease: Lease, batch: Batch, now: Millis, ttl: Millis) -> None:
        commit(self, lease, batch, now, ttl)
        notes.stored(batch.positions, time.time())

    def clocked_begin(self: session.LeaderSession, clock: Callable[[], Millis]) -> None:
        begin(self, clock)
        clocks.begin()

    session.LeaderSession.begin = clocked_begin  # type: ignore[method-assign]
    Intake.take = noted_take  # type: ignore[method-assign]
    SqlStore.commit = noted_commit  # type: ignore[method-assign]


def lead(world: Path, settings: ChildSettings) -> Found:
    """Run the daemon until the records are committed."""
    inventory = topology.load(world / "topology")
    warm(inventory, world)
    notes = Notes(settings.records, lambda: daemon.stop())  # noqa: PLW0108 - it has no name yet
    clocks = Clocks()
    watch(notes, clocks)
    for owner, name, stage in STAGES:
        clocks.around(owner, name, stage)
    clocks.around_collections()
    store = open_store(settings.store)
    kafka = KafkaSettings(bootstrap_servers=(settings.bootstrap,))

    def sources() -> EventSource:
        return JoinedSource(IngestSource(store.engine, INGESTED), KafkaSource(kafka, [*DECODERS]))

    def silent() -> None:
        if not notes.committed:
            print("ready", flush=True)

    def engines() -> Engine:
        return Engine(inventory, rules.load(), EngineSettings())

    publisher = KafkaPublisher(kafka)
    services = Services(store, sources, publisher, engines, settled=settle)
    how = DaemonSettings(
        lateness=settings.lateness,
        idle_after=settings.idle_after,
        batch=settings.batch,
        wall_clock=False,
    )
    daemon = Daemon(services, how, "bench", Metrics(), on_silence=silent)
    if settings.backlog:
        print("ready", flush=True)
    with one_thread_each():
        daemon.run()
    wall, beside = clocks.whole()
    publisher.close()
    store.close()
    places = [
        (partition.topic, partition.number, offset, notes.released.get((partition, offset), at), at)
        for (partition, offset), at in notes.committed.items()
    ]
    return Found(wall, dict(clocks.spent), beside, notes.commits, places)


def warm(inventory: topology.Topology, world: Path) -> None:
    """Have the compiled loops loaded before anything is measured."""
    events = sorted(
        (DECODERS[t](line) for t, line in lines_of(world.name, world)), key=arrival_order
    )
    run(inventory, events[:WARM], lambda _: None)


def main(world: str, given: str) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    settings = msgspec.json.decode(given, type=ChildSettings)
    print(json.dumps(msgspec.to_builtins(lead(Path(world), settings))), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
