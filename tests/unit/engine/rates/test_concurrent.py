"""What all others do: small domains, large ones, and those that (nearly) everybody is below."""

import numpy as np
import pytest

from correlator.engine.arrays import Bools, Floats
from correlator.engine.rates import HOURS_A_WEEK
from correlator.engine.rates.concurrent import ConcurrentRatio
from correlator.engine.rates.kernels.ratios import concurrent_factors, count_ticket

SMALL, LARGE, MOST, NEARLY_ALL, ALL = range(5)
SIZES = np.array([50.0, 2_000.0, 8_000.0, 9_900.0, 10_000.0])
PHONE, BILL = 0, 1


def lately(
    seen: dict[tuple[int, ...], tuple[int, int]], expected: tuple[float, float]
) -> ConcurrentRatio:
    """Return so many calls about the phone and about bills below these domains, in half an hour.

    Where only `ALL` is named they are below a small one, as every known customer is.
    """
    found = ConcurrentRatio(SIZES)
    found.reserve(2)
    found.expected[:] = expected
    for domains, counts in seen.items():
        for symptom, count in enumerate(counts):
            below = domains if len(domains) > 1 else (SMALL, *domains)
            count_ticket(
                np.array(below), symptom, hour=0, weight=float(count), rush=1.0, recent=False,
                fresh=True, symptoms=np.zeros(2), symptom_hours=np.zeros((2, 24)),
                hours=np.zeros(HOURS_A_WEEK), level=np.zeros(1),
                tickets=np.zeros((len(SIZES), 2), np.float32),
                index=found.index, seen=found.seen, rest=found.rest, placed=np.zeros(2),
                habits=np.zeros(len(SIZES)), entered=False,
            )  # fmt: skip
    return found


def ratios(found: ConcurrentRatio, domain: int) -> Floats:
    """Return by what the usual rates are multiplied for a rule that is about every symptom."""
    return factors(found, domain, np.zeros(2, np.bool_))


def factors(found: ConcurrentRatio, domain: int, others: Bools) -> Floats:
    """Return the same for a rule that is not about these symptoms."""
    return concurrent_factors(found.columns(), domain, others[None])[0]


@pytest.mark.parametrize(
    ("domain", "large", "everybody"),
    [
        (SMALL, False, False),
        (LARGE, True, False),
        (MOST, True, False),
        (NEARLY_ALL, False, True),
        (ALL, False, True),
    ],
)
def test_a_domain_is_small_or_large_or_everybody(
    domain: int, *, large: bool, everybody: bool
) -> None:
    found = ConcurrentRatio(SIZES)
    assert (found.large[domain], found.everybody[domain]) == (large, everybody)


def test_a_small_domain_is_judged_by_what_all_do() -> None:
    found = lately({(LARGE, MOST, ALL): (20, 0), (ALL,): (20, 0)}, (10.0, 10.0))
    assert ratios(found, SMALL)[PHONE] == pytest.approx((4 + 40) / (4 + 10))
    assert ratios(found, SMALL)[BILL] == 1.0


def test_all_others_are_the_rest_of_a_small_domain() -> None:
    """It is too small for its own calls to be left out."""
    found = lately({(SMALL, ALL): (40, 0)}, (10.0, 10.0))
    assert ratios(found, SMALL)[PHONE] == pytest.approx((4 + 40) / (4 + 10))


def test_a_large_domain_is_judged_by_those_beside_it() -> None:
    found = lately({(LARGE, ALL): (40, 0)}, (10.0, 10.0))
    assert ratios(found, LARGE)[PHONE] == 1.0
    assert ratios(found, MOST)[PHONE] == pytest.approx((4 + 40) / (4 + 2))


@pytest.mark.parametrize("doubt", [0.0, 0.5, 1.0])
def test_at_an_hour_that_surprises_all_other_calls_count_beside_a_large_domain(
    doubt: float,
) -> None:
    """Few have called about the phone yet, but the hotline has opened, beside the domain too."""
    found = lately({(LARGE, ALL): (5, 30), (ALL,): (2, 88)}, (10.0, 10.0))
    found.doubt = doubt
    bills = 1.0 + doubt * ((2 + 88) / (2 + 8) - 1.0)
    assert ratios(found, LARGE)[PHONE] == pytest.approx(max(1.0, (4 * bills + 2) / (4 + 8)))
    assert ratios(found, SMALL)[PHONE] == 1.0


@pytest.mark.parametrize("domain", [NEARLY_ALL, ALL])
def test_there_is_nobody_beside_everybody(domain: int) -> None:
    found = lately({(NEARLY_ALL, ALL): (40, 0), (ALL,): (5, 0)}, (10.0, 10.0))
    assert ratios(found, domain).tolist() == [1.0, 1.0]


def test_most_customers_are_judged_by_their_own_calls_about_other_things() -> None:
    found = lately({(MOST, ALL): (90, 30), (ALL,): (0, 10)}, (10.0, 10.0))
    bills = np.array([False, True])
    assert found.ratio(MOST, bills) == pytest.approx((2 + 30) / (2 + 8))
    for domain in (SMALL, LARGE, ALL):
        assert found.ratio(domain, bills) == pytest.approx((2 + 40) / (2 + 10))
    assert factors(found, MOST, bills)[PHONE] == pytest.approx((2 + 30) / (2 + 8))
    assert factors(lately({}, (10.0, 10.0)), MOST, bills).tolist() == [
        1.0,
        1.0,
    ]


def test_in_a_storm_of_hundreds_of_faults_each_can_still_be_seen() -> None:
    bills = np.array([False, True])
    found = lately({(ALL,): (9_000, 9_000)}, (10.0, 10.0))
    assert ratios(found, SMALL).tolist() == [5.0, 5.0]
    assert factors(found, SMALL, bills).tolist() == [5.0, 5.0]
    about_bills = lately({(MOST, ALL): (0, 9_000)}, (10.0, 10.0))
    assert factors(about_bills, MOST, bills)[PHONE] == 5.0
