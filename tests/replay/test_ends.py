"""Who calls when a failure is over: what supervision and silence say about its end."""

import pytest

from correlator.model import Answer, Event, State
from tests.builders import Desk, alarm, at, calls, customers_of, ordinary, spread, ticket, under

ACCESS = ("no-sync", "no-internet")
CALLERS = spread(under("DSL-1"), 48)
FIRST, LATER, LAST = CALLERS[:16], CALLERS[16:47], CALLERS[47]


def seen_by_supervision(every: float = 3) -> list[Event]:
    """Return a DSLAM's failure: its alarm from minute 1 to 50, a call every so many minutes."""
    story = [alarm("DSL-1", 1), *calls(FIRST, 2, every, ACCESS)]
    return [*story, alarm("DSL-1", 50, state="cleared")]


@pytest.mark.parametrize(("minute", "linked"), [(60, True), (150, False)])
def test_who_calls_long_after_the_alarm_cleared_calls_about_something_else(
    minute: float,
    linked: bool,  # noqa: FBT001 - a case
) -> None:
    desk = Desk().feed(seen_by_supervision(), ticket(LAST, minute, id="late"))
    assert ("late" in desk.linked(desk.incident())) is linked


def test_a_mail_written_before_the_clear_is_about_the_failure_whenever_it_is_read() -> None:
    mail = ticket(LAST, 300, "slow", id="mail", occurred=at(48))
    desk = Desk().feed(seen_by_supervision(), mail)
    assert "mail" in desk.linked(desk.incident())


def test_an_alarm_that_clears_too_early_ends_nothing_while_customers_call() -> None:
    desk = Desk().feed(seen_by_supervision(), calls(LATER, 52, 6, ACCESS))
    assert len(desk.linked(desk.incident())) == len(FIRST) + len(LATER)
    assert desk.verdict(desk.outcome.verdicts[-1].ticket).answer is Answer.YES


def test_an_alarm_that_stands_again_before_long_is_the_same_failure() -> None:
    again = alarm("DSL-1", 80, id="again")
    desk = Desk().feed(seen_by_supervision(), again, ticket(LAST, 100, id="late"))
    assert "late" in desk.linked(desk.incident())


@pytest.mark.parametrize(("minute", "linked"), [(22, True), (110, False)])
def test_silence_after_many_calls_is_the_end_though_no_alarm_says_so(
    minute: float,
    linked: bool,  # noqa: FBT001 - a case
) -> None:
    desk = Desk().feed(calls(FIRST, 2, 1, ACCESS), ticket(LAST, minute, id="late"))
    assert ("late" in desk.linked(desk.incident())) is linked


def test_few_calls_with_long_gaps_between_them_are_no_end() -> None:
    desk = Desk().feed(calls(FIRST[:8], 2, 12, ACCESS))
    assert desk.now(desk.incident()).state is State.OPEN
    assert len(desk.linked(desk.incident())) == 8


@pytest.mark.parametrize(("passive", "incidents"), [(True, 1), (False, 2)])
def test_what_never_alarms_does_not_mend_itself_while_few_call(
    passive: bool,  # noqa: FBT001 - a case
    incidents: int,
) -> None:
    """Cards never alarm where DSLAMs have fifty times; or they do."""
    where = "DSL-5" if passive else "DSL-5/C6"
    old = [
        alarm(where, n - 900, id=f"old-{n}", state=state, cause="fanFailure")
        for n in range(60)
        for state in ("raised", "cleared")
    ]
    card = spread(customers_of("DSL-1/C1"), 14)
    failure = (calls(card[:7], 2, 3, ACCESS), calls(card[7:], 110, 12, ACCESS))
    desk = Desk(cold=True).feed(ordinary(-3 * 1440, 400), old, *failure)
    assert desk.causes() == ["DSL-1/C1"] * incidents


def stands_for_hours(second: float) -> Desk:
    """Return a DSLAM's failure whose alarm clears after 400 minutes; a second one stays."""
    failed = [alarm("DSL-1", 1), *calls(FIRST, 2, 3, ACCESS)]
    cleared = alarm("DSL-1", 400, state="cleared")
    return Desk().feed(failed, alarm("DSL-1", second, id="second"), cleared).until(600)


def test_an_alarm_of_another_trouble_does_not_keep_an_incident_open() -> None:
    """Some alarms stand for weeks, of some the clear is lost."""
    desk = stands_for_hours(second=300)
    assert desk.now(desk.incident()).state is State.RESOLVED


def test_an_alarm_raised_while_customers_call_keeps_it_open() -> None:
    desk = stands_for_hours(second=30)
    assert desk.now(desk.incident()).state is State.OPEN


def clear_is_lost() -> list[Event]:
    """Return a DSLAM's failure whose alarm never clears."""
    return [alarm("DSL-1", 1), *calls(FIRST, 2, 3, ACCESS)]


@pytest.mark.parametrize(("hours", "state"), [(10, State.OPEN), (14, State.RESOLVED)])
def test_an_alarm_whose_clear_is_lost_holds_an_incident_for_half_a_day(
    hours: int, state: State
) -> None:
    desk = Desk().feed(clear_is_lost()).until(60 * hours)
    assert desk.now(desk.incident()).state is state


def test_who_fails_again_while_an_old_alarm_still_stands_has_an_incident_of_its_own() -> None:
    """Two days later, at noon."""
    again = calls(LATER[:20], 50 * 60, 3, ACCESS)
    first, second = Desk().feed(clear_is_lost(), ordinary(60, 50 * 60), again).announced()
    assert first.domain == second.domain == "DSL-1"


def test_mails_of_a_failure_belong_to_it_when_little_is_left_of_it() -> None:
    """They met the call rate of their own time. Its alarm stands, and hardly anybody calls."""
    callers = spread(under("DSL-1"), 100)
    failed = calls(callers[:40], 2, 1, ("no-internet",))
    hours_later = calls(callers[40:42], 60, 480, ("slow",))
    mails = [
        ticket(customer, 570 + n, "slow", id=f"mail-{n}", occurred=at(5 + 3 * n))
        for n, customer in enumerate(callers[88:])
    ]
    desk = Desk().feed(alarm("DSL-1", 1), failed, hours_later, mails).until(600)
    assert len(desk.announced()) == 1
    assert {f"mail-{n}" for n in range(12)} <= set(desk.linked(desk.incident()))
