"""The peers of `make bench_peers`, really running."""

import os
from pathlib import Path

from correlator.model import MINUTE
from tests.benchmarks.peers import alertmanager, drools, sec
from tests.benchmarks.peers.engine import engine
from tests.benchmarks.peers.feed import NOTHING, Item, items_of
from tests.benchmarks.peers.firings import Firing
from tests.benchmarks.peers.process import MissingError
from tests.harness.unavailable import unavailable

BEGIN = 1_772_409_600_000  # 2026-03-02
PYTHON = Path(os.environ.get("CORRELATOR_PEERS_PYTHON", drools.PYTHON))


def at(minute: float) -> int:
    return BEGIN + round(minute * MINUTE)


def alarm(minute: float, name: str, node: str, state: str = "raised") -> Item:
    return Item(at(minute), "alarm", state, name, node, node, "major")


def tickets(node: str, *minutes: float) -> list[Item]:
    return [
        Item(at(one), "ticket", "created", f"T-{node}-{one}", node, NOTHING, NOTHING)
        for one in minutes
    ]


FEED = sorted([
    *tickets("DSL-1", 0, 10, 20, 30, 40),
    *tickets("DSL-2", 0.5, 20.5, 40.5, 59.5, 61),  # never five within an hour
    alarm(1, "A1", "DSL-1"), alarm(2, "A1", "DSL-1", "cleared"), alarm(6, "A2", "DSL-1"),
    alarm(11, "A3", "DSL-1"),
    alarm(3, "B1", "DSL-2"), alarm(4, "B2", "DSL-2"), alarm(19, "B3", "DSL-2"),
])  # fmt: skip
WANTED = [
    Firing("alarms", at(11), "DSL-1"),
    Firing("tickets", at(40), "DSL-1"),
]


def test_sec_by_the_clock_of_the_events_finds_what_is_within_a_window(tmp_path: Path) -> None:
    try:
        ran = sec.sec(FEED, tmp_path)
    except MissingError as missing:
        unavailable("SEC", str(missing))
    assert ran.firings == [one._replace(at=one.at + 999) for one in WANTED]
    # By the clock of the machine all of it is within a second.
    assert ran.fired == 4
    assert ran.cost.events == ran.in_event_time.events == len(FEED)


def test_drools_finds_what_is_within_a_window(tmp_path: Path) -> None:
    try:
        ran = drools.drools(FEED, PYTHON, tmp_path)
    except MissingError as missing:
        unavailable("Drools", str(missing))
    assert ran.firings == WANTED
    assert ran.version.startswith("0.4.")
    assert ran.warm.events == len(FEED)


def test_alertmanager_tells_of_every_node_with_alarms(tmp_path: Path) -> None:
    over = [alarm(62 + n, name, node, "cleared") for n, (name, node) in enumerate(
        [("A2", "DSL-1"), ("A3", "DSL-1"), ("B1", "DSL-2"), ("B2", "DSL-2")]
    )]  # fmt: skip
    feed = [*FEED, *over, alarm(120, "C1", "DSL-3")]
    try:
        ran = alertmanager.alertmanager(feed, tmp_path, 4)
    except MissingError as missing:
        unavailable("Alertmanager", str(missing))
    groups = alertmanager.incidents_of(ran.told)
    assert {one.cause for one in groups} == {"DSL-1", "DSL-2", "DSL-3"}
    told = {name for one in groups for name in one.alarm_ids}
    assert told >= {"A2", "A3", "B1", "B2", "B3", "C1"}
    assert {one.body["status"] for one in ran.told} == {"firing", "resolved"}
    assert ran.cost.events == sum(item.kind == "alarm" for item in feed)


def test_the_engine_takes_the_same_records(small_world: Path, tmp_path: Path) -> None:
    items = items_of(small_world)
    both = engine(small_world, tmp_path, "alarms", "tickets")
    assert both.warm.events == both.cold.events == len(items)
    assert both.incidents
    alone = engine(small_world, tmp_path, "alarms")
    assert alone.warm.events == sum(item.kind == "alarm" for item in items)
    assert not any(one.tickets for one in alone.network)
