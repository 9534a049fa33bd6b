"""What is learned of ordinary calls: rates, hours, the level of the day, places that call more."""

from copy import deepcopy
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from correlator.engine.arrays import Floats
from correlator.engine.rates import HOURS_A_WEEK, Baseline, Places, WeekClock
from correlator.engine.rates.operational_time import SLOT
from correlator.model import DAY, HOUR, MINUTE

MONDAY = 1_767_571_200_000  # 2026-01-05T00:00:00Z
LINES = np.array([500.0, 500.0, 1000.0, 4000.0, 5000.0])  # two cards, their node, the rest, *
PARENTS = np.array([2, 2, 4, 4, 4])
KINDS = np.array([0, 0, 1, 1, 2])
RATES = np.array([0.0012, 0.0004, 0.0001])  # per line and hour, on the weekly mean
NOISY = 3.0  # card 1 calls that many times as much
WEEKS = 5


def fresh(*, learns: bool = True) -> Baseline:
    symptoms = ("other", "slow", "no-tv")
    return Baseline(WeekClock("UTC"), symptoms, Places(LINES, PARENTS, KINDS), learns=learns)


def true_profile() -> np.ndarray:
    """Return an 8-to-22 hotline, busy on Mondays, half as busy on Sundays."""
    hours = np.array([0.05] * 8 + [1.0] * 8 + [1.6] * 4 + [0.8] * 2 + [0.05] * 2)
    week = np.outer([1.4, 1.0, 1.0, 1.0, 1.0, 0.9, 0.5], hours).ravel()
    return week / week.mean()


def feed(
    base: Baseline,
    rng: np.random.Generator,
    start: int,
    hours: int,
    level: float,
    *,
    late: int = 0,
) -> None:
    """Let Poisson tickets come for some hours, each place with its own number of lines.

    `late`: hours by which the hotline's habits are later than those of `true_profile`.
    """
    places = (((0, 2, 4), 500.0), ((1, 2, 4), 500.0 * NOISY), ((3, 4), 4000.0))
    profile = true_profile()
    for slot in range(start, start + hours * HOUR, SLOT):
        base.advance(slot)
        share = profile[((slot - MONDAY) // HOUR - late) % HOURS_A_WEEK]
        for domains, lines in places:
            means = RATES * lines * share * level * SLOT / HOUR
            for symptom, count in enumerate(rng.poisson(means)):
                for _ in range(count):
                    base.observe(symptom, np.array(domains), slot, 1.0)
    base.advance(start + hours * HOUR)


@cache
def learned() -> Baseline:
    base = fresh()
    feed(base, np.random.default_rng(3), MONDAY, WEEKS * HOURS_A_WEEK, 1.0)
    return base


def copy(base: Baseline) -> Baseline:
    other = fresh()
    other.restore(deepcopy(base.state()))
    return other


def hours(base: Baseline) -> Floats:
    """Return h, by hour of the week."""
    profile: Floats = base.state()["week"]["profile"]
    return profile


def level(base: Baseline) -> float:
    """Return d."""
    return float(base.state()["level"]["value"])


MEAN = RATES * (500 * (1 + NOISY) + 4000) / 5000  # what an average line calls


@pytest.mark.parametrize("symptom", range(3))
def test_the_rates_of_symptoms_are_recovered(symptom: int) -> None:
    tickets = MEAN[symptom] * 5000 * WEEKS * HOURS_A_WEEK
    assert learned().rates[symptom] == pytest.approx(MEAN[symptom], rel=0.05 + 3 / tickets**0.5)


def test_the_upper_estimate_is_above_the_estimate_and_close_once_much_is_known() -> None:
    base = learned()
    assert (base.national.upper > base.rates).all()
    assert base.national.upper[0] < 1.1 * base.rates[0]


def test_before_anything_is_known_the_upper_estimate_is_cautious() -> None:
    base = fresh()
    assert (base.national.upper >= 1.3 * base.rates).all()


def test_the_hours_of_the_week_are_recovered() -> None:
    truth, found = true_profile(), hours(learned())
    assert np.corrcoef(truth, found)[0, 1] > 0.97
    busy = truth > 0.5
    assert np.abs(found[busy] / truth[busy] - 1).mean() < 0.15


def test_a_hotline_with_other_hours_is_known_after_a_day() -> None:
    """Open from 20 to 8 h, which the guess takes for the dead of night."""
    base = fresh()
    for slot in range(MONDAY, MONDAY + 2 * DAY, SLOT):
        base.advance(slot)
        hour = (slot - MONDAY) // HOUR % 24
        if hour >= 20 or hour < 8:
            for _ in range(8):
                base.observe(0, np.array([3, 4]), slot, 1.0)
    base.advance(MONDAY + 2 * DAY + HOUR)
    day = hours(base)[48:72]
    assert day[[21, 23, 1, 5]].min() > 5 * day[[9, 11, 14, 18]].max()


def test_mondays_and_sundays_are_told_apart() -> None:
    days = hours(learned()).reshape(7, 24).sum(1)
    assert days[0] > 1.2 * days[2]
    assert days[6] < 0.7 * days[2]


def test_operational_time_has_a_weekly_mean_of_one_clock_hour() -> None:
    base = copy(learned())
    start = MONDAY + WEEKS * 7 * DAY
    before = base.tau(start)
    feed(base, np.random.default_rng(4), start, HOURS_A_WEEK, 1.0)
    assert base.tau(start + 7 * DAY) - before == pytest.approx(HOURS_A_WEEK, rel=0.08)


def test_the_first_day_is_cautious_and_only_the_first() -> None:
    base, rng = fresh(), np.random.default_rng(8)
    assert base.caution == 3.0
    feed(base, rng, MONDAY, 12, 1.0)
    assert 1.0 < base.caution < 3.0
    feed(base, rng, MONDAY + 12 * HOUR, 36, 1.0)
    assert base.caution == 1.0


def test_a_rush_that_nobody_explains_leaves_more_than_half_of_the_other_hours() -> None:
    """Twenty times as many calls for an hour of the first morning; in full it would leave 0.46."""
    usual, rushed = fresh(), fresh()
    for base, level in ((usual, 1.0), (rushed, 20.0)):
        rng = np.random.default_rng(9)
        feed(base, rng, MONDAY, 9, 1.0)
        feed(base, rng, MONDAY + 9 * HOUR, 1, level)
        feed(base, rng, MONDAY + 10 * HOUR, 38, 1.0)
    evening = slice(24 + 16, 24 + 20)
    kept = hours(rushed)[evening].mean() / hours(usual)[evening].mean()
    assert 0.55 < kept < 1.25


@pytest.mark.parametrize("late", [0, 6, 12, 18])
def test_time_runs_at_its_speed_in_a_hotline_of_other_hours(late: int) -> None:
    """Rates and level are each other's measure: the level must not settle anywhere but at 1."""
    base, rng = fresh(), np.random.default_rng(7)
    feed(base, rng, MONDAY, HOURS_A_WEEK, 1.0, late=late)
    before = base.tau(MONDAY + 7 * DAY)
    feed(base, rng, MONDAY + 7 * DAY, HOURS_A_WEEK, 1.0, late=late)
    assert base.tau(MONDAY + 14 * DAY) - before == pytest.approx(HOURS_A_WEEK, rel=0.1)
    assert base.rates.sum() == pytest.approx(MEAN.sum(), rel=0.1)


def test_a_surge_everywhere_becomes_the_level_and_goes_again() -> None:
    base, rng = copy(learned()), np.random.default_rng(5)
    start = MONDAY + WEEKS * 7 * DAY
    feed(base, rng, start, 10, 1.0)
    assert level(base) == pytest.approx(1.0, abs=0.3)
    feed(base, rng, start + 10 * HOUR, 8, 3.0)
    assert 2.0 < level(base) < 4.0
    feed(base, rng, start + 18 * HOUR, 24, 1.0)
    assert level(base) == pytest.approx(1.0, abs=0.4)


def test_a_place_that_calls_more_is_known_and_its_neighbour_is_not_blamed() -> None:
    base = learned()
    mean = MEAN[0] / RATES[0]
    known = len(MEAN)
    assert base.multiplier[1, :known] == pytest.approx(NOISY / mean, rel=0.2)
    assert base.multiplier[0, :known] == pytest.approx(1 / mean, rel=0.4)


def test_the_multiplier_of_everybody_is_about_one() -> None:
    assert learned().multiplier[-1, : len(MEAN)] == pytest.approx(1.0, abs=0.1)


def test_without_learning_the_rates_stay_what_was_guessed() -> None:
    base = fresh(learns=False)
    feed(base, np.random.default_rng(6), MONDAY, 48, 1.0)
    assert np.array_equal(base.rates, fresh().rates)
    assert (base.multiplier == 1.0).all()


@settings(deadline=None)  # the first example learns for five weeks
@given(
    st.integers(0, 2),
    st.sampled_from([(0, 2, 4), (1, 2, 4), (3, 4)]),
    st.integers(0, 20 * 24 * 60),
    st.floats(0.01, 1),
)
def test_counting_and_taking_back_is_counting_nothing(
    symptom: int, domains: tuple[int, ...], ago: int, weight: float
) -> None:
    base = copy(learned())
    before = deepcopy(base.state())
    when = MONDAY + WEEKS * 7 * DAY - ago * MINUTE
    base.observe(symptom, np.array(domains), when, weight)
    base.observe(symptom, np.array(domains), when, -weight)
    after = base.state()
    assert np.allclose(after["domain_tickets"], before["domain_tickets"], atol=1e-9)
    for part, names in (("symptoms", ("tickets",)), ("week", ("tickets", "exposure", "squares"))):
        for name in names:
            assert np.allclose(after[part][name], before[part][name], atol=1e-9), name
    assert after["level"]["seen"] == pytest.approx(before["level"]["seen"])


@settings(deadline=None)  # the first example learns for five weeks
@given(st.lists(st.integers(-2 * DAY, HOUR), min_size=2, max_size=40))
def test_operational_time_never_runs_backwards(offsets: list[int]) -> None:
    base = learned()
    now = MONDAY + WEEKS * 7 * DAY
    taus = [base.tau(now + offset) for offset in sorted(offsets)]
    assert taus == sorted(taus)


@settings(deadline=None)  # the first example learns for five weeks
@given(st.lists(st.integers(0, 3 * HOUR), min_size=1, max_size=20))
def test_what_has_happened_keeps_its_operational_time(steps: list[int]) -> None:
    base = copy(learned())
    now = MONDAY + WEEKS * 7 * DAY
    for step in steps:
        base.advance(now)
        kept = now - now % SLOT
        before = base.tau(kept)
        now += step
        base.advance(now)
        if now - kept < DAY:
            assert base.tau(kept) == pytest.approx(before, abs=1e-9)


def test_it_runs_fast_by_day_and_hardly_at_night() -> None:
    base, week = learned(), MONDAY + (WEEKS - 1) * 7 * DAY
    night = copy(base)
    feed(night, np.random.default_rng(8), week + 7 * DAY, 12, 1.0)
    start = week + 7 * DAY
    assert night.tau(start + 5 * HOUR) - night.tau(start + 3 * HOUR) < 0.4
    assert night.tau(start + 11 * HOUR) - night.tau(start + 9 * HOUR) > 2.0


def test_a_new_symptom_gets_a_number_and_a_rate() -> None:
    base = copy(learned())
    assert base.symptom("purple-picture") == 3
    assert base.symptom("purple-picture") == 3
    assert 0 < base.rates[3] < base.rates[0]
    assert base.expected(3, MONDAY + WEEKS * 7 * DAY).rate > 0


def test_symptoms_beyond_the_cap_count_as_not_named() -> None:
    base = fresh()
    numbers = {base.symptom(f"s{n}") for n in range(400)}
    assert max(numbers) == 249
    assert base.symptom("one-more") == 0
