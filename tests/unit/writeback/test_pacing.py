"""How fast a tool is written to."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from correlator.writeback import Pace
from correlator.writeback.pacing import FAILURES, LONGEST_WAIT


@given(
    st.floats(0.1, 50.0),
    st.integers(1, 20),
    st.lists(st.floats(0.0, 5.0), min_size=1, max_size=60),
)
def test_in_no_stretch_of_time_more_than_the_burst_and_the_rate(
    rate: float, burst: int, pauses: list[float]
) -> None:
    pace, now = Pace(rate, burst), 100.0
    times = []
    for pause in pauses:
        now += pause
        now += pace.wait(now)
        assert pace.wait(now) < 1e-6
        pace.write(now)
        times.append(now)
    for first in range(len(times)):
        for last in range(first, len(times)):
            allowed = burst + rate * (times[last] - times[first])
            assert last - first + 1 <= allowed + 1e-6


def test_a_wait_ends_with_the_clock() -> None:
    """Additions round: a wait below the step of the clock would be asked for again for ever."""
    pace, now = Pace(5.0, 3), 0.0
    for _ in range(1_000):
        pace.write(now)
        waited = pace.wait(now)
        now += waited
        assert pace.wait(now) == 0.0


def test_after_some_failures_it_waits_ever_longer_and_one_success_ends_that() -> None:
    pace = Pace(1_000.0, 1_000)
    waits = []
    for _ in range(FAILURES + 12):
        pace.fail(0.0)
        waits.append(pace.wait(0.0))
    assert waits[: FAILURES - 1] == [0.0] * (FAILURES - 1)
    assert waits[FAILURES - 1 : FAILURES + 2] == [2.0, 4.0, 8.0]
    assert waits[-1] == LONGEST_WAIT
    pace.succeed()
    assert (pace.wait(0.0), pace.failures) == (0.0, 0)


def test_what_the_tool_asks_for_counts() -> None:
    pace = Pace(1_000.0, 1_000)
    pace.fail(10.0, 40.0)
    assert pace.wait(10.0) == 40.0
    assert pace.wait(50.0) == 0.0
