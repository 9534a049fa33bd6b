"""A record that bears a wrong date, and feeds that were down for weeks."""

from __future__ import annotations

import pytest

from correlator.model import DAY, HOUR, MINUTE, State
from tests.builders import START, Desk, alarm, calls, customers_of, network, ordinary, spread

CARD = spread(customers_of("DSL-1/C1"), 8)
IN_1970 = (DAY - START) / MINUTE
"""The second of January 1970, in minutes of the desk."""
BACK = 40 * DAY / MINUTE


def evening(desk: Desk, begin: float = 0) -> Desk:
    """Let a card fail after two ordinary days."""
    days = 2 * DAY / MINUTE
    return desk.feed(ordinary(begin - days, begin + 120), calls(CARD, begin + 15, 1.5))


def test_a_first_record_of_1970_changes_nothing_of_what_follows() -> None:
    undisturbed = evening(Desk(cold=True))
    disturbed = evening(Desk(cold=True).feed(alarm("DSL-4", IN_1970), calls(CARD[:1], IN_1970, 1)))
    assert len(undisturbed.announced()) == 1
    for one, other in zip(undisturbed.announced(), disturbed.announced(), strict=True):
        assert other.domain == one.domain
        assert other.announced == one.announced
        assert other.linked == one.linked


def test_years_are_stepped_over_and_time_goes_on() -> None:
    desk = Desk(cold=True).feed(alarm("DSL-4", IN_1970))
    ticks = 0
    inner = desk.engine.tick

    def counted(now: int) -> object:
        nonlocal ticks
        ticks += 1
        return inner(now)

    desk.engine.tick = counted  # type: ignore[assignment]
    desk.feed(calls(CARD[:1], 0, 1))
    assert 60 < ticks < 5_000
    assert desk.engine.now == START


def test_after_weeks_without_feeds_what_was_learned_still_holds() -> None:
    desk = evening(Desk(), BACK)
    assert desk.causes() == ["DSL-1/C1"]


def test_what_was_going_on_before_a_long_silence_comes_to_its_end_after_it() -> None:
    desk = Desk().feed(ordinary(0, 60), calls(CARD, 15, 1.5))
    assert desk.incident().state in {State.PROPOSED, State.OPEN}
    desk.feed(ordinary(BACK, BACK + 4 * HOUR / MINUTE)).until(BACK + 12 * HOUR / MINUTE)
    assert desk.incident().state in {State.RESOLVED, State.CLOSED}


@pytest.mark.parametrize("gap", [2 * DAY, 20 * DAY, 365 * DAY])
def test_a_snapshot_from_amid_a_silence_goes_on_as_if_undisturbed(gap: int) -> None:
    desk = Desk().feed(ordinary(0, 60), calls(CARD[:4], 15, 1.5))
    begin = gap / MINUTE
    after = [*ordinary(begin, begin + 60), *calls(CARD, begin + 5, 1.5)]
    copy = Desk()
    copy.engine.restore(desk.engine.snapshot())
    before = len(desk.told)
    assert desk.feed(after).told[before:] == copy.feed(after).told
    assert network().version == desk.engine.versions[0]
