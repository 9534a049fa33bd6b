"""Ageing of incidents, minute by minute: they are reviewed, resolved, closed, or fade."""

from __future__ import annotations

from collections.abc import Sequence

from correlator.engine.alarms import Standing
from correlator.engine.handlers.tuning import TUNING
from correlator.engine.handlers.views import (
    AlarmsOn,
    FailedTypes,
    FailureRates,
    Reviewing,
    TicketsAlive,
)
from correlator.engine.incidents import LiveIncident, Move, Registry
from correlator.engine.rates import Moment
from correlator.model import ALARMS_ALONE, ANNOUNCED, HOUR, Millis, Reason, ReasonCode, State
from rules.model import Rule


class IncidentAgeing:
    """Lets a minute pass for all live incidents."""

    def __init__(  # noqa: PLR0913, PLR0917 - narrow views instead of one wide one
        self,
        rules: Sequence[Rule],
        equipment: int,
        feeds: TicketsAlive,
        alarms: AlarmsOn,
        types: FailedTypes,
        bursts: FailureRates,
        alerts: Reviewing,
        incidents: Registry,
    ) -> None:
        """`equipment`: how many domains are equipment; they come first."""
        self._rules = rules
        self._equipment = equipment
        self._feeds = feeds
        self._alarms = alarms
        self._types = types
        self._bursts = bursts
        self._alerts = alerts
        self._incidents = incidents

    def run(self, moment: Moment) -> None:
        """Go over all live incidents; called once a minute of event time."""
        reviews = 0
        for live in self._incidents:
            reviews += self._pass(live, moment, may_review=reviews < TUNING.most_reviews)

    def _pass(self, live: LiveIncident, moment: Moment, *, may_review: bool) -> bool:
        """Let time pass for an incident; returns whether it was reviewed."""
        reviewed = False
        if live.state is State.CANDIDATE:
            if live.reason.code not in ALARMS_ALONE:  # which lasts as long as its alarms
                self._fade(live, moment)
        elif live.state is State.RESOLVED:
            self._close(live, moment)
        elif live.state in ANNOUNCED:
            if any(map(self._alarms.any_on, live.scope.parts)):
                live.alarmed()
            reviewed = may_review and self._has_grown(live)
            if reviewed:
                self._alerts.review(live)
            if live.state in ANNOUNCED:
                self._resolve(live, moment)
        if live.dirty and self._incidents.get(live.number) is live:
            self._incidents.publish(live, moment.now)
        return reviewed

    @staticmethod
    def _has_grown(live: LiveIncident) -> bool:
        return len(live.callers) >= TUNING.review_growth * max(live.fitted_callers, 2)

    def _fade(self, live: LiveIncident, moment: Moment) -> None:
        quiet = moment.tau - live.last_tau
        if quiet > TUNING.candidate_tau:
            reason = Reason(ReasonCode.FADED, {"quiet_hours": round(quiet, 2)})
            self._incidents.move(live, Move.FADE, moment.now, reason)

    def _close(self, live: LiveIncident, moment: Moment) -> None:
        after = self._rules[live.rule].resolve.close_after
        if live.resolved is not None and moment.now - live.resolved >= after:
            if len(live.callers) >= TUNING.telling_callers:
                self._types.failed(live.scope.parts[0], alarmed=live.own_alarm)
                self._bursts.learn(live.rule, live.peak)
            reason = Reason(ReasonCode.CLOSED_AFTER_HOLD, {"hours": round(after / HOUR, 2)})
            self._incidents.move(live, Move.CLOSE, moment.now, reason)

    def _resolve(self, live: LiveIncident, moment: Moment) -> None:
        """Resolve it when nobody has called for long enough and its cause's alarms are clear."""
        resolve = self._rules[live.rule].resolve
        needed = self.needed_quiet(live)
        if not self._feeds.tickets_alive(moment.tau):
            return  # a silent feed is no evidence of silent customers
        quiet = moment.tau - live.last_tau
        since = max(live.reopened, live.last_call, live.created)
        waited = (moment.now - since) / HOUR
        if quiet < needed and waited < TUNING.night_factor * needed:
            return
        if not self._alarms_clear(live, resolve.alarms_cleared, since, moment.now):
            return
        numbers = {"quiet_hours": round(quiet, 2), "needed_hours": round(needed, 2)}
        reason = Reason(ReasonCode.EXCESS_GONE, numbers)
        self._incidents.move(live, Move.RESOLVE, moment.now, reason)

    def _alarms_clear(self, live: LiveIncident, hold: Millis, since: Millis, now: Millis) -> bool:
        """Return whether the cause's alarms have been clear for `hold` ms, or hold it no longer."""
        if now - since > TUNING.alarm_holds:
            return True
        if self.holding(live):
            live.alarm_stands()
            return False
        clear = live.alarms_clear_since
        if clear is None:
            clear = now if live.alarms else now - hold
            live.alarm_cleared(clear)
        return now - clear >= hold

    # -------------------------------------------------------------- what it still waits for

    def needed_quiet(self, live: LiveIncident) -> float:
        """Return the hours of operational time without a call that end an incident."""
        failed, *_ = live.scope.among or (live.scope.domain,)  # of an arc, one is like the others
        if failed < self._equipment and self._types.is_passive(failed):
            return TUNING.longest_quiet  # no alarm, no clear: only silence is evidence
        quiet = self._rules[live.rule].resolve.quiet / HOUR
        return min(max(quiet, TUNING.gaps_of_quiet * live.gap), TUNING.longest_quiet)

    def holding(self, live: LiveIncident) -> list[Standing]:
        """Return the standing alarms of the cause that belong to the incident and hold it."""
        first = live.onset - TUNING.alarm_near
        last = max(live.onset, live.last_call) + TUNING.alarm_near
        return [
            alarm
            for part in live.scope.parts
            for alarm in self._alarms.on(part)
            if alarm.id in live.alarms or first <= alarm.raised <= last
            if self._counts(live, alarm)
        ]

    def _counts(self, live: LiveIncident, alarm: Standing) -> bool:
        rule = self._rules[live.rule]
        return rule.alarm_follows(alarm.cause, alarm.severity) >= TUNING.alarm_counts
