"""Which cause of an alert may be named, and whether it can be named yet."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from correlator.engine.live import Live, lasting
from correlator.engine.localise import FIT_TAU, Cause
from correlator.engine.parts import Parts
from correlator.engine.recent import cautious
from correlator.model import ANNOUNCED, HOUR, MINUTE, Millis

FEWEST_CALLERS = 2
MANY_LINES = 1_000
"""Lines of a domain of which two callers prove nothing."""
_MOST_LOOKED_AT = 600  # the newest tickets that say which domains to weigh
_MOST_DOMAINS = 40  # causes weighed on one alert, those with most excess first
_NESTED = 0.5  # two domains compete when they share that much of the smaller one
_OUTSTANDING = 2.0  # times as much as all else that a surge of a first day must have risen
_FEWEST_OF_MANY = 3  # calls that can be put down to a cause with many lines
_FEWEST_OUTSIDE = 10  # a surge that explains fewer has nothing to tell
_CALLERS_GAIN = 1.0  # nats that the callers themselves must bring, alarms apart
_OWN_SHARE = 0.1  # of its own threshold that a cause must have reached to be named
_OUTSIDE_PENALTY = 3.0  # nats against "outside the network", which can explain anything
# Nats against a group of customers (equipment fails more often than they do), and against what
# everybody hangs on, while it has not alarmed.
_GROUP_PENALTY = 2.0
_STALE: Millis = HOUR  # without a call a failure may be over: shown, not announced
_STALE_BACKLOG: Millis = 10 * MINUTE  # the same while a feed empties
_OVER = 0.1  # chance that it lasts, below which it is shown, not announced
_SURE = 4.0  # nats between a cause and its rivals, odds of 55, that need no further caller
_SETTLES = 4  # callers after which a cause is named in doubt as well
_TOSS = 1.0  # nats between a cause and its rival, odds below three: more like a toss of a coin
_SETTLES_TOSS = 6  # callers after which even that is called
_SETTLES_MANY = 20  # the same where a domain has many lines, and chance many callers
_CALLERS_TAU = 1.0  # τ in which they have called


class Judge:
    """Weighs the causes of an alert against each other."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def rank(self, trigger: int, unnamed: int, tau: float) -> list[Cause]:
        """Return the causes of what was recently called about below `trigger`, the best first."""
        parts = self._parts
        under = parts.recent.under(trigger, tau - FIT_TAU, _MOST_LOOKED_AT)
        domains = set(parts.localiser.candidates(under, _MOST_DOMAINS))
        causes = parts.localiser.rank(sorted(domains | {trigger, parts.outside}), unnamed, tau)
        return sorted(
            causes,
            key=lambda c: (-self.worth(c), parts.sizes[c.domain], c.domain),
        )

    def worth(self, cause: Cause) -> float:
        """Return a cause's gain, less what speaks against causes of its type, in nats."""
        if cause.domain == self._parts.outside:
            return cause.gain - _OUTSIDE_PENALTY
        everybody = self._parts.baseline.elsewhere.everybody(cause.domain)
        if (everybody and cause.alarm <= 0.0) or cause.domain >= self._parts.first_group:
            return cause.gain - _GROUP_PENALTY
        return cause.gain

    def best(self, ranked: list[Cause], trigger: int, unnamed: int) -> Cause | None:
        """Return the best plausible cause; while all call a little more, only a small one."""
        parts = self._parts
        surge = False
        for cause in ranked:
            if surge and parts.baseline.elsewhere.large(cause.domain):
                continue
            if self._plausible(cause, trigger, unnamed) and self.tells(cause):
                return cause
            surge = surge or (cause.domain == parts.outside and self._stands_out(cause))
        return None

    def enough(self, cause: Cause) -> bool:
        """Say whether a cause explains as much as its rule asks for."""
        return cause.gain >= self._parts.catalog.rules[cause.rule].cause_gain

    def stale(self, cause: Cause) -> bool:
        """Mails of the evening read in the morning: who knows whether it still lasts.

        Nor does anybody while a feed that had stalled empties; and when it has, others have called
        since about something else.
        """
        parts = self._parts
        calls = [parts.recent[position] for position in cause.callers]
        if not calls:
            return False
        age = parts.now - max(call.occurred for call in calls)
        if age > (_STALE_BACKLOG if parts.feeds.gap else _STALE):
            return True
        silent = parts.recent.latest - max(call.tau for call in calls)
        return lasting(cause.rate * float(parts.sizes[cause.domain]), silent) < _OVER

    def called_about(self, cause: Cause) -> bool:
        """An alarm alone names nothing: some customers, and evidence from them.

        A little more than expected from hundreds of thousands of lines may gain a lot without
        explaining a single call.
        """
        parts = self._parts
        fewest = FEWEST_CALLERS + bool(parts.sizes[cause.domain] > MANY_LINES)
        if cause.domain == parts.outside:
            if not self._stands_out(cause):
                return False
            fewest = _FEWEST_OUTSIDE
        return len(cause.callers) >= fewest and cause.gain - cause.alarm >= _CALLERS_GAIN

    def _stands_out(self, surge: Cause) -> bool:
        """On a first day a surge must be about something: all calls rise when a hotline opens."""
        if self._parts.baseline.knows_a_day():
            return True
        about, ratio = self._parts.about(surge.rule), self._parts.baseline.elsewhere.ratio
        return ratio(surge.domain, about) >= _OUTSTANDING * ratio(surge.domain, ~about)

    def over(self, best: Cause, ranked: list[Cause]) -> Cause | None:
        """Return the cause that may be over: this one, or one that explains its callers better.

        What is left of a platform's callers when it works again is no failure of a DSLAM.
        """
        callers = set(best.callers)
        for cause in ranked:
            if cause is best:
                break
            shared = len(callers.intersection(cause.callers))
            if shared >= _NESTED * len(callers) and cause.gain > best.gain and self.stale(cause):
                return cause
        return best if self.stale(best) else None

    def in_doubt(self, best: Cause, ranked: list[Cause], unnamed: int, tau: float) -> list[int]:
        """Return the domains between which another caller should decide; none if none is needed.

        Two callers below one card are two below its DSLAM as well. That something fails may be
        beyond doubt; what fails is not until one cause is likelier by far, or enough have called.
        """
        if self.living_on(best, unnamed):
            return []
        worth = self.worth(best)
        rivals = {
            cause.domain: worth - self.worth(cause)
            for cause in ranked
            if worth - self.worth(cause) < _SURE and self._compete(best.domain, cause.domain)
        }
        among = [best.domain, *rivals]
        if not rivals or self._settled(best, among, min(rivals.values()), tau):
            return []
        return among

    def _compete(self, one: int, other: int) -> bool:
        """Say whether callers can tell two domains apart that they have in common."""
        topology = self._parts.topology
        same = {one, *topology.equivalents(one)}
        return topology.share(one, other) > 0.0 and other not in same

    def _settled(self, best: Cause, among: Iterable[int], ahead: float, tau: float) -> bool:
        """Say whether enough have called, since the onset or (it may be too late) lately.

        `ahead`: nats between the cause and the rival that is nearest.
        """
        parts, callers = self._parts, len(best.callers)
        if parts.sizes[best.domain] > MANY_LINES:
            return callers >= _SETTLES_MANY
        lately = (parts.recent.under(domain, tau - _CALLERS_TAU) for domain in among)
        enough = _SETTLES_TOSS if ahead < _TOSS else _SETTLES
        return max(callers, *map(len, lately)) >= enough

    def nested(self, one: int, other: int) -> bool:
        """Say whether two domains compete for the same callers."""
        return self._parts.topology.share(one, other) >= _NESTED

    def living_on(self, cause: Cause, unnamed: int) -> list[Live]:
        """Return the announced incidents on exactly this domain, of the same unnamed symptom.

        One domain fails once at a time; a billing run may come on top of a surge about the network.
        """
        parts = self._parts
        if not parts.settings.use_explaining_away:
            return []
        other = parts.watches.other_business
        same = (cause.domain, *parts.topology.equivalents(cause.domain))
        lives = parts.incidents.explaining_any(same)
        return [
            live
            for live in lives
            if live.state in ANNOUNCED
            and live.unnamed == unnamed
            and (live.rule in other) is (cause.rule in other)
        ]

    def _plausible(self, cause: Cause, trigger: int, unnamed: int) -> bool:
        """Name only what its own statistic supports: the dial guards each domain by itself."""
        parts = self._parts
        if self.living_on(cause, unnamed):
            return True
        if not self.called_about(cause):
            return False
        rows = parts.watches.rows_of(cause.domain)
        if unnamed >= 0:
            rows = parts.watches.dynamic_rows_of(cause.domain, unnamed)
        rows = [row for row in rows if parts.watches.rule[row] == cause.rule]
        if cause.domain == trigger or not rows:
            return cause.domain == trigger
        return parts.burst.highest(np.array(rows, np.int64)) >= _OWN_SHARE

    def tells(self, cause: Cause, without: frozenset[int] = frozenset()) -> bool:
        """What no call can be put down to tells nobody anything; callers of a card always do.

        `without`: numbers of the incidents that it would take the calls over from.
        """
        parts = self._parts
        outside = cause.domain == parts.outside
        if not outside and parts.sizes[cause.domain] <= MANY_LINES:
            return True
        fewest = _FEWEST_OUTSIDE if outside else _FEWEST_OF_MANY
        calls = np.array(cause.callers, np.int64)
        strength = cause.rate * parts.watches.profile[cause.rule, parts.recent.symptoms(calls)]
        chance = strength / (strength + parts.recent.expected(calls, without))
        linked = cautious(chance) >= parts.catalog.rules[cause.rule].link.linked
        return int(linked.sum()) >= fewest
