"""Records that once stopped the daemon, on both databases: the stream goes on without them."""

from __future__ import annotations

import random
from contextlib import ExitStack, closing
from itertools import product
from typing import TYPE_CHECKING, TypeAlias

import pytest

from correlator.model import MINUTE
from tests.builders import customers_of, spread
from tests.harness.daemons import run_over
from tests.payloads import ALARM, EMPTY_DATES, IDS, RECORDS, alarm, but, deep
from tests.records import ticket_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from correlator.adapters.sql import SqlStore

# Of random letters: what repeats is compressed and fits an index all the same.
LONG = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyzéèàçù", k=10_000))
WORDS = [
    ("gi.tickets", "troubleTicket__description"),
    ("gi.tickets", "troubleTicket__ticketType"),
    ("gi.tickets", "troubleTicket__severity"),
    ("gi.tickets", "troubleTicket__status"),
    ("gi.tickets", "troubleTicket__channel__name"),
    ("gi.alarms", "alarm__alarmedObjectType"),
    ("gi.alarms", "alarm__perceivedSeverity"),
    ("gi.alarms", "alarm__probableCause"),
    ("gi.alarms", "alarm__alarmType"),
    ("gi.maintenance", "maintenance__title"),
    ("gi.actions", "action__reason"),
    ("gi.actions", "action__text"),
]
TIMES = [("gi.tickets", "troubleTicket__creationDate"), ("gi.alarms", "alarm__alarmRaisedTime")]
FAR = ["9999-12-31T23:59:59Z", "9999-12-31T23:59:59-12:00"]


def refused() -> Iterator[tuple[str, bytes, str]]:
    """Yield topic, record and the reason why it cannot be used."""
    for topic, whole in RECORDS.items():
        for depth, shape in product((1_100, 100_000), (("[", "", "]"), ('{"a":', "1", "}"))):
            yield topic, deep(whole, depth, *shape), "invalid"
        for time in ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00+01:00", "1969-12-31T23:59:59Z"):
            yield topic, but(whole, eventTime=time), "invalid"
    for (topic, path), value in product(IDS, (LONG, "a\0b")):
        yield topic, but(RECORDS[topic], **{path.replace(".", "__"): value}), "invalid"


def kept() -> Iterator[tuple[str, str, str]]:
    """Yield topic, place and an odd value that loses nothing."""
    yield from ((*place, value) for place, value in product(WORDS, (LONG * 10, "a\0b")))
    yield from ((*place, time) for place, time in product(TIMES, [*EMPTY_DATES, *FAR]))
    yield from (("gi.maintenance", "maintenance__end", time) for time in FAR)


@pytest.fixture
def run(tmp_path: Path, url: str) -> Iterator[Callable[[dict[str, list[bytes]]], SqlStore]]:
    with ExitStack() as stack:
        yield lambda feeds: stack.enter_context(closing(run_over(tmp_path / "run", url, feeds)))


Run: TypeAlias = "Callable[[dict[str, list[bytes]]], SqlStore]"


def test_what_cannot_be_used_is_put_aside_and_the_stream_goes_on(run: Run) -> None:
    feeds: dict[str, list[bytes]] = {topic: [] for topic in RECORDS}
    reasons = []
    for topic, value, reason in refused():
        reasons.append((topic, len(feeds[topic]), reason))
        feeds[topic].append(value)
    for topic, whole in RECORDS.items():
        feeds[topic].append(but(whole))
    store = run(feeds)
    letters = store.queries.dead_letters(999)
    assert sorted((e.record.topic, e.record.offset, e.reason) for e in letters) == sorted(reasons)
    assert rows_by_topic(store) == dict.fromkeys(RECORDS, 1)


def test_odd_words_and_empty_dates_lose_no_record(run: Run) -> None:
    feeds: dict[str, list[bytes]] = {topic: [] for topic in RECORDS}
    for topic, place, value in kept():
        name = f"event__{place.split('__')[0]}__id"
        changes = {f"event__{place}": value, name: f"{len(feeds[topic])}"}
        feeds[topic].append(but(RECORDS[topic], **changes))
    store = run(feeds)
    assert [e.error for e in store.queries.dead_letters(999)] == []
    assert rows_by_topic(store) == {topic: len(lines) for topic, lines in feeds.items()}


def rows_by_topic(store: SqlStore) -> dict[str, int]:
    counts = store.queries.counts()
    return {topic: counts[topic.removeprefix("gi.")] for topic in RECORDS}


@pytest.mark.parametrize("time", [*EMPTY_DATES, *FAR])
def test_an_alarm_with_an_odd_date_begins_an_incident_of_today(run: Run, time: str) -> None:
    changes = {"alarmRaisedTime": time, "alarmedObject": {"id": "DSL-1/C1"}}
    raised = but(ALARM, **{f"event__alarm__{key}": value for key, value in changes.items()})
    arrived = alarm().arrived
    callers = spread(customers_of("DSL-1/C1"), 9)
    tickets = [
        ticket_bytes(f"T{n}", arrived + (n + 1) * MINUTE, who) for n, who in enumerate(callers)
    ]
    store = run({"gi.alarms": [raised], "gi.tickets": tickets})
    (incident,) = store.queries.incidents()
    assert (incident.domain, incident.onset) == ("DSL-1/C1", arrived)
