"""How likely each call rate is taken to be, from the failures that a rule has met."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlator.engine.detection.mixture import RateMixture


@given(st.lists(st.floats(1e-5, 5.0), max_size=40))
def test_whatever_failures_were_met_the_weights_stay_a_mixture(rates: list[float]) -> None:
    found = RateMixture(1)
    for rate in rates:
        found.learn(0, rate)
    (weights,) = found.weights
    assert weights.sum() == pytest.approx(1.0)
    assert weights.min() > 0.005  # no strength is ever ruled out


def test_what_was_met_stays_with_its_rule_when_the_rules_change() -> None:
    found, other = RateMixture(2), RateMixture(2)
    found.learn(1, 0.07)
    other.carry_over(found.state(), [1, -1])
    assert np.array_equal(other.weights, found.weights[::-1])
