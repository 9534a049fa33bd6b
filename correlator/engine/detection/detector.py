"""The detector: the only writer of streams, burst statistic, thresholds and cool-downs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from correlator.engine.arrays import Floats, Ints
from correlator.engine.detection.burst import BurstStatistic
from correlator.engine.detection.cooldowns import CoolDowns
from correlator.engine.detection.profiles import ProfileCounts, SymptomProfiles
from correlator.engine.detection.records import ObservedCall, Reading, Stream, Symptom
from correlator.engine.detection.streams import Streams
from correlator.engine.detection.tuning import TUNING
from correlator.engine.rates import MOST_SYMPTOMS, Baseline
from correlator.engine.settings import EngineSettings
from correlator.engine.state.carry import Renumbering
from rules.model import Catalog
from topology import Topology

_NO_ROWS: Ints = np.zeros(0, np.int64)


class Detector:
    """Streams, burst statistic, thresholds, symptom profiles and cool-downs, kept in step."""

    def __init__(
        self, topology: Topology, catalog: Catalog, baseline: Baseline, settings: EngineSettings
    ) -> None:
        self._baseline = baseline
        self._explains = settings.use_explaining_away
        self._shares = np.array([rule.dial_share for rule in catalog.rules])
        self._alerts = TUNING.alerts_to_one * settings.false_incidents_per_week
        self._sizes = np.asarray(topology.sizes, np.float64)
        self.profiles = SymptomProfiles(catalog, MOST_SYMPTOMS)
        self.learned = ProfileCounts()
        self.streams = Streams(topology, catalog)
        self.cooldowns = CoolDowns()
        self._burst = BurstStatistic(
            self._sizes[self.streams.domain], self.streams.rule.copy(), len(catalog.rules)
        )
        self._symptoms: dict[str, Symptom] = {}
        self._by_index: list[Symptom] = []
        self.refresh()

    # ------------------------------------------------------------------- symptoms, thresholds

    def symptom(self, name: str) -> Symptom:
        """Return a symptom; a new one gets an index."""
        known = self._symptoms.get(name)
        return self._find_symptom(name) if known is None else known

    def _find_symptom(self, name: str) -> Symptom:
        known = len(self._baseline.symptoms)
        number = self._baseline.symptom(name)
        if self._baseline.symptoms[number] != name:
            return self._described(number, name)  # there is no room for more of them
        if len(self._baseline.symptoms) > known:
            self.refresh()
        else:
            self._describe_symptoms()
        return self._symptoms[name]

    def _described(self, number: int, name: str) -> Symptom:
        fault = self.profiles.is_fault(name)
        streamed = fault or len(self.streams.other_rows(name)) > 0
        unnamed = not self.profiles.is_named(name) and self.streams.has_unnamed
        return Symptom(number, fault, streamed, unnamed)

    def is_fault(self, symptom: str) -> bool:
        """Return whether a network failure can cause this symptom."""
        return self.profiles.is_fault(symptom)

    def name_of(self, symptom: int) -> str:
        """Return the name of a symptom."""
        return self._baseline.symptoms[symptom]

    def can_cause(self, rule: int, symptom: int) -> bool:
        """Return whether π of a rule gives a symptom any probability."""
        return bool(self.profiles.matrix[rule, symptom] > 0)

    def mark(self, symptom: Symptom, shares: Iterable[tuple[str, float]]) -> int:
        """Return what a call is about; `shares`: of what its text may say."""
        return self.profiles.mark(symptom.number, [(self.symptom(n).number, q) for n, q in shares])

    def release(self, name: str) -> None:
        """Forget a provisional symptom; its index goes to the next new one."""
        index = self._baseline.symptom(name)
        self._baseline.release(name)
        self.streams.release(index)
        self.learned.forget(name)
        self.refresh()

    def refresh(self) -> None:
        """Recompute profiles and thresholds from what has been learned."""
        learned = self.learned.counts
        self.profiles.refresh(self._baseline.symptoms, self._baseline.rates, learned)
        self._set_thresholds()
        self._describe_symptoms()

    def _describe_symptoms(self) -> None:
        """Precompute the records of all known symptoms, which every call needs."""
        names = self._baseline.symptoms
        self._by_index = [self._described(i, name) for i, name in enumerate(names)]
        self._symptoms = dict(zip(names, self._by_index, strict=True))

    def _set_thresholds(self) -> None:
        dial = np.maximum(self._shares * self._alerts, 1e-9)
        moment = self._baseline.moment
        self._burst.set_thresholds(self.streams.counts(), dial, moment.tau if moment.now else 0.0)

    def learn(self, rule: int, rate: float) -> None:
        """Record that a failure of this rule added `rate` calls per line and unit of τ."""
        self._burst.mixture.learn(rule, rate)

    # ------------------------------------------------------------------------------- calls

    def observe(self, call: ObservedCall, where: Ints | None = None) -> float:
        """Count a call on every row of its domains (`where`); returns the highest level.

        One that is not counted only makes the rows of its symptom, where that is unnamed.
        """
        symptom = self._by_index[call.symptom]
        if not call.counted:
            if symptom.unnamed:
                self.unnamed_rows(call.domains, symptom.number, self._baseline.moment.tau)
            return 0.0
        if symptom.fault and not symptom.unnamed:
            where = np.array(call.domains, np.int64) if where is None else where
            explained = self._explained(call)
            expected = self._baseline.expected_under(where, call.symptom, call.rate, explained)
            return self._burst.count_call(
                where, self.streams.table, call.mark, self.profiles.of_marks, expected, call.tau
            )
        rows = self.rows(call)
        if not len(rows):
            return 0.0
        self._burst.add_ticket(rows, *self._terms(rows, call), call.tau)
        return self._burst.highest(rows)

    def observe_renamed(self, call: ObservedCall, weight: float) -> Ints:
        """Count a call on the rows of its unnamed symptom; returns them."""
        rows = self.unnamed_rows(call.domains, call.symptom, call.tau)
        profile, expected = self._terms(rows, call)
        self._burst.add_ticket(rows, profile * weight, expected, call.tau)
        return rows

    def retract(self, call: ObservedCall) -> None:
        """Retract a call, which something explains from now on, from the statistic.

        With the λ before the new attribution: of what was explained next to nothing is left.
        """
        if not self._explains:
            return
        rows = self.rows(call)
        if len(rows):
            self._burst.retract(rows, *self._terms(rows, call))

    def recount(self, calls: Iterable[ObservedCall]) -> None:
        """Count recent calls on rows that have been reset, at the τ at which they occurred."""
        for call in calls:
            rows = self.rows(call)
            self._burst.add_ticket(rows, *self._terms(rows, call), call.tau)

    def _explained(self, call: ObservedCall) -> float:
        """Return the rate that incidents and works add to λ of this line's domains, per line.

        To this very line: nothing for one beside the incident. Upper estimates, since a filter lags
        behind a rate that rises, and the lag is no other failure.
        """
        if not self._explains:
            return 0.0
        return call.planned + TUNING.upper_rate * sum(call.attributions.values())

    def _terms(self, rows: Ints, call: ObservedCall) -> tuple[Floats, Floats]:
        """Return π(s) and λ per row for a call."""
        profile = self.profiles.of_marks[self.streams.rule[rows], call.mark]
        expected = self._baseline.expected_under(
            self.streams.domain[rows], call.symptom, call.rate, self._explained(call)
        )
        return profile, expected

    # -------------------------------------------------------------------------------- rows

    def rows(self, call: ObservedCall) -> Ints:
        """Return every row that a call counts on."""
        symptom = self._by_index[call.symptom]
        if not symptom.fault:
            return self.streams.other_rows(self._baseline.symptoms[symptom.number])
        static = self.streams.static_rows(call.domains)
        if not symptom.unnamed:
            return static
        unnamed = self.unnamed_rows(call.domains, symptom.number, self._baseline.moment.tau)
        return np.concatenate([static, unnamed]) if len(unnamed) else static

    def unnamed_rows(self, domains: Sequence[int], symptom: int, since: float) -> Ints:
        """Return the rows of an unnamed symptom; new ones begin at τ = `since`, at rest."""
        if not self._by_index[symptom].unnamed:
            return _NO_ROWS
        streams, first = self.streams, len(self._burst)
        rows = streams.unnamed_rows(domains, symptom, self._baseline.symptoms[symptom])
        if len(streams) > first:
            new = slice(first, len(streams))
            self._burst.append(self._sizes[streams.domain[new]], streams.rule[new], since)
            self._set_thresholds()
        return rows

    def stream(self, row: int) -> Stream:
        """Return what a row counts."""
        streams = self.streams
        return Stream(int(streams.domain[row]), int(streams.rule[row]), int(streams.symptom[row]))

    def streams_on(self, domains: Iterable[int]) -> list[tuple[int, int]]:
        """Return row and rule of the static rows on some domains."""
        on, rule = self.streams.rows_on, self.streams.rule
        return [(row, int(rule[row])) for domain in domains for row in on.get(domain, ())]

    # ------------------------------------------------------------------------------ levels

    def advance(self, rows: Ints, tau: float) -> None:
        """Let operational time pass for some rows."""
        self._burst.advance(rows, tau)

    def levels(self, rows: Ints) -> Floats:
        """Return the level of each row: M as a share of its threshold."""
        return self._burst.level(rows)

    def read(self, domain: int, rule: int, unnamed: int) -> Reading | None:
        """Read the highest row of a rule on a domain; None where it has none."""
        rows: Sequence[int] = self.streams.rows_on.get(domain, ())
        if unnamed >= 0:
            rows = self.streams.unnamed_rows_of(domain, unnamed)
        found = [row for row in rows if self.streams.rule[row] == rule]
        return self.read_rows(found) if found else None

    def read_rows(self, rows: Sequence[int]) -> Reading:
        """Read the highest of some rows, at least one."""
        shares = self._burst.level(np.array(rows, np.int64))
        row = rows[int(np.argmax(shares))]
        threshold = float(self._burst.thresholds[self.streams.rule[row]])
        return Reading(self.stream(row), float(shares.max()), threshold)

    def awake_levels(self, rows: Ints, waiting: set[int]) -> Floats:
        """Return the levels of rows; 0 where the domain waits or is in a cool-down.

        `waiting`: domains between which another caller has to decide; those that pause are added.
        """
        now = self._baseline.moment.now
        levels = self._burst.level(rows)
        for place in np.flatnonzero(levels >= 1.0).tolist():
            domain = int(self.streams.domain[rows[place]])
            if self.cooldowns.paused(domain, now):
                waiting.add(domain)
            if domain in waiting or self.cooldowns.resting(domain, now, announce=True):
                levels[place] = 0.0
        return levels

    def rest(self, domain: int, *, announce: bool) -> None:
        """Decide no such alert of a domain for a while; see `CoolDowns`."""
        self.cooldowns.rest(domain, self._baseline.moment.now, announce=announce)

    def pause(self, domain: int) -> None:
        """Decide no alert of a domain for a moment."""
        self.cooldowns.pause(domain, self._baseline.moment.now)

    def keeps_quiet(self, domain: int) -> bool:
        """Return whether alerts for a candidate on a domain are in a cool-down."""
        return self.cooldowns.resting(domain, self._baseline.moment.now, announce=False)

    def settle(self, domain: int, row: int) -> None:
        """Lower the rows of a domain, and the row of the alert, that has been decided."""
        rows = np.array(sorted({row, *self.streams.rows_on.get(domain, ())}), np.int64)
        self._burst.lower(rows, TUNING.after_decision)

    def give_up(self, rows: Ints, waiting: set[int], share: float) -> None:
        """Cap the level of rows that were not decided at `share`, but for domains that wait."""
        decided = ~np.isin(self.streams.domain[rows], sorted(waiting))
        self._burst.lower(rows[decided], share)

    # ------------------------------------------------------------------------------ alarms

    def boost(self, row: int, weight: float, lasts: float, tau: float) -> None:
        """Raise ρ of a row to e^weight for `lasts` τ after an alarm, unless it is higher."""
        if self._burst.boost_of(row, tau) <= weight:
            self._burst.boost(row, weight, lasts, tau)

    def end_boost(self, domains: Iterable[int], tau: float) -> None:
        """End the boost of the static rows of some domains: the alarm has cleared."""
        rows = [row for domain in domains for row in self.streams.rows_on.get(domain, ())]
        if rows:
            self._burst.unboost(np.array(rows, np.int64), tau)

    # ---------------------------------------------------------------------------- snapshot

    def state(self) -> dict[str, Any]:
        """Return everything, for a snapshot."""
        return {
            "streams": self.streams.state(),
            "burst": self._burst.state(),
            "cooldowns": self.cooldowns.state(),
            "profiles": self.profiles.state(),
            "learned": self.learned.state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Restore what `state` returned."""
        self.streams.restore(state["streams"])
        self._burst.restore(state["burst"])
        self.cooldowns.restore(state["cooldowns"])
        self.profiles.restore(state["profiles"])
        self.learned.restore(state["learned"])
        self._describe_symptoms()

    def carry_over(self, state: dict[str, Any], moved: Renumbering) -> None:
        """Restore what was learned under another inventory or catalog; rows start anew."""
        self._burst.mixture.carry_over(state["burst"], moved.rules_before)
        self.learned.carry_over(state["learned"], frozenset(moved.rule_ids))
        self.refresh()
