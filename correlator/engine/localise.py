"""Which one cause explains most and wastes least.

A cause u that adds c calls per line since its onset t0 gains, in nats,

    Σ_i ln(1 + c·π_u(s_i)/λ_i)  −  n_u·c·(T − t0)  +  w_u

over the tickets i under u since t0: how much better it explains who called, minus the price of the
customers who should have called and did not, plus what the alarms say. λ_i holds what other
incidents already explain. c runs over a grid, t0 over the first callers.

Where thousands have called, one ticket in 2, 4, 8, … stands for all, chosen by its position: causes
that are weighed against each other are weighed on the same tickets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from correlator.engine.kernels import best_fit
from correlator.engine.recent import Recent

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

RATES: Floats = np.array([0.0003, 0.0008, 0.002, 0.005, 0.012, 0.03, 0.07, 0.15, 0.35, 0.8])
"""c on the grid: calls per line and unit of τ, from a slow platform to a card at noon."""

FIT_TAU = 4.0  # τ, how far back an onset is looked for
_MOST_TICKETS = 4_000  # that a fit looks at
_LEAD = 0.02  # τ by which the onset precedes its first caller


@dataclass(frozen=True)
class Cause:
    """A domain as the cause of recent tickets. `rule` is an index; `gain` in nats, alarms in."""

    domain: int
    rule: int
    gain: float
    rate: float
    onset: float
    callers: tuple[int, ...]
    alarm: float


@dataclass(frozen=True)
class Calls:
    """Calls below one domain, in columns: positions, τ, symptom, λ of each line.

    `usual` is the part of λ when nothing is wrong.
    """

    positions: Ints
    taus: Floats
    symptoms: Ints
    expected: Floats
    usual: Floats

    def only(self, chosen: Ints | NDArray[np.bool_]) -> Calls:
        """Return some of them."""
        return Calls(
            self.positions[chosen],
            self.taus[chosen],
            self.symptoms[chosen],
            self.expected[chosen],
            self.usual[chosen],
        )

    def where(self, factor: Floats) -> Calls:
        """Return them as calls of a domain that calls `factor[s]` times as much as others."""
        return replace(self, expected=self.expected + (factor[self.symptoms] - 1.0) * self.usual)


def fit(  # noqa: PLR0913, PLR0917 - a likelihood has that many parts
    taus: Floats,
    profile: Floats,
    expected: Floats,
    customers: float,
    until: float,
    each: int = 1,
) -> tuple[float, float, int]:
    """Return (gain, c, index of the first ticket) of the best onset and rate.

    `taus` ascending; `profile` π(s_i) and `expected` λ_i per ticket; `until` = T; `each`: how many
    tickets every one stands for.
    """
    return best_fit(taus, profile, expected, RATES, customers, until, _LEAD, float(each))


def thinning(tickets: int) -> int:
    """Return k: every k-th of so many tickets is enough to weigh a cause."""
    every = 1
    while tickets > every * _MOST_TICKETS:
        every *= 2
    return every


@dataclass(frozen=True)
class Look:
    """How a domain is looked at.

    `without`: numbers of incidents to leave out of what is already explained. `every`: every so
    many tickets, as `thinning` said; 0 for as many as the domain needs. `rest`: the domain is
    judged against all others; not where "everybody" is the rival, who would gain by it.
    """

    without: frozenset[int] = frozenset()
    every: int = 0
    rest: bool = True


_PLAIN = Look()


class Usual(Protocol):
    """How many times as much a domain calls as the average line, per symptom."""

    def __call__(self, domain: int, rule: int, *, rest: bool = True) -> Floats:
        """`rest`: against what the rest of the customers do just now."""


class AlarmWeight(Protocol):
    """What the alarms say of a failure of a domain since `onset`, in nats, for one rule."""

    def __call__(
        self, domain: int, rule: int, onset: float, without: frozenset[int] = frozenset()
    ) -> float:
        """`without`: numbers of incidents that do not explain any alarm."""


class Localiser:
    """Weighs causes over the recent tickets."""

    def __init__(  # noqa: PLR0913, PLR0917 - what is known of a domain has that many sides
        self,
        recent: Recent,
        sizes: NDArray[np.int64],
        rules_for: Callable[[int, int], Sequence[int]],
        alarm_weight: AlarmWeight,
        usual: Usual,
        linked: Sequence[float],
    ) -> None:
        """Take what is known of a domain.

        `rules_for(domain, unnamed symptom or −1)`; `alarm_weight`: see there;
        `linked[rule]`: the probability from which a ticket is one of its callers;
        `usual(domain, rule, rest=True)[s]`: g_{u,s}, times what all others do just now.
        """
        self._recent = recent
        self._sizes = sizes
        self._rules_for = rules_for
        self._alarm_weight = alarm_weight
        self._usual = usual
        self._linked = linked
        self.profile: Floats = np.zeros((0, 0))

    def calls(self, domain: int, until: float) -> int:
        """Return how many tickets a look at a domain meets."""
        return len(self._recent.under(domain, until - FIT_TAU))

    def weigh(self, domain: int, unnamed: int, until: float, look: Look = _PLAIN) -> Cause | None:
        """Return the domain as a cause under its best rule, or None where no ticket supports it."""
        tickets = self._tickets(domain, until, look)
        if not len(tickets.positions):
            return None
        every = look.every or thinning(len(tickets.positions))
        best: Cause | None = None
        for rule in self._rules_for(domain, unnamed):
            here = tickets.where(self._usual(domain, rule, rest=look.rest))
            cause = self._cause(domain, rule, here, unnamed, (until, every, look.without))
            if cause is not None and (best is None or cause.gain > best.gain):
                best = cause
        return best

    def confined(
        self,
        whole: Cause,
        domains: Sequence[int],
        unnamed: int,
        until: float,
        without: frozenset[int] = frozenset(),
    ) -> float:
        """Return what is gained, in nats, by confining a cause to domains that lie within it.

        They have no customer in common. One rule, one rate and one onset on either side: what
        counts is whether the other customers of `whole` are silent. That some call more often
        than others, or a little later, is no reason to see two failures.
        """
        tickets = self._tickets(whole.domain, until, Look(without))
        tickets = tickets.where(self._usual(whole.domain, whole.rule))
        every = thinning(len(tickets.positions))
        tickets = tickets.only(tickets.positions % every == 0)
        below = [self._recent.under(domain, until - FIT_TAU) for domain in domains]
        inside = tickets.only(np.isin(tickets.positions, np.concatenate(below)))
        customers = float(sum(self._sizes[domain] for domain in domains))

        def gain(found: Calls, lines: float) -> float:
            profile = self._profile_of(whole.rule, found.symptoms, unnamed)
            return fit(found.taus, profile, found.expected, lines, until, every)[0]

        return gain(inside, customers) - gain(tickets, float(self._sizes[whole.domain]))

    def _profile_of(self, rule: int, symptoms: Ints, unnamed: int) -> Floats:
        profile = self.profile[rule][symptoms]
        return profile if unnamed < 0 else np.where(symptoms == unnamed, profile, 0.0)

    def _tickets(self, domain: int, until: float, look: Look) -> Calls:
        """Return the tickets of the last hours, in the order they occurred, as of average lines."""
        since = until - FIT_TAU
        positions = self._recent.under(domain, since)
        taus = self._recent.taus(positions)
        found = Calls(
            positions,
            taus,
            self._recent.symptoms(positions),
            self._recent.expected(positions, look.without),
            self._recent.rates(positions),
        )
        ascends = bool((taus[1:] >= taus[:-1]).all())
        if not len(taus) or (ascends and taus[-1] <= until and taus[0] > since):
            return found
        order = np.argsort(taus, kind="stable")
        return found.only(order[(taus[order] > since) & (taus[order] <= until)])

    def _cause(
        self,
        domain: int,
        rule: int,
        tickets: Calls,
        unnamed: int,
        looked: tuple[float, int, frozenset[int]],
    ) -> Cause | None:
        until, every, without = looked
        profile = self._profile_of(rule, tickets.symptoms, unnamed)
        columns = (tickets.taus, profile, tickets.expected)
        chosen = None
        if every > 1:
            chosen = np.flatnonzero(tickets.positions % every == 0)
            if not len(chosen):
                return None
            columns = (tickets.taus[chosen], profile[chosen], tickets.expected[chosen])
        gain, rate, first = fit(*columns, float(self._sizes[domain]), until, every)
        first = first if chosen is None else int(chosen[first])
        linked = self._linked[rule]
        explains = rate * profile[first:] * (1.0 - linked) > linked * tickets.expected[first:]
        callers = tickets.positions[first:][explains]
        onset = float(tickets.taus[first]) - _LEAD
        alarm = self._alarm_weight(domain, rule, onset, without)
        return Cause(
            domain=domain,
            rule=rule,
            gain=gain + alarm,
            rate=rate,
            onset=onset,
            callers=tuple(callers.tolist()),
            alarm=alarm,
        )

    def candidates(self, positions: Ints, most: int) -> list[int]:
        """Return the domains of these tickets where most has come beyond what is usual.

        At most `most` of them, ascending; only those with two tickets, unless there is only one.
        The excess of k tickets where e are usual is k·ln(k/e) − k + e nats; each ticket weighs by
        how much incidents leave of it to explain.
        """
        seen = [self._recent[position] for position in positions.tolist()]
        if not seen:
            return []
        causes = [ticket.causes() for ticket in seen]
        lengths = np.array([len(domains) for domains in causes])
        domains = np.fromiter(chain.from_iterable(causes), np.int64, lengths.sum())
        usual = np.repeat(self._recent.rates(positions), lengths)
        left = usual / np.repeat(self._recent.expected(positions), lengths)
        found, place, count = np.unique(domains, return_inverse=True, return_counts=True)
        weight = np.bincount(place, left)
        span = max(seen[-1].tau - seen[0].tau, 0.1)
        # A ticket's rate is that of its symptom: their mean stands for one of all symptoms.
        expected = self._sizes[found] * (np.bincount(place, usual) / count) * span
        excess = weight * np.log(np.maximum(weight / expected, 1.0)) - np.maximum(
            weight - expected, 0.0
        )
        enough = count >= min(2, len(seen))
        order = np.lexsort((found, -excess))
        return sorted([int(found[i]) for i in order if enough[i]][:most])

    def rank(self, domains: Iterable[int], unnamed: int, until: float) -> list[Cause]:
        """Weigh every domain; best first, ties to the smaller domain, then the lower index."""
        causes = [self.weigh(d, unnamed, until) for d in domains]
        return sorted(
            (cause for cause in causes if cause is not None),
            key=lambda cause: (-cause.gain, self._sizes[cause.domain], cause.domain),
        )
