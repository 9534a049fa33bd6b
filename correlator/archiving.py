"""The wiring of the process that writes the archive, beside the daemon."""

from __future__ import annotations

import signal
from threading import Event as Flag

from correlator.adapters.archive import keepers_of, open_archive
from correlator.adapters.host import is_left_alone, wall_clock
from correlator.adapters.sql import RuleDesk, open_store
from correlator.config import Config
from correlator.service.archivist import Archivist, write


def run(config: Config) -> None:
    """Write the archive until SIGTERM or SIGINT, or until the daemon that it runs beside is dead.

    Raises ValueError where none is configured.
    """
    if config.archive is None:
        raise ValueError("the configuration names no archive: archive.url")
    store = open_store(config.store_url, timeout=config.store_timeout / 1000)
    desk = RuleDesk(store.engine)

    def files_of(version: str) -> dict[str, str] | None:
        ruleset = desk.ruleset_of(version)
        return None if ruleset is None else ruleset.files

    keepers = keepers_of(config.topology, config.attributes, config.core, config.rules, files_of)
    archive = open_archive(config.archive.url)
    archivist = Archivist(store.archive_queue, archive, config.archive, keepers)
    stop = Flag()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        write(archivist, wall_clock, lambda seconds: stop.wait(seconds) or is_left_alone())
    finally:
        store.close()
