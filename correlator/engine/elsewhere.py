"""What all the other customers do: a domain that holds many of them is judged against the rest.

The eight o'clock step, a match, a large site that is down: everybody calls a little more, and each
domain with a large share of the customers looks as if it had failed. So its expected rate is raised
by the ratio of seen to expected tickets outside it, over the last half hour, where that is above 1.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from correlator.engine.kernels import elsewhere_each

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

_LARGE = (0.03, 0.97)  # share of all customers from which, and up to which, there is a "rest"
_HALF_LIFE_SLOTS = 4.0  # slots of five minutes
_KEEPS = 2.0 ** (-1.0 / _HALF_LIFE_SLOTS)  # share of what was counted that stays, slot by slot


class Elsewhere:
    """Tickets seen and expected lately, by symptom, in each large domain and in all.

    `index[u]`: the row of a large domain in `seen` and `rest`, or −1; the last row of `seen` is
    everybody. Tickets of now are counted by `kernels.count_ticket`, with everything else.
    """

    def __init__(self, sizes: Floats) -> None:
        """`sizes[u]`: customers of each domain; the last one holds everybody."""
        share = sizes / max(1.0, float(sizes[-1]))
        found = np.flatnonzero((share >= _LARGE[0]) & (share <= _LARGE[1]))
        self.index: Ints = np.full(len(sizes), -1, np.int64)
        self.index[found] = np.arange(len(found))
        self.rest: Floats = 1.0 - share[found]
        self.seen: Floats = np.zeros((len(found) + 1, 1))
        self.expected: Floats = np.zeros(1)

    def room(self, symptoms: int) -> None:
        """Make room for that many symptoms."""
        more = symptoms - len(self.expected)
        if more > 0:
            self.seen = np.hstack([self.seen, np.zeros((len(self.seen), more))])
            self.expected = np.concatenate([self.expected, np.zeros(more)])

    def close_slot(self, expected: Floats) -> None:
        """Let a slot of five minutes pass in which `expected[s]` tickets were expected in all."""
        self.room(len(expected))
        self.seen *= _KEEPS
        self.expected[: len(expected)] += expected
        self.expected *= _KEEPS

    def clear(self, symptom: int) -> None:
        """Forget a symptom: its index goes to another."""
        self.seen[:, symptom] = 0.0
        self.expected[symptom] = 0.0

    def ratios(self, domain: int) -> Floats:
        """Return seen ÷ expected outside a large domain, at least 1, per symptom."""
        return elsewhere_each(self.index[domain], self.seen, self.expected, self.rest)

    def state(self) -> dict[str, Any]:
        """Return what was counted, for a snapshot."""
        return {"seen": self.seen, "expected": self.expected}

    def restore(self, state: dict[str, Any]) -> None:
        """Stand where `state` was taken."""
        self.seen, self.expected = state["seen"], state["expected"]
