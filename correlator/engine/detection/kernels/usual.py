"""Compiled: how many times as much a domain calls as the average line; see `usual`."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from correlator.engine.arrays import Bools, Floats, Ints
from correlator.engine.rates import RatioColumns, concurrent_factors


class UsualColumns(NamedTuple):
    """What usual rates are made of, as compiled loops read it.

    `multiplier[u, s]`: g of each domain; `others[rule, s]`: the symptoms that a rule is not about;
    `ratios`: the concurrent ratio.
    """

    multiplier: Floats
    others: Bools
    ratios: RatioColumns


@njit(cache=True)
def factors_of(
    usual: UsualColumns,
    domain: int,
    rules: Ints,
    controlled: bool,
) -> Floats:
    """Return how many times as much a domain calls, shape (rules, symptoms).

    `controlled`: times the concurrent ratio, of that symptom or of all that the rule is not about,
    whichever is higher.
    """
    found = np.empty((len(rules), usual.others.shape[1]))
    for k in range(len(rules)):
        found[k] = usual.multiplier[domain, : found.shape[1]]
    if controlled:
        found *= concurrent_factors(usual.ratios, domain, usual.others[rules])
    return found
