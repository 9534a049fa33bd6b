"""What the soaked daemons decided beside what the twin decided; and what was published of it."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from hashlib import blake2b
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from kafka import KafkaConsumer, TopicPartition
from sqlalchemy import select

from correlator.adapters.kafka.settings import open_client
from correlator.adapters.sql import SqlStore, console, open_store, schema
from correlator.adapters.sql.standing import standing_messages
from correlator.formats.wire import DEAD_LETTERS, INCIDENTS, LINKS, NETWORK, TEXTS
from correlator.ports import OutMessage
from tests.chaos.result import LEFT_OUT, TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Table

    from correlator.adapters.kafka import KafkaSettings

ALIKE = (
    *(table for table in TABLES if table is not schema.dead_letters),
    console.promises,
)
"""Of the tables that chaos compares, all but the dead letters: the twin reads none of those."""
_EXAMPLES = 5


class Compared(NamedTuple):
    """Rows of all tables together, and how far they are apart."""

    rows: int
    lost: int
    doubled: int
    by_table: dict[str, tuple[int, int, int]]
    examples: list[str]


class Published(NamedTuple):
    """What a reader of the topics has at the end, beside the database."""

    messages: int
    keys: int
    repeats: int
    stale: int
    other: int
    """Keys whose last message is not what stands in the database."""
    letters: int
    """Dead letters in the database."""
    letters_wrong: int
    """Unreadable records without one, readable ones with one, some with two; in the topic too."""


def compare(store: SqlStore, twin: Path) -> Compared:
    """Compare the tables, row by row."""
    by_table: dict[str, tuple[int, int, int]] = {}
    examples: list[str] = []
    with closing(open_store(f"sqlite:///{twin}")) as other:
        for table in ALIKE:
            wanted = Counter(digest for digest, _ in _rows(other, table))
            there: Counter[bytes] = Counter()
            for digest, row in _rows(store, table):
                there[digest] += 1
                if there[digest] > wanted[digest] and len(examples) < _EXAMPLES:
                    examples.append(f"{table.name}: only of the soaked: {row}"[:900])
            by_table[table.name] = _apart(wanted, there)
            missing = (wanted - there).keys()
            gone = (row for digest, row in _rows(other, table) if digest in missing)
            examples += [
                f"{table.name}: only of the twin: {row}"[:900]
                for row in islice(gone, _EXAMPLES if missing else 0)
            ]
    rows, lost, doubled = (sum(counts) for counts in zip(*by_table.values(), strict=True))
    return Compared(rows, lost, doubled, by_table, examples)


def _apart(wanted: Counter[bytes], there: Counter[bytes]) -> tuple[int, int, int]:
    """Return how many rows there are, how many are lost, and how many are there too often.

    A row that says something else is lost, and not doubled as well.
    """
    lost = (wanted - there).total()
    return there.total(), lost, max(0, (there - wanted).total() - lost)


def _rows(store: SqlStore, table: Table) -> Iterator[tuple[bytes, Any]]:
    columns = [c for c in table.c if c.name not in LEFT_OUT.get(table.name, ())]
    with store.engine.connect() as connection:
        options = {"yield_per": 5_000}
        for row in connection.execute(select(*columns), execution_options=options):
            plain = tuple(row)
            yield blake2b(repr(plain).encode(), digest_size=12).digest(), plain


def published(store: SqlStore, kafka: KafkaSettings, poison: set[bytes]) -> Published:
    """Read what was published from the beginning, and look up what stands of it."""
    versions: dict[tuple[str, bytes], int] = {}
    last: dict[tuple[str, bytes], tuple[int, Any]] = {}
    seen: Counter[bytes] = Counter()
    letters: Counter[tuple[str, ...]] = Counter()
    for record in _records(kafka):
        seen[blake2b(record.key + record.value, digest_size=12).digest()] += 1
        if record.topic == DEAD_LETTERS:
            headers = {name: value.decode() for name, value in record.headers}
            place = ("dlq.topic", "dlq.partition", "dlq.offset")
            letters[tuple(headers[name] for name in place)] += 1
            continue
        said = _plain(record.value)
        version, key = _version(said), (record.topic, record.key)
        versions[key] = max(version, versions.get(key, 0))
        last[key] = (version, said)
    wrong, kept = _wrong_letters(store, letters, poison)
    return Published(
        messages=seen.total(),
        keys=len(last),
        repeats=seen.total() - len(seen),
        stale=sum(version < versions[key] for key, (version, _) in last.items()),
        other=_others(store, last),
        letters=kept,
        letters_wrong=wrong,
    )


def _others(store: SqlStore, last: dict[tuple[str, bytes], tuple[int, Any]]) -> int:
    """Count the keys of which something else stands in the database, or was never published."""
    keys = [OutMessage(topic, key, b"") for topic, key in last]
    with store.engine.connect() as connection:
        stand = {(m.topic, m.key): _plain(m.value) for m in standing_messages(connection, keys)}
        announced = select(schema.incidents.c.id).where(schema.incidents.c.announced.is_not(None))
        ids = [str(row[0]).encode() for row in connection.execute(announced)]
        ties = connection.execute(select(schema.links.c.ticket, schema.links.c.incident)).all()
    wanted = {(INCIDENTS, one) for one in ids}
    wanted |= {(LINKS, f"{ticket}|{incident}".encode()) for ticket, incident in ties}
    differ = [key for key, (_, said) in last.items() if stand.get(key) != said]
    return len(differ) + len(wanted - last.keys())


def _wrong_letters(
    store: SqlStore, topic: Counter[tuple[str, ...]], poison: set[bytes]
) -> tuple[int, int]:
    table = schema.dead_letters
    query = select(table.c.topic, table.c.partition, table.c.offset, table.c.value)
    with store.engine.connect() as connection:
        rows = connection.execute(query).all()
    places = Counter(tuple(map(str, row[:3])) for row in rows)
    values = {bytes(row[3]) for row in rows}
    wrong = len(values ^ poison) + sum(n - 1 for n in places.values())
    return wrong + len(places.keys() ^ topic.keys()), len(rows)


def _plain(value: bytes | None) -> Any:
    """Return what a message says, without what a new leader words differently."""
    said = msgspec.json.decode(value or b"{}")
    if "eventType" in said:
        said.pop("eventType")
    return said


def _version(said: Any) -> int:
    return int((said["event"]["serviceProblem"] if "event" in said else said)["version"])


def _records(kafka: KafkaSettings) -> Iterator[Any]:
    with closing(open_client(KafkaConsumer, kafka, auto_offset_reset="earliest")) as consumer:
        partitions = [
            TopicPartition(topic, number)
            for topic in (INCIDENTS, LINKS, NETWORK, TEXTS, DEAD_LETTERS)
            for number in consumer.partitions_for_topic(topic)
        ]
        upto = consumer.end_offsets(partitions)
        consumer.assign(partitions)
        consumer.seek_to_beginning()
        while any(consumer.position(p) < end for p, end in upto.items()):
            for batch in consumer.poll(timeout_ms=200).values():
                yield from batch
