"""The ledger: the only writer of attributions; it updates all books of a call together.

`P(u explains it) = i_u·π_u(s) / (r + works + Σ_v i_v·π_v(s))` per line, r the usual rate: the
responsibility of incident u for a call in a mixture of Poisson processes. A call that an incident
explains is

1. retracted from the burst statistic,
2. attributed in the call window, where localisation reads it as explained,
3. learned by the baseline with weight 1 − P(explained),
4. linked to its ticket, and counted by its incident.

Every change of an attribution (a call's arrival, a named cause, a person's action, a change of the
ticket) goes through here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from correlator.engine.arrays import Ints
from correlator.engine.attribution.links import Links
from correlator.engine.attribution.tuning import TUNING
from correlator.engine.attribution.views import Bursts, Feeds, Incidents, Profiles, Rates
from correlator.engine.calls import Call, CallWindow
from correlator.engine.incidents import LiveIncident, left_of
from correlator.model import Effect, LinkState, Millis, Reason, State
from rules.model import Rule
from topology import Topology


class Ledger:
    """Keeps window, statistic, baseline and links in step."""

    def __init__(  # noqa: PLR0913, PLR0917 - the books that it keeps
        self,
        topology: Topology,
        rules: Sequence[Rule],
        emit: Callable[[Effect], None],
        calls: CallWindow,
        rates: Rates,
        bursts: Bursts,
        profiles: Profiles,
        incidents: Incidents,
        feeds: Feeds,
        *,
        explains: bool,
    ) -> None:
        """`explains` false (for ablations): no explaining away."""
        self._links = Links(topology, rules, emit)
        self._calls = calls
        self._rates = rates
        self._bursts = bursts
        self._profiles = profiles
        self._incidents = incidents
        self._feeds = feeds
        self._explains = explains

    # ------------------------------------------------------------------------------- arrival

    def strength(self, live: LiveIncident, symptom: int, tau: float, time: Millis) -> float:
        """Return the rate i·π(s), per line and τ, that an incident adds; 0 before its onset.

        Times its persistence. `tau` and `time` (ms): when the call occurred. While the backlog of a
        stalled feed arrives, silence is no evidence of its end.
        """
        if tau < live.onset_tau or (live.unnamed >= 0 and symptom != live.unnamed):
            return 0.0
        start = float(self._profiles.matrix[live.rule, symptom])
        lasts = left_of(live, tau, time, complete=not self._feeds.stall)
        return live.rate(tau) * lasts * live.share_of(symptom, start)

    def attributions(
        self, lives: Iterable[LiveIncident], symptom: int, tau: float, time: Millis
    ) -> dict[int, float]:
        """Return the rate at which each of these incidents explains a call; none at rate 0."""
        found = {live.number: self.strength(live, symptom, tau, time) for live in lives}
        return {number: rate for number, rate in found.items() if rate > 0}

    def enter(self, call: Call) -> None:
        """Enter a new call into window, baseline and links; the detector observes it afterwards."""
        self._calls.add(call, self._rates.moment.tau)
        if call.counted or not call.fault:
            self._rates.observe(call.symptom, _array(call), call.occurred, call.weight)
        if call.attributions:
            self._link(call)

    def _link(self, call: Call) -> None:
        """Link a new call to the incidents that explain it, or suggest it."""
        found = map(self._incidents.get, call.attributions)
        lives = [live for live in found if live is not None]
        for live in lives:
            chance = self._links.update(live, call, self._rates.moment.now)
            if call.counted and live.state is not State.RESOLVED:
                # A call after the end does not revive the incident.
                live.count(call.tau, call.occurred, call.symptom, chance)
                live.note_call(call.ticket, call.customer, call.arrived, call.tau)
        for live in () if call.counted else lives:
            if call.customer in live.callers:
                self._link_repeat(live, call)

    def _link_repeat(self, live: LiveIncident, call: Call) -> None:
        """Link another call of a caller, if it is about the same trouble."""
        same = call.fault is self._profiles.is_fault(live.symptom)
        if call.tau >= live.onset_tau and same:
            self._links.link_repeat(live, call, self._rates.moment.now)

    # --------------------------------------------------------------------------- named causes

    def attribute(
        self, live: LiveIncident, rate: float, onset: float, *, again: bool = False
    ) -> None:
        """Attribute the calls since its onset to an incident, at this call rate.

        `again`: only its rate was refitted; calls that it explains already stay as they are.
        """
        if not again:
            live.begin_profile()
        known = live.number if again else -1
        for call in self._calls.not_attributed(known, live.domain, onset):
            if live.unnamed >= 0 and call.symptom != live.unnamed:
                continue
            strength = rate * float(self._profiles.matrix[live.rule, call.symptom])
            elsewhere = call.assigned not in (0, live.number)
            if strength > 0 and not call.spent and not elsewhere:
                self._attribute(live, call, strength)
        self._link_repeats(live)

    def _attribute(self, live: LiveIncident, call: Call, strength: float) -> None:
        """Attribute a call to one more incident, and update its links to all that explain it."""
        if call.counted:
            self._bursts.retract(call)
        self._explain(call, live.number, strength)
        now, chance = self._rates.moment.now, 0.0
        for number in list(call.attributions):
            if number == live.number:
                chance = self._links.update(live, call, now)
            elif self._explains:  # else (for ablations) what others explain does not change
                other = self._incidents.get(number)
                if other is not None:
                    self._links.update(other, call, now)
        live.note_call(
            call.ticket, call.customer, call.arrived, call.tau, credit=(call.symptom, chance)
        )

    def _explain(self, call: Call, number: int, rate: float, *, assigned: bool = False) -> None:
        self._learn(call, self._calls.attribute(call, number, rate, assigned=assigned))

    def _learn(self, call: Call, change: float) -> None:
        """Update what the baseline learned from a call, the weight of which has changed."""
        if call.counted and change:
            self._rates.observe(call.symptom, _array(call), call.occurred, change)

    def _link_repeats(self, live: LiveIncident) -> None:
        """Link the repeats of linked customers since the onset as well."""
        for customer in list(live.callers):
            call = self._calls.last_of(customer)
            if call is not None and not call.counted and call.ticket not in live.links:
                self._link_repeat(live, call)

    def release(self, live: LiveIncident, reason: Reason, heir: LiveIncident | None = None) -> None:
        """Withdraw attributions and links of an incident before another cause is named.

        A call that a person has linked to it goes to the `heir`, where there is one.
        """
        for ticket, link in list(live.links.items()):
            call = self._calls.find(ticket)
            if call is not None:
                self._learn(call, self._calls.withdraw(call, live.number))
                if heir is not None and link.by_person and link.state is LinkState.LINKED:
                    self._explain(call, heir.number, _certain(call), assigned=True)
            self._unlink(live, ticket, reason)

    def _unlink(self, live: LiveIncident, ticket: str, reason: Reason) -> None:
        self._links.set(live, ticket, LinkState.UNLINKED, 0.0, reason, self._rates.moment.now)

    # ------------------------------------------------------------------------ people's actions

    def assign(self, live: LiveIncident, ticket: str, reason: Reason, actor: str) -> None:
        """Assign a ticket to an incident, as a person says: no other one explains it."""
        call = self._calls.find(ticket)
        if call is not None:
            self._retract(call)
            self._explain(call, live.number, _certain(call), assigned=True)
            live.note_caller(call.customer, call.arrived)
        now = self._rates.moment.now
        self._links.set(live, ticket, LinkState.LINKED, 1.0, reason, now, actor)
        if call is not None:
            self._unlink_others(call)

    def _unlink_others(self, call: Call) -> None:
        """Remove the links that the engine has made of a call to other incidents."""
        for other in self._incidents.linking(call.ticket):
            self._links.update(other, call, self._rates.moment.now)
            if not other.is_linked(call.ticket):
                other.lose_caller(call.customer)

    def unassign(self, live: LiveIncident, ticket: str, reason: Reason, actor: str) -> None:
        """Withdraw a ticket from an incident that does not explain it, as a person says."""
        call = self._calls.find(ticket)
        if call is not None:
            self._learn(call, self._calls.withdraw(call, live.number))
            live.lose_caller(call.customer)
        now = self._rates.moment.now
        self._links.set(live, ticket, LinkState.UNLINKED, 0.0, reason, now, actor)

    def transfer(
        self, live: LiveIncident, into: LiveIncident, tickets: Iterable[str],
        reason: Reason, actor: str,
    ) -> None:  # fmt: skip
        """Assign some tickets of an incident to another one, as a person says."""
        for ticket in tickets:
            call = self._calls.find(ticket)
            if call is not None:
                self._retract(call)  # with the λ so far
            self.unassign(live, ticket, reason, actor)
            self.assign(into, ticket, reason, actor)

    def merge(
        self, live: LiveIncident, into: LiveIncident, reason: Reason, links: Reason, actor: str
    ) -> None:
        """Assign the linked tickets of an incident to another one: a person merges them.

        `reason`: why the links of the one are taken back; `links`: why those to the other are made.
        """
        tickets = live.linked_tickets()
        for call in filter(None, map(self._calls.find, tickets)):
            self._retract(call)  # with the λ so far
        self.release(live, reason)
        for ticket in tickets:
            self.assign(into, ticket, links, actor)

    def reject(self, live: LiveIncident, reason: Reason) -> None:
        """Withdraw all attributions of an incident that a person rejects; its calls are spent."""
        for ticket in list(live.links):
            call = self._calls.find(ticket)
            if call is not None:
                spent = live.is_linked(ticket)
                self._learn(call, self._calls.withdraw(call, live.number, spend=spent))
            self._unlink(live, ticket, reason)

    def _retract(self, call: Call) -> None:
        """Retract a call from the burst statistic, once."""
        if call.counted and not call.retracted:
            self._bursts.retract(call)
            self._calls.mark_retracted(call)

    # ------------------------------------------------------------------- changes of a ticket

    def remove(self, ticket: str, reason: Reason) -> None:
        """Remove a ticket that changed customer or symptom, or was cancelled.

        From window, baseline and links; the burst statistic stays as it is.
        """
        call = self._calls.remove(ticket)
        if call is None:
            return
        if call.counted:
            self._rates.observe(call.symptom, _array(call), call.occurred, -call.weight)
        for live in self._incidents.linking(ticket):
            self._unlink(live, ticket, reason)
            if call.counted:
                live.lose_caller(call.customer)

    def rename(self, call: Call, symptom: int, rate: float) -> None:
        """Change the symptom of a call, usual at `rate`; P(explained) stays."""
        if call.counted:
            self._rates.reassign(_array(call), call.symptom, symptom, call.weight)
        self._calls.rename(call, symptom, rate)

    # ------------------------------------------------------------------------------ snapshot

    def state(self) -> dict[str, Any]:
        """Return what no other book holds, for a snapshot."""
        return self._links.state()

    def restore(self, state: dict[str, Any]) -> None:
        """Restore what `state` returned."""
        self._links.restore(state)


def _array(call: Call) -> Ints:
    return np.array(call.domains, np.int64)


def _certain(call: Call) -> float:
    """Return the rate at which an incident explains a call because a person says so."""
    return TUNING.certain_odds * (call.rate + call.planned + TUNING.highest_rate)
