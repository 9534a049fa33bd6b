"""Files as feeds: `.jsonl` and `.jsonl.gz`, merged in arrival order."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from correlator.decode import DECODERS, BadRecordError
from correlator.model import Event, arrival_order
from correlator.ports import DeadLetter, Record


class FeedError(ValueError):
    """A file that cannot be read at all."""


class Feed(msgspec.Struct, frozen=True):
    """A file and the topic whose format its lines have."""

    topic: str
    path: Path


def read_lines(path: Path) -> Iterator[bytes]:
    """Yield the lines of a file, gzip or not, without their ends; raises `FeedError`."""
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as lines:
            for line in lines:
                yield line.rstrip(b"\r\n")
    except (OSError, EOFError) as error:
        raise FeedError(f"{path}: {error}") from error


def read_feed(feed: Feed, reject: Callable[[DeadLetter], None]) -> list[Event]:
    """Return a file's events; lines that cannot be used go to `reject`, empty ones nowhere.

    The offset of a rejected line is its line number, counted from 1.
    """
    decode = DECODERS[feed.topic]
    events: list[Event] = []
    for number, line in enumerate(read_lines(feed.path), 1):
        if not line.strip():
            continue
        try:
            events.append(decode(line))
        except BadRecordError as error:
            record = Record(feed.topic, 0, number, None, line, 0)
            reject(DeadLetter(record, error.reason, str(error), 0))
    return events


def merged(feeds: list[Feed], reject: Callable[[DeadLetter], None]) -> list[Event]:
    """Return the events of all files in arrival order."""
    events = [event for feed in feeds for event in read_feed(feed, reject)]
    events.sort(key=arrival_order)
    return events
