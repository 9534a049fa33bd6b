"""Alerts: carries decisions out, to announce, replace, split, keep, suppress.

`localisation.Diagnosis` decides; this changes registry, ledger and detector accordingly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from correlator.engine.arrays import Ints
from correlator.engine.calls import Call
from correlator.engine.detection import CANDIDATE_SHARE
from correlator.engine.handlers.tuning import TUNING
from correlator.engine.handlers.views import (
    AlarmsFollowed,
    Attributing,
    Bursts,
    CallsAt,
    Clock,
    Diagnosing,
)
from correlator.engine.incidents import IncidentSeed, LiveIncident, Move, Registry
from correlator.engine.localisation import (
    Alert,
    Announce,
    Cause,
    Describer,
    EvidenceRecorder,
    Keep,
    Localiser,
    Query,
    Replace,
    Replacement,
    Split,
    Suppress,
    Undecided,
)
from correlator.model import Effect, Reason, ReasonCode, Suppressed
from rules.model import Rule
from topology import Scope, Topology

Waits = tuple[ReasonCode, dict[str, Any]]


class AlertHandler:
    """Has rows that rose decided, and carries the decisions out."""

    def __init__(  # noqa: PLR0913, PLR0917 - what a decision changes, and who takes it
        self,
        topology: Topology,
        rules: Sequence[Rule],
        emit: Callable[[Effect], None],
        clock: Clock,
        calls: CallsAt,
        bursts: Bursts,
        diagnosis: Diagnosing,
        localiser: Localiser,
        describer: Describer,
        recorder: EvidenceRecorder,
        incidents: Registry,
        ledger: Attributing,
        alarms: AlarmsFollowed,
    ) -> None:
        self._topology = topology
        self._rules = rules
        self._emit = emit
        self._clock = clock
        self._calls = calls
        self._bursts = bursts
        self._diagnosis = diagnosis
        self._localiser = localiser
        self._describer = describer
        self._recorder = recorder
        self._incidents = incidents
        self._ledger = ledger
        self._alarms = alarms

    # --------------------------------------------------------------------------- which alerts

    def decide_after(self, call: Call) -> None:
        """Decide on the rows that a call moved."""
        self.drain(self._bursts.rows(call), lambda _domain: call)

    def drain(self, rows: Ints, call_for: Callable[[int], Call]) -> None:
        """Decide on the rows that reached their threshold, the highest first.

        `call_for(domain)`: the call that made it rise. A row below its threshold may still be worth
        a candidate.
        """
        waiting: set[int] = set()  # for another caller to decide between causes
        for _ in range(TUNING.decisions):
            levels = self._bursts.awake_levels(rows, waiting)
            highest = int(np.argmax(levels)) if len(levels) else -1
            if highest < 0 or levels[highest] < 1.0:
                break
            waiting.update(self._decide(int(rows[highest]), call_for, announce=True))
        else:
            self._bursts.give_up(rows, waiting, TUNING.given_up)
            return
        if highest >= 0 and levels[highest] >= CANDIDATE_SHARE:
            self._decide(int(rows[highest]), call_for, announce=False)

    def _decide(self, row: int, call_for: Callable[[int], Call], *, announce: bool) -> list[int]:
        """Decide on a row; returns the domains that wait for another caller."""
        domain, _, unnamed = self._bursts.stream(row)
        call = call_for(domain)
        if not announce and (call.explained() >= 0.5 or self._bursts.keeps_quiet(domain)):
            return []
        alert = Alert(call, row, domain, unnamed, announce)
        match self._diagnosis.decide(alert):
            case Announce(cause, ranked):
                self._announce(cause, ranked, alert.unnamed, call, row)
                self._bursts.settle(cause.scope.domain, row)
            case Replace(found):
                self._replace(found, call.tau, row)
                self._bursts.settle(found.cause.scope.domain, row)
            case Suppress(cause):
                self._suppress(cause, alert)
            case Undecided(cause, ranked, among, many):
                self._keep(cause, ranked, alert, among)
                if many:
                    self._bursts.pause(domain)
                return [domain, *(scope.domain for scope in among)]
            case Keep(cause, ranked):
                self._bursts.rest(domain, announce=announce)
                self._keep(cause, ranked, alert)
            case None:
                self._bursts.rest(domain, announce=announce)
        return []

    def review(self, live: LiveIncident) -> None:
        """Review, with more calls, whether another cause explains an incident better."""
        if not self._diagnosis.may_review(live):
            return
        decision = self._diagnosis.review(live)
        live.mark_fitted()
        match decision:
            case Replace(found):
                self._replace(found)
            case Split(found, beside):
                (last,) = self._calls.calls(beside.callers[-1:])
                self._replace(found)
                self._announce(beside, [beside, found.cause], live.unnamed, last)
        self._publish(live)

    # ----------------------------------------------------------------------------- announcing

    def _announce(
        self, cause: Cause, ranked: list[Cause], unnamed: int, call: Call, row: int | None = None
    ) -> None:
        living = self._diagnosis.same_failure(cause, unnamed)
        if living is not None:
            self._strengthen(living, call, row)
            self._bursts.rest(cause.scope.domain, announce=True)
            return
        live = self._candidate_on(cause)
        if live is None:
            live = self._begin(cause, unnamed, call, row)
        else:  # it may have been kept for another symptom
            self._fit(live, cause, row, unnamed)
        self._attribute(live, cause)
        self._describe(live, cause, call.tau, ranked)
        self._absorb_candidates(live)
        move = Move.OPEN if self._rules[cause.rule].raises == "open" else Move.PROPOSE
        self._incidents.move(live, move, self._clock.moment.now)
        below = self._topology.equipment_under
        related = frozenset(d for part in live.scope.parts for d in (part, *below(part)))
        self._alarms.follow(related, live.onset_tau - 1.0)

    def _begin(self, cause: Cause, unnamed: int, call: Call, row: int | None) -> LiveIncident:
        now = self._clock.moment.now
        seed = IncidentSeed(
            trigger=call.event_id,
            rule=cause.rule,
            scope=cause.scope,
            symptom="",  # the fit names it
            unnamed=unnamed,
            onset=now,
            onset_tau=cause.onset,
            reason=Reason(ReasonCode.BELOW_DIAL),
            calls=0.0,
            exposure=1.0,
            tau=call.tau,
            owner=self._incidents.owner_of(cause.scope),
            equivalents=self._incidents.equivalents_of(cause.scope),
        )
        live = self._incidents.open(seed, now)
        self._fit(live, cause, row)
        return live

    def _fit(
        self, live: LiveIncident, cause: Cause, row: int | None, unnamed: int | None = None
    ) -> None:
        """Take rate, onset and gap over from a cause, and keep the evidence for it."""
        live.refit(self._describer.fit(live, cause, unnamed))
        if live.lacks_evidence_for(self._topology.scope_name(live.scope)):
            live.keep_evidence(self._recorder.of(live, cause, row))

    def _attribute(self, live: LiveIncident, cause: Cause) -> None:
        self._ledger.attribute(live, cause.rate, cause.onset)
        live.mark_fitted()

    def _describe(
        self,
        live: LiveIncident,
        cause: Cause,
        tau: float,
        ranked: list[Cause] | None = None,
        waits: Waits | None = None,
    ) -> None:
        """Describe a cause; without the causes `ranked` with it, the former rivals stay."""
        rivals = live.rivals if ranked is None else self._describer.rivals(live, ranked)
        live.describe(self._describer.describe(live, cause, rivals, tau, waits))

    def _absorb_candidates(self, live: LiveIncident) -> None:
        """Merge the candidates that compete for the same callers into an incident."""
        reason = Reason(ReasonCode.ABSORBED, {"into": live.id})
        for candidate in self._incidents.candidates():
            if candidate is not live and self._diagnosis.nested(candidate.scope, live.scope):
                self._ledger.release(candidate, reason, live)  # what people linked to it
                self._incidents.merge(candidate, live, self._clock.moment.now, reason)

    def _strengthen(self, live: LiveIncident, call: Call, row: int | None) -> None:
        """Refit an incident on whose domain there is a new alert: its rate was too low."""
        query = Query(frozenset({live.number}))
        cause = self._localiser.weigh(live.scope, live.unnamed, call.tau, query)
        if cause is None or not self._diagnosis.still_there(live, cause):
            return
        live.alarm_stands()  # the clear of its alarm was not its end
        onset = (live.onset, live.onset_tau)
        self._fit(live, cause, row)
        live.began_by(*onset)
        self._ledger.attribute(live, cause.rate, cause.onset, again=True)

    # ------------------------------------------------------------------------------ replacing

    def _replace(
        self, found: Replacement, tau: float | None = None, row: int | None = None
    ) -> None:
        """Name the better cause in the oldest of the incidents; merge the others into it.

        `tau`: of the call that asked for it, else the incident's last.
        """
        now, cause = self._clock.moment.now, found.cause
        keep = min(found.lives, key=lambda live: (live.announced or 0, live.number))
        numbers = {"gain": round(found.gain, 2), "domain": self._topology.scope_name(cause.scope)}
        reason = Reason(ReasonCode.ABSORBED, numbers)
        for live in found.lives:
            if live is not keep:
                self._ledger.release(live, reason, keep)
                self._incidents.merge(live, keep, now, reason)
        self._ledger.release(keep, Reason(ReasonCode.BETTER_CAUSE, numbers), keep)
        self._incidents.relocate(keep, cause.scope)
        self._fit(keep, cause, row)
        self._attribute(keep, cause)
        self._describe(keep, cause, keep.last_tau if tau is None else tau)
        self._publish(keep)

    # ------------------------------------------------------------------ what is not announced

    def _candidate_on(self, cause: Cause) -> LiveIncident | None:
        found = (live for live in self._incidents.candidates() if live.scope == cause.scope)
        return next(found, None)

    def _keep(
        self, cause: Cause, ranked: list[Cause], alert: Alert, among: Sequence[Scope] = ()
    ) -> None:
        """Keep a candidate: shown to the cell, announced to nobody.

        `among`: the scopes, its own first, between which another caller should decide.
        """
        if any(live.scope == cause.scope for live in self._incidents.on(cause.scope.domain)):
            return
        live = self._candidate_on(cause)
        if live is not None:
            self._fit(live, cause, alert.row)
        elif any(
            self._diagnosis.nested(cause.scope, candidate.scope)
            for candidate in self._incidents.candidates()
        ):
            return
        else:
            live = self._begin(cause, alert.unnamed, alert.call, alert.row)
        self._describe(live, cause, alert.call.tau, ranked, self._waits(among))
        self._publish(live)

    def _waits(self, among: Sequence[Scope]) -> Waits:
        if not among:
            return ReasonCode.BELOW_DIAL, {}
        best, rival = map(self._topology.scope_name, among[:2])
        return ReasonCode.IN_DOUBT, {"best": best, "rival": rival}

    def _suppress(self, best: Cause, alert: Alert) -> None:
        """Emit why nothing is named."""
        numbers = {"gain": round(best.gain, 2), "best": self._topology.scope_name(best.scope)}
        rule = self._rules[self._bursts.stream(alert.row).rule].id
        reason = Reason(ReasonCode.WEAK_CAUSE, numbers)
        name = self._topology.name(alert.trigger)
        self._emit(Suppressed(name, rule, self._clock.moment.now, reason))
        self._bursts.rest(alert.trigger, announce=True)
        self._bursts.settle(alert.trigger, alert.row)

    def _publish(self, live: LiveIncident) -> None:
        self._incidents.publish(live, self._clock.moment.now)
