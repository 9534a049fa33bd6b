"""Links of tickets to incidents: their states, versions, and the effects that publish them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from correlator.engine.attribution.tuning import TUNING
from correlator.engine.calls import Call
from correlator.engine.incidents import LinkRecord, LiveIncident
from correlator.model import (
    CORRELATOR,
    Change,
    Effect,
    Journaled,
    Link,
    LinkChanged,
    LinkState,
    Millis,
    Reason,
    ReasonCode,
)
from rules.model import Rule
from topology import Topology


class Links:
    """Makes, changes and takes back links; the engine never overrules a person."""

    def __init__(
        self, topology: Topology, rules: Sequence[Rule], emit: Callable[[Effect], None]
    ) -> None:
        self._topology = topology
        self._rules = rules
        self._emit = emit
        self._made = 0

    def update(self, live: LiveIncident, call: Call, now: Millis) -> float:
        """Link, suggest or unlink a call by the cautious probability that an incident explains it.

        Returns P(it explains the call), not made cautious.
        """
        link = self._rules[live.rule].link
        chance, probability = call.claim(live.number)
        if probability >= link.linked:
            state = LinkState.LINKED
        elif probability >= link.suggested:
            state = LinkState.SUGGESTED
        elif call.ticket in live.links:
            state = LinkState.UNLINKED
        else:
            return chance
        self.set(live, call.ticket, state, probability, self._reason(live, call, probability), now)
        return chance

    def _reason(self, live: LiveIncident, call: Call, probability: float) -> Reason:
        link = self._rules[live.rule].link
        code = ReasonCode.TOO_IMPROBABLE
        if probability >= link.suggested:
            code = ReasonCode.PERHAPS_EXPLAINED
        if probability >= link.linked:
            code = ReasonCode.EXPLAINED
        return Reason(
            code,
            {
                "probability": round(probability, 4),
                "incident_rate": float(f"{call.attributions.get(live.number, 0.0):.4g}"),
                "usual_rate": float(f"{call.rate:.4g}"),
                "needed": link.linked,
                "domain": self._topology.scope_name(live.scope),
            },
        )

    def link_repeat(self, live: LiveIncident, call: Call, now: Millis) -> None:
        """Link another call of a customer whose first one is linked."""
        if call.assigned not in (0, live.number):
            return
        reason = Reason(ReasonCode.SAME_CUSTOMER, {"customer": call.customer})
        self.set(live, call.ticket, LinkState.LINKED, TUNING.same_customer, reason, now)

    def set(  # noqa: PLR0913, PLR0917 - a link has that many sides
        self,
        live: LiveIncident,
        ticket: str,
        state: LinkState,
        probability: float,
        reason: Reason,
        now: Millis,
        actor: str = CORRELATOR,
    ) -> None:
        """Make, change or take back a link."""
        before = live.links.get(ticket)
        by_person = actor != CORRELATOR
        settled = before is not None and (before.by_person or before.state is state)
        if settled and not by_person:
            return
        if before is None and state is LinkState.UNLINKED and not by_person:
            return
        live.set_link(ticket, LinkRecord(state, probability, by_person))
        self._made += 1
        self._emit(
            LinkChanged(
                Link(
                    ticket=ticket,
                    incident=live.id,
                    state=state,
                    probability=round(probability, 4),
                    reason=reason,
                    version=self._made,
                    time=now,
                    actor=actor,
                )
            )
        )
        old = "" if before is None else before.state
        if old != state:
            key = f"{ticket}|{live.id}"
            self._emit(Journaled(Change("link", key, "state", old, state, now, actor)))

    def state(self) -> dict[str, Any]:
        """Return how many versions of links have been published, for a snapshot."""
        return {"made": self._made}

    def restore(self, state: dict[str, Any]) -> None:
        """Restore what `state` returned."""
        self._made = state["made"]
