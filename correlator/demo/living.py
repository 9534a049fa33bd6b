"""The evening as it happens: six days at full speed, then twenty times as fast as the clock.

The daemon runs here; the console is a process of its own and changes the pace through a file.
"""

from __future__ import annotations

import json
import signal
import socket
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import msgspec

import rules
import topology
from correlator.adapters import beside
from correlator.adapters.beside import Beside
from correlator.adapters.files import FilePublisher
from correlator.adapters.pacing import PacedClock, PacedSource, read_pace, write_pace
from correlator.adapters.sql import open_store
from correlator.config import DaemonSettings
from correlator.engine import Engine, EngineSettings
from correlator.formats.times import to_millis
from correlator.model import DAY, MINUTE, Millis
from correlator.ports import EventSource
from correlator.service.daemon import Daemon, Services
from correlator.service.metrics import Metrics
from correlator.tools.feeds import feeds_in
from correlator.tools.worldfiles import read_truth
from correlator.web.settings import WebSettings

BEFORE: Millis = 2 * MINUTE
"""How long before its first scene the evening begins."""
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


def live(out: Path, port: int, say: Callable[[str], None]) -> None:
    """Play the evening until interrupted, with a console on `port`; anew where somebody asks."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the console ends with us
    pace = out / _PACE
    while True:
        _begin(out, pace)
        asked = read_pace(pace).replays
        with _console(out, port, pace):
            _play(out, pace, lambda asked=asked: read_pace(pace).replays > asked)  # type: ignore[misc]
        say("replay")


def _begin(out: Path, pace: Path) -> None:
    """Remove what an earlier evening left, but keep the count of replays."""
    for left in [*out.glob("correlator.db*"), *out.glob("gi.*.jsonl")]:
        left.unlink()
    write_pace(pace, msgspec.structs.replace(read_pace(pace), paused=False, skips=0))


def _play(out: Path, pace: Path, over: Callable[[], bool]) -> None:
    scenes = _scenes(out / "world")
    clock = PacedClock(scenes[0] - BEFORE, [scene - MINUTE for scene in scenes], pace)
    inventory, catalog = topology.load(out / "world" / "topology"), rules.load()
    settings = DaemonSettings(idle_after=1, lateness=0, batch=2_000)
    store = open_store(_url(out))
    source = PacedSource({feed.topic: feed.path for feed in feeds_in(out / "world")}, clock)

    def sources() -> EventSource:
        return source

    services = Services(
        store=store,
        sources=sources,
        publisher=FilePublisher(out),
        engines=lambda: Engine(inventory, catalog, EngineSettings()),
        feed_time=lambda _now: clock.now(),
    )
    daemon = Daemon(
        services, settings, "demo", Metrics(), on_silence=lambda: daemon.stop() if over() else None
    )
    try:
        daemon.run()
    finally:
        store.close()


def _scenes(world: Path) -> list[Millis]:
    """Return when the outages and surges of the last day begin, ascending."""
    truth = read_truth(world)
    starts = sorted(to_millis(datetime.fromisoformat(o.start)) for o in truth.outages)
    return [start for start in starts if start > starts[-1] - DAY]


def _url(out: Path) -> str:
    return f"sqlite:///{out / 'correlator.db'}"


def _console(out: Path, port: int, pace: Path) -> Beside:
    """Return the console of the demo, not started yet."""
    settings = WebSettings(
        topology=out / "world" / "topology",
        store_url=_url(out),
        port=port,
        demo=str(pace),
        log_format="console",
    )
    known = msgspec.to_builtins(settings, enc_hook=str)
    return beside.console("--settings", json.dumps(known))
