"""The likelihood of causes: a penalised Poisson likelihood ratio scan over domains and onsets.

A cause u that adds c calls per line since its onset t0 gains, in nats,

    Σ_i ln(1 + c·π_u(s_i)/λ_i)  −  n_u·c·(T − t0)  +  w_u

over the calls i under u since t0: how much better it explains the calls that came, minus those that
it should have caused, plus the alarm prior. λ_i includes what other incidents already explain. c
runs over a grid, t0 over the first callers. The scan over domains and onsets is Kulldorff's (1997,
A spatial scan statistic, Communications in Statistics 26), over the failure domains of the network
instead of circles on a map; alarms and penalties are prior log odds.

Where thousands have called, one call in 2, 4, 8, … stands for all, chosen by its position: causes
that are weighed against each other are weighed on the same calls.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, chain
from typing import NamedTuple

import numpy as np

from correlator.engine.arrays import Floats, Ints
from correlator.engine.calls import CallColumns, ScopeTable, WindowColumns, rows_in
from correlator.engine.localisation.cause import FIT_TAU, PLAIN, Cause, Query
from correlator.engine.localisation.kernels.common import most_exceeding
from correlator.engine.localisation.kernels.fits import (
    Asked,
    Weights,
    best_fit,
    callers_of,
    fit_placed,
    weigh_scopes,
)
from correlator.engine.localisation.kernels.thinning import thinning
from correlator.engine.localisation.penalties import Penalties
from correlator.engine.localisation.views import (
    NOBODY,
    Calls,
    Concurrent,
    Prior,
    Profiles,
    Streams,
    Usual,
)
from rules.model import OUTSIDE, Rule
from topology import Scope, Topology

_NONE: Ints = np.zeros(0, np.int64)


def fit(  # noqa: PLR0913, PLR0917 - a likelihood has that many parts
    taus: Floats,
    profile: Floats,
    expected: Floats,
    customers: float,
    until: float,
    each: int = 1,
) -> tuple[float, float, int]:
    """Return (gain, c, index of the first call) of the best onset and rate.

    `taus` ascending; `profile` π(s_i) and `expected` λ_i per call; `until` = T; `each`: how many
    calls every one stands for.
    """
    return best_fit(taus, profile / expected, customers, until, float(each))


class _Found(NamedTuple):
    """A scope, weighed: its place among all, its best fit, −1 for none, the weight of its alarms.

    `penalty`: see `penalties`; `callers`: positions of the calls that it explains.
    """

    scope: Scope
    place: int
    fit: int
    alarm: float
    penalty: float
    callers: Ints


class Localiser:
    """Weighs domains as the cause of recent calls."""

    def __init__(  # noqa: PLR0913, PLR0917 - narrow views instead of one wide one
        self,
        topology: Topology,
        rules: Sequence[Rule],
        calls: Calls,
        concurrent: Concurrent,
        streams: Streams,
        profiles: Profiles,
        usual: Usual,
        alarms: Prior,
    ) -> None:
        self._topology = topology
        self._sizes = topology.sizes
        self._outside = topology.domain_count - 1
        self._penalties = Penalties(topology, concurrent)
        self._calls = calls
        self._streams = streams
        self._profiles = profiles
        self._usual = usual
        self._alarms = alarms
        # The probability from which a call is one of the cause's callers.
        self._linked = [rule.link.linked if OUTSIDE in rule.domains else 0.5 for rule in rules]

    def count(self, domain: int, until: float) -> int:
        """Return how many calls a query of a domain uses."""
        return len(self._calls.under(domain, until - FIT_TAU))

    def weigh(self, scope: Scope, unnamed: int, until: float, query: Query = PLAIN) -> Cause | None:
        """Return a scope as a cause under its best rule, or None where no call supports it.

        `unnamed`: the unnamed symptom that it is about, or −1; `until`: T in τ.
        """
        return next(iter(self.weigh_all([scope], unnamed, until, query)), None)

    def weigh_all(
        self, scopes: Sequence[Scope], unnamed: int, until: float, query: Query = PLAIN
    ) -> list[Cause]:
        """Weigh scopes, no two alike, as `weigh` does; returns those that some call supports."""
        rules = [self.rules_for(scope.parts[0], unnamed) for scope in scopes]
        starts = [0, *accumulate(map(len, rules))]
        asked = Asked(
            np.array(starts, np.int64), np.array([*chain.from_iterable(rules)], np.int64),
            self._profiles.of_marks, unnamed, query.every, until, query.controlled,
        )  # fmt: skip
        calls = self._calls.table(query.without)
        weights = weigh_scopes(calls, self._usual.columns(), self.table(scopes), asked)
        best = self._best(scopes, rules, weights, query.without)
        fits = np.array([fit for fit, _ in best], np.int64)
        linked = np.array([self._linked[asked.rules[fit]] if fit >= 0 else 1.0 for fit, _ in best])
        begins, callers = callers_of(calls.first, weights, fits, linked)
        against = self._penalties.of_each(zip(scopes, (alarm for _, alarm in best), strict=True))
        found = [
            _Found(scope, k, fit, alarm, against[k], callers[begins[k] : begins[k + 1]])
            for k, (scope, (fit, alarm)) in enumerate(zip(scopes, best, strict=True))
        ]
        return [self._cause(one, weights, asked) for one in found if one.fit >= 0]

    def _best(
        self,
        scopes: Sequence[Scope],
        rules: Sequence[Sequence[int]],
        weights: Weights,
        without: frozenset[int],
    ) -> list[tuple[int, float]]:
        """Return the best fit of each scope, −1 for none, and the weight of its alarms in it."""
        gains, onsets = weights.gains.tolist(), weights.onsets.tolist()
        firsts, alarm_weights = weights.firsts.tolist(), self._alarms.weights
        found, end = [], 0
        for scope, of in zip(scopes, rules, strict=True):
            start, end = end, end + len(of)
            if not of or firsts[start] < 0:
                found.append((-1, 0.0))
                continue
            asked = list(zip(of, onsets[start:end], strict=True))
            alarms = alarm_weights(scope, asked, without)
            best = max(range(len(of)), key=lambda i: gains[start + i] + alarms[i])
            found.append((start + best, alarms[best]))
        return found

    def _cause(self, found: _Found, weights: Weights, asked: Asked) -> Cause:
        scope, fit, alarm = found.scope, found.fit, found.alarm
        lines, gain = self._lines(scope), float(weights.gains[fit])
        compared = gain
        if scope.domain == self._outside:
            compared = self._placed(found, weights, asked.until, lines)
        return Cause(
            scope=scope,
            rule=int(asked.rules[fit]),
            gain=gain + alarm,
            rate=float(weights.rates[fit]),
            onset=float(weights.onsets[fit]),
            callers=found.callers,
            alarm=alarm,
            penalised=compared + alarm - found.penalty,
            lines=lines,
        )

    def _placed(self, found: _Found, weights: Weights, until: float, lines: int) -> float:
        """Return what everybody gains by those callers of whom customer or place is known.

        The others are no evidence for the whole and against a part of it; only where all are
        unknown, all count.
        """
        place, fit = found.place, found.fit
        rows = weights.rows[weights.starts[place] : weights.starts[place + 1]]
        ratios = weights.ratios[weights.ratio_starts[fit] : weights.ratio_starts[fit + 1]]
        calls = self._calls.table()
        nowhere = self._calls.under(self._calls.nowhere, until - FIT_TAU) - calls.first
        gain, _, first = fit_placed(calls, rows, ratios, nowhere, float(lines), until)
        return float(weights.gains[fit]) if first < 0 else gain

    def _lines(self, scope: Scope) -> int:
        return (
            self._topology.lines(scope)
            if scope.also or scope.among
            else int(self._sizes[scope.domain])
        )

    def table(self, scopes: Sequence[Scope]) -> ScopeTable:
        """Return scopes as columns."""
        also, among = [scope.also for scope in scopes], [scope.among for scope in scopes]
        return ScopeTable(
            np.array([scope.domain for scope in scopes], np.int64),
            *_ragged(also),
            *_ragged(among),
            np.array([self._lines(scope) for scope in scopes], np.float64),
        )

    def penalty(self, scope: Scope, alarm: float) -> float:
        """Return the penalty of causes of a scope's kind, in nats; see `penalties`."""
        return self._penalties.of(scope, alarm)

    def rules_for(self, domain: int, unnamed: int) -> list[int]:
        """Return the rules on a domain, about named symptoms or about an unnamed one."""
        if unnamed >= 0:
            return self._streams.unnamed_rules_for(domain)
        return self._streams.rules_on.get(domain, [])

    def confined(
        self,
        whole: Cause,
        domains: Sequence[int],
        unnamed: int,
        until: float,
        without: frozenset[int] = NOBODY,
    ) -> float:
        """Return what is gained, in nats, by confining a cause to domains that lie within it.

        They have no customer in common. One rule, one rate and one onset on either side: only the
        silence of the other customers of `whole` counts. That some call more often than others, or
        a little later, is no evidence of two failures.
        """
        calls = self.recent(whole.scope, until, without)
        (usual,) = self._usual.of(whole.scope.domain, [whole.rule])
        expected = calls.expected + (usual[calls.symptoms] - 1.0) * calls.usual
        calls = calls._replace(expected=expected)
        every = thinning(len(calls.positions))
        calls = calls.only(calls.positions % every == 0)
        below = [self._calls.under(domain, until - FIT_TAU) for domain in domains]
        inside = calls.only(np.isin(calls.positions, np.concatenate(below)))
        customers = float(sum(self._sizes[domain] for domain in domains))

        def gain(found: CallColumns, lines: float) -> float:
            profile = self.profile_of(whole.rule, found, unnamed)
            return fit(found.taus, profile, found.expected, lines, until, every)[0]

        return gain(inside, customers) - gain(calls, float(whole.lines))

    def profile_of(self, rule: int, calls: CallColumns, unnamed: int) -> Floats:
        """Return π of a rule for each of these calls."""
        profile: Floats = self._profiles.of_marks[rule, calls.marks]
        return profile if unnamed < 0 else np.where(calls.symptoms == unnamed, profile, 0.0)

    def recent(self, scope: Scope, until: float, without: frozenset[int]) -> CallColumns:
        """Return the calls of the last hours, in the order they occurred, as of average lines."""
        calls = self._calls.table(without)
        rows = self.rows_in(calls, scope, until)
        return CallColumns(
            rows + calls.first, calls.taus[rows], calls.symptoms[rows], calls.marks[rows],
            calls.expected[rows], calls.usual[rows],
        )  # fmt: skip

    def rows_in(self, calls: WindowColumns, scope: Scope, until: float) -> Ints:
        """Return the rows of the calls of the last hours in a scope, in the order they occurred."""
        found = np.empty(calls.used, np.int64)
        return found[: rows_in(calls, self.table([scope]), 0, until - FIT_TAU, until, found)]

    def domains_to_weigh(self, positions: Ints, most: int) -> list[int]:
        """Return the domains of these calls with the largest excess over what is usual, ascending.

        At most `most` of them; see `common.most_exceeding`.
        """
        calls = self._calls.table()
        found = most_exceeding(calls, positions - calls.first, self._sizes, most)
        return sorted(found.tolist())


def _ragged(parts: Sequence[tuple[int, ...]]) -> tuple[Ints, Ints]:
    """Return where the numbers of each tuple begin, and all of them one after the other."""
    if not any(parts):
        return np.zeros(len(parts) + 1, np.int64), _NONE
    starts = np.array([0, *accumulate(map(len, parts))], np.int64)
    return starts, np.array([*chain.from_iterable(parts)], np.int64)
