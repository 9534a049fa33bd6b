"""What the API takes in, on its way to the daemon: on both databases."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier

import pytest

from correlator.adapters.joined import JoinedSource
from correlator.adapters.sql import (
    Document,
    Documents,
    IngestSource,
    PostedRecord,
    SqlStore,
    open_store,
)
from correlator.adapters.sql.connect import writing
from correlator.adapters.sql.documents import PASSING_KEPT, thin_documents
from correlator.adapters.sql.ingest import put
from correlator.formats.decode import INGESTED
from correlator.model import HOUR
from correlator.ports import API_PARTITION, Batch, Lease, Partition, Position, Record
from correlator.service.intake import Intake
from tests.harness.loop import MemorySource
from tests.harness.waiting import until
from tests.records import alarm_bytes

NOW, TTL = 10_000, 5_000
ALARMS = Partition("gi.alarms", API_PARTITION)
TICKETS = Partition("gi.tickets", API_PARTITION)


def document(key: str, resource: str = "alarm", at: int = NOW) -> Document:
    return Document(resource, key, 1, at, at, "crm", "", {"id": key})


def post(documents: Documents, *keys: str, topic: str = "gi.alarms") -> None:
    for key in keys:
        documents.post(document(key), [PostedRecord(topic, key, key.encode())])


@pytest.fixture
def lease(store: SqlStore) -> Lease:
    held = store.acquire("x", "a", NOW, TTL)
    assert held is not None
    return held


@pytest.fixture
def documents(store: SqlStore) -> Documents:
    return Documents(store.engine)


def source(store: SqlStore, positions: dict[Partition, int] | None = None) -> IngestSource:
    made = IngestSource(store.engine, INGESTED)
    made.seek(positions or {})
    return made


def values(records: Sequence[Record]) -> list[str]:
    return [record.value.decode() for record in records]


def test_what_is_posted_is_read_in_order_by_its_topic(
    store: SqlStore, documents: Documents
) -> None:
    post(documents, "a", "b")
    post(documents, "c", topic="gi.tickets")
    reading = source(store)
    assert reading.caught_up() == frozenset()
    found = reading.poll(0, 2)
    assert (values(found), reading.caught_up()) == (["a", "b"], frozenset())
    rest = reading.poll(0, 2)
    assert [(r.topic, r.partition, r.key, r.value) for r in rest] == [
        ("gi.tickets", API_PARTITION, b"c", b"c")
    ]
    assert reading.caught_up() == {ALARMS, TICKETS}


def test_what_is_applied_is_gone_and_what_is_not_is_read_again(
    store: SqlStore, lease: Lease, documents: Documents
) -> None:
    post(documents, "a", "b", "c")
    first, second, _ = source(store).poll(0, 10)
    applied = Batch(b"", (), (), {ALARMS: Position(second.offset)})
    store.commit(lease, applied, NOW, TTL)
    recovered = store.recover().positions
    again = source(store, {p: at.next for p, at in recovered.items()})
    assert values(again.poll(0, 10)) == ["b", "c"]
    assert values(source(store).poll(0, 10)) == ["b", "c"], f"{first.offset} is gone"


def test_what_is_to_see_begins_with_what_waits(documents: Documents) -> None:
    statuses = ("submitted", "closed", "acknowledged", "submitted", "resolved")
    for at, status in enumerate(statuses):
        body = {"id": str(at), "status": status}
        documents.post(document(str(at), "serviceProblem", at)._replace(body=body))
    found = documents.to_see("serviceProblem", {"acknowledged"}, {"closed", "resolved"}, 4)
    assert [one.id for one in found] == ["3", "0", "2", "4"]


def test_who_writes_at_once_is_read_in_the_order_of_commits(
    store: SqlStore, documents: Documents
) -> None:
    """A number that is given early and committed late would never be read."""
    writers, each = 6, 15
    begin = Barrier(writers + 1)

    def write(writer: int) -> None:
        begin.wait()
        for n in range(each):
            post(documents, f"{writer}-{n}")

    reading, found = source(store), list[str]()
    with ThreadPoolExecutor(writers) as pool:
        done = [pool.submit(write, writer) for writer in range(writers)]
        begin.wait()
        while not all(one.done() for one in done):
            found += values(reading.poll(0, 100))
        for one in done:
            one.result()
    reading.seek({ALARMS: 0} if not found else {ALARMS: reading._next[ALARMS]})
    found += values(reading.poll(0, 1_000))
    assert sorted(found) == sorted(f"{w}-{n}" for w in range(writers) for n in range(each))


def test_who_comes_later_waits_for_who_has_a_number_already(fresh_postgres: str) -> None:
    """SQLite has one writer anyway."""
    with closing(open_store(fresh_postgres)) as store, ThreadPoolExecutor(1) as pool:
        reading, documents = source(store), Documents(store.engine)
        with writing(store.engine) as connection:
            put(connection, [("gi.alarms", "first", b"first")], NOW)
            later = pool.submit(post, documents, "later")
            until(lambda: later.done() or _waits_for_a_lock(store))
            assert not later.done()
        later.result()
        assert values(reading.poll(0, 10)) == ["first", "later"]


def _waits_for_a_lock(store: SqlStore) -> bool:
    with store.engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(found.scalar_one())


def test_a_repeat_hands_nothing_over_again(store: SqlStore, documents: Documents) -> None:
    record = [PostedRecord("gi.alarms", "a", b"a")]
    first = documents.post(document("a"), record, request="key")
    again = documents.post(document("b"), record, request="key")
    assert (first.id, again.id) == ("a", "a")
    assert len(source(store).poll(0, 10)) == 1


def test_a_change_is_of_what_was_seen(documents: Documents) -> None:
    documents.post(document("a"))
    seen = documents.one("alarm", "a")
    assert seen is not None
    assert documents.change(seen._replace(body={"id": "a", "x": 1}))
    assert not documents.change(seen._replace(body={"id": "a", "x": 2}))
    now = documents.one("alarm", "a")
    assert now is not None
    assert (now.rev, now.body["x"]) == (2, 1)


def test_what_passed_on_is_forgotten_after_a_day(store: SqlStore, documents: Documents) -> None:
    documents.post(document("a"))
    documents.post(document("p", "serviceProblem"))
    for age, left in ((PASSING_KEPT - HOUR, 1), (PASSING_KEPT + HOUR, 0)):
        with store.engine.begin() as connection:
            thin_documents(connection, NOW + age)
        assert documents.count("alarm") == left
    assert documents.count("serviceProblem") == 1


def test_the_api_holds_no_feed_back() -> None:
    """A feed waits for what may still come of another one; a table has all that there is."""
    intake = Intake({}, lateness=0, idle_after=60_000)
    feed = Partition("gi.alarms", 0)
    intake.assign([feed, ALARMS], NOW)
    assert {one.partition for one in intake.statuses({})} == {0}, "nobody posts"
    for where, at in ((ALARMS, NOW), (feed, NOW + 5_000)):
        value = alarm_bytes(f"A{at}", at)
        intake.add([Record(where.topic, where.number, 0, None, value, 0)], NOW)
    both = frozenset({feed, ALARMS})
    taken = intake.take(both, NOW, 10)
    assert [one.partition for one in taken] == [ALARMS, feed]
    assert {one.partition for one in intake.statuses({})} == {0, API_PARTITION}
    positions, _ = intake.progress()
    later = Intake(positions, lateness=0, idle_after=60_000)
    assert {one.partition for one in later.statuses({})} == {0, API_PARTITION}, "it is stored"


def test_two_sources_are_one(store: SqlStore, documents: Documents) -> None:
    post(documents, "a")
    feed = MemorySource({Partition("gi.alarms", 0): [b"k0", b"k1", b"k2"]})
    joined = JoinedSource(source(store), feed)
    joined.seek({Partition("gi.alarms", 0): 1, ALARMS: 0})
    assert values(joined.poll(10, 10)) == ["a", "k1", "k2"]
    assert joined.partitions() >= {Partition("gi.alarms", 0), ALARMS}
    assert joined.reachable
