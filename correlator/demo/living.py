"""A stage as it happens: what came before at full speed, then so many times as fast as the clock.

The daemon runs here; the console is a process of its own and changes the pace through a file.
"""

from __future__ import annotations

import json
import shutil
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import msgspec

import rules
import topology
from correlator.adapters import beside
from correlator.adapters.beside import Beside
from correlator.adapters.files import FilePublisher
from correlator.adapters.fits import begin_kept
from correlator.adapters.joined import JoinedSource
from correlator.adapters.pacing import PacedClock, PacedSource, read_pace, write_pace
from correlator.adapters.sql import IngestSource, open_store
from correlator.config import DaemonSettings
from correlator.demo.stage import Stage
from correlator.engine import Engine
from correlator.formats.decode import INGESTED
from correlator.model import MINUTE
from correlator.ports import EventSource
from correlator.service.daemon import Daemon, Services
from correlator.service.metrics import Metrics

SETTINGS = DaemonSettings(idle_after=1, lateness=0, batch=2_000)
STORE = "correlator.db"
_PORT = 8080
_PACE = "pace.json"


def address(port: int | None = None) -> tuple[str, int]:
    """Return where the console of the demo listens: the usual port, or any that is free."""
    for wanted in (port or _PORT, 0):
        with socket.socket() as probe:
            # as the server does: a port that was left just now is free
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", wanted))
            except OSError:
                continue
            found: int = probe.getsockname()[1]
            return f"http://127.0.0.1:{found}/", found
    raise OSError("no port of 127.0.0.1 is free")


def url_of(out: Path) -> str:
    """Return the URL of the store of what is played in a folder."""
    return f"sqlite:///{out / STORE}"


def live(stage: Stage, say: Callable[[str], None]) -> None:
    """Play a stage until interrupted, with a console; anew where somebody asks."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the console ends with us
    pace = stage.out / _PACE
    while True:
        begin(stage)
        asked = read_pace(pace).replays
        with _console(stage):
            play_on(stage, lambda asked=asked: read_pace(pace).replays > asked)  # type: ignore[misc]
        say("replay")


def begin(stage: Stage) -> None:
    """Remove what was played before, but keep the count of replays."""
    out, pace = stage.out, stage.out / _PACE
    for left in [*out.glob(f"{STORE}*"), *out.glob("gi.*.jsonl")]:
        left.unlink()
    if stage.web.training:
        Path(stage.web.training).unlink(missing_ok=True)
    if stage.before is not None:
        shutil.copyfile(stage.before, out / STORE)
    write_pace(pace, msgspec.structs.replace(read_pace(pace), paused=False, skips=0))


def play_on(stage: Stage, over: Callable[[], bool]) -> None:
    """Run the daemon over a stage that has begun, until `over`."""
    web = stage.web
    clock = PacedClock(stage.begin, [scene - MINUTE for scene in stage.scenes], stage.out / _PACE)
    inventory = topology.load(web.topology, web.attributes, core=web.core)
    catalog = rules.load(web.rules)
    store = open_store(url_of(stage.out))
    posted = IngestSource(store.engine, INGESTED)
    source = JoinedSource(posted, PacedSource(stage.feeds, clock))

    def sources() -> EventSource:
        return source

    def silent() -> None:
        stage.silent(store)
        if over():
            daemon.stop()

    services = Services(
        store=store,
        sources=sources,
        publisher=FilePublisher(stage.out),
        engines=lambda: Engine(inventory, catalog, stage.engine, begin_kept),
        feed_time=lambda _now: clock.now(),
    )
    daemon = Daemon(services, SETTINGS, "demo", Metrics(), on_silence=silent)
    try:
        daemon.run()
    finally:
        store.close()


def _console(stage: Stage) -> Beside:
    """Return the console of a stage, not started yet."""
    settings = msgspec.structs.replace(
        stage.web, store_url=url_of(stage.out), demo=str(stage.out / _PACE)
    )
    known = msgspec.to_builtins(settings, enc_hook=str)
    return beside.console("--settings", json.dumps(known))
