"""Incidents of the network: alarms of one cause, as a candidate without a caller.

A group of alarms (`alarms.AlarmGroups`) on at least two equipments is shown once it has stood for a
moment: where a live incident is on its cause or on what takes that along, as part of it; else as a
candidate of its own, that fades when nothing of it stands any more. No agent reads *yes* by it
before somebody calls or a person confirms it.
"""

from __future__ import annotations

from collections.abc import Sequence

from correlator.engine.alarms import AlarmGroup, AlarmGroups
from correlator.engine.handlers.tuning import TUNING
from correlator.engine.handlers.views import (
    Attributing,
    Foreseen,
    LikelySymptoms,
    RulesOf,
    SymptomNames,
)
from correlator.engine.incidents import IncidentSeed, LiveIncident, Move, Registry
from correlator.engine.rates import Moment
from correlator.model import Reason, ReasonCode, State
from rules.model import Rule
from topology import Scope, Topology


class NetworkIncidents:
    """Shows groups of alarms as incidents."""

    def __init__(  # noqa: PLR0913, PLR0917 - narrow views instead of one wide one
        self,
        topology: Topology,
        rules: Sequence[Rule],
        groups: AlarmGroups,
        streams: RulesOf,
        profiles: LikelySymptoms,
        names: SymptomNames,
        recorder: Foreseen,
        incidents: Registry,
        ledger: Attributing,
    ) -> None:
        self._topology = topology
        self._rules = rules
        self._groups = groups
        self._streams = streams
        self._profiles = profiles
        self._names = names
        self._recorder = recorder
        self._incidents = incidents
        self._ledger = ledger

    def run(self, moment: Moment) -> None:
        """Show the groups that have changed, once each has stood for a moment."""
        waiting = [group for group in self._groups if self._is_to_show(group)]
        for group in waiting:
            if moment.now - group.first >= TUNING.group_settles:
                live = self._show(group, moment)
                number, name = (0, "") if live is None else (live.number, live.id)
                self._groups.shown(group, number, name)

    def _is_to_show(self, group: AlarmGroup) -> bool:
        """Return whether a group has changed, or its incident is another one now.

        That has been merged, or has faded while alarms stand on. Where a person has said that it is
        nothing, it is not shown any more.
        """
        last = self._incidents.picture(group.name) if group.name else None
        if last is None:
            return group.number in self._groups.pending
        if last.state is State.REJECTED:
            return False
        faded = last.state is State.CLOSED and last.announced is None and group.over is None
        moved = faded or last.state is State.MERGED or self._has_callers(group)
        return moved or group.number in self._groups.pending

    def _has_callers(self, group: AlarmGroup) -> bool:
        """Return whether callers have made an incident of the cause of a candidate of alarms."""
        live = self._incidents.get(group.incident)
        if live is None or not _is_alone(live) or not self._incidents.all_announced():
            return False
        return bool(self._announced_for(self._groups.cause_of(group)))

    def fade_orphans(self, moment: Moment) -> None:
        """End the candidates of groups that another inventory has no equipment for."""
        held = {number for group in self._groups for number in (group.incident, *group.replaced)}
        reason = Reason(ReasonCode.EQUIPMENT_GONE)
        for live in self._incidents.candidates():
            if _is_alone(live) and live.number not in held:
                self._incidents.move(live, Move.FADE, moment.now, reason)

    def _show(self, group: AlarmGroup, moment: Moment) -> LiveIncident | None:
        """Show a group; returns the incident that it is part of now."""
        scope = self._groups.cause_of(group)
        live = self._incident_of(group, scope)
        if live is None:
            if group.over is not None or len(group.began) < TUNING.fewest_alarmed:
                return None
            rule = self._rule_for(scope)
            if rule is None:
                return None
            live = self._begin(group, scope, rule, moment)
        elif live.scope == scope and len(group.began) >= TUNING.fewest_alarmed:
            self._join(live)
        live.group_alarms(group.alarms)
        self._absorb((group.incident, *group.replaced), live, moment)
        together = [one for one in self._groups if one is group or one.incident == live.number]
        standing = [one for one in together if one.over is None]
        alone = _is_alone(live)
        if alone:  # what comes later below its cause does not rename it
            self._update(live, min(standing or together, key=lambda one: one.first))
        if alone and not standing:
            reason = Reason(ReasonCode.ALARM_CLEARED, {"alarm": next(iter(group.alarms))})
            self._incidents.move(live, Move.FADE, moment.now, reason)
        else:
            self._incidents.publish(live, moment.now)
        return live

    def _incident_of(self, group: AlarmGroup, scope: Scope) -> LiveIncident | None:
        """Return the live incident that a group is part of: on its cause, or on what is above.

        Where callers have made one, that; else what it has been shown as.
        """
        numbers = (group.incident, *group.replaced)
        known = (*map(self._incidents.get, numbers), self._merged_into(group))
        living = [one for one in known if one is not None and one.state is not State.RESOLVED]
        announced = self._announced_for(scope)
        if living and not (_is_alone(living[0]) and announced):
            return living[0]
        fits = announced or self._fitting(scope, self._incidents.candidates())
        return max(fits, key=lambda live: (live.scope == scope, live.number), default=None)

    def _announced_for(self, scope: Scope) -> list[LiveIncident]:
        """Return the announced incidents on a cause, or on what takes all of it along."""
        announced = self._incidents.all_announced()
        return self._fitting(scope, announced) if announced else []

    def _fitting(self, scope: Scope, lives: Sequence[LiveIncident]) -> list[LiveIncident]:
        takes_along = [{part, *self._topology.above(part)} for part in scope.parts]
        return [
            live
            for live in lives
            if not any(causes.isdisjoint(live.scope.parts) for causes in takes_along)
        ]

    def _merged_into(self, group: AlarmGroup) -> LiveIncident | None:
        """Return the live incident into which a person has merged that of a group.

        One that only shares callers, as a platform that fails at the same time, has other alarms.
        """
        last = self._incidents.picture(group.name) if group.name else None
        if last is None or last.ended is None or last.ended.code is ReasonCode.ABSORBED:
            return None
        parent = self._incidents.find(last.parent)
        return None if parent is None else self._incidents.get(parent.number)

    def _rule_for(self, scope: Scope) -> int | None:
        """Return the rule about a cause that shows alarms, or the first one about it."""
        rules = self._streams.rules_for(scope.parts[0])
        shown = (rule for rule in rules if self._rules[rule].predict is not None)
        return next(shown, rules[0] if rules else None)

    def _begin(self, group: AlarmGroup, scope: Scope, rule: int, moment: Moment) -> LiveIncident:
        lines = self._topology.lines(scope)
        seed = IncidentSeed(
            trigger=next(iter(group.alarms)),
            rule=rule,
            scope=scope,
            symptom=self._profiles.likeliest(rule, self._names.symptoms),
            unnamed=-1,
            onset=group.first,
            onset_tau=group.tau,
            reason=self._reason(group, lines),
            calls=1.0,
            exposure=1.0 / TUNING.predicted_rate,
            tau=moment.tau,
            owner=self._incidents.owner_of(scope),
            equivalents=self._incidents.equivalents_of(scope),
            noc=self._is_told(rule),
        )
        live = self._incidents.open(seed, moment.now)
        live.keep_evidence(self._recorder.foreseen(live))
        return live

    def _is_told(self, rule: int) -> bool:
        """Return whether the NOC is told of alarms of one cause of a rule."""
        predict = self._rules[rule].predict
        return predict is not None and predict.raises == "noc"

    def _join(self, live: LiveIncident) -> None:
        """Have the NOC told of a candidate on the same cause, of a few callers or one alarm.

        One that an alarm has predicted lasts as long as all of its cause.
        """
        if live.state is not State.CANDIDATE:
            return
        if self._is_told(live.rule):
            live.tell_noc()
        if live.reason.code is ReasonCode.PREDICTED:
            live.say(Reason(ReasonCode.ALARMS_TOGETHER, live.reason.numbers))

    def _absorb(self, replaced: Sequence[int], live: LiveIncident, moment: Moment) -> None:
        """Merge the candidates of the groups that a group has taken in into its incident."""
        reason = Reason(ReasonCode.ABSORBED, {"into": live.id})
        for other in map(self._incidents.get, replaced):
            if other is not None and other is not live and _is_alone(other):
                self._ledger.release(other, reason, live)  # what people linked to it
                self._incidents.merge(other, live, moment.now, reason)

    def _update(self, live: LiveIncident, group: AlarmGroup) -> None:
        """Name the cause anew, and say how many alarms it has."""
        scope = self._groups.cause_of(group)
        rule = self._rule_for(scope)
        if scope != live.scope and rule is not None and not live.confirmed_by:
            self._incidents.relocate(live, scope, rule)
            if self._is_told(rule):
                live.tell_noc()
        live.say(self._reason(group, live.customers))

    @staticmethod
    def _reason(group: AlarmGroup, lines: int) -> Reason:
        numbers = {
            "alarms": len(group.alarms),
            "equipment": len(group.began),
            "standing": len(group.standing),
            "lines": lines,
            "calls_an_hour": round(lines * TUNING.predicted_rate, 1),
        }
        return Reason(ReasonCode.ALARMS_TOGETHER, numbers)


def _is_alone(live: LiveIncident) -> bool:
    """Return whether an incident is alarms alone: a candidate without a caller."""
    return live.state is State.CANDIDATE and live.reason.code is ReasonCode.ALARMS_TOGETHER
