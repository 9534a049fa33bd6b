"""Evidence: the numbers for a cause when it was named, kept with the incident to explain it.

Recorded before the decision lowers the burst statistic and links the calls. Numbers are kept to
three or four digits: they are for people.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from correlator.engine.alarms import Standing
from correlator.engine.arrays import Bools, Floats
from correlator.engine.calls import in_scope
from correlator.engine.detection import Reading
from correlator.engine.incidents import LiveIncident
from correlator.engine.localisation.cause import Cause
from correlator.engine.localisation.tuning import TUNING
from correlator.engine.localisation.views import (
    Calls,
    Levels,
    Prior,
    Profiles,
    Rates,
    StandingAlarms,
    Works,
)
from correlator.model import MINUTE, AlarmEvidence, Evidence, Level, Millis, Window
from rules.model import Rule
from topology import Topology

_GREATEST = 1e300  # JSON has no infinity


class EvidenceRecorder:
    """Records the evidence for causes."""

    def __init__(  # noqa: PLR0913, PLR0917 - narrow views instead of one wide one
        self,
        topology: Topology,
        rules: Sequence[Rule],
        dial: float,
        rates: Rates,
        calls: Calls,
        levels: Levels,
        profiles: Profiles,
        alarms: StandingAlarms,
        works: Works,
        prior: Prior,
    ) -> None:
        """`dial`: false incidents a week that the operator accepts."""
        self._topology = topology
        self._names = topology.names
        self._sizes = topology.sizes
        self._rules = rules
        self._dial = dial
        self._rates = rates
        self._calls = calls
        self._levels = levels
        self._profiles = profiles
        self._alarms = alarms
        self._works = works
        self._prior = prior

    def of(self, live: LiveIncident, cause: Cause, alerted: int | None) -> Evidence:
        """Return the evidence for an incident's cause; `alerted`: row of the alert, if any."""
        own = self._own_level(live)
        alert = None if alerted is None else self._level(self._levels.read_rows([alerted]))
        return msgspec.structs.replace(
            self._basis(live),
            windows=self.windows(live),
            level=own,
            alert=None if alert is None or _same_row(alert, own) else alert,
            gain=round(cause.gain, 2),
            alarm_gain=round(cause.alarm, 2),
            call_rate=cause.rate,
            callers=len(cause.callers),
            silent=max(0, live.customers - len(cause.callers)),
        )

    def foreseen(self, live: LiveIncident) -> Evidence:
        """Return the evidence for an incident without a call: alarms alone."""
        (alarm,) = self._prior.weights(live.scope, [(live.rule, live.onset_tau)])
        return msgspec.structs.replace(
            self._basis(live),
            level=self._own_level(live),
            alarm_gain=round(alarm, 2),
            call_rate=live.calls / live.exposure,
            silent=live.customers,
        )

    def _basis(self, live: LiveIncident) -> Evidence:
        rule = self._rules[live.rule]
        alarms = self._alarms_of(live)
        return Evidence(
            time=self._rates.moment.now,
            domain=self._topology.scope_name(live.scope),
            dial=self._dial,
            dial_share=rule.dial_share,
            gain_needed=rule.cause_gain,
            alarms=tuple(alarms[: TUNING.most_alarms]),
            alarm_count=len(alarms),
        )

    # ------------------------------------------------------------------------------ the calls

    def windows(self, live: LiveIncident) -> tuple[Window, ...]:
        """Return observed and expected calls, over windows that reach back to the onset.

        By occurrence, as the statistic counts: a feed that delivers two hours at once makes no
        burst.
        """
        now, until = self._rates.moment
        listed = self.listed(live)
        usual = self.usual(live)
        taus = self._called(live, listed)
        found = []
        for minutes in spans(now - live.onset):
            since = self._rates.tau(now - minutes * MINUTE)
            expected = float(f"{usual * (until - since):.3g}")
            found.append(Window(minutes, int((taus > since).sum()), expected))
        return tuple(found)

    def usual(self, live: LiveIncident, domain: int | None = None) -> float:
        """Return the usual calls per τ about its symptoms, under its cause or another domain."""
        lines = self._topology.lines(live.scope) if domain is None else self._sizes[domain]
        domain = live.scope.domain if domain is None else domain
        rates = self._rates.national.rates
        rates = rates * self._rates.multiplier[domain, : len(rates)]
        return float(rates[self.listed(live)].sum() * lines)

    def listed(self, live: LiveIncident) -> Bools:
        """Mark the symptoms that the incident is about."""
        listed = self._profiles.matrix[live.rule] >= TUNING.listed
        if live.unnamed >= 0:
            listed = listed & (np.arange(len(listed)) == live.unnamed)
        return np.asarray(listed)

    def _called(self, live: LiveIncident, listed: Bools) -> Floats:
        """Return τ of the calls under the domain that nothing else explains."""
        under = self._calls.under(live.scope.domain)
        if not live.scope.single:
            under = under[in_scope(self._calls, live.scope, under)]
        calls = self._calls.columns(under, frozenset({live.number}))
        explained = 1.0 - calls.usual / calls.expected
        wanted = listed[calls.symptoms] & (explained < TUNING.explained)
        found: Floats = calls.taus[wanted]
        return found

    # -------------------------------------------------------------------------- the statistic

    def _own_level(self, live: LiveIncident) -> Level | None:
        """Return that of the cause's own stream; only a single domain has one."""
        scope = live.scope
        if scope.also or scope.among:
            return None
        return self._level(self._levels.read(scope.domain, live.rule, live.unnamed))

    def _level(self, reading: Reading | None) -> Level | None:
        """Return M and threshold of a stream; None without a row."""
        if reading is None:
            return None
        stream = reading.stream
        value = min(reading.share * reading.threshold, _GREATEST)
        return Level(
            domain=self._names[stream.domain],
            rule=self._rules[stream.rule].id,
            value=float(f"{value:.4g}"),
            threshold=float(f"{reading.threshold:.4g}"),
        )

    # ----------------------------------------------------------------------------- the alarms

    def _alarms_of(self, live: LiveIncident) -> list[AlarmEvidence]:
        """Return the standing alarms on the cause, heaviest first, then those below it."""
        if self._alarms.empty:
            return []
        on = self._alarms.on
        parts = live.scope.parts
        own = [self._alarm(live, standing) for part in parts for standing in on(part)]
        own.sort(key=lambda alarm: (-alarm.weight, alarm.raised, alarm.alarm))
        below = [one for part in parts for one in self._topology.equipment_under(part)]
        return own + [self._alarm(live, standing) for domain in below for standing in on(domain)]

    def _alarm(self, live: LiveIncident, standing: Standing) -> AlarmEvidence:
        weight = 0.0
        now = self._rates.moment.now
        own = standing.domain in live.scope.parts
        if own and not self._works.covers(standing.domain, now):
            follows = self._rules[live.rule].alarm_follows(standing.cause, standing.severity)
            weight = round(max(0.0, self._alarms.weight(standing, follows)), 2)
        return AlarmEvidence(
            alarm=standing.id,
            domain=self._names[standing.domain],
            cause=standing.cause,
            severity=standing.severity,
            raised=standing.raised,
            weight=weight,
        )


def spans(age: Millis) -> tuple[int, ...]:
    """Return the windows in minutes up to the first that holds an onset so long ago."""
    within = sum(minutes * MINUTE < age for minutes in TUNING.ladder)
    return TUNING.ladder[: within + 1][-TUNING.most_windows :]


def _same_row(one: Level, other: Level | None) -> bool:
    return other is not None and (one.domain, one.rule) == (other.domain, other.rule)
