"""Selection: which cause of an alert may be named, and whether it can be named yet.

A decision rule with thresholds on log odds, in nats: a cause has to beat "nothing new" by
`cause_gain` of its rule, and every rival by 4 nats (odds of 55). While it does not beat its rivals
the decision is put off to the next call, as in a sequential test (Wald 1945), until the number of
callers ends it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from correlator.engine.arrays import Ints
from correlator.engine.calls import cautious
from correlator.engine.incidents import LiveIncident, lasting
from correlator.engine.localisation.cause import FIT_TAU, Cause
from correlator.engine.localisation.tuning import TUNING
from correlator.engine.localisation.views import (
    NOBODY,
    Calls,
    Feeds,
    Incidents,
    Levels,
    Profiles,
    Rates,
    Streams,
    Usual,
)
from correlator.model import ANNOUNCED
from rules.model import Rule
from topology import Scope, Topology

MANY_LINES = TUNING.many_lines


class Ranking(Protocol):
    """Weighs domains; see `likelihood.Localiser`."""

    def domains_to_weigh(self, positions: Ints, most: int) -> list[int]:
        """Return the domains of these calls with the largest excess over what is usual."""

    def weigh_all(self, scopes: Sequence[Scope], unnamed: int, until: float) -> list[Cause]:
        """Weigh every scope; returns those that some call supports."""


class Narrowed(Protocol):
    """Finds scopes within a wide cause; see `narrowing.Narrowing`."""

    def within(self, whole: Cause, unnamed: int, until: float) -> list[Cause]:
        """Return causes within a wide one that explain its callers better."""


class Selection:
    """Compares the causes of an alert with each other."""

    def __init__(  # noqa: PLR0913, PLR0917 - narrow views instead of one wide one
        self,
        topology: Topology,
        rules: Sequence[Rule],
        localiser: Ranking,
        narrowing: Narrowed,
        calls: Calls,
        rates: Rates,
        feeds: Feeds,
        streams: Streams,
        levels: Levels,
        profiles: Profiles,
        usual: Usual,
        incidents: Incidents,
        *,
        explains: bool,
    ) -> None:
        """`explains` false (for ablations): live incidents explain nothing."""
        self._topology = topology
        self._sizes = topology.sizes
        self._outside = topology.domain_count - 1
        self._rules = rules
        self._localiser = localiser
        self._narrowing = narrowing
        self._calls = calls
        self._rates = rates
        self._feeds = feeds
        self._streams = streams
        self._levels = levels
        self._profiles = profiles
        self._usual = usual
        self._incidents = incidents
        self._explains = explains

    def rank(self, trigger: int, unnamed: int, tau: float) -> list[Cause]:
        """Return the causes of what was recently called about below `trigger`, the best first."""
        under = self._calls.under(trigger, tau - FIT_TAU, TUNING.newest_calls)
        domains = set(self._localiser.domains_to_weigh(under, TUNING.most_domains))
        domains |= {trigger, self._outside}
        scopes = [*map(Scope, sorted(domains)), *self._arcs(domains)]
        causes = self._sorted(self._localiser.weigh_all(scopes, unnamed, tau))
        return self._sorted(self._narrowed(causes, unnamed, tau))

    def _arcs(self, domains: set[int]) -> list[Scope]:
        """Return the arcs that may be the cause: of those with the same places the smallest.

        With the callers' domains, those that are named already.
        """
        if not self._topology.links:
            return []
        called = domains.union(*(live.scope.parts for live in self._incidents.all_announced()))
        smallest: dict[frozenset[int], tuple[int, ...]] = {}
        for arc in self._topology.arcs(sorted(called)):  # the smallest first
            within = frozenset(called.intersection(arc))
            if len(within) > 1:
                smallest.setdefault(within, arc)
        found = list(smallest.values())[: TUNING.most_arcs]
        return [self._topology.scope_among(arc) for arc in found]

    def _sorted(self, causes: Iterable[Cause]) -> list[Cause]:
        """Sort causes, the best first; of equals the one with fewest customers."""
        return sorted(causes, key=lambda c: (-c.penalised, c.lines, c.scope))

    def _narrowed(self, ranked: list[Cause], unnamed: int, tau: float) -> Iterable[Cause]:
        """Return these causes and those within the widest of them, each scope at its best."""
        found = {cause.scope: cause for cause in ranked}
        for whole in ranked:
            best = whole is ranked[0] or whole.scope.domain == self._outside
            if not best or whole.lines <= MANY_LINES or not self.enough(whole):
                continue
            for cause in self._narrowing.within(whole, unnamed, tau):
                known = found.get(cause.scope)
                if known is None or known.penalised < cause.penalised:
                    found[cause.scope] = cause
        return found.values()

    def best(self, ranked: list[Cause], trigger: int, unnamed: int) -> Cause | None:
        """Return the best plausible cause; below a surge that stands out, no large one."""
        surge = False
        for cause in ranked:
            if surge and cause.scope.single and self._rates.concurrent.large[cause.scope.domain]:
                continue
            if self._plausible(cause, trigger, unnamed) and self.has_support(cause):
                return cause
            surge = surge or (self._is_outside(cause) and self._stands_out(cause))
        return None

    def enough(self, cause: Cause) -> bool:
        """Return whether a cause explains as much as its rule asks for."""
        return cause.gain >= self._rules[cause.rule].cause_gain

    # ------------------------------------------------------------------------ may it be over?

    def probably_over(self, cause: Cause) -> bool:
        """Return whether nobody has called for so long that the failure may be over.

        As of mails of the evening that are read in the morning; sooner while the backlog of a
        stalled feed arrives, and when others have called since about something else.
        """
        calls = self._calls.calls(cause.callers)
        if not calls:
            return False
        age = self._rates.moment.now - max(call.occurred for call in calls)
        if age > (TUNING.stale_backlog if self._feeds.stall else TUNING.stale):
            return True
        silent = self._calls.latest - max(call.tau for call in calls)
        return lasting(cause.rate * float(cause.lines), silent) < TUNING.over

    def over(self, best: Cause, ranked: list[Cause]) -> Cause | None:
        """Return the cause that may be over: this one, or one that explains its callers better.

        The last callers of a platform that works again are no failure of a DSLAM.
        """
        callers = set(best.callers.tolist())
        for cause in ranked:
            if cause is best:
                break
            shared = len(callers.intersection(cause.callers.tolist()))
            better = shared >= TUNING.nested * len(callers) and cause.gain > best.gain
            if better and self.probably_over(cause):
                return cause
        return best if self.probably_over(best) else None

    # ----------------------------------------------------------------------- can it be named?

    def called_about(self, cause: Cause) -> bool:
        """Return whether enough customers called, and are evidence without the alarms.

        A little more than expected from hundreds of thousands of lines may gain a lot without
        explaining a single call.
        """
        if cause.alarm <= 0.0 and self._too_wide(cause):
            return False
        fewest = TUNING.fewest_callers + (cause.lines > MANY_LINES)
        if self._is_outside(cause):
            fewest = TUNING.fewest_outside
        fewest = max(fewest, self._rules[cause.rule].callers)
        return len(cause.callers) >= fewest and cause.gain - cause.alarm >= TUNING.callers_gain

    def _too_wide(self, cause: Cause) -> bool:
        """Return whether a cause has so many lines that on a first day it may be the hour."""
        few = TUNING.first_day_share * float(self._sizes[self._outside])
        return cause.lines > few and not self._rates.knows_a_day()

    def _is_outside(self, cause: Cause) -> bool:
        return cause.scope.domain == self._outside and cause.scope.single

    def _stands_out(self, surge: Cause) -> bool:
        """Return whether a surge is about something; on a first day all rise at the opening."""
        if self._rates.knows_a_day():
            return True
        about, ratio = self._usual.about(surge.rule), self._rates.concurrent.ratio
        return ratio(surge.scope.domain, about) >= TUNING.outstanding * ratio(
            surge.scope.domain, ~about
        )

    def _plausible(self, cause: Cause, trigger: int, unnamed: int) -> bool:
        """Return whether a cause has callers, and a statistic of its own that supports it."""
        if self.living_on(cause, unnamed):
            return True
        if not self.called_about(cause):
            return False
        if cause.scope.domain == trigger or not cause.scope.single:
            return True  # of several domains nothing is counted but the parts, and one rose
        level = self._levels.read(cause.scope.domain, cause.rule, unnamed)
        return level is not None and level.share >= TUNING.own_share

    def has_support(self, cause: Cause, without: frozenset[int] = NOBODY) -> bool:
        """Return whether a cause with many lines explains enough calls well enough to link them.

        A smaller one always has support. `without`: numbers of the incidents that it replaces.
        """
        outside = self._is_outside(cause)
        if not outside and cause.lines <= MANY_LINES:
            return True
        fewest = TUNING.fewest_outside if outside else TUNING.fewest_of_many
        calls = self._calls.columns(cause.callers, without)
        strength = cause.rate * self._profiles.of_marks[cause.rule, calls.marks]
        chance = strength / (strength + calls.expected)
        linked = cautious(chance) >= self._rules[cause.rule].link.linked
        return int(linked.sum()) >= fewest

    def in_doubt(self, best: Cause, ranked: list[Cause], unnamed: int, tau: float) -> list[Scope]:
        """Return the scopes between which another caller should decide; none if none is needed.

        Two callers below one card are two below its DSLAM as well: that something fails may be
        beyond doubt, what fails is not until one cause is likelier by far, or enough have called.
        """
        if self.living_on(best, unnamed):
            return []
        rivals = {
            cause.scope: best.penalised - cause.penalised
            for cause in ranked
            if best.penalised - cause.penalised < TUNING.sure and self._compete(best, cause)
        }
        among = [best.scope, *rivals]
        if not rivals or self._settled(best, among, min(rivals.values()), tau):
            return []
        return among

    def _compete(self, best: Cause, rival: Cause) -> bool:
        """Return whether further callers can decide between two causes that share customers."""
        one, other = best.scope.domain, rival.scope.domain
        if best.scope == rival.scope or self._topology.share(one, other) <= 0.0:
            return False
        if not (best.scope.single and rival.scope.single):
            return True
        return other not in self._topology.equivalents(one)

    def _settled(self, best: Cause, among: Iterable[Scope], ahead: float, tau: float) -> bool:
        """Return whether enough have called, since the onset (it may be too late) or lately.

        `ahead`: nats between the cause and the rival that is nearest.
        """
        callers = len(best.callers)
        if best.lines > MANY_LINES:
            return callers >= TUNING.settles_many
        since = tau - TUNING.callers_tau
        lately = (self._calls.callers(scope.domain, since) for scope in among)
        enough = TUNING.settles_toss if ahead < TUNING.toss else TUNING.settles
        return max(callers, *lately) >= enough

    # -------------------------------------------------------------------------- live incidents

    def nested(self, one: Scope, other: Scope) -> bool:
        """Return whether two scopes compete for the same callers; of several, by any part."""
        share = self._topology.share
        if not (one.also or one.among or other.also or other.among):
            return share(one.domain, other.domain) >= TUNING.nested
        return max(share(a, b) for a in one.parts for b in other.parts) >= TUNING.nested

    def living_on(self, cause: Cause, unnamed: int) -> list[LiveIncident]:
        """Return the announced incidents on exactly this scope, of the same unnamed symptom.

        One domain fails once at a time; a billing run may come on top of a surge about the network.
        """
        if not self._explains:
            return []
        other = self._streams.other_business
        same = (cause.scope.domain, *self._topology.equivalents(cause.scope.domain))
        return [
            live
            for live in self._incidents.explaining(same)
            if live.state in ANNOUNCED
            and (live.scope.also, live.scope.among) == (cause.scope.also, cause.scope.among)
            and live.unnamed == unnamed
            and (live.rule in other) is (cause.rule in other)
        ]
