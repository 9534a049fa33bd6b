"""Outcomes: whether customers follow an alarm, a Beta–binomial count per kind of alarm.

P(followed) of a kind (type of object, probable cause, severity) is the posterior mean under a Beta
prior: a rule's share of such alarms that customers follow, worth ten alarms. Flapping and cosmetic
alarms lose their weight by that.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from correlator.engine.alarms.tuning import TUNING
from correlator.engine.arrays import drop_oldest


class Trial(msgspec.Struct):
    """An alarm whose outcome (do customers follow?) is still open."""

    alarm: str
    domain: int
    kind: str
    tau: float
    followed: bool = False


class Booked(msgspec.Struct):
    """An outcome that has been counted at `tau`."""

    kind: str
    followed: bool
    tau: float


class AlarmOutcomes:
    """Counts of [followed, not followed] by kind, and the outcomes that may still change."""

    def __init__(self) -> None:
        self._trials: deque[Trial] = deque()
        self._booked: dict[str, Booked] = {}  # alarm → its outcome, oldest first
        self._counts: dict[str, list[float]] = {}

    def begin(self, alarm: str, domain: int, kind: str, tau: float) -> None:
        """Open the trial of an alarm raised at `tau`."""
        self._trials.append(Trial(alarm, domain, kind, tau))

    def share_followed(self, kind: str, start: float) -> float:
        """Return P(customers follow such an alarm), from the rule's starting share."""
        followed, not_followed = self._counts.get(kind, (0.0, 0.0))
        return (followed + start * TUNING.start_count) / (
            followed + not_followed + TUNING.start_count
        )

    def follow(self, domains: frozenset[int], since: float) -> None:
        """Record that customers called about these domains: open trials since τ are followed."""
        for trial in self._trials:
            if trial.tau >= since and trial.domain in domains:
                trial.followed = True

    def learn(self, tau: float) -> None:
        """Book the outcome of alarms that are old enough."""
        while self._trials and self._trials[0].tau < tau - TUNING.outcome_tau:
            trial = self._trials.popleft()
            self._book(trial.kind, 1.0, followed=trial.followed)
            self._booked.pop(trial.alarm, None)
            self._booked[trial.alarm] = Booked(trial.kind, trial.followed, tau)
        drop_oldest(self._booked, lambda booked: booked.tau < tau - TUNING.booked_tau)

    def _book(self, kind: str, count: float, *, followed: bool) -> None:
        outcome = self._counts.setdefault(kind, [0.0, 0.0])
        column = 0 if followed else 1
        outcome[column] = max(0.0, outcome[column] + count)

    def judge(
        self, alarms: Iterable[str], standing: Mapping[str, str], *, followed: bool, extra: float
    ) -> tuple[str, ...]:
        """Correct by a person's verdict whether customers followed these alarms.

        An outcome that is booked otherwise is moved; each of their kinds, which are returned,
        counts `extra` more. `standing`: the kinds of those that still stand.
        """
        kinds: dict[str, None] = {}
        wanted = frozenset(alarms)
        for trial in self._trials:
            if trial.alarm in wanted:
                trial.followed = followed
                kinds[trial.kind] = None
        for alarm in sorted(wanted):
            booked = self._booked.get(alarm)
            if booked is not None:
                kinds[booked.kind] = None
                if booked.followed != followed:
                    self._book(booked.kind, -1.0, followed=booked.followed)
                    self._book(booked.kind, 1.0, followed=followed)
                    booked.followed = followed
            elif alarm in standing:
                kinds[standing[alarm]] = None
        for kind in kinds:
            self._book(kind, extra, followed=followed)
        return tuple(kinds)

    def undo(self, kinds: Iterable[str], extra: float) -> None:
        """Undo the extra counts of a confirmation for these kinds."""
        for kind in kinds:
            self._book(kind, -extra, followed=True)

    def state(self) -> dict[str, Any]:
        """Return everything, for a snapshot."""
        return {"trials": list(self._trials), "booked": self._booked, "counts": self._counts}

    def restore(self, state: dict[str, Any]) -> None:
        """Restore what `state` returned."""
        self._trials = deque(msgspec.convert(state["trials"], list[Trial]))
        self._booked = msgspec.convert(state["booked"], dict[str, Booked])
        self._counts = state["counts"]

    def carry_over(self, state: dict[str, Any]) -> None:
        """Restore the counts; open trials are by domain, and are dropped."""
        self.restore({**state, "trials": []})
