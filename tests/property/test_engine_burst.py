"""The burst statistic: a martingale under noise, a dial that holds, and its algebra."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlator.engine.arrays import Floats
from correlator.engine.detection.burst import BurstStatistic
from correlator.engine.detection.mixture import CALL_RATES
from correlator.engine.rates import HOURS_A_WEEK

ONE_ROW = np.array([0])
ONE = np.ones(1)


def burst(
    rows: int, customers: float, *, watched: float = 1.0, dial: float = 1.0
) -> BurstStatistic:
    found = BurstStatistic(np.full(rows, customers), np.zeros(rows, np.int64), 1)
    found.set_thresholds(np.array([watched]), np.array([dial]), 0.0)
    return found


def means(found: BurstStatistic) -> np.ndarray:
    return found.mass(np.arange(len(found)))


def mass(found: BurstStatistic) -> Floats:
    """Return M by row and added rate."""
    return np.array(found.state()["mass"])


def added(found: BurstStatistic) -> Floats:
    """Return the added rates a, in calls per unit of τ, by row."""
    return np.array(found.state()["rates"])


def noise(rng: np.random.Generator, rows: int, rate: float, length: float) -> np.ndarray:
    """Return (row, time) of Poisson arrivals on every row, in order of time."""
    counts = rng.poisson(rate * length, rows)
    times = rng.uniform(0, length, counts.sum())
    order = np.argsort(times)
    return np.column_stack([np.repeat(np.arange(rows), counts)[order], times[order]])


# ------------------------------------------------------------------------ under pure noise


@pytest.mark.parametrize("seed", range(3))
def test_under_noise_the_mean_of_m_is_the_integral_of_rho(seed: int) -> None:
    rows, length, share = 2_000, 2.0, np.array([0.7, 0.3])
    profile = np.array([0.2, 0.8])  # of a failure: not that of the noise, and yet a martingale
    found, rng = burst(rows, 10.0), np.random.default_rng(seed)
    for row, time in noise(rng, rows, 6.0, length):
        kind = int(rng.random() > share[0])
        expected = 6.0 * share[kind] * ONE
        found.add_ticket(np.array([int(row)]), profile[kind] * ONE, expected, time)
    found.advance(np.arange(rows), length)
    error = means(found).std() / np.sqrt(rows)
    assert abs(means(found).mean() - length) < 4 * error
    assert error < 0.1 * length


def test_a_boost_raises_the_integral_of_rho_and_nothing_else() -> None:
    rows, length, weight, lasts = 3_000, 2.0, 3.0, 0.5
    found, rng = burst(rows, 10.0), np.random.default_rng(1)
    everyone = np.arange(rows)
    for row in range(rows):
        found.boost(row, weight, lasts, 0.0)
    for row, time in noise(rng, rows, 6.0, length):
        found.add_ticket(np.array([int(row)]), ONE, 6.0 * ONE, time)
    found.advance(everyone, length)
    integral = np.exp(weight) * lasts + length - lasts
    assert abs(means(found).mean() - integral) < 4 * means(found).std() / np.sqrt(rows)


@pytest.mark.parametrize("dial", [0.5, 2.0, 10.0])
def test_false_alerts_stay_below_the_dial(dial: float) -> None:
    rows, weeks, rate = 60, 25, 0.05
    found = burst(rows, 40.0, watched=rows, dial=dial)
    alerts = 0
    for row, time in noise(np.random.default_rng(7), rows, rate, weeks * HOURS_A_WEEK):
        at = np.array([int(row)])
        found.add_ticket(at, ONE, rate * ONE, time)
        if found.level(at)[0] >= 1.0:
            alerts += 1
            found.lower(at, 0.05)
    assert alerts <= dial * weeks + 3 * np.sqrt(dial * weeks)


def needed(expected: float, places: int = 3_000, alarm: float = 0.0) -> int:
    """Return how many calls, evenly over one hour, make an alert at one false incident a week.

    A line calls once in a thousand hours, so the domain has as many lines as the expectation says.
    """
    for calls in range(1, 400):
        found = burst(1, expected / 0.001, watched=places)
        found.advance(ONE_ROW, 48.0)
        found.boost(0, alarm, 0.5, 48.0)
        for n in range(calls):
            found.add_ticket(ONE_ROW, ONE, expected * ONE, 48.0 + (n + 1) / calls)
        if found.level(ONE_ROW)[0] >= 1.0:
            return calls
    return 400


@pytest.mark.parametrize(
    ("expected", "oracle"), [(0.01, 3), (0.1, 5), (1.0, 10), (10.0, 30), (100.0, 155)]
)
def test_as_many_calls_are_needed_as_the_oracle_says(expected: float, oracle: int) -> None:
    assert needed(expected) == pytest.approx(oracle, rel=0.2, abs=1)


@pytest.mark.parametrize(
    ("expected", "oracle"), [(0.01, 2), (0.1, 4), (1.0, 8), (10.0, 26), (100.0, 143)]
)
def test_an_alarm_on_the_spot_saves_some_of_them(expected: float, oracle: int) -> None:
    assert needed(expected, alarm=7.0) == pytest.approx(oracle, rel=0.2, abs=1)
    assert needed(expected, alarm=7.0) < needed(expected)


# ------------------------------------------------------------------------------- the algebra

STEPS = st.lists(
    st.tuples(st.floats(0.001, 3), st.floats(0.01, 1), st.floats(0.01, 20)), max_size=15
)


def moved(steps: list[tuple[float, float, float]]) -> tuple[BurstStatistic, float]:
    found, tau = burst(1, 30.0, watched=50), 0.0
    for step, profile, expected in steps:
        tau += step
        found.add_ticket(ONE_ROW, profile * ONE, expected * ONE, tau)
    return found, tau


@given(STEPS, st.floats(0.01, 1), st.floats(0.01, 20))
def test_taking_a_ticket_back_undoes_it(
    steps: list[tuple[float, float, float]], profile: float, expected: float
) -> None:
    found, tau = moved(steps)
    found.advance(ONE_ROW, tau + 1)
    before = mass(found)
    found.add_ticket(ONE_ROW, profile * ONE, expected * ONE, tau + 1)
    assert (mass(found) >= before).all()
    found.retract(ONE_ROW, profile * ONE, expected * ONE)
    resting = 1.0 / added(found)
    ticket = 1.0 + added(found) * profile / expected
    assert np.allclose(mass(found), np.maximum(before, np.minimum(before * ticket, resting)))


@given(STEPS, st.floats(0.01, 1), st.floats(0.01, 20))
def test_taking_back_never_raises_m(
    steps: list[tuple[float, float, float]], profile: float, expected: float
) -> None:
    found, _ = moved(steps)
    before = mass(found)
    found.retract(ONE_ROW, profile * ONE, expected * ONE)
    assert (mass(found) <= before).all()
    assert (mass(found) >= np.minimum(before, 1.0 / added(found)) * (1 - 1e-12)).all()


@given(STEPS, st.floats(0.001, 1))
def test_lowering_caps_the_level_and_raises_nothing(
    steps: list[tuple[float, float, float]], share: float
) -> None:
    found, _ = moved(steps)
    before = found.level(ONE_ROW)[0]
    found.lower(ONE_ROW, share)
    assert found.level(ONE_ROW)[0] == pytest.approx(min(before, share))


@given(STEPS)
def test_m_comes_to_rest(steps: list[tuple[float, float, float]]) -> None:
    found, tau = moved(steps)
    found.advance(ONE_ROW, tau + 1e6)
    assert np.allclose(mass(found), 1.0 / added(found))


@given(st.lists(st.floats(0.001, 5), min_size=1, max_size=8))
def test_passing_time_in_steps_is_passing_it_at_once(steps: list[float]) -> None:
    walked, jumped = burst(1, 30.0), burst(1, 30.0)
    for tau in np.cumsum(steps):
        walked.advance(ONE_ROW, float(tau))
    jumped.advance(ONE_ROW, float(np.cumsum(steps)[-1]))
    assert np.allclose(mass(walked), mass(jumped))


@given(st.floats(0.5, 8), st.floats(0.1, 3), st.floats(0, 6))
def test_a_boost_ends_by_itself_or_with_its_clear(weight: float, lasts: float, when: float) -> None:
    found, cleared = burst(1, 30.0), burst(1, 30.0)
    for one in (found, cleared):
        one.boost(0, weight, lasts, 1.0)
    cleared.unboost(ONE_ROW, 1.0)
    expected = weight if when < lasts else 0.0
    assert found.boost_of(0, 1.0 + when) == pytest.approx(expected)
    assert cleared.boost_of(0, 1.0 + when) == 0.0
    for one in (found, cleared):
        one.advance(ONE_ROW, 1.0 + when)
    assert means(found)[0] >= means(cleared)[0]


@given(STEPS, st.floats(0, 5))
def test_a_late_ticket_counts_no_more_than_one_in_time(
    steps: list[tuple[float, float, float]], late: float
) -> None:
    (in_time, tau), (behind, _) = moved(steps), moved(steps)
    in_time.add_ticket(ONE_ROW, ONE, ONE, tau)
    behind.add_ticket(ONE_ROW, ONE, ONE, tau - late)
    assert (mass(behind) <= mass(in_time) * (1 + 1e-12)).all()


def test_appended_rows_are_at_rest() -> None:
    found = burst(2, 30.0)
    found.append(np.array([7.0]), np.array([0]), 5.0)
    assert len(found) == 3
    assert np.allclose(mass(found)[2], 1.0 / (7.0 * CALL_RATES))


def test_mass_that_alarms_add_raises_the_threshold() -> None:
    found = burst(2, 30.0)
    before = found.thresholds[0]
    found.boost(0, 6.0, 0.5, 30.0)
    found.set_thresholds(np.array([2.0]), np.array([1.0]), 30.0)
    assert found.thresholds[0] > before


def test_mass_that_alarms_added_long_ago_no_longer_counts() -> None:
    found = burst(2, 30.0)
    found.boost(0, 6.0, 0.5, 24.0)
    months = 20 * 28 * 24.0
    found.set_thresholds(np.array([2.0]), np.array([1.0]), months)
    assert found.thresholds[0] == pytest.approx(2.0 * HOURS_A_WEEK, rel=1e-3)


# ------------------------------------------------------------------------------- the weights


def test_failures_like_those_of_before_need_fewer_calls() -> None:
    usual, slow = burst(1, 400.0), burst(1, 400.0)
    for _ in range(20):
        usual.mixture.learn(0, float(CALL_RATES[4]))
        slow.mixture.learn(0, float(CALL_RATES[0]))
    for found in (usual, slow):
        found.advance(ONE_ROW, 1.0)
        for n in range(4):
            found.add_ticket(ONE_ROW, 0.5 * ONE, 0.3 * ONE, 1.0 + n / 50)
    assert usual.level(ONE_ROW)[0] > 3 * slow.level(ONE_ROW)[0]


def test_what_was_met_is_in_a_snapshot() -> None:
    found, other = burst(1, 30.0), burst(1, 30.0)
    found.mixture.learn(0, 0.07)
    other.restore(found.state())
    assert np.array_equal(other.mixture.weights, found.mixture.weights)


def test_a_burst_beyond_all_measure_can_be_dealt_with_and_seen_again() -> None:
    """Thousands of tickets at once, of a feed that had stalled: who overflows is lost for good."""
    found = burst(1, 60_000.0)
    for _ in range(3_000):
        found.add_ticket(ONE_ROW, ONE, 0.1 * ONE, 1.0)
    assert 1.0 < found.level(ONE_ROW)[0] < np.inf
    found.lower(ONE_ROW, 0.05)
    assert found.level(ONE_ROW)[0] == pytest.approx(0.05)
    found.add_ticket(ONE_ROW, ONE, 0.1 * ONE, 1.0)
    assert found.level(ONE_ROW)[0] > 1.0
