"""Narrowing: who within a cause really calls: those of one value, of a combination, or neighbours.

What many customers share is hard to tell from the whole: the national level, the hour and a cause
of everybody's move with it. So it is judged by those who have it against those who have not: which
share of the calls that the wider cause explains comes from them, and how silent the others are. One
rule, one λ and one control group on either side, so that nothing else counts.

The scopes that are weighed within a cause:

- every single domain with many customers among its callers;
- **combinations** of attribute values, those with most callers over what is usual;
- **neighbours**: of children of one parent, or values of one column, those with most callers per
  line. For a Poisson scan the best set is always a prefix of them in that order (the linear-time
  subset scan of Neill 2012, Journal of the Royal Statistical Society B 74).

Of a ring, what two cut links leave without a way to the core is weighed with the single domains.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, chain

import numpy as np

from correlator.engine.arrays import Ints
from correlator.engine.calls import WindowColumns
from correlator.engine.detection import factors_of
from correlator.engine.localisation.cause import PLAIN, Cause, Query
from correlator.engine.localisation.kernels.common import (
    Common,
    best_prefix,
    combinations_of,
    excesses,
    in_common,
)
from correlator.engine.localisation.kernels.thinning import thinning
from correlator.engine.localisation.kernels.within import Within, weigh_within
from correlator.engine.localisation.likelihood import Localiser
from correlator.engine.localisation.tuning import TUNING
from correlator.engine.localisation.views import Calls, Concurrent, Prior, Profiles, Usual
from topology import Scope, Topology

_REMEMBERED = 1 << 16  # combinations of which the scope and its lines are kept


class Narrowing:
    """Finds the scopes within a wide cause that explain its callers better."""

    def __init__(  # noqa: PLR0913, PLR0917 - narrow views instead of one wide one
        self,
        topology: Topology,
        localiser: Localiser,
        calls: Calls,
        concurrent: Concurrent,
        profiles: Profiles,
        usual: Usual,
        alarms: Prior,
    ) -> None:
        self._topology = topology
        self._localiser = localiser
        self._calls = calls
        self._concurrent = concurrent
        self._profiles = profiles
        self._usual = usual
        self._alarms = alarms
        self._first_value = len(topology.graph)  # equipment first, then values, then `*`
        self._near: dict[int, Ints] = {}
        self._combined = lru_cache(_REMEMBERED)(self._combine)

    def within(self, whole: Cause, unnamed: int, until: float, query: Query = PLAIN) -> list[Cause]:
        """Return causes within a wide one, the best first; none where it has few callers.

        `query`: how the wide one was weighed. A combination or several neighbours only where they
        beat every single domain: the simpler one wins a tie.
        """
        calls = self._calls.table(query.without)
        common = in_common(calls, whole.callers - calls.first)
        if len(common.rows) < TUNING.narrows_from:
            return []
        singles = self._weigh(whole, self._large(whole, common), unnamed, until, query)
        least = TUNING.simpler + max([whole.penalised, *(cause.penalised for cause in singles)])
        wanted = [*self._combinations(whole, calls, common), *self._neighbours(whole, common)]
        several = self._weigh(whole, wanted, unnamed, until, query, least)
        return sorted([*singles, *several], key=lambda cause: (-cause.penalised, cause.scope))

    def alone(
        self, whole: Cause, scope: Scope, unnamed: int, until: float, query: Query
    ) -> Cause | None:
        """Return one scope within a wide cause, weighed as `within` weighs them."""
        return next(iter(self._weigh(whole, [scope], unnamed, until, query)), None)

    # ---------------------------------------------------------------------------- candidates

    def _large(self, whole: Cause, common: Common) -> list[Scope]:
        """Return the single domains with many customers that some callers are under."""
        if not self._concurrent.everybody[whole.scope.domain] or not whole.scope.single:
            return []
        large = common.domains[self._concurrent.large[common.domains]]
        return [Scope(domain) for domain in sorted(large.tolist())]

    def _combinations(self, whole: Cause, calls: WindowColumns, common: Common) -> list[Scope]:
        """Return the combinations of attribute values with most callers over what is usual.

        Within a value, or a combination, those that have it as a part.
        """
        topology = self._topology
        known = topology.values_among(whole.scope.parts)
        values, counts, few = combinations_of(
            calls, common.rows, self._first_value, np.array(known, np.int64), topology.sizes,
            topology.customer_count,
        )  # fmt: skip
        # Counting the lines of each is slow, so those come first that would be few by chance.
        likely = np.lexsort((*values.T[::-1], -few))[: TUNING.most_counted]
        combined = [
            self._combined((*known, *(part for part in parts if part >= 0)))
            for parts in values[likely].tolist()
        ]
        shares = np.array([lines for _, lines in combined]) / whole.lines
        exceeds = excesses(counts[likely], len(common.rows), shares).tolist()
        ranked = sorted((-nats, scope) for nats, (scope, _) in zip(exceeds, combined, strict=True))
        return [scope for less, scope in ranked[: TUNING.most_scopes] if less < 0.0]

    def _combine(self, values: tuple[int, ...]) -> tuple[Scope, int]:
        """Return the scope of a combination, and its lines."""
        scope = self._topology.combination(values)
        return scope, self._topology.lines(scope)

    def _neighbours(self, whole: Cause, common: Common) -> Iterator[Scope]:
        """Yield sets of neighbours whose share of callers is highest, by parent and type."""
        sizes, callers = self._topology.sizes, len(common.rows)
        for near in self._families(whole, common):
            counts = common.counts[near]
            if counts.sum() > callers:
                continue  # they share customers, as platforms do: no neighbours, and none beside
            called, counts = near[counts > 0], counts[counts > 0]
            order = np.lexsort((called, -counts / sizes[called]))[: TUNING.most_neighbours]
            best = best_prefix(counts[order], sizes[called[order]], callers, whole.lines)
            if 1 < best < len(near):
                yield self._topology.scope_among(called[order[:best]].tolist())

    def _families(self, whole: Cause, common: Common) -> Iterator[Ints]:
        """Yield the domains of one type below one parent, of which at least two have callers."""
        if not whole.scope.single:
            return
        seen: set[int] = set()
        near = self._near_of(whole.scope.domain)
        for domain in near[common.counts[near] > 0].tolist():
            if domain in seen:
                continue
            family = (domain, *self._topology.siblings(domain))
            seen.update(family)
            found = np.array(family, np.int64)
            if (common.counts[found] > 0).sum() > 1:
                yield found

    def _near_of(self, domain: int) -> Ints:
        """Return the domains whose parent is a cause, ascending; cached.

        Or, where that is everybody's, another one of everybody's: below a core that all hang on,
        nothing is next to `*`.
        """
        found = self._near.get(domain)
        if found is None:
            everybody = self._concurrent.everybody
            parents = np.flatnonzero(everybody).tolist() if everybody[domain] else [domain]
            below = [self._below(parent) for parent in parents]
            found = self._near[domain] = np.unique(np.concatenate(below))
        return found

    def _below(self, parent: int) -> Ints:
        outside = self._topology.domain_count - 1
        values = range(self._first_value, outside) if parent == outside else ()
        return np.array([*self._topology.children(parent), *values], np.int64)

    # ------------------------------------------------------------------------------- weights

    def _weigh(  # noqa: PLR0913, PLR0917 - how they are weighed
        self,
        whole: Cause,
        scopes: Iterable[Scope],
        unnamed: int,
        until: float,
        query: Query,
        least: float = -math.inf,
    ) -> list[Cause]:
        """Weigh scopes within a cause by its rule, its control group and its calls.

        Returns those that gain at least so much, penalised.
        """
        wanted = list(scopes)
        if not wanted:
            return []
        localiser, calls = self._localiser, self._calls.table(query.without)
        rules = [localiser.rules_for(scope.parts[0], unnamed) for scope in wanted]
        rows, table = localiser.rows_in(calls, whole.scope, until), localiser.table(wanted)
        asked = self._asked(whole, rows, rules, unnamed, until, query)
        found = weigh_within(calls, table, asked)
        columns = (found.rules, found.gains, found.rates, found.onsets)
        fits = zip(*(column.tolist() for column in columns), strict=True)
        begins = found.starts.tolist()
        causes = []
        for k, (scope, (rule, gain, rate, onset)) in enumerate(zip(wanted, fits, strict=True)):
            if rule < 0:
                continue
            (alarm,) = self._alarms.weights(scope, [(rule, onset)])
            penalised = gain + alarm - localiser.penalty(scope, alarm)
            if penalised >= least:
                callers, lines = found.callers[begins[k] : begins[k + 1]], int(table.lines[k])
                causes.append(
                    Cause(scope, rule, gain + alarm, rate, onset, callers, alarm, penalised, lines)
                )
        return causes

    def _asked(  # noqa: PLR0913, PLR0917 - how they are weighed
        self,
        whole: Cause,
        rows: Ints,
        rules: Sequence[Sequence[int]],
        unnamed: int,
        until: float,
        query: Query,
    ) -> Within:
        """Return how scopes are weighed, of which each has these rules."""
        usual, of_marks = self._usual.columns(), self._profiles.of_marks
        domain, rule = whole.scope.domain, np.array([whole.rule], np.int64)
        return Within(
            rows=rows,
            profile=of_marks[whole.rule],
            multiplier=usual.multiplier,
            controlled=factors_of(usual, domain, rule, query.controlled)[0],
            plain=factors_of(usual, domain, rule, False)[0],  # noqa: FBT003 - compiled
            every=query.every or thinning(len(rows)),
            until=until,
            unnamed=unnamed,
            rule_starts=np.array([0, *accumulate(map(len, rules))], np.int64),
            rules=np.array([*chain.from_iterable(rules)], np.int64),
            profiles=of_marks,
        )
