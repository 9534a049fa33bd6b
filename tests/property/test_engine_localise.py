"""The fit of one cause, against a loop that tries everything."""

from math import log1p

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlator.engine.localise import _LEAD, RATES, Localiser, fit
from correlator.engine.recent import Recent, Seen

TICKETS = st.lists(
    st.tuples(st.floats(0, 4), st.floats(0, 1), st.floats(1e-5, 0.1)), min_size=1, max_size=12
).map(sorted)


def brute(
    tickets: list[tuple[float, float, float]], customers: float, until: float
) -> dict[tuple[float, int], float]:
    """Return the gain of every rate and every first ticket."""
    return {
        (float(rate), first): sum(log1p(rate * p / x) for _, p, x in tickets[first:])
        - rate * customers * (until - tickets[first][0] + _LEAD)
        for rate in RATES
        for first in range(len(tickets))
    }


@given(TICKETS, st.integers(1, 10_000), st.floats(0, 2))
def test_the_fit_is_the_best_of_all_rates_and_onsets(
    tickets: list[tuple[float, float, float]], customers: int, wait: float
) -> None:
    taus, profile, expected = (np.array(column) for column in zip(*tickets, strict=True))
    until = float(taus[-1]) + wait
    gain, rate, first = fit(taus, profile, expected, float(customers), until)
    everything = brute(tickets, customers, until)
    assert gain == pytest.approx(max(everything.values()), abs=1e-9)
    assert everything[rate, first] == pytest.approx(gain, abs=1e-9)


@given(TICKETS, st.integers(1, 1_000))
def test_silent_lines_cost(tickets: list[tuple[float, float, float]], customers: int) -> None:
    taus, profile, expected = (np.array(column) for column in zip(*tickets, strict=True))
    until = float(taus[-1])
    few, _, _ = fit(taus, profile, expected, float(customers), until)
    many, _, _ = fit(taus, profile, expected, 2.0 * customers, until)
    assert many < few


@given(TICKETS)
def test_tickets_that_are_explained_bring_nothing(
    tickets: list[tuple[float, float, float]],
) -> None:
    taus, profile, _ = (np.array(column) for column in zip(*tickets, strict=True))
    gain, _, _ = fit(taus, profile, np.full(len(taus), np.inf), 100.0, float(taus[-1]))
    assert gain <= 0


# ------------------------------------------------------------------------- thousands of callers

CORE, LEFT, RIGHT = 0, 1, 2


def storm(count: int) -> Localiser:
    """Let many call within an hour, each under one half of a core router."""
    recent = Recent(3)
    for n in range(count):
        recent.add(
            Seen(
                ticket=f"T{n}", event_id=f"t{n}", customer=f"C{n}",
                domains=(CORE, LEFT if n % 3 else RIGHT), symptom=0, arrived=n, occurred=n,
                tau=1.0 + n / count, rate=0.001, counted=True, parts={},
            )
        )  # fmt: skip
    found = Localiser(
        recent, np.array([60_000, 40_000, 20_000]), lambda _d, _u: [0], lambda _d, _r: 0.0,
        lambda _d, symptoms: np.ones(len(symptoms)), [0.5],
    )  # fmt: skip
    found.profile = np.ones((1, 1))
    return found


@pytest.mark.parametrize("count", [3_000, 30_000])
def test_a_whole_gains_what_its_halves_gain_however_many_call(count: int) -> None:
    localiser = storm(count)
    every = localiser.thinning((CORE, LEFT, RIGHT), 2.0)
    whole, left, right = (
        localiser.weigh(domain, -1, 2.0, every=every) for domain in (CORE, LEFT, RIGHT)
    )
    assert whole
    assert left
    assert right
    assert whole.gain == pytest.approx(left.gain + right.gain, rel=0.01)
    assert len(whole.callers) == count


def test_a_sample_tells_what_all_tell() -> None:
    localiser = storm(30_000)
    some, everyone = (localiser.weigh(CORE, -1, 2.0, every=every) for every in (0, 1))
    assert some
    assert everyone
    assert localiser.thinning((CORE,), 2.0) > 1
    assert some.gain == pytest.approx(everyone.gain, rel=0.01)
    assert some.rate == everyone.rate
