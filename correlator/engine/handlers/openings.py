"""Openings: incidents that a person opens, by declaring one or by splitting one."""

from __future__ import annotations

from collections.abc import Sequence

from correlator.engine.calls import Call
from correlator.engine.handlers.people_views import Attributing, CallsUnder, Named, RulesOn
from correlator.engine.handlers.tuning import TUNING
from correlator.engine.incidents import (
    IncidentSeed,
    LiveIncident,
    Move,
    RefusedError,
    Registry,
    person,
)
from correlator.engine.rates import Moment
from correlator.model import Action
from rules.model import Rule
from topology import Scope, Topology


class Openings:
    """Opens incidents that people ask for."""

    def __init__(  # noqa: PLR0913, PLR0917 - narrow views instead of one wide one
        self,
        topology: Topology,
        rules: Sequence[Rule],
        calls: CallsUnder,
        names: Named,
        streams: RulesOn,
        incidents: Registry,
        ledger: Attributing,
    ) -> None:
        self._topology = topology
        self._rules = rules
        self._calls = calls
        self._names = names
        self._streams = streams
        self._incidents = incidents
        self._ledger = ledger

    def scope(self, name: str) -> Scope:
        """Return a failure domain, a combination or neighbours by name; raises `RefusedError`."""
        scope = self._topology.scope(name)
        if scope is None:
            raise RefusedError(f"no failure domain {name!r}")
        return scope

    # ------------------------------------------------------------------------------- declare

    def declare(self, action: Action, moment: Moment) -> LiveIncident:
        """Open an incident on a domain, and attribute the recent calls there to it.

        Raises `RefusedError` where there is one already, or no rule is about the domain.
        """
        scope = self.scope(action.domain)
        for live in self._incidents:
            if live.scope == scope:
                raise RefusedError(f"{action.domain} has {live.id} already, {live.state}")
        rule = self._rule_for(scope, action.symptom)
        calls = self._recent(scope, rule, action.symptom, moment)
        size = max(float(self._topology.lines(scope)), 1.0)
        onset = min((call.tau for call in calls), default=moment.tau)
        count = max(float(len(calls)), TUNING.declared_calls)
        seed = IncidentSeed(
            trigger=action.event_id,
            rule=rule,
            scope=scope,
            symptom=action.symptom or self._first_symptom(rule),
            unnamed=-1,
            onset=min((call.occurred for call in calls), default=moment.now),
            onset_tau=onset,
            reason=person(action.verb, action.actor, action.text),
            calls=count,
            exposure=size * max(moment.tau - onset, TUNING.declared_span),
            tau=moment.tau,
            owner=self._incidents.owner_of(scope),
            equivalents=self._incidents.equivalents_of(scope),
            confirmed_by=action.actor,
        )
        live = self._incidents.open(seed, moment.now)
        self._ledger.attribute(live, live.rate(moment.tau), onset)
        self._incidents.move(live, Move.OPEN, moment.now, actor=action.actor)
        return live

    def _rule_for(self, scope: Scope, symptom: str) -> int:
        """Return the first rule about a scope that names the symptom, or the first one."""
        rules = self._streams.rules_for(scope.parts[0])
        if not rules:
            raise RefusedError(f"no rule is about {self._topology.scope_name(scope)}")
        return next((rule for rule in rules if self._names_symptom(rule, symptom)), rules[0])

    def _names_symptom(self, rule: int, symptom: str) -> bool:
        symptoms = self._rules[rule].symptoms
        return not isinstance(symptoms, str) and symptom in symptoms

    def _first_symptom(self, rule: int) -> str:
        symptoms = self._rules[rule].symptoms
        return "" if isinstance(symptoms, str) else next(iter(symptoms), "")

    def _recent(self, scope: Scope, rule: int, symptom: str, moment: Moment) -> list[Call]:
        """Return the recent calls in a scope that the incident can have caused."""
        recent = self._calls.under(scope.domain, moment.tau - TUNING.declared_span)
        return [
            call
            for call in self._calls.calls(recent)
            if call.counted
            and scope.holds(call.causes())
            and not call.assigned
            and self._names.can_cause(rule, call.symptom)
            and (not symptom or self._names.name_of(call.symptom) == symptom)
        ]

    # --------------------------------------------------------------------------------- split

    def split(self, live: LiveIncident, action: Action, moment: Moment) -> LiveIncident:
        """Open an incident for some tickets of another one; it is not announced yet.

        Raises `RefusedError` where none of the tickets is recent.
        """
        scope = self.scope(action.domain)
        found = (self._calls.find(ticket) for ticket in action.tickets)
        calls = [call for call in found if call is not None]
        if not calls:
            raise RefusedError("none of the tickets is recent")
        taus = sorted(call.tau for call in calls)
        seed = IncidentSeed(
            trigger=action.event_id,
            rule=live.rule,
            scope=scope,
            symptom=live.symptom,
            unnamed=live.unnamed,
            onset=min(call.occurred for call in calls),
            onset_tau=taus[0],
            reason=person("split", action.actor, live.id),
            calls=float(len(taus)),
            exposure=max(float(self._topology.lines(scope)), 1.0),
            tau=taus[-1],
            gap=(taus[-1] - taus[0]) / max(1, len(taus) - 1),
            confirmed_by=action.actor,
        )
        return self._incidents.open(seed, moment.now)
