"""Alarm records: an alarm boosts the rows of its domain until it fades or clears."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from correlator.engine.alarms import (
    CHILD_WINDOW,
    AlarmBook,
    AlarmGroups,
    AlarmHierarchy,
    MaintenanceCalendar,
    Standing,
)
from correlator.engine.handlers.tuning import TUNING
from correlator.engine.handlers.views import AlarmHeartbeat, Boosts
from correlator.engine.incidents import Move, Registry
from correlator.engine.rates import Moment
from correlator.engine.settings import EngineSettings
from correlator.model import (
    HOUR,
    Alarm,
    AlarmKept,
    AlarmState,
    Effect,
    Reason,
    ReasonCode,
    Suppressed,
)
from rules.model import Rule
from topology import Topology


class AlarmHandler:
    """Handles records of alarms: raised, updated or cleared."""

    def __init__(  # noqa: PLR0913, PLR0917 - narrow views instead of one wide one
        self,
        topology: Topology,
        rules: Sequence[Rule],
        settings: EngineSettings,
        emit: Callable[[Effect], None],
        feeds: AlarmHeartbeat,
        book: AlarmBook,
        groups: AlarmGroups,
        hierarchy: AlarmHierarchy,
        works: MaintenanceCalendar,
        bursts: Boosts,
        incidents: Registry,
    ) -> None:
        self._topology = topology
        self._rules = rules
        self._heeds = settings.use_alarms
        self._emit = emit
        self._feeds = feeds
        self._book = book
        self._groups = groups
        self._hierarchy = hierarchy
        self._works = works
        self._bursts = bursts
        self._incidents = incidents

    def _kept(self, alarm: Alarm, *, known: bool) -> AlarmKept:
        """Return a record with the fault that it tells of."""
        fault = self._book.find(alarm.id)
        cleared = alarm.state is AlarmState.CLEARED
        if not known or self._book.is_late(alarm) or (cleared and fault is None):
            return AlarmKept(alarm, known)
        if fault is None:
            return AlarmKept(alarm, known, alarm.occurred, alarm.cause, alarm.severity)
        severity = fault.severity if cleared else alarm.severity
        return AlarmKept(alarm, known, fault.raised, fault.cause, severity)

    def handle(self, alarm: Alarm, moment: Moment) -> None:
        """Handle one record."""
        self._feeds.heard_alarm(moment.now)
        domain = self._topology.domain(alarm.managed_object)
        kept = self._kept(alarm, known=domain is not None)
        self._emit(kept)
        if domain is None or not self._heeds:
            return
        raised = self._book.take(alarm, domain, moment.tau)
        cleared = alarm.state is AlarmState.CLEARED
        if cleared and kept.raised:  # not one that comes late
            self._groups.cleared(alarm.id, moment.now)
        work = self._works.covers(domain, alarm.occurred)
        if work and not cleared:
            reason = Reason(ReasonCode.IN_MAINTENANCE, {"alarm": alarm.id, "works": work})
            self._emit(Suppressed(alarm.managed_object, "", moment.now, reason))
        elif raised is not None:
            self._raised(raised, moment)
        elif cleared and not self._book.any_on(domain):
            self._cleared(alarm, domain, moment)

    def _raised(self, raised: Standing, moment: Moment) -> None:
        self._fails_again(raised.domain, moment)
        self._groups.raised(raised, moment.tau)
        self._boost_for(raised, moment.tau)
        for parent in self._topology.parents(raised.domain):
            self._boost_for_children(parent, moment.tau)

    # ------------------------------------------------------------------------------ boosts

    def boost_again(self) -> None:
        """Boost rows that have been reset by the standing alarms."""
        for standing in self._book.standing():
            self._boost_for(standing, standing.tau)

    def overrun(self, domain: int, moment: Moment) -> None:
        """Count the alarms that still stand below a domain whose works should be over."""
        for below in (domain, *self._topology.equipment_under(domain)):
            for standing in self._book.on(below):
                self._book.count_from(standing, moment.tau)
                self._boost_for(standing, moment.tau)
                if self._works.covers(below, standing.raised):  # it was held back
                    now = replace(standing, arrived=moment.now)
                    self._groups.raised(now, moment.tau)

    def _boost_for(self, raised: Standing, tau: float) -> None:
        """Boost the rows for which an alarm is evidence: its domain's, and passive children's."""
        if self._hierarchy.out_of_sight(raised):
            return
        self._expect(raised)
        passive = self._hierarchy.passive_children(raised.domain)
        for row, index in self._bursts.streams_on((raised.domain, *passive)):
            rule = self._rules[index]
            weight = self._book.weight(raised, rule.alarm_follows(raised.cause, raised.severity))
            if weight > 0:
                self._bursts.boost(row, weight, rule.alarm_fade / HOUR, tau)

    def _expect(self, raised: Standing) -> None:
        """Have the alarm shown as predicted once it has stood for long enough, if a rule asks."""
        customers = self._topology.sizes[raised.domain]
        for _, index in self._bursts.streams_on((raised.domain,)):
            rule = self._rules[index]
            start = rule.alarm_follows(raised.cause, raised.severity)
            if rule.predict is None or customers < rule.predict.customers or start <= 0:
                continue
            if self._book.share_followed(raised, start) >= TUNING.predicted_share:
                self._book.expect(raised, index, rule.predict.after)
                return

    def _boost_for_children(self, parent: int, tau: float) -> None:
        weight = self._hierarchy.children_weight(parent, tau - CHILD_WINDOW, tau)
        if weight > 0:
            for row, index in self._bursts.streams_on((parent,)):
                rule = self._rules[index]
                if rule.alarms:
                    self._bursts.boost(row, weight, rule.alarm_fade / HOUR, tau)

    # ---------------------------------------------------------------- effects on incidents

    def _cleared(self, alarm: Alarm, domain: int, moment: Moment) -> None:
        passive = self._hierarchy.passive_children(domain)
        self._bursts.end_boost((domain, *passive), moment.tau)
        for live in self._incidents.naming(domain):
            if not any(map(self._book.any_on, live.scope.parts)):
                live.alarm_cleared(moment.now)
        for live in self._incidents.candidates():
            if live.scope.domain == domain and live.reason.code is ReasonCode.PREDICTED:
                reason = Reason(ReasonCode.ALARM_CLEARED, {"alarm": alarm.id})
                self._incidents.move(live, Move.FADE, moment.now, reason)

    def _fails_again(self, domain: int, moment: Moment) -> None:
        """Resolve incidents whose alarm comes back long after its clear: another failure."""
        for live in self._incidents.naming(domain):
            clear = live.alarms_clear_since
            live.alarm_stands()
            faded = live.rate(moment.tau) < TUNING.faded_to * live.peak
            long = clear is not None and moment.now - clear >= TUNING.clear_long
            if clear is not None and long and live.own_alarm and faded:
                hours = round((moment.now - clear) / HOUR, 1)
                reason = Reason(ReasonCode.FAILS_AGAIN, {"hours": hours})
                self._incidents.move(live, Move.RESOLVE, moment.now, reason)
