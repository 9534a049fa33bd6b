"""What the benchmark of peers does without them: the feed, rules, what they say, the report."""

import json
import re
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml

from correlator.formats.times import to_rfc3339
from correlator.model import MINUTE, Alarm, AlarmState, Ticket
from correlator.tools.worldfiles import Named, Outage, Truth
from tests.benchmarks.bench_peers import parser, settings
from tests.benchmarks.peers import alertmanager, drools, sec
from tests.benchmarks.peers.does import DEEDS, PEERS
from tests.benchmarks.peers.feed import (
    NOTHING,
    Item,
    Places,
    as_json,
    as_line,
    flat,
    items_of,
)
from tests.benchmarks.peers.firings import (
    ALARMS,
    TICKETS,
    Count,
    Firing,
    Found,
    incidents_of,
    judge,
)
from tests.benchmarks.peers.picture import draw, scale_of
from tests.benchmarks.peers.process import Cost, FailedError, MissingError, run
from tests.benchmarks.peers.report import Row, costs, deeds, findings

ROOT = Path(__file__).resolve().parents[2]
BEGIN = 1_772_409_600_000  # 2026-03-02


@pytest.fixture
def places(tmp_path: Path) -> Places:
    tables = {
        "equipment": "id,type\nCR-1,core-router\nAGG-1,aggregation-switch\nDSL-1,dslam\n"
        "DSL-1/C1,line-card\nT1,cable\n",
        "dependencies": "id,depends_on\nAGG-1,CR-1\nDSL-1,AGG-1\nDSL-1/C1,DSL-1\n",
        "customers": "customer_id,depends_on\nC1,T1 DSL-1/C1\nC2,T1\n",
    }
    for name, content in tables.items():
        (tmp_path / f"{name}.csv").write_text(content)
    return Places(tmp_path)


def ticket(minute: float, name: str, node: str = "DSL-1", state: str = "created") -> Item:
    return Item(BEGIN + round(minute * MINUTE), "ticket", state, name, node, NOTHING, NOTHING)


def alarm(
    minute: float,
    name: str,
    equipment: str = "DSL-1",
    state: str = "raised",
    severity: str = "major",
) -> Item:
    at, node = BEGIN + round(minute * MINUTE), equipment.split("/", maxsplit=1)[0]
    return Item(at, "alarm", state, name, node, equipment, severity)


def fired(minute: float, rule: Count = TICKETS, node: str = "DSL-1") -> Firing:
    return Firing(rule.name, BEGIN + round(minute * MINUTE), node)


# The feed


def test_what_is_below_a_node_is_the_nodes_and_what_is_above_its_own(places: Places) -> None:
    assert [places.of_equipment(name) for name in ("DSL-1/C1", "DSL-1", "AGG-1", "CR-1", "X")] == [
        "DSL-1", "DSL-1", "AGG-1", "CR-1", "X",
    ]  # fmt: skip


def test_a_customer_is_at_the_first_node_above_its_line(places: Places) -> None:
    assert places.of_customer("C1") == "DSL-1"
    assert [places.of_customer(name) for name in ("C2", "C9", None)] == [NOTHING] * 3


def test_only_the_first_record_of_a_ticket_with_a_known_customer_counts(places: Places) -> None:
    def said(name: str, customer: str | None) -> Ticket:
        return Ticket(id=name, arrived=1, occurred=1, event_id="e", customer=customer)

    events = [said("T1", "C1"), said("T2", None), said("T1", "C1"), said("T2", "C1")]
    found = [(item.id, item.state, item.counts) for item in flat(events, places)]
    assert found == [
        ("T1", "created", True),
        ("T2", "unplaced", False),
        ("T1", "changed", False),
        ("T2", "changed", False),
    ]


def test_an_alarm_counts_when_it_is_raised(places: Places) -> None:
    events = [
        Alarm(id="A", arrived=n, occurred=n, event_id="e", managed_object="DSL-1/C1", state=state)
        for n, state in enumerate(AlarmState)
    ]
    assert [(item.node, item.counts) for item in flat(events, places)] == [
        ("DSL-1", True), ("DSL-1", False), ("DSL-1", False),
    ]  # fmt: skip


def test_a_line_and_an_object_have_all_of_an_item() -> None:
    for item in (ticket(3.3, "T1"), alarm(4, "A1", "DSL-1/C1")):
        assert as_line(item).split() == list(map(str, item))
        assert Item(**json.loads(as_json(item))) == item


def test_the_world_has_neither_works_nor_anything_that_others_do_not_take(tmp_path: Path) -> None:
    from correlator.simulate import simulate  # noqa: PLC0415 - beside its use

    asked = parser().parse_args(["--customers", "2000", "--days", "2", "--hard"])
    assert settings(asked).days_between_works == 0
    simulate(settings(asked), tmp_path)
    lines = [(tmp_path / f"{name}.jsonl").read_bytes() for name in ("alarms", "tickets")]
    items = items_of(tmp_path)
    assert len(items) == sum(len(one.splitlines()) for one in lines) > 0
    assert items == sorted(items, key=lambda item: item.at)
    assert (tmp_path / "maintenance.jsonl").read_bytes() == b""
    assert not any(re.search(r"\s", value) for item in items for value in item[1:])


# What rules found, beside the truth


def test_a_firing_has_what_came_at_its_node_within_its_window() -> None:
    items = [
        ticket(0, "old"), ticket(0.5, "T1"), ticket(20, "other", "DSL-2"), alarm(30, "A1"),
        ticket(30, "again", state="changed"), ticket(60, "T2"), ticket(60.1, "T3"),
    ]  # fmt: skip
    (found,) = incidents_of([fired(60), fired(60, ALARMS)], items, TICKETS)
    assert found.ticket_ids == {"T1", "T2"}
    assert found.root_cause == (Named("DSL-1"),)
    assert found.creation_date == to_rfc3339(BEGIN + 60 * MINUTE)


def test_a_firing_that_holds_has_what_comes_until_its_window_is_over() -> None:
    items = [alarm(0, "A1"), alarm(5, "A2"), alarm(6, "A3"), alarm(15, "A4"), alarm(15.1, "A5")]
    (found,) = incidents_of([fired(6, ALARMS)], items, ALARMS, holds=True)
    assert found.alarm_ids == {"A1", "A2", "A3", "A4"}
    (bare,) = incidents_of([fired(6, ALARMS)], items, ALARMS)
    assert bare.alarm_ids == {"A1", "A2", "A3"}


def truth() -> Truth:
    outage = Outage(
        id="O1", kind="equipment", level="dslam", cause="DSL-1", start=to_rfc3339(BEGIN),
        end=to_rfc3339(BEGIN + 90 * MINUTE), silent=False, planned=False, customers=48,
        tickets=("T1", "T2", "T3", "T4"), alarms=("A1", "A2"), callers=4, within2h=4,
        fourth=to_rfc3339(BEGIN + 4 * MINUTE), due=True, equivalent=(), near=("AGG-1",),
    )  # fmt: skip
    return Truth(start=to_rfc3339(BEGIN), days=7.0, customers=100, external=(), outages=(outage,))


def test_groups_are_held_to_the_truth_as_the_engines_incidents_are() -> None:
    items = [
        *(ticket(n, f"T{n}") for n in range(1, 5)), alarm(1, "A1"), alarm(2, "A2"),
        *(ticket(n, f"U{n}", "DSL-2") for n in range(5)),
    ]  # fmt: skip
    told = [fired(7), fired(4, node="DSL-2"), fired(2, ALARMS)]
    tickets, alarms = (incidents_of(told, items, rule) for rule in (TICKETS, ALARMS))
    found = judge(truth(), tickets, alarms)
    assert (found.announced, found.due, found.found, found.false_per_week) == (2, 1, 1, 1.0)
    assert (found.pieces, found.right, found.near, found.delay) == (1.0, 1.0, 1.0, 180.0)
    assert (found.groups, found.together, found.pure, found.root) == (1, 1.0, 1.0, 1.0)


def test_who_takes_no_tickets_is_not_judged_by_them() -> None:
    found = judge(truth(), None, ())
    assert (found.due, found.found, found.groups, found.together) == (None, None, 0, 0.0)
    assert judge(truth(), ()).groups is None


# Rules, and what the others say


def test_sec_counts_what_is_new_by_its_node() -> None:
    written = sec.rules(event_time=False)
    patterns = re.findall(r"^pattern=(.*)$", written, re.MULTILINE)
    items = [
        alarm(0, "A1", "DSL-1/C1"), ticket(0, "T1"), alarm(0, "A2", state="cleared"),
        ticket(0, "T2", state="changed"), ticket(0, "T3", NOTHING, "unplaced"),
    ]  # fmt: skip
    found = [[m[1] for one in items if (m := re.search(p, as_line(one)))] for p in patterns]
    assert found == [["DSL-1"], ["DSL-1"]]
    assert re.findall(r"^(?:window|thresh)=(\d+)$", written, re.MULTILINE) == [
        "900", "3", "3600", "5",
    ]  # fmt: skip


def test_the_clock_of_the_events_comes_first_where_it_is_wanted() -> None:
    assert "EventClock" not in sec.rules(event_time=False)
    assert sec.rules([TICKETS], event_time=True).startswith("type=Single\ncontinue=TakeNext\n")


def test_what_sec_fired_is_found_among_what_it_says() -> None:
    second = BEGIN // 1000 + 60
    said = f"SEC (Simple Event Correlator) 2.9.1\nfired tickets {second} DSL-1\nReading done\n"
    (found,) = sec.firings_in(said)
    assert found == fired(1)._replace(at=BEGIN + MINUTE + 999)


def holds(expression: dict[str, Any], event: dict[str, Any]) -> bool:
    """Evaluate a condition of the syntax tree."""
    ((kind, sides),) = expression.items()
    if kind == "AndExpression":
        return holds(sides["lhs"], event) and holds(sides["rhs"], event)
    assert kind == "EqualsExpression"
    return bool(event[sides["lhs"]["Event"]] == sides["rhs"]["String"])


def test_drools_counts_what_is_new_by_its_node() -> None:
    rules = [one["Rule"] for one in drools.ruleset()["rules"]]
    items = [alarm(0, "A1"), ticket(0, "T1"), ticket(0, "T2", state="changed")]
    found = {
        rule["name"]: [
            i.id for i in items if holds(rule["condition"]["AllCondition"][0], i._asdict())
        ]
        for rule in rules
    }
    assert found == {"alarms": ["A1"], "tickets": ["T1"]}
    assert [rule["throttle"] for rule in rules] == [
        {"accumulate_within": f"{n} minutes", "threshold": k, "group_by_attributes": ["event.node"]}
        for n, k in ((15, 3), (60, 5))
    ]


def test_what_drools_matched_is_read_from_its_answers() -> None:
    item = ticket(2, "T9")
    answer = json.dumps([{"tickets": {"m": {**item._asdict(), "meta": {"threshold": 5}}}}])
    assert drools.firings_in([answer, "[]"]) == [fired(2)]


def test_timers_of_alertmanager_are_shortened_alike() -> None:
    plain, fast = (
        yaml.safe_load(alertmanager.configuration(80, faster))["route"] for faster in (1, 1000)
    )
    names = ("group_wait", "group_interval", "repeat_interval")
    assert [plain[name] for name in names] == ["30000ms", "300000ms", "14400000ms"]
    assert [fast[name] for name in names] == ["30ms", "300ms", "14400ms"]
    assert plain["group_by"] == ["node"]


def test_an_alarm_keeps_its_labels_when_it_is_cleared() -> None:
    alert = alertmanager.Alert()
    up = alert.of(alarm(0, "A1", "DSL-1/C1"), BEGIN)
    down = alert.of(alarm(1, "A1", "DSL-1/C1", "cleared", "cleared"), BEGIN)
    assert up["labels"] == down["labels"]
    assert (up["labels"]["scope"], up["labels"]["node"]) == ("part", "DSL-1")
    assert down["endsAt"] == to_rfc3339(BEGIN) < up["endsAt"]


def told(minute: float, node: str, status: str, *alarms: str) -> alertmanager.Told:
    body = {
        "groupKey": f"{{}}:{node}",
        "status": status,
        "groupLabels": {"node": node},
        "alerts": [{"labels": {"alarm": name}} for name in alarms],
    }
    return alertmanager.Told(BEGIN + round(minute * MINUTE), body)


def test_a_group_ends_when_all_of_it_is_resolved() -> None:
    found = alertmanager.incidents_of([
        told(0, "DSL-1", "firing", "A1"), told(5, "DSL-1", "firing", "A1", "A2"),
        told(6, "DSL-2", "firing", "B1"), told(9, "DSL-1", "resolved", "A1", "A2"),
        told(20, "DSL-1", "firing", "A3"),
    ])  # fmt: skip
    assert sorted(sorted(one.alarm_ids) for one in found) == [["A1", "A2"], ["A3"], ["B1"]]
    assert {one.cause for one in found} == {"DSL-1", "DSL-2"}


def test_what_the_dispatcher_has_done_is_read_from_the_metrics() -> None:
    name = "alertmanager_dispatcher_alert_processing_duration_seconds"
    assert (
        alertmanager.processed_in(f"# HELP {name} x\n{name}_sum 0.2\n{name}_count 1.2e+04\n")
        == 12000
    )
    assert alertmanager.processed_in("") == 0


# Processes


def test_a_process_is_measured_and_heard(tmp_path: Path) -> None:
    ended = run([sys.executable, "-c", "print(sum(range(10**6)))"], tmp_path)
    assert ended.out == "499999500000\n"
    assert ended.cpu > 0
    assert ended.wall > 0


def test_the_memory_of_a_process_is_not_that_of_its_parent(tmp_path: Path) -> None:
    ballast = bytearray(200 * 2**20)
    ended = run([sys.executable, "-S", "-c", "print(sum(range(10**7)))"], tmp_path)
    assert 1 < ended.rss < 100 < len(ballast) / 2**20


def test_what_a_process_says_when_it_fails_is_told(tmp_path: Path) -> None:
    with pytest.raises(FailedError, match="no such rule"):
        run([sys.executable, "-c", "raise SystemExit('no such rule')"], tmp_path)


def test_who_is_not_here_is_told_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MissingError, match="Drools"):
        drools.drools([], tmp_path / "python", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingError, match="sec"):
        sec.sec([], tmp_path)
    with pytest.raises(MissingError, match="prometheus-alertmanager"):
        alertmanager.alertmanager([], tmp_path, None)


# The report


def rows() -> list[Row]:
    found = Found(announced=9, due=4, found=3, false_per_week=1.5, groups=7, together=0.25)
    return [
        Row(
            "correlator", "alarms & tickets", (Cost(1000, 0.2, 0.1, 300.0), Cost(1000, 0.4, 0.3, 9))
        ),
        Row("Drools", "alarms and tickets", (Cost(1000, 0.05, 0.05, 200.0),), found),
        Row("Drools", "the same, cold", (Cost(1000, 0.5, 0.4, 200.0),)),
        Row("SEC", "12 tickets an hour", (), Found(announced=2, due=4, found=1)),
    ]


def cells(lines: list[str]) -> list[list[str]]:
    return [[c.strip() for c in line.split("|")[1:-1]] for line in lines if line.startswith("|")]


def test_costs_are_least_and_median_with_ratios_to_the_first() -> None:
    table = cells(costs(rows()))
    assert table[2] == [
        "correlator, alarms & tickets", "1,000", "100.0 / 200.0", "1.00", "5,000", "3,800", "300",
    ]  # fmt: skip
    assert [row[0] for row in table[3:]] == ["Drools, alarms and tickets", "Drools, the same, cold"]
    assert [row[3] for row in table[3:]] == ["0.25", "2.00"]


def test_the_clock_of_a_play_is_not_shown() -> None:
    row = Row("Alertmanager", "alarms, and telling", (Cost(10, 60.0, 0.01, 40.0),), played=True)
    assert cells(costs([row]))[2][-2:] == ["–", "40"]


def test_findings_have_a_line_for_each_who_has_any() -> None:
    table = cells(findings(rows()))
    assert [row[:4] for row in table if "of 4" in row[2]] == [
        ["Drools, alarms and tickets", "9", "3 of 4", "1.5"],
        ["SEC, 12 tickets an hour", "2", "1 of 4", "–"],
    ]
    assert table[-1] == ["Drools, alarms and tickets", "7", "0.25", "–", "–"]


@pytest.mark.parametrize("lines", [costs(rows()), deeds()])
def test_every_line_of_a_table_has_all_its_cells(lines: list[str]) -> None:
    assert len({len(row) for row in cells(lines)}) == 1


def test_what_is_done_in_part_says_in_what_part() -> None:
    for deed in DEEDS:
        assert set(deed.does) <= {"yes", "part", "no"}
        assert len(deed.does) == len(PEERS)
        assert deed.why or "part" not in deed.does, deed.short


def test_the_picture_shows_every_row_that_is_no_variant_and_every_deed() -> None:
    svg = draw(rows(), "alarms & tickets")
    root = ET.fromstring(svg)
    shown = " ".join(root.itertext())
    assert "the same, cold" not in shown
    assert "12 tickets" not in shown
    assert all(deed.short in shown and deed.words in shown for deed in DEEDS)
    bars = [one for one in root.iter() if one.get("class") in {"own", "bar"}]
    wide = [float(one.get("width", "0")) for one in bars]
    assert [one.get("class") for one in bars] == ["own", "bar"]
    assert wide[0] > wide[1] > 0
    marks = [one for one in root.iter() if one.get("class") in {"yes", "part", "no"}]
    assert len(marks) == 2 * len(DEEDS) + 3  # of two peers, and the key
    assert "prefers-color-scheme: dark" in svg


def test_no_bar_is_without_length_and_none_beyond_the_axis() -> None:
    scale = scale_of([10.0, 999.0])
    assert (scale.low, scale.high) == (0, 3)
    assert scale_of([5.0, 5.0]) == (0, 1)


def test_the_picture_of_the_page_is_drawn_by_this_code() -> None:
    """Whoever changes what is done, or the drawing, draws it anew."""
    root = ET.parse(ROOT / "docs" / "peers.svg").getroot()
    shown = list(root.itertext())
    assert all(deed.words in shown for deed in DEEDS)
    assert set(PEERS) <= set(shown)


def test_the_page_says_of_each_what_this_code_says() -> None:
    page = (ROOT / "docs" / "performance.md").read_text().splitlines()
    table = [line for line in deeds() if line.startswith("|")]
    assert [line for line in table if line not in page] == []
