"""The wiring: from settings to running parts. Nothing here decides anything."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import structlog

import rules
import topology
from correlator.adapters.kafka import (
    KafkaPublisher,
    KafkaSource,
    ensure_topics,
    standard_topics,
)
from correlator.adapters.kafka.settings import require_extensions
from correlator.adapters.sql import open_store
from correlator.adapters.status import StatusServer
from correlator.config import Config
from correlator.daemon import Daemon, Services, wall_clock
from correlator.decode import DECODERS
from correlator.engine import Engine, EngineSettings
from correlator.metrics import Metrics
from correlator.model import Effect, Millis
from correlator.ports import Batch, DeadLetter, EventSource
from correlator.reload import watched_rules, watched_topology
from correlator.tools.feeds import Feed, merged
from correlator.tools.replay import Replayed, Stages, replay

log = structlog.get_logger(__name__)

_STALE: Millis = 60_000  # a loop that has not come round for that long is not healthy
_STORE_EFFECTS = 5_000  # effects a transaction when a replay keeps what it decides
INPUTS = tuple(DECODERS)


def run(config: Config) -> None:
    """Run the daemon until SIGTERM or SIGINT. Raises what the configuration gets wrong."""
    require_extensions()
    inventory = topology.load(config.topology, config.attributes)
    catalog = rules.load(config.rules)
    store = open_store(config.store_url, timeout=config.store_timeout / 1000)
    if config.daemon.create_topics:
        ensure_topics(config.kafka, standard_topics())
    publisher = KafkaPublisher(config.kafka)
    watched: list[Any] = [watched_topology(config.topology, config.attributes)]
    if config.rules is not None:
        watched.append(watched_rules(config.rules))

    def sources() -> EventSource:
        return KafkaSource(config.kafka, INPUTS)

    def engines() -> Engine:
        return Engine(current(0, inventory), current(1, catalog), config.engine)

    def current(place: int, first: Any) -> Any:
        return (watched[place].latest if place < len(watched) else None) or first

    services = Services(store, sources, publisher, engines, tuple(watched))
    metrics = Metrics()
    daemon = Daemon(services, config.daemon, owner(), metrics)
    status = _status(config, daemon, metrics)
    _stop_on_signals(daemon)
    try:
        daemon.run()
    finally:
        status.close()
        publisher.close()
        store.close()
        for folder in watched:
            folder.close()
        log.info("stopped")


def owner() -> str:
    """Return a name for this process: host and process id."""
    return f"{socket.gethostname()}:{os.getpid()}"


def _status(config: Config, daemon: Daemon, metrics: Metrics) -> StatusServer:
    def healthy() -> bool:
        return wall_clock() - daemon.beat < _STALE

    return StatusServer(config.daemon.http_port, metrics.registry, healthy, daemon.ready.is_set)


def _stop_on_signals(daemon: Daemon) -> None:
    def stop(number: int, _frame: object) -> None:
        log.info("stopping", signal=signal.Signals(number).name)
        daemon.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


# ------------------------------------------------------------------------------------- replay


class ReplayRequest(msgspec.Struct, frozen=True):
    """What `correlator replay` is asked to do."""

    topology: Path
    tickets: Path
    alarms: Path
    maintenance: Path | None = None
    actions: Path | None = None
    rules: Path | None = None
    engine: EngineSettings = EngineSettings()
    store_url: str | None = None


class ReplayReport(msgspec.Struct, frozen=True):
    """What came of it: the outcome, the rejected lines, and seconds per stage."""

    replayed: Replayed
    dead_letters: tuple[DeadLetter, ...]
    stages: dict[str, float]


def run_replay(request: ReplayRequest, seen: Callable[[int, int], None]) -> ReplayReport:
    """Replay files; `seen(done, all)` is told of the progress."""
    stages = Stages()
    with stages.time("topology"):
        inventory = topology.load(request.topology)
    with stages.time("rules"):
        catalog = rules.load(request.rules)
    engine = Engine(inventory, catalog, request.engine)
    letters: list[DeadLetter] = []
    with stages.time("decode"):
        events = merged(_feeds(request), letters.append)
    keep = _Keeper(request.store_url) if request.store_url else None
    with stages.time("engine"):
        replayed = replay(engine, events, lambda done: seen(done, len(events)), keep)
    if keep is not None:
        keep.close()
    return ReplayReport(replayed, tuple(letters), stages.seconds)


def _feeds(request: ReplayRequest) -> list[Feed]:
    files = {
        "gi.maintenance": request.maintenance,
        "gi.alarms": request.alarms,
        "gi.tickets": request.tickets,
        "gi.actions": request.actions,
    }
    return [Feed(topic, path) for topic, path in files.items() if path is not None]


class StoreBusyError(RuntimeError):
    """Somebody else writes to the store."""


class _Keeper:
    """Keeps what a replay decides in a store, so that `explain` can tell of it."""

    def __init__(self, url: str) -> None:
        self._store = open_store(url)
        lease = self._store.acquire("replay", owner(), wall_clock(), 3_600_000)
        if lease is None:
            raise StoreBusyError(f"another replay writes to {url}")
        self._lease = lease
        self._effects: list[Effect] = []

    def __call__(self, effect: Effect) -> None:
        """Keep one effect."""
        self._effects.append(effect)
        if len(self._effects) >= _STORE_EFFECTS:
            self._commit()

    def _commit(self) -> None:
        batch = Batch(b"", tuple(self._effects), (), {})
        self._store.commit(self._lease, batch, wall_clock(), 3_600_000)
        self._effects = []

    def close(self) -> None:
        """Commit what is left and let go."""
        self._commit()
        self._store.release(self._lease)
        self._store.close()
