"""A replay over files: what the engine cannot take is set aside, and the rest is as without it."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from correlator.adapters.sql import open_store
from correlator.tools import file_replay
from correlator.tools.feeds import Feed
from correlator.tools.file_replay import ReplayReport, ReplayRequest, TooManyAsideError, run_replay
from tests.harness.loop import contents
from tests.harness.picky import BAD, Picky

if TYPE_CHECKING:
    from pathlib import Path


KEPT = ("tickets", "incidents", "links", "verdicts", "journal", "suppressions")


def replayed(
    folder: Path, tickets: Path, store: Path | None = None, verdicts: Path | None = None
) -> ReplayReport:
    feeds = (Feed("gi.tickets", tickets), Feed("gi.alarms", folder / "alarms.jsonl"))
    url = f"sqlite:///{store}" if store else None
    request = ReplayRequest(folder / "topology", feeds, store_url=url, verdicts=verdicts)
    return run_replay(request, lambda *_: None)


def spoiled(folder: Path, to: Path, lines: range) -> tuple[Path, Path]:
    """Return the world's tickets with some that are not taken, and without those."""
    good = (folder / "tickets.jsonl").read_bytes().splitlines(keepends=True)
    mixed, rest = to / "mixed.jsonl", to / "rest.jsonl"
    mixed.write_bytes(b"".join(bad(line) if n in lines else line for n, line in enumerate(good)))
    rest.write_bytes(b"".join(line for n, line in enumerate(good) if n not in lines))
    return mixed, rest


def bad(line: bytes) -> bytes:
    record = json.loads(line)
    record["event"]["troubleTicket"]["id"] += BAD
    return json.dumps(record).encode() + b"\n"


@pytest.fixture(autouse=True)
def picky(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_replay, "Engine", Picky)


def test_a_line_the_engine_fails_at_is_a_dead_letter_and_nothing_else_changes(
    small_world: Path, tmp_path: Path
) -> None:
    mixed, rest = spoiled(small_world, tmp_path, range(20, 140, 40))
    answers = tmp_path / "disturbed.jsonl", tmp_path / "undisturbed.jsonl"
    disturbed = replayed(small_world, mixed, tmp_path / "disturbed.db", answers[0])
    undisturbed = replayed(small_world, rest, tmp_path / "undisturbed.db", answers[1])
    letters = disturbed.dead_letters
    assert [(letter.record.topic, letter.record.offset, letter.reason) for letter in letters] == [
        ("gi.tickets", line, "unusable") for line in (21, 61, 101)
    ]
    assert all(BAD.encode() in letter.record.value for letter in letters)
    assert all("KeyError" in letter.error for letter in letters)
    assert disturbed.replayed.events == undisturbed.replayed.events
    one, other = disturbed.replayed.outcome, undisturbed.replayed.outcome
    assert one.announced()
    assert one.incident_lines() == other.incident_lines()
    assert answers[0].read_bytes() == answers[1].read_bytes() != b""
    with (
        closing(open_store(f"sqlite:///{tmp_path / 'disturbed.db'}")) as store,
        closing(open_store(f"sqlite:///{tmp_path / 'undisturbed.db'}")) as expected,
    ):
        assert contents(store, *KEPT) == contents(expected, *KEPT)


def test_lines_that_say_the_same_are_set_aside_one_by_one(
    small_world: Path, tmp_path: Path
) -> None:
    mixed, _ = spoiled(small_world, tmp_path, range(10, 11))
    lines = mixed.read_bytes().splitlines(keepends=True)
    mixed.write_bytes(b"".join([*lines[:11], lines[10], *lines[11:50]]))
    letters = replayed(small_world, mixed).dead_letters
    assert [letter.record.offset for letter in letters] == [11, 12]


def test_an_engine_that_takes_nothing_ends_the_replay(small_world: Path, tmp_path: Path) -> None:
    mixed, rest = spoiled(small_world, tmp_path, range(10_000))
    for _ in range(2):  # the store is given back
        with pytest.raises(TooManyAsideError, match="failed at 20 lines, and then at gi"):
            replayed(small_world, mixed, tmp_path / "store.db")
    assert not replayed(small_world, rest, tmp_path / "store.db").dead_letters


def test_a_replay_that_fails_leaves_the_answers_of_the_one_before(
    small_world: Path, tmp_path: Path
) -> None:
    mixed, _ = spoiled(small_world, tmp_path, range(1_000))
    answers = tmp_path / "answers.jsonl"
    (tmp_path / "good.jsonl").write_bytes(
        b"".join((small_world / "tickets.jsonl").read_bytes().splitlines(keepends=True)[:50])
    )
    replayed(small_world, tmp_path / "good.jsonl", verdicts=answers)
    before = answers.read_bytes()
    with pytest.raises(TooManyAsideError):
        replayed(small_world, mixed, verdicts=answers)
    assert answers.read_bytes() == before != b""
    assert not list(tmp_path.glob("*.unfinished"))
