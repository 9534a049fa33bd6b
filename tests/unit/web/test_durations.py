"""How long incidents last: Kaplan–Meier, with those that live still counted as that long."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlator.model import MINUTE
from correlator.web.durations import ENOUGH, quantile, survival, usual

LASTED = st.lists(st.tuples(st.integers(1, 10_000), st.booleans()), min_size=1, max_size=60)


def test_the_textbook_example() -> None:
    """The 6-MP group of Freireich et al. (1963), in weeks, as Cox and Oakes (1984) estimate it."""
    ended = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    censored = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    steps = dict(survival([*((d, True) for d in ended), *((d, False) for d in censored)]))
    expected = {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}
    assert {d: round(s, 3) for d, s in steps.items()} == pytest.approx(expected, abs=5e-4)


@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=60))
def test_when_all_have_ended_it_is_the_share_that_lasts_longer(durations: list[int]) -> None:
    steps = dict(survival([(d, True) for d in durations]))
    for duration, share in steps.items():
        longer = sum(d > duration for d in durations) / len(durations)
        assert math.isclose(share, longer, abs_tol=1e-9)


@given(LASTED)
def test_the_share_that_lasts_falls_and_stays_in_its_bounds(lasted: list[tuple[int, bool]]) -> None:
    shares = [share for _, share in survival(lasted)]
    assert shares == sorted(shares, reverse=True)
    assert all(0.0 <= share <= 1.0 for share in shares)


@given(LASTED, st.integers(1, 10_000))
def test_one_that_lasts_still_never_makes_the_others_shorter(
    lasted: list[tuple[int, bool]], age: int
) -> None:
    """Leaving the living ones out would: long failures are the ones that are not over yet."""
    before, after = survival(lasted), survival([*lasted, (age, False)])
    for share in (0.25, 0.5, 0.75):
        one, other = quantile(before, share), quantile(after, share)
        assert other is None or (one is not None and other >= one)


def test_too_few_cases_say_nothing() -> None:
    few = [(n * MINUTE, True) for n in range(1, ENOUGH)]
    assert usual([*few, *[(MINUTE, False)] * 20]) is None
    found = usual([*few, (ENOUGH * MINUTE, True)])
    assert found is not None
    assert (found.low, found.high, found.cases) == (2 * MINUTE, 6 * MINUTE, ENOUGH)
