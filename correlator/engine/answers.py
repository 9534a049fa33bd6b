"""What an agent would have read when the ticket arrived, before this ticket counted."""

from __future__ import annotations

from correlator.engine.live import Live
from correlator.engine.parts import Parts
from correlator.engine.recent import Seen
from correlator.model import (
    ANNOUNCED,
    Answer,
    Reason,
    ReasonCode,
    Ticket,
    Verdict,
)

_YES = 0.5
_PROBABLE = 0.2


def answer(parts: Parts, ticket: Ticket, seen: Seen) -> Verdict:
    """Return the verdict: yes, probable, no, restored, maintenance or unknown."""
    if ticket.customer is None or not seen.domains:
        code = ReasonCode.UNKNOWN_CUSTOMER if ticket.customer else ReasonCode.NO_CUSTOMER
        return Verdict(ticket.id, parts.now, Answer.UNKNOWN, Reason(code))
    total = seen.rate + seen.planned + sum(seen.parts.values())
    live = _strongest(parts, seen)
    if live is not None:
        probability = seen.parts[live.number] / total
        if probability >= _PROBABLE:
            return _about(parts, ticket, live, probability)
    if seen.planned / total >= _YES:
        reason = Reason(ReasonCode.IN_MAINTENANCE, {"works": seen.work})
        return Verdict(
            ticket.id, parts.now, Answer.MAINTENANCE, reason, probability=_p(seen.planned / total)
        )
    return _candidate_or_no(parts, ticket, seen, live)


def _p(probability: float) -> float:
    return round(probability, 4)


def _strongest(parts: Parts, seen: Seen) -> Live | None:
    lives = [live for n in seen.parts if (live := parts.incidents.get(n)) is not None]
    return max(lives, key=lambda live: (seen.parts[live.number], -live.number), default=None)


def _cause(parts: Parts, live: Live) -> str:
    return "" if live.domain == parts.outside else parts.topology.name(live.domain)


def _about(parts: Parts, ticket: Ticket, live: Live, probability: float) -> Verdict:
    word = Answer.YES if probability >= _YES else Answer.PROBABLE
    code = ReasonCode.EXPLAINED if word is Answer.YES else ReasonCode.PERHAPS_EXPLAINED
    if live.state not in ANNOUNCED:
        word = Answer.RESTORED
    return Verdict(
        ticket=ticket.id,
        time=parts.now,
        answer=word,
        reason=Reason(code, {"incident": live.id, "probability": _p(probability)}),
        incident=live.id,
        cause=_cause(parts, live),
        probability=_p(probability),
    )


def _candidate_or_no(parts: Parts, ticket: Ticket, seen: Seen, strongest: Live | None) -> Verdict:
    for candidate in parts.incidents.candidates():
        strength = parts.strength(candidate, seen.symptom, seen.tau)
        if candidate.domain in seen.domains and strength > seen.rate * _PROBABLE:
            probability = strength / (strength + seen.rate)
            return Verdict(
                ticket=ticket.id,
                time=parts.now,
                answer=Answer.PROBABLE,
                reason=Reason(
                    candidate.reason.code, {**candidate.reason.numbers, "incident": candidate.id}
                ),
                incident=candidate.id,
                cause=_cause(parts, candidate),
                probability=_p(min(probability, _YES)),
            )
    if strongest is None:
        reason = Reason(ReasonCode.NO_INCIDENT, {"paths": len(seen.domains)})
        return Verdict(ticket.id, parts.now, Answer.NO, reason)
    numbers = {"incident": strongest.id, "probability": _p(seen.probability(strongest.number))}
    numbers["needed"] = _PROBABLE
    reason = Reason(ReasonCode.TOO_IMPROBABLE, numbers)
    return Verdict(ticket.id, parts.now, Answer.NO, reason)
