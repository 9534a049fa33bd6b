"""What an agent would have read when the ticket arrived, before this ticket counted."""

from __future__ import annotations

from correlator.engine.live import Live
from correlator.engine.parts import Parts
from correlator.engine.recent import Seen, cautious
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
        probability = cautious(seen.parts[live.number] / total)
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
    for candidate in parts.incidents.candidates_on(seen.domains):
        strength = parts.strength(candidate, seen.symptom, seen.tau, seen.occurred)
        if strength > seen.rate * _PROBABLE:
            probability = cautious(strength / (strength + seen.rate))
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
    return _no(parts, ticket, _kept_out(parts, seen, strongest))


def _no(parts: Parts, ticket: Ticket, reason: Reason) -> Verdict:
    """Say no; where nothing is known of any incident and a feed is silent, that nobody knows."""
    silence = parts.feeds.silence(parts.now) if reason.code is ReasonCode.NO_INCIDENT else None
    if silence is not None:
        return Verdict(ticket.id, parts.now, Answer.UNKNOWN, silence)
    return Verdict(ticket.id, parts.now, Answer.NO, reason)


# ------------------------------------------------------------------------------ what kept it out


def _kept_out(parts: Parts, seen: Seen, strongest: Live | None) -> Reason:
    """Say what keeps a ticket out of the incident that is nearest, and by how much."""
    if strongest is not None:
        return _too_improbable(parts, seen, strongest)
    on_path = [
        live
        for live in parts.incidents.explaining_any(seen.domains)
        if parts.watches.is_fault(live.symptom) or not seen.fault  # a billing run is not near it
    ]
    if on_path:
        return _unexplained(parts, seen, min(on_path, key=lambda live: parts.sizes[live.domain]))
    shared = parts.incidents.above_any(seen.domains)
    if shared and seen.fault:
        return _not_below(parts, min(shared, key=lambda domain: parts.sizes[domain]))
    return Reason(ReasonCode.NO_INCIDENT, {"paths": len(seen.domains)})


def _too_improbable(parts: Parts, seen: Seen, live: Live) -> Reason:
    """It explains the ticket a little, and not enough."""
    numbers = {
        "incident": live.id,
        "domain": parts.topology.name(live.domain),
        "probability": _p(cautious(seen.probability(live.number))),
        "needed": _PROBABLE,
    }
    if live.state is State.RESOLVED and live.resolved is not None:
        minutes = _minutes(live.resolved, seen.arrived)
        return Reason(ReasonCode.AFTER_END, {**numbers, "minutes": minutes})
    if not _listed(parts, live, seen.symptom):
        symptom = parts.baseline.symptoms[seen.symptom]
        return Reason(ReasonCode.OTHER_SYMPTOM, {**numbers, "symptom": symptom})
    return Reason(ReasonCode.TOO_IMPROBABLE, numbers)


def _unexplained(parts: Parts, seen: Seen, live: Live) -> Reason:
    """The line is below its cause, and it explains nothing of the ticket."""
    numbers = {"incident": live.id, "domain": parts.topology.name(live.domain)}
    if seen.tau < live.onset_tau and parts.watches.profile[live.rule, seen.symptom] > 0:
        # The onset on the clock may be an alarm's, long before the first call.
        first = max(live.onset, next(iter(live.callers.values()), live.onset))
        minutes = _minutes(seen.occurred, first)
        return Reason(ReasonCode.BEFORE_ONSET, {**numbers, "minutes": minutes})
    symptom = parts.baseline.symptoms[seen.symptom]
    reached = {"symptom": symptom, "probability": 0.0, "needed": _PROBABLE}
    return Reason(ReasonCode.OTHER_SYMPTOM, {**numbers, **reached})


def _not_below(parts: Parts, shared: int) -> Reason:
    """An incident is on equipment beside the line: say where their ways part."""
    live = parts.incidents[parts.incidents.below(shared)[-1]]
    return Reason(
        ReasonCode.NOT_BELOW,
        {
            "incident": live.id,
            "domain": parts.topology.name(live.domain),
            "shared": parts.topology.name(shared),
            "lines": int(parts.sizes[shared]),
            "below": live.customers,
        },
    )


def _listed(parts: Parts, live: Live, symptom: int) -> bool:
    """Say whether the incident's rule names the symptom."""
    if live.unnamed >= 0:
        return symptom == live.unnamed
    symptoms = parts.rule(live).symptoms
    return isinstance(symptoms, str) or parts.baseline.symptoms[symptom] in symptoms


def _minutes(since: Millis, until: Millis) -> int:
    return max(1, round((until - since) / MINUTE))
