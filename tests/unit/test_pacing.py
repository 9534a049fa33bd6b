"""A replay at the pace of a clock: no record before its time; the pace is changed by a file."""

import json
from pathlib import Path

import pytest

from correlator.adapters.pacing import Pace, PacedClock, PacedSource, read_pace, write_pace
from correlator.ports import Partition

BEGIN = 1_773_245_400_000  # 2026-03-11T16:10:00Z


class Hand:
    """A clock that is moved by hand, in the place of `time.monotonic`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at = 100.0
        monkeypatch.setattr("correlator.adapters.pacing.time.monotonic", lambda: self.at)
        monkeypatch.setattr("correlator.adapters.pacing.time.sleep", lambda _: None)


@pytest.fixture
def hand(monkeypatch: pytest.MonkeyPatch) -> Hand:
    return Hand(monkeypatch)


def test_time_runs_at_the_speed_of_the_file(hand: Hand, tmp_path: Path) -> None:
    file = tmp_path / "pace.json"
    write_pace(file, Pace(speed=20.0))
    clock = PacedClock(BEGIN, [], file)
    hand.at += 3
    assert clock.now() == BEGIN + 60_000
    write_pace(file, Pace(speed=1.0))
    clock.now()
    hand.at += 3
    assert clock.now() == BEGIN + 63_000


def test_a_pause_holds_it_and_a_skip_goes_to_the_next_scene(hand: Hand, tmp_path: Path) -> None:
    file = tmp_path / "pace.json"
    clock = PacedClock(BEGIN, [BEGIN - 5, BEGIN + 600_000, BEGIN + 900_000], file)
    write_pace(file, Pace(paused=True))
    clock.now()
    hand.at += 50
    assert clock.now() == BEGIN
    write_pace(file, Pace(paused=True, skips=1))
    assert clock.now() == BEGIN + 600_000
    assert clock.now() == BEGIN + 600_000
    write_pace(file, Pace(paused=True, skips=2))
    assert clock.now() == BEGIN + 900_000
    write_pace(file, Pace(paused=True, skips=3))
    assert clock.now() == BEGIN + 900_000


def test_a_file_that_is_not_there_or_broken_is_the_usual_pace(tmp_path: Path) -> None:
    file = tmp_path / "pace.json"
    assert read_pace(file) == Pace()
    file.write_text("{")
    assert read_pace(file) == Pace()


def record(minute: int) -> str:
    return json.dumps({"eventTime": f"2026-03-11T16:{10 + minute}:00Z", "event": {}})


def test_no_record_comes_before_its_time_and_each_comes_once(hand: Hand, tmp_path: Path) -> None:
    feeds = {"gi.tickets": [0, 1, 5], "gi.alarms": [3, 3, 3]}
    for topic, minutes in feeds.items():
        (tmp_path / f"{topic}.jsonl").write_text("\n".join(map(record, minutes)) + "\n")
    clock = PacedClock(BEGIN, [], tmp_path / "pace.json")
    source = PacedSource({topic: tmp_path / f"{topic}.jsonl" for topic in feeds}, clock)
    source.seek({})
    seen: dict[int, list[tuple[str, int]]] = {}
    for minute in range(7):
        found = [r for _ in range(4) for r in source.poll(0, 2)]
        seen[minute] = sorted((r.topic[3:], r.offset) for r in found)
        hand.at += 3  # a minute, twenty times as fast
    assert seen == {
        0: [("tickets", 0)], 1: [("tickets", 1)], 2: [], 4: [], 6: [],
        3: [("alarms", 0), ("alarms", 1), ("alarms", 2)], 5: [("tickets", 2)],
    }  # fmt: skip
    assert source.caught_up() == {Partition("gi.tickets", 0), Partition("gi.alarms", 0)}


def test_it_is_caught_up_while_the_next_record_is_still_to_come(hand: Hand, tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text(f"{record(0)}\n{record(5)}\n")
    clock = PacedClock(BEGIN, [], tmp_path / "pace.json")
    source = PacedSource({"gi.tickets": tmp_path / "t.jsonl"}, clock)
    source.seek({})
    assert source.caught_up() == frozenset()
    source.poll(0, 10)
    assert source.caught_up() == source.partitions()
    assert source.lag() == {Partition("gi.tickets", 0): 0}
    hand.at += 60
    assert source.caught_up() == frozenset()
    assert source.lag() == {Partition("gi.tickets", 0): 1}
