"""Run the daemon for a while over months of event time, with faults; print a verdict and draw it.

    python -m tests.soak [--minutes 90] [--days N] [--seed N] [--calm MINUTES]
    python -m tests.soak --verdict FILE [--svg FILE]

Every look is a line of `.soak/NAME.jsonl`; the second form reads such a file again.
"""

from __future__ import annotations

import argparse
import logging
import random
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from tests.chaos.fault import Fault
from tests.harness.waiting import until
from tests.soak.compare import compare, published
from tests.soak.faults import Deck
from tests.soak.feeder import Feeder
from tests.soak.picture import draw
from tests.soak.record import Record
from tests.soak.sampler import Log, Sampler
from tests.soak.servers import Servers
from tests.soak.verdict import verdict
from tests.soak.visitor import Visitor
from tests.soak.world import World, is_poison

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / ".soak"
_DAYS_A_MINUTE = 9
_TAIL = 120.0
"""Seconds without faults at the end."""
_LONGEST = 900.0
"""Seconds until what does not come to its end counts as stuck."""


def main() -> int:
    """Return 1 if anything was lost or doubled, or says something else."""
    chosen = _arguments()
    path = chosen.verdict
    if path is None:
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
        warnings.simplefilter("ignore", DeprecationWarning)
        path = HOME / f"{time.strftime('%Y%m%d-%H%M')}.jsonl"
        _soak(chosen, Log(path))
    record = Record.read(path)
    print(verdict(record))
    if chosen.svg is not None:
        chosen.svg.write_text(draw(record), encoding="utf-8")
    return int(record.is_bad)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.soak")
    parser.add_argument("--minutes", type=float, default=90, help="of the clock, while it is fed")
    parser.add_argument("--days", type=int, help="of event time; 9 a minute unless told otherwise")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--calm", type=float, default=4, help="minutes before the first fault")
    parser.add_argument("--every", type=float, default=80, help="seconds between faults, mean")
    parser.add_argument("--verdict", type=Path, help="only tell of this run")
    parser.add_argument("--svg", type=Path, help="where the picture goes")
    return parser.parse_args()


def _soak(chosen: argparse.Namespace, log: Log) -> None:
    days = chosen.days or max(1, round(chosen.minutes * _DAYS_A_MINUTE))
    world = World(HOME / "worlds" / str(days), days)
    folder = Path(tempfile.mkdtemp(prefix="gi-soak-"))
    chance, seconds = random.Random(chosen.seed), chosen.minutes * 60
    with Servers(folder, world, chance) as servers, _twin(world, folder) as twin:
        servers.feeder = feeder = Feeder(world, folder, servers.kafka.settings, seconds)
        servers.start()
        sampler, visitor = Sampler(servers, log), Visitor(servers)
        log.began = time.monotonic()
        log.add("begin", days=days, minutes=chosen.minutes, seed=chosen.seed, begin=world.begin)
        for thread in (feeder, sampler, visitor):
            thread.start()
        try:
            _disturb(servers, log, chance, chosen)
            until(lambda: feeder.is_done, seconds + _LONGEST)
            stored = servers.stored()
            until(lambda: servers.is_quiet(stored), _LONGEST)
            log.add("fed", stored=stored, sent=feeder.sent, poison=feeder.poison)
        finally:
            for one in (feeder, visitor, sampler):
                one.halt()
        codes = [one.stop() for one in (*servers.daemons, servers.console) if one.alive]
        log.add("stopped", codes=codes, died=[one.died for one in servers.daemons])
        assert twin.wait(_LONGEST) == 0
        _look(servers, folder, log, visitor)
    shutil.rmtree(folder, ignore_errors=True)


def _disturb(servers: Servers, log: Log, chance: random.Random, chosen: argparse.Namespace) -> None:
    """Strike again and again, until it is time for the end."""
    deck, end = Deck(chance), log.began + chosen.minutes * 60 - _TAIL

    def pause(seconds: float) -> None:
        time.sleep(max(0.0, min(seconds, end - time.monotonic())))

    pause(chosen.calm * 60)
    while time.monotonic() < end:
        fault, known, failure = deck.draw(servers), len(servers.recoveries), ""
        began = time.monotonic()
        try:
            fault.strike(servers)
        except Exception as error:  # noqa: BLE001 - it is told, and the run goes on
            failure = f"{type(error).__name__}: {error}"
            traceback.print_exc()
        finally:
            _heal(servers, fault)
        took, felt = time.monotonic() - began, servers.recoveries[known:]
        log.add("fault", fault=fault.name, seconds=took, recoveries=felt, failure=failure)
        minute = (time.monotonic() - log.began) / 60
        print(f"{minute:5.1f} min  {fault.name}, {took:.1f} s {failure}", flush=True)
        pause(chance.uniform(0.5, 1.5) * chosen.every)


def _heal(servers: Servers, fault: Fault) -> None:
    """Have everything back, whatever became of the blow."""
    fault.tidy(servers)
    servers.kafka.start()
    for proxy in (*servers.kafka.proxies, servers.postgres.proxy):
        proxy.heal()
    for daemon in servers.daemons:
        if daemon.alive:
            daemon.thaw()
        daemon.revive()
        daemon.start()


@contextmanager
def _twin(world: World, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "tests.soak.twin", str(world.folder), str(folder)]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _look(servers: Servers, folder: Path, log: Log, visitor: Visitor) -> None:
    """Compare what came out."""
    alike = compare(servers.store, folder / "twin.db")
    messages = (one.message for one in servers.soaked.records())
    poison = {message.value or b"" for message in messages if is_poison(message)}
    out = published(servers.store, servers.kafka.settings, poison)
    log.add("compared", **alike._asdict())
    log.add("published", **out._asdict())
    log.add("console", answers=dict(visitor.answers), hints=visitor.hints)
    kept = HOME / f"{log.path.stem}-logs"
    kept.mkdir(exist_ok=True)
    for n, process in enumerate((*servers.daemons, servers.console)):
        shutil.copy(process.log, kept / f"{n}.log")


if __name__ == "__main__":
    sys.exit(main())
