"""Files in any order, of any kind: a stream of them is what sorting all their events gives."""

from __future__ import annotations

import gzip
import random
import tempfile
from pathlib import Path
from typing import TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st

from correlator.formats.times import to_rfc3339
from correlator.model import Event, arrival_order
from correlator.ports import DeadLetter
from correlator.tools.feeds import Feed, Stream, read_feed
from correlator.tools.sorting import MOST_RUNS, Key, SortedLines

TOPICS = ("gi.tickets", "gi.alarms")
NONE, ALL = 0, 1 << 30
"""Bytes that stay in memory: every late line becomes a file of its own, or none does."""

Said: TypeAlias = tuple[int, str, str, str]  # second, event id, id, what it says


def line_of(topic: str, said: Said) -> bytes:
    """Return a record; of the same key with other words, where only those differ."""
    second, event, name, words = said
    time = to_rfc3339(1_800_000_000_000 + 1000 * second)
    if topic == "gi.tickets":
        kind = f'"troubleTicket":{{"id":"{name}","creationDate":"{time}","description":"{words}"}}'
    else:
        kind = (
            f'"alarm":{{"id":"{name}","state":"raised","alarmedObject":{{"id":"{words}"}},'
            f'"alarmRaisedTime":"{time}"}}'
        )
    return f'{{"eventId":"{event}","eventTime":"{time}","event":{{{kind}}}}}'.encode()


FEW = st.sampled_from("ab")
SAID = st.tuples(st.integers(0, 6), FEW, FEW, FEW)
USELESS = st.sampled_from([b"", b"  ", b"{", b'{"eventTime":"x"}'])


def lines_of(topic: str) -> st.SearchStrategy[list[bytes]]:
    return st.lists(st.one_of(SAID.map(lambda said: line_of(topic, said)), USELESS), max_size=25)


FILE = st.sampled_from(TOPICS).flatmap(lambda topic: st.tuples(st.just(topic), lines_of(topic)))
FILES = st.lists(FILE, max_size=4)
ORDERED = FILES.map(lambda files: [(topic, sorted(lines)) for topic, lines in files])


def written(folder: str, files: list[tuple[str, list[bytes]]]) -> list[Feed]:
    feeds = []
    for number, (topic, lines) in enumerate(files):
        packed = number % 2
        path = Path(folder) / f"{number}.jsonl{'.gz' if packed else ''}"
        content = b"\n".join(lines)
        path.write_bytes(gzip.compress(content) if packed else content)
        feeds.append(Feed(topic, path))
    return feeds


def sorted_at_once(feeds: list[Feed]) -> tuple[list[Event], list[DeadLetter]]:
    letters: list[DeadLetter] = []
    events = [event for feed in feeds for event in read_feed(feed, letters.append)]
    return sorted(events, key=arrival_order), letters


@given(st.one_of(FILES, ORDERED), st.sampled_from([NONE, 1_500, ALL]), st.data())
def test_a_stream_is_what_sorting_all_events_gives(
    files: list[tuple[str, list[bytes]]], most: int, data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        feeds = written(folder, files)
        wanted, useless = sorted_at_once(feeds)
        letters: list[DeadLetter] = []
        with Stream(feeds, letters.append, most) as stream:
            assert stream.count == len(wanted)
            assert list(stream) == wanted
            some = [data.draw(st.sampled_from(wanted)) for _ in range(min(3, len(wanted)))]
            for event in some:
                if event in wanted:
                    wanted.remove(event)
                    stream.set_aside(event)
            partly = iter(stream)
            next(partly, None)
            assert list(stream) == wanted
            assert stream.count == len(wanted)
        assert letters == useless


def key_of(line: bytes) -> Key:
    time, name, _ = line.decode().split()
    return int(time), 0, name, ""


def test_so_many_runs_that_runs_are_made_of_runs() -> None:
    chance = random.Random(8)
    count = MOST_RUNS * MOST_RUNS + 3 * MOST_RUNS + 5
    lines = [b"%d %d %d" % (chance.randrange(count), chance.randrange(2), n) for n in range(count)]
    kept = SortedLines(key_of, NONE)
    for line in lines:
        kept.add(key_of(line), line)
    assert list(kept) == sorted(lines, key=key_of)
    kept.close()


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 9), FEW), max_size=40), st.integers(0, 2_000))
def test_equal_lines_stay_in_the_order_they_were_added(
    drawn: list[tuple[int, str]], most: int
) -> None:
    lines = [f"{time} {name} {n}".encode() for n, (time, name) in enumerate(drawn)]
    kept = SortedLines(key_of, most)
    for line in lines:
        kept.add(key_of(line), line)
    assert list(kept) == list(kept) == sorted(lines, key=key_of)
    kept.close()
