"""A daemon in a process of its own, over files: `python -m tests.harness.led URL FOLDER`.

To be killed without a word. It reads `FOLDER/tickets`, and leads until then.
"""

from __future__ import annotations

import sys
from pathlib import Path

from msgspec import structs

from correlator.adapters.files import FilePublisher, FileSource
from correlator.adapters.sql import open_store
from correlator.service.daemon import Daemon
from correlator.service.metrics import Metrics
from tests.harness.daemons import SETTINGS, services_of

LEASE = 300
"""In ms: as long waits whoever leads after one that was killed."""


def main(url: str, folder: Path) -> None:
    """Lead until killed."""
    files = {"gi.tickets": folder / "tickets"}
    services = services_of(open_store(url), lambda: FileSource(files), FilePublisher(folder))
    settings = structs.replace(SETTINGS, lease=LEASE, snapshot_every=40)
    Daemon(services, settings, "led", Metrics()).run()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
