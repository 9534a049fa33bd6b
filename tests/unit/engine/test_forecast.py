"""How far the expected number of calls can be trusted, by hour of the day."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlator.engine.forecast import Forecast

OPENING, NOON = 8, 12
DAY = 12  # slots of an hour


def after(days: int, seen: float, expected: float) -> Forecast:
    """Return what is known after so many days on which the same came at the opening."""
    found = Forecast()
    for _ in range(DAY * days):
        found.learn(OPENING, seen, expected, 0.5)
    return found


def test_before_anything_is_known_as_usual_is_worth_four_tickets() -> None:
    assert Forecast().worth(OPENING) == pytest.approx(4.0)


def test_an_hour_that_surprises_is_trusted_less_and_only_that_hour() -> None:
    found = after(5, 40.0, 10.0)
    assert found.worth(OPENING) < 0.5
    assert found.worth(NOON) == pytest.approx(4.0)


def test_an_hour_that_comes_as_expected_is_trusted_more() -> None:
    assert after(5, 41.0, 40.0).worth(OPENING) > 10.0


def test_chance_is_no_surprise() -> None:
    """Counts scatter by their square root: of few calls nobody expects to foresee each."""
    random, found = np.random.default_rng(1), Forecast()
    for seen in random.poisson(9.0, DAY * 28):
        found.learn(OPENING, float(seen), 9.0, 1.0)
    assert found.worth(OPENING) > 10.0


def test_one_bad_day_is_forgotten_in_weeks() -> None:
    found = after(1, 80.0, 10.0)
    at_once = found.worth(OPENING)
    for _ in range(DAY * 21):
        found.learn(OPENING, 10.0, 10.0, 0.5)
    assert at_once < 1.0
    assert found.worth(OPENING) > 3.0


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e6)), max_size=50), st.integers(0, 23))
def test_whatever_comes_the_worth_stays_within_bounds(
    slots: list[tuple[float, float]], hour: int
) -> None:
    found = Forecast()
    for seen, expected in slots:
        found.learn(hour, seen, expected, 0.5)
    assert 0.25 <= found.worth(hour) <= 20.0


def test_it_stands_where_it_stood() -> None:
    found, again = after(2, 40.0, 10.0), Forecast()
    again.restore(found.state())
    assert again.worth(OPENING) == found.worth(OPENING)
