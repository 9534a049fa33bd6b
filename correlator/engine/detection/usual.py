"""Usual rates: how many times as much a domain calls as the average line, per symptom."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from correlator.engine.arrays import Bools, Floats
from correlator.engine.detection.kernels.usual import UsualColumns, factors_of
from correlator.engine.detection.profiles import SymptomProfiles
from correlator.engine.rates import Baseline


class UsualRates:
    """The domains' multipliers, corrected by the concurrent ratio."""

    def __init__(self, baseline: Baseline, profiles: SymptomProfiles) -> None:
        self._baseline = baseline
        self._profiles = profiles
        self._known: tuple[Floats, Floats] = (np.zeros(0), np.zeros(0))
        self._about: Bools = np.zeros((0, 0), np.bool_)
        self._others: Bools = self._about

    def about(self, rule: int) -> Bools:
        """Return, per symptom, whether a rule is about it: π(s) above its share of all calls."""
        self._refresh()
        about: Bools = self._about[rule]
        return about

    def _refresh(self) -> None:
        rates, matrix = self._baseline.national.rates, self._profiles.matrix
        if self._known[0] is not rates or self._known[1] is not matrix:  # both are replaced whole
            self._about = matrix > rates / rates.sum()
            self._others = ~self._about
            self._known = (rates, matrix)

    def columns(self) -> UsualColumns:
        """Return all columns, for compiled loops."""
        self._refresh()
        baseline = self._baseline
        return UsualColumns(baseline.multiplier, self._others, baseline.concurrent.columns())

    def of(self, domain: int, rules: Sequence[int], *, controlled: bool = True) -> list[Floats]:
        """Return `factors_of` a domain, per rule."""
        return list(factors_of(self.columns(), domain, np.array(rules, np.int64), controlled))
