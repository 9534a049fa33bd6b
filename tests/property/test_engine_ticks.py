"""Ticks, against their definition."""

from hypothesis import given
from hypothesis import strategies as st

from correlator.engine import ticks_between
from correlator.engine.ticks import LONGEST_SILENCE
from correlator.model import HOUR, MINUTE

SINCE, UNTIL = 1_577_836_800_000, 2_051_222_400_000  # 2020 … 2035


@given(st.integers(SINCE, UNTIL), st.integers(-10 * MINUTE, 200 * MINUTE))
def test_ticks_are_the_whole_minutes_since_the_last(last: int, elapsed: int) -> None:
    now = last + elapsed
    ticks = list(ticks_between(last, now))
    assert (
        ticks == [m for m in range(last + 1, now + 1) if m % MINUTE == 0]
        if (elapsed < 2 * MINUTE)
        else len(ticks) == now // MINUTE - last // MINUTE
    )
    assert all(last < tick <= now and tick % MINUTE == 0 for tick in ticks)


@given(st.integers(0, SINCE), st.integers(LONGEST_SILENCE, UNTIL - SINCE))
def test_a_silence_of_years_costs_days_of_ticks(last: int, elapsed: int) -> None:
    ticks = list(ticks_between(last, last + elapsed))
    assert ticks == sorted(set(ticks))
    assert last < ticks[0] <= last + MINUTE, "it begins at once"
    assert ticks[-60:] == list(ticks_between(ticks[-61], last + elapsed))[-60:], "the last hour"
    assert len(ticks) <= (LONGEST_SILENCE + HOUR) // MINUTE + 1


@given(st.integers(SINCE, UNTIL), st.lists(st.integers(0, 10 * MINUTE), max_size=8))
def test_ticks_do_not_depend_on_what_happened_in_between(start: int, steps: list[int]) -> None:
    last, now, walked = start, start, []
    for step in steps:
        now += step
        for tick in ticks_between(last, now):
            walked.append(tick)
            last = tick
    assert walked == list(ticks_between(start, now))


@given(st.integers(SINCE, UNTIL))
def test_the_first_event_is_preceded_by_the_tick_of_its_minute(now: int) -> None:
    assert list(ticks_between(None, now)) == [now - now % MINUTE]
