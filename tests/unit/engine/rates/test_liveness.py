"""A feed that falls silent is noticed, and nobody reads *no* meanwhile."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlator.engine.rates.liveness import FeedLiveness, Heartbeat
from correlator.model import HOUR, MINUTE, Answer, ReasonCode
from tests.builders import (
    Desk,
    alarm,
    at,
    calls,
    customers_of,
    ordinary,
    spread,
    supervision,
    ticket,
    under,
)

LINES = under("*")


def heartbeat(rate: float, beats: int) -> Heartbeat:
    """Return a feed that was heard so often in a unit of its own time, each time another minute."""
    feed = Heartbeat()
    for n in range(beats):
        feed.beat(n / rate, (n + 1) * MINUTE)
    return feed


@given(st.floats(1.0, 500.0), st.integers(150, 3_000), st.floats(0.1, 40.0))
def test_what_is_missed_is_the_usual_rate_times_the_time(
    rate: float, beats: int, gap: float
) -> None:
    feed = heartbeat(rate, beats)
    last = (beats - 1) / rate
    assert feed.missed(last + gap) == pytest.approx(rate * gap, rel=0.05)
    assert feed.missed(last) == 0.0


@pytest.mark.parametrize("beats", [0, 20])
def test_nothing_is_missed_while_the_usual_rate_is_not_known(beats: int) -> None:
    assert heartbeat(10.0, beats).missed(1_000.0) == 0.0


def test_many_alarms_in_a_minute_are_one_beat() -> None:
    one, many = FeedLiveness(), FeedLiveness()
    for minute in range(0, 600, 3):
        one.heard_alarm(minute * MINUTE)
        for second in range(30):
            many.heard_alarm(minute * MINUTE + second * 1_000)
    assert many.alarms.beats == pytest.approx(one.alarms.beats)


def test_a_feed_survives_a_snapshot() -> None:
    feeds, again = FeedLiveness(), FeedLiveness()
    for minute in range(200):
        feeds.heard_alarm(minute * MINUTE)
    again.restore(feeds.state())
    assert again == feeds
    assert again.silence(10 * HOUR) is not None


def answered(desk: Desk, name: str) -> tuple[Answer, ReasonCode]:
    verdict = desk.verdict(name)
    return verdict.answer, verdict.reason.code


def test_while_no_alarm_arrives_any_more_nobody_reads_no() -> None:
    asked = [ticket(LINES[n], n, "no-tv", id=f"at-{n}") for n in (181, 245)]
    desk = Desk().feed(supervision(180), asked)
    assert answered(desk, "at-181") == (Answer.NO, ReasonCode.NO_INCIDENT)
    assert answered(desk, "at-245") == (Answer.UNKNOWN, ReasonCode.ALARMS_SILENT)
    assert desk.verdict("at-245").reason.numbers["minutes"] == 66
    desk.feed(alarm("elsewhere", 246), ticket(LINES[9], 247, "no-tv", id="at-247"))
    assert answered(desk, "at-247") == (Answer.NO, ReasonCode.NO_INCIDENT)


def test_what_keeps_a_ticket_out_of_an_incident_is_said_though_a_feed_is_silent() -> None:
    fault = calls(spread(customers_of("DSL-1/C1"), 7), 240, 4, ("no-sync",))
    beside = ticket(customers_of("DSL-1/C2")[0], 270, "no-sync", id="beside")
    desk = Desk().feed(supervision(180), fault, beside)
    assert answered(desk, "beside") == (Answer.NO, ReasonCode.NOT_BELOW)


def test_after_a_long_silence_nobody_reads_no_until_the_tickets_are_those_of_now() -> None:
    days = 24 * 60
    usual = ordinary(0, days)
    late = [
        ticket(LINES[n], 3 * days + n / 60, "no-tv", id=f"late-{n}", occurred=at(3 * days - 90 * n))
        for n in (1, 2, 3)
    ]
    now = [ticket(LINES[n], 3 * days + n, "slow", id=f"now-{n}") for n in (9, 10)]
    desk = Desk().feed(usual, late, now)
    for name in ("late-1", "late-2", "late-3"):
        assert answered(desk, name) == (Answer.UNKNOWN, ReasonCode.TICKETS_SILENT)
    assert answered(desk, "now-10") == (Answer.NO, ReasonCode.NO_INCIDENT)


def test_a_quiet_night_is_no_silence() -> None:
    """By the clock some forty tickets would be missing in the morning."""
    day = calls(spread(LINES, 180), 0, 4, ("billing",))
    desk = Desk().feed(day, ticket(LINES[5], 22 * 60, "slow", id="morning"))
    assert answered(desk, "morning") == (Answer.NO, ReasonCode.NO_INCIDENT)
