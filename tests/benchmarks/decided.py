"""Hashes of all that is decided over simulated worlds: whether a change of speed changed anything.

python -m tests.benchmarks.decided [WORLD ...] [--folder FOLDER] [--against FILE] [--write FILE]

For each world two hashes: `decisions` of what people and other systems are told (lines of
incidents, of network incidents and verdicts, and every change of a link), and `effects` of every
effect in its order, to the last bit. A compiled loop that adds up in another order may move the
second, and may not move the first. Printed with them: what an event cost of CPU time, beside its
floor, which is `msgspec` decoding the same lines without a type.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import msgspec

import rules
import topology
from correlator.engine import Engine, EngineSettings
from correlator.formats.decode import DECODERS, decode_alarm
from correlator.model import Effect, Event, LinkChanged, arrival_order
from correlator.simulate import WorldSettings, simulate
from correlator.tools.feeds import feeds_in
from correlator.tools.replay import Outcome, drive
from tests.benchmarks.bench_replay import chosen

Lines = list[tuple[str, bytes]]

RECORD = Path(__file__).with_name("decided.json")
WARM = 2_000
"""Events after which every compiled loop has been loaded."""


def _with(settings: WorldSettings, **changes: object) -> WorldSettings:
    return msgspec.structs.replace(settings, **changes)


WORLDS: dict[str, WorldSettings] = {
    "dense": WorldSettings(
        seed=13, customers=120_000, days=4, contact_rate=13.0, outages_per_day=4.3
    ),
    "thin": WorldSettings(seed=5, customers=120_000, days=4),
    "hard-a": WorldSettings.hard(seed=21, customers=20_000, days=4),
    "hard-b": WorldSettings.hard(seed=22, customers=60_000, days=3),
    "storms": _with(
        WorldSettings.hard(seed=23, customers=60_000, days=2),
        storms_per_week=14.0,
        surges_per_week=14.0,
    ),
    "wide": WorldSettings(
        seed=24,
        customers=60_000,
        days=4,
        vendor_share=0.3,
        wide_per_week=5.0,
        combinations_per_week=5.0,
        placed_share=0.01,
        habit_places=4,
        rings=3,
        ring_cuts_per_week=4.0,
        ring_single_cuts_per_week=4.0,
        power=True,
        power_cuts_per_week=3.0,
        texts="fresh",
    ),
    "untyped": WorldSettings(seed=25, customers=20_000, days=4, untyped=True),
    "year": WorldSettings(seed=26, customers=20_000, days=365),
}
"""Worlds by name; `dense` is 27 events a minute, `thin` 4."""
THINNED = {"dense": 0.5, "thin": 0.5}
"""Alarms for each ticket at most."""


class Decided(msgspec.Struct, frozen=True):
    """What was decided over a world, and the events of which it was: their own hash."""

    feeds: str
    decisions: str
    effects: str


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("worlds", nargs="*", default=[*WORLDS], metavar="WORLD")
    parser.add_argument("--folder", type=Path, help="keep the worlds here")
    parser.add_argument("--against", type=Path, default=RECORD, help="hashes on record")
    parser.add_argument("--write", type=Path, help="write the hashes to this file")
    options = parser.parse_args()
    before = _read(options.against)
    found: dict[str, Decided] = {}
    with tempfile.TemporaryDirectory(prefix="gi-decided-") as kept:
        for name in options.worlds:
            found[name] = decided(name, made(name, options.folder or Path(kept)))
            print(f"{name:8} {verdict(found[name], before.get(name))}", flush=True)
    if options.write is not None:
        shown = msgspec.json.encode({**_read(options.write), **found})
        options.write.write_bytes(msgspec.json.format(shown) + b"\n")
    return any(found[n].decisions != before[n].decisions for n in found if n in before)


def _read(path: Path) -> dict[str, Decided]:
    return msgspec.json.decode(path.read_bytes(), type=dict[str, Decided]) if path.exists() else {}


def verdict(found: Decided, before: Decided | None) -> str:
    """Return in words whether the same was decided as is on record."""
    if before is None:
        return "not on record"
    if before.feeds != found.feeds:
        return "OTHER EVENTS than on record"
    if before.decisions != found.decisions:
        return "DECIDED OTHERWISE"
    return "the same" if before.effects == found.effects else "the same, but for last digits"


def made(name: str, folder: Path) -> Path:
    """Return the folder of a world, made if it is not there."""
    world = folder / name
    if not world.exists():
        simulate(WORLDS[name], world)
    return world


def lines_of(name: str, world: Path) -> Lines:
    """Return the lines of a world by topic, its alarms thinned where there are too many."""
    lines = {feed.topic: feed.path.read_bytes().splitlines() for feed in feeds_in(world)}
    if name in THINNED:
        most = THINNED[name] * len(lines["gi.tickets"])
        share = min(1.0, most / max(1, len(lines["gi.alarms"])))
        lines["gi.alarms"] = [
            line for line in lines["gi.alarms"] if chosen(decode_alarm(line).id, share)
        ]
    return [(topic, line) for topic, found in lines.items() for line in found]


def decided(name: str, world: Path) -> Decided:
    """Run a world, print what it cost, and return its hashes."""
    lines = lines_of(name, world)
    floor = min(spent(lambda: drop(lines)) for _ in range(3))
    events: list[Event] = [DECODERS[topic](line) for topic, line in lines]
    events.sort(key=arrival_order)
    inventory = topology.load(world / "topology")
    run(inventory, events[:WARM], lambda _: None)
    outcome, seen = Outcome(), Hashes()

    def take(effect: Effect) -> None:
        outcome.take(effect)
        seen.take(effect)

    engine = spent(lambda: run(inventory, events, lambda _: None))
    run(inventory, events, take)
    print(
        f"{name:8} {len(events):,} events, {len(outcome.announced())} announced: "
        f"{engine / len(events) * 1e6:.1f} µs an event in the engine, "
        f"{engine / floor:.0f} × floor of {floor / len(events) * 1e6:.2f} µs"
    )
    told = [*outcome.incident_lines(), *outcome.network_lines(), *outcome.verdict_lines()]
    return Decided(
        feeds=sha256(b"\n".join(line for _, line in lines)).hexdigest(),
        decisions=sha256(b"\n".join([*told, seen.links.hexdigest().encode()])).hexdigest(),
        effects=seen.effects.hexdigest(),
    )


class Hashes:
    """Hashes of effects as they come."""

    def __init__(self) -> None:
        self.effects = sha256()
        self.links = sha256()
        self._encode = msgspec.json.Encoder()

    def take(self, effect: Effect) -> None:
        """Follow one effect."""
        row = self._encode.encode((type(effect).__name__, effect))
        self.effects.update(row)
        if isinstance(effect, LinkChanged):
            self.links.update(row)


def run(inventory: topology.Topology, events: list[Event], take: Callable[[Effect], None]) -> None:
    """Run an engine over events."""
    for effect in drive(Engine(inventory, rules.load(), EngineSettings()), events):
        take(effect)


def spent(work: Callable[[], object]) -> float:
    """Return the CPU seconds of this thread that `work` takes."""
    began = time.thread_time()
    work()
    return time.thread_time() - began


def drop(lines: Lines) -> None:
    """Decode every line without a type, and let go of it."""
    decoder = msgspec.json.Decoder()
    for _, line in lines:
        decoder.decode(line)


if __name__ == "__main__":
    sys.exit(main())
