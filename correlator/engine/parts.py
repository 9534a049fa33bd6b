"""Everything the engine knows, wired together; one snapshot holds it all."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from correlator.engine.alarms import CHILD_WINDOW, Alarms
from correlator.engine.baseline import Baseline, Places
from correlator.engine.burst import Burst
from correlator.engine.calendar import WeekClock
from correlator.engine.incidents import Incidents
from correlator.engine.kernels import row_terms
from correlator.engine.learning import Learned
from correlator.engine.live import UPPER_RATE, Live
from correlator.engine.localise import FIT_TAU, Localiser
from correlator.engine.pulse import Feeds
from correlator.engine.recent import Recent, Seen
from correlator.engine.settings import EngineSettings
from correlator.engine.watches import Watches
from correlator.engine.works import Works
from correlator.model import ANNOUNCED, DAY, HOUR, UNNAMED, Effect, Millis
from correlator.text import SymptomClassifier, SymptomClusters
from rules.model import OUTSIDE, Catalog, Rule
from topology import Topology

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]


# Alerts a week for each false incident a week: at least four in five name no cause that is
# plausible, tells anything, explains enough and is beyond doubt. Measured where nothing fails:
# docs/detection.md.
_ALERTS_TO_ONE = 5.0
_LENT = 1.5  # nats: an alarm is four times out of five of what it names, not of what hangs on it


def primary_parents(topology: Topology) -> Ints:
    """Return, per domain, the smallest domain above it; `*` (the last) is its own parent."""
    outside = topology.domain_count - 1
    parents = np.full(topology.domain_count, outside, np.int64)
    for domain in range(outside):
        if topology.sizes[domain]:
            above = [p for p in topology.parents(domain) if topology.sizes[p]]
            parents[domain] = min(above, key=lambda p: (topology.sizes[p], p), default=outside)
    return parents


def kinds_of(topology: Topology) -> Ints:
    """Return, per domain, the index of its type."""
    kinds = np.zeros(topology.domain_count, np.int64)
    for index, domains in enumerate(topology.types.values()):
        kinds[domains] = index
    return kinds


class Parts:
    """The engine's rooms. `emit` takes the effects."""

    def __init__(
        self,
        topology: Topology,
        catalog: Catalog,
        settings: EngineSettings,
        emit: Callable[[Effect], None],
    ) -> None:
        self.topology = topology
        self.catalog = catalog
        self.settings = settings
        self.emit = emit
        self.outside = topology.domain_count - 1
        self.first_group = len(topology.graph)  # equipment comes first, then groups of customers
        self.sizes = np.asarray(topology.sizes, np.float64)
        self.watches = Watches(topology, catalog)
        self.baseline = Baseline(
            WeekClock(settings.timezone),
            (UNNAMED, *(symptom.id for symptom in catalog.symptoms)),
            Places(self.sizes, primary_parents(topology), kinds_of(topology)),
            learns=settings.use_learned_rates,
        )
        self.burst = Burst(self._row_sizes(0), self.watches.rule.copy(), len(catalog.rules))
        self.recent = Recent(topology.domain_count, explains=settings.use_explaining_away)
        self.incidents = Incidents(topology, tuple(rule.id for rule in catalog.rules), emit)
        self.alarms = Alarms(topology)
        self.works = Works(topology)
        self.feeds = Feeds()
        self.learned = Learned()
        examples = {s.id: s.examples for s in catalog.symptoms} if settings.use_text else {}
        self.classifier = SymptomClassifier(examples)
        self.clusters = SymptomClusters(examples)
        self.localiser = Localiser(
            self.recent,
            np.asarray(topology.sizes),
            self._rules_for,
            self.alarm_weight,
            self.usual,
            [rule.link.linked if OUTSIDE in rule.domains else 0.5 for rule in catalog.rules],
        )
        self.now: Millis = 0
        self._tau_now = 0.0
        self.links_made = 0
        # (domain, to announce or only to watch) → when its alerts are looked at again
        self.resting: dict[tuple[int, bool], Millis] = {}
        self.paused: dict[int, Millis] = {}  # domains in doubt → when the next caller is asked
        self.refresh()

    # --------------------------------------------------------------------------- time, rates

    def advance(self, now: Millis) -> None:
        """Let time pass; `now` never goes back."""
        self.now = max(self.now, now)
        self.baseline.advance(self.now)
        self._tau_now = self.baseline.tau(self.now)

    def tau(self) -> float:
        """Return the operational time now."""
        return self._tau_now

    def refresh(self) -> None:
        """Bring profiles and thresholds up to what has been learned."""
        self.watches.refresh_profile(
            self.baseline.symptoms, self.baseline.rates, self.learned.counts
        )
        self.localiser.profile = self.watches.profile
        self._set_thresholds()

    def _set_thresholds(self) -> None:
        shares = np.array([rule.dial_share for rule in self.catalog.rules])
        alerts = _ALERTS_TO_ONE * self.settings.false_incidents_per_week
        dial = np.maximum(shares * alerts, 1e-9)
        tau = self.tau() if self.now else 0.0
        self.burst.set_thresholds(self.watches.counts(), dial, tau)

    def symptom(self, name: str) -> int:
        """Return a symptom's index, making room for a new one."""
        known = len(self.baseline.symptoms)
        index = self.baseline.symptom(name)
        if len(self.baseline.symptoms) > known:
            self.refresh()
        return index

    # ---------------------------------------------------------------------------------- rows

    def _row_sizes(self, first: int) -> Floats:
        return self.sizes[self.watches.domain[first : len(self.watches)]]

    def rows(self, domains: tuple[int, ...], symptom: int) -> Ints:
        """Return every row that a ticket of this symptom under these domains moves."""
        name = self.baseline.symptoms[symptom]
        if not self.watches.is_fault(name):
            return self.watches.other_rows(name)
        static = self.watches.place(domains).rows
        dynamic = self.dynamic_rows(domains, symptom, self.tau())
        return np.concatenate([static, dynamic]) if len(dynamic) else static

    def dynamic_rows(self, domains: tuple[int, ...], symptom: int, since: float) -> Ints:
        """Return the rows of a symptom nobody has named; those that are new rest since `since`."""
        name = self.baseline.symptoms[symptom]
        dynamic = self.watches.dynamic_rows(domains, symptom, name)
        if dynamic is None:
            return np.zeros(0, np.int64)
        first = len(self.burst)
        if len(self.watches) > first:
            rules = self.watches.rule[first : len(self.watches)]
            self.burst.append(self._row_sizes(first), rules, since)
            self._set_thresholds()
        return dynamic

    def row_terms(self, rows: Ints, seen: Seen) -> tuple[Floats, Floats]:
        """Return π(s) and λ per row for a ticket.

        The mark of a ticket is its line and its symptom: what incidents and works add to λ is what
        they add to this very line. A line beside a live incident is not explained by it. Like all
        expected rates those of incidents are upper estimates: what follows a rate that rises is
        behind it, and the difference is not another failure.
        """
        explained = 0.0
        if self.settings.use_explaining_away:
            explained = seen.planned + UPPER_RATE * sum(seen.parts.values())
        elsewhere = self.baseline.elsewhere
        found = np.empty((2, len(rows)))
        row_terms(
            rows,
            self.watches.domain,
            self.watches.rule,
            seen.symptom,
            seen.rate * self.baseline.caution(),
            explained,
            self.sizes,
            self.watches.profile,
            self.baseline.multiplier,
            elsewhere.index,
            elsewhere.seen,
            elsewhere.expected,
            elsewhere.rest,
            elsewhere.doubt,
            found,
        )
        return found[0], found[1]

    def count_again(self) -> None:
        """Move rows that start from rest by the recent tickets, as if they had just come."""
        oldest = self.tau() - FIT_TAU if self.now else 0.0
        for seen in self.recent:
            if seen.counted and not seen.spent and seen.tau > oldest:
                rows = self.rows(seen.domains, seen.symptom)
                profile, expected = self.row_terms(rows, seen)
                self.burst.add_ticket(rows, profile, expected, seen.tau)

    def strength(self, live: Live, symptom: int, tau: float, time: Millis) -> float:
        """Return i·π(s): the rate per line that an incident adds at `tau`; 0 before its onset.

        `time`: the same moment, in ms. While a feed that had stalled empties, silence says nothing.
        """
        if tau < live.onset_tau or (live.unnamed >= 0 and symptom != live.unnamed):
            return 0.0
        start = float(self.watches.profile[live.rule, symptom])
        lasts = live.lasts(tau, time, heard=not self.feeds.gap)
        return live.rate(tau) * lasts * live.share_of(symptom, start)

    def _rules_for(self, domain: int, unnamed: int) -> list[int]:
        if unnamed >= 0:
            return self.watches.unnamed_rules_for(domain)
        return self.watches.rules_for(domain)

    def rule(self, live: Live) -> Rule:
        """Return the rule of an incident."""
        return self.catalog.rules[live.rule]

    def alarm_weight(
        self, domain: int, rule: int, onset: float, without: frozenset[int] = frozenset()
    ) -> float:
        """Return what the alarms say of a failure since `onset`, in nats, for one rule.

        Alarms of shortly before, and all since: they do not fade while the failure lasts. What
        failed together with an incident above has alarmed because of that, `without` those.
        """
        if not self.settings.use_alarms or not self.catalog.rules[rule].alarms:
            return 0.0
        now = self.tau()
        onset = min(onset, now)
        own = self._own_alarms(domain, rule, onset)
        if not own and self.alarms.is_passive(domain):
            own = max(
                (
                    self._own_alarms(above, row_rule, onset)
                    for above in self.topology.parents(domain)
                    for row_rule in self.watches.rules_for(above)
                ),
                default=0.0,
            )
            own = max(0.0, own - _LENT)
        found = self.alarms.evidence(domain, own, onset - CHILD_WINDOW, now)
        return 0.0 if found > 0.0 and self._follows(domain, onset, without) else found

    def _follows(self, domain: int, onset: float, without: frozenset[int]) -> bool:
        """Say whether an announced incident above a domain began at about that time."""
        if not self.settings.use_explaining_away:
            return False
        return any(
            live.state in ANNOUNCED
            and live.number not in without
            and abs(live.onset_tau - onset) <= CHILD_WINDOW
            for live in self.incidents.explaining_any(tuple(self.incidents.above(domain)))
        )

    def _own_alarms(self, domain: int, rule: int, onset: float) -> float:
        """Return the weight of the strongest alarm on the domain itself, for one rule."""
        known = self.catalog.rules[rule]
        fade = known.alarm_fade / HOUR
        found = max(
            (
                self.alarms.weight(alarm, known.alarm_follows(alarm.cause, alarm.severity))
                for alarm in self.alarms.on(domain)
                if alarm.tau >= onset - fade
            ),
            default=0.0,
        )
        # The longer one waits for an alarm, the likelier is one that has nothing to do with it.
        return max(0.0, found - math.log(1.0 + (self.tau() - onset) / fade)) if found > 0 else found

    def about(self, rule: int) -> NDArray[np.bool_]:
        """Say, per symptom, whether a rule's failures are called about with it more than usual."""
        rates = self.baseline.rates
        about: NDArray[np.bool_] = self.watches.profile[rule] > rates / rates.sum()
        return about

    def usual(self, domain: int, rule: int, *, rest: bool = True) -> Floats:
        """Return how many times as much a domain calls as the average line, per symptom.

        `rest`: it is judged against what all others do just now with that symptom, and against what
        is called about that is not the rule's.
        """
        elsewhere, rates = self.baseline.elsewhere, self.baseline.rates
        usual: Floats = self.baseline.multiplier[domain, : len(rates)]
        if not rest:
            return usual
        risen = elsewhere.risen(domain, ~self.about(rule))
        return usual * np.maximum(elsewhere.ratios(domain)[: len(rates)], risen)

    # ------------------------------------------------------------------------------ snapshot

    def state(self) -> dict[str, Any]:
        """Return everything, for a snapshot."""
        return {
            "now": self.now,
            "tau": self._tau_now,
            "links_made": self.links_made,
            "resting": [[*key, until] for key, until in self.resting.items()],
            "paused": list(self.paused.items()),
            "watches": self.watches.state(),
            "baseline": self.baseline.state(),
            "burst": self.burst.state(),
            "recent": self.recent.state(),
            "incidents": self.incidents.state(),
            "alarms": self.alarms.state(),
            "works": self.works.state(),
            "feeds": self.feeds.state(),
            "classifier": self.classifier.state(),
            "clusters": self.clusters.state(),
            "learned": self.learned.state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Stand where `state` was taken."""
        self.now = state["now"]
        self._tau_now = state["tau"]
        self.links_made = state["links_made"]
        self.resting = {(domain, told): until for domain, told, until in state["resting"]}
        self.paused = dict(state["paused"])
        for name in (
            "watches", "baseline", "burst", "recent", "incidents", "alarms", "works", "feeds",
            "classifier", "clusters", "learned",
        ):  # fmt: skip
            getattr(self, name).restore(state[name])
        self.localiser.profile = self.watches.profile

    def prune(self) -> None:
        """Forget what no decision can need any more."""
        self.recent.prune(self.now)
        self.resting = {key: until for key, until in self.resting.items() if until > self.now}
        self.paused = {key: until for key, until in self.paused.items() if until > self.now}
        self.works.forget(self.now)
        self.incidents.forget(self.now - 48 * HOUR)
        self.alarms.forget(self.now - 30 * DAY)
        self.alarms.forget_records(self.now - DAY)
