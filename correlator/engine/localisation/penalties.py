"""Penalties of causes: the log odds, in nats, against what is named among many, or fails seldom."""

from __future__ import annotations

import math
from collections.abc import Iterable

from correlator.engine.localisation.tuning import TUNING
from correlator.engine.localisation.views import Concurrent
from topology import Scope, Topology


class Penalties:
    """Penalties by kind of scope."""

    def __init__(self, topology: Topology, concurrent: Concurrent) -> None:
        self._topology = topology
        self._concurrent = concurrent
        self._outside = topology.domain_count - 1
        self._first_group = len(topology.graph)  # equipment first, then groups of customers
        firsts = [int(domains[0]) for domains in topology.types.values()]
        self._columns = sum(self._first_group <= first < self._outside for first in firsts)

    def of_each(self, causes: Iterable[tuple[Scope, float]]) -> list[float]:
        """Return `of` each cause: of its scope, and the weight of its alarms."""
        return [self.of(scope, alarm) for scope, alarm in causes]

    def of(self, scope: Scope, alarm: float) -> float:
        """Return the penalty of causes of a scope's kind, in nats; `alarm`: its alarm prior.

        A combination pays for each further column, neighbours for the choice among all of them: the
        logarithm of how many such choices there are (a Bonferroni correction in nats).
        """
        domain = scope.domain
        if scope.also:
            return TUNING.group_penalty + TUNING.column_penalty * len(scope.also)
        if scope.among:
            return TUNING.group_penalty + self._choice(scope.among)
        if domain == self._outside:
            return TUNING.outside_penalty
        everybody = self._concurrent.everybody[domain]
        grouped = (everybody and alarm <= 0.0) or domain >= self._first_group
        return TUNING.group_penalty if grouped else 0.0

    def _choice(self, among: tuple[int, ...]) -> float:
        """Return ln of how many sets of neighbours there are to choose this one from.

        Of values, in any column: in one of them some of everybody's callers lack a value by chance.
        """
        arcs = self._topology.arcs(among[:1])
        if among in arcs:
            return math.log(len(arcs))
        choices = _log_choices(1 + len(self._topology.siblings(among[0])), len(among))
        return choices + (math.log(self._columns) if among[0] >= self._first_group else 0.0)


def _log_choices(all_of_them: int, chosen: int) -> float:
    """Return ln of how many ways there are to choose so many of all."""
    lgamma = math.lgamma
    return lgamma(all_of_them + 1) - lgamma(chosen + 1) - lgamma(all_of_them - chosen + 1)
