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

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from math import log, prod

from correlator.engine.arrays import Floats
from correlator.engine.calls import CallColumns, in_scope
from correlator.engine.localisation.cause import FIT_TAU, PLAIN, Cause, Query, thinning
from correlator.engine.localisation.likelihood import Localiser, fit
from correlator.engine.localisation.tuning import TUNING
from correlator.engine.localisation.views import Calls, Concurrent, Prior, Profiles, Usual
from topology import Scope, Topology


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

    def within(self, whole: Cause, unnamed: int, until: float, query: Query = PLAIN) -> list[Cause]:
        """Return causes within a wide one, the best first; none where it has few callers.

        `query`: how the wide one was weighed. A combination or several neighbours only where they
        beat every single domain: the simpler one wins a tie.
        """
        called = (call.causes() for call in self._calls.calls(whole.callers))
        callers = [domains for domains in called if len(domains) > 1]  # the others are nowhere
        if len(callers) < TUNING.narrows_from:
            return []
        singles = self._weigh(whole, self._large(whole, callers), unnamed, until, query)
        least = TUNING.simpler + max([whole.penalised, *(cause.penalised for cause in singles)])
        wanted = [*self._combinations(whole, callers), *self._neighbours(whole, callers)]
        several = self._weigh(whole, wanted, unnamed, until, query)
        found = [*singles, *(cause for cause in several if cause.penalised >= least)]
        return sorted(found, key=lambda cause: (-cause.penalised, cause.scope))

    def alone(
        self, whole: Cause, scope: Scope, unnamed: int, until: float, query: Query
    ) -> Cause | None:
        """Return one scope within a wide cause, weighed as `within` weighs them."""
        return next(iter(self._weigh(whole, [scope], unnamed, until, query)), None)

    # ---------------------------------------------------------------------------- candidates

    def _large(self, whole: Cause, callers: Sequence[tuple[int, ...]]) -> list[Scope]:
        """Return the single domains with many customers that some callers are under."""
        if not self._concurrent.everybody[whole.scope.domain] or not whole.scope.single:
            return []
        large = self._concurrent.large
        return [Scope(d) for d in sorted(set().union(*callers)) if large[d]]

    def _combinations(self, whole: Cause, callers: Sequence[tuple[int, ...]]) -> list[Scope]:
        """Return the combinations of attribute values with most callers over what is usual.

        Within a value, or a combination, those that have it as a part.
        """
        known = self._topology.values_among(whole.scope.parts)
        counts: Counter[tuple[int, ...]] = Counter()
        for domains in callers:
            values = [v for v in self._topology.values_among(domains) if v not in known]
            for columns in range(max(1, 2 - len(known)), TUNING.most_columns - len(known) + 1):
                counts.update(combinations(values, columns))
        often = {
            values: count for values, count in counts.items() if count >= TUNING.fewest_in_scope
        }

        def excess(values: tuple[int, ...], share: float) -> float:
            return _excess(often[values], len(callers), share)

        # Counting the lines of each is slow, so those come first that would be few by chance.
        few = {values: excess(values, self._share_by_chance(values)) for values in often}
        likely = sorted(few, key=lambda values: (-few[values], values))
        scopes = {
            values: self._topology.combination((*known, *values))
            for values in likely[: TUNING.most_counted]
        }
        ranked = sorted(
            (-excess(values, self._topology.lines(scope) / whole.lines), scope)
            for values, scope in scopes.items()
        )
        return [scope for less, scope in ranked[: TUNING.most_scopes] if less < 0.0]

    def _share_by_chance(self, values: tuple[int, ...]) -> float:
        """Return which share of the lines would have all of some values, were they independent."""
        lines = self._topology.customer_count
        return prod(int(self._topology.sizes[value]) / lines for value in values)

    def _neighbours(self, whole: Cause, callers: Sequence[tuple[int, ...]]) -> Iterator[Scope]:
        """Yield sets of neighbours whose share of callers is highest, by parent and type."""
        counts = Counter(domain for domains in callers for domain in domains)
        for near in self._families(whole, counts):
            called = [one for one in near if counts[one]]
            if sum(counts[one] for one in called) > len(callers):
                continue  # they share customers, as platforms do: no neighbours, and none beside
            sizes = self._topology.sizes
            called.sort(key=lambda one: (-counts[one] / int(sizes[one]), one))
            together = lines = best = 0
            best_excess = 0.0
            for place, one in enumerate(called[: TUNING.most_neighbours], 1):
                together, lines = together + counts[one], lines + int(sizes[one])
                excess = _excess(together, len(callers), lines / whole.lines)
                if excess > best_excess:
                    best, best_excess = place, excess
            if 1 < best < len(near):
                yield self._topology.scope_among(called[:best])

    def _families(self, whole: Cause, counts: Counter[int]) -> Iterator[list[int]]:
        """Yield the domains of one type below one parent, of which at least two have callers.

        The parent is the cause, or, where that is everybody's, another one of everybody's: below a
        core that all hang on, nothing is next to `*`.
        """
        topology, seen = self._topology, set()
        everybody = self._concurrent.everybody
        every = bool(everybody[whole.scope.domain])
        for domain in sorted(counts) if whole.scope.single else ():
            parents = topology.parents(domain)
            near = whole.scope.domain in parents or (every and everybody[[*parents]].any())
            if domain in seen or not near:
                continue
            family = [domain, *topology.siblings(domain)]
            seen.update(family)
            if sum(counts[one] > 0 for one in family) > 1:
                yield family

    # ------------------------------------------------------------------------------- weights

    def _weigh(
        self,
        whole: Cause,
        scopes: Iterable[Scope],
        unnamed: int,
        until: float,
        query: Query,
    ) -> list[Cause]:
        """Weigh scopes within a cause by its rule, its control group and its calls."""
        calls = self._localiser.recent(whole.scope, until, query.without)
        every = query.every or thinning(len(calls.positions))
        (controlled,) = self._usual.of(
            whole.scope.domain, [whole.rule], controlled=query.controlled
        )
        (plain,) = self._usual.of(whole.scope.domain, [whole.rule], controlled=False)
        profile = self._localiser.profile_of(whole.rule, calls, unnamed)
        found = []
        for scope in scopes:
            (own,) = self._usual.of(scope.domain, [whole.rule], controlled=False)
            factors = (own * controlled / plain)[calls.symptoms]
            expected = calls.expected + (factors - 1.0) * calls.usual
            held = in_scope(self._calls, scope, calls.positions, until - FIT_TAU)
            inside = calls._replace(expected=expected).only(held)
            cause = self._as_cause(scope, inside, profile[held], unnamed, until, every)
            if cause is not None:
                found.append(cause)
        return found

    def _as_cause(  # noqa: PLR0913, PLR0917 - what a fit needs
        self,
        scope: Scope,
        calls: CallColumns,
        profile: Floats,
        unnamed: int,
        until: float,
        every: int,
    ) -> Cause | None:
        """Return a scope as the cause of these calls, by these π and their λ.

        Under the rule of its own that suits its callers best; None without such a rule or a call.
        `every`: one call in so many, by position, stands for all.
        """
        localiser = self._localiser
        rules = localiser.rules_for(scope.parts[0], unnamed)
        chosen = calls.positions % every == 0
        if not rules or not chosen.any():
            return None
        lines = self._topology.lines(scope)
        gain, rate, first = fit(
            calls.taus[chosen], profile[chosen], calls.expected[chosen], float(lines), until, every
        )
        onset = float(calls.taus[chosen][first]) - TUNING.lead
        called = (calls.taus >= onset) & (rate * profile > calls.expected)
        marks = self._profiles.of_marks[:, calls.marks[called]]
        best = max(rules, key=lambda rule: float(marks[rule].sum()))
        (alarm,) = self._alarms.weights(scope, [(best, onset)])
        return Cause(
            scope=scope,
            rule=best,
            gain=gain + alarm,
            rate=rate,
            onset=onset,
            callers=tuple(calls.positions[called].tolist()),
            alarm=alarm,
            penalised=gain + alarm - localiser.penalty(scope, alarm),
            lines=lines,
        )


def _excess(count: int, callers: int, share: float) -> float:
    """Return by how many nats so many of all callers exceed a share of the lines, at least 0.

    That many here and that few elsewhere, given how many they are in all (Kulldorff 1997): of a
    large share, it is the silence of the others that counts.
    """
    usual, others = callers * share, callers - count
    if not 0.0 < usual < count <= callers:
        return 0.0
    silence = others * log(others / (callers - usual)) if others else 0.0
    return count * log(count / usual) + silence
