"""What came out of a run, and how it differs from what came out of an undisturbed one."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import msgspec
from kafka import KafkaConsumer, TopicPartition
from sqlalchemy import select

from correlator.adapters.archive import open_archive
from correlator.adapters.kafka.settings import open_client
from correlator.adapters.sql import SqlStore, console, schema
from correlator.formats.wire import DEAD_LETTERS, INCIDENTS, LINKS, NETWORK, TEXTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from correlator.adapters.kafka import KafkaSettings

OUTPUTS = (INCIDENTS, LINKS, NETWORK, TEXTS, DEAD_LETTERS)
TABLES = (
    schema.tickets,
    schema.alarms,
    schema.maintenance,
    schema.actions,
    schema.incidents,
    schema.links,
    schema.verdicts,
    schema.suppressions,
    schema.journal,
    schema.dead_letters,
    console.texts,
)
"""Not compared: where a run stands, not what it decided (`lease`, `positions`, `batches`,
`snapshot`, `outbox`: that it has come to the end is waited for); times of the clock and of commits
(`changes`, `feeds`, `in_force`); what is shown of live incidents, made anew at each commit, and
where the commits fall is not decided by the feeds (`figures`, `rates`, `neighbourhoods`,
`alarm_spans`)."""
LEFT_OUT = {
    "suppressions": {"seq"},  # a transaction that was rolled back uses numbers up
    "journal": {"seq"},  # same
    "dead_letters": {
        "seq",  # same
        "time",  # of the clock
        "timestamp",  # Kafka's, of when the world was published
    },
}

Fact: TypeAlias = "tuple[str, tuple[Any, ...]]"
"""Where something stands and what identifies it."""


class Messages(NamedTuple):
    """What a reader of the topics has at the end, who drops what is no higher version.

    `repeats`: delivered more than once. `stale`: keys whose last message, the one that compaction
    keeps, is an older version.
    """

    newest: dict[Fact, list[Any]]
    repeats: int
    stale: int


class Result(NamedTuple):
    """Everything that is compared, and what is counted beside."""

    facts: dict[Fact, list[Any]]
    repeats: int = 0
    stale: int = 0


class Difference(NamedTuple):
    """`lost`: missing or another; `doubled`: there more often; `examples` for people."""

    lost: int
    doubled: int
    examples: tuple[str, ...]


def difference(expected: Result, found: Result) -> Difference:
    """Compare a run with the undisturbed one."""
    lost = doubled = 0
    examples: list[str] = []
    for fact in sorted(expected.facts.keys() | found.facts.keys(), key=repr):
        wanted, there = expected.facts.get(fact, []), found.facts.get(fact, [])
        missing = Counter(map(repr, wanted)) - Counter(map(repr, there))
        more = max(0, len(there) - len(wanted))
        lost, doubled = lost + missing.total(), doubled + more
        if missing or more:
            examples.append(f"{fact}: {_first_difference(repr(wanted), repr(there))}"[:600])
    return Difference(lost, doubled, tuple(examples[:10]))


def _first_difference(wanted: str, there: str) -> str:
    pairs = enumerate(zip(wanted, there, strict=False))
    at = next((n for n, (one, other) in pairs if one != other), min(len(wanted), len(there)))
    begin, end = max(0, at - 60), at + 120
    return f"expected …{wanted[begin:end]}…, found …{there[begin:end]}…"


def collect(
    store: SqlStore,
    kafka: KafkaSettings,
    since: Mapping[TopicPartition, int],
    archive: Path,
) -> Result:
    """Read the tables, the topics from these offsets on, and the archive."""
    messages = _read_topics(kafka, since)
    facts = {**_read_tables(store), **messages.newest, **_read_archive(archive)}
    return Result(facts, messages.repeats, messages.stale)


def ends(kafka: KafkaSettings) -> dict[TopicPartition, int]:
    """Return how far every topic that goes out is filled."""
    with closing(open_client(KafkaConsumer, kafka)) as consumer:
        partitions = [
            TopicPartition(t, p) for t in OUTPUTS for p in consumer.partitions_for_topic(t)
        ]
        found: dict[TopicPartition, int] = consumer.end_offsets(partitions)
        return found


def _read_tables(store: SqlStore) -> dict[Fact, list[Any]]:
    facts: dict[Fact, list[Any]] = {}
    with store.engine.connect() as connection:
        for table in TABLES:
            columns = [c for c in table.c if c.name not in LEFT_OUT.get(table.name, ())]
            keys = [c.name for c in table.primary_key if c in columns]
            for row in connection.execute(select(*columns)).mappings():
                key = tuple(row[k] for k in keys) if keys else tuple(row.values())
                facts.setdefault((table.name, key), []).append(tuple(row.values()))
    return facts


def _read_archive(folder: Path) -> dict[Fact, list[Any]]:
    """Return the archived events, and what is wrong with the files.

    Ticks are left out, and the numbers: where a tick falls among late events is not decided.
    """
    archive = open_archive(str(folder))
    facts: dict[Fact, list[Any]] = {("archive", ("damages",)): list(archive.verify())}
    for kept in archive.read():
        if not isinstance(kept.input, int):
            fact = ("archive", (type(kept.input).__name__, getattr(kept.input, "event_id", "")))
            facts.setdefault(fact, []).append(kept.input)
    assert len(facts) > 1, f"nothing in {folder}"
    return facts


def _read_topics(kafka: KafkaSettings, since: Mapping[TopicPartition, int]) -> Messages:
    newest: dict[Fact, list[Any]] = {}
    versions: dict[Fact, int] = {}
    last: dict[Fact, int] = {}
    seen: Counter[Any] = Counter()
    for record in records(kafka, since):
        headers, said = dict(record.headers), readable(record.value)
        place: tuple[Any, ...] = (record.key,)
        if record.topic == DEAD_LETTERS:  # their keys are those of the records
            place = (headers["dlq.topic"], headers["dlq.partition"], headers["dlq.offset"])
        fact = (record.topic, place)
        version = 0 if record.topic == DEAD_LETTERS else version_of(said)
        if record.topic == INCIDENTS:
            # A new leader tells of all living incidents once more, as changes of attributes.
            said.pop("eventType")
        last[fact] = version
        if version >= versions.get(fact, 0):
            versions[fact] = version
            newest[fact] = [(said, sorted(headers.items()))]
        seen[fact, record.value] += 1
    stale = sum(version < versions[fact] for fact, version in last.items())
    return Messages(newest, seen.total() - len(seen), stale)


def version_of(said: Any) -> int:
    inside = said["event"]["serviceProblem"] if "event" in said else said
    return int(inside["version"])


def readable(value: bytes | None) -> Any:
    try:
        return msgspec.json.decode(value or b"")
    except (msgspec.DecodeError, RecursionError):
        return value


def records(kafka: KafkaSettings, since: Mapping[TopicPartition, int]) -> Iterable[Any]:
    with closing(open_client(KafkaConsumer, kafka, auto_offset_reset="earliest")) as consumer:
        upto = consumer.end_offsets(list(since))
        consumer.assign(list(since))
        for partition, offset in since.items():
            consumer.seek(partition, offset)
        while any(consumer.position(p) < end for p, end in upto.items()):
            for batch in consumer.poll(timeout_ms=200).values():
                yield from batch
