"""Usual rates: how many times as much a domain calls as the average line, per symptom."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from correlator.engine.arrays import Bools, Floats
from correlator.engine.detection.profiles import SymptomProfiles
from correlator.engine.rates import Baseline


class UsualRates:
    """The domains' multipliers, corrected by the concurrent ratio."""

    def __init__(self, baseline: Baseline, profiles: SymptomProfiles) -> None:
        self._baseline = baseline
        self._profiles = profiles
        self._known: tuple[Floats, Floats] = (np.zeros(0), np.zeros(0))
        self._about: Bools = np.zeros((0, 0), np.bool_)

    def about(self, rule: int) -> Bools:
        """Return, per symptom, whether a rule is about it: π(s) above its share of all calls."""
        rates, matrix = self._baseline.national.rates, self._profiles.matrix
        if self._known[0] is not rates or self._known[1] is not matrix:  # both are replaced whole
            self._about = matrix > rates / rates.sum()
            self._known = (rates, matrix)
        about: Bools = self._about[rule]
        return about

    def of(self, domain: int, rules: Sequence[int], *, controlled: bool = True) -> list[Floats]:
        """Return, per rule, how many times as much a domain calls, shape (symptoms,).

        `controlled`: times the concurrent ratio, of that symptom or of all that the rule is not
        about, whichever is higher.
        """
        usual: Floats = self._baseline.multiplier[domain, : self._profiles.matrix.shape[1]]
        if not controlled:
            return [usual for _ in rules]
        others = [~self.about(rule) for rule in rules]
        factors = self._baseline.concurrent.factors(domain, others)
        return [usual * factor for factor in factors]
