"""Habits of places: hours at which a domain calls more than it should, day after day.

A batch job each evening, a shop that opens: what comes at one hour on several days of a week is
no failure. It is told from one by its days, not by its calls: one outage, however large, is one
day. An hour that was high on at least four of the last seven days is expected to be so again, by
a multiple of its median day, since a batch does not spread over its hour. It is expected of the
lines of that domain, and so accounts for their calls under every domain that they are in.

All calls count, explained or not: else a habit that is taken for an incident every evening would
never be learned.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

import numpy as np

from correlator.engine.arrays import Floats
from correlator.engine.rates.tuning import TUNING
from correlator.engine.state.carry import Renumbering
from correlator.model import DAY, HOUR, MINUTE, Millis


class PlaceHabits:
    """The high hours of each domain, by hour of the day.

    `hour[u]`: calls of the hour under way, counted by `concurrent.count_ticket`; `extra[u]`: calls
    per τ that a habit adds just now; `any`: whether any domain has one.
    """

    def __init__(self, sizes: Floats, hour_of_week: Callable[[Millis], int]) -> None:
        """`sizes[u]`: customers of each domain; `hour_of_week`: where the hotline is."""
        self._sizes = sizes
        self._hour_of_week = hour_of_week
        self.hour: Floats = np.zeros(len(sizes))
        self.extra: Floats = np.zeros(len(sizes))
        self.any = False
        # By hour of the day, then by domain: the days on which it was high, and their calls.
        self._high: tuple[dict[int, list[tuple[int, float]]], ...] = tuple({} for _ in range(24))

    def of_line(self, domains: Sequence[int]) -> float:
        """Return the calls per τ that habits add to one line in these domains just now."""
        return max(float(self.extra[d]) / max(1.0, float(self._sizes[d])) for d in domains)

    def pass_slot(self, ends: Millis, rate: float) -> None:
        """Let a slot pass that ended then; `rate`: usual calls per line and hour in it."""
        if ends % HOUR:
            return
        begins, expected = ends - HOUR, self._sizes * rate
        day, hour = begins // DAY, self._hour_of_week(begins) % 24
        high = np.flatnonzero(self.hour >= TUNING.habit_calls)
        for domain in high[self.hour[high] > TUNING.habit_times * expected[high]].tolist():
            self._high[hour].setdefault(domain, []).append((day, float(self.hour[domain])))
        self.hour[:] = 0.0
        self._forget(day, hour)

    def _forget(self, day: int, hour: int) -> None:
        oldest, high = day - TUNING.habit_days, self._high[hour]
        for domain in [domain for domain, days in high.items() if days[0][0] <= oldest]:
            high[domain] = [one for one in high[domain] if one[0] > oldest]
            if not high[domain]:
                del high[domain]

    def begin_slot(self, now: Millis, pace: float) -> None:
        """Expect the habits of the hour; a little before it, and half an hour after.

        `pace`: τ per hour.
        """
        if self.any:
            self.extra[:] = 0.0
            self.any = False
        near = (now, now - 30 * MINUTE, now + 15 * MINUTE)
        for hour in {self._hour_of_week(time) % 24 for time in near}:
            for domain, days in self._high[hour].items():
                if len(days) >= TUNING.habit_from:
                    calls = TUNING.habit_peak * median(calls for _, calls in days) / pace
                    self.extra[domain] = max(self.extra[domain], calls)
                    self.any = True

    def state(self) -> dict[str, Any]:
        """Return what was counted, for a snapshot."""
        counted = np.flatnonzero(self.hour)
        return {
            "hour": [counted.tolist(), self.hour[counted].tolist()],
            "high": [
                [domain * 24 + hour, days]
                for hour, high in enumerate(self._high)
                for domain, days in high.items()
            ],
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Restore what `state` returned; `begin_slot` comes next."""
        places, counts = state["hour"]
        self.hour[:] = 0.0
        self.hour[np.array(places, np.int64)] = counts
        for high in self._high:
            high.clear()
        for key, days in state["high"]:
            self._high[key % 24][key // 24] = [(day, calls) for day, calls in days]

    def carry_over(self, state: dict[str, Any], moved: Renumbering) -> None:
        """Keep the habits of the domains that another inventory has as well."""
        for key, days in state["high"]:
            domain = moved.domain(key // 24)
            if domain is not None:
                self._high[key % 24][domain] = [(day, calls) for day, calls in days]
