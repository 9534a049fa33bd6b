"""Each further shape of a world: its files, its truth, and whom it hits."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pytest

from correlator.simulate import SettingsError, WorldSettings, simulate
from correlator.simulate.domains import (
    above,
    customers_hit,
    equivalent,
    failed_with,
    near,
    written_under,
)
from correlator.simulate.habits import habits_of
from correlator.simulate.network import Network, build_network, customer_name
from correlator.simulate.outages import Outage, plan
from correlator.simulate.rhythm import Rhythm
from correlator.simulate.settings import MINUTE, to_ms
from correlator.simulate.shapes import with_shapes
from correlator.simulate.values import columns, having, possible_combinations
from tests.harness.recount import customers_of, recount

if TYPE_CHECKING:
    from pathlib import Path

FILES = (
    *("tickets.jsonl", "alarms.jsonl", "maintenance.jsonl", "truth.json"),
    *("topology/equipment.csv", "topology/dependencies.csv", "topology/customers.csv"),
)
QUIET = WorldSettings.plain(seed=7, customers=20_000, days=7)
ALL: dict[str, Any] = {
    "vendor_share": 0.4,
    "wide_per_week": 3.0,
    "combinations_per_week": 6.0,
    "placed_share": 0.5,
    "anonymous_share": 0.1,
    "habit_places": 2,
    "rings": 1,
    "ring_cuts_per_week": 6.0,
    "ring_single_cuts_per_week": 4.0,
    "power": True,
    "power_cuts_per_week": 6.0,
    "management_losses_per_week": 4.0,
    "quiet_outages_per_week": 6.0,
    "texts": "fresh",
}


def but(**changes: Any) -> WorldSettings:
    return msgspec.structs.replace(QUIET, **{"outages_per_day": 0.5} | changes)


def lines(path: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (path / name).read_text().splitlines()]


def truth(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((path / "truth.json").read_text())
    return found


def outages(path: Path, level: str) -> list[dict[str, Any]]:
    return [one for one in truth(path)["outages"] if one["level"] == level]


def rows(path: Path, name: str) -> list[dict[str, str]]:
    with (path / "topology" / name).open(newline="") as file:
        return list(csv.DictReader(file))


def raised(path: Path) -> dict[str, dict[str, Any]]:
    found = (event["event"]["alarm"] for event in lines(path, "alarms.jsonl"))
    return {alarm["id"]: alarm for alarm in found if alarm["state"] == "raised"}


def first_tickets(path: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for event in lines(path, "tickets.jsonl"):
        ticket = event["event"]["troubleTicket"]
        found.setdefault(ticket["id"], ticket)
    return found


def caller(ticket: dict[str, Any]) -> str | None:
    return ticket["relatedParty"][0]["id"] if "relatedParty" in ticket else None


def drawn(settings: WorldSettings, level: str) -> tuple[Network, list[Outage]]:
    network = build_network(settings)
    script = with_shapes(settings, network, plan(settings, network, Rhythm(settings)))
    return network, [one for one in script.outages if one.level == level]


@pytest.fixture(scope="module", params=[1, 2])
def everything(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("everything")
    hard = WorldSettings.hard(seed=request.param, customers=20_000, days=7)
    simulate(msgspec.structs.replace(hard, **ALL), path)
    return path


@pytest.mark.parametrize(
    ("settings", "digest"),
    [
        (
            WorldSettings.plain(seed=3, customers=3_000, days=3),
            "87c496b5e0677417360cf6bc3655609815510d2a7dbde6d25d55d1dad768388c",
        ),
        (
            WorldSettings.hard(seed=5, customers=3_000, days=4),
            "9de6f1baeb93df01c7b336b1dcab0753ed37696daf6271845864d9326d4e5a02",
        ),
    ],
    ids=["plain", "hard"],
)
def test_worlds_without_further_shapes_are_as_before_there_were_any(
    tmp_path: Path, settings: WorldSettings, digest: str
) -> None:
    simulate(settings, tmp_path)
    found = hashlib.sha256(b"".join((tmp_path / name).read_bytes() for name in FILES))
    assert found.hexdigest() == digest
    assert not (tmp_path / "topology" / "links.csv").exists()


def test_the_truth_of_all_shapes_together_agrees_with_the_files(everything: Path) -> None:
    assert recount(everything) == []
    found = Counter(one["level"] for one in truth(everything)["outages"])
    assert {"vendor", "combination", "ring", "power"} <= set(found)


def test_alarms_of_all_shapes_belong_to_one_outage(everything: Path) -> None:
    known = raised(everything)
    owners = Counter(alarm for one in truth(everything)["outages"] for alarm in one["alarms"])
    assert set(owners.values()) <= {1}
    assert set(owners) <= set(known)
    for one in truth(everything)["outages"]:
        assert not (one["silent"] and one["alarms"])


def test_who_calls_about_a_shape_is_hit_by_it(everything: Path) -> None:
    found = [one for one in truth(everything)["outages"] if one["level"] != "cpe_firmware"]
    under = customers_of(everything / "topology", {one["cause"] for one in found})
    tickets = first_tickets(everything)
    for one in found:
        callers = {caller(tickets[name]) for name in one["tickets"]} - {None}
        # Of wrong and missing rows there are 3 % each.
        assert len(callers - under[one["cause"]]) <= 3 + 0.15 * len(callers)


def test_other_outages_stay_as_they_are() -> None:
    more = {name: ALL[name] for name in ("vendor_share", "wide_per_week", "quiet_outages_per_week")}
    network = build_network(QUIET)
    usual = plan(QUIET, network, Rhythm(QUIET)).outages
    settings = msgspec.structs.replace(QUIET, **more)
    wider = build_network(settings)
    found = with_shapes(settings, wider, plan(settings, wider, Rhythm(settings))).outages
    kept = [one for one in found if not one.further]
    assert [(one.cause, one.start, one.end) for one in kept] == [
        (one.cause, one.start, one.end) for one in usual
    ]
    assert len(found) > len(kept)


# Vendors and combinations


def test_vendors_have_their_share_wherever_customers_are(tmp_path: Path) -> None:
    simulate(but(vendor_share=0.3), tmp_path)
    told = rows(tmp_path, "customers.csv")
    assert list(told[0])[-1] == "vendor"
    shares = Counter(row["vendor"] for row in told)
    assert shares["V0"] / len(told) == pytest.approx(0.3, abs=0.02)
    for name in ("V1", "V2", "V3", "V4"):
        assert shares[name] / len(told) == pytest.approx(0.7 / 4, abs=0.02)
    for region in {row["region"] for row in told}:
        part = [row["vendor"] == "V0" for row in told if row["region"] == region]
        assert np.mean(part) == pytest.approx(0.3, abs=0.05)


@pytest.mark.parametrize("share", [0.05, 0.7])
def test_wide_outages_hit_everyone_with_the_vendor(tmp_path: Path, share: float) -> None:
    simulate(but(vendor_share=share, wide_per_week=4.0), tmp_path)
    having_it = sum(row["vendor"] == "V0" for row in rows(tmp_path, "customers.csv"))
    found = outages(tmp_path, "vendor")
    assert found
    for one in found:
        assert (one["cause"], one["kind"], one["customers"]) == ("vendor=V0", "value", having_it)
    tickets = first_tickets(tmp_path)
    told = Counter(tickets[name].get("ticketType") for one in found for name in one["tickets"])
    assert set(told) >= {"no-internet", "slow", "box-reboot"}


def test_combinations_hit_exactly_those_with_all_values(tmp_path: Path) -> None:
    simulate(but(vendor_share=0.4, combinations_per_week=20.0), tmp_path)
    table = rows(tmp_path, "customers.csv")
    found = outages(tmp_path, "combination")
    assert len(found) > 4
    for one in found:
        parts = [part.split("=") for part in one["cause"].split("&")]
        assert [column for column, _ in parts] == sorted(column for column, _ in parts)
        assert len(parts) in {2, 3}
        count = sum(all(row[column] == value for column, value in parts) for row in table)
        assert one["customers"] == count
        assert 0.005 * len(table) <= count <= 0.1 * len(table)
        for column, value in parts:
            assert sum(row[column] == value for row in table) >= 2 * count
        assert one["near"] == one["cause"].split("&")
        assert one["kind"] == "value"


def test_equivalent_combinations_are_all_that_name_the_same_customers() -> None:
    network = build_network(but(customers=3_000, vendor_share=0.4))
    known = columns(network)
    values = {name: [f"{name}={value}" for value in known[name][0]] for name in known}
    cause = "cpe_firmware=5.1.0&offer=premium"
    own = customers_hit(network, cause)
    same = {
        "&".join(sorted({*cause.split("&"), other}))
        for column in ("cpe_model", "region", "vendor")
        for other in values[column]
        if np.array_equal(customers_hit(network, f"{cause}&{other}"), own)
    }
    assert same == {"cpe_firmware=5.1.0&cpe_model=NB5&offer=premium"}
    assert set(equivalent(network, cause)) == same
    assert equivalent(network, "cpe_firmware=5.1.0&cpe_model=NB5&offer=premium") == [cause]
    assert near(network, "vendor=V0") == []


@pytest.mark.parametrize("fibre", [0.0, 0.2, 1.0])
def test_no_part_of_a_combination_follows_from_the_others(fibre: float) -> None:
    network = build_network(but(vendor_share=0.4, fibre_share=fibre))
    found = possible_combinations(network)
    assert found
    for cause in found:
        parts = cause.split("&")
        count = having(network, cause).sum()
        for place in range(len(parts)):
            fewer = "&".join(parts[:place] + parts[place + 1 :])
            assert having(network, fewer).sum() > 1.2 * count


# Places and habits


def test_tickets_without_customer_may_name_a_place(tmp_path: Path) -> None:
    simulate(but(anonymous_share=0.3, placed_share=0.4), tmp_path)
    kinds = {row["id"]: row["type"] for row in rows(tmp_path, "equipment.csv")}
    told = first_tickets(tmp_path).values()
    nameless = [ticket for ticket in told if "relatedParty" not in ticket]
    placed = [ticket["place"] for ticket in nameless if "place" in ticket]
    assert len(placed) / len(nameless) == pytest.approx(0.4, abs=0.08)
    assert {kinds[place] for place in placed} == {"dslam", "olt"}
    assert not any("place" in ticket for ticket in told if "relatedParty" in ticket)


def test_a_place_is_where_the_caller_hangs(tmp_path: Path) -> None:
    """All callers of an outage of one DSLAM name that DSLAM."""
    simulate(but(anonymous_share=0.5, placed_share=1.0, outages_per_day=6.0), tmp_path)
    tickets = first_tickets(tmp_path)
    found = [one for level in ("dslam", "card") for one in outages(tmp_path, level)]
    told = [
        (tickets[name]["place"], one["cause"].partition("/")[0])
        for one in found
        for name in one["tickets"]
        if "place" in tickets[name]
    ]
    assert len(told) > 5
    assert all(place == cause for place, cause in told)


def test_habits_come_each_weekday_at_their_hour_and_are_no_outage(tmp_path: Path) -> None:
    settings = but(habit_places=3, days=10, wrong_symptom_share=0.0, missing_symptom_share=0.0)
    simulate(settings, tmp_path)
    told = truth(tmp_path)
    assert len({habit["place"] for habit in told["habits"]}) == 3
    tickets, paris = first_tickets(tmp_path), ZoneInfo("Europe/Paris")
    named = {name for one in told["outages"] for name in one["tickets"]} | set(told["external"])
    under = customers_of(tmp_path / "topology", {habit["place"] for habit in told["habits"]})
    for habit in told["habits"]:
        batches: dict[Any, list[dict[str, Any]]] = {}
        for name in habit["tickets"]:
            when = datetime.fromisoformat(tickets[name]["creationDate"]).astimezone(paris)
            assert when.hour == habit["hour"]
            assert when.minute < 25
            assert when.weekday() < 5
            batches.setdefault(when.date(), []).append(tickets[name])
        assert len(batches) == 8
        for batch in batches.values():
            assert 8 <= len(batch) <= 15
            callers = [caller(ticket) for ticket in batch if caller(ticket)]
            assert len(set(callers)) == len(callers)
            assert set(callers) <= under[habit["place"]]
            assert {ticket["ticketType"] for ticket in batch} <= {"no-internet", "slow"}
        assert 9 <= habit["hour"] <= 19
        assert not named & set(habit["tickets"])


# Rings


def test_ring_switches_hang_on_links_instead_of_a_dependency(tmp_path: Path) -> None:
    simulate(but(rings=1), tmp_path)
    kinds = {row["id"]: row["type"] for row in rows(tmp_path, "equipment.csv")}
    chain = [(row["a"], row["b"]) for row in rows(tmp_path, "links.csv")]
    assert all(one[1] == other[0] for one, other in pairwise(chain))
    ends, switches = (chain[0][0], chain[-1][1]), [one for one, _ in chain[1:]]
    assert 4 <= len(switches) <= 8
    assert {kinds[name] for name in ends} == {"core-router"}
    assert {kinds[name] for name in switches} == {"aggregation-switch"}
    assert not {row["id"] for row in rows(tmp_path, "dependencies.csv")} & set(switches)
    with pytest.raises(SettingsError, match="rings: 9 are more than"):
        build_network(but(rings=9))


@pytest.mark.parametrize("seed", range(4))
def test_ring_cuts_hit_what_the_links_that_are_left_do_not_reach(seed: int) -> None:
    settings = but(seed=seed, customers=60_000, days=14, rings=2, ring_cuts_per_week=8.0)
    network, found = drawn(settings, "ring")
    assert len(found) > 5
    for outage in found:
        arc = {network.index[name] for name in outage.cause.split("+")}
        assert outage.cause == "+".join(sorted(outage.cause.split("+")))
        ring = next(ring for ring in network.rings if arc <= set(ring.switches))
        links = list(pairwise(ring.chain))
        cut = [link for link in links if len(arc & set(link)) == 1]
        assert len(cut) == 2
        reached = set(ring.ends)
        for _ in links:
            left = [set(link) for link in links if link not in cut]
            reached |= {node for link in left if link & reached for node in link}
        off = set(ring.switches) - reached
        assert off == arc
        below = {one for one in set(network.true.access.tolist()) if off & above(network, one)}
        hit = [n for n, one in enumerate(network.true.access.tolist()) if one in below]
        assert outage.hits.tolist() == hit


def test_a_single_cut_or_a_dead_fellow_hurts_nobody_else() -> None:
    network = build_network(but(customers=60_000, rings=1))
    ring = network.rings[0]
    for switch in ring.switches:
        assert failed_with(network, switch).isdisjoint(set(ring.switches) - {switch})
    outer = failed_with(network, ring.switches[0], ring.switches[-1])
    assert set(ring.switches) <= outer
    assert set(ring.switches) <= failed_with(network, *ring.ends)


def test_a_ring_cut_alarms_on_both_sides_of_its_links(tmp_path: Path) -> None:
    simulate(but(rings=1, ring_cuts_per_week=8.0, silent_share=0.0), tmp_path)
    links = [{row["a"], row["b"]} for row in rows(tmp_path, "links.csv")]
    known, found = raised(tmp_path), outages(tmp_path, "ring")
    assert found
    for one in found:
        arc = set(one["cause"].split("+"))
        beside = {name for link in links if link & arc for name in link - arc}
        told = {known[name]["alarmedObject"]["id"]: known[name] for name in one["alarms"]}
        assert arc | beside <= set(told)
        assert {told[name]["probableCause"] for name in arc | beside} == {"lossOfSignal"}
        assert any(told[name].get("specificProblem") == "unreachable" for name in told)
        assert (len(arc) == 1) == ("+" not in one["cause"])
        assert arc <= set(one["near"]) | {one["cause"]}


def test_single_cuts_are_alarms_only(tmp_path: Path) -> None:
    calm = simulate(but(rings=1, outages_per_day=0.0), tmp_path / "calm")
    cut = simulate(
        but(rings=1, outages_per_day=0.0, ring_single_cuts_per_week=8.0), tmp_path / "cut"
    )
    assert cut.outages == calm.outages
    assert cut.alarm_events >= calm.alarm_events + 8
    links = [{row["a"], row["b"]} for row in rows(tmp_path / "cut", "links.csv")]
    usual = Counter(a["alarmedObject"]["id"] for a in raised(tmp_path / "calm").values())
    more = Counter(a["alarmedObject"]["id"] for a in raised(tmp_path / "cut").values()) - usual
    assert set(more) <= set().union(*links)


def test_two_faults_of_a_ring_are_never_at_once() -> None:
    settings = but(customers=40_000, days=14, outages_per_day=12.0, rings=1, ring_cuts_per_week=9.0)
    network = build_network(settings)
    script = with_shapes(settings, network, plan(settings, network, Rhythm(settings)))
    ring = {network.equipment.ids[node] for node in network.rings[0].chain}
    faults = [one for one in script.outages if ring & set(one.cause.split("+"))]
    assert len(faults) > 5
    for one, other in pairwise(sorted(faults, key=lambda fault: fault.start)):
        assert one.end <= other.start or (one.planned and other.planned)


# Power and supervision


def test_each_site_has_a_ups_that_feeds_it_and_is_seen_through_it(tmp_path: Path) -> None:
    simulate(but(power=True), tmp_path)
    things = {row["id"]: row for row in rows(tmp_path, "equipment.csv")}
    told = rows(tmp_path, "dependencies.csv")
    assert {row["kind"] for row in told} == {"service", "power", "management"}
    feeds = {(row["id"], row["depends_on"]) for row in told if row["kind"] == "power"}
    seen = {(row["depends_on"], row["id"]) for row in told if row["kind"] == "management"}
    assert feeds == seen
    fed = {name for name, row in things.items() if row["type"] in {"dslam", "olt"}}
    fed |= {name for name, row in things.items() if row["type"] == "aggregation-switch"}
    assert {name for name, _ in feeds} == fed
    for name, ups in feeds:
        assert things[ups]["type"] == "ups"
        assert things[ups]["site"] == things[name]["site"]


def test_a_power_cut_alarms_first_and_hits_when_the_battery_is_empty(tmp_path: Path) -> None:
    simulate(but(power=True, power_cuts_per_week=12.0), tmp_path)
    feeds = {r["depends_on"]: r["id"] for r in rows(tmp_path, "dependencies.csv")}
    known, found = raised(tmp_path), outages(tmp_path, "power")
    tickets = first_tickets(tmp_path)
    assert len(found) > 3
    for one in found:
        alarms = [known[name] for name in one["alarms"]]
        first = min(alarms, key=lambda alarm: alarm["alarmRaisedTime"])
        assert first["alarmedObject"]["id"] == one["cause"]
        assert first["probableCause"] == "powerProblem"
        waited = to_ms(one["start"]) - to_ms(first["alarmRaisedTime"])
        assert 19 * MINUTE <= waited <= 60 * MINUTE
        others = {a["alarmedObject"]["id"]: a for a in alarms if a is not first}
        assert feeds[one["cause"]] in others
        assert all(alarm["specificProblem"] == "unreachable" for alarm in others.values())
        assert all(alarm["alarmRaisedTime"] >= one["start"] for alarm in others.values())
        assert feeds[one["cause"]] in one["equivalent"]
        assert all(tickets[name]["creationDate"] >= one["start"] for name in one["tickets"])


def test_a_dead_site_does_not_take_its_ups_with_it() -> None:
    network = build_network(but(power=True))
    for ups, fed in network.ups.items():
        assert fed in failed_with(network, ups)
        assert ups not in failed_with(network, fed)


def test_losing_management_is_alarms_and_no_outage(tmp_path: Path) -> None:
    calm = simulate(but(power=True), tmp_path / "calm")
    lost = simulate(but(power=True, management_losses_per_week=10.0), tmp_path / "lost")
    assert (lost.outages, lost.tickets) == (calm.outages, calm.tickets)
    assert lost.alarm_events > calm.alarm_events + 40


def test_quiet_outages_have_alarms_and_no_callers(tmp_path: Path) -> None:
    settings = but(quiet_outages_per_week=15.0, outages_per_day=0.0, days_between_works=0.0)
    simulate(settings, tmp_path)
    found = truth(tmp_path)["outages"]
    assert len(found) > 6
    for one in found:
        assert one["alarms"]
        assert one["customers"]
        assert not one["tickets"]
        assert not one["due"]


# Settings


def test_what_a_shape_needs_is_asked_for() -> None:
    with pytest.raises(SettingsError) as caught:
        WorldSettings(
            wide_per_week=1.0,
            ring_cuts_per_week=1.0,
            ring_single_cuts_per_week=1.0,
            power_cuts_per_week=1.0,
            habit_places=-1,
            texts="stale",
        )
    for said in (
        *("wide_per_week: needs vendor_share", "ring_cuts_per_week: needs rings"),
        *("ring_single_cuts_per_week: needs rings", "power_cuts_per_week: needs power"),
        *("habit_places: -1 is negative", "texts: 'stale' is none of plain, fresh"),
    ):
        assert said in str(caught.value)
    settings = but(habit_places=999)
    network = build_network(settings)
    with pytest.raises(SettingsError, match="habit_places: 999 are more than"):
        habits_of(settings, network)


def test_the_inventory_places_who_hangs_on_an_arc() -> None:
    network = build_network(but(rings=1))
    ring = network.rings[0]
    cause = "+".join(network.equipment.ids[node] for node in ring.switches[:2])
    hits = customers_hit(network, cause)
    everyone = np.arange(network.customers)
    assert written_under(network, cause, everyone).sum() == len(hits)
    assert customer_name(int(network.numbers[hits[0]])).startswith("C")
