"""The inbox in the leader's own loop: at which time, what is put aside, what a crash does to it."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from msgspec import structs

from correlator.adapters.sql import SqlStore, Standing, console
from correlator.adapters.sql.values import json_of
from correlator.model import MINUTE, Action, Incident, RejectCode, State, Verb
from correlator.ports import ENGINE, Batch, Lease, Partition, ServerUnreachableError
from tests.builders import START, catalog, customers_of, network, spread
from tests.harness.loop import NOW, Loop, contents, looping
from tests.records import ticket_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

CARD = spread(customers_of("DSL-1/C1"), 8)
OTHERS = [customers_of(f"DSL-{2 + n % 3}/C{n}")[3] for n in range(1, 6)]
DECIDED = ("actions", "incidents", "links", "journal", "verdicts")


def at(minute: float) -> int:
    return START + round(minute * MINUTE)


def call(loop: Loop, minute: float, customer: str) -> None:
    loop.put("gi.tickets", ticket_bytes(f"T{minute:g}", at(minute), customer))


@pytest.fixture
def loop(url: str) -> Iterator[Loop]:
    """Return a loop with an incident on a card, announced in the twelfth minute."""
    with looping(url) as loop:
        for n, customer in enumerate(CARD):
            call(loop, 1.5 * n, customer)
        loop.settle()
        yield loop


def incident(loop: Loop) -> Incident:
    (found,) = loop.store.queries.incidents([State.PROPOSED, State.OPEN])
    return found


def action(loop: Loop, name: str, verb: Verb = Verb.NOTE, **more: Any) -> Action:
    given = {"text": f"note {name}", **more} if verb is Verb.NOTE else more
    return Action(name, 0, name, "zoé", verb, incident(loop).id, **given)


def notes(loop: Loop) -> list[str]:
    rows = contents(loop.store, "journal")["journal"]
    return [row["new"] for row in rows if row["field"] == "note"]


# ------------------------------------------------------------------------------------ the time


def test_an_action_is_carried_out_at_the_engines_time(loop: Loop) -> None:
    loop.send(action(loop, "x1", Verb.ACKNOWLEDGE))
    loop.step()
    found = loop.write.standing("x1", loop.now)
    assert (found.standing, found.incident) == (Standing.DONE, incident(loop).id)
    assert found.rev == incident(loop).rev
    (row,) = contents(loop.store, "actions")["actions"]
    assert row["changed"] == incident(loop).changed == at(10.5)
    assert loop.now - NOW < 1_000_000 < NOW - at(10.5)


def test_an_action_does_not_wait_for_the_feeds(loop: Loop) -> None:
    """Which hold back what may be overtaken: here a ticket of the last half minute."""
    call(loop, 12, OTHERS[0])
    assert not loop.step()
    loop.send(action(loop, "x1", Verb.ACKNOWLEDGE))
    call(loop, 12.2, OTHERS[1])
    assert not loop.step()
    assert loop.write.standing("x1", loop.now).standing is Standing.DONE
    assert loop.store.queries.ticket("T12.2") is None
    loop.settle()
    assert loop.store.queries.ticket("T12.2") is not None


def test_an_action_does_not_move_time_and_no_event_is_late_for_it(loop: Loop) -> None:
    before = loop.engine.now
    loop.send(action(loop, "x1"))
    loop.settle()
    assert loop.engine.now == before
    call(loop, 10.6, OTHERS[0])
    loop.settle()
    assert loop.engine.now == at(10.6)


def test_nothing_is_taken_before_the_first_event(url: str) -> None:
    with looping(url) as loop:
        loop.write.send(Action("x1", 0, "x1", "zoé", Verb.NOTE, "GI-1", text="vu"), loop.now)
        loop.step()
        assert loop.write.standing("x1", loop.now).standing is Standing.WAITING
        call(loop, 1, OTHERS[0])
        loop.settle()
        assert loop.write.standing("x1", loop.now).standing is Standing.REFUSED


def test_actions_are_carried_out_in_the_order_in_which_they_were_sent(loop: Loop) -> None:
    names = [f"x{n * 7 % 30:02}" for n in range(30)]
    for name in names:
        loop.send(action(loop, name))
    loop.settle()
    assert notes(loop) == [f"note {name}" for name in names]


def test_an_action_that_is_held_waits_and_may_be_taken_back(loop: Loop) -> None:
    loop.send(action(loop, "later", Verb.REJECT, code=RejectCode.COINCIDENCE), held=1_000)
    loop.send(action(loop, "never"), held=1_000)
    loop.settle()
    assert incident(loop).state is State.OPEN
    assert loop.write.take_back("never", loop.now)
    loop.now += 1_000
    loop.step()
    assert loop.write.standing("later", loop.now).standing is Standing.DONE
    assert loop.store.queries.incidents([State.OPEN]) == []
    assert notes(loop) == []


def test_a_stale_action_says_so_and_changes_nothing(loop: Loop) -> None:
    seen = incident(loop).rev
    loop.send(action(loop, "x1", Verb.ASSIGN, to="bruno", expects=seen))
    loop.send(action(loop, "x2", Verb.ASSIGN, to="chloé", expects=seen))
    loop.step()
    found = [loop.write.standing(name, loop.now) for name in ("x1", "x2")]
    assert [one.standing for one in found] == [Standing.DONE, Standing.STALE]
    assert found[1].rev == seen + 1
    assert incident(loop).acknowledged_by == "bruno"


# ----------------------------------------------------------------------------------- put aside


def insert(loop: Loop, name: str, body: str) -> None:
    """Put a row into the inbox as another version of the console might."""
    row = {"id": name, "incident": "", "actor": "", "verb": "", "at": 7, "not_before": 0}
    with loop.store.engine.begin() as connection:
        connection.execute(console.action_inbox.insert().values({**row, "body": body}))


def test_a_row_that_is_no_action_is_put_aside_and_stops_nothing(loop: Loop) -> None:
    good = action(loop, "good")
    odd = json.loads(json_of(good))
    bodies = ["", "{", "null", json_of({**odd, "verb": "celebrate"})]
    bodies += [json_of({**odd, "expects": 2**60}), json_of({**odd, "incident": "é" * 9_000})]
    for n, body in enumerate(bodies):
        insert(loop, f"bad{n}", body)
    loop.send(good)
    before = loop.store.outbox_depth()
    loop.settle()
    assert notes(loop) == ["note good"]
    letters = loop.store.queries.dead_letters(99)
    assert {(one.record.topic, one.record.key) for one in letters} == {
        ("inbox", f"bad{n}".encode()) for n in range(len(bodies))
    }
    assert {one.record.value.decode() for one in letters} == set(bodies)
    assert loop.store.outbox_depth() == before + len(bodies)
    assert loop.store.inbox(loop.now, 9) == []
    call(loop, 12, OTHERS[0])
    loop.settle()
    assert loop.store.queries.ticket("T12") is not None


# ------------------------------------------------------------------------------ what a crash does


def test_recovery_repeats_an_action_in_its_place(loop: Loop) -> None:
    """Between the same events, though its row is gone from the inbox."""
    loop.send(action(loop, "x1", Verb.CONFIRM))
    loop.settle()
    for n in range(5):
        call(loop, 12 + n, OTHERS[n])
    loop.settle()
    loop.send(action(loop, "x2", Verb.SCOPE, domain="DSL-1"))
    loop.settle()
    before, state = contents(loop.store, *DECIDED), loop.engine.snapshot()
    loop.restart()
    assert loop.engine.snapshot() == state
    loop.settle()
    assert contents(loop.store, *DECIDED) == before
    call(loop, 20, customers_of("DSL-1/C5")[1])
    loop.settle()
    verdict = loop.store.queries.verdict_of("T20")
    assert verdict is not None
    assert verdict.incident == incident(loop).id


class FailsOnce(SqlStore):
    """A store whose next commit is not answered; `after`: it was in, all the same."""

    fails = False
    after = False

    def commit(self, lease: Lease, batch: Batch, now: int, ttl: int) -> None:
        if self.fails and not self.after:
            raise ServerUnreachableError("gone")
        super().commit(lease, batch, now, ttl)
        if self.fails:
            raise ServerUnreachableError("gone")


@pytest.mark.parametrize("after", [False, True], ids=["before it is in", "after it is in"])
def test_an_action_whose_commit_is_not_answered_is_carried_out_once(
    url: str, loop: Loop, *, after: bool
) -> None:
    loop.send(action(loop, "x1", Verb.CONFIRM))
    loop.send(action(loop, "x2"))
    store = FailsOnce(url)
    store.fails, store.after = True, after
    loop.session._services = structs.replace(loop.session._services, store=store)
    with pytest.raises(ServerUnreachableError):
        loop.step()
    store.close()
    waiting = [row.id for row in loop.store.inbox(loop.now, 9)]
    assert waiting == ([] if after else ["x1", "x2"])
    loop.restart()
    loop.settle()
    assert loop.store.inbox(loop.now, 9) == []
    assert notes(loop) == ["note x2"]
    assert incident(loop).confirmed_by == "zoé"
    assert [row["outcome"] for row in contents(loop.store, "actions")["actions"]] == ["done"] * 2
    confirmed = [
        row for row in contents(loop.store, "journal")["journal"] if row["field"] == "confirmed_by"
    ]
    assert [(row["action"], row["new"]) for row in confirmed] == [("x1", "zoé")]


def test_what_was_sent_while_nobody_led_is_carried_out_by_the_next(loop: Loop) -> None:
    loop.session.end(loop.now)
    loop.send(action(loop, "x1"))
    loop.restart()
    loop.settle()
    assert notes(loop) == ["note x1"]


# ----------------------------------------------------------------------- what the console is shown


def test_it_is_shown_how_feeds_and_engine_stand(loop: Loop) -> None:
    _let_be_shown(loop)
    feeds = {feed.topic: feed for feed in loop.read.status()[0]}
    assert feeds["gi.tickets"].latest == feeds[ENGINE].latest == at(10.5)
    assert loop.now - feeds[ENGINE].heard <= 200
    call(loop, 15, OTHERS[0])
    loop.settle()
    _let_be_shown(loop)
    feeds = {feed.topic: feed for feed in loop.read.status()[0]}
    assert feeds[ENGINE].latest == at(15)
    assert feeds["gi.tickets"].heard < loop.now


def test_it_is_not_stored_at_each_commit_how_feeds_and_engine_stand(loop: Loop) -> None:
    with _statements(loop) as said:
        for minute in range(15, 55):
            call(loop, minute, OTHERS[0])
            loop.step()
    commits = sum("UPDATE lease" in one for one in said)
    assert commits > 30
    assert 0 < sum("INTO feeds" in one for one in said) <= 1 + commits // 4


def _let_be_shown(loop: Loop) -> None:
    """Turn the loop until what it owes is stored: at most every 200 ms."""
    for _ in range(5):
        loop.step()


@contextmanager
def _statements(loop: Loop) -> Iterator[list[str]]:
    said: list[str] = []

    def note(*told: Any) -> None:
        said.append(told[2])

    sa.event.listen(loop.store.engine, "before_cursor_execute", note)
    yield said
    sa.event.remove(loop.store.engine, "before_cursor_execute", note)


def test_the_versions_in_force_are_stored_once(loop: Loop) -> None:
    board = loop.read.board(0)
    assert board.in_force == {"topology": network().version, "rules": catalog().version}
    with loop.store.engine.begin() as connection:
        connection.execute(sa.delete(console.in_force))
    loop.send(action(loop, "x1"))
    loop.settle()
    assert loop.read.board(0).in_force == {}
    loop.restart()
    assert loop.read.board(0).in_force == board.in_force


def test_figures_are_committed_with_what_they_belong_to(loop: Loop) -> None:
    found = loop.read.incident(incident(loop).id)
    assert found is not None
    (figures,) = [one for one in loop.read.board(0).figures if one.incident == found.id]
    assert (figures.observed, figures.time) == (len(CARD), at(10.5))
    minutes = loop.read.minutes(found.id, 0, 999)
    assert [one.minute for one in minutes] == list(
        range(found.onset // MINUTE * MINUTE - 60 * MINUTE, at(10), MINUTE)
    )
    assert loop.read.neighbourhood(found.id) is not None


def test_the_inbox_is_no_partition(loop: Loop) -> None:
    loop.send(action(loop, "x1"))
    loop.settle()
    assert Partition("inbox", 0) not in loop.store.recover().positions
