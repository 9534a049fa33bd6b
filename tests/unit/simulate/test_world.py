from __future__ import annotations

import csv
import json
from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from correlator.simulate import WorldSettings, WorldSummary, simulate, simulate_evening
from tests.harness.recount import recount

if TYPE_CHECKING:
    from pathlib import Path

STREAMS = ("tickets.jsonl", "alarms.jsonl", "maintenance.jsonl")
FILES = (
    *STREAMS,
    "truth.json",
    "topology/equipment.csv",
    "topology/dependencies.csv",
    "topology/customers.csv",
)
OUTAGE_KEYS = {
    *("id", "kind", "level", "cause", "start", "end", "silent", "planned", "customers", "tickets"),
    *("alarms", "callers", "within2h", "fourth", "due", "equivalent", "near"),
}
WORLDS = {
    "plain": WorldSettings.plain(seed=3, customers=12_000, days=5),
    "hard": WorldSettings.hard(seed=5, customers=12_000, days=7),
    "small": WorldSettings.plain(seed=2, customers=1_000, days=2),
    "evening": None,
}


class World:
    def __init__(self, path: Path, settings: WorldSettings | None) -> None:
        self.path = path
        self.settings = settings
        self.summary: WorldSummary = (
            simulate_evening(path, 1) if settings is None else simulate(settings, path)
        )
        self.events = {name: self.lines(name) for name in STREAMS}
        self.truth: dict[str, Any] = json.loads((path / "truth.json").read_text())

    def lines(self, name: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.path / name).read_text().splitlines()]

    def table(self, name: str) -> list[dict[str, str]]:
        with (self.path / "topology" / name).open(newline="") as file:
            return list(csv.DictReader(file))

    def tickets(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for event in self.events["tickets.jsonl"]:
            found.setdefault(event["event"]["troubleTicket"]["id"], event)
        return found


@pytest.fixture(scope="module", params=sorted(WORLDS))
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp(request.param), WORLDS[request.param])


def is_utc(text: str) -> bool:
    return text.endswith("Z") and datetime.fromisoformat(text).utcoffset() is not None


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    settings = WorldSettings.hard(seed=4, customers=3_000, days=3)
    simulate(settings, tmp_path / "one")
    simulate(settings, tmp_path / "two")
    for name in FILES:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_another_seed_gives_another_world(tmp_path: Path) -> None:
    for seed in (1, 2):
        simulate(WorldSettings.plain(seed=seed, customers=1_000, days=1), tmp_path / str(seed))
    for name in ("tickets.jsonl", "topology/customers.csv"):
        assert (tmp_path / "1" / name).read_bytes() != (tmp_path / "2" / name).read_bytes()


def test_streams_are_sorted_by_time_and_event_id(world: World) -> None:
    for name in STREAMS:
        keys = [(event["eventTime"], event["eventId"]) for event in world.events[name]]
        assert keys == sorted(keys)
        assert len({event["eventId"] for event in world.events[name]}) == len(keys)


def test_tickets_have_what_the_contract_asks(world: World) -> None:
    for event in world.events["tickets.jsonl"]:
        assert set(event) == {"eventId", "eventType", "eventTime", "event"}
        assert event["eventType"].startswith("TroubleTicket")
        ticket = event["event"]["troubleTicket"]
        assert {"id", "creationDate", "description", "status", "severity", "channel"} <= set(ticket)
        assert is_utc(event["eventTime"])
        assert is_utc(ticket["creationDate"])
        assert ticket["creationDate"] <= event["eventTime"]
        assert ticket["description"].strip()


def test_a_ticket_begins_with_its_creation(world: World) -> None:
    for event in world.tickets().values():
        assert event["eventType"] == "TroubleTicketCreateEvent"
        assert event["event"]["troubleTicket"]["status"] == "acknowledged"


def test_alarms_have_what_the_contract_asks(world: World) -> None:
    for event in world.events["alarms.jsonl"]:
        alarm = event["event"]["alarm"]
        assert alarm["id"]
        assert alarm["alarmedObject"]["id"]
        assert alarm["state"] in {"raised", "updated", "cleared"}
        assert (alarm["perceivedSeverity"] == "cleared") == (alarm["state"] == "cleared")
        assert is_utc(event["eventTime"])
        assert is_utc(alarm.get("alarmRaisedTime") or alarm["alarmClearedTime"])


def test_an_alarm_is_raised_before_it_is_cleared_and_not_twice(world: World) -> None:
    live = set()
    for event in world.events["alarms.jsonl"]:
        alarm = event["event"]["alarm"]
        if alarm["state"] == "raised":
            assert alarm["id"] not in live
            live.add(alarm["id"])
        else:
            assert alarm["id"] in live
        if alarm["state"] == "cleared":
            live.remove(alarm["id"])


def test_maintenance_is_announced_before_it_begins(world: World) -> None:
    known = {row["id"] for row in world.table("equipment.csv")}
    for event in world.events["maintenance.jsonl"]:
        record = event["event"]["maintenance"]
        assert event["eventTime"] <= record["start"] < record["end"]
        assert set(record["objects"]) <= known


def test_the_inventory_is_whole(world: World) -> None:
    known = {row["id"] for row in world.table("equipment.csv")}
    for row in world.table("dependencies.csv"):
        assert {row["id"], row["depends_on"]} <= known
    customers = [row["customer_id"] for row in world.table("customers.csv")]
    assert len(set(customers)) == len(customers)
    for row in world.table("customers.csv"):
        assert set(row["depends_on"].split()) <= known
    if world.settings is None or not world.settings.missing_rows_share:
        assert len(customers) == world.truth["customers"]


def test_the_truth_has_the_keys_of_the_contract(world: World) -> None:
    assert set(world.truth) == {"start", "days", "customers", "external", "outages"}
    for outage in world.truth["outages"]:
        assert set(outage) == OUTAGE_KEYS
        assert is_utc(outage["start"])
        assert is_utc(outage["end"])
        assert outage["start"] < outage["end"]
        assert not (outage["planned"] and outage["due"])


def test_the_truth_agrees_with_the_other_files(world: World) -> None:
    assert recount(world.path) == []


def test_a_ticket_has_one_cause(world: World) -> None:
    owners = Counter(ticket for one in world.truth["outages"] for ticket in one["tickets"])
    owners.update(world.truth["external"])
    assert set(owners) <= set(world.tickets())
    assert set(owners.values()) <= {1}


def test_nobody_calls_before_the_outage(world: World) -> None:
    tickets = world.tickets()
    for outage in world.truth["outages"]:
        for name in outage["tickets"]:
            created = tickets[name]["event"]["troubleTicket"]["creationDate"]
            assert created >= outage["start"]


def test_alarms_of_an_outage_exist_and_silent_ones_have_none(world: World) -> None:
    raised = {event["event"]["alarm"]["id"] for event in world.events["alarms.jsonl"]}
    for outage in world.truth["outages"]:
        assert set(outage["alarms"]) <= raised
        if outage["silent"]:
            assert outage["alarms"] == []


def test_causes_are_in_the_inventory(world: World) -> None:
    known = {row["id"] for row in world.table("equipment.csv")}
    values = {
        f"{column}={row[column]}"
        for row in world.table("customers.csv")
        for column in ("cpe_model", "cpe_firmware")
    }
    for outage in world.truth["outages"]:
        assert {outage["cause"], *outage["equivalent"], *outage["near"]} <= known | values


def test_the_summary_counts_what_was_written(world: World) -> None:
    assert world.summary.tickets == len(world.tickets())
    assert world.summary.ticket_events == len(world.events["tickets.jsonl"])
    assert world.summary.alarm_events == len(world.events["alarms.jsonl"])
    assert world.summary.maintenance_events == len(world.events["maintenance.jsonl"])
    assert world.summary.outages == len(world.truth["outages"])
    assert world.summary.due == sum(one["due"] for one in world.truth["outages"])
    assert world.summary.external == len(world.truth["external"])


def test_a_plain_world_has_the_usual_rate(tmp_path: Path) -> None:
    summary = simulate(WorldSettings.plain(seed=6, customers=20_000, days=7), tmp_path)
    assert 0.0008 < summary.tickets / (20_000 * 7 * 24) < 0.0018


def test_the_evening_tells_its_story(tmp_path: Path) -> None:
    story = World(tmp_path, None)
    evening = [one for one in story.truth["outages"] if one["start"] >= "2026-03-11T16:00"]
    by_level = {one["level"]: one for one in evening}
    assert set(by_level) == {"card", "agg", "olt"}
    assert by_level["card"]["silent"]
    assert by_level["card"]["due"]
    assert by_level["agg"]["alarms"]
    assert by_level["agg"]["due"]
    assert by_level["olt"]["planned"]
    assert by_level["olt"]["tickets"]
    assert story.events["maintenance.jsonl"][0]["event"]["maintenance"]["objects"] == [
        by_level["olt"]["cause"]
    ]
    assert len(story.truth["external"]) > 150
    assert max(one["end"] for one in evening) < story.summary.end == "2026-03-11T22:30:00.000Z"
    assert sum(one["due"] for one in story.truth["outages"]) == 5
