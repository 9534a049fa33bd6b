"""From records to events in arrival order: decoding, the buffer, the watermark, the positions.

A partition's time is its latest event time less the lateness it is granted. The watermark is the
least of the partitions that are not idle and never goes back; idle = caught up *and* silent, or,
for what the API writes, caught up.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

import msgspec

from correlator.formats.decode import DECODERS, BadRecordError
from correlator.model import Event, Millis, arrival_order
from correlator.ports import (
    API_PARTITION,
    UNUSABLE,
    DeadLetter,
    FeedStatus,
    Partition,
    Position,
    Record,
)
from correlator.service.quarantine import Place

_FUTURE: Millis = 10 * 60_000  # an event time that far ahead of the clock is taken for now
_MOST_WAITING = 50_000  # records in the buffer before sources that run ahead are paused
_MOST_BYTES = 256 * 2**20  # … or bytes


@dataclass
class _Partition:
    """How far one partition has been read and applied."""

    read: int = 0  # the next offset to come
    time: Millis | None = None
    heard: Millis = 0  # clock time of the last record
    waiting: set[int] = field(default_factory=set)
    ahead: set[int] = field(default_factory=set)
    lowest: list[int] = field(default_factory=list)

    def position(self) -> Position:
        """Return how far it has been applied."""
        while self.lowest and self.lowest[0] not in self.waiting:
            heapq.heappop(self.lowest)
        following = self.lowest[0] if self.lowest else self.read
        self.ahead = {offset for offset in self.ahead if offset > following}
        return Position(following, tuple(sorted(self.ahead)))


class Taken(msgspec.Struct, frozen=True, gc=False):
    """An event that is due, and the record it came in; `size` in bytes."""

    event: Event
    partition: Partition
    offset: int
    size: int = 0


_Waiting: TypeAlias = tuple[Millis, int, str, str, int, Taken, _Partition]
"""Its arrival order, how manieth it came, and what waits."""


class Intake:
    """Holds events back until none that is earlier can still come."""

    def __init__(
        self,
        positions: Mapping[Partition, Position],
        lateness: Millis,
        idle_after: Millis,
        late: Callable[[Partition], None] = lambda _: None,
        aside: Mapping[Place, str] = MappingProxyType({}),
    ) -> None:
        """`aside`: why some records, by partition and offset, are dead letters unread."""
        self._lateness = lateness
        self._idle_after = idle_after
        self._late = late
        self._aside = aside
        self._partitions: dict[Partition, _Partition] = {}
        self._buffer: list[_Waiting] = []
        self._count = 0
        self._bytes = 0
        self._watermark: Millis = 0
        self._latest: Millis = 0  # event time of any partition
        self._letters: list[DeadLetter] = []
        self._touched: set[Partition] = set()
        self._busy: list[Partition] = []
        for partition, position in positions.items():
            known = _Partition(read=position.next, ahead=set(position.ahead))
            self._partitions[partition] = known

    def __len__(self) -> int:
        return len(self._buffer)

    @property
    def watermark(self) -> Millis:
        """The time up to which every event has been handed over."""
        return self._watermark

    def times(self) -> dict[Partition, Millis]:
        """Return the latest event time of each partition that has had one."""
        return {p: s.time for p, s in self._partitions.items() if s.time is not None}

    def statuses(self, lag: Mapping[Partition, int]) -> list[FeedStatus]:
        """Return how each partition stands; `lag`: how many of its records are still to come.

        An API that nobody has ever posted to is no feed.
        """
        return [
            FeedStatus(p.topic, p.number, s.time or 0, s.heard, lag.get(p, 0))
            for p, s in self._partitions.items()
            if p.number != API_PARTITION or s.read
        ]

    def add(self, records: Iterable[Record], now: Millis) -> None:
        """Take records as they come; those that cannot be used become dead letters."""
        partition, known = None, _Partition()
        for record in records:
            if partition is None or record[:2] != partition:
                partition = Partition(record.topic, record.partition)
                known = self._heard(partition, now)
            offset = record.offset
            known.read = max(known.read, offset + 1)
            if offset in known.ahead:
                continue
            event = self._read(record, partition, now)
            if event is None:
                known.ahead.add(offset)
            else:
                self._hold(Taken(event, partition, offset, len(record.value)), known)

    def _heard(self, partition: Partition, now: Millis) -> _Partition:
        known = self._partitions.get(partition)
        if known is None:
            known = self._partitions[partition] = _Partition()
        known.heard = now
        self._touched.add(partition)
        return known

    def _read(self, record: Record, partition: Partition, now: Millis) -> Event | None:
        """Return a record's event; None, and a dead letter, for one that cannot be used."""
        why = self._aside.get((partition, record.offset)) if self._aside else None
        if why is not None:
            self._letters.append(DeadLetter(record, UNUSABLE, why, now))
            return None
        try:
            event = DECODERS[record.topic](record.value)
        except BadRecordError as error:
            self._letters.append(DeadLetter(record, error.reason, str(error), now))
            return None
        # Feeds that agree with each other and not with the clock are right: it was set back.
        event = _clamped(event, max(now, self._latest))
        self._latest = max(self._latest, event.arrived)
        return event

    def _hold(self, taken: Taken, known: _Partition) -> None:
        event, offset = taken.event, taken.offset
        arrived = event.arrived
        if arrived < self._watermark:
            self._late(taken.partition)
        if known.time is None or arrived > known.time:
            known.time = max(0, arrived)
        known.waiting.add(offset)
        heapq.heappush(known.lowest, offset)
        self._count += 1
        self._bytes += taken.size
        heapq.heappush(self._buffer, (*arrival_order(event), self._count, taken, known))

    def has_due(self) -> bool:
        """Whether events were due at the last `take` beyond its limit."""
        return bool(self._buffer) and self._buffer[0][0] <= self._watermark

    def take(self, caught_up: frozenset[Partition], now: Millis, limit: int) -> list[Taken]:
        """Return the events that are due, in arrival order, at most `limit`."""
        self._move(caught_up, now)
        due: list[Taken] = []
        buffer, watermark = self._buffer, self._watermark
        while len(due) < limit and buffer and buffer[0][0] <= watermark:
            *_, taken, known = heapq.heappop(buffer)
            self._bytes -= taken.size
            known.waiting.discard(taken.offset)
            known.ahead.add(taken.offset)
            due.append(taken)
        self._touched.update([taken.partition for taken in due])
        return due

    def _move(self, caught_up: frozenset[Partition], now: Millis) -> None:
        busy = [p for p in self._partitions if not self._idle(p, caught_up, now)]
        times = [self._partitions[p].time for p in busy]
        self._busy = busy
        if not busy:
            latest = max((s.time or 0 for s in self._partitions.values()), default=0)
            self._watermark = max(self._watermark, latest)
        elif all(time is not None for time in times):
            least = min(time for time in times if time is not None)
            self._watermark = max(self._watermark, least - self._lateness)

    def _idle(self, partition: Partition, caught_up: frozenset[Partition], now: Millis) -> bool:
        known = self._partitions[partition]
        known.heard = min(known.heard, now)  # a clock that was set back begins again
        silent = now - known.heard >= self._idle_after or partition.number == API_PARTITION
        return silent and partition in caught_up

    def assign(self, partitions: Iterable[Partition], now: Millis) -> None:
        """Wait for these partitions too: one that has not been read yet holds the others back."""
        for partition in partitions:
            if partition not in self._partitions:
                self._partitions[partition] = _Partition(heard=now)

    def idle(self, caught_up: frozenset[Partition], now: Millis) -> bool:
        """Say whether every partition is caught up and silent, and nothing waits."""
        return not self._buffer and all(self._idle(p, caught_up, now) for p in self._partitions)

    def ahead(self) -> list[Partition]:
        """Return the partitions to pause: the buffer is full, and they do not hold it back.

        Those that were idle at the last `take` hold nothing back, however old their time is.
        """
        if len(self._buffer) < _MOST_WAITING and self._bytes < _MOST_BYTES:
            return []
        known = {p: self._partitions[p].time for p in self._busy}
        times = {p: -1 if time is None else time for p, time in known.items()}
        least = min(times.values(), default=0)
        return [p for p, time in times.items() if time > least]

    def progress(self) -> tuple[dict[Partition, Position], tuple[DeadLetter, ...]]:
        """Return what changed since the last call: positions, and records that are of no use."""
        positions = {p: self._partitions[p].position() for p in self._touched}
        letters = tuple(self._letters)
        self._touched.clear()
        self._letters.clear()
        return positions, letters


def _clamped(event: Event, now: Millis) -> Event:
    if event.arrived <= now + _FUTURE:
        return event
    changes = {"arrived": now}
    occurred: Millis | None = getattr(event, "occurred", None)
    if occurred is not None:
        changes["occurred"] = min(occurred, now)
    return msgspec.structs.replace(event, **changes)


def starts(positions: Mapping[Partition, Position]) -> dict[Partition, int]:
    """Return the offset at which each partition is read again."""
    return {partition: position.next for partition, position in positions.items()}
