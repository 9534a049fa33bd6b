"""The daemon's own loop in this process: files stand in for Kafka, the store is a real one."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING

from correlator.adapters.files import FilePublisher, FileSource
from correlator.adapters.sql import SqlStore, open_store
from correlator.config import DaemonSettings
from correlator.engine import Engine, EngineSettings
from correlator.service.daemon import Daemon, Services
from correlator.service.metrics import Metrics
from tests.builders import catalog, network

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from correlator.ports import EventSource, Publisher, Store

SETTINGS = DaemonSettings(idle_after=1, wall_clock=False)


def services_of(store: Store, sources: Callable[[], EventSource], publisher: Publisher) -> Services:
    """Return what a daemon works with, on the small network of `tests.builders`."""
    return Services(
        store=store,
        sources=sources,
        publisher=publisher,
        engines=lambda: Engine(network(), catalog(), EngineSettings()),
    )


@contextmanager
def running(
    services: Services,
    settings: DaemonSettings = SETTINGS,
    on_silence: Callable[[], None] = lambda: None,
) -> Iterator[Daemon]:
    """Run a daemon in a thread, until the end of the block."""
    daemon = Daemon(services, settings, "test", Metrics(), on_silence=on_silence)
    thread = Thread(target=daemon.run, name="daemon")
    thread.start()
    try:
        yield daemon
    finally:
        daemon.stop()
        thread.join()


def run_over(folder: Path, url: str, feeds: Mapping[str, Sequence[bytes]]) -> SqlStore:
    """Run a daemon until it has applied these lines of each topic; returns its store, to close."""
    folder.mkdir(exist_ok=True)
    files = {topic: folder / f"{topic}.in" for topic in feeds}
    for topic, path in files.items():
        path.write_bytes(b"".join(line + b"\n" for line in feeds[topic]))
    store = open_store(url)
    services = services_of(store, lambda: FileSource(files), FilePublisher(folder))
    daemon = Daemon(services, SETTINGS, "test", Metrics(), on_silence=lambda: daemon.stop())  # noqa: PLW0108 - it has no name yet
    daemon.run()
    return store
