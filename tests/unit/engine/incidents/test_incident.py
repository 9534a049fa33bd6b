"""How strongly an incident explains calls: now, then, and after a fit."""

import pytest

from correlator.engine.incidents import LiveIncident
from correlator.model import Reason, ReasonCode, State
from tests.builders import at
from topology import Scope


def live() -> LiveIncident:
    return LiveIncident(
        number=1, id="GI", rule=0, scope=Scope(0), first_scope=Scope(0), state=State.OPEN,
        symptom="no-sync", unnamed=-1, created=0, onset=0, onset_tau=0.0,
        reason=Reason(ReasonCode.BURST), customers=30, calls=5.0,
        exposure=10.0, filter_tau=0.0, last_tau=0.0, gap=0.1,
    )  # fmt: skip


def test_the_rate_of_an_incident_fades_and_rises_with_its_callers() -> None:
    one = live()
    rates = [one.rate(tau) for tau in (0.0, 0.5, 1.0, 5.0)]
    assert rates == sorted(rates, reverse=True)
    assert rates[0] == 0.5
    one.count(1.0, at(60), 0, 1.0)
    assert one.rate(1.0) > rates[2]


def test_looking_at_the_rate_changes_nothing() -> None:
    one, other = live(), live()
    other.rate(3.0)
    other.count(2.0, at(120), 0, 0.0)
    assert other.rate(4.0) == pytest.approx(one.rate(4.0))


def failing_for_two_units() -> LiveIncident:
    """Return an incident with a call each 0.02 τ for one τ, then one each 0.2 τ."""
    one = live()
    one.rated(0.0, 0.5)
    for n in range(1, 51):
        one.count(0.02 * n, 0, 0, 1.0)
    for n in range(1, 6):
        one.count(1.0 + 0.2 * n, 0, 0, 0.1)
    return one


def test_who_is_heard_of_later_met_the_rate_of_his_own_time() -> None:
    one = failing_for_two_units()
    assert one.rate(0.01) == 0.5
    assert one.rate(0.9) > 5 * one.rate(1.99)
    assert one.rate(0.9) == pytest.approx(50 / 30, rel=0.2)  # 50 calls per τ of 30 lines


def test_a_rate_learned_anew_leaves_what_was_before() -> None:
    one = failing_for_two_units()
    before = one.rate(0.5)
    one.rated(0.8, 9.0)
    assert (one.rate(0.5), one.rate(0.85)) == (before, 9.0)


def test_what_is_kept_of_a_rate_is_bounded() -> None:
    one = live()
    one.rated(0.0, 0.5)
    for n in range(5_000):
        one.count(0.1 * n, 0, 0, 1.0)
    assert len(one.history) <= 400
    assert [tau for tau, _ in one.history] == sorted(tau for tau, _ in one.history)
    assert one.history[0] == (0.0, 0.5)
