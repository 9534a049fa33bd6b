"""Empirical-Bayes shrinkage of the domains' multipliers (Gamma–Poisson, dispersion by type).

A domain calls g times as much as is expected of it; over the domains of a type (a *kind* of place
here) g has mean 1 and variance 1/a. Of a domain where E calls are expected and N were seen,
`(N − E)² − N` is `E²/a` in the mean (moments of the negative binomial, Anscombe 1949, Biometrika
36), so a is estimated from all domains of a type: large where all are alike, small where those on
old copper call three times as much. Each domain is shrunk to its parent with the a of its type.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from correlator.engine.arrays import Floats, Ints
from correlator.engine.rates.tuning import TUNING

_FIRST = TUNING.first_shape
_WORTH = TUNING.first_places
_RANGE = TUNING.shape_range


@njit(cache=True)
def dispersion(seen: Floats, expected: Floats, kinds: Ints, spent: float) -> Floats:
    """Return the shape a by kind and column: calls that the mean of its kind is worth to a place.

    `seen` and `expected` have the shape (places, columns); `kinds[place]` is the index of its kind.
    `spent`: Σw²/Σw of the weights w that old calls have left, the variance of a faded count for
    each call in it.
    """
    columns = seen.shape[1]
    excess = np.full((kinds.max() + 1, columns), _WORTH / _FIRST)
    known = np.full(excess.shape, _WORTH)
    for place in range(len(seen)):
        kind = kinds[place]
        for k in range(columns):
            usual = expected[place, k]
            excess[kind, k] += (seen[place, k] - usual) ** 2 - spent * seen[place, k]
            known[kind, k] += usual * usual
    unlike = np.minimum(np.maximum(excess / known, 1.0 / _RANGE[1]), 1.0 / _RANGE[0])
    found: Floats = 1.0 / unlike
    return found


@njit(cache=True)
def shrink(  # noqa: PLR0913, PLR0917 - what is known of places, and what is found
    places: Ints,
    parents: Ints,
    kinds: Ints,
    tickets: NDArray[np.float32],
    sizes: Floats,
    usual: Floats,
    spent: float,
    mean: Floats,
    each: Floats,
    upper: Floats,
) -> None:
    """Estimate g of these places, whose parents' are known: of all symptoms (`mean`), of each.

    `g = (a·prior + seen) / (a + n·usual)`, with a as the kind has it. The prior is the parent's g,
    for each symptom times what g of all symptoms is to the parent's; 1 for a place that is its own
    parent. `tickets[place, symptom]`: seen; `usual[symptom]`: expected per line. Leaves g and one
    standard deviation in `upper`.
    """
    count, symptoms = len(places), len(usual)
    seen = np.empty((count, symptoms))
    total, expected, before = np.zeros((count, 1)), np.empty((count, 1)), np.ones(count)
    for i in range(count):
        place = places[i]
        for k in range(symptoms):
            seen[i, k] = max(tickets[place, k], 0.0)
            total[i, 0] += seen[i, k]
        if parents[place] != place:
            before[i] = mean[parents[place]]
        expected[i, 0] = before[i] * sizes[place] * usual.sum()
    kind = kinds[places]
    alike = dispersion(total, expected, kind, spent)
    prior, own = np.empty(seen.shape), np.empty(seen.shape)
    for i in range(count):
        place, a = places[i], alike[kind[i], 0]
        mean[place] = (a * before[i] + total[i, 0]) / (a + sizes[place] * usual.sum())
        for k in range(symptoms):
            above = each[parents[place], k] if parents[place] != place else 1.0
            prior[i, k] = above * mean[place] / before[i]
            own[i, k] = prior[i, k] * sizes[place] * usual[k]
    alike = dispersion(seen, own, kind, spent)
    for i in range(count):
        place = places[i]
        for k in range(symptoms):
            a = alike[kind[i], k]
            shape, exposure = a * prior[i, k] + seen[i, k], a + sizes[place] * usual[k]
            each[place, k] = shape / exposure
            upper[place, k] = (shape + math.sqrt(shape)) / exposure
