"""Predictions: candidates for alarms that customers usually follow, before any has called."""

from __future__ import annotations

from correlator.engine.alarms import Standing
from correlator.engine.handlers.tuning import TUNING
from correlator.engine.handlers.views import (
    AlarmsDue,
    Foreseen,
    Grouped,
    LikelySymptoms,
    Sight,
    SymptomNames,
)
from correlator.engine.incidents import IncidentSeed, Registry
from correlator.engine.rates import Moment
from correlator.model import Reason, ReasonCode, State
from topology import Scope, Topology


class Predictions:
    """Opens candidates without a call."""

    def __init__(  # noqa: PLR0913, PLR0917 - narrow views instead of one wide one
        self,
        topology: Topology,
        alarms: AlarmsDue,
        profiles: LikelySymptoms,
        names: SymptomNames,
        recorder: Foreseen,
        incidents: Registry,
        groups: Grouped,
        sight: Sight,
    ) -> None:
        self._topology = topology
        self._alarms = alarms
        self._profiles = profiles
        self._names = names
        self._recorder = recorder
        self._incidents = incidents
        self._groups = groups
        self._sight = sight

    def run(self, moment: Moment) -> None:
        """Open a candidate for each alarm that has stood for long enough."""
        for standing in self._alarms.due(moment.now):
            known = self._is_taken(standing.domain) or self._is_rejected(standing)
            if not known and not self._sight.out_of_sight(standing):
                self._begin(standing, moment)

    def _is_taken(self, domain: int) -> bool:
        """Return whether a live incident is on a domain or on equipment that it needs."""
        above = {domain, *self._topology.above(domain)}
        return any(
            not above.isdisjoint(live.scope.parts)
            for live in self._incidents
            if live.state is not State.RESOLVED
        )

    def _is_rejected(self, standing: Standing) -> bool:
        """Return whether a person has said of the alarms of which it is one that they are nothing.

        Else each of them would come back by itself.
        """
        group = self._groups.of(standing.id)
        last = self._incidents.picture(group.name) if group is not None and group.name else None
        return last is not None and last.state is State.REJECTED

    def _begin(self, standing: Standing, moment: Moment) -> None:
        customers = int(self._topology.sizes[standing.domain])
        numbers = {
            "alarm": standing.id,
            "cause": standing.cause,
            "lines": customers,
            "calls_an_hour": round(customers * TUNING.predicted_rate, 1),
        }
        seed = IncidentSeed(
            trigger=standing.id,
            rule=standing.rule,
            scope=Scope(standing.domain),
            symptom=self._profiles.likeliest(standing.rule, self._names.symptoms),
            unnamed=-1,
            onset=standing.raised,
            onset_tau=standing.tau,
            reason=Reason(ReasonCode.PREDICTED, numbers),
            calls=1.0,
            exposure=1.0 / TUNING.predicted_rate,
            tau=moment.tau,
            alarms=(standing.id,),
            owner=self._incidents.owner_of(Scope(standing.domain)),
        )
        live = self._incidents.open(seed, moment.now)
        live.keep_evidence(self._recorder.foreseen(live))
        self._incidents.publish(live, moment.now)
