"""Dead letters: what people see of them, and which are given to their feeds again."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from correlator.adapters.sql import DeadLetters, KeptLetter, ListedLetter, SqlStore, open_store
from correlator.adapters.sql.values import json_of
from correlator.model import Action, Verb
from correlator.ports import DeadLetter, OutMessage, Record
from correlator.tools import dead_letters as tool
from correlator.tools.dead_letters import Told, UnknownLetterError, Wanted
from tests.builders import at
from tests.integration.store_samples import batch
from tests.records import alarm_bytes, ticket_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

NOW = 1_800_000_000_000
GOOD = ticket_bytes("T1", at(0))
ACTION = Action("a1", 0, "e1", "zoé", Verb.CONFIRM, "GI-1")
LETTERS = (
    DeadLetter(Record("gi.tickets", 0, 4, b"k", b"{oh", 7), "not-json", "malformed", 70),
    DeadLetter(Record("gi.tickets", 1, 5, None, GOOD, 8), "unusable", "KeyError", 80),
    DeadLetter(Record("gi.alarms", 0, 6, b"A", alarm_bytes("A", at(0)), 9), "unusable", "x", 90),
    DeadLetter(Record("inbox", 0, 1, b"a1", json_of(ACTION).encode(), 9), "unusable", "x", 95),
    DeadLetter(Record("inbox", 0, 2, b"a2", b"{}", 9), "invalid", "no action", 96),
    DeadLetter(Record("gi.gone", 0, 0, None, b"{}", 9), "invalid", "x", 97),
)


class Brokers:
    """Takes what is published, but for what a test has it refuse."""

    def __init__(self) -> None:
        self.taken: list[OutMessage] = []
        self.refuses: dict[str, Exception] = {}
        self.opened = self.closed = 0

    def __call__(self) -> Brokers:
        self.opened += 1
        return self

    def publish(self, messages: Sequence[OutMessage]) -> Sequence[Exception | None]:
        answers = [self.refuses.get(message.topic) for message in messages]
        self.taken += [m for m, error in zip(messages, answers, strict=True) if error is None]
        return answers

    def close(self) -> None:
        self.closed += 1


@dataclass
class Desk:
    """Somebody with a store, who mends letters."""

    store: SqlStore
    brokers: Brokers

    def replay(self, *seqs: int, now: int = NOW, **wanted: Any) -> list[Told]:
        return list(tool.replay(self.store, seqs, self.brokers, now, Wanted(**wanted)))

    def marks(self) -> dict[int, int | None]:
        return {one.seq: one.replayed for one in DeadLetters(self.store.engine).newest(99)}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with closing(open_store(f"sqlite:///{tmp_path / 'store.db'}")) as store:
        lease = store.acquire("engine", "one", 1, 1)
        assert lease is not None
        store.commit(lease, batch(dead_letters=LETTERS), 1, 1)
        yield Desk(store, Brokers())


# ------------------------------------------------------------------------------------- to look at


def listed(error: str = "no `id`", replayed: int | None = None) -> ListedLetter:
    return ListedLetter(12, "gi.tickets", 3, 41, "invalid", error, NOW, replayed, 77)


def test_a_line_tells_what_and_whence() -> None:
    wanted = "    12  2027-01-15T08:00:00Z  gi.tickets/3@41  invalid  77 bytes  no `id`"
    assert tool.line(listed()) == wanted
    again = tool.line(listed(replayed=NOW + 1000))
    assert "  replayed 2027-01-15T08:00:01Z  " in again


def test_a_line_stays_one_and_does_not_command_the_terminal() -> None:
    line = tool.line(listed("bad\n\x1b[2J" + "é" * 999))
    assert line.isprintable()
    assert len(line) < 250


def test_for_programs_times_are_as_everywhere() -> None:
    assert tool.plain(listed())["time"] == "2027-01-15T08:00:00Z"
    assert tool.plain(listed())["replayed"] is None
    assert tool.plain(listed(replayed=NOW))["replayed"] == "2027-01-15T08:00:00Z"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (b'{\n\t"a": "\xc3\xa9"}', ["{", '\t"a": "é"}']),
        (b"\xff{", ["hex ff7b"]),
        (b"\x1b[2J", ["hex 1b5b324a"]),
        (b"", []),
    ],
)
def test_a_value_is_shown_as_text_if_it_is_one(value: bytes, shown: list[str]) -> None:
    letter = DeadLetter(Record("gi.tickets", 0, 4, None, value, 0), "invalid", "e", 0)
    said = tool.screen(KeptLetter(3, letter, None))
    assert said[said.index("") + 1 :] == shown


def test_all_fields_are_shown() -> None:
    said = "\n".join(tool.screen(KeptLetter(3, LETTERS[0], NOW)))
    for word in ("3", "gi.tickets", "4", "not-json", "malformed", "k", "3 bytes", "{oh", "2027"):
        assert word in said


# ---------------------------------------------------------------------------------------- to mend


def test_a_mended_letter_goes_to_its_topic_under_its_key(desk: Desk) -> None:
    assert desk.replay(1, mended=GOOD) == [Told(1, "replayed", "published to gi.tickets")]
    assert desk.brokers.taken == [OutMessage("gi.tickets", b"k", GOOD)]
    assert desk.marks()[1] == NOW
    assert (desk.brokers.opened, desk.brokers.closed) == (1, 1)


def test_what_would_only_come_back_is_refused_with_its_place(desk: Desk) -> None:
    (told,) = desk.replay(1)
    assert told.fate == "refused"
    assert told.text.startswith("gi.tickets/0@4: JSON is malformed")
    assert told.text.endswith("mend it (--value FILE), or --force")
    body = msgspec.json.decode(GOOD)
    del body["event"]["troubleTicket"]["id"]
    (told,) = desk.replay(1, mended=msgspec.json.encode(body), of="t.json")
    place = "Object missing required field `id` - at `$.event.troubleTicket`"
    assert told.text.startswith(f"t.json: {place}; ")
    assert (desk.brokers.taken, desk.brokers.opened, desk.marks()[1]) == ([], 0, None)


def test_force_publishes_it_all_the_same(desk: Desk) -> None:
    assert [told.fate for told in desk.replay(1, 6, force=True)] == ["replayed"] * 2
    assert [m.value for m in desk.brokers.taken] == [b"{oh", b"{}"]
    assert desk.marks()[6] == NOW


def test_once_more_asks_for_again(desk: Desk) -> None:
    desk.replay(2)
    (told,) = desk.replay(2, force=True, now=NOW + 1)
    assert told == (
        2,
        "refused",
        "replayed 2027-01-15T08:00:00Z already; to do it once more: --again",
    )
    (told,) = desk.replay(2, again=True, now=NOW + 2)
    assert told.fate == "replayed"
    assert len(desk.brokers.taken) == 2
    assert desk.marks()[2] == NOW + 2


def test_what_kafka_does_not_take_is_not_marked(desk: Desk) -> None:
    desk.brokers.refuses["gi.tickets"] = TimeoutError("nobody")
    told = desk.replay(2, 3)
    assert [(one.seq, one.fate) for one in told] == [(2, "failed"), (3, "replayed")]
    assert "TimeoutError: nobody" in told[0].text
    assert (desk.marks()[2], desk.marks()[3]) == (None, NOW)


def test_a_topic_that_is_not_read_any_more_is_refused(desk: Desk) -> None:
    (told,) = desk.replay(6)
    assert "gi.gone is not read" in told.text


def test_many_go_in_groups_and_none_twice(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tool, "_TOGETHER", 2)
    told = desk.replay(1, 2, 3, 4, 5, 6)
    assert {one.seq: one.fate for one in told} == {
        1: "refused", 2: "replayed", 3: "replayed", 4: "replayed", 5: "refused", 6: "refused",
    }  # fmt: skip
    assert len(desk.brokers.taken) == 2
    assert desk.brokers.opened == desk.brokers.closed == 1


def test_a_number_that_is_not_there_stops_before_anything_is_done(desk: Desk) -> None:
    with pytest.raises(UnknownLetterError, match="no dead letter 99"):
        desk.replay(2, 99)
    assert desk.brokers.taken == []
    assert desk.marks()[2] is None


# -------------------------------------------------------------------------------------- the inbox


def test_an_action_goes_into_the_inbox_under_another_id(desk: Desk) -> None:
    """The daemon that set the first id aside would set it aside again."""
    assert desk.replay(4)[0].fate == "replayed"
    (row,) = desk.store.inbox(NOW, 9)
    assert row.id == f"a1-replay-{NOW}"
    assert msgspec.json.decode(row.body, type=Action) == msgspec.structs.replace(ACTION, id=row.id)
    assert (desk.brokers.opened, desk.marks()[4]) == (0, NOW)
    assert desk.replay(4, now=NOW + 1)[0].fate == "refused"
    assert desk.replay(4, again=True, now=NOW + 2)[0].fate == "replayed"
    assert len(desk.store.inbox(NOW, 9)) == 2


def test_an_action_that_cannot_be_read_is_not_put_back_even_by_force(desk: Desk) -> None:
    (told,) = desk.replay(5, force=True)
    assert told.text.startswith("inbox/0@2: Object missing required field `id`")
    assert desk.store.inbox(NOW, 9) == []
    mended = json_of(msgspec.structs.replace(ACTION, id="a2")).encode()
    assert desk.replay(5, mended=mended, of="a.json")[0].fate == "replayed"
    assert [row.id for row in desk.store.inbox(NOW, 9)] == [f"a2-replay-{NOW}"]
