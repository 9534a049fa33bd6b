"""From an alert to a decision: raise, revise, absorb, keep as a candidate, or let it be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from correlator.engine.evidence import note
from correlator.engine.incidents import incident_id
from correlator.engine.judging import MANY_LINES, Judge
from correlator.engine.lifecycle import Move
from correlator.engine.linking import Linker
from correlator.engine.live import Live
from correlator.engine.localise import FIT_TAU, Cause, Look
from correlator.engine.parts import Parts
from correlator.engine.recent import Seen
from correlator.engine.replacing import Replacement, Replacer
from correlator.engine.telling import said
from correlator.model import (
    HOUR,
    MINUTE,
    Millis,
    Reason,
    ReasonCode,
    Rival,
    State,
    Suppressed,
)

_RIVALS = 5
# Until a domain that was looked at without a new cause is looked at again.
_REST: Millis = MINUTE // 3
_PAUSE: Millis = 1_000  # the same where it waits for another caller, of hundreds a second
_AFTER_DECISION = 0.05  # of its threshold: where a row goes on from once its alert is dealt with
_ALARM_BEFORE: Millis = 2 * HOUR  # an alarm that old can date the onset


@dataclass(frozen=True)
class Alert:
    """What made the engine look: a ticket, an unnamed symptom or −1, and the row that rose.

    Without a row nothing rose: a live incident is looked at again.
    """

    seen: Seen
    unnamed: int
    row: int | None = None


class Decider:
    """Decides what an alert means."""

    def __init__(self, parts: Parts, linker: Linker) -> None:
        self._parts = parts
        self._linker = linker
        self._judge = Judge(parts)
        self._replacer = Replacer(parts, self._judge)

    def alert(self, row: int, seen: Seen, *, announce: bool) -> list[int]:
        """Decide on a row that reached its threshold (or, to watch it, a part of it).

        Returns the domains between which this ticket could not decide: the next one may.
        """
        parts, judge = self._parts, self._judge
        trigger = int(parts.watches.domain[row])
        unnamed = int(parts.watches.symptom[row])
        alert = Alert(seen, unnamed, row)
        ranked = judge.rank(trigger, unnamed, seen.tau)
        best = judge.best(ranked, trigger, unnamed)
        over = judge.over(best, ranked) if best is not None else None
        if not announce or over is not None:
            parts.resting[trigger, announce] = parts.now + _REST
            shown = over or best
            if shown is not None and judge.enough(shown):
                self._watch(shown, ranked, alert)
            return []
        better = self._replacer.best(ranked, trigger, unnamed, seen.tau)
        if better is not None and self._replacer.beats(better, best):
            self._replace(better, alert)
            self._settle(better.cause.domain, row)
        elif best is None or not judge.enough(best):
            self._too_weak(trigger, row, best or ranked[0])
        elif among := judge.in_doubt(best, ranked, unnamed, seen.tau):
            self._watch(best, ranked, alert, among)
            if parts.sizes[trigger] > MANY_LINES:
                parts.paused[trigger] = parts.now + _PAUSE
            return [trigger, *among]
        else:
            self._announce(best, ranked, alert)
            self._settle(best.domain, row)
        return []

    # ------------------------------------------------------------------------------ replacing

    def review(self, live: Live) -> None:
        """Ask again, with more tickets, whether another cause explains a live incident better."""
        parts = self._parts
        if live.confirmed_by or live.last_tau - live.onset_tau > FIT_TAU:
            return
        ranked = self._judge.rank(live.domain, live.unnamed, live.last_tau)
        better = self._replacer.best(ranked, live.domain, live.unnamed, live.last_tau)
        live.fitted_callers = len(live.callers)
        if better is not None and live in better.lives:
            self._replace(better, None)
        elif live.domain != parts.outside:
            self._halve(live, ranked)
        parts.incidents.tell(live, parts.now)

    def _halve(self, live: Live, ranked: list[Cause]) -> None:
        halves = self._replacer.halves(live, ranked)
        if halves is not None:
            first, second = halves
            alert = Alert(self._parts.recent[second.callers[-1]], live.unnamed)
            self._replace(first, None)
            self._announce(second, [second, first.cause], alert)

    def _replace(self, found: Replacement, alert: Alert | None) -> None:
        """Let the oldest of the incidents name the better cause; the others merge into it."""
        parts = self._parts
        keep = min(found.lives, key=lambda live: (live.announced or 0, live.number))
        reason = Reason(
            ReasonCode.ABSORBED,
            {"gain": round(found.gain, 2), "domain": parts.topology.name(found.cause.domain)},
        )
        for live in found.lives:
            if live is not keep:
                self._linker.drop(live, reason)
                live.parent = keep.id
                parts.incidents.move(live, Move.MERGE, parts.now, reason)
        better = Reason(ReasonCode.BETTER_CAUSE, reason.numbers)
        self._linker.drop(keep, better)
        keep.ties = {t: tie for t, tie in keep.ties.items() if tie.by_person}
        keep.linked = len(keep.linked_tickets())
        keep.callers = {}
        parts.incidents.place(keep, found.cause.domain)
        self._fit(keep, found.cause, alert)
        self._linker.link_back(keep, found.cause)
        keep.fitted_callers = len(keep.callers)
        self._describe(keep, found.cause, alert.seen.tau if alert else keep.last_tau)
        parts.incidents.tell(keep, parts.now)

    # -------------------------------------------------------------------------------- raising

    def _announce(self, best: Cause, ranked: list[Cause], alert: Alert) -> None:
        parts = self._parts
        living = self._judge.living_on(best, alert.unnamed)
        if living:
            self._absorb(living[0], alert)
            parts.resting[best.domain, True] = parts.now + _REST
            return
        live = self._candidate_on(best) or self._begin(best, alert)
        rule = parts.catalog.rules[best.rule]
        live.rule = best.rule
        live.unnamed = alert.unnamed  # a candidate may have been kept for another symptom
        live.created = parts.now
        self._fit(live, best, alert)
        live.first_domain = live.domain
        self._link_and_tell_why(live, best, ranked, alert.seen.tau)
        move = Move.OPEN if rule.raises == "open" else Move.PROPOSE
        parts.incidents.move(live, move, parts.now)
        parts.alarms.follow(self._related(live.domain), live.onset_tau - 1.0)

    def _link_and_tell_why(self, live: Live, best: Cause, ranked: list[Cause], tau: float) -> None:
        parts = self._parts
        self._linker.link_back(live, best)
        live.fitted_callers = len(live.callers)
        self._name_rivals(live, ranked)
        self._describe(live, best, tau)
        for candidate in parts.incidents.candidates():
            if candidate is not live and self._judge.nested(candidate.domain, live.domain):
                candidate.parent = live.id
                parts.incidents.move(
                    candidate, Move.MERGE, parts.now, Reason(ReasonCode.ABSORBED, {"into": live.id})
                )

    def _absorb(self, live: Live, alert: Alert) -> None:
        """The incident is stronger than it was taken for: fit its rate again."""
        look = Look(frozenset({live.number}))
        cause = self._parts.localiser.weigh(live.domain, live.unnamed, alert.seen.tau, look)
        if cause is not None and live in self._judge.living_on(cause, live.unnamed):
            live.clear(None)  # whatever supervision sees
            onset = (live.onset, live.onset_tau)
            self._fit(live, cause, alert)
            live.onset, live.onset_tau = min(onset[0], live.onset), min(onset[1], live.onset_tau)
            self._linker.link_back(live, cause, again=True)
            live.dirty = True

    def _begin(self, cause: Cause, alert: Alert) -> Live:
        parts = self._parts
        name = parts.topology.name(cause.domain)
        live = Live(
            number=parts.incidents.next_number(),
            id=incident_id(parts.now, alert.seen.event_id, name),
            rule=cause.rule,
            domain=cause.domain,
            first_domain=cause.domain,
            state=State.CANDIDATE,
            symptom=self._main_symptom(cause),
            unnamed=alert.unnamed,
            created=parts.now,
            onset=parts.now,
            onset_tau=cause.onset,
            reason=Reason(ReasonCode.BELOW_DIAL),
            customers=int(parts.sizes[cause.domain]),
            calls=0.0,
            exposure=1.0,
            filter_tau=alert.seen.tau,
            last_tau=alert.seen.tau,
            gap=0.0,
            owner=parts.topology.attributes_of(name).get("owner", ""),
            equivalents=tuple(
                parts.topology.name(d) for d in parts.topology.equivalents(cause.domain)
            ),
        )
        self._fit(live, cause, alert)
        parts.incidents.add(live)
        return live

    def _candidate_on(self, cause: Cause) -> Live | None:
        found = [c for c in self._parts.incidents.candidates() if c.domain == cause.domain]
        return found[0] if found else None

    def _fit(self, live: Live, cause: Cause, alert: Alert | None) -> None:
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
        note(self._parts, live, cause, alert.row if alert else None)

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
        alert: Alert,
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
            live = self._begin(best, alert)
        self._fit(live, best, alert)
        self._name_rivals(live, ranked)
        self._describe(live, best, alert.seen.tau)
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
