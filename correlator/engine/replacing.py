"""Which cause would better stand in the place of incidents that live, and by how much."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from correlator.engine.judging import FEWEST_CALLERS, Judge
from correlator.engine.live import Live
from correlator.engine.localise import FIT_TAU, Cause, Look, thinning
from correlator.engine.parts import Parts
from correlator.model import ANNOUNCED

_MOST_WEIGHED = 12  # causes that are weighed in the place of live incidents
_BETTER = 3.0  # nats by which another cause must beat what is already named
_EXPLAINED = 0.5  # of an incident's first callers, by the cause that takes its place
_FIRST_CALLERS = 50  # that are asked
_ONE_MORE_FAILURE = 8.5  # nats, −ln of the odds that another domain fails in the same half hour


@dataclass(frozen=True)
class Replacement:
    """One cause in the place of some live incidents, better by `gain` nats."""

    cause: Cause
    lives: tuple[Live, ...]
    gain: float


class _Scales:
    """Weighs domains for one look at one moment; what was found once is kept."""

    def __init__(self, parts: Parts, judge: Judge, unnamed: int, tau: float) -> None:
        self._parts = parts
        self._judge = judge
        self._unnamed = unnamed
        self._tau = tau
        self._calls: dict[int, int] = {}
        self._alone: dict[tuple[int, Look], tuple[float, float]] = {}

    def weigh(self, domain: int, look: Look) -> Cause | None:
        """Weigh a domain as a cause."""
        return self._parts.localiser.weigh(domain, self._unnamed, self._tau, look)

    def thinning(self, domains: Iterable[int]) -> int:
        """Return k: every k-th ticket is enough to weigh any of these domains."""
        return thinning(max(map(self._calls_under, domains)))

    def _calls_under(self, domain: int) -> int:
        calls = self._calls.get(domain)
        if calls is None:
            calls = self._calls[domain] = self._parts.localiser.calls(domain, self._tau)
        return calls

    def alone(self, domain: int, look: Look) -> tuple[float, float]:
        """Return `worths` of a domain by itself, each at least nothing."""
        gains = self._alone.get((domain, look))
        if gains is None:
            cause = self.weigh(domain, look)
            worth, callers = (0.0, 0.0) if cause is None else self.worths(cause)
            gains = self._alone[domain, look] = (max(0.0, worth), max(0.0, callers))
        return gains

    def worths(self, cause: Cause) -> tuple[float, float]:
        """Return what a cause is worth, in nats, and what without the alarms that speak for it."""
        worth = self._judge.worth(cause)
        return worth, worth - max(0.0, cause.alarm)


class Replacer:
    """Weighs causes in the place of incidents; changes nothing."""

    def __init__(self, parts: Parts, judge: Judge) -> None:
        self._parts = parts
        self._judge = judge

    def best(
        self, ranked: list[Cause], trigger: int, unnamed: int, tau: float
    ) -> Replacement | None:
        """Return the best of these causes in the place of live incidents near `trigger`."""
        parts = self._parts
        near = [
            live
            for live in parts.incidents.all_explaining()
            if parts.settings.use_explaining_away
            and live.state in ANNOUNCED
            and tau - live.onset_tau <= FIT_TAU
            and live.unnamed == unnamed
            and not live.confirmed_by
        ]
        causes = [c for c in ranked if self._judge.nested(c.domain, trigger)] if near else []
        scales = _Scales(parts, self._judge, unnamed, tau)
        weighed = [
            self._weigh(cause.domain, lives, scales)
            for cause in causes[:_MOST_WEIGHED]
            for lives in self._replaced(cause.domain, near)
        ]
        good = [found for found in weighed if found is not None and found.gain >= _BETTER]
        return max(good, key=lambda found: (found.gain, -found.cause.domain), default=None)

    def beats(self, found: Replacement, best: Cause | None) -> bool:
        """Weigh one cause for all against one more failure beside those that live."""
        if best is None:
            return True
        rival = best.gain
        if self._judge.nested(found.cause.domain, best.domain):
            rival -= _ONE_MORE_FAILURE
        return found.gain > rival

    def _replaced(self, domain: int, near: Sequence[Live]) -> Iterator[tuple[Live, ...]]:
        """Yield the incidents that a cause could be in the place of.

        Those on domains within it, and at most one that was named too large. A platform that fails
        at the same time, for many more customers, is nothing that a card could stand for.
        """
        if any(live.domain == domain for live in near):
            return
        sizes = self._parts.sizes
        nested = [live for live in near if self._judge.nested(domain, live.domain)]
        smaller = tuple(live for live in nested if sizes[live.domain] <= sizes[domain])
        if smaller:
            yield smaller
        for live in nested:
            if sizes[live.domain] > sizes[domain]:
                yield (*smaller, live)

    def _weigh(self, domain: int, lives: tuple[Live, ...], scales: _Scales) -> Replacement | None:
        """Weigh a domain in the place of incidents."""
        without = frozenset(live.number for live in lives)
        every = scales.thinning((domain, *(live.domain for live in lives)))
        look = Look(without, every, rest=domain != self._parts.outside)
        whole = scales.weigh(domain, look)
        if whole is None or not self._nameable(whole, without):
            return None
        same = self._explained(whole, lives)
        if len(same) < len(lives):
            return self._weigh(domain, same, scales) if same else None
        return Replacement(whole, lives, self._gained(whole, lives, look, scales))

    def _gained(self, whole: Cause, lives: tuple[Live, ...], look: Look, scales: _Scales) -> float:
        """Return what one cause gains in the place of incidents.

        What alarms below one failure would speak for each of several once more, so that only the
        callers count against them; but several failures at once are less likely than one.
        """
        worth, by_callers = scales.worths(whole)
        alone = [scales.alone(live.domain, look) for live in lives]
        if len(lives) == 1:
            return worth - alone[0][0]
        return by_callers - sum(callers for _, callers in alone) + _ONE_MORE_FAILURE

    def _nameable(self, cause: Cause, without: frozenset[int]) -> bool:
        judge = self._judge
        told = judge.called_about(cause) and judge.tells(cause, without)
        return told and not judge.stale(cause)

    def _explained(self, cause: Cause, lives: tuple[Live, ...]) -> tuple[Live, ...]:
        """Return the incidents that a cause is about: it explains half of their first callers.

        One that is nearly over gains next to nothing any more, and whatever fails next above it
        would have its number and its date.
        """
        last_of = self._parts.recent.last_of

        def explains(customer: str) -> bool:
            seen = last_of(customer)
            return seen is not None and seen.tau >= cause.onset and cause.domain in seen.causes()

        found = []
        for live in lives:
            first = list(islice(live.callers, _FIRST_CALLERS))
            if sum(map(explains, first)) >= _EXPLAINED * len(first):
                found.append(live)
        return tuple(found)

    def halves(self, live: Live, ranked: list[Cause]) -> tuple[Replacement, Cause] | None:
        """Return a smaller cause in an incident's place, and another to stand beside it.

        They are better than the named one if its other customers are silent.
        """
        parts = self._parts
        tau, without = live.last_tau, frozenset({live.number})
        scales = _Scales(parts, self._judge, live.unnamed, tau)
        look = Look(without, scales.thinning((live.domain,)))
        whole = scales.weigh(live.domain, look)
        inside = [
            cause
            for found in ranked
            if found.domain != live.domain
            and parts.sizes[found.domain] < parts.sizes[live.domain]
            and parts.topology.share(found.domain, live.domain) == 1.0
            and (cause := scales.weigh(found.domain, look))
        ]
        inside.sort(key=lambda cause: (-cause.gain, parts.sizes[cause.domain], cause.domain))
        if whole is None or not inside:
            return None
        first = inside[0]
        apart = (c for c in inside if not parts.topology.share(c.domain, first.domain))
        second = next(apart, None)
        if second is None or len(second.callers) < FEWEST_CALLERS:
            return None
        if not self._judge.enough(second):
            return None
        # What alarmed below speaks for one failure above as well: only the callers count here.
        halves = (first.domain, second.domain)
        gain = parts.localiser.confined(whole, halves, live.unnamed, tau, without)
        gain -= _ONE_MORE_FAILURE
        return (Replacement(first, (live,), gain), second) if gain >= _BETTER else None
