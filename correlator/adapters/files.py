"""Files behind the ports: `.jsonl` as partitions, published messages as `.jsonl`."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from correlator.ports import OutMessage, Partition, Record
from rules.files import irregularity

LONGEST_LINE = 16 << 20
"""Bytes. A packed file of a few megabytes could unpack to one line that fills the memory."""


class FeedError(ValueError):
    """A file that cannot be read at all."""


def read_lines(path: Path) -> Iterator[bytes]:
    """Yield the lines of a regular file, gzip or not, without their ends; raises `FeedError`."""
    if problem := irregularity(path):
        raise FeedError(f"{path}: {problem}")
    number = 1
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as lines:
            while line := lines.readline(LONGEST_LINE + 1):
                if len(line) > LONGEST_LINE:
                    long = f"the line has more than {LONGEST_LINE >> 20} MiB"
                    raise FeedError(f"{path}:{number}: {long}")
                yield line.rstrip(b"\r\n")
                number += 1
    except (OSError, EOFError, zlib.error) as error:
        raise FeedError(f"{path}:{number}: {error}") from error


class FileSource:
    """Each file is the one partition of its topic; a line is a record, its offset counts from 0."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        """`files`: topic → file."""
        self._lines = {
            Partition(topic, 0): [line for line in read_lines(path) if line.strip()]
            for topic, path in sorted(files.items())
        }
        self._next = dict.fromkeys(self._lines, 0)
        self._paused: frozenset[Partition] = frozenset()

    def seek(self, positions: Mapping[Partition, int]) -> None:
        """Start each file at the given line."""
        self._next = {partition: positions.get(partition, 0) for partition in self._lines}

    def poll(self, timeout_ms: int, max_records: int) -> Sequence[Record]:  # noqa: ARG002 - a port
        """Return the next lines, taking turns between the files."""
        open_files = [p for p, lag in self.lag().items() if lag and p not in self._paused]
        share = max(1, max_records // max(1, len(open_files)))
        records: list[Record] = []
        for partition in open_files:
            first = self._next[partition]
            lines = self._lines[partition][first : first + min(share, max_records - len(records))]
            self._next[partition] = first + len(lines)
            records += [
                Record(partition.topic, 0, first + i, None, line, 0) for i, line in enumerate(lines)
            ]
        return records

    def partitions(self) -> frozenset[Partition]:
        """Return one partition per file."""
        return frozenset(self._lines)

    def refresh(self) -> frozenset[Partition]:
        """No file is added."""
        return frozenset()

    @property
    def reachable(self) -> bool:
        """Files always answer."""
        return True

    def caught_up(self) -> frozenset[Partition]:
        """Return the files that have been read to their end."""
        return frozenset(p for p, lag in self.lag().items() if lag == 0)

    def lag(self) -> Mapping[Partition, int]:
        """Return how many lines of each file have not been read."""
        return {p: len(lines) - self._next[p] for p, lines in self._lines.items()}

    def pause(self, partitions: Iterable[Partition]) -> None:
        """Do not read these files for now."""
        self._paused = frozenset(partitions)

    def close(self) -> None:
        """Nothing stays open."""


class FilePublisher:
    """Appends each topic's messages to a file of its own; `told` hears of every message."""

    def __init__(self, folder: Path, told: Callable[[OutMessage], None] = lambda _: None) -> None:
        self._folder = folder
        self._told = told

    def publish(self, messages: Sequence[OutMessage]) -> Sequence[Exception | None]:
        """Append the messages; all are stored when this returns."""
        by_topic: dict[str, list[bytes]] = {}
        for message in messages:
            by_topic.setdefault(message.topic, []).append(message.value or b"null")
            self._told(message)
        for topic, values in by_topic.items():
            with (self._folder / f"{topic}.jsonl").open("ab") as file:
                file.write(b"".join(value + b"\n" for value in values))
        return [None] * len(messages)

    def close(self) -> None:
        """Nothing stays open."""
