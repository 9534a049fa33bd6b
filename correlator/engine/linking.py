"""Which tickets an incident explains, line by line, and what that does to everything learned.

`P(i ∈ u) = i_u·π_u(s) / (λ_i + works + Σ_v i_v·π_v(s))` per line. Every link keeps its numbers.
"""

from __future__ import annotations

from correlator.engine.live import Live, Tie
from correlator.engine.localise import Cause
from correlator.engine.parts import Parts
from correlator.engine.recent import Seen, cautious
from correlator.model import (
    CORRELATOR,
    Link,
    LinkChanged,
    LinkState,
    Reason,
    ReasonCode,
    State,
)


class Linker:
    """Ties tickets to incidents."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def explain(self, seen: Seen) -> None:
        """Set what the live incidents and planned works explain of a ticket."""
        parts = self._parts
        for live in parts.incidents.explaining_any(seen.domains):
            strength = parts.strength(live, seen.symptom, seen.tau, seen.occurred)
            if strength > 0:
                seen.parts[live.number] = strength

    def tie_new(self, seen: Seen) -> None:
        """Link or suggest a new ticket to whatever explains it."""
        for number in list(seen.parts):
            live = self._parts.incidents.get(number)
            if live is not None:
                self._tie(live, seen)
                if live.state is not State.RESOLVED:  # who calls after the end does not revive it
                    self._count(live, seen)

    def _count(self, live: Live, seen: Seen) -> None:
        if not seen.counted:
            return
        probability = seen.probability(live.number)
        live.count(seen.tau, seen.occurred, seen.symptom, probability)
        if live.ties.get(seen.ticket, _NONE).state is LinkState.LINKED:
            live.caller(seen.customer, seen.arrived)
            live.last_tau = max(live.last_tau, seen.tau)
        live.dirty = True

    def _tie(self, live: Live, seen: Seen) -> None:
        link = self._parts.rule(live).link
        probability = cautious(seen.probability(live.number))
        if probability >= link.linked:
            self.set(live, seen.ticket, LinkState.LINKED, probability, self._reason(live, seen))
        elif probability >= link.suggested:
            self.set(live, seen.ticket, LinkState.SUGGESTED, probability, self._reason(live, seen))
        elif seen.ticket in live.ties:
            self.set(live, seen.ticket, LinkState.UNLINKED, probability, self._reason(live, seen))

    def _reason(self, live: Live, seen: Seen) -> Reason:
        link = self._parts.rule(live).link
        probability = cautious(seen.probability(live.number))
        code = ReasonCode.TOO_IMPROBABLE
        if probability >= link.suggested:
            code = ReasonCode.PERHAPS_EXPLAINED
        if probability >= link.linked:
            code = ReasonCode.EXPLAINED
        return Reason(
            code,
            {
                "probability": round(probability, 4),
                "incident_rate": float(f"{seen.parts.get(live.number, 0.0):.4g}"),
                "usual_rate": float(f"{seen.rate:.4g}"),
                "needed": link.linked,
                "domain": self._parts.topology.name(live.domain),
            },
        )

    def set(  # noqa: PLR0913, PLR0917 - a link has that many sides
        self,
        live: Live,
        ticket: str,
        state: LinkState,
        probability: float,
        reason: Reason,
        actor: str = CORRELATOR,
    ) -> None:
        """Make, change or take back a link; the engine never overrules a person."""
        before = live.ties.get(ticket)
        by_person = actor != CORRELATOR
        settled = before is not None and (before.by_person or before.state is state)
        if settled and not by_person:
            return
        if before is None and state is LinkState.UNLINKED and not by_person:
            return
        was_linked = before is not None and before.state is LinkState.LINKED
        live.linked += (state is LinkState.LINKED) - was_linked
        live.ties[ticket] = Tie(state, probability, by_person)
        live.dirty = True
        self._parts.links_made += 1
        self._parts.emit(
            LinkChanged(
                Link(
                    ticket=ticket,
                    incident=live.id,
                    state=state,
                    probability=round(probability, 4),
                    reason=reason,
                    version=self._parts.links_made,
                    time=self._parts.now,
                    actor=actor,
                )
            )
        )

    # ------------------------------------------------------------------- back in time, undoing

    def link_back(self, live: Live, cause: Cause, *, again: bool = False) -> None:
        """Let an incident explain the tickets since its onset.

        `again`: only its rate was fitted anew; what it explains already stays as it is.
        """
        recent = self._parts.recent
        if not again:
            live.by_symptom = {}
        known = live.number if again else -1
        for seen in recent.unexplained_by(known, live.domain, cause.onset):
            if live.unnamed >= 0 and seen.symptom != live.unnamed:
                continue
            strength = cause.rate * float(self._parts.watches.profile[live.rule, seen.symptom])
            if strength <= 0 or seen.spent:
                continue
            self._explain_more(seen, live.number, strength)
            # Without explaining away (for ablations) what others explain does not change.
            shared = self._parts.settings.use_explaining_away
            for number in list(seen.parts) if shared else (live.number,):
                other = self._parts.incidents.get(number)
                if other is not None:
                    self._tie(other, seen)
            probability = seen.probability(live.number)
            live.by_symptom[seen.symptom] = live.by_symptom.get(seen.symptom, 0.0) + probability
            if live.ties.get(seen.ticket, _NONE).state is LinkState.LINKED:
                live.caller(seen.customer, seen.arrived)
                live.last_tau = max(live.last_tau, seen.tau)
        self._repeat_callers(live)

    def _repeat_callers(self, live: Live) -> None:
        """Link the repeats of linked customers since the onset as well."""
        for customer in list(live.callers):
            seen = self._parts.recent.last_of(customer)
            if seen is not None and not seen.counted and seen.ticket not in live.ties:
                self.link_repeat(live, seen)

    def link_repeat(self, live: Live, seen: Seen) -> None:
        """Link another ticket of a customer whose first one is linked."""
        same = seen.fault is self._parts.watches.is_fault(live.symptom)
        if seen.tau >= live.onset_tau and same:
            reason = Reason(ReasonCode.SAME_CUSTOMER, {"customer": seen.customer})
            self.set(live, seen.ticket, LinkState.LINKED, 0.9, reason)

    def _explain_more(self, seen: Seen, number: int, strength: float) -> None:
        parts = self._parts
        weight = seen.weight
        rows = parts.rows(seen.domains, seen.symptom)
        if len(rows) and seen.counted and parts.settings.use_explaining_away:
            profile, expected = parts.row_terms(rows, seen)
            parts.burst.take_back(rows, profile, expected)
        parts.recent.explain(seen, number, strength)
        self.reweigh(seen, weight)

    def reweigh(self, seen: Seen, before: float) -> None:
        """Bring what the baseline learned from a ticket to 1 − P(explained)."""
        seen.weight = 0.0 if seen.spent else 1.0 - seen.explained()
        if seen.counted and seen.weight != before:
            self._parts.baseline.count(
                seen.symptom,
                self._parts.watches.place(seen.domains).domains,
                seen.occurred,
                seen.weight - before,
            )

    def drop(self, live: Live, reason: Reason, *, spend: bool = False) -> list[str]:
        """Take back every link of an incident; returns the tickets. `spend`: for good."""
        tickets = live.linked_tickets()
        for ticket in list(live.ties):
            seen = self._parts.recent.find(ticket)
            if seen is not None:
                before = seen.weight
                spent = spend and live.ties[ticket].state is LinkState.LINKED
                self._parts.recent.unexplain(seen, live.number, spend=spent)
                self.reweigh(seen, before)
            self.set(live, ticket, LinkState.UNLINKED, 0.0, reason)
        return tickets


_NONE = Tie(LinkState.UNLINKED, 0.0)
