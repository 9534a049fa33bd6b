"""The network around a cause: what its parents, children, siblings and rivals say just now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from correlator.engine.arrays import Bools
from correlator.engine.incidents import LiveIncident
from correlator.engine.projections.views import About, AlarmsOn, Calls, Rates, WorksOn
from correlator.model import Neighbour, Neighbourhood, Relation
from topology import Topology

_MOST = 60
_FEW = 200
_MOST_LOOKED_AT = 2_000
"""Children or siblings looked at; a core router with more than that is not drawn whole anyway."""


class NeighbourReader:
    """Reads the neighbourhoods of causes."""

    def __init__(  # noqa: PLR0913, PLR0917 - narrow views instead of one wide one
        self,
        topology: Topology,
        rates: Rates,
        calls: Calls,
        about: About,
        alarms: AlarmsOn,
        works: WorksOn,
    ) -> None:
        self._topology = topology
        self._outside = topology.domain_count - 1
        self._rates = rates
        self._calls = calls
        self._about = about
        self._alarms = alarms
        self._works = works

    def is_small(self, live: LiveIncident) -> bool:
        """Return whether it costs little to look at all around a cause."""
        return sum(len(domains) for _, domains in self._checked(live)) <= _FEW

    def neighbourhood(self, live: LiveIncident) -> Neighbourhood:
        """Return the domains around the cause of an incident, at most 60, the worst first."""
        now = self._rates.moment.now
        listed = self._about.listed(live)
        always = dict.fromkeys(live.scope.parts[:_MOST], Relation.CAUSE)
        for domain, relation in self._always_shown(live):
            always.setdefault(domain, relation)
        near = [self._neighbour(live, d, r, listed) for d, r in always.items()]
        ill: list[Neighbour] = []
        healthy = {}
        for relation, domains in self._checked(live):
            others = [d for d in domains if d not in always]
            found = [d for d in others if self._is_conspicuous(live, d, listed)]
            healthy[relation] = len(others) - len(found)
            ill += [self._neighbour(live, d, relation, listed) for d in found]
        ill.sort(key=_badness)
        kept = ill[: _MOST - len(near)]
        return Neighbourhood(
            incident=live.id,
            time=now,
            neighbours=(*near, *kept),
            healthy_children=healthy.get(Relation.CHILD, 0),
            healthy_siblings=healthy.get(Relation.SIBLING, 0),
        )

    def _always_shown(self, live: LiveIncident) -> Iterator[tuple[int, Relation]]:
        """Yield what is named even if it is healthy: the parents, and the causes not chosen."""
        parts = live.scope.parts if live.scope.parts != (self._outside,) else ()
        parents = sorted({parent for part in parts for parent in self._topology.parents(part)})
        for parent in parents:
            yield parent, Relation.PARENT
        for rival in live.rivals:
            domain = self._topology.domain(rival.domain)
            if domain is not None and domain not in parents and domain != self._outside:
                yield domain, Relation.RIVAL

    def _checked(self, live: LiveIncident) -> Iterator[tuple[Relation, Sequence[int]]]:
        """Yield what is below the parts of a cause and beside them; of a combination, nothing."""
        scope, topology = live.scope, self._topology
        if scope.also or scope.parts == (self._outside,):
            return
        below = [child for part in scope.parts for child in topology.children(part)]
        yield Relation.CHILD, below[:_MOST_LOOKED_AT]
        beside = topology.siblings(scope.parts[0])  # neighbours have the same ones
        yield Relation.SIBLING, beside[:_MOST_LOOKED_AT]

    def _is_conspicuous(self, live: LiveIncident, domain: int, listed: Bools) -> bool:
        """Whether there is anything to tell of a domain; asked of hundreds that are healthy."""
        return (
            self._alarms.any_on(domain)
            or self._observed(live, domain, listed) > 0
            or bool(self._works.covers(domain, self._rates.moment.now))
        )

    def _neighbour(
        self, live: LiveIncident, domain: int, relation: Relation, listed: Bools
    ) -> Neighbour:
        now, tau = self._rates.moment
        usual = self._about.usual(live, domain) * max(0.0, tau - live.onset_tau)
        return Neighbour(
            domain=self._topology.name(domain),
            type=self._topology.type_of(domain),
            relation=relation,
            lines=int(self._topology.sizes[domain]),
            observed=self._observed(live, domain, listed),
            expected=float(f"{usual:.3g}"),
            alarms=len(self._alarms.on(domain)),
            works=self._works.covers(domain, now),
        )

    def _observed(self, live: LiveIncident, domain: int, listed: Bools) -> int:
        """Count the calls about the `listed` symptoms under a domain, since the onset."""
        under = self._calls.under(domain, live.onset_tau)
        return int(listed[self._calls.symptoms(under)].sum()) if len(under) else 0


def _badness(one: Neighbour) -> tuple[bool, float, int, str]:
    """Order: children before siblings, then by excess of callers, alarms, and name."""
    return one.relation is Relation.SIBLING, one.expected - one.observed, -one.alarms, one.domain
