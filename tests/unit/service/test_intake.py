"""When records are handed over, in which order, and from where a restart reads again."""

from __future__ import annotations

import pytest

from correlator.model import Alarm, Millis, Ticket
from correlator.ports import Partition, Position, Record
from correlator.service import intake as module
from correlator.service.intake import Intake, starts
from tests.records import ALARMS, TICKETS, alarm_bytes, record, ticket_bytes

LATENESS = 1_000
IDLE_AFTER = 2_000
T = 1_800_000_000_000  # some moment; the tests count ms from here
ALL = 1_000
NOBODY: frozenset[Partition] = frozenset()
BOTH = frozenset({ALARMS, TICKETS})


def ticket(offset: int, time: Millis) -> Record:
    return record(TICKETS, offset, ticket_bytes(f"T{offset}", T + time))


def alarm(offset: int, time: Millis) -> Record:
    return record(ALARMS, offset, alarm_bytes(f"A{offset}", T + time))


def poison(offset: int) -> Record:
    return record(TICKETS, offset, b"{")


def empty(late: list[Partition] | None = None) -> Intake:
    """Return an intake at the very beginning that waits for tickets and alarms."""
    noted = [] if late is None else late
    intake = Intake({}, LATENESS, IDLE_AFTER, noted.append)
    intake.assign([ALARMS, TICKETS], T)
    return intake


def names(
    intake: Intake, caught_up: frozenset[Partition] = NOBODY, now: Millis = T, limit: int = ALL
) -> list[str]:
    return [taken.event.id for taken in intake.take(caught_up, now, limit)]


def position(intake: Intake, partition: Partition = TICKETS) -> Position:
    return intake.progress()[0][partition]


# ------------------------------------------------------------------------------ the watermark


def test_the_slowest_partition_holds_the_others_back() -> None:
    intake = empty()
    intake.add([ticket(0, 100), ticket(1, 9_000), alarm(0, 3_000)], T)
    assert names(intake) == ["T0"]
    assert intake.watermark == T + 3_000 - LATENESS
    intake.add([alarm(1, 20_000)], T)
    assert names(intake) == ["A0"]
    assert intake.watermark == T + 9_000 - LATENESS


def test_a_partition_that_has_not_been_read_holds_all_back() -> None:
    intake = empty()
    intake.add([ticket(0, 0), ticket(1, 60_000)], T)
    assert names(intake) == []
    assert intake.watermark == 0


def test_the_lateness_holds_an_event_back_until_it_is_over() -> None:
    intake = empty()
    intake.add([alarm(0, 50_000), ticket(0, 0), ticket(1, LATENESS - 1)], T)
    assert names(intake) == []
    intake.add([ticket(2, LATENESS)], T)
    assert names(intake) == ["T0"]


def test_caught_up_alone_is_not_idle() -> None:
    intake = empty()
    intake.add([ticket(0, 0), ticket(1, 9_000)], T)
    assert names(intake, BOTH, T + IDLE_AFTER - 1) == []


def test_silent_alone_is_not_idle() -> None:
    intake = empty()
    intake.add([ticket(0, 0), ticket(1, 9_000)], T)
    assert names(intake, frozenset({TICKETS}), T + 60 * IDLE_AFTER) == []


def test_an_idle_partition_holds_nobody_back() -> None:
    intake = empty()
    intake.add([ticket(0, 0), ticket(1, 9_000)], T + IDLE_AFTER)
    assert names(intake, frozenset({ALARMS}), T + IDLE_AFTER) == ["T0"]
    assert intake.watermark == T + 9_000 - LATENESS


def test_when_all_are_idle_everything_is_due() -> None:
    intake = empty()
    intake.add([ticket(0, 0), alarm(0, 500), ticket(1, 9_000)], T)
    assert names(intake, BOTH, T + IDLE_AFTER) == ["T0", "A0", "T1"]
    assert intake.watermark == T + 9_000


def test_the_watermark_never_goes_back() -> None:
    intake = empty()
    intake.add([ticket(0, 9_000)], T)
    assert names(intake, BOTH, T + IDLE_AFTER) == ["T0"]
    intake.add([alarm(0, 0)], T + IDLE_AFTER)
    names(intake, frozenset({TICKETS}), T + IDLE_AFTER)
    assert intake.watermark == T + 9_000


def test_an_idle_partition_that_speaks_again_counts_again() -> None:
    intake = empty()
    intake.add([ticket(0, 0), ticket(1, 9_000)], T)
    assert names(intake, frozenset({ALARMS}), T + IDLE_AFTER) == ["T0"]
    intake.add([alarm(0, 8_500), ticket(2, 30_000)], T + IDLE_AFTER)
    assert names(intake, frozenset({ALARMS}), T + IDLE_AFTER) == []
    assert intake.watermark == T + 9_000 - LATENESS


def test_equal_arrivals_are_ordered_by_kind_then_id() -> None:
    intake = empty()
    intake.add([ticket(1, 0), ticket(0, 0), alarm(1, 0), alarm(0, 0)], T)
    assert names(intake, BOTH, T + IDLE_AFTER) == ["A0", "A1", "T0", "T1"]


def test_a_limit_leaves_the_rest_for_the_next_time() -> None:
    intake = empty()
    intake.add([ticket(n, n) for n in range(5)], T)
    late = T + IDLE_AFTER
    assert names(intake, BOTH, late, 2) == ["T0", "T1"]
    assert len(intake) == 3
    assert not intake.idle(BOTH, late)
    assert names(intake, BOTH, late) == ["T2", "T3", "T4"]
    assert intake.idle(BOTH, late)


def test_the_latest_event_time_of_each_partition() -> None:
    intake = empty()
    intake.add([ticket(0, 5_000), ticket(1, 100), alarm(0, 7)], T)
    assert intake.times() == {TICKETS: T + 5_000, ALARMS: T + 7}


# --------------------------------------------------------------------------- late, far ahead


def test_a_late_event_is_counted_and_still_handed_over() -> None:
    late: list[Partition] = []
    intake = empty(late)
    intake.add([ticket(0, 9_000), alarm(0, 9_000)], T)
    assert names(intake) == []
    intake.add([ticket(1, 9_000 - LATENESS), ticket(2, 9_000 - LATENESS - 1)], T)
    assert late == [TICKETS]
    assert names(intake) == ["T2", "T1"]


def test_times_far_in_the_future_are_taken_for_now() -> None:
    hour = 3_600_000
    intake = empty()
    intake.add(
        [ticket(0, hour), record(ALARMS, 0, alarm_bytes("A0", T + hour, raised=T + hour))], T
    )
    raised, told = (taken.event for taken in intake.take(BOTH, T + IDLE_AFTER, ALL))
    assert isinstance(raised, Alarm)
    assert (raised.arrived, raised.occurred) == (T, T)
    assert isinstance(told, Ticket)
    assert (told.arrived, told.occurred) == (T, T)


def test_what_occurred_before_keeps_its_time_when_the_arrival_is_clamped() -> None:
    value = ticket_bytes("T0", T + 3_600_000, occurred=T - 5_000)
    intake = empty()
    intake.add([record(TICKETS, 0, value)], T)
    (told,) = (taken.event for taken in intake.take(BOTH, T + IDLE_AFTER, ALL))
    assert isinstance(told, Ticket)
    assert (told.arrived, told.occurred) == (T, T - 5_000)


def test_a_clock_that_is_a_little_fast_is_believed() -> None:
    intake = empty()
    intake.add([ticket(0, 600_000)], T)
    assert intake.times() == {TICKETS: T + 600_000}


# ------------------------------------------------------------------------------ the positions


def test_a_restart_reads_from_the_first_that_still_waits() -> None:
    intake = empty()
    intake.add([ticket(0, 5_000), ticket(1, 0), ticket(2, 9_000), ticket(3, 100)], T)
    assert names(intake, frozenset({ALARMS}), T + IDLE_AFTER) == ["T1", "T3", "T0"]
    assert position(intake) == Position(2, (3,))


def test_all_applied_means_from_the_next_one() -> None:
    intake = empty()
    intake.add([ticket(0, 0), ticket(1, 0)], T)
    names(intake, BOTH, T + IDLE_AFTER)
    assert position(intake) == Position(2)


def test_a_restart_skips_what_was_applied_ahead() -> None:
    intake = Intake({TICKETS: Position(2, (3, 5))}, LATENESS, IDLE_AFTER)
    intake.add([ticket(n, n) for n in range(2, 7)], T)
    assert names(intake, frozenset({TICKETS}), T + IDLE_AFTER) == ["T2", "T4", "T6"]
    assert position(intake) == Position(7)


def test_a_restart_does_not_forget_what_it_has_not_come_to_again() -> None:
    intake = Intake({TICKETS: Position(2, (3, 5))}, LATENESS, IDLE_AFTER)
    intake.add([ticket(2, 0)], T)
    assert position(intake) == Position(2, (3, 5))
    assert names(intake, frozenset({TICKETS}), T + IDLE_AFTER) == ["T2"]
    assert position(intake) == Position(3, (5,))


def test_offsets_may_have_gaps() -> None:
    intake = empty()
    intake.add([ticket(4, 0), ticket(9, 0)], T)
    names(intake, BOTH, T + IDLE_AFTER, 1)
    assert position(intake) == Position(9)


def test_poison_is_a_dead_letter_and_done() -> None:
    intake = empty()
    intake.add([poison(0)], T)
    positions, (letter,) = intake.progress()
    assert positions == {TICKETS: Position(1)}
    assert (letter.record, letter.reason, letter.time) == (poison(0), "not-json", T)


def test_poison_behind_a_record_that_waits_is_not_read_again() -> None:
    intake = empty()
    intake.add([ticket(0, 0), poison(1), ticket(2, 0)], T)
    positions, letters = intake.progress()
    assert len(letters) == 1
    again = Intake(positions, LATENESS, IDLE_AFTER)
    again.add([ticket(0, 0), poison(1), ticket(2, 0)], T)
    assert names(again, BOTH, T + IDLE_AFTER) == ["T0", "T2"]
    assert again.progress() == ({TICKETS: Position(3)}, ())


def test_progress_tells_what_changed_since_it_was_asked() -> None:
    intake = empty()
    intake.add([ticket(0, 0), alarm(0, 0), poison(1)], T)
    assert set(intake.progress()[0]) == {TICKETS, ALARMS}
    assert intake.progress() == ({}, ())
    names(intake, BOTH, T + IDLE_AFTER, 1)
    assert intake.progress() == ({ALARMS: Position(1)}, ())


def test_where_reading_starts_again() -> None:
    assert starts({TICKETS: Position(3, (5,)), ALARMS: Position(8)}) == {TICKETS: 3, ALARMS: 8}


# --------------------------------------------------------------------------------- running ahead


@pytest.fixture
def small_buffer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_WAITING", 4)


@pytest.mark.usefixtures("small_buffer")
def test_whoever_runs_ahead_is_paused_while_the_buffer_is_full() -> None:
    intake = empty()
    intake.add([ticket(n, 10_000 + n) for n in range(3)], T)
    assert names(intake) == []
    assert intake.ahead() == []
    intake.add([alarm(0, 9_000)], T)
    assert names(intake) == []
    assert intake.ahead() == [TICKETS]
    intake.add([alarm(1, 20_000)], T)
    assert names(intake) == ["A0"]
    assert intake.ahead() == [ALARMS]


def test_whoever_runs_ahead_is_paused_while_the_buffer_is_heavy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    weight = len(alarm(0, 9_000).value) + 5 * len(ticket(0, 10_000).value)
    monkeypatch.setattr(module, "_MOST_BYTES", weight)
    intake = empty()
    intake.add([alarm(0, 9_000), *(ticket(n, 10_000 + n) for n in range(4))], T)
    assert names(intake) == []
    assert intake.ahead() == []
    intake.add([ticket(4, 10_004)], T)
    assert names(intake) == []
    assert intake.ahead() == [TICKETS]
    intake.add([alarm(1, 20_000)], T)
    assert names(intake) == ["A0"]
    assert names(intake, BOTH, T + IDLE_AFTER) == ["T0", "T1", "T2", "T3", "T4", "A1"]
    assert intake.ahead() == [], "what was taken weighs nothing"


def test_what_is_due_beyond_the_limit_is_known() -> None:
    intake = empty()
    intake.add([ticket(0, 100), ticket(1, 200), alarm(0, 9_000)], T)
    assert names(intake, limit=9) == []
    intake.add([ticket(2, 9_000)], T)
    assert names(intake, limit=1) == ["T0"]
    assert intake.has_due()
    assert names(intake, limit=9) == ["T1"]
    assert not intake.has_due()


@pytest.mark.usefixtures("small_buffer")
def test_a_partition_that_has_not_been_read_is_waited_for() -> None:
    intake = empty()
    intake.add([ticket(n, n) for n in range(9)], T)
    assert names(intake) == []
    assert intake.ahead() == [TICKETS]


@pytest.mark.usefixtures("small_buffer")
def test_an_idle_partition_pauses_nobody() -> None:
    """The slowest that is busy must go on, or nothing ever would."""
    works = Partition("gi.maintenance", 0)
    intake = empty()
    intake.assign([works], T)
    now = T + IDLE_AFTER
    intake.add([alarm(0, 0), *(ticket(n, 60_000 + n) for n in range(5))], now)
    assert names(intake, frozenset({works}), now) == []
    assert intake.ahead() == [TICKETS]


# ------------------------------------------------------------------------- a clock that is set back

HOUR = 3_600_000


def test_a_clock_that_is_set_back_holds_nobody_back() -> None:
    intake = empty()
    intake.add([ticket(0, 100)], T)
    assert names(intake, BOTH, T - HOUR) == []
    assert names(intake, BOTH, T - HOUR + IDLE_AFTER) == ["T0"]


def test_feeds_are_believed_rather_than_a_clock_that_is_set_back() -> None:
    intake = empty()
    intake.add([ticket(0, 100)], T)
    intake.add([ticket(1, 60_000), alarm(0, HOUR)], T - HOUR)
    taken = intake.take(BOTH, T + IDLE_AFTER, ALL)
    assert [one.event.arrived - T for one in taken] == [100, 60_000, 60_000]
