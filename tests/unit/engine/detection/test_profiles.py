"""Counts that verdicts leave behind, and the profile that comes of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlator.engine.alarms import Alarms
from correlator.engine.learning import Learned, Lesson, blend
from correlator.engine.snapshot import dump, load
from correlator.engine.watches import Watches
from correlator.model import UNNAMED
from rules.model import OUTSIDE, UNNAMED_SYMPTOMS
from tests.builders import alarm, catalog, network

SYMPTOMS = [UNNAMED, *(symptom.id for symptom in catalog().symptoms)]
COUNTS = st.dictionaries(
    st.sampled_from([*SYMPTOMS, "~new-words"]), st.floats(0.0, 600.0), max_size=6
)


def lesson(learned: Learned, name: str = "GI-1") -> Lesson:
    return learned.lessons.setdefault(name, Lesson())


@given(COUNTS)
def test_a_learned_profile_is_a_distribution_and_never_zero_where_the_rules_is_not(
    counts: dict[str, float],
) -> None:
    watches, rates = Watches(network(), catalog()), np.ones(len(SYMPTOMS))
    watches.refresh_profile(SYMPTOMS, rates)
    before = watches.profile
    watches.refresh_profile(SYMPTOMS, rates, {rule.id: counts for rule in catalog().rules})
    for rule, plain, learned in zip(catalog().rules, before, watches.profile, strict=True):
        assert (learned[plain > 0] > 0).all()
        if rule.symptoms != UNNAMED_SYMPTOMS:
            assert learned.sum() == pytest.approx(1.0)
            faults = np.array([watches.is_fault(name) for name in SYMPTOMS])
            assert OUTSIDE in rule.domains or learned[~faults].sum() == 0.0


def test_the_rule_is_worth_fifty_tickets() -> None:
    plain = np.array([0.8, 0.2])
    assert blend(plain, ["a", "b"], {"b": 50.0}).tolist() == pytest.approx([0.4, 0.6])
    assert blend(plain, ["a", "b"], {}) is plain


def test_giving_again_replaces_what_was_given() -> None:
    learned = Learned()
    one = lesson(learned)
    learned.give(one, "r", {"slow": 3.0})
    learned.give(one, "r", {"slow": 3.0})
    assert learned.counts == {"r": {"slow": 3.0}}
    learned.give(one, "q", {"wifi": 2.0})
    assert learned.counts == {"r": {"slow": 0.0}, "q": {"wifi": 2.0}}
    learned.give(one, "q", {})
    assert learned.counts["q"] == {"wifi": 0.0}


def test_a_rule_remembers_five_hundred_tickets_and_the_last_ones_best() -> None:
    learned = Learned()
    first, second = lesson(learned), lesson(learned, "GI-2")
    learned.give(first, "r", {"slow": 400.0})
    learned.give(second, "r", {"wifi": 600.0})
    for _ in range(3):  # looking twice teaches nothing more
        learned.give(first, "r", {"slow": 400.0})
        learned.give(second, "r", {"wifi": 600.0})
    assert learned.counts["r"] == pytest.approx({"slow": 200.0, "wifi": 300.0})
    learned.give(second, "r", {})
    assert learned.counts["r"] == pytest.approx({"slow": 200.0, "wifi": 0.0})


def test_a_forgotten_symptom_leaves_no_counts() -> None:
    learned = Learned()
    learned.give(lesson(learned), "r", {"~new-words": 3.0, "slow": 1.0})
    learned.forget("~new-words")
    assert learned.counts == {"r": {"slow": 1.0}}


def test_a_restored_state_is_the_same_and_a_carried_one_keeps_the_rules_that_are_left() -> None:
    learned, other = Learned(), Learned()
    learned.give(lesson(learned), "r", {"slow": 3.0})
    learned.give(lesson(learned, "GI-2"), "q", {"slow": 1.0})
    other.restore(load(dump(learned.state())))
    assert dump(other.state()) == dump(learned.state())
    other.carry_over(load(dump(learned.state())), frozenset({"q"}))
    assert other.counts == {"q": {"slow": 1.0}}
    assert set(other.lessons) == {"GI-2"}


# ----------------------------------------------------------------------------------- alarms


def alarmed() -> tuple[Alarms, str]:
    alarms, card = Alarms(network()), network().domain("DSL-1/C1")
    assert card is not None
    raised = alarms.take(alarm("DSL-1/C1", 0), card, 0.0)
    assert raised is not None
    return alarms, alarms.kind(raised)


@pytest.mark.parametrize("booked", [True, False])
def test_what_a_person_says_of_an_alarm_holds_before_and_after_its_outcome(*, booked: bool) -> None:
    alarms, kind = alarmed()
    start = alarms.share_followed(kind, 0.1)
    if booked:
        alarms.learn(5.0)
        assert alarms.share_followed(kind, 0.1) < start
    assert alarms.judge(["A-DSL-1/C1", "gone"], followed=True, extra=2.0) == (kind,)
    alarms.learn(5.0)
    assert alarms.share_followed(kind, 0.1) == pytest.approx((3.0 + 1.0) / (3.0 + 10.0))


def test_a_rejection_takes_back_that_customers_followed() -> None:
    alarms, kind = alarmed()
    alarms.follow(frozenset({0, *range(network().domain_count)}), -1.0)
    alarms.learn(5.0)
    alarms.judge(["A-DSL-1/C1"], followed=False, extra=0.0)
    assert alarms.share_followed(kind, 0.1) == pytest.approx(1.0 / 11.0)


def test_an_outcome_is_settled_after_three_days() -> None:
    alarms, kind = alarmed()
    alarms.learn(5.0)
    alarms.learn(80.0)
    before = alarms.share_followed(kind, 0.1)
    alarms.judge(["A-DSL-1/C1"], followed=True, extra=0.0)
    assert alarms.share_followed(kind, 0.1) == before
