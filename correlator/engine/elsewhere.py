"""What all the other customers do: a domain is judged against the rest of them.

The eight o'clock step, a match, a large site that is down: everybody calls a little more, domains
with many customers look as if they had failed, and three strangers below one card are no wonder.
So a domain's expected rate is raised by the ratio of seen to expected tickets of the symptom
outside it, over the last half hour, where that is above 1. Few calls say little: the ratio is drawn
towards 1; that of a large domain, at hours of the day that cannot be foreseen (`forecast`), towards
the ratio of all other symptoms. A small one would be asked for several times as many callers at
each opening.

And by calls about other things: when a hotline opens all of them rise, when something fails they do
not. What most customers share, which has little rest or none, is judged by its own such calls.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from correlator.engine.forecast import Forecast
from correlator.engine.kernels import MOST_RISEN, OTHERS_PRIOR, elsewhere_each

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

_LARGE = (0.03, 0.97)  # share of all customers from which, and up to which, there is a "rest"
_MOST = 0.5  # share of all customers from which a domain's own calls about other things count
_HALF_LIFE_SLOTS = 4.0  # slots of five minutes
_KEEPS = 2.0 ** (-1.0 / _HALF_LIFE_SLOTS)  # share of what was counted that stays, slot by slot
_SPENT = 1.0 / (1.0 + _KEEPS)  # Σw²/Σw of the weights w that slots have left


class Elsewhere:
    """Tickets seen and expected lately, by symptom, in each large domain and in all.

    `index[u]`: the row of a domain in `seen` and `rest`, the share of the customers outside it.
    Each large domain has its own row; the one before the last is for all small ones, and stays
    zero: everybody is their rest (1). The last is everybody, who has none (0). Tickets of now are
    counted by `kernels.count_ticket`, with everything else. `doubt`: how far what is expected at
    this hour is to be doubted, 0 to 1.
    """

    def __init__(self, sizes: Floats) -> None:
        """`sizes[u]`: customers of each domain; the last one holds everybody."""
        self._share = sizes / max(1.0, float(sizes[-1]))
        found = np.flatnonzero((self._share >= _LARGE[0]) & (self._share <= _LARGE[1]))
        large = len(found)
        self.index: Ints = np.where(self._share > _LARGE[1], large + 1, large)
        self.index[found] = np.arange(large)
        self.index[-1] = large + 1
        self.rest: Floats = np.append(1.0 - self._share[found], (1.0, 0.0))
        self.seen: Floats = np.zeros((large + 2, 1))
        self.expected: Floats = np.zeros(1)
        self._forecast = Forecast()
        self.doubt = 0.0

    def large(self, domain: int) -> bool:
        """Say whether a domain has many customers, and others are left."""
        return bool(0.0 < self.rest[self.index[domain]] < 1.0)

    def everybody(self, domain: int) -> bool:
        """Say whether a domain has (nearly) all customers."""
        return bool(self.rest[self.index[domain]] == 0.0)

    def room(self, symptoms: int) -> None:
        """Make room for that many symptoms."""
        more = symptoms - len(self.expected)
        if more > 0:
            self.seen = np.hstack([self.seen, np.zeros((len(self.seen), more))])
            self.expected = np.concatenate([self.expected, np.zeros(more)])

    def begin_slot(self, hour: int) -> None:
        """Begin a slot of this hour of the day."""
        self.doubt = self._forecast.doubt(hour)

    def close_slot(self, expected: Floats, hour: int) -> None:
        """Let a slot of five minutes pass in which `expected[s]` tickets were expected in all."""
        self.room(len(expected))
        self.expected[: len(expected)] += expected
        self._forecast.learn(hour, float(self.seen[-1].sum()), float(self.expected.sum()), _SPENT)
        self.seen *= _KEEPS
        self.expected *= _KEEPS

    def clear(self, symptom: int) -> None:
        """Forget a symptom: its index goes to another."""
        self.seen[:, symptom] = 0.0
        self.expected[symptom] = 0.0

    def ratios(self, domain: int) -> Floats:
        """Return seen ÷ expected outside a domain, at least 1, of a small one at most 5."""
        return elsewhere_each(self.index[domain], self.seen, self.expected, self.rest, self.doubt)

    def risen(self, domain: int, symptoms: NDArray[np.bool_]) -> float:
        """Return the same as `ratio`, 1 to 5."""
        return min(max(1.0, self.ratio(domain, symptoms)), MOST_RISEN)

    def ratio(self, domain: int, symptoms: NDArray[np.bool_]) -> float:
        """Return seen ÷ expected of some symptoms together: of most customers, else of all."""
        share = self._share[domain]
        row, share = (self.index[domain], share) if share >= _MOST else (-1, 1.0)
        seen = self.seen[row, : len(symptoms)][symptoms].sum()
        expected = self.expected[: len(symptoms)][symptoms].sum() * share
        return float((OTHERS_PRIOR + seen) / (OTHERS_PRIOR + expected))

    def state(self) -> dict[str, Any]:
        """Return what was counted, for a snapshot."""
        forecast = self._forecast.state()
        return {"seen": self.seen, "expected": self.expected, "forecast": forecast}

    def restore(self, state: dict[str, Any]) -> None:
        """Stand where `state` was taken."""
        self.seen, self.expected = state["seen"], state["expected"]
        self._forecast.restore(state["forecast"])
