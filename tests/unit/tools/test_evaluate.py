from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from correlator.tools.evaluate import (
    EvaluationError,
    evaluate,
    rows,
    threshold_baseline,
    world_rows,
)
from tests.harness.recount import recount

if TYPE_CHECKING:
    from pathlib import Path


def outage(name: str, tickets: list[str], **changes: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "id": name,
        "kind": "equipment",
        "level": "card",
        "cause": f"DSL-{name}",
        "start": "2026-03-02T10:00:00.000Z",
        "end": "2026-03-02T11:00:00.000Z",
        "silent": True,
        "planned": False,
        "customers": 48,
        "tickets": tickets,
        "alarms": [],
        "callers": len(tickets),
        "within2h": len(tickets),
        "fourth": "2026-03-02T10:20:00.000Z" if len(tickets) > 3 else None,
        "due": len(tickets) > 3,
        "equivalent": [],
        "near": [],
    }
    return plain | changes


def incident(name: str, time: str, cause: str | None, tickets: list[str]) -> dict[str, Any]:
    return {
        "id": name,
        "creationDate": f"2026-03-02T{time}Z",
        "status": "closed",
        "rootCauseResource": [] if cause is None else [{"id": cause}],
        "troubleTicket": [{"id": ticket} for ticket in tickets],
        "characteristic": [],
    }


def names(letter: str, count: int) -> list[str]:
    return [f"{letter}{number}" for number in range(1, count + 1)]


def write(path: Path, records: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def world(tmp_path: Path, outages: list[dict[str, Any]], external: list[str] | None = None) -> Path:
    truth = {
        "start": "2026-03-02T00:00:00.000Z",
        "days": 14,
        "customers": 1000,
        "external": external or [],
        "outages": outages,
    }
    (tmp_path / "truth.json").write_text(json.dumps(truth))
    return tmp_path


def measured(
    tmp_path: Path,
    outages: list[dict[str, Any]],
    incidents: list[dict[str, Any]],
    verdicts: list[dict[str, Any]] | None = None,
    external: list[str] | None = None,
) -> dict[str, Any]:
    folder = world(tmp_path, outages, external)
    told = None if verdicts is None else write(tmp_path / "verdicts.jsonl", verdicts)
    return evaluate(folder, write(tmp_path / "incidents.jsonl", incidents), told).to_dict()


def test_a_found_outage(tmp_path: Path) -> None:
    found = measured(
        tmp_path,
        [outage("A", names("a", 6))],
        [incident("I1", "10:18:30", "DSL-A", ["a1", "a2", "a3", "a4", "x1"])],
    )
    assert found["recall"] == 1
    assert found["precision"] == 1
    assert found["per_outage"] == 1
    assert found["right_cause"] == 1
    assert found["false"] == 0
    assert found["delay_median"] == -90
    assert found["by_the_fourth"] == 1
    assert found["link_recall"] == pytest.approx(4 / 6)
    assert found["link_precision"] == pytest.approx(4 / 5)
    assert found["link_f1"] == pytest.approx(2 * (4 / 6) * (4 / 5) / (4 / 6 + 4 / 5))
    assert found["right_answer"] is None


def test_extra_false_and_missed(tmp_path: Path) -> None:
    found = measured(
        tmp_path,
        [
            outage("A", names("a", 6)),
            outage("B", names("b", 5)),
            outage("C", names("c", 3)),
        ],
        [
            incident("I1", "10:30:00", "DSL-A", ["a1", "a2"]),
            incident("I2", "10:25:00", "OTHER", ["a3", "a4", "a5"]),
            incident("I3", "10:25:00", "DSL-C", ["c1", "c2"]),
            incident("I4", "10:25:00", "DSL-X", ["x1", "x2", "x3", "b1"]),
        ],
    )
    assert (found["due"], found["due_found"], found["hit"]) == (2, 1, 2)
    assert found["recall"] == 0.5
    assert found["false"] == 1
    assert found["false_per_week"] == 0.5
    assert found["precision"] == pytest.approx(2 / 3)
    assert found["per_outage"] == 1.5
    # The largest on A names the wrong cause, the one on C the right one.
    assert found["right_cause"] == 0.5
    # The earliest on A counts; C has no fourth caller and is not due.
    assert found["delay_median"] == 300
    assert found["by_the_fourth"] == 0
    # Both incidents on A together link 5 of 6; B's 5 are lost; C is not due.
    assert found["link_recall"] == pytest.approx(5 / 11)
    # The false incident's four linked tickets count, even the one of B.
    assert found["link_precision"] == pytest.approx(7 / 11)


def test_delays_are_a_median_and_a_p90(tmp_path: Path) -> None:
    outages = [outage(letter, names(letter, 4)) for letter in "ABC"]
    times = {"A": "10:20:00", "B": "10:21:00", "C": "10:25:00"}
    found = measured(
        tmp_path,
        outages,
        [
            incident(f"I{letter}", time, f"DSL-{letter}", names(letter, 4))
            for letter, time in times.items()
        ],
    )
    assert found["delay_median"] == 60
    assert found["delay_p90"] == 60 + 0.8 * 240
    assert found["by_the_fourth"] == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("time", "tickets", "hit"),
    [
        ("09:59:00", ["a1", "a2"], 1),
        ("09:58:59.999", ["a1", "a2"], 0),
        ("11:30:00", ["a1", "a2"], 1),
        ("11:30:00.001", ["a1", "a2"], 0),
        ("10:10:00", ["a1"], 0),
        ("10:10:00", ["a1", "a2", "x1", "x2"], 1),
        ("10:10:00", ["a1", "a2", "x1", "x2", "x3"], 0),
    ],
)
def test_when_an_incident_is_on_an_outage(
    tmp_path: Path, time: str, tickets: list[str], hit: int
) -> None:
    found = measured(
        tmp_path, [outage("A", names("a", 6))], [incident("I1", time, "DSL-Z", tickets)]
    )
    assert found["hit"] == hit
    assert found["false"] == 1 - hit


@pytest.mark.parametrize("status", ["rejected", "cancelled"])
def test_rejected_and_cancelled_incidents_are_ignored(tmp_path: Path, status: str) -> None:
    one = incident("I1", "10:10:00", "DSL-X", ["x1", "x2"]) | {"status": status}
    found = measured(tmp_path, [outage("A", names("a", 6))], [one])
    assert found["incidents"] == 0
    assert found["precision"] is None
    assert found["recall"] == 0


def test_an_external_surge_seen_as_such_is_neutral(tmp_path: Path) -> None:
    external = names("e", 6)
    found = measured(
        tmp_path,
        [],
        [
            incident("I1", "10:10:00", None, ["e1", "e2", "x1"]),
            incident("I2", "10:11:00", None, ["e3", "x2"]),
            incident("I3", "10:12:00", "DSL-A", ["e4", "e5", "e6"]),
        ],
        external=external,
    )
    assert (found["neutral"], found["false"]) == (1, 2)
    assert found["recall"] is None
    assert found["link_precision"] == 0


@pytest.mark.parametrize(
    ("time", "cause", "tickets", "neutral"),
    [
        ("10:05:00", "DSL-A", [], 1),
        ("10:05:00", "DSL-A", ["x1", "x2", "x3"], 1),
        ("10:05:00", "SAME", ["a1"], 1),
        ("10:05:00", "DSL-A", ["x1", "x2", "x3", "x4"], 0),
        ("10:05:00", "NEXT", [], 0),
        ("09:58:00", "DSL-A", [], 0),
        ("11:00:01", "DSL-A", [], 0),
    ],
)
def test_an_incident_from_the_alarms_of_a_live_outage_is_neutral(
    tmp_path: Path, time: str, cause: str, tickets: list[str], neutral: int
) -> None:
    found = measured(
        tmp_path,
        [outage("A", names("a", 6), equivalent=["SAME"], near=["NEXT"])],
        [incident("I1", time, cause, tickets)],
    )
    assert (found["neutral"], found["false"]) == (neutral, 1 - neutral)


def test_right_equivalent_and_near_causes(tmp_path: Path) -> None:
    outages = [
        outage(letter, names(letter, 4), equivalent=[f"SAME-{letter}"], near=[f"NEXT-{letter}"])
        for letter in "ABCD"
    ]
    causes = {"A": "DSL-A", "B": "SAME-B", "C": "NEXT-C", "D": None}
    found = measured(
        tmp_path,
        outages,
        [
            incident(f"I{letter}", "10:21:00", cause, names(letter, 4))
            for letter, cause in causes.items()
        ],
    )
    assert found["right_cause"] == 0.5
    assert found["near_cause"] == 0.75


def test_the_first_cause_wins_over_a_revised_one(tmp_path: Path) -> None:
    one = incident("I1", "10:21:00", "DSL-X", ["a1", "a2"])
    one["characteristic"] = [
        {"name": "expected", "value": 0.04},
        {"name": "firstCause", "value": "DSL-A"},
    ]
    assert measured(tmp_path, [outage("A", names("a", 6))], [one])["right_cause"] == 1


def test_planned_works_announced(tmp_path: Path) -> None:
    works = [outage(letter, names(letter, 4), planned=True, due=False) for letter in "AB"]
    found = measured(tmp_path, works, [incident("I1", "10:21:00", "DSL-A", names("A", 3))])
    assert (found["planned"], found["planned_announced"]) == (2, 1)
    assert found["recall"] is None


def test_answers(tmp_path: Path) -> None:
    outages = [
        outage("A", names("a", 4), equivalent=["SAME"]),
        outage("W", names("w", 2), planned=True, due=False),
    ]
    told = [
        ("a1", "no", None),
        ("a2", "yes", "DSL-A"),
        ("a3", "yes", "OTHER"),
        ("a4", "probable", "DSL-A"),
        ("w1", "yes", "DSL-W"),
        ("w2", "maintenance", None),
        ("x1", "yes", "DSL-A"),
        ("x2", "unknown", None),
        ("x3", "probable", "DSL-A"),
        ("e1", "yes", None),
    ]
    found = measured(
        tmp_path,
        outages,
        [],
        [
            {"ticketId": ticket, "verdict": verdict, "incidentId": None, "cause": cause}
            for ticket, verdict, cause in told
        ],
        external=["e1"],
    )
    assert found["verdicts"] == 10
    assert found["outage_tickets"] == 4
    assert (found["right_answers"], found["right_answer"]) == (1, 0.25)
    assert found["wrong_cause_yes"] == 1
    assert found["probable_share"] == 0.25
    # Planned works are other tickets; external ones are left out.
    assert (found["wrong_yes"], found["wrong_yes_share"]) == (2, 0.4)


def test_rows_show_what_can_be_told(tmp_path: Path) -> None:
    folder = world(tmp_path, [outage("A", names("a", 6))])
    incidents = write(tmp_path / "i.jsonl", [incident("I1", "10:20:30", "DSL-A", names("a", 3))])
    table = dict(rows(evaluate(folder, incidents)))
    assert table["recall"] == "1.000"
    assert table["delay after the fourth, median"] == "30 s"
    assert table["false a week"] == "0.0"
    assert "right answer" not in table
    table = dict(rows(evaluate(folder, incidents, write(tmp_path / "v.jsonl", []))))
    assert table["right answer"] == "0.000"
    assert table["wrong yes, share"] == "-"


def test_errors_name_file_and_line(tmp_path: Path) -> None:
    folder = world(tmp_path, [])
    missing = tmp_path / "no.jsonl"
    with pytest.raises(EvaluationError, match=r"no\.jsonl"):
        evaluate(folder, missing)
    good = incident("I1", "10:20:30", None, [])
    broken = {
        "not json": "{",
        "no id": json.dumps({"creationDate": "2026-03-02T10:00:00Z"}),
        "no offset": json.dumps(good | {"id": "I2", "creationDate": "2026-03-02T10:00:00"}),
        "twice": json.dumps(good),
    }
    for line in broken.values():
        (tmp_path / "i.jsonl").write_text(json.dumps(good) + "\n\n" + line + "\n")
        with pytest.raises(EvaluationError, match=r"i\.jsonl:3: "):
            evaluate(folder, tmp_path / "i.jsonl")
    (tmp_path / "v.jsonl").write_text('{"ticketId":"a"}\n')
    with pytest.raises(EvaluationError, match=r"v\.jsonl:1: .*verdict"):
        evaluate(folder, write(tmp_path / "i.jsonl", []), tmp_path / "v.jsonl")
    (tmp_path / "truth.json").write_text("{}")
    with pytest.raises(EvaluationError, match=r"truth\.json: "):
        evaluate(folder, tmp_path / "i.jsonl")


def topology(folder: Path) -> None:
    (folder / "topology").mkdir()
    (folder / "topology" / "equipment.csv").write_text(
        "id,type\nDSL-1,dslam\nDSL-1/C1,line-card\nOLT-1,olt\nAGG-1,aggregation-switch\n"
    )
    (folder / "topology" / "dependencies.csv").write_text(
        "id,depends_on,redundancy_group\nDSL-1/C1,DSL-1,\nDSL-1,AGG-1,\nOLT-1,AGG-1,\n"
    )
    people = "".join(f"C{i},DSL-1/C1 AGG-1\nF{i},OLT-1\n" for i in range(1, 10))
    (folder / "topology" / "customers.csv").write_text("customer_id,depends_on\n" + people)


def ticket(number: int, minute: int, customer: str | None) -> dict[str, Any]:
    time = f"2026-03-02T{10 + minute // 60}:{minute % 60:02d}:00.000Z"
    content: dict[str, Any] = {"id": f"T{number}", "creationDate": time}
    if customer:
        content["relatedParty"] = [{"id": customer, "role": "customer"}]
    return {
        "eventId": f"E{number}",
        "eventType": "TroubleTicketCreateEvent",
        "eventTime": time,
        "event": {"troubleTicket": content},
    }


def test_threshold_baseline_raises_at_the_fifth_customer(tmp_path: Path) -> None:
    topology(tmp_path)
    calls = [
        *((0, "C1"), (5, "C2"), (10, "C2"), (12, "F1"), (15, "C3"), (16, None), (20, "C4")),
        *((30, "C5"), (80, "C6"), (150, "C7"), (151, "C8"), (152, "C9"), (153, "C1")),
    ]
    write(tmp_path / "tickets.jsonl", [ticket(n, *call) for n, call in enumerate(calls)])
    (one,) = threshold_baseline(tmp_path)
    assert one["creationDate"] == "2026-03-02T10:30:00.000Z"
    assert one["rootCauseResource"] == [{"id": "DSL-1"}]
    # The later ones come after an hour of quiet, and are too few.
    linked = [reference["id"] for reference in one["troubleTicket"]]
    assert linked == ["T0", "T1", "T2", "T4", "T6", "T7", "T8"]


def test_threshold_baseline_needs_them_within_an_hour(tmp_path: Path) -> None:
    topology(tmp_path)
    calls = [(0, "C1"), (15, "C2"), (30, "C3"), (45, "C4"), (60, "C5")]
    write(tmp_path / "tickets.jsonl", [ticket(n, *call) for n, call in enumerate(calls)])
    assert threshold_baseline(tmp_path) == []


def test_threshold_baseline_names_a_broken_line(tmp_path: Path) -> None:
    topology(tmp_path)
    (tmp_path / "tickets.jsonl").write_text('{"eventTime":"2026-03-02T10:00:00Z"}\n')
    with pytest.raises(EvaluationError, match=r"tickets\.jsonl:1: "):
        threshold_baseline(tmp_path)
    customers = tmp_path / "topology" / "customers.csv"
    customers.write_text("customer_id,depends_on\nC1\n")
    with pytest.raises(EvaluationError, match=r"customers\.csv:2: "):
        threshold_baseline(tmp_path)
    customers.write_text("customer,depends_on\n")
    with pytest.raises(EvaluationError, match=r"customers\.csv:1: "):
        threshold_baseline(tmp_path)


def test_recount_tells_what_disagrees(tmp_path: Path) -> None:
    topology(tmp_path)
    calls = [(0, "C1"), (5, "C2"), (10, "C3"), (15, "F1"), (20, "C4"), (150, "C5"), (151, None)]
    write(tmp_path / "tickets.jsonl", [ticket(n, *call) for n, call in enumerate(calls)])
    one = outage(
        "A",
        [f"T{n}" for n in range(7)],
        cause="DSL-1",
        customers=9,
        callers=5,
        within2h=4,
        fourth="2026-03-02T10:20:00.000Z",
        due=False,
    )
    assert recount(world(tmp_path, [one])) == []
    told = recount(world(tmp_path, [one | {"within2h": 5, "tickets": [*one["tickets"], "T9"]}]))
    assert told == ["A: ticket T9 does not exist", "A: within2h is 5, counted 4"]


def test_world_rows_tell_the_size(tmp_path: Path) -> None:
    folder = world(tmp_path, [outage("A", names("a", 6))], ["e1"])
    for name in ("tickets", "alarms", "maintenance"):
        write(folder / f"{name}.jsonl", [{}] * 3)
    table = dict(world_rows(folder))
    assert table["ticket events"] == "3"
    assert table["days"] == "14"
    assert table["outages due"] == "1"
    (folder / "alarms.jsonl").unlink()
    with pytest.raises(EvaluationError, match=r"alarms\.jsonl"):
        world_rows(folder)
