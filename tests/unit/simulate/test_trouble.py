"""Each share of real-feed trouble, alone in a world of its own."""

from __future__ import annotations

import csv
import json
from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pytest

from correlator.simulate import SettingsError, WorldSettings, simulate
from correlator.simulate.domains import customers_under, equivalent, failed_with, near
from correlator.simulate.feeds import held_back
from correlator.simulate.network import build_network
from correlator.simulate.rhythm import Rhythm
from correlator.simulate.settings import HOUR, to_ms, to_text

if TYPE_CHECKING:
    from pathlib import Path

PLAIN = WorldSettings.plain(seed=9, customers=4_000, days=4)


def but(**changes: Any) -> WorldSettings:
    return msgspec.structs.replace(PLAIN, **changes)


def tickets(path: Path) -> list[dict[str, Any]]:
    lines = (path / "tickets.jsonl").read_text().splitlines()
    events = [json.loads(line) for line in lines]
    return [one for one in events if one["eventType"] == "TroubleTicketCreateEvent"]


def body(event: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = event["event"]["troubleTicket"]
    return found


def alarms(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (path / "alarms.jsonl").read_text().splitlines()]


def truth(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((path / "truth.json").read_text())
    return found


def known(path: Path, name: str, column: str) -> set[str]:
    with (path / "topology" / name).open(newline="") as file:
        return {row[column] for row in csv.DictReader(file)}


def test_untyped_worlds_have_no_ticket_type(tmp_path: Path) -> None:
    simulate(but(untyped=True), tmp_path)
    assert not any("ticketType" in body(event) for event in tickets(tmp_path))


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_missing_symptoms_and_anonymous_tickets_follow_their_share(
    tmp_path: Path, share: float
) -> None:
    simulate(but(missing_symptom_share=share, anonymous_share=share), tmp_path)
    written = [body(event) for event in tickets(tmp_path)]
    for key in ("ticketType", "relatedParty"):
        missing = sum(key not in ticket for ticket in written) / len(written)
        assert missing == pytest.approx(share, abs=0.08)


def test_missing_rows_are_missing(tmp_path: Path) -> None:
    simulate(but(missing_rows_share=0.1), tmp_path)
    rows = known(tmp_path, "customers.csv", "customer_id")
    assert len(rows) == pytest.approx(3_600, rel=0.03)
    assert truth(tmp_path)["customers"] == 4_000


def test_wrong_rows_change_the_inventory_only() -> None:
    network = build_network(but(wrong_rows_share=0.1))
    wrong = np.mean(network.true.access != network.written.access)
    assert 0.05 < wrong < 0.12


def test_one_of_two_uplinks_masks_a_failure() -> None:
    network = build_network(but(customers=20_000, redundant_share=1.0, fibre_share=0.0))
    for gate in network.of_type["bng"]:
        assert failed_with(network, int(gate)) == {int(gate)}
        assert len(customers_under(network, int(gate))) == 0
    switch = int(network.of_type["aggregation-switch"][0])
    assert len(customers_under(network, switch)) > 0


def test_without_redundancy_everything_is_under_the_core() -> None:
    network = build_network(PLAIN)
    cores = [customers_under(network, int(core)) for core in network.of_type["core-router"]]
    assert sorted(np.concatenate(cores).tolist()) == list(range(4_000))


def test_a_port_with_one_splitter_is_the_same_domain_as_the_splitter() -> None:
    network = build_network(but(fibre_share=1.0))
    children = network.equipment.children
    single = next(int(p) for p in network.of_type["pon-port"] if len(children[int(p)]) == 1)
    port, splitter = (network.equipment.ids[place] for place in (single, children[single][0]))
    assert splitter in equivalent(network, port)
    assert port in equivalent(network, splitter)
    assert {splitter, port.partition("/")[0]} <= set(near(network, port))


def test_near_of_a_firmware_is_its_model() -> None:
    assert near(build_network(PLAIN), "cpe_firmware=5.1.0") == ["cpe_model=NB5"]


def test_surges_are_external_and_from_everywhere(tmp_path: Path) -> None:
    simulate(but(customers=20_000, days=7, surges_per_week=3.0), tmp_path)
    external = set(truth(tmp_path)["external"])
    told = Counter(
        body(event).get("ticketType")
        for event in tickets(tmp_path)
        if body(event)["id"] in external
    )
    assert len(external) > 10
    assert sum(told[name] for name in ("slow", "no-internet", "billing")) > 0.7 * len(external)


def test_storms_bring_many_separate_outages(tmp_path: Path) -> None:
    calm = simulate(but(customers=20_000), tmp_path / "calm")
    storm = simulate(but(customers=20_000, storms_per_week=4.0), tmp_path / "storm")
    assert storm.outages >= calm.outages + 6


def test_outages_nest_and_repeat(tmp_path: Path) -> None:
    settings = but(customers=20_000, days=10, nested_share=1.0, twice_share=1.0)
    simulate(settings, tmp_path)
    outages = [one for one in truth(tmp_path)["outages"] if not one["planned"]]
    assert max(Counter(one["cause"] for one in outages).values()) >= 2
    calm = simulate(but(customers=20_000, days=10), tmp_path / "calm")
    assert len(outages) > 1.5 * calm.outages


def test_planned_works_can_overrun_or_be_cancelled(tmp_path: Path) -> None:
    settings = but(customers=20_000, days=20, days_between_works=1.0)
    simulate(msgspec.structs.replace(settings, overrun_share=1.0), tmp_path / "late")
    lines = (tmp_path / "late" / "maintenance.jsonl").read_text().splitlines()
    ends = {
        record["objects"][0]: record["end"]
        for record in (json.loads(line)["event"]["maintenance"] for line in lines)
    }
    planned = [one for one in truth(tmp_path / "late")["outages"] if one["planned"]]
    assert planned
    assert sum(one["end"] > ends[one["cause"]] for one in planned) > 0.7 * len(planned)
    simulate(msgspec.structs.replace(settings, cancelled_works_share=1.0), tmp_path / "off")
    lines = (tmp_path / "off" / "maintenance.jsonl").read_text().splitlines()
    kinds = Counter(json.loads(line)["eventType"] for line in lines)
    assert kinds["MaintenanceCancelEvent"] == kinds["MaintenanceCreateEvent"] > 0
    assert not any(one["planned"] for one in truth(tmp_path / "off")["outages"])


def test_night_mails_come_at_eight(tmp_path: Path) -> None:
    simulate(but(customers=20_000, mail_import=True), tmp_path)
    paris = ZoneInfo("Europe/Paris")
    hours = Counter(
        datetime.fromisoformat(event["eventTime"]).astimezone(paris).hour
        for event in tickets(tmp_path)
        if body(event)["channel"]["name"] == "email"
    )
    assert not any(hours[hour] for hour in (*range(8), *range(20, 24)))
    assert hours[8] > 5


def test_a_stalled_feed_empties_at_once_and_in_order() -> None:
    times = np.array([5, 100, 150, 199, 200, 900])
    assert held_back(times, [(100, 200)]).tolist() == [5, 200, 200, 200, 200, 900]
    times = np.array([1_000, 500_000, 999_999])
    assert held_back(times, [(0, 1_000_000)]).tolist() == [1_000_005, 1_002_500, 1_004_999]


def test_stalls_delay_arrivals(tmp_path: Path) -> None:
    simulate(but(customers=20_000, days=7, stalls_per_week=6.0), tmp_path)
    lags = [
        to_ms(event["eventTime"]) - to_ms(body(event)["creationDate"])
        for event in tickets(tmp_path)
    ]
    assert sum(lag > HOUR / 2 for lag in lags) > 20


def test_alarms_of_unknown_objects_and_wrong_clocks(tmp_path: Path) -> None:
    simulate(but(unknown_objects_share=0.2, wrong_clock_share=0.5), tmp_path)
    things = known(tmp_path, "equipment.csv", "id")
    events = alarms(tmp_path)
    strange = sum(one["event"]["alarm"]["alarmedObject"]["id"] not in things for one in events)
    assert strange > 0.03 * len(events)
    off = [
        abs(to_ms(one["eventTime"]) - to_ms(one["event"]["alarm"]["alarmRaisedTime"]))
        for one in events
        if one["event"]["alarm"]["state"] == "raised"
    ]
    assert sum(lag > 4 * 60_000 for lag in off) > 0.2 * len(off)


def test_lost_sight_adds_unreachable_alarms_and_no_outage(tmp_path: Path) -> None:
    calm = simulate(but(customers=20_000), tmp_path / "calm")
    lost = simulate(but(customers=20_000, lost_sight_per_week=14.0), tmp_path / "lost")
    assert lost.outages == calm.outages
    assert lost.alarm_events > calm.alarm_events + 20


def test_repeat_callers_and_changes_follow_their_share(tmp_path: Path) -> None:
    none = simulate(but(repeat_share=0.0, change_share=0.0), tmp_path / "none")
    assert none.ticket_events == none.tickets
    many = simulate(but(repeat_share=0.5, change_share=0.5), tmp_path / "many")
    assert many.tickets > 1.2 * none.tickets
    assert many.ticket_events > 1.3 * many.tickets


def test_contact_shift_moves_the_day() -> None:
    window = (PLAIN.start_ms, PLAIN.end_ms)
    rng = np.random.default_rng(1)
    usual = Rhythm(PLAIN).spread(4_000, window, rng)
    rng = np.random.default_rng(1)
    shifted = Rhythm(but(contact_shift_hours=3.0)).spread(4_000, window, rng)

    def nightly(times: np.ndarray) -> float:
        local = Rhythm(PLAIN).local_ms(times) / HOUR
        return float(((local >= 22) | (local < 6)).mean())

    assert nightly(shifted) > 2 * nightly(usual)


def test_growth_and_contact_rate_scale_the_background(tmp_path: Path) -> None:
    quiet = but(customers=20_000, days=7, outages_per_day=0.0)
    usual = simulate(quiet, tmp_path / "usual").tickets
    more = msgspec.structs.replace(quiet, contact_rate=2.0)
    assert simulate(more, tmp_path / "more").tickets == pytest.approx(2 * usual, rel=0.1)
    grown = msgspec.structs.replace(quiet, growth_per_week=1.0)
    assert simulate(grown, tmp_path / "grown").tickets > 1.3 * usual
    old = msgspec.structs.replace(quiet, old_copper_share=1.0)
    assert simulate(old, tmp_path / "old").tickets > 1.3 * usual


def test_nobody_calls_at_night_and_few_on_sunday() -> None:
    settings = WorldSettings.plain(seed=1, customers=1_000, days=7)
    rhythm = Rhythm(settings)
    times = rhythm.spread(20_000, (settings.start_ms, settings.end_ms), np.random.default_rng(1))
    hours = rhythm.local_ms(times) // HOUR
    assert np.mean(hours < 6) < 0.05
    days = Counter(((times - settings.start_ms + HOUR) // (24 * HOUR)).tolist())
    assert days[0] > 1.1 * days[2] > 2 * days[6]


def test_activity_time_is_the_inverse_of_clock_time() -> None:
    rhythm = Rhythm(PLAIN)
    times = np.arange(PLAIN.start_ms, PLAIN.end_ms, 7 * 60_000)
    assert np.abs(rhythm.clock_at(rhythm.active_at(times)) - times).max() <= 1


@pytest.mark.parametrize("size", [1_000, 1_501, 50_000])
def test_sizes(tmp_path: Path, size: int) -> None:
    simulate(WorldSettings.plain(seed=1, customers=size, days=1), tmp_path)
    assert len(known(tmp_path, "customers.csv", "customer_id")) == size
    assert len(known(tmp_path, "equipment.csv", "id")) < size


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_all_copper_and_all_fibre(tmp_path: Path, share: float) -> None:
    simulate(but(fibre_share=share, days=10), tmp_path)
    kinds = known(tmp_path, "equipment.csv", "type")
    assert ("dslam" in kinds) == (share == 0.0)
    assert ("olt" in kinds) == (share == 1.0)


def test_wrong_settings_are_all_named() -> None:
    with pytest.raises(SettingsError) as caught:
        WorldSettings(customers=10, silent_share=1.5, start="yesterday", zone="Nowhere/At-all")
    for name in ("customers", "silent_share", "start", "zone"):
        assert f"{name}:" in str(caught.value)


def test_times_keep_their_milliseconds() -> None:
    assert to_text(to_ms("2026-03-29T01:00:00.007+01:00")) == "2026-03-29T00:00:00.007Z"
