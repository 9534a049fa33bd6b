"""Files behind the ports do what the ports promise."""

from __future__ import annotations

import gzip
import os
import tempfile
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlator.adapters.files import LONGEST_LINE, FeedError, FilePublisher, FileSource, read_lines
from correlator.ports import EventSource, OutMessage, Partition, Publisher, Record

if TYPE_CHECKING:
    from collections.abc import Sequence

ALARMS, TICKETS = Partition("gi.alarms", 0), Partition("gi.tickets", 0)


@pytest.fixture
def source(tmp_path: Path) -> FileSource:
    """Return a source of ten tickets and three alarms."""
    (tmp_path / "t.jsonl").write_bytes(b"".join(b"t%d\n" % n for n in range(10)))
    (tmp_path / "a.jsonl").write_bytes(b"a0\na1\na2\n")
    return FileSource({"gi.tickets": tmp_path / "t.jsonl", "gi.alarms": tmp_path / "a.jsonl"})


def drain(source: EventSource, at_a_time: int = 4) -> list[Record]:
    records: list[Record] = []
    while found := source.poll(0, at_a_time):
        assert len(found) <= at_a_time
        records += found
    return records


def offsets(records: Sequence[Record], partition: Partition) -> list[int]:
    return [r.offset for r in records if Partition(r.topic, r.partition) == partition]


# -------------------------------------------------------------------------------------- the source


@pytest.mark.parametrize("at_a_time", [1, 2, 3, 4, 100])
def test_every_line_comes_once_and_in_order(source: FileSource, at_a_time: int) -> None:
    records = drain(source, at_a_time)
    assert offsets(records, TICKETS) == list(range(10))
    assert offsets(records, ALARMS) == list(range(3))
    assert {r.offset: r.value for r in records if r.topic == "gi.tickets"} == {
        n: b"t%d" % n for n in range(10)
    }


def test_a_record_is_whole(source: FileSource) -> None:
    source.seek({TICKETS: 9, ALARMS: 3})
    assert source.poll(0, 10) == [Record("gi.tickets", 0, 9, None, b"t9", 0)]


def test_the_files_take_turns(source: FileSource) -> None:
    first = source.poll(0, 4)
    assert offsets(first, TICKETS) == offsets(first, ALARMS) == [0, 1]


def test_each_file_is_one_partition(source: FileSource) -> None:
    assert source.partitions() == {ALARMS, TICKETS}


def test_lag_and_catching_up(source: FileSource) -> None:
    assert source.lag() == {ALARMS: 3, TICKETS: 10}
    assert source.caught_up() == frozenset()
    source.poll(0, 6)
    assert source.lag() == {ALARMS: 0, TICKETS: 7}
    assert source.caught_up() == {ALARMS}
    drain(source)
    assert source.caught_up() == {ALARMS, TICKETS}


def test_an_empty_file_is_caught_up_at_once(tmp_path: Path) -> None:
    (tmp_path / "t").touch()
    source = FileSource({"gi.tickets": tmp_path / "t"})
    assert source.caught_up() == {TICKETS}
    assert source.poll(0, 10) == []


def test_seeking(source: FileSource) -> None:
    drain(source)
    source.seek({TICKETS: 8, ALARMS: 3, Partition("gi.actions", 0): 5})
    assert offsets(drain(source), TICKETS) == [8, 9]
    assert source.partitions() == {ALARMS, TICKETS}


def test_what_is_not_named_starts_at_its_first(source: FileSource) -> None:
    drain(source)
    source.seek({TICKETS: 8})
    assert offsets(drain(source), ALARMS) == [0, 1, 2]


def test_pausing_stops_these_and_resumes_all_others(source: FileSource) -> None:
    source.pause([TICKETS])
    assert offsets(source.poll(0, 2), TICKETS) == []
    source.pause(iter([ALARMS]))
    records = drain(source)
    assert offsets(records, TICKETS) == list(range(10))
    assert offsets(records, ALARMS) == []
    assert source.lag()[ALARMS] == 1
    source.pause([])
    assert offsets(drain(source), ALARMS) == [2]


def test_blank_lines_and_line_ends_are_no_records(tmp_path: Path) -> None:
    (tmp_path / "t").write_bytes(b'\n{"a": 1}\r\n  \n{"b": 2}')
    source = FileSource({"gi.tickets": tmp_path / "t"})
    assert [r.value for r in drain(source)] == [b'{"a": 1}', b'{"b": 2}']


def test_bytes_that_are_no_text_come_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "t").write_bytes(b"\xff\x00\xfe\n")
    assert [r.value for r in drain(FileSource({"gi.tickets": tmp_path / "t"}))] == [b"\xff\x00\xfe"]


def test_gzip(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl.gz").write_bytes(gzip.compress(b"one\ntwo\n"))
    assert list(read_lines(tmp_path / "t.jsonl.gz")) == [b"one", b"two"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("broken.gz", b"this is no gzip"),
        ("short.gz", gzip.compress(b"one\n" * 1000)[:-9]),
        ("damaged.gz", bytes(10) + gzip.compress(b"one")[10:]),
        ("twisted.gz", gzip.compress(b"one\n" * 1000)[:10] + b"\xff" * 30),
        ("missing", None),
    ],
)
def test_a_file_that_cannot_be_read_is_named(
    tmp_path: Path, name: str, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(FeedError, match=name):
        list(read_lines(tmp_path / name))


@pytest.mark.parametrize("name", ["t.jsonl", "t.jsonl.gz"])
def test_a_feed_is_a_regular_file(tmp_path: Path, name: str) -> None:
    feed = tmp_path / name
    os.mkfifo(feed)
    with pytest.raises(FeedError, match=f"{name}: not a regular file but a fifo"):
        list(read_lines(feed))
    feed.unlink()
    feed.symlink_to("/dev/zero")
    with pytest.raises(FeedError, match=f"{name}: not a regular file but a device"):
        list(read_lines(feed))
    feed.unlink()
    feed.mkdir()
    with pytest.raises(FeedError, match=f"{name}: not a regular file but a folder"):
        list(read_lines(feed))
    with pytest.raises(FeedError, match="no name that a file can have"):
        list(read_lines(tmp_path / f"\0{name}"))


def test_a_feed_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(b"one\n")
    (tmp_path / "t.jsonl").symlink_to("elsewhere")
    assert list(read_lines(tmp_path / "t.jsonl")) == [b"one"]


@pytest.mark.parametrize("name", ["t.jsonl", "t.jsonl.gz"])
def test_a_line_has_so_many_bytes(tmp_path: Path, name: str) -> None:
    feed, longest = tmp_path / name, b"x" * (LONGEST_LINE - 1) + b"\n"
    packed = partial(gzip.compress, compresslevel=1) if name.endswith(".gz") else bytes
    feed.write_bytes(packed(b"one\n" + longest + b"three\n"))
    assert [len(line) for line in read_lines(feed)] == [3, LONGEST_LINE - 1, 5]
    feed.write_bytes(packed(b"one\n" + b"x" + longest))
    with pytest.raises(FeedError, match=f"{name}:2: the line has more than 16 MiB"):
        list(read_lines(feed))


def test_a_packed_feed_is_broken_at_a_line(tmp_path: Path) -> None:
    (tmp_path / "t.gz").write_bytes(gzip.compress(b"one\ntwo\n" * 3)[:-9])
    with pytest.raises(FeedError, match=r"t\.gz:[0-9]+: Compressed file ended"):
        list(read_lines(tmp_path / "t.gz"))


@given(content=st.binary(max_size=200), packed=st.booleans())
def test_whatever_stands_there_is_read_or_refused(content: bytes, packed: bool) -> None:  # noqa: FBT001
    with tempfile.TemporaryDirectory() as folder:
        for name, whole in (
            ("t", content),
            ("t.gz", gzip.compress(content) if packed else content),
        ):
            (Path(folder) / name).write_bytes(whole)
            with suppress(FeedError):
                list(read_lines(Path(folder) / name))


# ----------------------------------------------------------------------------------- the publisher


def test_each_topic_has_a_file(tmp_path: Path) -> None:
    publisher: Publisher = FilePublisher(tmp_path)
    messages = [
        OutMessage("x", b"k", b"1"),
        OutMessage("y", None, b"2"),
        OutMessage("x", b"k", b"3"),
    ]
    assert publisher.publish(messages) == [None, None, None]
    assert publisher.publish([OutMessage("x", b"k", None)]) == [None]
    publisher.close()
    assert (tmp_path / "x.jsonl").read_bytes() == b"1\n3\nnull\n"
    assert (tmp_path / "y.jsonl").read_bytes() == b"2\n"


def test_publishing_nothing(tmp_path: Path) -> None:
    assert FilePublisher(tmp_path).publish([]) == []
    assert list(tmp_path.iterdir()) == []


def test_a_listener_hears_of_every_message_in_order(tmp_path: Path) -> None:
    heard: list[OutMessage] = []
    messages = [OutMessage("x", b"k", b"%d" % n, (("h", b"v"),)) for n in range(3)]
    FilePublisher(tmp_path, heard.append).publish(messages)
    assert heard == messages
