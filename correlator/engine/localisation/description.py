"""Fit and description (reason, numbers, rivals) that an incident takes over from its cause."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from correlator.engine.calls import Call
from correlator.engine.incidents import Description, Fit, LiveIncident
from correlator.engine.localisation.cause import Cause
from correlator.engine.localisation.tuning import TUNING
from correlator.engine.localisation.views import Calls, Profiles, Rates, Sentences, StandingAlarms
from correlator.model import MINUTE, Millis, Reason, ReasonCode, Rival
from topology import Scope, Topology


class Describer:
    """Describes a cause in the terms of an incident."""

    def __init__(  # noqa: PLR0913, PLR0917 - narrow views instead of one wide one
        self,
        topology: Topology,
        dial: float,
        rates: Rates,
        calls: Calls,
        profiles: Profiles,
        alarms: StandingAlarms,
        sentences: Sentences,
    ) -> None:
        """`dial`: false incidents a week that the operator accepts."""
        self._topology = topology
        self._names, self._types = topology.names, topology.type_names
        self._sizes = topology.sizes
        self._outside = topology.domain_count - 1
        self._dial = dial
        self._rates = rates
        self._calls = calls
        self._profiles = profiles
        self._alarms = alarms
        self._sentences = sentences

    def _main_symptom(self, calls: Sequence[Call]) -> str:
        """Return the symptom that most of these have, "" without calls."""
        names = self._rates.national.names
        counts = Counter(names[call.symptom] for call in calls)
        return min(counts, key=lambda name: (-counts[name], name), default="")

    def fit(self, live: LiveIncident, cause: Cause, unnamed: int | None = None) -> Fit:
        """Return the cause as a fit of an incident; see `Fit` for `unnamed`."""
        calls = self._calls.calls(cause.callers)
        return Fit(
            rule=cause.rule,
            onset=self._onset(live.scope, [call.occurred for call in calls]),
            onset_tau=cause.onset,
            rate=cause.rate,
            taus=sorted(call.tau for call in calls) or [live.last_tau],
            symptom=self._main_symptom(calls),
            unnamed=unnamed,
        )

    def _onset(self, scope: Scope, calls: list[Millis]) -> Millis:
        """Date the onset: the cause's own alarm, if one stands shortly before the first call."""
        first = min(calls, default=self._rates.moment.now)
        raised = [
            alarm.raised
            for part in scope.among or (scope.domain,)
            for alarm in self._alarms.on(part)
            if first - TUNING.alarm_before <= alarm.raised <= first
        ]
        return min(raised, default=first)

    def describe(
        self,
        live: LiveIncident,
        cause: Cause,
        rivals: tuple[Rival, ...],
        tau: float,
        waits: tuple[ReasonCode, dict[str, Any]] | None = None,
    ) -> Description:
        """Return the description of a cause, with the numbers at `tau`.

        `waits`: why it is not announced, with further numbers; None if it is announced.
        """
        expected = self._expected(live, cause, tau)
        alarms = self._alarms_below(live.scope, cause)
        outside = live.scope.single and live.scope.domain == self._outside
        siblings = self._siblings(live) if not outside else ()
        code = ReasonCode.BURST_WITH_ALARM if alarms else ReasonCode.BURST
        if outside:
            code = ReasonCode.EXTERNAL_SURGE
        numbers = self._numbers(live, cause, expected, len(alarms))
        if waits is not None:
            code, numbers = waits[0], {**numbers, **waits[1]}
        return Description(
            reason=Reason(code, numbers),
            rivals=rivals,
            expected=expected,
            alarms=tuple(alarms),
            siblings=len(siblings),
            healthy=self._calls.silent(siblings, cause.onset),
        )

    def _siblings(self, live: LiveIncident) -> tuple[int, ...]:
        """Return the domains beside its cause; of a combination, there are none."""
        if live.scope.also:
            return ()
        near = self._topology.siblings(live.scope.parts[0])
        return tuple(one for one in near if one not in live.scope.among)

    def _expected(self, live: LiveIncident, cause: Cause, tau: float) -> float:
        """Return how many calls of the rule's symptoms would have been usual since the onset."""
        rates = self._rates.national.rates * (self._profiles.matrix[live.rule] >= TUNING.listed)
        elapsed = max(tau - cause.onset, 0.01)
        usual = self._rates.multiplier[live.scope.domain, : len(rates)]
        return float((rates * usual).sum() * live.customers * elapsed)

    def _numbers(
        self, live: LiveIncident, cause: Cause, expected: float, alarms: int
    ) -> dict[str, Any]:
        now = self._rates.moment.now
        calls = self._calls.calls(cause.callers)
        first = min((call.occurred for call in calls), default=now)
        return {
            "customers": len(cause.callers),
            "minutes": max(1, round((now - first) / MINUTE)),
            "expected": float(f"{expected:.3g}"),
            "alarms": alarms,
            "lines": live.customers,
            "silent": max(0, live.customers - len(cause.callers)),
            "gain": round(cause.gain, 2),
            "alarm_gain": round(cause.alarm, 2),
            "call_rate": cause.rate,
            "dial": self._dial,
            **self.sentence_numbers(live.symptom),
        }

    def sentence_numbers(self, symptom: str) -> dict[str, Any]:
        """Return sentences of a provisional symptom, for a reason; nothing for any other."""
        sentences = self._sentences.sentences(symptom)
        return {"sentences": list(sentences)} if sentences else {}

    def _alarms_below(self, scope: Scope, cause: Cause) -> list[str]:
        """Return the alarms on the cause and below it, but for those that stood long before."""
        if self._alarms.empty:
            return []
        calls = self._calls.calls(cause.callers)
        first = min((call.occurred for call in calls), default=self._rates.moment.now)
        since = first - TUNING.alarm_before
        below = self._topology.equipment_under
        domains = [d for part in scope.parts for d in (part, *below(part))]
        found = (alarm for domain in domains for alarm in self._alarms.on(domain))
        return [alarm.id for alarm in found if alarm.raised >= since]

    def rivals(self, live: LiveIncident, ranked: Sequence[Cause]) -> tuple[Rival, ...]:
        """Return the causes that an incident's was preferred to, the best first."""
        others = [cause for cause in ranked if cause.scope != live.scope]
        return tuple(map(self._rival, others[: TUNING.rivals]))

    def _rival(self, cause: Cause) -> Rival:
        customers = cause.lines
        several = cause.scope.also or cause.scope.among
        name, type_ = self._names[cause.scope.domain], self._types[cause.scope.domain]
        return Rival(
            domain=self._topology.scope_name(cause.scope) if several else name,
            type=self._topology.scope_type(cause.scope) if several else type_,
            gain=round(cause.penalised, 2),
            callers=len(cause.callers),
            customers=customers,
            silent=max(0, customers - len(cause.callers)),
            alarm_gain=round(cause.alarm, 2),
        )
