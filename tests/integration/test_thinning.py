"""What is kept for how long of what the console shows: bounded, and its sums stay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
import sqlalchemy as sa

from correlator.adapters.sql import console
from correlator.adapters.sql.connect import writing
from correlator.adapters.sql.thinning import (
    CHANGES_KEPT,
    COARSE,
    HISTORY_KEPT,
    LETTERS_KEPT,
    MINUTES_KEPT,
    THIN_EVERY,
    thin,
)
from correlator.model import (
    DAY,
    HOUR,
    MINUTE,
    AlarmState,
    CustomerTold,
    MinuteCount,
    RateCounted,
    Told,
)
from tests.integration.store_samples import alarm, dead_letter, incident, one_of_each

if TYPE_CHECKING:
    from tests.integration.conftest import Shelf

LATEST = 1_772_528_400_000  # a multiple of five minutes
OLD = LATEST - 2 * DAY
FIRST = "GI-1"


def minutes(start: int, count: int, incident_id: str = FIRST) -> list[RateCounted]:
    return [
        RateCounted(MinuteCount(incident_id, start + n * MINUTE, n % 4, 0.25)) for n in range(count)
    ]


def thinned(shelf: Shelf, now: int = 20_000) -> None:
    with writing(shelf.store.engine) as connection:
        thin(connection, now)


def rows(shelf: Shelf) -> list[MinuteCount]:
    return shelf.read.minutes(FIRST, 0, 100_000)


def sums(counts: list[MinuteCount]) -> tuple[int, float]:
    return sum(one.observed for one in counts), sum(one.expected for one in counts)


def test_calls_of_yesterday_are_kept_by_five_minutes(shelf: Shelf) -> None:
    shelf.keep(*minutes(OLD, 60), *minutes(LATEST - 30 * MINUTE, 31))
    before = rows(shelf)
    thinned(shelf)
    after = rows(shelf)
    assert [one.minute for one in after] == [
        *range(OLD, OLD + HOUR, COARSE),
        *range(LATEST - 30 * MINUTE, LATEST + 1, MINUTE),
    ]
    assert sums(after) == pytest.approx(sums(before))
    assert after[0] == MinuteCount(FIRST, OLD, 0 + 1 + 2 + 3 + 0, 1.25)


def test_calls_of_today_stay_as_they_are(shelf: Shelf) -> None:
    first = LATEST - MINUTES_KEPT
    shelf.keep(*minutes(first, 7), *minutes(LATEST, 1))
    before = rows(shelf)
    thinned(shelf)
    assert rows(shelf) == before


def test_to_thin_twice_changes_nothing_more(shelf: Shelf) -> None:
    shelf.keep(*minutes(OLD, 33), *minutes(LATEST, 1))
    thinned(shelf)
    once = rows(shelf)
    thinned(shelf)
    assert rows(shelf) == once


def test_the_sums_stay_however_often_and_in_which_portions_it_is_thinned(shelf: Shelf) -> None:
    """Hour by hour, as the daemon does; windows begin at any minute."""
    start = LATEST - 3 * DAY + 3 * MINUTE
    seen: list[RateCounted] = []
    for hour in range(60):
        some = minutes(start + hour * HOUR, 60)
        shelf.keep(*some)
        seen += some
        thinned(shelf)
        assert sums(rows(shelf)) == pytest.approx(sums([one.count for one in seen]))
    latest = seen[-1].count.minute
    coarse = [one for one in rows(shelf) if one.minute < (latest - MINUTES_KEPT) // COARSE * COARSE]
    assert {one.minute % COARSE for one in coarse} == {0}
    assert len(rows(shelf)) < 1.02 * (24 * 60 + 36 * 12)


def test_a_minute_that_comes_late_is_added(shelf: Shelf) -> None:
    shelf.keep(*minutes(OLD, 5), *minutes(LATEST, 1))
    thinned(shelf)
    before = sums(rows(shelf))
    shelf.keep(RateCounted(MinuteCount(FIRST, OLD + MINUTE, 7, 0.5)))
    thinned(shelf)
    assert sums(rows(shelf)) == pytest.approx((before[0] + 7, before[1] + 0.5))
    assert rows(shelf)[0].minute == OLD


def test_incidents_do_not_share_their_minutes(shelf: Shelf) -> None:
    shelf.keep(*minutes(OLD, 10), *minutes(OLD, 10, "GI-2"), *minutes(LATEST, 1))
    thinned(shelf)
    assert [(one.minute, one.observed) for one in shelf.read.minutes("GI-2", 0, 9)] == [
        (OLD, 6),
        (OLD + COARSE, 1 + 2 + 3 + 0 + 1),
    ]


def test_what_is_summed_is_not_looked_at_again(shelf: Shelf) -> None:
    shelf.keep(*minutes(OLD, 33), *minutes(LATEST, 1))
    with writing(shelf.store.engine) as connection:
        summed = thin(connection, 20_000)
        assert summed == LATEST - MINUTES_KEPT
    shelf.keep(*minutes(OLD + MINUTE, 1), *minutes(summed - HOUR, 10), *minutes(LATEST + HOUR, 1))
    with writing(shelf.store.engine) as connection:
        assert thin(connection, 20_000, summed) == summed + HOUR
    found = [one.minute for one in rows(shelf)]
    assert OLD + MINUTE in found, "a day late"
    assert [minute for minute in found if 0 <= minute - (summed - HOUR) < HOUR] == [
        summed - HOUR,
        summed - HOUR + COARSE,
    ]


@pytest.mark.parametrize("age", [HISTORY_KEPT + 1, HISTORY_KEPT])
def test_what_was_shown_of_an_incident_is_forgotten_after_a_year(shelf: Shelf, age: int) -> None:
    shown = (console.figures, console.neighbourhoods)
    shelf.keep(*one_of_each())
    with writing(shelf.store.engine) as connection:
        for table in shown:
            connection.execute(sa.update(table).values(time=LATEST - age))
    shelf.keep(*minutes(LATEST, 1, "GI-9"))
    thinned(shelf)
    counts = shelf.store.queries.counts()
    assert [counts[table.name] for table in shown] == [int(age == HISTORY_KEPT)] * 2
    assert counts["texts"] == counts["promises"] == 1


def test_calls_are_dated_by_the_replay_and_not_by_the_clock(shelf: Shelf) -> None:
    """An evening of last year, replayed today, is kept by minute."""
    shelf.keep(*minutes(OLD, 60))
    before = rows(shelf)
    thinned(shelf, LATEST + 400 * DAY)
    assert rows(shelf) == before


def test_what_is_older_than_a_year_is_forgotten(shelf: Shelf) -> None:
    long_ago = LATEST - HISTORY_KEPT - HOUR
    told = [CustomerTold(FIRST, Told(f"C{n}"), "luc", at) for n, at in enumerate((long_ago, OLD))]
    gone, stands = spans(long_ago, None), spans(OLD, OLD + 5)
    shelf.keep(*minutes(long_ago, 3), *minutes(LATEST, 1), *told, gone, stands)
    said = {"role": "cell", "what": "confirm", "subject": FIRST, "outcome": "done"}
    ages = (LATEST - HISTORY_KEPT - 1, LATEST)
    shelf.write.audit([{"at": at, "actor": "zoé", **said} for at in ages])
    thinned(shelf, LATEST)
    assert [one.minute for one in rows(shelf)] == [LATEST]
    assert [one.customer for one in shelf.read.callbacks(FIRST, 0, 9)] == ["C1"]
    found = shelf.read.spans(["DSL-00001/C07"], 0, LATEST, 9)
    assert [one.raised for one in found] == [OLD]
    assert shelf.store.queries.counts()["audit"] == 1


def spans(raised: int, cleared: int | None) -> Any:
    state = AlarmState.RAISED if cleared is None else AlarmState.CLEARED
    kept = alarm(state)
    told = msgspec.structs.replace(kept.alarm, id=f"A{raised}", occurred=cleared or raised)
    return msgspec.structs.replace(kept, alarm=told, raised=raised)


def test_changes_are_kept_for_a_day_of_the_clock(shelf: Shelf) -> None:
    now = LATEST
    for age in (CHANGES_KEPT + 1, CHANGES_KEPT, 0):
        shelf.keep(incident(age % 7, changed=5), now=now - age)
    before = shelf.read.changes(0, 9)
    thinned(shelf, now)
    assert shelf.read.changes(0, 9) == before[-2:]
    assert shelf.read.board(0).seq == before[-1].seq


def test_dead_letters_are_kept_as_long_as_their_topic_has_them(shelf: Shelf) -> None:
    ages = (LETTERS_KEPT + 1, LETTERS_KEPT, 0)
    letters = [msgspec.structs.replace(dead_letter(b"%d" % age), time=LATEST - age) for age in ages]
    shelf.keep(dead_letters=tuple(letters))
    thinned(shelf, LATEST)
    assert {one.record.value for one in shelf.store.queries.dead_letters(9)} == {
        b"%d" % LETTERS_KEPT,
        b"0",
    }


def test_a_number_of_a_change_is_never_given_twice(shelf: Shelf) -> None:
    shelf.keep(incident(1))
    (before,) = shelf.read.changes(0, 9)
    thinned(shelf, LATEST + CHANGES_KEPT)
    assert shelf.read.changes(0, 9) == []
    shelf.keep(incident(1, version=2))
    (after,) = shelf.read.changes(0, 9)
    assert after.seq > before.seq


def test_the_daemon_thins_once_an_hour(shelf: Shelf) -> None:
    begin = LATEST + 2 * DAY
    shelf.keep(now=begin)  # thins: nothing is there yet
    shelf.keep(incident(1), now=begin - CHANGES_KEPT)
    shelf.keep(now=begin + THIN_EVERY - 1)
    assert len(shelf.read.changes(0, 9)) == 1
    shelf.keep(now=begin + THIN_EVERY)
    assert shelf.read.changes(0, 9) == []


def test_nothing_that_people_decided_is_ever_thinned(shelf: Shelf) -> None:
    shelf.keep(*one_of_each())
    thinned(shelf, LATEST + 10 * HISTORY_KEPT)
    counts = shelf.store.queries.counts()
    kept = ("incidents", "links", "journal", "promises", "texts", "externals", "actions", "told")
    assert [name for name in kept if not counts[name]] == []
    with shelf.store.engine.connect() as connection:
        query = sa.select(sa.func.count()).select_from(console.changes)
        assert connection.execute(query).scalar_one() == 0
