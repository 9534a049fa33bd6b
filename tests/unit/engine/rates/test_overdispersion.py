"""How far the expected number of calls is to be doubted, by hour of the day."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlator.engine.rates.overdispersion import HourlyOverdispersion

OPENING, NOON = 8, 12
DAY = 12  # slots of an hour


def after(days: int, seen: float, expected: float) -> HourlyOverdispersion:
    """Return what is known after so many days on which the same came at the opening."""
    found = HourlyOverdispersion()
    for _ in range(DAY * days):
        found.learn(OPENING, seen, expected, 0.5)
    return found


def test_before_anything_is_known_nothing_is_doubted() -> None:
    assert HourlyOverdispersion().doubt(OPENING) == 0.0


def test_an_hour_that_surprises_is_doubted_and_only_that_hour() -> None:
    found = after(1, 40.0, 10.0)
    assert found.doubt(OPENING) == 1.0
    assert found.doubt(NOON) == 0.0


@pytest.mark.parametrize(("times", "doubt"), [(1.5, 0.0), (2.0, 0.2), (2.5, 0.5), (3.0, 1.0)])
def test_in_a_quarter_of_an_hour_an_opening_is_doubted_as_far_as_it_exceeds(
    times: float, doubt: float
) -> None:
    found = HourlyOverdispersion()
    for _ in range(3):
        found.learn(OPENING, 20.0 * times, 20.0, 0.5)
    assert found.doubt(OPENING) == pytest.approx(doubt, abs=0.07)


@pytest.mark.parametrize("expected", [1.0, 3.0, 9.0, 40.0])
def test_chance_is_no_surprise(expected: float) -> None:
    """Counts scatter by their square root: of few calls nobody expects to foresee each."""
    random, found, keeps, seen = (
        np.random.default_rng(1),
        HourlyOverdispersion(),
        2.0**-0.25,
        expected,
    )
    doubted = 0
    for _ in range(DAY * 60):
        seen += random.poisson(expected * (1.0 - keeps))
        found.learn(OPENING, seen, expected, 1.0 / (1.0 + keeps))
        doubted += found.doubt(OPENING) > 0.2
        seen *= keeps
    assert doubted == 0


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(-3, 1)), max_size=50))
def test_what_stays_away_or_is_taken_back_is_no_surprise(slots: list[tuple[float, float]]) -> None:
    """A feed falls silent; an incident explains more than is left of what was counted."""
    found = HourlyOverdispersion()
    for expected, share in slots:
        found.learn(OPENING, expected * share, expected, 0.5)
    assert found.doubt(OPENING) == 0.0


def test_one_bad_day_is_forgotten_in_weeks() -> None:
    found = after(1, 80.0, 10.0)
    assert found.doubt(OPENING) == 1.0
    for _ in range(DAY * 28):
        found.learn(OPENING, 10.0, 10.0, 0.5)
    assert found.doubt(OPENING) < 0.2


def test_it_stands_where_it_stood() -> None:
    found, again = after(2, 18.0, 10.0), HourlyOverdispersion()
    again.restore(found.state())
    assert again.doubt(OPENING) == found.doubt(OPENING) > 0.0
