"""Files as feeds: lines, lines that cannot be used, and the order of arrival."""

import gzip
import json
from inspect import signature
from pathlib import Path

import pytest

from correlator.cli.replaying import replay
from correlator.formats.decode import INPUTS
from correlator.formats.times import LATEST, to_rfc3339
from correlator.model import (
    Action,
    Alarm,
    AlarmState,
    Event,
    Maintenance,
    Ticket,
    Verb,
    arrival_order,
)
from correlator.ports import DeadLetter
from correlator.tools.feeds import (
    Feed,
    FeedError,
    Stream,
    feeds_in,
    feeds_of,
    merged,
    read_feed,
    read_lines,
)


def line(name: str, time: int) -> bytes:
    ticket = {"id": name, "creationDate": to_rfc3339(time)}
    record = {"eventTime": to_rfc3339(time), "event": {"troubleTicket": ticket}}
    return json.dumps(record).encode()


def nothing_rejected(letter: DeadLetter) -> None:
    pytest.fail(letter.error)


def test_a_plain_and_a_packed_file_read_alike(tmp_path: Path) -> None:
    content = b"\n".join(line(f"T{n}", n * 1000) for n in range(5)) + b"\n"
    plain, packed = tmp_path / "t.jsonl", tmp_path / "t.jsonl.gz"
    plain.write_bytes(content)
    packed.write_bytes(gzip.compress(content))
    one = read_feed(Feed("gi.tickets", plain), nothing_rejected)
    other = read_feed(Feed("gi.tickets", packed), nothing_rejected)
    assert one == other
    assert [event.id for event in one] == [f"T{n}" for n in range(5)]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_line_ends_of_either_kind_and_empty_lines(tmp_path: Path, end: bytes) -> None:
    path = tmp_path / "t.jsonl"
    path.write_bytes(end.join([line("T1", 0), b"", b"  ", line("T2", 1000)]))
    events = read_feed(Feed("gi.tickets", path), nothing_rejected)
    assert [event.id for event in events] == ["T1", "T2"]


def test_a_line_that_cannot_be_used_is_handed_over_whole_with_its_number(tmp_path: Path) -> None:
    path, letters = tmp_path / "t.jsonl", []
    path.write_bytes(b"\n".join([line("T1", 0), b"{", b'{"eventTime":"x"}', line("T2", 0)]))
    events = read_feed(Feed("gi.tickets", path), letters.append)
    assert [event.id for event in events] == ["T1", "T2"]
    first, second = letters
    assert (first.record.offset, first.record.value, first.reason) == (2, b"{", "not-json")
    assert (second.record.offset, second.reason) == (3, "invalid")
    assert "eventTime" in second.error


def test_lines_of_no_use_are_told_from_lines_that_never_end(tmp_path: Path) -> None:
    path, letters = tmp_path / "t.jsonl", []
    nested = b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    path.write_bytes(b"\n".join([nested, line("T1", LATEST), line("T2", 0)]))
    events = merged([Feed("gi.tickets", path)], letters.append)
    assert [event.id for event in events] == ["T2"]
    assert [(one.record.offset, one.reason) for one in letters] == [(1, "invalid"), (2, "invalid")]
    assert "eventTime" in letters[1].error


def test_events_of_all_files_come_in_order_of_arrival(tmp_path: Path) -> None:
    one, other = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    one.write_bytes(b"\n".join([line("T3", 3000), line("T1", 1000)]))
    other.write_bytes(b"\n".join([line("T4", 4000), line("T2", 2000)]))
    feeds = [Feed("gi.tickets", one), Feed("gi.tickets", other)]
    assert [event.id for event in merged(feeds, nothing_rejected)] == ["T1", "T2", "T3", "T4"]


def test_equal_arrivals_are_ordered_maintenance_alarm_ticket_then_id() -> None:
    events: list[Event] = [
        Action("X", 5, "x", "anna", Verb.CONFIRM, "GI"),
        Ticket("T2", 5, 5, "t2"),
        Ticket("T1", 5, 5, "t1"),
        Alarm("A", 5, 5, "a", "DSL-1", AlarmState.RAISED),
        Maintenance("M", 5, "m", ("DSL-1",), 0, 9),
        Ticket("T9", 4, 4, "t9"),
    ]
    found = [event.id for event in sorted(events, key=arrival_order)]
    assert found == ["T9", "M", "A", "T1", "T2", "X"]


def test_every_kind_of_event_has_a_rank_of_its_own() -> None:
    kinds = Event.__args__
    assert len({kind.RANK for kind in kinds}) == len(kinds)


def test_every_input_is_a_feed_under_its_own_name(tmp_path: Path) -> None:
    files = {source.name: tmp_path / f"{source.name}.jsonl" for source in INPUTS}
    assert feeds_in(tmp_path) == ()
    for path in files.values():
        path.touch()
    feeds = feeds_in(tmp_path)
    assert {feed.topic: feed.path for feed in feeds} == {f"gi.{n}": p for n, p in files.items()}
    assert feeds_of({**files, "alarms": None}) == tuple(f for f in feeds if f.topic != "gi.alarms")


def test_every_input_is_an_option_of_replay() -> None:
    options = signature(replay).parameters
    assert {source.name for source in INPUTS} <= options.keys()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match=r"gone\.jsonl"):
        list(read_lines(tmp_path / "gone.jsonl"))


@pytest.mark.parametrize("cut", [3, 40])
def test_a_damaged_packed_file_is_named(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "t.jsonl.gz"
    path.write_bytes(gzip.compress(line("T1", 0) * 50)[:cut])
    with pytest.raises(FeedError, match=r"t\.jsonl\.gz"):
        list(read_lines(path))


def test_a_packed_file_with_damage_inside_is_named(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl.gz"
    data = bytearray(gzip.compress(line("T1", 0) * 50))
    data[15] ^= 0xFF
    path.write_bytes(bytes(data))
    with pytest.raises(FeedError, match=r"t\.jsonl\.gz"):
        list(read_lines(path))


def test_a_file_that_is_not_packed_though_its_name_says_so_is_named(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl.gz"
    path.write_bytes(line("T1", 0))
    with pytest.raises(FeedError, match=r"t\.jsonl\.gz"):
        list(read_lines(path))


def test_a_file_that_is_cut_off_while_it_is_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    lines = [line(f"T{n}", n * 1000) for n in range(5)]
    path.write_bytes(b"\n".join(lines))
    with Stream([Feed("gi.tickets", path)], nothing_rejected) as stream:
        path.write_bytes(b"\n".join(lines[:3]))
        with pytest.raises(FeedError, match=r"t\.jsonl: has fewer records"):
            list(stream)
    path.write_bytes(b"\n".join(lines))
    with Stream([Feed("gi.tickets", path)], nothing_rejected) as stream:
        path.write_bytes(b"\n".join([*lines, line("T9", 9000)]))
        assert len(list(stream)) == stream.count == 5
