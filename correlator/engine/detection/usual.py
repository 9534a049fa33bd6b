"""Usual rates: how many times as much a domain calls as the average line, per symptom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numba import njit

from correlator.engine.arrays import Bools, Floats
from correlator.engine.detection.profiles import SymptomProfiles
from correlator.engine.rates import Baseline, RatioColumns, concurrent_factors


class UsualColumns(NamedTuple):
    """What usual rates are made of, as compiled loops read it.

    `multiplier[u, s]`: g of each domain; `others[rule, s]`: the symptoms that a rule is not about;
    `ratios`: the concurrent ratio.
    """

    multiplier: Floats
    others: Bools
    ratios: RatioColumns


@njit(cache=True)
def factors_of(usual: UsualColumns, domain: int, rule: int, controlled: bool) -> Floats:  # noqa: FBT001 - called by loops
    """Return how many times as much a domain calls, for a rule, shape (symptoms,).

    `controlled`: times the concurrent ratio, of that symptom or of all that the rule is not about,
    whichever is higher.
    """
    others = usual.others[rule]
    plain = usual.multiplier[domain, : len(others)]
    if not controlled:
        return plain.copy()
    return plain * concurrent_factors(usual.ratios, domain, others)


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
        columns = self.columns()
        return [factors_of(columns, domain, rule, controlled) for rule in rules]
