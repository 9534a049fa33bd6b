"""What all other calls of just now say of a domain's."""

import numpy as np
import pytest

from correlator.engine.arrays import Floats
from correlator.engine.detection import UsualRates
from tests.builders import at_rest, index_of, wide_network


class Lately:
    """So many called about each symptom of the place's rule, and of the others, for two expected.

    `others`: how many calls about the others were expected.
    """

    def __init__(self, name: str, about: float, others: float) -> None:
        owners = at_rest(wide_network()).owners
        self._place = index_of(name, wide_network())
        (self._rule, *_) = owners.detector.streams.rules_for(self._place)
        self._usual = UsualRates(owners.rates, owners.detector.profiles)
        self.symptoms = owners.rates.symptoms
        self.about = self._usual.about(self._rule)
        concurrent = owners.rates.concurrent
        concurrent.expected[: len(self.about)] = 2.0
        concurrent.seen[-1, : len(self.about)] = np.where(self.about, about, others)
        self.others = 2.0 * float((~self.about).sum())

    def usual(self, *, controlled: bool = True) -> Floats:
        (found,) = self._usual.of(self._place, [self._rule], controlled=controlled)
        return found


def test_a_domain_is_judged_by_calls_about_other_things_as_well() -> None:
    """Bills, mails, everything is called about: that DSL-1 is called about too is no failure."""
    lately = Lately("DSL-1", 2.0, 6.0)
    risen = (2.0 + 3.0 * lately.others) / (2.0 + lately.others)
    assert lately.usual() == pytest.approx(lately.usual(controlled=False) * risen)


def test_its_own_symptoms_do_not_speak_against_each_other() -> None:
    """What fails raises all the symptoms of its rule, for everybody below it."""
    lately = Lately("CORE-1", 40.0, 2.0)
    assert lately.usual() == pytest.approx(lately.usual(controlled=False))


def test_a_rule_is_about_what_its_failures_are_called_about_with() -> None:
    lately = Lately("DSL-1", 2.0, 2.0)
    named = dict(zip(lately.symptoms, lately.about.tolist(), strict=True))
    assert named["no-sync"]
    assert named["no-internet"]
    assert not named["billing"]
    assert not named["mail"]
