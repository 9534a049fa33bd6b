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

import math
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np

from correlator.engine.arrays import Floats, Ints
from correlator.engine.calls import CallColumns, in_scope
from correlator.engine.localisation.cause import FIT_TAU, PLAIN, Cause, Query, thinning
from correlator.engine.localisation.kernels import best_fit, best_fits
from correlator.engine.localisation.tuning import TUNING
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

RATES: Floats = np.array(TUNING.call_rates)


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
    return best_fit(taus, profile, expected, RATES, customers, until, TUNING.lead, float(each))


class _Fits(NamedTuple):
    """The best onset and rate of a domain under each of its rules.

    `gains`, `rates`: shape (rules,); `firsts`: index of the first call, of `calls`; `profile` and
    `expected`: shape (rules, calls).
    """

    calls: CallColumns
    gains: Floats
    rates: Floats
    firsts: Ints
    profile: Floats
    expected: Floats
    lines: int


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
        self._first_group = len(topology.graph)  # equipment first, then groups of customers
        firsts = [int(domains[0]) for domains in topology.types.values()]
        self._columns = sum(self._first_group <= first < self._outside for first in firsts)
        self._calls = calls
        self._concurrent = concurrent
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
        rules = self.rules_for(scope.among[0] if scope.among else scope.domain, unnamed)
        fits = self._fits(scope, rules, unnamed, until, query) if rules else None
        if fits is None:
            return None
        taus = fits.calls.taus
        onsets = [float(taus[first]) - TUNING.lead for first in fits.firsts]
        asked = list(zip(rules, onsets, strict=True))
        alarms = self._alarms.weights(scope, asked, query.without)
        gains = [float(gain) + alarm for gain, alarm in zip(fits.gains, alarms, strict=True)]
        best = gains.index(max(gains))
        compared = gains[best]
        if scope.domain == self._outside:
            compared += self._placed(fits, best, until) - float(fits.gains[best])
        return Cause(
            scope=scope,
            rule=rules[best],
            gain=gains[best],
            rate=float(fits.rates[best]),
            onset=onsets[best],
            callers=self._callers(fits, best, self._linked[rules[best]]),
            alarm=alarms[best],
            penalised=compared - self.penalty(scope, alarms[best]),
            lines=fits.lines,
        )

    def _placed(self, fits: _Fits, rule: int, until: float) -> float:
        """Return what everybody gains by those callers of whom customer or place is known.

        The others are no evidence for the whole and against a part of it; only where all are
        unknown, all count.
        """
        calls = fits.calls
        nowhere = self._calls.under(self._calls.nowhere, until - FIT_TAU)
        placed = ~np.isin(calls.positions, nowhere)
        if placed.all() or not placed.any():
            return float(fits.gains[rule])
        every = thinning(len(calls.positions))
        placed &= calls.positions % every == 0
        found = fit(
            calls.taus[placed], fits.profile[rule, placed], fits.expected[rule, placed],
            float(fits.lines), until, every,
        )  # fmt: skip
        return found[0]

    def penalty(self, scope: Scope, alarm: float) -> float:
        """Return the penalty of causes of a scope's kind, in nats; `alarm`: its alarm prior.

        A combination pays for each further column, neighbours for the choice among all of them: the
        logarithm of how many such choices there are (a Bonferroni correction in nats).
        """
        domain = scope.domain
        if scope.also:
            return TUNING.group_penalty + TUNING.column_penalty * len(scope.also)
        if scope.among:
            return TUNING.group_penalty + self._choice(scope.among)
        if domain == self._outside:
            return TUNING.outside_penalty
        everybody = self._concurrent.everybody[domain]
        grouped = (everybody and alarm <= 0.0) or domain >= self._first_group
        return TUNING.group_penalty if grouped else 0.0

    def _choice(self, among: tuple[int, ...]) -> float:
        """Return ln of how many sets of neighbours there are to choose this one from.

        Of values, in any column: in one of them some of everybody's callers lack a value by chance.
        """
        arcs = self._topology.arcs(among[:1])
        if among in arcs:
            return math.log(len(arcs))
        choices = _log_choices(1 + len(self._topology.siblings(among[0])), len(among))
        return choices + (math.log(self._columns) if among[0] >= self._first_group else 0.0)

    def rules_for(self, domain: int, unnamed: int) -> list[int]:
        """Return the rules on a domain, about named symptoms or about an unnamed one."""
        if unnamed >= 0:
            return self._streams.unnamed_rules_for(domain)
        return self._streams.rules_on.get(domain, [])

    def _fits(
        self, scope: Scope, rules: list[int], unnamed: int, until: float, query: Query
    ) -> _Fits | None:
        calls = self.recent(scope, until, query.without)
        if not len(calls.positions):
            return None
        count = len(calls.positions)
        several = scope.also or scope.among
        lines = self._topology.lines(scope) if several else int(self._sizes[scope.domain])
        every = query.every or (1 if count <= TUNING.most_calls else thinning(count))
        usual = np.array(self._usual.of(scope.domain, rules, controlled=query.controlled))
        gains, rates, firsts, profile, expected = best_fits(
            calls.positions, calls.taus, calls.symptoms, calls.marks, calls.expected, calls.usual,
            usual, np.array(rules), self._profiles.of_marks, unnamed, every, RATES,
            float(lines), until, TUNING.lead,
        )  # fmt: skip
        if not len(gains):
            return None
        return _Fits(calls, gains, rates, firsts, profile, expected, lines)

    @staticmethod
    def _callers(fits: _Fits, rule: int, linked: float) -> tuple[int, ...]:
        """Return the positions of the calls since the onset that the cause explains."""
        first = fits.firsts[rule]
        profile, expected = fits.profile[rule, first:], fits.expected[rule, first:]
        explains = fits.rates[rule] * profile * (1.0 - linked) > linked * expected
        return tuple(fits.calls.positions[first:][explains].tolist())

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
        since = until - FIT_TAU
        found = self._calls.columns_under(scope.domain, since, without)
        if scope.also or scope.among:
            found = found.only(in_scope(self._calls, scope, found.positions, since))
        taus = found.taus
        if not len(taus):
            return found
        ascends = bool((taus[1:] >= taus[:-1]).all())
        if ascends and taus[-1] <= until and taus[0] > since:
            return found
        order = np.argsort(taus, kind="stable")
        return found.only(order[(taus[order] > since) & (taus[order] <= until)])

    def domains_to_weigh(self, positions: Ints, most: int) -> list[int]:
        """Return the domains of these calls with the largest excess over what is usual.

        At most `most` of them, ascending; only those with two calls, unless there is only one.
        The excess of k calls where e are usual is k·ln(k/e) − k + e nats (the Poisson deviance);
        each call counts by the share that incidents do not explain.
        """
        if not len(positions):
            return []
        causes = self._calls.causes(positions)
        calls = self._calls.columns(positions)
        lengths = np.array([len(domains) for domains in causes])
        domains = np.fromiter(chain.from_iterable(causes), np.int64, lengths.sum())
        usual = np.repeat(calls.usual, lengths)
        left = usual / np.repeat(calls.expected, lengths)
        found, place, count = np.unique(domains, return_inverse=True, return_counts=True)
        weight = np.bincount(place, left)
        span = max(calls.taus[-1] - calls.taus[0], 0.1)
        # A call's rate is that of its symptom: their mean stands for one of all symptoms.
        expected = self._sizes[found] * (np.bincount(place, usual) / count) * span
        excess = weight * np.log(np.maximum(weight / expected, 1.0)) - np.maximum(
            weight - expected, 0.0
        )
        enough = count >= min(2, len(causes))
        order = np.lexsort((found, -excess))
        return sorted([int(found[i]) for i in order if enough[i]][:most])

    def weigh_all(self, scopes: Iterable[Scope], unnamed: int, until: float) -> list[Cause]:
        """Weigh every scope; returns those that some call supports, in that order."""
        causes = [self.weigh(scope, unnamed, until) for scope in scopes]
        return [cause for cause in causes if cause is not None]


def _log_choices(all_of_them: int, chosen: int) -> float:
    """Return ln of how many ways there are to choose so many of all."""
    lgamma = math.lgamma
    return lgamma(all_of_them + 1) - lgamma(chosen + 1) - lgamma(all_of_them - chosen + 1)
