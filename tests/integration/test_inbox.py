"""The inbox of actions: sent once, held, taken back, hastened; gone with its commit."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from correlator.adapters.sql import ActionResult, HeldRow, Standing, open_store
from correlator.model import Action, ActionDone, Outcome, Verb
from correlator.ports import InboxRow, LeaseLostError, Partition, Position
from tests.integration.conftest import Shelf
from tests.integration.store_samples import batch, incident

NOW = 10_000
WAITS = ActionResult(Standing.WAITING)


def action(name: str = "x1", **more: Any) -> Action:
    given = {"actor": "zoé", "verb": Verb.ACKNOWLEDGE, "incident": "GI-1", **more}
    return Action(name, 0, name, **given)


def held(until: int) -> ActionResult:
    return ActionResult(Standing.HELD, until=until)


def done(what: Action, error: str = "", outcome: Outcome = Outcome.DONE) -> ActionDone:
    return ActionDone(what, error, outcome, "GI-1", 7)


def waiting(shelf: Shelf, now: int = NOW) -> list[str]:
    return [row.id for row in shelf.store.inbox(now, 99)]


# -------------------------------------------------------------------------------------- sent


def test_an_action_waits_in_the_inbox_as_it_was_sent(shelf: Shelf) -> None:
    sent = action(reason="je regarde é 🌩", expects=3)
    assert shelf.write.send(sent, 77) == WAITS
    assert shelf.write.standing("x1", NOW) == WAITS
    (row,) = shelf.store.inbox(NOW, 9)
    assert isinstance(row, InboxRow)
    assert (row.id, row.at) == ("x1", 77)
    assert msgspec.json.decode(row.body, type=Action) == sent


def test_actions_wait_in_the_order_in_which_they_were_sent(shelf: Shelf) -> None:
    names = [f"x{n * 7 % 20:02}" for n in range(20)]
    for name in names:
        shelf.write.send(action(name), NOW)
    assert waiting(shelf) == names
    assert [row.id for row in shelf.store.inbox(NOW, 3)] == names[:3]


def test_an_action_that_is_sent_again_waits_once(shelf: Shelf) -> None:
    shelf.write.send(action(), NOW)
    assert shelf.write.send(action(reason="encore"), NOW + 5) == WAITS
    (row,) = shelf.store.inbox(NOW, 9)
    assert msgspec.json.decode(row.body, type=Action) == action()


def test_a_double_click_in_two_processes_is_one_action(shelf: Shelf) -> None:
    with ThreadPoolExecutor(8) as threads:
        for n in range(10):
            found = list(threads.map(lambda _, n=n: shelf.write.send(action(f"x{n}"), NOW), "abcd"))
            assert found == [WAITS] * 4
    assert sorted(waiting(shelf)) == sorted(f"x{n}" for n in range(10))


def test_an_action_that_nobody_sent_is_unknown(shelf: Shelf) -> None:
    assert shelf.write.standing("x1", NOW) == ActionResult(Standing.UNKNOWN)


# ----------------------------------------------------------------------------------- outcomes


@pytest.mark.parametrize(
    ("outcome", "error", "standing"),
    [
        (Outcome.DONE, "", Standing.DONE),
        (Outcome.REFUSED, "cannot close", Standing.REFUSED),
        (Outcome.STALE, "has changed since", Standing.STALE),
    ],
)
def test_a_repeat_is_told_what_became_of_the_first(
    shelf: Shelf, outcome: Outcome, error: str, standing: Standing
) -> None:
    shelf.write.send(action(), NOW)
    shelf.keep(done(action(), error, outcome), taken=("x1",))
    told = ActionResult(standing, error, "GI-1", 7)
    assert shelf.write.standing("x1", NOW) == told
    assert shelf.write.send(action(), NOW) == told
    assert waiting(shelf) == []


def test_an_action_that_came_through_kafka_is_a_repeat_as_well(shelf: Shelf) -> None:
    shelf.keep(done(action()))
    assert shelf.write.send(action(), NOW).standing is Standing.DONE
    assert waiting(shelf) == []


@pytest.mark.parametrize("statements", [1, 2, 3])
def test_a_repeat_is_told_the_outcome_whenever_the_daemon_commits(
    fresh_postgres: str, statements: int
) -> None:
    """Between any two statements of the repeat; in SQLite nothing can come in between."""
    with closing(open_store(fresh_postgres)) as store:
        shelf = Shelf(store)
        shelf.write.send(action(), NOW)
        seen: list[str] = []

        def commit() -> None:
            shelf.keep(done(action(), "no", Outcome.REFUSED), taken=("x1",))

        def after(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
            seen.append(statement)
            if len(seen) == statements:
                with ThreadPoolExecutor(1) as thread:
                    thread.submit(commit).result()

        sa.event.listen(store.engine, "after_cursor_execute", after)
        found = shelf.write.send(action(), NOW)
        sa.event.remove(store.engine, "after_cursor_execute", after)
        assert len(seen) > statements
        assert found.standing is (Standing.REFUSED if statements < 3 else Standing.WAITING)
        assert shelf.write.send(action(), NOW).standing is Standing.REFUSED
        assert waiting(shelf) == []


# ------------------------------------------------------------------- held, taken back, hastened


def test_an_action_that_is_held_is_not_due_until_its_time(shelf: Shelf) -> None:
    assert shelf.write.send(action(), NOW, NOW + 30) == held(NOW + 30)
    assert shelf.write.standing("x1", NOW + 29) == held(NOW + 30)
    assert waiting(shelf, NOW + 29) == []
    assert waiting(shelf, NOW + 30) == ["x1"]
    assert shelf.write.standing("x1", NOW + 30) == ActionResult(Standing.WAITING, until=NOW + 30)


def test_everybody_sees_what_is_held(shelf: Shelf) -> None:
    shelf.write.send(action("now"), NOW)
    shelf.write.send(action("later", verb=Verb.REJECT), NOW, NOW + 30)
    rows = (HeldRow("later", "GI-1", "zoé", "reject", NOW + 30),)
    assert shelf.read.status()[1] == shelf.read.board(0).held == rows


def test_what_is_held_may_be_taken_back(shelf: Shelf) -> None:
    shelf.write.send(action(), NOW, NOW + 30)
    assert shelf.write.take_back("x1", NOW + 29) == ("GI-1", "acknowledge")
    assert waiting(shelf, NOW + 99) == []
    assert shelf.write.standing("x1", NOW + 29).standing is Standing.UNKNOWN
    assert shelf.write.take_back("x1", NOW + 29) is None


def test_what_is_due_cannot_be_taken_back(shelf: Shelf) -> None:
    shelf.write.send(action("held"), NOW, NOW + 30)
    shelf.write.send(action("plain"), NOW)
    assert not shelf.write.take_back("held", NOW + 30)
    assert not shelf.write.take_back("plain", NOW)
    assert not shelf.write.take_back("unknown", NOW)
    assert waiting(shelf, NOW + 30) == ["held", "plain"]


def test_what_was_taken_back_may_be_sent_again(shelf: Shelf) -> None:
    shelf.write.send(action(), NOW, NOW + 30)
    shelf.write.take_back("x1", NOW)
    assert shelf.write.send(action(), NOW) == WAITS
    assert waiting(shelf) == ["x1"]


def test_what_is_hastened_is_due_at_once_and_for_good(shelf: Shelf) -> None:
    shelf.write.send(action(), NOW, NOW + 30)
    assert shelf.write.hasten("x1")
    assert waiting(shelf) == ["x1"]
    assert not shelf.write.take_back("x1", NOW)
    assert shelf.read.status()[1] == ()
    assert not shelf.write.hasten("unknown")


def test_what_waits_keeps_its_place_though_others_are_due_before(shelf: Shelf) -> None:
    shelf.write.send(action("held"), NOW, NOW + 30)
    shelf.write.send(action("plain"), NOW)
    assert waiting(shelf) == ["plain"]
    assert waiting(shelf, NOW + 30) == ["held", "plain"]


# --------------------------------------------------------------------------------- the commit


def test_a_commit_takes_its_actions_out_and_no_others(shelf: Shelf) -> None:
    for name in ("x1", "x2", "x3"):
        shelf.write.send(action(name), NOW)
    shelf.keep(done(action("x1")), done(action("x3")), taken=("x1", "x3"))
    assert waiting(shelf) == ["x2"]


def test_a_failed_commit_leaves_the_inbox(shelf: Shelf) -> None:
    shelf.write.send(action(), NOW)
    with shelf.store.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE positions")
    positions = {Partition("gi.tickets", 0): Position(1)}
    with pytest.raises(sa.exc.DBAPIError):
        shelf.keep(done(action()), incident(1), taken=("x1",), positions=positions)
    assert waiting(shelf) == ["x1"]
    assert shelf.write.standing("x1", NOW) == WAITS
    assert shelf.read.changes(0, 9) == []


def test_a_daemon_without_its_lease_takes_nothing(shelf: Shelf) -> None:
    shelf.write.send(action(), NOW)
    shelf.store.release(shelf.lease)
    with pytest.raises(LeaseLostError):
        shelf.store.commit(shelf.lease, batch(effects=(done(action()),), taken=("x1",)), NOW, 9)
    assert waiting(shelf) == ["x1"]


@pytest.mark.parametrize("count", [500, 3_000])
def test_many_actions_leave_at_once(shelf: Shelf, count: int) -> None:
    for n in range(3):
        shelf.write.send(action(f"x{n}"), NOW)
    shelf.keep(taken=tuple(f"x{n}" for n in range(count)))
    assert waiting(shelf) == []


def test_names_that_no_database_holds_are_sent_and_taken(shelf: Shelf) -> None:
    shelf.write.send(action("a\0b", incident="GI\0"), NOW)
    (row,) = shelf.store.inbox(NOW, 9)
    assert shelf.write.send(action("a\0b"), NOW) == WAITS
    shelf.keep(taken=(row.id,))
    assert waiting(shelf) == []
