"""Whatever is read, handed over, committed or lost: every record counts exactly once."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st

from correlator.formats.decode import DECODERS
from correlator.model import Millis, arrival_order
from correlator.ports import Partition, Position
from correlator.service.intake import Intake, Taken, starts
from tests.records import alarm_bytes, record, ticket_bytes

START = 1_800_000_000_000
LATENESS = 1_000
IDLE_AFTER = 2_000
PARTITIONS = (Partition("gi.alarms", 0), Partition("gi.tickets", 0), Partition("gi.tickets", 1))
POISON = b"{"
Logs: TypeAlias = dict[Partition, list[bytes]]
Steps: TypeAlias = list[tuple[str, Any, Any]]


def value(partition: Partition, offset: int, time: Millis) -> bytes:
    name = f"{partition.number}-{offset:03d}"
    bytes_of = alarm_bytes if partition.topic == "gi.alarms" else ticket_bytes
    return bytes_of(name, START + time)


def log(disorder: Millis) -> st.SearchStrategy[list[Millis | None]]:
    """Draw event times that lag the latest one before by at most `disorder`; None is poison."""
    step = st.tuples(st.integers(0, 1_500), st.integers(0, disorder))
    poison_or_step = st.one_of(step, step, step, st.none())
    return st.lists(poison_or_step, max_size=12).map(_times)


def _times(steps: list[tuple[int, int] | None]) -> list[Millis | None]:
    latest = 10_000
    times: list[Millis | None] = []
    for step in steps:
        if step is None:
            times.append(None)
            continue
        ahead, behind = step
        latest += ahead
        times.append(latest - behind)
    return times


def logs(disorder: Millis) -> st.SearchStrategy[Logs]:
    drawn = st.tuples(*(log(disorder) for _ in PARTITIONS))
    return drawn.map(
        lambda several: {
            p: [POISON if t is None else value(p, n, t) for n, t in enumerate(times)]
            for p, times in zip(PARTITIONS, several, strict=True)
        }
    )


READ = st.tuples(st.just("read"), st.sampled_from(PARTITIONS), st.integers(1, 5))
TAKE = st.tuples(st.just("take"), st.integers(1, 6), st.booleans())
LOSE = st.tuples(st.just("lose"), st.none(), st.none())
STEPS = st.lists(st.one_of(READ, READ, TAKE, LOSE), max_size=40)


@dataclass
class Reader:
    """A loop like the daemon's: what it takes is either committed with the positions, or lost."""

    logs: Logs
    now: Millis = START + 100_000
    late: int = 0
    committed: dict[Partition, Position] = field(default_factory=dict)
    handed_over: list[Taken] = field(default_factory=list)
    letters: list[tuple[Partition, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        self.intake = Intake(self.committed, LATENESS, IDLE_AFTER, self._count)
        self.intake.assign(PARTITIONS, self.now)
        self.next = {**dict.fromkeys(PARTITIONS, 0), **starts(self.committed)}

    def _count(self, _: Partition) -> None:
        self.late += 1

    def caught_up(self) -> frozenset[Partition]:
        return frozenset(p for p in PARTITIONS if self.next[p] >= len(self.logs[p]))

    def read(self, partition: Partition, count: int) -> None:
        first = self.next[partition]
        values = self.logs[partition][first : first + count]
        self.next[partition] += len(values)
        self.intake.add([record(partition, first + n, v) for n, v in enumerate(values)], self.now)

    def take(self, limit: int, *, commit: bool) -> None:
        self.now += 700
        taken = self.intake.take(self.caught_up(), self.now, limit)
        positions, letters = self.intake.progress()
        if not commit:
            self.begin()
            return
        self.committed.update(positions)
        self.handed_over += taken
        records = [letter.record for letter in letters]
        self.letters += [(Partition(one.topic, one.partition), one.offset) for one in records]

    def run(self, steps: Steps) -> None:
        for what, first, second in steps:
            if what == "read":
                self.read(first, second)
            elif what == "take":
                self.take(first, commit=second)
            else:
                self.begin()
        self.finish()

    def finish(self) -> None:
        for partition in PARTITIONS:
            self.read(partition, len(self.logs[partition]))
        self.now += IDLE_AFTER
        while not self.intake.idle(self.caught_up(), self.now):
            self.take(5, commit=True)
        self.take(1, commit=True)  # for dead letters at the very end

    def good(self) -> list[tuple[Partition, int]]:
        return [(p, n) for p, ls in self.logs.items() for n, v in enumerate(ls) if v != POISON]

    def poison(self) -> list[tuple[Partition, int]]:
        return [(p, n) for p, ls in self.logs.items() for n, v in enumerate(ls) if v == POISON]


@settings(max_examples=300, deadline=None)
@given(logs=logs(disorder=5 * LATENESS), steps=STEPS)
def test_every_record_is_handed_over_exactly_once(logs: Logs, steps: Steps) -> None:
    reader = Reader(logs)
    reader.run(steps)
    handed_over = [(taken.partition, taken.offset) for taken in reader.handed_over]
    assert sorted(handed_over) == sorted(reader.good())
    assert sorted(reader.letters) == sorted(reader.poison())
    ends = {p: Position(len(lines)) for p, lines in logs.items() if lines}
    assert reader.committed == ends


@settings(max_examples=300, deadline=None)
@given(logs=logs(disorder=LATENESS - 1), steps=STEPS)
def test_what_is_not_late_comes_in_the_order_of_arrival(logs: Logs, steps: Steps) -> None:
    reader = Reader(logs)
    reader.run(steps)
    assert reader.late == 0
    events = [taken.event for taken in reader.handed_over]
    assert events == sorted(events, key=arrival_order)


@settings(max_examples=100, deadline=None)
@given(logs=logs(disorder=LATENESS), steps=STEPS)
def test_as_late_as_granted_is_not_late(logs: Logs, steps: Steps) -> None:
    reader = Reader(logs)
    reader.run(steps)
    assert reader.late == 0
    arrivals = [taken.event.arrived for taken in reader.handed_over]
    assert arrivals == sorted(arrivals)


@settings(max_examples=100, deadline=None)
@given(logs=logs(disorder=5 * LATENESS), steps=STEPS)
def test_late_ones_change_the_order_only_where_they_are_counted(logs: Logs, steps: Steps) -> None:
    reader = Reader(logs)
    reader.run(steps)
    arrivals = [taken.event.arrived for taken in reader.handed_over]
    backwards = sum(later < earlier for earlier, later in pairwise(arrivals))
    assert backwards <= reader.late


def test_the_decoders_know_the_topics_used_here() -> None:
    assert {partition.topic for partition in PARTITIONS} <= set(DECODERS)
