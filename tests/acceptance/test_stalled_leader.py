"""A leader that stalls for longer than its lease and wakes up again."""

from __future__ import annotations

import json
from contextlib import closing
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from correlator.adapters.sql import SqlStore, open_store
from correlator.adapters.sql.connect import writing
from correlator.formats.wire import incident_message, link_message, text_message
from correlator.model import (
    ApprovedText,
    Audience,
    IncidentChanged,
    LinkChanged,
    Phase,
    TextApproved,
    Wording,
)
from correlator.ports import Batch, Lease, OutMessage, ServerUnreachableError
from correlator.service.metrics import Metrics
from correlator.service.outbox import Outbox
from tests.harness.waiting import until
from tests.integration.store_samples import batch, incident, link

if TYPE_CHECKING:
    from collections.abc import Sequence

LEASE = 1_000


class Topic:
    """What compaction sees; `stalls`: whoever publishes first sleeps with it in hand."""

    def __init__(self) -> None:
        self.messages: list[OutMessage] = []
        self.in_hand, self.awake = Event(), Event()

    def publish(self, messages: Sequence[OutMessage]) -> list[Exception | None]:
        if not self.in_hand.is_set():
            self.in_hand.set()
            assert self.awake.wait(20)
        self.messages += messages
        return [None for _ in messages]

    def close(self) -> None:
        """Nothing to let go of."""


def says(version: int) -> Batch:
    """Return a batch in which an incident and one of its links come to this version."""
    effects = (incident(1, version=version), link(1, 1, version=version), *texts(version))
    return batch(effects=effects, messages=tuple(map(message_of, effects)))


def texts(version: int) -> tuple[TextApproved, ...]:
    wording = Wording(Audience.AGENT, Phase.DETECTED, f"texte {version}", "")
    return (TextApproved(incident(1).incident, ApprovedText(version, wording, "zoé", 1)),)


def message_of(effect: Any) -> OutMessage:
    makers = {IncidentChanged: incident_message, LinkChanged: link_message}
    return makers.get(type(effect), text_message)(effect)


def versions(messages: Sequence[OutMessage]) -> dict[bytes | None, int]:
    """Return what compaction leaves: the version of the last message of each key."""
    found = {}
    for message in messages:
        value = json.loads(message.value or b"{}")
        inside = value["event"]["serviceProblem"] if "event" in value else value
        found[message.key] = inside["version"]
    return found


def test_the_last_message_of_a_key_is_the_newest(url: str) -> None:
    topic = Topic()
    with closing(open_store(url)) as store:
        first = store.acquire("engine", "first", 0, LEASE)
        assert isinstance(first, Lease)
        store.commit(first, says(1), 0, LEASE)
        stalled = Outbox(store, topic, Metrics())
        stalled.start()
        assert topic.in_hand.wait(20)

        second = store.acquire("engine", "second", LEASE, LEASE)
        assert isinstance(second, Lease)
        store.commit(second, says(2), LEASE, LEASE)
        successor = Outbox(store, topic, Metrics())
        successor.start()
        until(lambda: store.outbox_depth() == 0)
        topic.awake.set()
        stalled.stop()
        successor.stop()
        assert store.outbox_depth() == 0
    assert versions(topic.messages) == versions(says(2).messages)
    assert len(versions(topic.messages)) == 3


class Overtaking:
    """Another leader's outbox is always faster: what is being published is gone by then."""

    def __init__(self, store: SqlStore) -> None:
        self.store = store
        self.rounds = 0

    def publish(self, messages: Sequence[OutMessage]) -> list[Exception | None]:
        self.rounds += 1
        if self.rounds < 50:
            self.store.published(self.store.outbox(500))
        return [None for _ in messages]

    def close(self) -> None:
        """Nothing to let go of."""


def test_who_leads_no_more_leaves_the_rest_to_the_successor(url: str) -> None:
    """Both would else go on, and each have published once more what the other has."""
    with closing(open_store(url)) as store:
        lease = store.acquire("engine", "first", 0, LEASE)
        assert isinstance(lease, Lease)
        store.commit(lease, says(1), 0, LEASE)
        other = Overtaking(store)
        outbox = Outbox(store, other, Metrics())
        outbox.start()
        outbox.stop()
        assert other.rounds <= 2
        assert store.outbox_depth() == 3


def test_a_transaction_that_the_server_ended_is_no_fault_of_the_records(
    fresh_postgres: str,
) -> None:
    with closing(open_store(fresh_postgres, timeout=1)) as store:
        stalled = 0
        others = sa.text("SELECT count(*) FROM pg_stat_activity WHERE pid = :pid")

        def ended() -> bool:
            with store.engine.connect() as connection:
                return connection.execute(others, {"pid": stalled}).scalar_one() == 0

        def stall() -> None:
            nonlocal stalled
            with writing(store.engine) as connection:
                stalled = connection.execute(sa.text("SELECT pg_backend_pid()")).scalar_one()
                until(ended)
                connection.execute(sa.text("SELECT 1"))

        with pytest.raises(ServerUnreachableError):
            stall()
