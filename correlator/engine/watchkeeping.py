"""What the passing of time does: incidents resolve, candidates fade, alarms predict."""

from __future__ import annotations

import numpy as np

from correlator.engine.alarms import CHILD_WINDOW, Standing
from correlator.engine.deciding import Decider
from correlator.engine.evidence import foreseen
from correlator.engine.incidents import incident_id
from correlator.engine.lifecycle import Move
from correlator.engine.live import Live
from correlator.engine.parts import Parts
from correlator.model import (
    ANNOUNCED,
    HOUR,
    MINUTE,
    Alarm,
    AlarmKept,
    AlarmState,
    Millis,
    Reason,
    ReasonCode,
    State,
    Suppressed,
)
from rules.model import Rule

_REVIEW_GROWTH = 1.5  # callers since the last fit, as a factor, that call for another look
_MOST_REVIEWS = 2  # a minute: in a storm the others wait for the next
_GAPS_OF_QUIET = 4.0  # mean gaps between callers without a call that make it quiet
_LONGEST_QUIET = 4.0  # τ
_CLEAR_LONG: Millis = HOUR  # between a clear and the next alarm: two failures, not one that flaps
_ALARM_HOLDS: Millis = 12 * HOUR  # without a call; after that its clear has probably been lost
_ALARM_NEAR: Millis = HOUR  # to the onset or the last call, to be an alarm of the same failure
_FADED_TO = 0.5  # share of the highest call rate at which a failure is taken to be ending
_NIGHT_FACTOR = 8  # clock time may be that much longer than τ before silence counts anyway
_CANDIDATE_TAU = 2.0  # τ a candidate lives without another caller
_PREDICTED_SHARE = 0.1  # of such alarms that customers follow
_PREDICTED_RATE = 0.02  # calls per line and τ that a predicted incident expects
_TELLING_CALLERS = 4  # callers from which an incident teaches whether its cause alarms


class AlarmDesk:
    """What happens to an alarm: it raises the prior of its domain's rows, until it clears."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def handle(self, alarm: Alarm) -> None:
        """Take one record: raised, updated or cleared."""
        parts = self._parts
        parts.feeds.alarm(parts.now)
        domain = parts.topology.domain(alarm.managed_object)
        known = domain is not None
        parts.emit(AlarmKept(alarm, known))
        if domain is None or not parts.settings.use_alarms:
            return
        raised = parts.alarms.take(alarm, domain, parts.tau())
        work = parts.works.covers(domain, alarm.occurred)
        if work and alarm.state is not AlarmState.CLEARED:
            reason = Reason(ReasonCode.IN_MAINTENANCE, {"alarm": alarm.id, "works": work})
            parts.emit(Suppressed(alarm.managed_object, "", parts.now, reason))
        elif raised is not None:
            self._fails_again(domain)
            self._weigh(raised)
            for parent in parts.topology.parents(domain):
                self._weigh_children(parent)
        elif alarm.state is AlarmState.CLEARED:
            self._cleared(alarm, domain)

    def weigh_again(self) -> None:
        """Raise the priors of the alarms that stand, on rows that start from rest."""
        for standing in self._parts.alarms.standing():
            self._weigh(standing, standing.tau)

    def overrun(self, domain: int) -> None:
        """Works on a domain should be over: alarms that still stand below it count from now."""
        parts = self._parts
        for below in (domain, *parts.topology.equipment_under(domain)):
            for standing in parts.alarms.on(below):
                standing.tau = parts.tau()
                self._weigh(standing)

    def _weigh(self, raised: Standing, since: float | None = None) -> None:
        parts = self._parts
        tau = parts.tau() if since is None else since
        self._expect(raised)
        for row in self._rows_seen_through(raised.domain):
            rule = parts.catalog.rules[int(parts.watches.rule[row])]
            start = rule.alarm_follows(raised.cause, raised.severity)
            weight = parts.alarms.weight(raised, start)
            if weight > 0:
                self._boost(row, weight, rule, tau)

    def _rows_seen_through(self, domain: int) -> list[int]:
        """Return the rows an alarm on `domain` speaks for: its own, and passive children's."""
        parts = self._parts
        passive = parts.alarms.passive_children(domain)
        return [row for d in (domain, *passive) for row in parts.watches.rows_of(d)]

    def _expect(self, raised: Standing) -> None:
        """Have the alarm looked at again, when it would be time to show it as predicted."""
        parts = self._parts
        for row in parts.watches.rows_of(raised.domain):
            index = int(parts.watches.rule[row])
            rule = parts.catalog.rules[index]
            start = rule.alarm_follows(raised.cause, raised.severity)
            if rule.predict is None or parts.sizes[raised.domain] < rule.predict.customers:
                continue
            share = parts.alarms.share_followed(parts.alarms.kind(raised), start)
            if start > 0 and share >= _PREDICTED_SHARE:
                parts.alarms.expect(raised, index, rule.predict.after)
                return

    def _weigh_children(self, parent: int) -> None:
        parts = self._parts
        tau = parts.tau()
        weight = parts.alarms.children_weight(parent, tau - CHILD_WINDOW, tau)
        if weight > 0:
            for row in parts.watches.rows_of(parent):
                rule = parts.catalog.rules[int(parts.watches.rule[row])]
                if rule.alarms:
                    self._boost(row, weight, rule, tau)

    def _boost(self, row: int, weight: float, rule: Rule, tau: float) -> None:
        parts = self._parts
        if parts.burst.boost_of(row, tau) <= weight:
            parts.burst.boost(row, weight, rule.alarm_fade / HOUR, tau)

    def _cleared(self, alarm: Alarm, domain: int) -> None:
        parts = self._parts
        if parts.alarms.any_on(domain):
            return
        rows = np.array(self._rows_seen_through(domain), np.int64)
        if len(rows):
            parts.burst.unboost(rows, parts.tau())
        for live in self._named(domain):
            live.clear(parts.now)
        for live in parts.incidents.candidates():
            if live.domain == domain and live.reason.code is ReasonCode.PREDICTED:
                reason = Reason(ReasonCode.ALARM_CLEARED, {"alarm": alarm.id})
                parts.incidents.move(live, Move.FADE, parts.now, reason)

    def _named(self, domain: int) -> list[Live]:
        """Return the announced incidents on exactly this domain."""
        incidents = self._parts.incidents
        lives = (incidents[number] for number in incidents.explaining(domain))
        return [live for live in lives if live.state in ANNOUNCED]

    def _fails_again(self, domain: int) -> None:
        """An alarm long after the last one cleared, and few calls since: another failure begins."""
        parts = self._parts
        for live in self._named(domain):
            clear = live.alarms_clear_since
            live.clear(None)
            faded = live.rate(parts.tau()) < _FADED_TO * live.peak
            if clear is not None and live.own_alarm and faded and parts.now - clear >= _CLEAR_LONG:
                numbers = {"hours": round((parts.now - clear) / HOUR, 1)}
                reason = Reason(ReasonCode.FAILS_AGAIN, numbers)
                parts.incidents.move(live, Move.RESOLVE, parts.now, reason)


class Watchkeeper:
    """What a tick does."""

    def __init__(self, parts: Parts, decider: Decider, alarms: AlarmDesk) -> None:
        self._parts = parts
        self._decider = decider
        self._alarms = alarms

    def tick(self) -> None:
        """Go over everything that lives; called once a minute of event time."""
        parts = self._parts
        reviews = 0
        for live in parts.incidents:
            reviews += self._look(live, may_review=reviews < _MOST_REVIEWS)
        self._predict()
        for domain in parts.works.ended(parts.now - MINUTE, parts.now):
            self._alarms.overrun(domain)
        parts.alarms.learn(parts.tau())
        if parts.now % (15 * MINUTE) == 0:
            parts.classifier.train(parts.now)
        if parts.now % HOUR == 0:
            parts.refresh()
            parts.prune()

    def _look(self, live: Live, *, may_review: bool) -> bool:
        """Let time pass for an incident; returns whether its cause was asked for again."""
        grown = False
        if live.state is State.CANDIDATE:
            if live.reason.code is not ReasonCode.PREDICTED:
                self._fade(live)
        elif live.state is State.RESOLVED:
            self._close(live)
        elif live.state in ANNOUNCED:
            live.own_alarm = live.own_alarm or self._parts.alarms.any_on(live.domain)
            grown = len(live.callers) >= _REVIEW_GROWTH * max(live.fitted_callers, 2)
            if grown and may_review:
                self._decider.review(live)
            if live.state in ANNOUNCED:
                self._resolve(live)
        if live.dirty and self._parts.incidents.get(live.number) is live:
            self._parts.incidents.tell(live, self._parts.now)
        return grown and may_review

    def _fade(self, live: Live) -> None:
        quiet = self._parts.tau() - live.last_tau
        if quiet > _CANDIDATE_TAU:
            reason = Reason(ReasonCode.FADED, {"quiet_hours": round(quiet, 2)})
            self._parts.incidents.move(live, Move.FADE, self._parts.now, reason)

    def _close(self, live: Live) -> None:
        after = self._parts.rule(live).resolve.close_after
        if live.resolved is not None and self._parts.now - live.resolved >= after:
            if len(live.callers) >= _TELLING_CALLERS:
                self._parts.alarms.failed(live.domain, alarmed=bool(live.own_alarm))
                self._parts.burst.learn(live.rule, live.peak)
            reason = Reason(ReasonCode.CLOSED_AFTER_HOLD, {"hours": round(after / HOUR, 2)})
            self._parts.incidents.move(live, Move.CLOSE, self._parts.now, reason)

    def _resolve(self, live: Live) -> None:
        """Over when nobody has called for long enough and the cause's alarms have cleared."""
        parts = self._parts
        resolve = parts.rule(live).resolve
        needed = min(max(resolve.quiet / HOUR, _GAPS_OF_QUIET * live.gap), _LONGEST_QUIET)
        if live.domain < parts.first_group and parts.alarms.is_passive(live.domain):
            needed = _LONGEST_QUIET  # a cable does not mend itself
        if not parts.feeds.hears_tickets(parts.tau()):
            return  # who hears nothing cannot say that it is quiet
        quiet = parts.tau() - live.last_tau
        since = max(live.reopened, live.last_call, live.created)
        waited = (parts.now - since) / HOUR
        if quiet < needed and waited < _NIGHT_FACTOR * needed:
            return
        if not self._alarms_clear(live, resolve.alarms_cleared):
            return
        numbers = {"quiet_hours": round(quiet, 2), "needed_hours": round(needed, 2)}
        reason = Reason(ReasonCode.EXCESS_GONE, numbers)
        parts.incidents.move(live, Move.RESOLVE, parts.now, reason)

    def _alarms_clear(self, live: Live, hold: Millis) -> bool:
        parts = self._parts
        if parts.now - max(live.reopened, live.last_call, live.created) > _ALARM_HOLDS:
            return True
        first = live.onset - _ALARM_NEAR
        last = max(live.onset, live.last_call) + _ALARM_NEAR
        relevant = [
            alarm
            for alarm in parts.alarms.on(live.domain)
            if alarm.id in live.alarms or first <= alarm.raised <= last
        ]
        if any(self._counts(live, alarm) for alarm in relevant):
            live.clear(None)
            return False
        since = live.alarms_clear_since
        if since is None:
            since = parts.now if live.alarms else parts.now - hold
            live.clear(since)
        return parts.now - since >= hold

    def _counts(self, live: Live, alarm: Standing) -> bool:
        rule = self._parts.rule(live)
        return rule.alarm_follows(alarm.cause, alarm.severity) >= 0.05

    # ------------------------------------------------------------------------------ predicting

    def _predict(self) -> None:
        """Show alarms that should make customers call and so far have not."""
        for standing in self._parts.alarms.due(self._parts.now):
            self._begin(standing, standing.rule)

    def _begin(self, standing: Standing, rule: int) -> None:
        parts = self._parts
        domain = standing.domain
        taken = [live.domain for live in parts.incidents if live.state is not State.RESOLVED]
        if domain in taken or any(domain in parts.topology.equipment_under(d) for d in taken):
            return
        name = parts.topology.name(domain)
        customers = int(parts.sizes[domain])
        live = Live(
            number=parts.incidents.next_number(),
            id=incident_id(parts.now, standing.id, name),
            rule=rule,
            domain=domain,
            first_domain=domain,
            state=State.CANDIDATE,
            symptom=self._likeliest_symptom(rule),
            unnamed=-1,
            created=parts.now,
            onset=standing.raised,
            onset_tau=standing.tau,
            reason=Reason(
                ReasonCode.PREDICTED,
                {
                    "alarm": standing.id,
                    "cause": standing.cause,
                    "lines": customers,
                    "calls_an_hour": round(customers * _PREDICTED_RATE, 1),
                },
            ),
            customers=customers,
            calls=1.0,
            exposure=1.0 / _PREDICTED_RATE,
            filter_tau=parts.tau(),
            last_tau=parts.tau(),
            gap=0.0,
            alarms={standing.id: 1},
            owner=parts.topology.attributes_of(name).get("owner", ""),
        )
        live.evidence = foreseen(parts, live)
        parts.incidents.add(live)
        parts.incidents.tell(live, parts.now)

    def _likeliest_symptom(self, rule: int) -> str:
        parts = self._parts
        return parts.baseline.symptoms[int(np.argmax(parts.watches.profile[rule]))]
