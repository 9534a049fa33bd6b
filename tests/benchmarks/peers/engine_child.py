"""The engine over a world's files, in a process of its own; prints what it cost as JSON.

python -m tests.benchmarks.peers.engine_child WORLD OUT alarms [tickets]
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import rules
import topology
from correlator.engine import Engine, EngineSettings
from correlator.formats.decode import DECODERS
from correlator.model import Event, arrival_order
from correlator.tools.feeds import feeds_in
from correlator.tools.replay import Outcome, drive


def main(world: Path, out: Path, *kinds: str) -> None:
    """Decode, order and decide, twice: the first time loops are loaded; write the incidents."""
    began = time.perf_counter()
    files = [feed for feed in feeds_in(world) if feed.path.stem in kinds]
    lines = [(one.topic, line) for one in files for line in one.path.read_bytes().splitlines()]
    inventory = topology.load(world / "topology")
    start = time.perf_counter() - began
    cold, _ = _timed(inventory, lines)
    warm, outcome = _timed(inventory, lines)
    found = {"incidents": outcome.incident_lines(), "network": outcome.network_lines()}
    for name, records in found.items():
        (out / f"{name}.jsonl").write_bytes(b"".join(line + b"\n" for line in records))
    told = {"events": len(lines), "start": start, "cold": cold, "warm": warm}
    json.dump(told, sys.stdout)


def _timed(
    inventory: topology.Topology, lines: list[tuple[str, bytes]]
) -> tuple[dict[str, float], Outcome]:
    wall, cpu = time.perf_counter(), time.process_time()
    outcome = _decide(inventory, lines)
    spent = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    return spent, outcome


def _decide(inventory: topology.Topology, lines: list[tuple[str, bytes]]) -> Outcome:
    events: list[Event] = [DECODERS[topic](line) for topic, line in lines]
    events.sort(key=arrival_order)
    outcome = Outcome()
    for effect in drive(Engine(inventory, rules.load(), EngineSettings()), events):
        outcome.take(effect)
    return outcome


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
