"""The store says the same on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, get_args

import pytest
import sqlalchemy as sa

from correlator.adapters.sql import SqlStore, open_store
from correlator.adapters.sql.columns import brought
from correlator.adapters.sql.rows import ROWS, values_by_table
from correlator.adapters.sql.schema import KEPT
from correlator.adapters.sql.standing import standing_messages
from correlator.formats.wire import NETWORK, network_message
from correlator.model import AlarmState, Effect, Kept, LinkState, State, TicketKept
from correlator.ports import (
    Lease,
    LeaseLostError,
    OutMessage,
    Partition,
    Position,
    Recovered,
    ServerUnreachableError,
)
from tests.integration.store_samples import (
    TICKETS_0,
    alarm,
    batch,
    change,
    dead_letter,
    full_batch,
    incident,
    link,
    message,
    one_of_each,
    ticket,
)

if TYPE_CHECKING:
    from pathlib import Path

NOW = 10_000
TTL = 5_000


@pytest.fixture
def lease(store: SqlStore) -> Lease:
    return taken(store)


def taken(store: SqlStore) -> Lease:
    lease = store.acquire("engine", "one", NOW, TTL)
    assert lease is not None
    return lease


def keep(store: SqlStore, lease: Lease, *effects: Effect) -> None:
    store.commit(lease, batch(effects=effects), NOW, TTL)


# ------------------------------------------------------------------------------------ recovery


def test_nothing_to_recover_on_an_empty_store(store: SqlStore) -> None:
    assert store.recover() == Recovered(None, (), {})
    assert store.outbox(10) == []
    assert store.outbox_depth() == 0


def test_inputs_and_positions_come_back_in_order(store: SqlStore, lease: Lease) -> None:
    alarms_2 = Partition("gi.alarms", 2)
    store.commit(lease, batch(b"\x00\xff", positions={TICKETS_0: Position(5)}), NOW, TTL)
    store.commit(lease, batch(b"b", positions={alarms_2: Position(1)}), NOW, TTL)
    store.commit(lease, batch(b"a", positions={TICKETS_0: Position(7, (9, 12))}), NOW, TTL)
    assert store.recover() == Recovered(
        snapshot=None,
        inputs=(b"\x00\xff", b"b", b"a"),
        positions={TICKETS_0: Position(7, (9, 12)), alarms_2: Position(1)},
    )


def test_a_snapshot_takes_the_place_of_everything_before(store: SqlStore, lease: Lease) -> None:
    state = bytes(range(256)) * 4000
    store.commit(lease, batch(b"1", positions={TICKETS_0: Position(5)}), NOW, TTL)
    store.commit(lease, batch(b"2", snapshot=b"earlier"), NOW, TTL)
    store.commit(lease, batch(b"3"), NOW, TTL)
    store.commit(lease, batch(b"4", snapshot=state), NOW, TTL)
    assert store.recover() == Recovered(state, (), {TICKETS_0: Position(5)})
    store.commit(lease, batch(b"5"), NOW, TTL)
    assert store.recover().inputs == (b"5",)
    assert store.queries.counts()["snapshot"] == 1


def test_a_commit_without_inputs_only_extends_the_lease(store: SqlStore, lease: Lease) -> None:
    store.commit(lease, batch(b""), NOW + TTL, TTL)
    assert store.recover() == Recovered(None, (), {})
    assert store.acquire("engine", "two", NOW + 2 * TTL - 1, TTL) is None


def test_what_is_committed_survives_reopening(url: str) -> None:
    first = open_store(url)
    first.commit(taken(first), full_batch(), NOW, TTL)
    before = first.recover(), first.outbox(9), first.queries.counts()
    first.close()
    second = open_store(url)
    assert (second.recover(), second.outbox(9), second.queries.counts()) == before
    second.close()


# ------------------------------------------------------------------------------ all or nothing


WRITTEN_BY_THE_CONSOLE = (
    *("action_inbox", "flash_reads", "saved_views", "handovers", "audit"),
    *("sessions", "logins", "agent_links"),
)
WRITTEN_BESIDE = (
    *("archive_parts", "backtests", "rulesets", "rule_contents", "rules_in_force"),
    *("rule_drafts", "rule_jobs", "api_tokens", "forget_requests"),
    *("ingest_inbox", "documents", "hubs", "hub_outbox", "tool_writes", "tool_cursors"),
)


def forbid(store: SqlStore, table: str) -> None:
    """Make the database itself refuse every new row of a table."""
    statement = f"ALTER TABLE {table} ADD CONSTRAINT never CHECK (false) NOT VALID"
    if store._engine.dialect.name == "sqlite":
        refuse = "BEGIN SELECT RAISE(ABORT, 'never'); END"
        statement = f"CREATE TRIGGER never BEFORE INSERT ON {table} {refuse}"
    with store._engine.begin() as connection:
        connection.exec_driver_sql(statement)


def allow(store: SqlStore, table: str) -> None:
    sqlite = store._engine.dialect.name == "sqlite"
    with store._engine.begin() as connection:
        connection.exec_driver_sql(
            "DROP TRIGGER never" if sqlite else f"ALTER TABLE {table} DROP CONSTRAINT never"
        )


@pytest.mark.parametrize(
    "table",
    [
        *("tickets", "incidents", "links", "journal", "dead_letters", "batches", "outbox"),
        *("positions", "archive_queue"),
    ],
)
def test_a_failure_at_any_step_leaves_nothing(store: SqlStore, lease: Lease, table: str) -> None:
    before = store.queries.counts()
    forbid(store, table)
    with pytest.raises(sa.exc.IntegrityError):
        store.commit(lease, full_batch(), NOW + TTL - 1, TTL)
    assert store.queries.counts() == before
    assert store.recover() == Recovered(None, (), {})

    allow(store, table)
    store.commit(lease, full_batch(), NOW, TTL)
    empty = {name for name, rows in store.queries.counts().items() if not rows}
    assert empty == {"snapshot", *WRITTEN_BY_THE_CONSOLE, *WRITTEN_BESIDE}
    assert store.recover().positions == {TICKETS_0: Position(7, (9, 12))}


def test_a_failed_commit_does_not_extend_the_lease(store: SqlStore, lease: Lease) -> None:
    forbid(store, "positions")
    with pytest.raises(sa.exc.IntegrityError):
        store.commit(lease, full_batch(), NOW + TTL - 1, TTL)
    assert store.acquire("engine", "two", NOW + TTL, TTL) is not None


def test_a_failed_snapshot_keeps_the_earlier_batches(store: SqlStore, lease: Lease) -> None:
    store.commit(lease, batch(b"1"), NOW, TTL)
    forbid(store, "outbox")
    with pytest.raises(sa.exc.IntegrityError):
        store.commit(lease, batch(b"2", snapshot=b"s", messages=(message(1),)), NOW, TTL)
    assert store.recover() == Recovered(None, (b"1",), {})


def test_an_error_does_not_repeat_what_customers_wrote(store: SqlStore, lease: Lease) -> None:
    with store._engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE tickets")
    with pytest.raises(sa.exc.DBAPIError) as caught:
        keep(store, lease, ticket(1, text="mon code est 1234"))
    assert "tickets" in str(caught.value)
    assert "1234" not in str(caught.value)


# ------------------------------------------------------------------------------------- effects


def test_every_effect_can_be_read_again(store: SqlStore, lease: Lease) -> None:
    effects = one_of_each()
    keep(store, lease, *effects)
    read = store.queries
    kept, _, _, _, raised, linked, verdict, suppressed, journaled, *_ = effects
    assert read.ticket("T00000001") == kept
    assert read.incident("GI-20261122-00000001") == raised.incident  # type: ignore[union-attr]
    assert read.links_of_ticket("T00000001") == [linked.link]  # type: ignore[union-attr]
    assert read.links_of_incident("GI-20261122-00000001") == [linked.link]  # type: ignore[union-attr]
    assert read.verdict_of("T00000001") == verdict
    assert read.suppressions() == read.suppressions("DSL-00002") == [suppressed]
    assert read.journal_of("incident", "GI-1") == [journaled.change]  # type: ignore[union-attr]


def test_what_is_not_there_is_none_or_empty(store: SqlStore) -> None:
    read = store.queries
    assert (read.ticket("x"), read.incident("x"), read.verdict_of("x")) == (None, None, None)
    assert read.links_of_ticket("x") == read.links_of_incident("x") == []
    assert read.incidents() == read.incidents([]) == []
    assert (read.journal_of("incident", "x"), read.suppressions("x")) == ([], [])
    assert set(read.counts().values()) == {0}


def test_alarms_works_and_refused_actions_are_in_their_columns(
    store: SqlStore, lease: Lease
) -> None:
    keep(store, lease, *one_of_each(), alarm(AlarmState.CLEARED, known=False))
    with store._engine.connect() as connection:
        query = connection.exec_driver_sql
        assert query("SELECT state, known FROM alarms").one() == ("cleared", False)
        assert query("SELECT objects, starts, ends FROM maintenance").one() == (
            '["AGG-0012","AGG-0013"]',
            100,
            200,
        )
        assert query("SELECT actor, verb, error FROM actions").one() == (
            "zoé",
            "confirm",
            "unknown incident",
        )


def test_every_effect_has_a_table_of_its_own_and_brings_a_value_for_each_column() -> None:
    assert set(ROWS) == set(get_args(Effect))
    assert len({table for table, _ in ROWS.values()}) == len(ROWS)
    for table, values in values_by_table(one_of_each()).items():
        assert [len(row) for row in values] == [len(brought(table))]


def test_what_is_kept_as_it_came_in_has_a_table_for_each_kind() -> None:
    assert KEPT.keys() == set(getattr(Kept, "__args__", (Kept,)))
    assert KEPT.keys() == {type(one) for one in one_of_each() if isinstance(one, Kept)}


def test_the_last_state_of_a_ticket_wins_within_and_across_batches(
    store: SqlStore, lease: Lease
) -> None:
    keep(store, lease, ticket(1), ticket(2), ticket(1, status="held", customer=None))
    assert read_ticket(store).ticket.status == "held"
    assert read_ticket(store).ticket.customer is None
    keep(store, lease, ticket(1, status="closed"))
    assert read_ticket(store).ticket.status == "closed"
    assert store.queries.counts()["tickets"] == 2


@pytest.mark.parametrize("place", ["DSL-00042", "offer=triple play", "é" * 512])
@pytest.mark.parametrize("customer", ["C0000001", None])
def test_the_place_that_a_ticket_names_comes_back(
    store: SqlStore, lease: Lease, place: str, customer: str | None
) -> None:
    keep(store, lease, ticket(1, place=place, customer=customer))
    found = read_ticket(store).ticket
    assert (found.place, found.customer) == (place, customer)
    keep(store, lease, ticket(1, place="", customer=customer))
    assert read_ticket(store).ticket.place == ""


def read_ticket(store: SqlStore) -> TicketKept:
    kept = store.queries.ticket("T00000001")
    assert kept is not None
    return kept


def test_a_lower_version_never_overwrites_a_higher_one(store: SqlStore, lease: Lease) -> None:
    keep(store, lease, incident(1, version=3), link(1, 1, version=3))
    stale = incident(1, version=2, state=State.CLOSED), link(1, 1, version=2, probability=0.1)
    keep(store, lease, *stale)
    assert store.queries.incidents() == [incident(1, version=3).incident]
    assert store.queries.links_of_ticket("T00000001") == [link(1, 1, version=3).link]
    newer = incident(1, version=4, state=State.CLOSED), link(1, 1, version=4, probability=0.1)
    keep(store, lease, *newer, *stale)
    assert store.queries.incidents() == [newer[0].incident]
    assert store.queries.links_of_ticket("T00000001") == [newer[1].link]


def test_incidents_are_found_by_state_oldest_first(store: SqlStore, lease: Lease) -> None:
    keep(store, lease, incident(3), incident(1), incident(2, state=State.CLOSED))
    found = [found.domain for found in store.queries.incidents([State.OPEN, State.PROPOSED])]
    assert found == ["DSL-00001", "DSL-00003"]
    assert len(store.queries.incidents()) == 3


def test_a_link_taken_back_is_kept_as_such(store: SqlStore, lease: Lease) -> None:
    keep(store, lease, link(1, 1), link(1, 2), link(2, 1))
    keep(store, lease, link(1, 1, version=2, state=LinkState.UNLINKED, actor="zoé"))
    states = [found.state for found in store.queries.links_of_ticket("T00000001")]
    assert states == [LinkState.UNLINKED, LinkState.LINKED]
    assert len(store.queries.links_of_incident("GI-20261122-00000001")) == 2


def test_the_journal_keeps_its_order(store: SqlStore, lease: Lease) -> None:
    keep(store, lease, *(change(number) for number in range(300)))
    keep(store, lease, change(300))
    assert [c.time for c in store.queries.journal_of("incident", "GI-1")] == list(range(301))


@pytest.mark.parametrize("text", ["été 🌩 Ωμέγα 日本", "a\\b\"c'{}%s,NULL", "", "line\nline\t\x01"])
def test_any_text_comes_back_as_it_was(store: SqlStore, lease: Lease, text: str) -> None:
    keep(store, lease, ticket(1, text=text, channel=text), incident(1, message=text))
    assert read_ticket(store).ticket.text == text
    assert store.queries.incidents()[0].message == text


def test_text_that_no_database_holds_does_not_stop_the_stream(
    store: SqlStore, lease: Lease
) -> None:
    twins = ticket(1, id="a\0", text="x\0y\ud800z"), ticket(2, id="a\ufffd")
    keep(store, lease, *twins, incident(1, message="nul \0"))
    kept = store.queries.ticket("a\0")
    assert kept is not None
    assert kept.ticket.event_id == "e2"
    assert store.queries.incidents()[0].message == "nul \0"
    keep(store, lease, twins[0])
    kept = store.queries.ticket("a\0")
    assert kept is not None
    assert kept.ticket.text == "x\ufffdy?z"


# ------------------------------------------------------------------------ outbox, dead letters


def test_messages_leave_in_their_order_and_only_once_published(
    store: SqlStore, lease: Lease
) -> None:
    for start in (0, 300):
        messages = tuple(message(number) for number in range(start, start + 300))
        store.commit(lease, batch(messages=messages), NOW, TTL)
    assert [row.message for row in store.outbox(1000)] == [message(n) for n in range(600)]
    first = store.outbox(2)
    assert store.outbox(2) == first
    store.published(first)
    assert store.outbox(1)[0].message == message(2)
    assert store.outbox_depth() == 598
    store.published([])
    store.published(store.outbox(1000))
    assert store.outbox_depth() == 0


def test_only_what_was_published_leaves_whatever_lies_between(
    store: SqlStore, lease: Lease
) -> None:
    store.commit(lease, batch(messages=tuple(map(message, range(9)))), NOW, TTL)
    rows = store.outbox(9)
    done = [rows[n] for n in (7, 0, 1, 4, 5, 8)]
    assert store.published(done) == 6
    assert [row.message.key for row in store.outbox(9)] == [b"k2", b"k3", b"k6"]
    assert store.published([rows[2], rows[6]]) == 2
    assert store.outbox(9) == [rows[3]]


def test_the_order_outlives_the_reuse_of_space(fresh_postgres: str) -> None:
    store = open_store(fresh_postgres)
    lease = taken(store)
    store.commit(lease, batch(messages=tuple(map(message, range(400)))), NOW, TTL)
    store.published(store.outbox(300))
    with store._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM outbox")
    store.commit(lease, batch(messages=tuple(map(message, range(400, 500)))), NOW, TTL)
    assert [row.message for row in store.outbox(1000)] == [message(n) for n in range(300, 500)]
    store.close()


def test_a_number_is_never_given_twice(store: SqlStore, lease: Lease) -> None:
    store.commit(lease, batch(messages=(message(1),)), NOW, TTL)
    (before,) = store.outbox(1)
    store.published([before])
    store.commit(lease, batch(messages=(message(2),)), NOW, TTL)
    assert store.outbox(1)[0].seq > before.seq


def test_large_messages_are_read_a_few_at_a_time_and_the_largest_all_the_same(
    store: SqlStore, lease: Lease
) -> None:
    sizes = (10, 900, 50, 50, 2_000, None)
    values = [None if size is None else b"x" * size for size in sizes]
    messages = tuple(OutMessage("gi.incidents", b"%d" % n, v) for n, v in enumerate(values))
    store.commit(lease, batch(messages=messages), NOW, TTL)
    turns = []
    while rows := store.outbox(3, 1_000):
        turns.append([row.message.key for row in rows])
        store.published(rows)
    assert turns == [[b"0", b"1", b"2"], [b"3", b"4"], [b"5"]]


@pytest.mark.parametrize(
    "sent",
    [
        OutMessage("gi.ticket-links", b"T1|GI-1", None),
        OutMessage("gi.dead-letters", None, b"", (("dlq.topic", b"gi\xff"), ("dlq.topic", b""))),
        OutMessage("t", b"", b"\x00\xfe\xff" * 1000, (("é", "é".encode()),)),
    ],
)
def test_a_message_keeps_its_exact_bytes(store: SqlStore, lease: Lease, sent: OutMessage) -> None:
    store.commit(lease, batch(messages=(message(1), sent)), NOW, TTL)
    assert store.outbox(2)[1].message == sent


def test_dead_letters_keep_the_exact_record(store: SqlStore, lease: Lease) -> None:
    letters = (
        dead_letter(bytes(range(256)), key=b"\x00"),
        dead_letter(b"", time=78),
        dead_letter(b"{", key=b"", time=79),
    )
    store.commit(lease, batch(dead_letters=letters), NOW, TTL)
    assert store.queries.dead_letters(10) == list(reversed(letters))
    assert store.queries.dead_letters(1) == [letters[2]]


# ---------------------------------------------------------------------------------- the address


def test_other_databases_are_refused() -> None:
    with pytest.raises(ValueError, match="neither sqlite nor postgresql"):
        open_store("mysql://localhost/x")
    with pytest.raises(ValueError, match="name a file"):
        open_store("sqlite://")


def test_a_plain_postgresql_url_is_enough(fresh_postgres: str) -> None:
    store = open_store(fresh_postgres.replace("postgresql+psycopg:", "postgresql:"))
    assert store.recover() == Recovered(None, (), {})
    store.close()


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ServerUnreachableError, match=r"missing/store\.db does not answer"):
        open_store(f"sqlite:///{tmp_path}/missing/store.db")


def test_a_commit_without_a_lease_writes_nothing(store: SqlStore) -> None:
    with pytest.raises(LeaseLostError):
        store.commit(Lease("engine", "one", 1), full_batch(), NOW, TTL)
    assert set(store.queries.counts().values()) == {0}


# --------------------------------------------------------------------------- what stands last


def test_what_stands_last_under_a_key_of_the_noc_is_the_incident_as_it_is_now(
    store: SqlStore, lease: Lease
) -> None:
    first, last = (
        incident(1, version=version, noc=True, announced=None, state=state)
        for version, state in ((1, State.CANDIDATE), (2, State.CLOSED))
    )
    keep(store, lease, first)
    keep(store, lease, last)
    unknown = OutMessage(NETWORK, b"GI-unknown", b"{}")
    with store.engine.connect() as connection:
        found = standing_messages(connection, [network_message(first), unknown])
    assert [(one.topic, one.key) for one in found] == [(NETWORK, last.incident.id.encode())]
    problem = json.loads(found[0].value or b"")["event"]["serviceProblem"]
    assert (problem["@type"], problem["status"]) == ("NetworkIncident", "closed")
