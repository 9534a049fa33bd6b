"""Answers: what the agent of a new ticket reads, before this ticket counts."""

from __future__ import annotations

from collections.abc import Sequence

from correlator.engine.calls import Call, cautious
from correlator.engine.handlers.ticket_views import LatestBelow, Listed, Strength
from correlator.engine.handlers.tuning import TUNING
from correlator.engine.incidents import LiveIncident, Nearby
from correlator.model import (
    ANNOUNCED,
    MINUTE,
    Answer,
    Millis,
    Reason,
    ReasonCode,
    State,
    Ticket,
    Verdict,
)
from rules.model import Rule
from topology import Topology


class Answers:
    """Answers an agent: yes, probable, no, restored, maintenance or unknown."""

    def __init__(
        self,
        topology: Topology,
        rules: Sequence[Rule],
        incidents: LatestBelow,
        ledger: Strength,
        symptoms: Listed,
    ) -> None:
        self._topology = topology
        self._sizes = topology.sizes
        self._outside = topology.domain_count - 1
        self._rules = rules
        self._incidents = incidents
        self._ledger = ledger
        self._symptoms = symptoms

    def answer(
        self, ticket: Ticket, call: Call, nearby: Nearby, silence: Reason | None, now: Millis
    ) -> Verdict:
        """Return the verdict on a new ticket.

        `nearby`: the live incidents on its domains; `silence`: which feed is silent, if one is.
        """
        if not call.known and len(call.domains) == 1:  # neither customer nor place
            code = ReasonCode.UNKNOWN_CUSTOMER if ticket.customer else ReasonCode.NO_CUSTOMER
            return Verdict(ticket.id, now, Answer.UNKNOWN, Reason(code))
        total = call.rate + call.planned + sum(call.attributions.values())
        live = _strongest(call, nearby.explaining)
        if live is not None:
            probability = cautious(call.attributions[live.number] / total)
            if probability >= TUNING.probable:
                return self._about(ticket, live, probability, now)
        planned = call.planned / total
        if call.work and planned >= TUNING.yes:  # else it is a habit of the place
            reason = Reason(ReasonCode.IN_MAINTENANCE, {"works": call.work})
            return Verdict(
                ticket.id, now, Answer.MAINTENANCE, reason, probability=_rounded(planned)
            )
        found = self._candidate(ticket, call, nearby.candidates, now)
        return found or self._no(ticket, self._kept_out(call, nearby, live), silence, now)

    def _cause(self, live: LiveIncident) -> str:
        outside = live.scope.single and live.scope.domain == self._outside
        return "" if outside else self._topology.scope_name(live.scope)

    def _about(
        self, ticket: Ticket, live: LiveIncident, probability: float, now: Millis
    ) -> Verdict:
        word = Answer.YES if probability >= TUNING.yes else Answer.PROBABLE
        code = ReasonCode.EXPLAINED if word is Answer.YES else ReasonCode.PERHAPS_EXPLAINED
        if live.state not in ANNOUNCED:
            word = Answer.RESTORED
        return Verdict(
            ticket=ticket.id,
            time=now,
            answer=word,
            reason=Reason(code, {"incident": live.id, "probability": _rounded(probability)}),
            incident=live.id,
            cause=self._cause(live),
            probability=_rounded(probability),
        )

    def _candidate(
        self, ticket: Ticket, call: Call, candidates: list[LiveIncident], now: Millis
    ) -> Verdict | None:
        for candidate in candidates:
            strength = self._ledger.strength(candidate, call.mark, call.tau, call.occurred)
            if strength > call.rate * TUNING.probable:
                probability = cautious(strength / (strength + call.rate))
                numbers = {**candidate.reason.numbers, "incident": candidate.id}
                return Verdict(
                    ticket=ticket.id,
                    time=now,
                    answer=Answer.PROBABLE,
                    reason=Reason(candidate.reason.code, numbers),
                    incident=candidate.id,
                    cause=self._cause(candidate),
                    probability=_rounded(min(probability, TUNING.yes)),
                )
        return None

    @staticmethod
    def _no(ticket: Ticket, reason: Reason, silence: Reason | None, now: Millis) -> Verdict:
        """Return *no*; without any incident, while a feed is silent, *unknown*."""
        if silence is not None and reason.code is ReasonCode.NO_INCIDENT:
            return Verdict(ticket.id, now, Answer.UNKNOWN, silence)
        return Verdict(ticket.id, now, Answer.NO, reason)

    # -------------------------------------------------------------------------- what kept it out

    def _kept_out(self, call: Call, nearby: Nearby, strongest: LiveIncident | None) -> Reason:
        """Return what keeps a ticket out of the nearest incident, and by how much."""
        if strongest is not None:
            return self._too_improbable(call, strongest)
        on_path = [
            live
            for live in nearby.explaining
            if not call.fault or self._symptoms.is_fault(live.symptom)  # a billing run is not near
        ]
        if on_path:
            nearest = min(on_path, key=lambda live: live.customers)
            return self._unexplained(call, nearest)
        if nearby.shared and call.fault:
            return self._not_below(min(nearby.shared, key=self._sizes.__getitem__))
        return Reason(ReasonCode.NO_INCIDENT, {"paths": len(call.domains)})

    def _too_improbable(self, call: Call, live: LiveIncident) -> Reason:
        """Return the reason where an incident explains the ticket, but not enough."""
        numbers = {
            "incident": live.id,
            "domain": self._topology.scope_name(live.scope),
            "probability": _rounded(cautious(call.probability(live.number))),
            "needed": TUNING.probable,
        }
        if live.state is State.RESOLVED and live.resolved is not None:
            minutes = _minutes(live.resolved, call.arrived)
            return Reason(ReasonCode.AFTER_END, {**numbers, "minutes": minutes})
        if not self._is_listed(live, call.symptom):
            symptom = self._symptoms.name_of(call.symptom)
            return Reason(ReasonCode.OTHER_SYMPTOM, {**numbers, "symptom": symptom})
        return Reason(ReasonCode.TOO_IMPROBABLE, numbers)

    def _unexplained(self, call: Call, live: LiveIncident) -> Reason:
        """Return the reason where the line is below its cause, but the ticket is not explained."""
        numbers = {"incident": live.id, "domain": self._topology.scope_name(live.scope)}
        if call.tau < live.onset_tau and self._symptoms.can_cause(live.rule, call.symptom):
            # The onset on the clock may be an alarm's, long before the first call.
            first = max(live.onset, next(iter(live.callers.values()), live.onset))
            minutes = _minutes(call.occurred, first)
            return Reason(ReasonCode.BEFORE_ONSET, {**numbers, "minutes": minutes})
        symptom = self._symptoms.name_of(call.symptom)
        reached = {"symptom": symptom, "probability": 0.0, "needed": TUNING.probable}
        return Reason(ReasonCode.OTHER_SYMPTOM, {**numbers, **reached})

    def _not_below(self, shared: int) -> Reason:
        """Return the reason where the cause is beside the line: the smallest shared equipment."""
        live = self._incidents.latest_below(shared)
        return Reason(
            ReasonCode.NOT_BELOW,
            {
                "incident": live.id,
                "domain": self._topology.scope_name(live.scope),
                "shared": self._topology.name(shared),
                "lines": int(self._sizes[shared]),
                "below": live.customers,
            },
        )

    def _is_listed(self, live: LiveIncident, symptom: int) -> bool:
        """Return whether the incident's rule names the symptom."""
        if live.unnamed >= 0:
            return symptom == live.unnamed
        symptoms = self._rules[live.rule].symptoms
        return isinstance(symptoms, str) or self._symptoms.name_of(symptom) in symptoms


def _rounded(probability: float) -> float:
    return round(probability, 4)


def _strongest(call: Call, lives: list[LiveIncident]) -> LiveIncident | None:
    """Return the incident that explains a call best, the oldest of equals."""
    return max(
        (live for live in lives if live.number in call.attributions),
        key=lambda live: (call.attributions[live.number], -live.number),
        default=None,
    )


def _minutes(since: Millis, until: Millis) -> int:
    return max(1, round((until - since) / MINUTE))
