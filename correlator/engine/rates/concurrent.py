"""The concurrent ratio: calls seen ÷ expected among all other customers, as a control group.

When a hotline opens, a match begins or a large site is down, everybody calls a little more: domains
with many customers seem to have failed, and three callers below one card are nothing unusual. So a
domain's expected rate is multiplied by the ratio of seen to expected calls about the symptom among
the customers outside it, over about the last half hour, where that is above 1: a concurrent control
group beside the historical baseline. With few calls the ratio is shrunk towards 1; that of a large
domain, at hours of the day that are overdispersed (`overdispersion`), towards the ratio of all
other symptoms. (That of a small one is not: it would need several times as many callers at each
opening.)

Callers of whom neither customer nor place is known are in no domain's control group: they count on
neither side of the ratio, of which what is expected is the share that usually is known.

Calls about other symptoms than a rule's count as well: when a hotline opens all of them rise, when
something fails they do not. What most customers share, which has little or no control group, is
judged by its own calls about other symptoms.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from correlator.engine.arrays import Bools, Floats, Ints
from correlator.engine.rates.kernels.ratios import RatioColumns, ratio_of
from correlator.engine.rates.overdispersion import HourlyOverdispersion
from correlator.engine.rates.tuning import TUNING

_KEEPS = 2.0 ** (
    -1.0 / TUNING.half_life_slots
)  # share of what was counted that stays, slot by slot
_SPENT = 1.0 / (1.0 + _KEEPS)  # Σw²/Σw of the weights w that slots have left


class ConcurrentRatio:
    """Calls seen and expected lately, by symptom, in each large domain and in all.

    `index[u]`: the row of a domain in `seen` and `rest`, the share of the customers outside it.
    Each large domain has its own row; the one before the last is for all small ones, and stays
    zero: their control group is everybody (1). The last is everybody, without one (0). `seen` is
    counted by `count_ticket`, together with all other counts. `doubt`: how far what is expected at
    this hour is to be doubted, 0 to 1. `placed`: calls in all, and those of whom customer or place
    is known, decayed. `large[u]`: it has many customers, and others are left;
    `everybody[u]`: it has (nearly) all customers.
    """

    def __init__(self, sizes: Floats) -> None:
        """`sizes[u]`: customers of each domain; the last one holds everybody."""
        self._share = sizes / max(1.0, float(sizes[-1]))
        found = np.flatnonzero((self._share >= TUNING.large[0]) & (self._share <= TUNING.large[1]))
        large = len(found)
        self.index: Ints = np.where(self._share > TUNING.large[1], large + 1, large)
        self.index[found] = np.arange(large)
        self.index[-1] = large + 1
        self.rest: Floats = np.append(1.0 - self._share[found], (1.0, 0.0))
        rest = self.rest[self.index]
        self.large: Bools = (rest > 0.0) & (rest < 1.0)
        self.everybody: Bools = rest == 0.0
        self.seen: Floats = np.zeros((large + 2, 1))
        self.expected: Floats = np.zeros(1)
        self.placed: Floats = np.zeros(2)
        self._hours = HourlyOverdispersion()
        self.doubt = 0.0

    def reserve(self, symptoms: int) -> None:
        """Make room for that many symptoms."""
        more = symptoms - len(self.expected)
        if more > 0:
            self.seen = np.hstack([self.seen, np.zeros((len(self.seen), more))])
            self.expected = np.concatenate([self.expected, np.zeros(more)])

    def begin_slot(self, hour: int) -> None:
        """Begin a slot of this hour of the day."""
        self.doubt = self._hours.doubt(hour)

    def close_slot(self, expected: Floats, hour: int) -> None:
        """Let a slot of five minutes pass in which `expected[s]` calls were expected in all."""
        self.reserve(len(expected))
        self.expected[: len(expected)] += expected * self._placed_share()
        self._hours.learn(hour, float(self.seen[-1].sum()), float(self.expected.sum()), _SPENT)
        self.seen *= _KEEPS
        self.expected *= _KEEPS

    def _placed_share(self) -> float:
        """Return the share of calls of whom customer or place is known."""
        return float(
            (TUNING.placed_prior + self.placed[1]) / (TUNING.placed_prior + self.placed[0])
        )

    def forget(self, keep: float) -> None:
        """Keep that share of how many are known."""
        self.placed *= keep

    def clear(self, symptom: int) -> None:
        """Forget a symptom: its index goes to another."""
        self.seen[:, symptom] = 0.0
        self.expected[symptom] = 0.0

    def begin_again(self) -> None:
        """Know nothing of the last hours."""
        self.seen[:] = 0.0
        self.expected[:] = 0.0

    def columns(self) -> RatioColumns:
        """Return all columns, for compiled loops."""
        return RatioColumns(
            self.index, self._share, self.rest, self.seen, self.expected, self.doubt
        )

    def ratio(self, domain: int, symptoms: Bools) -> float:
        """Return seen ÷ expected of some symptoms together; see `ratio_of`."""
        found: float = ratio_of(self.columns(), domain, symptoms)
        return found

    def state(self) -> dict[str, Any]:
        """Return what was counted, for a snapshot."""
        return {
            "seen": self.seen,
            "expected": self.expected,
            "hours": self._hours.state(),
            "placed": self.placed,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Restore what `state` returned."""
        self.seen, self.expected = state["seen"], state["expected"]
        self._restore_learned(state)

    def carry_over(self, state: dict[str, Any]) -> None:
        """Restore the overdispersion of the hours; calls seen and expected start anew."""
        self._restore_learned(state)

    def _restore_learned(self, state: dict[str, Any]) -> None:
        self._hours.restore(state["hours"])
        self.placed = np.array(state["placed"])
