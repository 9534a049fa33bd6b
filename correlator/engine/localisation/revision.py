"""Revision: which cause would be better in the place of live incidents, and by how many nats.

A comparison of penalised log likelihood ratios, in which every further independent failure costs
8.5 nats (its prior log odds).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Protocol

from correlator.engine.incidents import LiveIncident
from correlator.engine.localisation.cause import FIT_TAU, Cause, Query, thinning
from correlator.engine.localisation.decision import Replacement
from correlator.engine.localisation.tuning import TUNING
from correlator.engine.localisation.views import Calls, Incidents
from topology import Topology


class Weighing(Protocol):
    """Weighs domains as causes; see `likelihood.Localiser`."""

    def count(self, domain: int, until: float) -> int:
        """Return how many calls a query of a domain uses."""

    def weigh(self, domain: int, unnamed: int, until: float, query: Query) -> Cause | None:
        """Return the domain as a cause, or None where no call supports it."""

    def confined(
        self,
        whole: Cause,
        domains: Sequence[int],
        unnamed: int,
        until: float,
        without: frozenset[int],
    ) -> float:
        """Return what is gained, in nats, by confining a cause to domains within it."""


class Criteria(Protocol):
    """Criteria for naming a cause; see `selection.Selection`."""

    def nested(self, one: int, other: int) -> bool:
        """Return whether two domains compete for the same callers."""

    def enough(self, cause: Cause) -> bool:
        """Return whether a cause explains as much as its rule asks for."""

    def called_about(self, cause: Cause) -> bool:
        """Return whether some customers called, and bring evidence."""

    def has_support(self, cause: Cause, without: frozenset[int] = ...) -> bool:
        """Return whether a cause with many lines explains enough calls well enough."""

    def probably_over(self, cause: Cause) -> bool:
        """Return whether nobody has called for so long that the failure may be over."""


class _Scales:
    """Weighs domains for one revision at one moment; a cache."""

    def __init__(self, localiser: Weighing, unnamed: int, tau: float) -> None:
        self._localiser = localiser
        self._unnamed = unnamed
        self._tau = tau
        self._calls: dict[int, int] = {}
        self._alone: dict[tuple[int, Query], tuple[float, float]] = {}

    def weigh(self, domain: int, query: Query) -> Cause | None:
        """Weigh a domain as a cause."""
        return self._localiser.weigh(domain, self._unnamed, self._tau, query)

    def thinning(self, domains: Iterable[int]) -> int:
        """Return k: every k-th call is enough to weigh any of these domains."""
        return thinning(max(map(self._calls_under, domains)))

    def _calls_under(self, domain: int) -> int:
        calls = self._calls.get(domain)
        if calls is None:
            calls = self._calls[domain] = self._localiser.count(domain, self._tau)
        return calls

    def alone(self, domain: int, query: Query) -> tuple[float, float]:
        """Return `gains_of` a domain by itself, each at least 0."""
        gains = self._alone.get((domain, query))
        if gains is None:
            cause = self.weigh(domain, query)
            gain, callers = (0.0, 0.0) if cause is None else gains_of(cause)
            gains = self._alone[domain, query] = (max(0.0, gain), max(0.0, callers))
        return gains


def gains_of(cause: Cause) -> tuple[float, float]:
    """Return a cause's penalised gain, and the same without alarms in its favour, in nats."""
    return cause.penalised, cause.penalised - max(0.0, cause.alarm)


class Revision:
    """Weighs causes in the place of live incidents."""

    def __init__(  # noqa: PLR0913 - narrow views instead of one wide one
        self,
        topology: Topology,
        localiser: Weighing,
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
        causes = [c for c in ranked if self._criteria.nested(c.domain, trigger)]
        scales = _Scales(self._localiser, unnamed, tau)
        weighed = [
            self._weigh(cause.domain, lives, scales)
            for cause in causes[: TUNING.most_weighed]
            for lives in self._replaced(cause.domain, near)
        ]
        good = [found for found in weighed if found is not None and found.gain >= TUNING.better]
        return max(good, key=lambda found: (found.gain, -found.cause.domain), default=None)

    def beats(self, found: Replacement, best: Cause | None) -> bool:
        """Return whether one cause for all is likelier than one more failure."""
        if best is None:
            return True
        rival = best.gain
        if self._criteria.nested(found.cause.domain, best.domain):
            rival -= TUNING.one_more_failure
        return found.gain > rival

    def _replaced(
        self, domain: int, near: Sequence[LiveIncident]
    ) -> Iterator[tuple[LiveIncident, ...]]:
        """Yield the sets of incidents that a cause could replace.

        Those on smaller domains, and with them at most one on a larger domain. (A card cannot
        explain a platform that fails at the same time for many more customers.)
        """
        if any(live.domain == domain for live in near):
            return
        sizes = self._sizes
        nested = [live for live in near if self._criteria.nested(domain, live.domain)]
        smaller = tuple(live for live in nested if sizes[live.domain] <= sizes[domain])
        if smaller:
            yield smaller
        for live in nested:
            if sizes[live.domain] > sizes[domain]:
                yield (*smaller, live)

    def _weigh(
        self, domain: int, lives: tuple[LiveIncident, ...], scales: _Scales
    ) -> Replacement | None:
        """Weigh a domain in the place of incidents."""
        without = frozenset(live.number for live in lives)
        every = scales.thinning((domain, *(live.domain for live in lives)))
        query = Query(without, every, controlled=domain != self._outside)
        whole = scales.weigh(domain, query)
        if whole is None or not self._nameable(whole, without):
            return None
        same = self._explained(whole, lives)
        if len(same) < len(lives):
            return self._weigh(domain, same, scales) if same else None
        return Replacement(whole, lives, self._gained(whole, lives, query, scales))

    def _gained(
        self, whole: Cause, lives: tuple[LiveIncident, ...], query: Query, scales: _Scales
    ) -> float:
        """Return what one cause gains in the place of incidents, in nats.

        Alarms below one failure would count once more for each of several, so that only callers
        count against several; but these have the prior odds of one more failure against them.
        """
        gain, by_callers = gains_of(whole)
        alone = [scales.alone(live.domain, query) for live in lives]
        if len(lives) == 1:
            return gain - alone[0][0]
        return by_callers - sum(callers for _, callers in alone) + TUNING.one_more_failure

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
            return call is not None and call.tau >= cause.onset and cause.domain in call.causes()

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
        scales = _Scales(self._localiser, live.unnamed, tau)
        query = Query(without, scales.thinning((live.domain,)))
        whole = scales.weigh(live.domain, query)
        inside = [
            cause
            for found in ranked
            if self._inside(found.domain, live.domain)
            and (cause := scales.weigh(found.domain, query))
        ]
        inside.sort(key=lambda cause: (-cause.gain, self._sizes[cause.domain], cause.domain))
        if whole is None or not inside:
            return None
        first = inside[0]
        share = self._topology.share
        second = next((c for c in inside if not share(c.domain, first.domain)), None)
        if second is None or len(second.callers) < TUNING.fewest_callers:
            return None
        if not self._criteria.enough(second):
            return None
        # Alarms below are evidence for one failure above as well: only the callers count here.
        halves = (first.domain, second.domain)
        gain = self._localiser.confined(whole, halves, live.unnamed, tau, without)
        gain -= TUNING.one_more_failure
        return (Replacement(first, (live,), gain), second) if gain >= TUNING.better else None

    def _inside(self, domain: int, wider: int) -> bool:
        """Return whether a domain is smaller and all its customers are under a wider one."""
        smaller = domain != wider and self._sizes[domain] < self._sizes[wider]
        return bool(smaller and self._topology.share(domain, wider) == 1.0)
