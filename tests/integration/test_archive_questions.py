"""The archive as others read it: the questions of `docs/archive.md`, asked with DuckDB."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import duckdb
import pytest

from correlator.adapters.archive import open_archive
from correlator.adapters.archive.decisions import DECISIONS
from correlator.adapters.archive.rows import SCHEMA, Kept
from correlator.model import DAY, MINUTE, Action, Alarm, AlarmState, Ticket, Verb
from correlator.ports import Input
from tests.builders import START

PAGE = Path(__file__).parents[2] / "docs" / "archive.md"


def at(minute: float) -> int:
    return START + round(minute * MINUTE)


def ticket(name: str, customer: str, minute: float, channel: str) -> Ticket:
    return Ticket(name, at(minute), at(minute), name, customer, "no-sync", channel=channel)


def alarm(name: str, where: str, minute: float, state: str = "raised") -> Alarm:
    return Alarm(
        id=name, arrived=at(minute), occurred=at(minute), event_id=f"{name}@{minute}",
        managed_object=where, cause="lossOfSignal", severity="major", state=AlarmState(state),
    )  # fmt: skip


def action(name: str, verb: Verb, minute: float) -> Action:
    return Action(name, at(minute), name, "anna", verb, "GI-1")


TABLES = (SCHEMA, DECISIONS)
NEXT = DAY // MINUTE
TAKEN: list[Input] = [
    ticket("T1", "anna", 0, "phone"), ticket("T2", "anna", 1, "chat"),
    ticket("T3", "bob", 2, "phone"), at(3), alarm("A1", "DSL-1", 4), alarm("A2", "DSL-1", 5),
    action("X1", Verb.ACKNOWLEDGE, 6), alarm("A1", "DSL-1", 10, "cleared"),
    action("X2", Verb.CONFIRM, 12), alarm("A2", "DSL-1", 15, "cleared"),
    alarm("A3", "DSL-2", 20), ticket("T4", "cid", NEXT, "chat"),
]  # fmt: skip


@cache
def questions() -> list[str]:
    return re.findall(r"```sql\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture
def answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[tuple[object, ...]]]:
    archive = open_archive(str(tmp_path / "archive"))
    kept = [
        Kept(n, one if isinstance(one, int) else one.arrived, "i", "c", one)
        for n, one in enumerate(TAKEN, 1)
    ]
    archive.write_part(1, kept)
    monkeypatch.chdir(tmp_path)
    return [duckdb.sql(question).fetchall() for question in questions()]


def test_the_three_questions_have_their_answers(answers: list[list[tuple[object, ...]]]) -> None:
    customers, alarms, decisions = ([tuple(map(str, row)) for row in rows] for rows in answers)
    assert customers == [("2026-03-04", "1", "1"), ("2026-03-03", "2", "1")]
    assert alarms == [("DSL-1", "2", "0:08:00"), ("DSL-2", "1", "None")]
    assert decisions == [("acknowledge", "1", "0:00:00"), ("confirm", "1", "0:06:00")]


def test_every_column_is_documented() -> None:
    section = PAGE.read_text(encoding="utf-8").partition("## Columns")[2].partition("## ")[0]
    for table, schema in zip(section.split("One row for each decision"), TABLES, strict=True):
        rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
        assert [name for row in rows for name in re.findall(r"`(\w+)`", row)] == list(schema.names)


def test_what_is_read_again_is_what_was_taken(tmp_path: Path) -> None:
    archive = open_archive(str(tmp_path / "archive"))
    kept = [Kept(n, at(n), "i", "c", one) for n, one in enumerate(TAKEN, 1)]
    archive.write_part(1, kept)
    assert list(archive.read()) == kept
    assert list(archive.read(5)) == kept[5:]
