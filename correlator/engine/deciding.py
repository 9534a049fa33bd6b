"""From an alert to a decision: raise, revise, absorb, keep as a candidate, or let it be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import TypeAlias

import numpy as np

from correlator.engine.evidence import note
from correlator.engine.judging import FEWEST_CALLERS, Judge
from correlator.engine.lifecycle import Move
from correlator.engine.linking import Linker
from correlator.engine.live import Live, incident_id
from correlator.engine.localise import FIT_TAU, Cause
from correlator.engine.parts import Parts
from correlator.engine.recent import Seen
from correlator.engine.telling import said
from correlator.model import (
    ANNOUNCED,
    HOUR,
    MINUTE,
    Millis,
    Reason,
    ReasonCode,
    Rival,
    State,
    Suppressed,
)

Alone: TypeAlias = Callable[[int, frozenset[int], int], float]

_MOST_SWAPS = 12  # causes that are weighed in the place of live incidents
_RIVALS = 5
_SWAP_GAIN = 3.0  # nats by which another cause must beat what is already named
_EXPLAINED = 0.5  # of an incident's first callers, by the cause that takes its place
_FIRST_CALLERS = 50  # that are asked
_ONE_MORE_FAILURE = 8.5  # nats, −ln of the odds that another domain fails in the same half hour
# Until a domain that was looked at without a new cause is looked at again.
_REST: Millis = MINUTE // 3
_AFTER_DECISION = 0.05  # of its threshold: where a row goes on from once its alert is dealt with
_ALARM_BEFORE: Millis = 2 * HOUR  # an alarm that old can date the onset


@dataclass(frozen=True)
class Swap:
    """One cause in the place of some live incidents, better by `gain` nats."""

    cause: Cause
    lives: tuple[Live, ...]
    gain: float


class Decider:
    """Decides what an alert means."""

    def __init__(self, parts: Parts, linker: Linker) -> None:
        self._alerted: int | None = None  # the row of the alert that is being decided on
        self._parts = parts
        self._linker = linker
        self._judge = Judge(parts)

    def alert(self, row: int, seen: Seen, *, announce: bool) -> list[int]:
        """Decide on a row that reached its threshold (or, to watch it, a part of it).

        Returns the domains between which this ticket could not decide: the next one may.
        """
        parts, judge = self._parts, self._judge
        trigger = int(parts.watches.domain[row])
        unnamed = int(parts.watches.symptom[row])
        self._alerted = row
        ranked = judge.rank(trigger, unnamed, seen.tau)
        best = judge.best(ranked, trigger, unnamed)
        over = judge.over(best, ranked) if best is not None else None
        if not announce or over is not None:
            parts.resting[trigger, announce] = parts.now + _REST
            shown = over or best
            if shown is not None and judge.enough(shown):
                self._watch(shown, ranked, unnamed, seen)
            return []
        swap = self._best_swap(ranked, trigger, unnamed, seen.tau)
        if swap is not None and self._beats(swap, best):
            self._apply(swap, seen)
            self._settle(swap.cause.domain, row)
        elif best is None or not judge.enough(best):
            self._too_weak(trigger, row, best or ranked[0])
        elif among := judge.in_doubt(best, ranked, unnamed, seen.tau):
            self._watch(best, ranked, unnamed, seen, among)
            return [trigger, *among]
        else:
            self._announce(best, ranked, unnamed, seen)
            self._settle(best.domain, row)
        return []

    def _beats(self, swap: Swap, best: Cause | None) -> bool:
        """Weigh one cause for all against one more failure beside those that live."""
        if best is None:
            return True
        rival = best.gain
        if self._judge.nested(swap.cause.domain, best.domain):
            rival -= _ONE_MORE_FAILURE
        return swap.gain > rival

    # ---------------------------------------------------------------------------------- swaps

    def _best_swap(
        self, ranked: list[Cause], trigger: int, unnamed: int, tau: float
    ) -> Swap | None:
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

        @cache
        def alone(domain: int, without: frozenset[int], every: int) -> float:
            cause = parts.localiser.weigh(domain, unnamed, tau, without, every)
            return 0.0 if cause is None else max(0.0, self._judge.worth(cause))

        swaps = [
            self._swap(cause.domain, lives, unnamed, tau, alone)
            for cause in causes[:_MOST_SWAPS]
            for lives in self._replaced(cause.domain, near)
        ]
        good = [s for s in swaps if s is not None and s.gain >= _SWAP_GAIN]
        return max(good, key=lambda s: (s.gain, -s.cause.domain), default=None)

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

    def _explained(self, cause: Cause, lives: tuple[Live, ...]) -> tuple[Live, ...]:
        """Return the incidents that a cause is about: it explains half of their first callers.

        One that is nearly over gains next to nothing any more, and whatever fails next above it
        would have its number and its date.
        """
        last_of = self._parts.recent.last_of

        def explains(customer: str) -> bool:
            seen = last_of(customer)
            return seen is not None and seen.tau >= cause.onset and cause.domain in seen.domains

        found = []
        for live in lives:
            first = list(islice(live.callers, _FIRST_CALLERS))
            if sum(map(explains, first)) >= _EXPLAINED * len(first):
                found.append(live)
        return tuple(found)

    def _swap(
        self, domain: int, lives: tuple[Live, ...], unnamed: int, tau: float, alone: Alone
    ) -> Swap | None:
        """Weigh a domain in the place of incidents; `alone`: what each of these gains by itself."""
        parts = self._parts
        without = frozenset(live.number for live in lives)
        every = parts.localiser.thinning((domain, *(live.domain for live in lives)), tau)
        whole = parts.localiser.weigh(domain, unnamed, tau, without, every)
        if whole is None or not self._judge.called_about(whole) or self._judge.stale(whole):
            return None
        same = self._explained(whole, lives)
        if len(same) < len(lives):
            return self._swap(domain, same, unnamed, tau, alone) if same else None
        gain = self._judge.worth(whole)
        for live in lives:
            gain -= alone(live.domain, without, every)
        return Swap(whole, lives, gain)

    def review(self, live: Live) -> None:
        """Ask again, with more tickets, whether another cause explains a live incident better."""
        parts = self._parts
        if live.confirmed_by or live.last_tau - live.onset_tau > FIT_TAU:
            return
        self._alerted = None
        ranked = self._judge.rank(live.domain, live.unnamed, live.last_tau)
        swap = self._best_swap(ranked, live.domain, live.unnamed, live.last_tau)
        live.fitted_callers = len(live.callers)
        if swap is not None and live in swap.lives:
            self._apply(swap, None)
        elif live.domain != parts.outside:
            self._halve(live, ranked)
        parts.incidents.tell(live, parts.now)

    def _halve(self, live: Live, ranked: list[Cause]) -> None:
        """Two smaller causes side by side are better if the others of the named one are silent."""
        parts = self._parts
        tau, without = live.last_tau, frozenset({live.number})
        every = parts.localiser.thinning((live.domain,), tau)
        whole = parts.localiser.weigh(live.domain, live.unnamed, tau, without, every)
        inside = [
            cause
            for found in ranked
            if found.domain != live.domain
            and parts.sizes[found.domain] < parts.sizes[live.domain]
            and parts.topology.share(found.domain, live.domain) == 1.0
            and (cause := parts.localiser.weigh(found.domain, live.unnamed, tau, without, every))
        ]
        inside.sort(key=lambda cause: (-cause.gain, parts.sizes[cause.domain], cause.domain))
        if whole is None or not inside:
            return
        first = inside[0]
        apart = (c for c in inside if not parts.topology.share(c.domain, first.domain))
        second = next(apart, None)
        if second is None or len(second.callers) < FEWEST_CALLERS:
            return
        if not self._judge.enough(second):
            return
        # What alarmed below speaks for one failure above as well: only the callers count here.
        halves = (first.domain, second.domain)
        gain = parts.localiser.confined(whole, halves, live.unnamed, tau, without)
        gain -= _ONE_MORE_FAILURE
        if gain >= _SWAP_GAIN:
            caller = parts.recent[second.callers[-1]]
            self._apply(Swap(first, (live,), gain), None)
            self._announce(second, [second, first], live.unnamed, caller)

    def _apply(self, swap: Swap, seen: Seen | None) -> None:
        """Let the oldest of the incidents name the better cause; the others merge into it."""
        parts = self._parts
        keep = min(swap.lives, key=lambda live: (live.announced or 0, live.number))
        reason = Reason(
            ReasonCode.ABSORBED,
            {"gain": round(swap.gain, 2), "domain": parts.topology.name(swap.cause.domain)},
        )
        for live in swap.lives:
            if live is not keep:
                self._linker.drop(live, reason)
                live.parent = keep.id
                parts.incidents.move(live, Move.MERGE, parts.now, reason)
        better = Reason(ReasonCode.BETTER_CAUSE, reason.numbers)
        self._linker.drop(keep, better)
        keep.ties = {t: tie for t, tie in keep.ties.items() if tie.by_person}
        keep.linked = len(keep.linked_tickets())
        keep.callers = {}
        parts.incidents.place(keep, swap.cause.domain)
        self._fit(keep, swap.cause)
        self._linker.link_back(keep, swap.cause)
        keep.fitted_callers = len(keep.callers)
        self._describe(keep, swap.cause, seen.tau if seen else keep.last_tau)
        parts.incidents.tell(keep, parts.now)

    # -------------------------------------------------------------------------------- raising

    def _announce(self, best: Cause, ranked: list[Cause], unnamed: int, seen: Seen) -> None:
        parts = self._parts
        living = self._judge.living_on(best.domain, unnamed)
        if living:
            self._absorb(living[0], seen.tau)
            parts.resting[best.domain, True] = parts.now + _REST
            return
        live = self._candidate_on(best) or self._begin(best, unnamed, seen)
        rule = parts.catalog.rules[best.rule]
        live.rule = best.rule
        live.unnamed = unnamed  # a candidate may have been kept for another symptom
        live.created = parts.now
        self._fit(live, best)
        live.first_domain = live.domain
        self._link_and_tell_why(live, best, ranked, seen)
        move = Move.OPEN if rule.raises == "open" else Move.PROPOSE
        parts.incidents.move(live, move, parts.now)
        parts.alarms.follow(self._related(live.domain), live.onset_tau - 1.0)

    def _link_and_tell_why(self, live: Live, best: Cause, ranked: list[Cause], seen: Seen) -> None:
        parts = self._parts
        self._linker.link_back(live, best)
        live.fitted_callers = len(live.callers)
        self._name_rivals(live, ranked)
        self._describe(live, best, seen.tau)
        for candidate in parts.incidents.candidates():
            if candidate is not live and self._judge.nested(candidate.domain, live.domain):
                candidate.parent = live.id
                parts.incidents.move(
                    candidate, Move.MERGE, parts.now, Reason(ReasonCode.ABSORBED, {"into": live.id})
                )

    def _absorb(self, live: Live, tau: float) -> None:
        """The incident is stronger than it was taken for: fit its rate again."""
        without = frozenset({live.number})
        cause = self._parts.localiser.weigh(live.domain, live.unnamed, tau, without)
        if cause is not None:
            live.clear(None)  # whatever supervision sees
            onset = (live.onset, live.onset_tau)
            self._fit(live, cause)
            live.onset, live.onset_tau = min(onset[0], live.onset), min(onset[1], live.onset_tau)
            self._linker.link_back(live, cause, again=True)
            live.dirty = True

    def _begin(self, cause: Cause, unnamed: int, seen: Seen) -> Live:
        parts = self._parts
        name = parts.topology.name(cause.domain)
        live = Live(
            number=parts.incidents.next_number(),
            id=incident_id(parts.now, seen.event_id, name),
            rule=cause.rule,
            domain=cause.domain,
            first_domain=cause.domain,
            state=State.CANDIDATE,
            symptom=self._main_symptom(cause),
            unnamed=unnamed,
            created=parts.now,
            onset=parts.now,
            onset_tau=cause.onset,
            reason=Reason(ReasonCode.BELOW_DIAL),
            customers=int(parts.sizes[cause.domain]),
            calls=0.0,
            exposure=1.0,
            filter_tau=seen.tau,
            last_tau=seen.tau,
            gap=0.0,
            owner=parts.topology.attributes_of(name).get("owner", ""),
            equivalents=tuple(
                parts.topology.name(d) for d in parts.topology.equivalents(cause.domain)
            ),
        )
        self._fit(live, cause)
        parts.incidents.add(live)
        return live

    def _candidate_on(self, cause: Cause) -> Live | None:
        found = [c for c in self._parts.incidents.candidates() if c.domain == cause.domain]
        return found[0] if found else None

    def _fit(self, live: Live, cause: Cause) -> None:
        """Take rate, onset and tempo over from a fit."""
        recent = self._parts.recent
        taus = sorted(recent[p].tau for p in cause.callers) or [live.last_tau]
        live.rule = cause.rule
        live.onset_tau = cause.onset
        live.onset = self._onset(live.domain, [recent[p].occurred for p in cause.callers])
        live.calls = float(len(taus))
        live.exposure = max(live.calls / cause.rate, 1e-9)
        live.peak = cause.rate
        live.remember()
        live.fitted(cause.onset, cause.rate)
        live.filter_tau = live.last_tau = taus[-1]
        live.gap = (taus[-1] - taus[0]) / max(1, len(taus) - 1)
        live.symptom = self._main_symptom(cause) or live.symptom
        note(self._parts, live, cause, self._alerted)

    def _onset(self, domain: int, calls: list[Millis]) -> Millis:
        """Date the onset: the cause's own alarm, if one stands shortly before the first call."""
        first = min(calls, default=self._parts.now)
        raised = [
            a.raised
            for a in self._parts.alarms.on(domain)
            if first - _ALARM_BEFORE <= a.raised <= first
        ]
        return min(raised, default=first)

    def _main_symptom(self, cause: Cause) -> str:
        counts: dict[str, int] = {}
        for position in cause.callers:
            name = self._parts.baseline.symptoms[self._parts.recent[position].symptom]
            counts[name] = counts.get(name, 0) + 1
        return min(counts, key=lambda name: (-counts[name], name), default="")

    # ------------------------------------------------------------------------------- telling

    def _name_rivals(self, live: Live, ranked: list[Cause]) -> None:
        name, type_of = self._parts.topology.name, self._parts.topology.type_of
        live.rivals = tuple(
            Rival(
                domain=name(cause.domain),
                type=type_of(cause.domain),
                gain=round(self._judge.worth(cause), 2),
                callers=len(cause.callers),
                customers=int(self._parts.sizes[cause.domain]),
                silent=max(0, int(self._parts.sizes[cause.domain]) - len(cause.callers)),
                alarm_gain=round(cause.alarm, 2),
            )
            for cause in ranked
            if cause.domain != live.domain
        )[:_RIVALS]

    def _describe(self, live: Live, cause: Cause, tau: float) -> None:
        """Write down the reason, with the numbers that were on the table."""
        parts = self._parts
        profile = parts.watches.profile[live.rule]
        rates = parts.baseline.rates * (profile >= 0.02)
        elapsed = max(tau - cause.onset, 0.01)
        usual = parts.baseline.multiplier[live.domain, : len(rates)]
        live.expected = float((rates * usual).sum() * live.customers * elapsed)
        alarms = self._alarms_below(live.domain)
        live.alarms = dict.fromkeys(alarms, 1)
        siblings = parts.topology.siblings(live.domain) if live.domain != parts.outside else ()
        live.siblings = len(siblings)
        live.healthy = sum(not parts.recent.calls_since(s, cause.onset) for s in siblings)
        code = ReasonCode.BURST_WITH_ALARM if alarms else ReasonCode.BURST
        if live.domain == parts.outside:
            code = ReasonCode.EXTERNAL_SURGE
        first = min((parts.recent[p].occurred for p in cause.callers), default=parts.now)
        live.reason = Reason(
            code,
            {
                "customers": len(cause.callers),
                "minutes": max(1, round((parts.now - first) / MINUTE)),
                "expected": float(f"{live.expected:.3g}"),
                "alarms": len(alarms),
                "lines": live.customers,
                "silent": max(0, live.customers - len(cause.callers)),
                "gain": round(cause.gain, 2),
                "alarm_gain": round(cause.alarm, 2),
                "call_rate": cause.rate,
                "dial": parts.settings.false_incidents_per_week,
                **said(parts.clusters, live.symptom),
            },
        )

    def _alarms_below(self, domain: int) -> list[str]:
        parts = self._parts
        domains = [domain, *parts.topology.equipment_under(domain)]
        return [alarm.id for d in domains for alarm in parts.alarms.on(d)]

    def _related(self, domain: int) -> frozenset[int]:
        return frozenset((domain, *self._parts.topology.equipment_under(domain)))

    # --------------------------------------------------------------------- what is not raised

    def _watch(
        self,
        best: Cause,
        ranked: list[Cause],
        unnamed: int,
        seen: Seen,
        among: Sequence[int] = (),
    ) -> None:
        """Keep a candidate: shown to the cell, announced to nobody.

        `among`: the domains, `best` first, between which another caller should decide.
        """
        parts = self._parts
        if parts.incidents.explaining(best.domain):
            return
        live = self._candidate_on(best)
        if live is None:
            if any(self._judge.nested(best.domain, c.domain) for c in parts.incidents.candidates()):
                return
            live = self._begin(best, unnamed, seen)
        self._fit(live, best)
        self._name_rivals(live, ranked)
        self._describe(live, best, seen.tau)
        live.reason = Reason(ReasonCode.BELOW_DIAL, live.reason.numbers)
        if among:
            first, rival = map(parts.topology.name, among[:2])
            numbers = {**live.reason.numbers, "best": first, "rival": rival}
            live.reason = Reason(ReasonCode.IN_DOUBT, numbers)
        parts.incidents.tell(live, parts.now)

    def _too_weak(self, trigger: int, row: int, best: Cause) -> None:
        parts = self._parts
        numbers = {"gain": round(best.gain, 2), "best": parts.topology.name(best.domain)}
        rule = parts.catalog.rules[int(parts.watches.rule[row])].id
        reason = Reason(ReasonCode.WEAK_CAUSE, numbers)
        parts.emit(Suppressed(parts.topology.name(trigger), rule, parts.now, reason))
        parts.resting[trigger, True] = parts.now + _REST
        self._settle(trigger, row)

    def _settle(self, domain: int, row: int) -> None:
        """The alert has been dealt with: its rows start again from low."""
        parts = self._parts
        rows = np.array(sorted({row, *parts.watches.rows_of(domain)}), np.int64)
        parts.burst.lower(rows, _AFTER_DECISION)
