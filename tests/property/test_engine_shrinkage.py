"""How unlike places are is learned from the places."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlator.engine.rates.shrinkage import dispersion, shrink
from correlator.engine.rates.tuning import TUNING

ONE_KIND = np.zeros(3_000, np.int64)


def places(
    a: float, expected: float, seed: int = 1, count: int = 3_000
) -> tuple[np.ndarray, np.ndarray]:
    """Return tickets seen and expected in places that differ as a Gamma of shape a; ∞: alike."""
    rng = np.random.default_rng(seed)
    means = np.full(count, expected)
    factors = rng.gamma(a, 1 / a, count) if np.isfinite(a) else np.ones(count)
    return rng.poisson(means * factors)[:, None].astype(float), means[:, None]


@pytest.mark.parametrize("a", [2.0, 4.0, 20.0])
def test_it_is_recovered_from_places_that_expect_a_few_tickets_each(a: float) -> None:
    seen, expected = places(a, 6.0)
    assert dispersion(seen, expected, ONE_KIND, 1.0)[0, 0] == pytest.approx(a, rel=0.3)


def test_places_that_are_alike_are_taken_for_it() -> None:
    seen, expected = places(np.inf, 6.0)
    assert dispersion(seen, expected, ONE_KIND, 1.0)[0, 0] > 40


def test_tickets_that_have_faded_do_not_look_like_places_that_are_alike() -> None:
    """Half of every count has faded to a tenth: its variance is less than its mean."""
    rng = np.random.default_rng(2)
    factors = rng.gamma(4.0, 0.25, 3_000)
    old, new = rng.poisson(30 * factors), rng.poisson(3 * factors)
    seen, expected = (0.1 * old + new)[:, None], np.full((3_000, 1), 6.0)
    spent = (30 * 0.1**2 + 3) / 6
    assert dispersion(seen, expected, ONE_KIND, spent)[0, 0] == pytest.approx(4.0, rel=0.3)


def test_kinds_and_columns_are_told_apart() -> None:
    kinds = np.repeat([0, 1], 3_000)
    columns = [
        tuple(np.vstack(both) for both in zip(places(2.0, 6.0), places(one, 6.0, 3), strict=True))
        for one in (np.inf, 2.0)
    ]
    seen, expected = (np.hstack(both) for both in zip(*columns, strict=True))
    found = dispersion(seen, expected, kinds, 1.0)
    assert found[0] == pytest.approx(2.0, rel=0.3)
    assert found[-1, 0] > 40
    assert found[-1, 1] == pytest.approx(2.0, rel=0.3)


@given(st.integers(1, 5), st.floats(0, 0.5), st.integers(0, 1_000))
def test_few_tickets_leave_what_was_guessed(count: int, expected: float, seed: int) -> None:
    seen, usual = places(2.0, expected, seed, count)
    found = dispersion(np.minimum(seen, 2.0), usual, ONE_KIND[:count], 1.0)
    assert found == pytest.approx(TUNING.first_shape, rel=0.6)


@given(st.integers(0, 1_000), st.integers(1, 4))
def test_a_place_lies_between_its_parent_and_what_it_has_seen(seed: int, symptoms: int) -> None:
    """Twelve places under two, which are their own parents; sizes, counts and rates by chance."""
    rng = np.random.default_rng(seed)
    parents = np.array([0, 1, *([0, 1] * 6)])
    kinds = np.array([0, 0, *([1] * 12)])
    sizes, usual = rng.uniform(5, 50, 14), rng.uniform(0.01, 0.5, symptoms)
    tickets = rng.poisson(np.outer(sizes, usual) * rng.gamma(2.0, 0.5, (14, 1))).astype(np.float32)
    mean, each, upper = np.ones(14), np.ones((14, symptoms)), np.zeros((14, symptoms))
    for level in (np.arange(2), np.arange(2, 14)):
        shrink(level, parents, kinds, tickets, sizes, usual, 1.0, mean, each, upper)
    for place in range(14):
        prior = 1.0 if place < 2 else mean[parents[place]]
        ends = sorted((prior, tickets[place].sum() / (sizes[place] * usual.sum())))
        assert ends[0] - 1e-9 <= mean[place] <= ends[1] + 1e-9
    above = np.where(parents == np.arange(14), 1.0, mean[parents])[:, None]
    prior = np.where(above == 1.0, 1.0, each[parents]) * mean[:, None] / above
    seen = tickets / np.outer(sizes, usual)
    low, high = np.minimum(prior, seen), np.maximum(prior, seen)
    assert (low - 1e-9 <= each).all()
    assert (each <= high + 1e-9).all()
    assert (upper > each).all()


def test_one_kind_of_one_size_is_shrunk_by_the_formula() -> None:
    seen, expected = places(2.0, 6.0)
    nobody = np.arange(len(seen))
    mean, each, upper = np.ones(len(seen)), np.ones(seen.shape), np.zeros(seen.shape)
    sizes, usual = np.full(len(seen), 60.0), np.array([0.1])
    shrink(
        nobody, nobody, ONE_KIND, seen.astype(np.float32), sizes, usual, 1.0, mean, each, upper
    )  # fmt: skip
    a = dispersion(seen, expected, ONE_KIND, 1.0)[0, 0]
    assert mean == pytest.approx(((a + seen) / (a + expected))[:, 0])
