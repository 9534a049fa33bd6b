"""Over which symptoms a failure's callers spread: by its rule, and by what verdicts taught."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlator.engine.detection import Lesson, ProfileCounts, SymptomProfiles
from correlator.engine.detection.profiles import blend
from correlator.engine.state import dump, load
from correlator.model import UNNAMED
from rules.model import OUTSIDE, UNNAMED_SYMPTOMS
from tests.builders import catalog

SYMPTOMS = [UNNAMED, *(symptom.id for symptom in catalog().symptoms)]
COUNTS = st.dictionaries(
    st.sampled_from([*SYMPTOMS, "~new-words"]), st.floats(0.0, 600.0), max_size=6
)


def test_each_profile_is_a_share_of_a_failures_tickets() -> None:
    profiles = SymptomProfiles(catalog(), 250)
    profiles.refresh(SYMPTOMS, np.ones(len(SYMPTOMS)), {})
    for rule, profile in zip(catalog().rules, profiles.matrix, strict=True):
        assert (profile >= 0).all()
        if rule.symptoms != UNNAMED_SYMPTOMS:
            assert profile.sum() == pytest.approx(1.0)


def test_what_is_no_fault_has_no_share_in_an_equipments_failure() -> None:
    profiles = SymptomProfiles(catalog(), 250)
    assert not profiles.is_fault("billing")
    assert profiles.is_fault("no-sync")
    assert profiles.is_fault("purple-picture")


# ------------------------------------------------------------------- what verdicts leave behind


def lesson(learned: ProfileCounts, name: str = "GI-1") -> Lesson:
    return learned.learn(name, 0, {})


@given(COUNTS)
def test_a_learned_profile_is_a_distribution_and_never_zero_where_the_rules_is_not(
    counts: dict[str, float],
) -> None:
    profiles, rates = SymptomProfiles(catalog(), 250), np.ones(len(SYMPTOMS))
    profiles.refresh(SYMPTOMS, rates, {})
    before = profiles.matrix
    profiles.refresh(SYMPTOMS, rates, {rule.id: counts for rule in catalog().rules})
    for rule, plain, learned in zip(catalog().rules, before, profiles.matrix, strict=True):
        assert (learned[plain > 0] > 0).all()
        if rule.symptoms != UNNAMED_SYMPTOMS:
            assert learned.sum() == pytest.approx(1.0)
            faults = np.array([profiles.is_fault(name) for name in SYMPTOMS])
            assert OUTSIDE in rule.domains or learned[~faults].sum() == 0.0


def test_the_rule_is_worth_fifty_tickets() -> None:
    plain = np.array([0.8, 0.2])
    assert blend(plain, ["a", "b"], {"b": 50.0}).tolist() == pytest.approx([0.4, 0.6])
    assert blend(plain, ["a", "b"], {}) is plain


def test_giving_again_replaces_what_was_given() -> None:
    learned = ProfileCounts()
    one = lesson(learned)
    learned.give(one, "r", {"slow": 3.0})
    learned.give(one, "r", {"slow": 3.0})
    assert learned.counts == {"r": {"slow": 3.0}}
    learned.give(one, "q", {"wifi": 2.0})
    assert learned.counts == {"r": {"slow": 0.0}, "q": {"wifi": 2.0}}
    learned.give(one, "q", {})
    assert learned.counts["q"] == {"wifi": 0.0}


def test_a_rule_remembers_five_hundred_tickets_and_the_last_ones_best() -> None:
    learned = ProfileCounts()
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
    learned = ProfileCounts()
    learned.give(lesson(learned), "r", {"~new-words": 3.0, "slow": 1.0})
    learned.forget("~new-words")
    assert learned.counts == {"r": {"slow": 1.0}}


def test_a_restored_state_is_the_same_and_a_carried_one_keeps_the_rules_that_are_left() -> None:
    learned, other = ProfileCounts(), ProfileCounts()
    learned.give(lesson(learned), "r", {"slow": 3.0})
    learned.give(lesson(learned, "GI-2"), "q", {"slow": 1.0})
    other.restore(load(dump(learned.state())))
    assert dump(other.state()) == dump(learned.state())
    other.carry_over(load(dump(learned.state())), frozenset({"q"}))
    assert other.counts == {"q": {"slow": 1.0}}
    assert other.lessons() == ["GI-2"]
