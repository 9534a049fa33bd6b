"""A replay at the pace of a clock: how fast, and a feed that gives no record before its time.

The pace is a small file, so that the console, which is another process, can change it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from correlator.adapters.files import FileSource
from correlator.formats.times import to_millis
from correlator.model import Millis
from correlator.ports import Partition, Record


class Pace(msgspec.Struct, frozen=True):
    """How a replay goes on: `speed` times as fast as the clock, or not at all while `paused`.

    `skips` and `replays` count how often somebody asked for the next scene, or to begin anew.
    """

    speed: float = 20.0
    paused: bool = False
    skips: int = 0
    replays: int = 0


def read_pace(path: Path) -> Pace:
    """Return the pace that stands in a file; the usual one where there is none."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Pace)
    except (OSError, msgspec.DecodeError):
        return Pace()


def write_pace(path: Path, pace: Pace) -> None:
    """Write a pace so that a reader sees all of it or what was there before."""
    beside = path.with_suffix(".new")
    beside.write_bytes(msgspec.json.encode(pace))
    beside.replace(path)


class PacedClock:
    """The time in a replay: runs with the clock at its pace, from `begin` (ms) on.

    `scenes`: moments to which a skip goes, ascending.
    """

    def __init__(self, begin: Millis, scenes: Sequence[Millis], path: Path) -> None:
        self._at: float = begin
        self._scenes = scenes
        self._path = path
        self._pace = read_pace(path)
        self._seen = time.monotonic()

    @property
    def pace(self) -> Pace:
        """How it goes on at present."""
        return self._pace

    def now(self) -> Millis:
        """Return the time in the replay, and take up what somebody changed of its pace."""
        seen = time.monotonic()
        passed, self._seen = seen - self._seen, seen
        if not self._pace.paused:
            self._at += passed * 1000 * self._pace.speed
        pace = read_pace(self._path)
        if pace.skips > self._pace.skips:
            self._at = next((scene for scene in self._scenes if scene > self._at), self._at)
        self._pace = pace
        return int(self._at)


class _Time(msgspec.Struct, rename="camel"):
    event_time: datetime


class PacedSource:
    """The files of a `FileSource`, of which no record comes before its time."""

    def __init__(self, files: Mapping[str, Path], clock: PacedClock) -> None:
        self._source = FileSource(files)
        self._clock = clock
        self._ahead: dict[Partition, list[tuple[Millis, Record]]] = {}
        self._decoder = msgspec.json.Decoder(_Time)

    def seek(self, positions: Mapping[Partition, int]) -> None:
        """Start each file at the given line."""
        self._source.seek(positions)
        self._ahead = {partition: [] for partition in self._source.partitions()}

    def poll(self, timeout_ms: int, max_records: int) -> Sequence[Record]:
        """Return the records that are due; waits a moment where there is none."""
        now = self._clock.now()
        for record in self._source.poll(0, max_records):
            partition = Partition(record.topic, record.partition)
            self._ahead[partition].append((self._time_of(record), record))
        self._source.pause(p for p, waiting in self._ahead.items() if waiting)
        due = []
        for partition, waiting in self._ahead.items():
            count = next((n for n, (at, _) in enumerate(waiting) if at > now), len(waiting))
            due += [record for _, record in waiting[:count]]
            self._ahead[partition] = waiting[count:]
        if not due:
            time.sleep(min(timeout_ms, 50) / 1000)
        return due

    def _time_of(self, record: Record) -> Millis:
        return to_millis(self._decoder.decode(record.value).event_time)

    def partitions(self) -> frozenset[Partition]:
        """Return one partition per file."""
        return self._source.partitions()

    def refresh(self) -> frozenset[Partition]:
        """No file is added."""
        return frozenset()

    @property
    def reachable(self) -> bool:
        """Files always answer."""
        return True

    def caught_up(self) -> frozenset[Partition]:
        """Return the files of which every record that is due has been read."""
        ended = self._source.caught_up()
        now = self._clock.now()
        return frozenset(
            partition
            for partition, waiting in self._ahead.items()
            if (waiting and waiting[0][0] > now) or (not waiting and partition in ended)
        )

    def lag(self) -> Mapping[Partition, int]:
        """Return how many records of each file are due and have not been read."""
        now = self._clock.now()
        return {
            partition: sum(at <= now for at, _ in waiting)
            for partition, waiting in self._ahead.items()
        }

    def pause(self, partitions: Iterable[Partition]) -> None:
        """Nothing is held back: what is due is little."""

    def close(self) -> None:
        """Nothing stays open."""
