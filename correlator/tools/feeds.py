"""Files as feeds: `.jsonl` and `.jsonl.gz`, merged in arrival order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from correlator.adapters.files import FeedError, read_lines
from correlator.formats.decode import DECODERS, INPUTS, BadRecordError
from correlator.model import Event, Millis, arrival_order
from correlator.ports import DeadLetter, Record

# The engine is ticked at every minute up to the last event: one of the year 9999 would never end.
# The daemon takes such an event for now, which a file does not know.
_END: Millis = 4_102_444_800_000  # 2100-01-01


class Feed(msgspec.Struct, frozen=True):
    """A file and the topic whose format its lines have."""

    topic: str
    path: Path


__all__ = ["Feed", "FeedError", "feeds_in", "feeds_of", "lines_of", "merged", "read_feed"]


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
    """Return the events of all files in arrival order."""
    events = [event for feed in feeds for event in read_feed(feed, reject)]
    events.sort(key=arrival_order)
    return events
