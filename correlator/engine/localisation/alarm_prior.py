"""The alarm prior: prior log odds of a cause from standing alarms, in nats."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

from correlator.engine.alarms import CHILD_WINDOW, Standing
from correlator.engine.localisation.tuning import TUNING
from correlator.engine.localisation.views import (
    NOBODY,
    AlarmRelations,
    AlarmTypes,
    Incidents,
    Rates,
    StandingAlarms,
    Streams,
)
from correlator.model import HOUR
from rules.model import Rule
from topology import Scope, Topology


class Switches(Protocol):
    """What may be switched off for ablations; see `EngineSettings`."""

    @property
    def use_alarms(self) -> bool:
        """Whether alarms are evidence."""

    @property
    def use_explaining_away(self) -> bool:
        """Whether incidents explain their consequences."""


class AlarmPrior:
    """Weighs the alarms on a domain, below and above it, as evidence for its failure."""

    def __init__(  # noqa: PLR0913, PLR0917 - narrow views instead of one wide one
        self,
        topology: Topology,
        rules: Sequence[Rule],
        switches: Switches,
        rates: Rates,
        streams: Streams,
        book: StandingAlarms,
        types: AlarmTypes,
        hierarchy: AlarmRelations,
        incidents: Incidents,
    ) -> None:
        self._topology = topology
        self._rules = rules
        self._switches = switches
        self._rates = rates
        self._streams = streams
        self._book = book
        self._types = types
        self._hierarchy = hierarchy
        self._incidents = incidents
        self._heard = [bool(rule.alarms) for rule in rules]
        self._quiet: dict[int, float | None] = {}  # by domain, until something changes
        self._as_of = (-1, -1)

    def weights(
        self,
        scope: Scope,
        onsets: Sequence[tuple[int, float]],
        without: frozenset[int] = NOBODY,
    ) -> list[float]:
        """Return the alarm prior of a failure of a scope, per rule and onset in τ, in nats.

        A combination of attribute values raises no alarm. What takes several neighbours along is
        silent, as a parent of which only the children alarm, and their alarms weigh no more; an arc
        is what alarms itself, so its heaviest counts whole.
        """
        if scope.also:
            return [0.0] * len(onsets)
        if not scope.among:
            return self._of_domain(scope.domain, onsets, without)
        each = [self._of_domain(part, onsets, without) for part in scope.among]
        arc = scope.among in self._topology.arcs(scope.among[:1])
        return [_together(weights, arc=arc) for weights in zip(*each, strict=True)]

    def _of_domain(
        self,
        domain: int,
        onsets: Sequence[tuple[int, float]],
        without: frozenset[int],
    ) -> list[float]:
        """Return the alarm prior of a failure of a domain.

        Standing alarms count from shortly before the onset on; they do not fade while the failure
        lasts. Those of a domain below an announced incident of the same onset are its consequence,
        and are no evidence; `without`: incidents for which that does not hold.
        """
        if not self._switches.use_alarms:
            return [0.0] * len(onsets)
        heard = self._heard
        quiet = self._without_alarms(domain)
        if quiet is not None:
            return [quiet if heard[rule] else 0.0 for rule, _ in onsets]
        standing = self._book.on(domain)
        return [
            self._weight(domain, rule, onset, standing, without) if heard[rule] else 0.0
            for rule, onset in onsets
        ]

    def _without_alarms(self, domain: int) -> float | None:
        """Return the weight of a domain near which no alarm stands, whenever it failed; else None.

        Kept until an alarm comes to stand, clears, or teaches something.
        """
        as_of = self._book.changes, self._types.changes
        if as_of != self._as_of:
            self._quiet, self._as_of = {}, as_of
        if domain in self._quiet:
            return self._quiet[domain]
        found = None
        if self._book.empty:
            found = self._types.silence(domain)
        elif self._hierarchy.is_quiet(domain):
            found = 0.0 if self._types.is_passive(domain) else self._types.silence(domain)
        self._quiet[domain] = found
        return found

    def _weight(
        self,
        domain: int,
        rule: int,
        onset: float,
        standing: list[Standing],
        without: frozenset[int],
    ) -> float:
        now = self._rates.moment.tau
        onset = min(onset, now)
        own = self._strongest(standing, rule, onset)
        if not own and self._types.is_passive(domain):
            own = max(0.0, self._lent(domain, onset) - TUNING.lent)
        found = self._hierarchy.log_odds(domain, own, onset - CHILD_WINDOW, now)
        return 0.0 if found > 0.0 and self._is_consequence(domain, onset, without) else found

    def _lent(self, domain: int, onset: float) -> float:
        """Return the weight of the strongest alarm on what a passive domain hangs on."""
        return max(
            (
                self._strongest(self._book.on(above), rule, onset)
                for above in self._topology.parents(domain)
                for rule in self._streams.rules_on.get(above, ())
            ),
            default=0.0,
        )

    def _strongest(self, standing: list[Standing], rule: int, onset: float) -> float:
        """Return the weight of the strongest of some alarms, for one rule."""
        if not standing:
            return 0.0
        known = self._rules[rule]
        fade = known.alarm_fade / HOUR
        found = max(
            (
                self._book.weight(alarm, known.alarm_follows(alarm.cause, alarm.severity))
                for alarm in standing
                if alarm.tau >= onset - fade and not self._hierarchy.out_of_sight(alarm)
            ),
            default=0.0,
        )
        if found <= 0.0:
            return found
        # The longer the wait for an alarm, the likelier is one that has another reason.
        return max(0.0, found - math.log(1.0 + (self._rates.moment.tau - onset) / fade))

    def _is_consequence(self, domain: int, onset: float, without: frozenset[int]) -> bool:
        """Return whether an announced incident above a domain began at about that time."""
        if not self._switches.use_explaining_away:
            return False
        return any(
            live.number not in without and abs(live.onset_tau - onset) <= CHILD_WINDOW
            for live in self._incidents.announced_above(domain)
        )


def _together(weights: Sequence[float], *, arc: bool) -> float:
    """Return the weight of the alarms of neighbours, in nats: of an arc the heaviest is whole."""
    whole = max(weights) if arc else 0.0
    return whole + min(sum(weights) - whole, TUNING.most_beside)
