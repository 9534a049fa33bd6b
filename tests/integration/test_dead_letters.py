"""Reading and marking dead letters, on both databases."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from alembic import command

from correlator.adapters.sql import DeadLetters, KeptLetter, SqlStore, open_store, schema
from correlator.adapters.sql.connect import writing
from correlator.adapters.sql.dead_letters import INBOX
from correlator.adapters.sql.migrate import _config
from correlator.adapters.sql.rows import dead_letter_row
from correlator.ports import DeadLetter, Record
from correlator.service import inbox
from tests.integration.store_samples import batch

if TYPE_CHECKING:
    from collections.abc import Iterator

LETTERS = (
    DeadLetter(Record("gi.tickets", 0, 4, b"k\xff", b"\x00\xff{", 7), "not-json", "malformed", 70),
    DeadLetter(Record("gi.alarms", 1, 5, None, b"{}", 8), "invalid", "no `id`", 80),
    DeadLetter(Record("gi.tickets", 0, 6, b"", "é".encode(), 9), "invalid", "no `id`", 90),
    DeadLetter(Record("inbox", 0, 1, b"a1", b"{", 9), "invalid", "no action", 95),
)


@pytest.fixture
def store(url: str) -> Iterator[SqlStore]:
    with closing(open_store(url)) as opened:
        lease = opened.acquire("engine", "one", 1, 1)
        assert lease is not None
        opened.commit(lease, batch(dead_letters=LETTERS), 1, 1)
        yield opened


@pytest.fixture
def letters(store: SqlStore) -> DeadLetters:
    return DeadLetters(store.engine)


def test_the_newest_come_first_and_without_their_values(letters: DeadLetters) -> None:
    assert [one.seq for one in letters.newest(9)] == [4, 3, 2, 1]
    assert letters.newest(9)[3] == (1, "gi.tickets", 0, 4, "not-json", "malformed", 70, None, 3)
    assert letters.newest(9)[1].size == 2, "bytes, not characters"


def test_a_list_is_bounded_and_filtered(letters: DeadLetters) -> None:
    def seqs(limit: int = 9, topic: str = "", reason: str = "") -> list[int]:
        return [one.seq for one in letters.newest(limit, topic, reason)]

    assert seqs(2) == [4, 3]
    assert seqs(topic="gi.tickets") == [3, 1]
    assert seqs(reason="invalid") == [4, 3, 2]
    assert seqs(topic="gi.tickets", reason="invalid") == [3]
    assert seqs(topic="gi.ticket\0") == []


def test_a_letter_is_whole(letters: DeadLetters) -> None:
    assert letters.letter(1) == KeptLetter(1, LETTERS[0], None)
    assert letters.letter(2) == KeptLetter(2, LETTERS[1], None)
    assert letters.letter(5) is None


def test_what_has_been_replayed_is_marked_and_left_out(letters: DeadLetters) -> None:
    letters.mark_replayed([2, 3], 1_000)
    assert letters.letter(2) == KeptLetter(2, LETTERS[1], 1_000)
    assert [one.replayed for one in letters.newest(9)] == [None, 1_000, 1_000, None]
    assert letters.numbers("invalid") == [4]
    assert letters.numbers("invalid", replayed=True) == [2, 3, 4]
    assert letters.numbers("invalid", "gi.tickets", replayed=True) == [3]


def test_letters_of_before_have_not_been_replayed(url: str) -> None:
    """Rows of 0002, which knew no replay."""
    with closing(SqlStore(url)) as store:
        with writing(store.engine) as connection:
            command.upgrade(_config(connection), "0002")
            old = [dead_letter_row(letter) for letter in LETTERS]
            for row in old:
                del row["replayed"]
            connection.execute(schema.dead_letters.insert(), old)
        store.migrate()
        found = [DeadLetters(store.engine).letter(seq) for seq in range(1, 5)]
    assert found == [KeptLetter(n, letter, None) for n, letter in enumerate(LETTERS, 1)]


def test_the_daemon_writes_actions_under_the_name_that_is_read_here() -> None:
    assert inbox.TOPIC == INBOX
