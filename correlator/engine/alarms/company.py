"""Which kinds of alarms come with others, and which equipment only flaps.

A failure raises alarms on what fails and what goes dark with it within a minute or two; a fan or a
threshold mostly alarms by itself. The share of alarms of a kind that came together with one on
related equipment is a Beta–binomial estimate, so that any vocabulary of probable causes is learned
from what it occurs with. An alarm that comes again and again tells nothing of a new failure.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import islice
from typing import Any

from correlator.engine.alarms.book import kind_of
from correlator.engine.alarms.relations import Relations
from correlator.engine.alarms.standing import Standing
from correlator.engine.alarms.tuning import TUNING
from correlator.model import DAY, Millis


class AlarmCompany:
    """Counts, by kind of alarm, those that came with others and those that came alone."""

    def __init__(self, types: Sequence[str], relations: Relations) -> None:
        """`types`: of each domain."""
        self._types = types
        self._relations = relations
        self._counts: dict[str, list[float]] = {}  # kind → [with others, alone]
        self._recent: deque[list[Any]] = deque()  # [arrived, domain, kind, came with others]
        self._raised: dict[str, list[Millis]] = {}  # object and cause → the last times

    def tells(self, alarm: Standing) -> bool:
        """Count an alarm that has been raised; returns whether it tells of a failure.

        Not where it flaps, nor where its kind hardly ever comes with others.
        """
        self._book(alarm.arrived)
        kind = kind_of(alarm, self._types)
        if self._flaps(alarm):
            return False
        self._meet(alarm, kind)
        return self._share(kind) >= TUNING.sociable

    def _share(self, kind: str) -> float:
        together, alone = self._counts.get(kind, (0.0, 0.0))
        start = TUNING.company_start
        return (start[0] + together) / (sum(start) + together + alone)

    def _flaps(self, alarm: Standing) -> bool:
        key = f"{alarm.domain}/{alarm.cause}"
        times = [t for t in self._raised.get(key, ()) if t > alarm.arrived - DAY]
        self._raised[key] = [*times[-TUNING.flaps_from :], alarm.arrived]
        return len(times) >= TUNING.flaps_from

    def _meet(self, alarm: Standing, kind: str) -> None:
        """Have the alarm and those just before it on related equipment come with others.

        Farther away than next to it chance is near: below a core something alarms every minute.
        """
        own: list[Any] = [alarm.arrived, alarm.domain, kind, False]
        related = self._recent and self._relations.next_to(alarm.domain) - {alarm.domain}
        for other in islice(reversed(self._recent), TUNING.most_recent):
            if other[1] in related:
                other[3] = own[3] = True
        self._recent.append(own)

    def _book(self, now: Millis) -> None:
        """Count the alarms that are old enough."""
        while self._recent and self._recent[0][0] < now - TUNING.at_once:
            _, _, kind, together = self._recent.popleft()
            counts = self._counts.setdefault(kind, [0.0, 0.0])
            counts[0 if together else 1] += 1.0
            if sum(counts) > TUNING.most_company:
                counts[:] = [count / 2.0 for count in counts]

    def forget(self, before: Millis) -> None:
        """Drop the times of alarms that have not come again since then."""
        for key in [key for key, times in self._raised.items() if times[-1] < before]:
            del self._raised[key]

    def state(self) -> dict[str, Any]:
        """Return everything, for a snapshot."""
        return {"counts": self._counts, "recent": list(self._recent), "raised": self._raised}

    def restore(self, state: dict[str, Any]) -> None:
        """Restore what `state` returned."""
        self._counts, self._raised = state["counts"], state["raised"]
        self._recent = deque(state["recent"])

    def carry_over(self, state: dict[str, Any]) -> None:
        """Keep what was learned of kinds; the domains are those of another inventory."""
        self._counts = state["counts"]
