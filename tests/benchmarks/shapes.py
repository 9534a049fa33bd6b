"""How well it does on the shapes that real feeds have and plain worlds have not.

python -m tests.benchmarks.shapes [wide combinations rings habits network nobody] [--seeds 2]

Each shape is a simulated operator with one further trouble (`correlator simulate -o`), replayed and
measured against its truth; the bars are the project's own.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import rules
import topology
from correlator.engine import Engine, EngineSettings
from correlator.simulate import WorldSettings, simulate
from correlator.simulate.settings import DAY
from correlator.tools.answers import attribute_columns
from correlator.tools.evaluate import match_incidents
from correlator.tools.feeds import feeds_of, merged
from correlator.tools.network_measures import network_measures
from correlator.tools.replay import replay
from correlator.tools.worldfiles import Incident, Outage, Truth, read_incidents, read_truth, seconds

FIRST_DAYS = 2.0
"""Days of a cold start that count for nothing."""
SHARES = (0.05, 0.1, 0.2, 0.4, 0.55, 0.7)


class Run(NamedTuple):
    """A world's truth, and what was announced and grouped."""

    truth: Truth
    incidents: list[Incident]
    network: list[Incident]

    def due(self, level: str) -> list[Outage]:
        """Return the due outages of a level, but for those of the first days."""
        begins = seconds(self.truth.start) + FIRST_DAYS * DAY / 1000
        return [
            one
            for one in self.truth.outages
            if one.due and one.level == level and seconds(one.start) > begins
        ]


def run(settings: WorldSettings) -> Run:
    """Simulate and replay a world."""
    with TemporaryDirectory() as folder:
        world = Path(folder)
        simulate(settings, world)
        columns = attribute_columns(world / "topology")
        inventory = topology.load(world / "topology", columns)
        files = {n: world / f"{n}.jsonl" for n in ("tickets", "alarms", "maintenance")}
        events = merged(feeds_of({**files, "actions": None}), lambda _letter: None)
        done = replay(Engine(inventory, rules.load(), EngineSettings()), events).outcome
        (world / "incidents").write_bytes(b"\n".join(done.incident_lines()))
        (world / "network").write_bytes(b"\n".join(done.network_lines()))
        return Run(
            read_truth(world),
            read_incidents(world / "incidents"),
            read_incidents(world / "network"),
        )


def named(one: Incident) -> str:
    """Return the cause that an incident named last."""
    return "+".join(sorted(resource.id for resource in one.root_cause))


def ever(found: Run, outage: Outage) -> tuple[bool, bool, float]:
    """Return whether the first and the last cause named are right, and the delay in seconds.

    That is, from the fourth caller's ticket to the first incident on the outage.
    """
    on = match_incidents(found.truth, found.incidents).on.get(outage.id, ())
    if not on:
        return False, False, float("inf")
    first = min(on, key=lambda one: one.creation_date)
    last = max(on, key=lambda one: len(one.tickets))
    late = seconds(first.creation_date) - seconds(outage.fourth or outage.start)
    return first.first_cause in outage.right, named(last) in outage.right, late


def share(what: list[bool]) -> str:
    """Return a share as text."""
    return f"{sum(what) / len(what):.3f} of {len(what)}" if what else "-"


def wide(seeds: range) -> Iterator[tuple[str, Any]]:
    """Yield, by share of the lines, how many were named rightly within three minutes."""
    for part in SHARES:
        found = [
            ever(one, outage)
            for seed in seeds
            for one in [run(_world(seed, vendor_share=part, wide_per_week=5.0, call_rate=4.0))]
            for outage in one.due("vendor")
        ]
        yield f"a value of {part:.0%}: right in 3 min", share([r and d <= 180 for r, _, d in found])
        yield f"a value of {part:.0%}: right in the end", share([last for _, last, _ in found])


def combinations(seeds: range) -> Iterator[tuple[str, Any]]:
    """Yield how many combinations were named exactly."""
    worlds = [
        run(_world(seed, vendor_share=0.3, combinations_per_week=7.0, call_rate=2.0))
        for seed in seeds
    ]
    found = [ever(one, outage) for one in worlds for outage in one.due("combination")]
    yield "combinations named exactly, first", share([first for first, _, _ in found])
    yield "combinations named exactly, in the end", share([last for _, last, _ in found])


def rings(seeds: range) -> Iterator[tuple[str, Any]]:
    """Yield how many double cuts of a ring were one incident."""
    one_each, right = [], []
    for seed in seeds:
        found = run(_world(seed, customers=60_000, rings=2, ring_cuts_per_week=14.0))
        match = match_incidents(found.truth, found.incidents)
        for outage in found.due("ring"):
            one_each.append(len(match.on.get(outage.id, ())) == 1)
            right.append(ever(found, outage)[1])
    yield "ring cuts with one incident", share(one_each)
    yield "ring cuts, right arc in the end", share(right)


def habits(seeds: range) -> Iterator[tuple[str, Any]]:
    """Yield how many incidents habits made in the two weeks of learning, and in eight after."""
    for seed in seeds:
        found = run(_world(seed, days=70, habit_places=4, outages_per_day=0.5))
        mine = {ticket for habit in found.truth.habits for ticket in habit.tickets}
        learned = seconds(found.truth.start) + 14 * DAY / 1000
        of = [
            seconds(one.creation_date)
            for one in found.incidents
            if len(one.ticket_ids & mine) * 2 >= len(one.ticket_ids) > 0
        ]
        yield f"habits, seed {seed}: incidents in two weeks", sum(at < learned for at in of)
        yield f"habits, seed {seed}: in the eight weeks after", sum(at >= learned for at in of)


def network(seeds: range) -> Iterator[tuple[str, Any]]:
    """Yield how alarms without callers were grouped."""
    for seed in seeds:
        more = {"power": True, "power_cuts_per_week": 6.0, "quiet_outages_per_week": 20.0}
        found = run(_world(seed, customers=60_000, rings=2, ring_cuts_per_week=4.0, **more))
        for name, value in network_measures(found.truth, found.network).items():
            yield f"network, seed {seed}: {name}", value


def nobody(seeds: range) -> Iterator[tuple[str, Any]]:
    """Yield recall and false incidents where a third of the tickets names no customer."""
    for seed in seeds:
        found = run(_world(seed, anonymous_share=0.33, placed_share=0.5))
        match = match_incidents(found.truth, found.incidents)
        due = [one for one in found.truth.outages if one.due and not one.planned]
        yield f"no customer, seed {seed}: found", share([one.id in match.on for one in due])
        yield f"no customer, seed {seed}: false", len(match.false)


def _world(seed: int, **more: Any) -> WorldSettings:
    usual = {"customers": 20_000, "days": 14, "outages_per_day": 2.0, "seed": seed}
    return WorldSettings(**{**usual, **more})


SHAPES: dict[str, Callable[[range], Iterator[tuple[str, Any]]]] = {
    "wide": wide, "combinations": combinations, "rings": rings, "habits": habits,
    "network": network, "nobody": nobody,
}  # fmt: skip


def main() -> int:
    """Print the measures."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.shapes")
    parser.add_argument("shapes", nargs="*", help=", ".join(SHAPES))
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--first-seed", type=int, default=201)
    asked = parser.parse_args()
    seeds = range(asked.first_seed, asked.first_seed + asked.seeds)
    for shape in asked.shapes or SHAPES:
        for name, value in SHAPES[shape](seeds):
            shown = f"{value:.3f}" if isinstance(value, float) else value
            print(f"{name:48} {shown}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
