"""Files as feeds: `.jsonl` and `.jsonl.gz`, merged in arrival order."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Self, TypeAlias

import msgspec

from correlator.adapters.files import FeedError, read_lines
from correlator.formats.decode import DECODERS, INPUTS, BadRecordError
from correlator.model import Event, Millis, arrival_order
from correlator.ports import DeadLetter, Record
from correlator.tools.sorting import MOST_KEPT, Key, SortedLines

Keyed: TypeAlias = tuple[Key, Event]

# The engine is ticked at every minute up to the last event: one of the year 9999 would never end.
# The daemon takes such an event for now, which a file does not know.
_END: Millis = 4_102_444_800_000  # 2100-01-01


class Feed(msgspec.Struct, frozen=True):
    """A file and the topic whose format its lines have."""

    topic: str
    path: Path


__all__ = ["Feed", "FeedError", "Stream", "feeds_in", "feeds_of", "lines_of", "merged", "read_feed"]


def feeds_of(files: Mapping[str, Path | None]) -> tuple[Feed, ...]:
    """Return the feeds of files that are given by the names of the inputs."""
    given = {source.topic: files[source.name] for source in INPUTS}
    return tuple(Feed(topic, path) for topic, path in given.items() if path is not None)


def feeds_in(folder: Path) -> tuple[Feed, ...]:
    """Return the feeds of a folder in which each file bears the name of its input."""
    places = {source.name: folder / f"{source.name}.jsonl" for source in INPUTS}
    return feeds_of({name: path if path.exists() else None for name, path in places.items()})


def read_feed(feed: Feed, reject: Callable[[DeadLetter], None]) -> list[Event]:
    """Return a file's events; lines that cannot be used go to `reject`, empty ones nowhere.

    The offset of a rejected line is its line number, counted from 1.
    """
    return [event for _, event in _decoded(feed, reject)]


def lines_of(feeds: Iterable[Feed], event: Event) -> list[Record]:
    """Return the lines that say this event, with their numbers from 1 as offsets."""
    return [
        record
        for feed in feeds
        for record, other in _decoded(feed, lambda _: None)
        if other == event
    ]


def _decoded(feed: Feed, reject: Callable[[DeadLetter], None]) -> Iterator[tuple[Record, Event]]:
    decode = DECODERS[feed.topic]
    for number, line in enumerate(read_lines(feed.path), 1):
        if not line.strip():
            continue
        record = Record(feed.topic, 0, number, None, line, 0)
        try:
            yield record, _in_time(decode(line))
        except BadRecordError as error:
            reject(DeadLetter(record, error.reason, str(error), 0))


def _in_time(event: Event) -> Event:
    if event.arrived >= _END:
        raise BadRecordError("invalid", "`eventTime` is after 2099 - at `$.eventTime`")
    return event


def merged(feeds: Iterable[Feed], reject: Callable[[DeadLetter], None]) -> list[Event]:
    """Return the events of all files in arrival order, as one list."""
    with Stream(feeds, reject) as stream:
        return list(stream)


class Stream:
    """The events of files in arrival order, as often as it is iterated, in bounded memory.

    Every file is read twice. At once, to the end: every line is decoded, those that cannot be used
    go to `reject`, and those that come late, after one that arrived later, are sorted aside. Then,
    with each iteration: what is left is in order by itself, and is merged with the late ones.

    `count`: how many events there are. `most`: bytes of late lines of a file that stay in memory.
    Raises `FeedError`.
    """

    def __init__(
        self,
        feeds: Iterable[Feed],
        reject: Callable[[DeadLetter], None],
        most: int = MOST_KEPT,
    ) -> None:
        self._files: list[_File] = []
        self._aside: list[Event] = []
        try:
            for feed in feeds:
                self._files.append(_File(feed, most))
                self._files[-1].survey(reject)
        except BaseException:
            self.close()
            raise
        self.count = sum(file.count for file in self._files)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[Event]:
        runs = [run for file in self._files for run in file.runs()]
        aside = list(self._aside)
        for _, event in heapq.merge(*runs, key=itemgetter(0)):
            if aside and event in aside:
                aside.remove(event)
            else:
                yield event

    def set_aside(self, event: Event) -> None:
        """Leave out the first event that is equal to this one from now on."""
        self._aside.append(event)
        self.count -= 1

    def close(self) -> None:
        """Remove what was written aside."""
        for file in self._files:
            file.late.close()


class _File:
    """A file of a stream, as two sorted runs: what comes in order, and what comes late.

    Of events with the same key the one that comes in order stands first in the file: the late one
    comes after one with a larger key.
    """

    def __init__(self, feed: Feed, most: int) -> None:
        self._feed = feed
        self.count = 0
        self.late = SortedLines(lambda line: arrival_order(DECODERS[feed.topic](line)), most)

    def survey(self, reject: Callable[[DeadLetter], None]) -> None:
        """Read the file once, to know what is late."""
        for key, (record, _), is_late in _told_late(_decoded(self._feed, reject)):
            self.count += 1
            if is_late:
                self.late.add(key, record.value)

    def runs(self) -> tuple[Iterator[Keyed], Iterator[Keyed]]:
        """Return the sorted runs of (key, event)."""
        return self._in_order(), self._late()

    def _in_order(self) -> Iterator[Keyed]:
        lines = islice(_decoded(self._feed, lambda _: None), self.count)  # it may grow meanwhile
        count = 0
        for key, (_, event), is_late in _told_late(lines):
            count += 1
            if not is_late:
                yield key, event
        if count < self.count:
            raise FeedError(f"{self._feed.path}: has fewer records than a moment before")

    def _late(self) -> Iterator[Keyed]:
        decode = DECODERS[self._feed.topic]
        for line in self.late:
            event = decode(line)
            yield arrival_order(event), event


def _told_late(
    lines: Iterable[tuple[Record, Event]],
) -> Iterator[tuple[Key, tuple[Record, Event], bool]]:
    """Yield key and line, and whether a larger key came before it."""
    latest: Key | None = None
    for line in lines:
        key = arrival_order(line[1])
        is_late = latest is not None and key < latest
        if not is_late:
            latest = key
        yield key, line, is_late
