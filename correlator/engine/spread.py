"""How unlike each other places are: what "this one calls like the others" is worth.

Places of a kind call g times as much as is expected of them; over the places g has mean 1 and
variance 1/a. Of a place where E are expected and N were seen, `(N − E)² − N` is `E²/a` in the mean
(moments of the negative binomial, Anscombe 1949, Biometrika 36), so the places of a kind together
tell their a: large where all are alike, small where old copper calls three times as much. Shrinking
each place with the a of its kind is empirical Bayes: the network says how far it can be trusted.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

_FIRST = 8.0  # a before anything is known
_WORTH = 128.0  # places that expect one ticket each, which that guess is worth
_RANGE = (1.0, 100.0)


def likeness(seen: Floats, expected: Floats, kinds: Ints, spent: float) -> Floats:
    """Return a for every place and column: the tickets that the mean of its kind is worth.

    `seen` and `expected` have the shape (places, columns); `kinds[place]` is the index of its kind.
    `spent`: Σw²/Σw of the weights w that old tickets have left, the variance of a faded count for
    each ticket in it.
    """
    count = int(kinds.max()) + 1
    excess = _sums(kinds, (seen - expected) ** 2 - spent * seen, count)
    known = _sums(kinds, expected**2, count)
    unlike = (_WORTH / _FIRST + excess) / (_WORTH + known)
    found: Floats = 1.0 / np.clip(unlike, 1.0 / _RANGE[1], 1.0 / _RANGE[0])
    return found[kinds]


def _sums(kinds: Ints, values: Floats, count: int) -> Floats:
    return np.stack([np.bincount(kinds, column, count) for column in values.T], axis=1)
