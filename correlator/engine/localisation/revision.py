"""Revision: which cause would be better in the place of live incidents, and by how many nats.

A comparison of penalised log likelihood ratios, in which every further independent failure costs
8.5 nats (its prior log odds).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Protocol

from correlator.engine.incidents import LiveIncident
from correlator.engine.localisation.cause import FIT_TAU, Cause, Query
from correlator.engine.localisation.decision import Replacement
from correlator.engine.localisation.scales import Scales, Weighing, gains_of
from correlator.engine.localisation.tuning import TUNING
from correlator.engine.localisation.views import Calls, Incidents
from topology import Scope, Topology


class Narrows(Protocol):
    """Finds scopes within a wide cause; see `narrowing.Narrowing`."""

    def within(self, whole: Cause, unnamed: int, until: float, query: Query) -> list[Cause]:
        """Return causes within a wide one that explain its callers better."""

    def alone(
        self, whole: Cause, scope: Scope, unnamed: int, until: float, query: Query
    ) -> Cause | None:
        """Return one scope within a wide cause, weighed as `within` weighs them."""


class Criteria(Protocol):
    """Criteria for naming a cause; see `selection.Selection`."""

    def nested(self, one: Scope, other: Scope) -> bool:
        """Return whether two scopes compete for the same callers."""

    def enough(self, cause: Cause) -> bool:
        """Return whether a cause explains as much as its rule asks for."""

    def called_about(self, cause: Cause) -> bool:
        """Return whether some customers called, and bring evidence."""

    def has_support(self, cause: Cause, without: frozenset[int] = ...) -> bool:
        """Return whether a cause with many lines explains enough calls well enough."""

    def probably_over(self, cause: Cause) -> bool:
        """Return whether nobody has called for so long that the failure may be over."""


class Revision:
    """Weighs causes in the place of live incidents."""

    def __init__(  # noqa: PLR0913, PLR0917 - narrow views instead of one wide one
        self,
        topology: Topology,
        localiser: Weighing,
        narrowing: Narrows,
        criteria: Criteria,
        calls: Calls,
        incidents: Incidents,
        *,
        explains: bool,
    ) -> None:
        """`explains` false (for ablations): nothing is revised."""
        self._topology = topology
        self._sizes = topology.sizes
        self._outside = topology.domain_count - 1
        self._localiser = localiser
        self._narrowing = narrowing
        self._criteria = criteria
        self._calls = calls
        self._incidents = incidents
        self._explains = explains

    def best(
        self, ranked: list[Cause], trigger: int, unnamed: int, tau: float
    ) -> Replacement | None:
        """Return the best of these causes in the place of live incidents near `trigger`."""
        near = [
            live
            for live in self._incidents.all_announced()
            if self._explains
            and tau - live.onset_tau <= FIT_TAU
            and live.unnamed == unnamed
            and not live.confirmed_by
        ]
        if not near:
            return None
        causes = [c for c in ranked if self._criteria.nested(c.scope, Scope(trigger))]
        scales = Scales(self._localiser, unnamed, tau)
        weighed = [
            self._weigh(cause.scope, lives, scales)
            for cause in causes[: TUNING.most_weighed]
            if not cause.scope.also
            for lives in self._replaced(cause.scope, near)
        ]
        for live in near:
            if self._criteria.nested(live.scope, Scope(trigger)):
                weighed += self._other_scopes(live, scales)
        good = [found for found in weighed if found is not None and found.gain >= TUNING.better]
        return max(good, key=lambda found: (found.gain, -found.cause.scope.domain), default=None)

    def _other_scopes(self, live: LiveIncident, scales: Scales) -> Iterator[Replacement]:
        """Yield narrower and wider scopes in the place of an incident, by how much better they are.

        Those within its scope, where that is wide; and where it is a combination or neighbours, the
        next wider ones and those within them.
        """
        query = Query(frozenset({live.number}))
        for wider in (live.scope, *self._wider(live.scope)):
            whole = scales.weigh(wider, query)
            if whole is None or whole.lines <= TUNING.many_lines:
                continue
            least = whole.penalised
            if wider != live.scope:
                least = max(self._alone(live, whole, query, scales)[0], 0.0)
            inside = self._narrowing.within(whole, live.unnamed, scales.tau, query)
            for cause in (whole, *inside):
                if cause.scope == live.scope or not self._nameable(cause, query.without):
                    continue
                if self._explained(cause, (live,)):
                    yield Replacement(cause, (live,), cause.penalised - least)

    def _wider(self, scope: Scope) -> list[Scope]:
        """Return the scopes that are one part wider: of neighbours, all of them."""
        if scope.among:
            return [Scope(scope.domain)]
        if not scope.also:
            return []
        combination = self._topology.combination
        return [combination([p for p in scope.parts if p != left]) for left in scope.parts]

    def beats(self, found: Replacement, best: Cause | None) -> bool:
        """Return whether one cause for all is likelier than one more failure."""
        if best is None or (best.scope.among and found.cause.scope == best.scope):
            return True  # of an arc, alarms below what is named already count for the rest of it
        rival = best.gain
        if self._criteria.nested(found.cause.scope, best.scope):
            rival -= TUNING.one_more_failure
        return found.gain > rival

    def _replaced(
        self, scope: Scope, near: Sequence[LiveIncident]
    ) -> Iterator[tuple[LiveIncident, ...]]:
        """Yield the sets of incidents that a cause could replace.

        Those on smaller domains, and with them at most one on a larger domain. (A card cannot
        explain a platform that fails at the same time for many more customers.)
        """
        if any(live.scope == scope for live in near):
            return
        lines = self._topology.lines(scope)
        nested = [live for live in near if self._criteria.nested(scope, live.scope)]
        smaller = tuple(live for live in nested if live.customers <= lines)
        if smaller:
            yield smaller
        for live in nested:
            if live.customers > lines:
                yield (*smaller, live)

    def _weigh(
        self, scope: Scope, lives: tuple[LiveIncident, ...], scales: Scales
    ) -> Replacement | None:
        """Weigh a scope in the place of incidents."""
        without = frozenset(live.number for live in lives)
        every = scales.thinning((scope.domain, *(live.scope.domain for live in lives)))
        query = Query(without, every, controlled=scope.domain != self._outside)
        whole = scales.weigh(scope, query)
        if whole is None or not self._nameable(whole, without):
            return None
        same = self._explained(whole, lives)
        if len(same) < len(lives):
            return self._weigh(scope, same, scales) if same else None
        return Replacement(whole, lives, self._gained(whole, lives, query, scales))

    def _gained(
        self, whole: Cause, lives: tuple[LiveIncident, ...], query: Query, scales: Scales
    ) -> float:
        """Return what one cause gains in the place of incidents, in nats.

        Alarms below one failure would count once more for each of several, so that only callers
        count against several; but these have the prior odds of one more failure against them.
        """
        gain, by_callers = gains_of(whole)
        alone = [self._alone(live, whole, query, scales) for live in lives]
        if len(lives) == 1:
            return gain - alone[0][0]
        return by_callers - sum(callers for _, callers in alone) + TUNING.one_more_failure

    def _alone(
        self, live: LiveIncident, whole: Cause, query: Query, scales: Scales
    ) -> tuple[float, float]:
        """Return `gains_of` an incident's scope by itself, each at least 0.

        A wide one also by what the wider cause expects: not by which rule suits the symptoms.
        """
        gains = scales.alone(live.scope, query)
        if live.customers <= TUNING.many_lines:
            return gains
        cause = self._narrowing.alone(whole, live.scope, live.unnamed, scales.tau, query)
        found = (0.0, 0.0) if cause is None else gains_of(cause)
        return max(gains[0], found[0]), max(gains[1], found[1])

    def _nameable(self, cause: Cause, without: frozenset[int]) -> bool:
        criteria = self._criteria
        if not (criteria.called_about(cause) and criteria.has_support(cause, without)):
            return False
        return not criteria.probably_over(cause)

    def _explained(self, cause: Cause, lives: tuple[LiveIncident, ...]) -> tuple[LiveIncident, ...]:
        """Return the incidents half of whose first callers a cause explains.

        Else an incident that is nearly over, which gains next to nothing any more, would be
        replaced by whatever fails next above it.
        """
        last_of = self._calls.last_of

        def explains(customer: str) -> bool:
            call = last_of(customer)
            return call is not None and call.tau >= cause.onset and cause.scope.holds(call.causes())

        found = []
        for live in lives:
            first = list(islice(live.callers, TUNING.first_callers))
            if sum(map(explains, first)) >= TUNING.first_explained * len(first):
                found.append(live)
        return tuple(found)

    def split(self, live: LiveIncident, ranked: list[Cause]) -> tuple[Replacement, Cause] | None:
        """Return a smaller cause in an incident's place, and another beside it, if better.

        They are better than the named one if its other customers are silent.
        """
        tau, without = live.last_tau, frozenset({live.number})
        scales = Scales(self._localiser, live.unnamed, tau)
        query = Query(without, scales.thinning((live.scope.domain,)))
        whole = scales.weigh(live.scope, query)
        inside = [
            cause
            for found in ranked
            if found.scope.single
            and self._inside(found.scope.domain, live.scope.domain)
            and (cause := scales.weigh(found.scope, query))
        ]
        inside.sort(
            key=lambda cause: (-cause.gain, self._sizes[cause.scope.domain], cause.scope.domain)
        )
        if whole is None or not inside:
            return None
        first = inside[0]
        share = self._topology.share
        second = next((c for c in inside if not share(c.scope.domain, first.scope.domain)), None)
        if second is None or len(second.callers) < TUNING.fewest_callers:
            return None
        if not self._criteria.enough(second):
            return None
        # Alarms below are evidence for one failure above as well: only the callers count here.
        halves = (first.scope.domain, second.scope.domain)
        gain = self._localiser.confined(whole, halves, live.unnamed, tau, without)
        gain -= TUNING.one_more_failure
        return (Replacement(first, (live,), gain), second) if gain >= TUNING.better else None

    def _inside(self, domain: int, wider: int) -> bool:
        """Return whether a domain is smaller and all its customers are under a wider one."""
        smaller = domain != wider and self._sizes[domain] < self._sizes[wider]
        return bool(smaller and self._topology.share(domain, wider) == 1.0)
