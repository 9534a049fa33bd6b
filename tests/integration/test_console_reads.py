"""What the console reads, page by page, is the same on SQLite and on PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from correlator.adapters.sql import (
    ChangeRow,
    LinkedTicket,
    SilentAnswers,
    SpanRow,
    ToldRow,
    console_board,
    keep_backtest,
)
from correlator.adapters.sql.backtests import KEPT
from correlator.model import (
    HOUR,
    MINUTE,
    AlarmKept,
    AlarmState,
    Answer,
    ApprovedText,
    Audience,
    CustomerTold,
    FiguresChanged,
    Incident,
    IncidentChanged,
    LinkState,
    Maintenance,
    MaintenanceKept,
    MinuteCount,
    NeighboursSeen,
    Phase,
    Promise,
    Promised,
    PromiseOutcome,
    RateCounted,
    Reason,
    ReasonCode,
    Restore,
    State,
    TextApproved,
    Told,
    Verdict,
    Wording,
)
from correlator.ports import FeedStatus
from tests.backtests import report as backtest_report
from tests.integration.store_samples import (
    BURST,
    alarm,
    change,
    full_batch,
    incident,
    link,
    one_of_each,
    projections,
    ticket,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.conftest import Shelf

FIRST = "GI-20261122-00000001"


def of_kind(kind: type) -> Any:
    (found,) = [one for one in projections() if isinstance(one, kind)]
    return found


def text(n: int, audience: Audience = Audience.AGENT, **more: Any) -> TextApproved:
    wording = Wording(audience, Phase.DETECTED, f"texte {n}", f"text {n}")
    return TextApproved(incident(1).incident, ApprovedText(n, wording, "zoé", 100 + n, **more))


def pages(read: Callable[[Any], list[Any]], key: Callable[[Any], Any]) -> list[list[Any]]:
    """Read pages until one is empty."""
    found: list[list[Any]] = []
    after = None
    while page := read(after):
        found.append(page)
        after = key(page[-1])
        assert len(found) < 100
    return found


# ----------------------------------------------------------------------------- page by page


@pytest.mark.parametrize("limit", [1, 7, 50, 100])
def test_pages_of_links_hold_every_ticket_once_newest_first(shelf: Shelf, limit: int) -> None:
    """Many of the same millisecond: an outage links a hundred at once."""
    links = [link(n, 1, time=1_000 + n % 3, version=n) for n in range(1, 51)]
    other = [link(n, 2, time=1_001) for n in range(1, 51)]
    gone = [link(n, 1, time=1_001, state=LinkState.UNLINKED) for n in range(60, 70)]
    shelf.keep(*links, *other, *gone)
    found = pages(
        lambda after: shelf.read.linked(FIRST, "linked", after, limit),
        lambda one: (one.link.time, one.link.ticket),
    )
    tickets = [one.link for page in found for one in page]
    made = [e.link for e in links]
    wanted = sorted(made, key=lambda one: (one.time, one.ticket), reverse=True)
    assert tickets == wanted
    assert max(map(len, found)) == min(limit, 50)


def test_links_that_are_made_meanwhile_do_not_move_the_pages(shelf: Shelf) -> None:
    shelf.keep(*(link(n, 1, time=1_000 + n) for n in range(10)))
    first = shelf.read.linked(FIRST, "linked", None, 5)
    shelf.keep(*(link(n, 1, time=2_000) for n in range(20, 25)))
    last = first[-1].link
    rest = shelf.read.linked(FIRST, "linked", (last.time, last.ticket), 50)
    assert [int(one.link.ticket[1:]) for one in (*first, *rest)] == list(range(9, -1, -1))


def test_a_linked_ticket_comes_with_its_words_and_its_answer(shelf: Shelf) -> None:
    verdict = Verdict("T00000001", 5, Answer.PROBABLE, BURST)
    shelf.keep(ticket(1), verdict, link(1, 1), link(2, 1, time=5))
    found = shelf.read.linked(FIRST, "linked", None, 9)
    assert found == [
        LinkedTicket(link(1, 1).link, ticket(1), Answer.PROBABLE),
        LinkedTicket(link(2, 1, time=5).link, None, None),
    ]
    assert shelf.read.link_counts(FIRST) == {"linked": 2}


@pytest.mark.parametrize("limit", [1, 3, 100])
def test_pages_of_the_journal_hold_every_row_once_newest_first(shelf: Shelf, limit: int) -> None:
    shelf.keep(*(change(n) for n in range(5)))
    shelf.keep(*(change(n) for n in range(5, 10)))
    found = pages(
        lambda before: shelf.read.journal("incident", "GI-1", before, limit), lambda row: row[0]
    )
    assert [row.time for page in found for _, row in page] == list(range(9, -1, -1))
    assert shelf.read.journal("link", "GI-1", None, 9) == []


def test_minutes_come_oldest_first_from_a_minute_on(shelf: Shelf) -> None:
    counts = [MinuteCount(FIRST, n * 60_000, n, n / 2) for n in (3, 1, 2, 5)]
    shelf.keep(*map(RateCounted, counts), RateCounted(MinuteCount("GI-2", 60_000, 9, 9.0)))
    wanted = sorted(counts, key=lambda count: count.minute)
    assert shelf.read.minutes(FIRST, 0, 99) == wanted
    assert shelf.read.minutes(FIRST, 120_000, 2) == wanted[1:3]


def test_a_minute_that_is_counted_again_has_the_last_count(shelf: Shelf) -> None:
    shelf.keep(RateCounted(MinuteCount(FIRST, 60_000, 1, 0.1)))
    shelf.keep(RateCounted(MinuteCount(FIRST, 60_000, 2, 0.1)))
    assert shelf.read.minutes(FIRST, 0, 9) == [MinuteCount(FIRST, 60_000, 2, 0.1)]


# --------------------------------------------------------------------------------- the board


def test_the_board_has_what_lives_and_what_ended_lately(shelf: Shelf) -> None:
    live = [incident(n, state=state, changed=10) for n, state in enumerate(State)]
    late = incident(50, state=State.REJECTED, changed=2_000)
    shelf.keep(*live, late, *projections())
    board = shelf.read.board(2_000)
    assert {one.state for one in board.incidents if one.changed == 10} == {
        State.CANDIDATE,
        State.PROPOSED,
        State.OPEN,
        State.RESOLVED,
    }
    assert [one for one in board.incidents if one.changed == 2_000] == [late.incident]
    assert len(shelf.read.board(2_001).incidents) == 4


def test_the_board_is_whole_and_of_one_moment(shelf: Shelf) -> None:
    full = full_batch()
    shelf.store.commit(shelf.lease, full, 10_000, 5_000)
    board = shelf.read.board(0)
    assert board.incidents == (incident(1).incident,)
    assert board.figures == (of_kind(FiguresChanged).figures,)
    assert board.texts == ((FIRST, of_kind(TextApproved).text),)
    assert board.feeds == full.feeds
    assert board.in_force == {"topology": "t1", "rules": "r1"}
    assert board.seq == shelf.read.changes(0, 99)[-1].seq
    assert board.held == ()


def test_texts_that_are_withdrawn_are_not_on_the_board(shelf: Shelf) -> None:
    shelf.keep(incident(1), text(1), text(2, Audience.SMS), text(1, withdrawn=500), text(3))
    assert shelf.read.board(0).texts == ((FIRST, text(2, Audience.SMS).text), (FIRST, text(3).text))
    assert [(one.n, one.withdrawn) for one in shelf.read.texts(FIRST)] == [
        (3, None),
        (2, None),
        (1, 500),
    ]


def test_works_leave_the_board_an_hour_after_their_end(shelf: Shelf) -> None:
    def works(name: str, end: int, *, cancelled: bool = False) -> MaintenanceKept:
        return MaintenanceKept(
            Maintenance(name, 5, "e", ("AGG-0012",), 100, end, "travaux", cancelled=cancelled)
        )

    kept = works("now", 5 * HOUR), works("just over", 4 * HOUR)
    feed = FeedStatus("gi.tickets", 0, 5 * HOUR, 0)
    shelf.keep(
        *kept, works("long over", 4 * HOUR - 1), works("never", 9 * HOUR, cancelled=True),
        feeds=(feed,),
    )  # fmt: skip
    board = shelf.read.board(0)
    assert {work.id: work for work in board.works} == {
        one.maintenance.id: one.maintenance for one in kept
    }


def test_a_board_that_is_too_small_has_what_lives_first(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = [incident(n, state=State.CLOSED, changed=9_000 + n) for n in range(5)]
    live = [incident(10 + n, changed=n) for n in range(3)]
    shelf.keep(*over, *live)
    monkeypatch.setattr(console_board, "_MOST_LIVE", 4)
    assert [one.changed for one in shelf.read.board(0).incidents] == [2, 1, 0, 9_004]


@pytest.mark.parametrize("count", [1, 501, 1_203])
def test_what_changed_is_refreshed_however_much_that_is(shelf: Shelf, count: int) -> None:
    """More than fit into one statement."""
    shelf.keep(*(incident(n) for n in range(count)), incident(9_999))
    ids = [incident(n).incident.id for n in range(count)]
    found = shelf.read.refreshed(7, [*ids, "GI-unknown"])
    assert found.seq == 7
    assert sorted(one.id for one in found.incidents) == sorted(ids)


# -------------------------------------------------------------------------------- the changes


def test_a_commit_tells_what_it_changed_the_last_state_of_each(shelf: Shelf) -> None:
    moved = incident(1, version=3, rev=2, state=State.RESOLVED)
    shelf.keep(incident(1, version=2), link(1, 1), incident(2, acknowledged_by="zoé"), moved)
    found = [row[1:] for row in shelf.read.changes(0, 99)]
    second = incident(2).incident.id
    assert found == [
        ("incident", second, 0, 1, "confirmed"),
        ("incident", FIRST, 2, 3, "restored"),
    ]


def test_every_kind_that_a_list_shows_has_a_change(shelf: Shelf) -> None:
    shelf.keep(*one_of_each())
    assert {row.kind for row in shelf.read.changes(0, 99)} == {
        "incident", "figures", "text", "works",
    }  # fmt: skip


def test_changes_are_read_in_the_order_of_the_commits(shelf: Shelf) -> None:
    for n in range(1, 30):
        shelf.keep(incident(n % 3, version=n), link(n, 1))
    seen: list[ChangeRow] = []
    while more := shelf.read.changes(seen[-1].seq if seen else 0, 4):
        assert len(more) <= 4
        seen += more
    assert [row.version for row in seen if row.kind == "incident"] == list(range(1, 30))
    assert len({row.seq for row in seen}) == len(seen) == 29
    assert shelf.read.changes(seen[-1].seq, 9) == []


def test_what_only_extends_the_lease_changes_nothing(shelf: Shelf) -> None:
    shelf.keep()
    assert shelf.read.changes(0, 9) == []


def test_the_status_of_a_feed_is_its_last(shelf: Shelf) -> None:
    for latest in (5, 9):
        feeds = (FeedStatus("gi.tickets", 0, latest, 7), FeedStatus("engine", 0, latest, 8))
        shelf.keep(feeds=feeds)
    assert sorted(shelf.read.status()[0], key=lambda feed: feed.topic) == [feeds[1], feeds[0]]


def test_a_version_in_force_stays_until_there_is_another(shelf: Shelf) -> None:
    shelf.keep(in_force={"topology": "t1", "rules": "r1"})
    shelf.keep()
    shelf.keep(in_force={"topology": "t1", "rules": "r2"})
    assert shelf.read.board(0).in_force == {"topology": "t1", "rules": "r2"}


def test_a_version_in_force_is_a_name_and_no_count(shelf: Shelf) -> None:
    for version in ("7605e5d9", "1d866154", "f00"):
        shelf.keep(in_force={"rules": version})
        assert shelf.read.in_force() == {"rules": version}


# -------------------------------------------------------------------------------- an incident


def test_an_incident_comes_back_with_all_that_people_decided(shelf: Shelf) -> None:
    promise = Promise(2, Restore(9_000, "terrain", "sûre"), "zoé", 100)
    full: Incident = incident(1, rev=4, promise=promise, texts=2, code="duplicate").incident
    shelf.keep(incident(1), incident(1, version=2, **{
        name: getattr(full, name) for name in ("rev", "promise", "texts", "code")
    }))  # fmt: skip
    assert shelf.read.incident(FIRST) == msgspec.structs.replace(full, version=2)
    assert shelf.read.incident("GI-unknown") is None


def test_promises_come_latest_first_with_what_became_of_them(shelf: Shelf) -> None:
    made = [Promise(n, Restore(n * 1_000), "zoé", n) for n in (1, 2)]
    over = msgspec.structs.replace(made[0], outcome=PromiseOutcome.SUPERSEDED)
    shelf.keep(Promised(FIRST, made[0]), Promised("GI-2", made[1]))
    shelf.keep(Promised(FIRST, over), Promised(FIRST, made[1]))
    assert shelf.read.promises(FIRST) == [made[1], over]
    assert shelf.read.promise_outcomes(0) == {"superseded": 1, "": 2}


def test_a_neighbourhood_is_the_one_seen_last(shelf: Shelf) -> None:
    seen: NeighboursSeen = of_kind(NeighboursSeen)
    later = msgspec.structs.replace(seen.neighbourhood, time=2_000_000, healthy_children=1)
    shelf.keep(seen)
    shelf.keep(NeighboursSeen(later))
    assert shelf.read.neighbourhood(FIRST) == later
    assert shelf.read.neighbourhood("GI-2") is None


def test_an_alarm_has_a_span_from_its_raise_to_its_clear(shelf: Shelf) -> None:
    def again(raised: int, cleared: int | None = None) -> Any:
        kept = alarm(AlarmState.RAISED if cleared is None else AlarmState.CLEARED)
        told = msgspec.structs.replace(kept.alarm, occurred=raised if cleared is None else cleared)
        return msgspec.structs.replace(kept, alarm=told, raised=raised)

    shelf.keep(again(10), again(10, 30))
    shelf.keep(again(50))
    card = "DSL-00001/C07"
    first, second = (
        SpanRow("A1", card, "lossOfSignal", "critical", 10, 30),
        SpanRow("A1", card, "lossOfSignal", "critical", 50, None),
    )
    assert shelf.read.spans([card], 0, 99, 9) == [first, second]
    assert shelf.read.spans([card], 31, 99, 9) == [second]
    assert shelf.read.spans([card], 30, 49, 9) == [first]
    assert shelf.read.spans([card], 0, 99, 1) == [first]
    assert shelf.read.spans(["elsewhere"], 0, 99, 9) == shelf.read.spans([], 0, 99, 9) == []


def test_an_alarm_that_nobody_raised_has_no_span(shelf: Shelf) -> None:
    shelf.keep(msgspec.structs.replace(alarm(AlarmState.CLEARED), raised=0))
    assert shelf.read.spans(["DSL-00001/C07"], 0, 99, 9) == []


def test_who_was_told_what_in_order_and_newest_first(shelf: Shelf) -> None:
    told = [
        CustomerTold(FIRST, Told(f"C{n % 2}", f"T{n}", "phone", n // 2), "luc", n) for n in range(4)
    ]
    shelf.keep(*told)
    rows = [ToldRow(FIRST, f"C{n % 2}", f"T{n}", "phone", n // 2, "luc", n) for n in range(4)]
    assert shelf.read.callbacks(FIRST, 1, 9) == rows[2:]
    assert shelf.read.callbacks(FIRST, 1, 1) == rows[2:3]
    assert shelf.read.told("C1", 9) == [rows[3], rows[1]]
    assert shelf.read.told("C1", 1) == [rows[3]]


def test_incidents_of_a_domain_and_of_a_rule_newest_first(shelf: Shelf) -> None:
    same = [incident(n, domain="DSL-1", created=n, announced=n, resolved=n + 5) for n in (1, 3, 2)]
    shelf.keep(*same, incident(4, domain="DSL-1", state=State.REJECTED, created=0))
    assert [one.created for one in shelf.read.on_domain("DSL-1", 9)] == [3, 2, 1, 0]
    assert [one.created for one in shelf.read.on_domain("DSL-1", 2)] == [3, 2]
    lasted = shelf.read.lasted("dslam-down", 2, 9)
    assert [(one.onset, one.resolved) for one in lasted] == [(990_000, 8), (990_000, 7)]
    assert shelf.read.lasted("dslam-down", 0, 1) == lasted[:1]


def test_a_ticket_comes_with_its_links_and_others_are_not_there(shelf: Shelf) -> None:
    shelf.keep(ticket(1), ticket(2), link(1, 2, time=9), link(1, 1, time=5))
    found = shelf.read.ticket("T00000001")
    assert found == (ticket(1), None, [link(1, 1, time=5).link, link(1, 2, time=9).link])
    assert shelf.read.ticket("T9") is None
    names = [f"T{n:08}" for n in range(1_200)]
    assert shelf.read.known_tickets(names) == {"T00000001", "T00000002"}


def test_silences_are_told_by_the_answers_that_they_left_unknown(shelf: Shelf) -> None:
    def answered(
        number: int, time: int, code: ReasonCode, answer: Answer = Answer.UNKNOWN
    ) -> Verdict:
        reason = Reason(code, {"minutes": 12} if "silent" in code else {"customer": "C1"})
        return Verdict(f"T{number:08}", time, answer, reason)

    asked = [
        (1, 10_000, ReasonCode.ALARMS_SILENT),
        (2, 30_000, ReasonCode.ALARMS_SILENT),
        (3, 20_000, ReasonCode.TICKETS_SILENT),
        (4, 20_000, ReasonCode.UNKNOWN_CUSTOMER),
        (5, 20_000, ReasonCode.NO_INCIDENT, Answer.NO),
        (6, 1_000, ReasonCode.TICKETS_SILENT),
    ]
    tickets = [ticket(number, occurred=time) for number, time, *_ in asked]
    shelf.keep(*tickets, *(answered(*one) for one in asked))
    assert shelf.read.silent_answers(10_000, 10) == [
        SilentAnswers("alarms-silent", 12, 10_000, 30_000),
        SilentAnswers("tickets-silent", 12, 20_000, 20_000),
    ]
    assert len(shelf.read.silent_answers(10_000, 1)) == 1


def test_a_visit_is_a_look_that_is_apart_from_the_last(shelf: Shelf) -> None:
    looks = [(0, None), (29, None), (59, 29), (60, 29), (95, 60), (96, 60), (20, None), (50, 20)]
    for minute, before in looks:
        assert shelf.write.visit("releve", "l.petit", minute, 30) == before
    assert shelf.write.visit("releve", "m.durand", 200, 30) is None
    assert shelf.read.saved_views("l.petit", 10) == []


def test_the_lead_of_a_rule_is_over_the_first_alarm_on_the_cause(shelf: Shelf) -> None:
    def raised(name: str, time: int, where: str = "DSL-00001/C07") -> AlarmKept:
        kept = alarm(AlarmState.RAISED)
        told = msgspec.structs.replace(kept.alarm, id=name, managed_object=where, occurred=time)
        return msgspec.structs.replace(kept, alarm=told, raised=time)

    def told(number: int, minute: int, **more: Any) -> IncidentChanged:
        at = 30 * HOUR + minute * MINUTE
        usual = {"domain": f"DSL-{number}", "onset": at - 20 * MINUTE, "announced": at}
        return incident(number, **{**usual, **more})

    base = 30 * HOUR
    shelf.keep(
        told(1, 10),
        told(2, 20, rule="access-node"),
        told(3, 30),  # its cause has never alarmed
        told(4, 40, state=State.REJECTED),
        told(5, 50),  # an alarm of long before
        told(6, -60),  # announced before what is asked for
        *(raised(f"A{n}", base + 13 * MINUTE + n, "DSL-1") for n in range(2)),
        raised("B", base + 15 * MINUTE, "DSL-2"),
        raised("C", base + 40 * MINUTE, "DSL-4"),
        raised("D", base - 3 * HOUR, "DSL-5"),
        raised("E", base - 50 * MINUTE, "DSL-6"),
    )
    assert shelf.read.leads(base, 9) == [
        ("access-node", -5 * MINUTE),
        ("dslam-down", 3 * MINUTE),
    ]
    assert shelf.read.leads(base, 1) == [("access-node", -5 * MINUTE)]


def test_backtests_newest_first_and_no_more_than_are_kept(shelf: Shelf) -> None:
    assert shelf.read.backtests() == []
    for n in range(KEPT + 3):
        keep_backtest(shelf.store.engine, backtest_report(f"b{n:04d}", made=n))
    found = shelf.read.backtests()
    assert [one.id for one in found[:2]] == [f"b{KEPT + 2:04d}", f"b{KEPT + 1:04d}"]
    assert len(found) == KEPT
    assert shelf.read.backtest("b0000") is None
    assert shelf.read.backtest(found[0].id) == backtest_report(found[0].id, made=KEPT + 2)
