"""The ledger: the only writer of attributions; it updates all books of a call together.

`P(u explains it) = i_u·π_u(s) / (r + works + Σ_v i_v·π_v(s))` per line, r the usual rate: the
responsibility of incident u for a call in a mixture of Poisson processes. A call that an incident
explains is

1. retracted from the burst statistic,
2. attributed in the call window, where localisation reads it as explained,
3. learned by the baseline with weight 1 − P(explained),
4. linked to its ticket, and counted by its incident.

Every change of an attribution (a call's arrival, a named cause, a person's action, a change of the
ticket) goes through here. Where the engine names a cause, a call is retracted by what explained it
so far, each time; where a person speaks, once. What a person says of a ticket holds in all books
until a person says otherwise: the engine neither attributes it elsewhere nor to an incident that it
was unlinked from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from correlator.engine.arrays import Ints
from correlator.engine.attribution.assignments import Assignments
from correlator.engine.attribution.bookkeeper import Bookkeeper
from correlator.engine.attribution.links import Links
from correlator.engine.attribution.views import Bursts, Feeds, Incidents, Profiles, Rates
from correlator.engine.calls import Call, CallWindow
from correlator.engine.incidents import LiveIncident, left_of
from correlator.model import Effect, LinkState, Millis, Reason, State
from rules.model import Rule
from topology import Topology


class Ledger:
    """Decides what explains each call, and has the `Bookkeeper` write it into every book."""

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
        self._books = Bookkeeper(calls, rates, bursts, incidents, self._links)
        self.assignments = Assignments(self._books, calls, rates, incidents, self._links)
        """What people say of tickets."""
        self._calls = calls
        self._rates = rates
        self._bursts = bursts
        self._profiles = profiles
        self._incidents = incidents
        self._feeds = feeds
        self._explains = explains

    # ------------------------------------------------------------------------------- arrival

    def strength(self, live: LiveIncident, mark: int, tau: float, time: Millis) -> float:
        """Return the rate i·π, per line and τ, that an incident adds; 0 before its onset.

        Of calls with this mark, times its persistence. `tau` and `time` (ms): when the call
        occurred. While the backlog of a stalled feed arrives, silence is no evidence of its end.
        """
        if tau < live.onset_tau or (live.unnamed >= 0 and mark != live.unnamed):
            return 0.0
        parts = self._profiles.mixtures.get(mark, ((mark, 1.0),))
        share = sum(weight * self._share(live, symptom) for symptom, weight in parts)
        return self._total(live, tau, time) * share

    def strengths(self, live: LiveIncident, tau: float, time: Millis) -> dict[int, float]:
        """Return the rate that an incident adds of each symptom, as `strength`; none at rate 0."""
        total = 0.0 if tau < live.onset_tau else self._total(live, tau, time)
        if not total:
            return {}
        every = range(self._profiles.matrix.shape[1])
        symptoms = every if live.unnamed < 0 else (live.unnamed,)
        found = {symptom: total * self._share(live, symptom) for symptom in symptoms}
        return {symptom: rate for symptom, rate in found.items() if rate > 0}

    def _total(self, live: LiveIncident, tau: float, time: Millis) -> float:
        """Return the rate that an incident adds of all symptoms, times its persistence."""
        return live.rate(tau) * left_of(live, tau, time, complete=not self._feeds.stall)

    def _share(self, live: LiveIncident, symptom: int) -> float:
        return live.share_of(symptom, float(self._profiles.matrix[live.rule, symptom]))

    def attributions(
        self, lives: Iterable[LiveIncident], mark: int, tau: float, time: Millis
    ) -> dict[int, float]:
        """Return the rate at which each of these incidents explains a call; none at rate 0."""
        found = {live.number: self.strength(live, mark, tau, time) for live in lives}
        return {number: rate for number, rate in found.items() if rate > 0}

    def enter(self, call: Call, where: Ints | None = None, *, changed: bool) -> None:
        """Enter a new call into window, baseline and links; the detector observes it afterwards.

        `where`: its domains, if the caller has them in an array; `changed`: its ticket was in the
        books before, and what people said of it holds.
        """
        self._calls.add(call, self._rates.moment.tau, where)
        if call.counted or not call.fault:
            where = _array(call) if where is None else where
            self._rates.observe(call.symptom, where, call.occurred, call.weight, entered=True)
        if changed:
            self._keep_word(call)
        if call.attributions and not call.assigned:
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
        scope = None if live.scope.single else live.scope
        for call in self._calls.not_attributed(known, live.scope.domain, onset):
            if live.unnamed >= 0 and call.symptom != live.unnamed:
                continue
            if scope is not None and not scope.holds(call.causes()):
                continue
            strength = rate * float(self._profiles.of_marks[live.rule, call.mark])
            if call.assigned == live.number:
                self._count_caller(live, call, call.probability(live.number))
            elif strength > 0 and not call.spent and not _is_refused(live, call):
                self._attribute(live, call, strength)
        self._link_repeats(live)

    def _attribute(self, live: LiveIncident, call: Call, strength: float) -> None:
        """Attribute a call to one more incident, and update its links to all that explain it."""
        if call.counted:
            self._bursts.retract(call)
        self._books.explain(call, live.number, strength)
        now, chance = self._rates.moment.now, 0.0
        for number in list(call.attributions):
            if number == live.number:
                chance = self._links.update(live, call, now)
            elif self._explains:  # else (for ablations) what others explain does not change
                other = self._incidents.get(number)
                if other is not None:
                    self._links.update(other, call, now)
        self._count_caller(live, call, chance)

    def _count_caller(self, live: LiveIncident, call: Call, chance: float) -> None:
        credit = (call.symptom, chance)
        live.note_call(call.ticket, call.customer, call.arrived, call.tau, credit=credit)

    def _link_repeats(self, live: LiveIncident) -> None:
        """Link the repeats of linked customers since the onset as well."""
        for customer in list(live.callers):
            call = self._calls.last_of(customer)
            if call is not None and not call.counted and call.ticket not in live.links:
                self._link_repeat(live, call)

    def release(self, live: LiveIncident, reason: Reason, heir: LiveIncident) -> None:
        """Withdraw attributions and links of an incident before its cause is named anew.

        A call that a person has assigned to it goes to the `heir`: the incident that names that
        cause, itself or another one.
        """
        assigned = [call for call in self._books.calls_of(live) if call.assigned == live.number]
        self._books.release(live, reason)
        if heir is live:
            live.drop_links()
        now = self._rates.moment.now
        for call in assigned:
            self._books.assign(heir, call)
            self._links.set(heir, call.ticket, LinkState.LINKED, 1.0, reason, now)

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
            self._books.unlink(live, ticket, reason)
            if call.counted:
                live.lose_caller(call.customer)

    def _keep_word(self, call: Call) -> None:
        """Have what people said of a ticket hold after its change."""
        for live in self._incidents.linking(call.ticket):
            link = live.links[call.ticket]
            if link.by_person and link.state is LinkState.LINKED:
                self._books.assign(live, call)
            elif link.by_person:
                self._books.withdraw(live, call)

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


def _is_refused(live: LiveIncident, call: Call) -> bool:
    """Return whether a person has assigned a call elsewhere, or unlinked it from an incident."""
    link = live.links.get(call.ticket)
    unlinked = link is not None and link.by_person and link.state is not LinkState.LINKED
    return unlinked or call.assigned not in {0, live.number}
