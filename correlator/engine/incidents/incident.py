"""A live incident: call rate, symptom profile, links, own alarms, cause.

The call rate is an exponentially weighted Gamma–Poisson estimate (a Gamma filter: calls and
exposure are forgotten with one half-life), over the time in which some fifteen calls come in. The
profile is a Dirichlet count of its callers' symptoms, with the rule's profile as prior.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable
from typing import Any

import msgspec

from correlator.engine.incidents.handling import Handling
from correlator.engine.incidents.records import Description, Fit, LinkRecord
from correlator.engine.incidents.tuning import TUNING
from correlator.model import HOUR, Evidence, LinkState, Millis, Reason, Rival, State
from topology import Scope

_LN2 = 0.6931471805599453


class LiveIncident(msgspec.Struct):
    """An incident that is not over. `rule`, `unnamed` and the domains of `scope` are indexes.

    The call rate i (per line and τ) is `calls / exposure`, at τ = `filter_tau`. `by_symptom`: its
    callers so far, summed by probability. `own_alarm`: the cause itself has alarmed. `history`:
    (τ, i) now and then since the onset, ascending. `gap` is the mean time between its first
    callers, in τ; `peak` the highest i so far; `alarms_clear_since` when the last alarm of the
    cause cleared, `heard_since` the evidence of its callers since then against an end, in nats.
    `links`: by ticket, in the order in which they were made. `fitted_callers`: how many it had when
    its cause was last fitted. `dirty`: something is to be published. `catalog`: the rules' version
    when it was announced. `grouped`: the alarms that are of its cause, whoever called; `noc`: it
    began with them, and the NOC is told. `handling`: what people decided and said.
    """

    number: int
    id: str
    rule: int
    scope: Scope
    first_scope: Scope
    state: State
    symptom: str
    unnamed: int
    created: Millis
    onset: Millis
    onset_tau: float
    reason: Reason
    customers: int
    calls: float
    exposure: float
    filter_tau: float
    last_tau: float
    gap: float
    peak: float = 0.0
    last_call: Millis = 0
    half_life: float = TUNING.longest_half_life
    changed: Millis = 0
    announced: Millis | None = None
    resolved: Millis | None = None
    reopened: Millis = 0
    version: int = 0
    callers: dict[str, int] = {}
    links: dict[str, LinkRecord] = {}
    linked: int = 0
    alarms: dict[str, int] = {}
    grouped: dict[str, int] = {}
    noc: bool = False
    alarms_clear_since: Millis | None = None
    heard_since: float = 0.0
    own_alarm: bool = False
    by_symptom: dict[int, float] = {}
    expected: float = 0.0
    rivals: tuple[Rival, ...] = ()
    equivalents: tuple[str, ...] = ()
    healthy: int = 0
    siblings: int = 0
    evidence: Evidence | None = None
    parent: str = ""
    owner: str = ""
    acknowledged_by: str = ""
    confirmed_by: str = ""
    message: str = ""
    ended: Reason | None = None
    fitted_callers: int = 0
    history: list[tuple[float, float]] = []
    dirty: bool = False
    catalog: str = ""
    handling: Handling = msgspec.field(default_factory=Handling)

    # --------------------------------------------------------------------------------- links

    def linked_tickets(self) -> list[str]:
        """Return the tickets that are linked, in the order in which they were."""
        return [t for t, link in self.links.items() if link.state is LinkState.LINKED]

    def is_linked(self, ticket: str) -> bool:
        """Return whether a ticket is linked, not only suggested."""
        link = self.links.get(ticket)
        return link is not None and link.state is LinkState.LINKED

    def set_link(self, ticket: str, link: LinkRecord) -> None:
        """Set the link of a ticket."""
        self.linked += (link.state is LinkState.LINKED) - self.is_linked(ticket)
        self.links[ticket] = link
        self.dirty = True

    def note_caller(self, customer: str, arrived: Millis, tau: float = -math.inf) -> None:
        """Record a customer whose call it explains; `arrived`, `tau`: when."""
        self.callers[customer] = arrived
        self.last_call = max(self.last_call, arrived)
        self.last_tau = max(self.last_tau, tau)

    def note_call(
        self,
        ticket: str,
        customer: str,
        arrived: Millis,
        tau: float,
        *,
        credit: tuple[int, float] | None = None,
    ) -> None:
        """Record a caller whose ticket it explains, if it is linked.

        `credit`: the symptom, and the probability with which it counts in the profile alone.
        """
        if credit is not None:
            self._credit(*credit)
        link = self.links.get(ticket)
        if link is not None and link.state is LinkState.LINKED:
            self.note_caller(customer, arrived, tau)

    def lose_caller(self, customer: str) -> None:
        """Remove a caller, whose call it does not explain any more."""
        if self.callers.pop(customer, None) is not None:
            self.dirty = True

    def drop_links(self) -> None:
        """Drop callers and the engine's own links, before another cause is named."""
        self.links = {t: link for t, link in self.links.items() if link.by_person}
        self.linked = len(self.linked_tickets())
        self.callers = {}

    # ------------------------------------------------------------------------------ call rate

    def rate(self, tau: float) -> float:
        """Return i at τ: calls per line and unit of τ.

        For a late call (a mail of the evening, read in the morning) the rate of its own time.
        """
        if self.history and tau < self.filter_tau - TUNING.noted_every:
            place = bisect_right(self.history, (tau, math.inf)) - 1
            return self.history[max(place, 0)][1]
        stays, exposure = self._passed(tau)
        return float(self.calls * stays / exposure)

    def _passed(self, tau: float) -> tuple[float, float]:
        """Return what is left of the calls counted so far, and the exposure, at `tau`."""
        step = max(0.0, tau - self.filter_tau)
        stays = 2.0 ** (-step / self.half_life)
        return stays, self.exposure * stays + self.customers * (1.0 - stays) * self.half_life / _LN2

    def share_of(self, symptom: int, start: float) -> float:
        """Return π(symptom): that of its rule, `start`, as a prior, updated by its callers."""
        counted = sum(self.by_symptom.values())
        found = TUNING.profile_prior * start + self.by_symptom.get(symptom, 0.0)
        return found / (TUNING.profile_prior + counted)

    def count(self, tau: float, time: Millis, symptom: int, weight: float) -> None:
        """Update rate and profile by a call that this explains with probability `weight`.

        `tau` and `time` (ms): when it occurred.
        """
        self.heard_since += weight * self._speaks_on(time)
        self._credit(symptom, weight)
        stays, self.exposure = self._passed(tau)
        self.calls = self.calls * stays + weight
        self.filter_tau = max(self.filter_tau, tau)
        self.peak = max(self.peak, self.calls / self.exposure)
        self._choose_half_life()
        self._note()
        self.dirty = True

    def _credit(self, symptom: int, weight: float) -> None:
        """Update the profile alone by a call that this explains with probability `weight`."""
        self.by_symptom[symptom] = self.by_symptom.get(symptom, 0.0) + weight

    def _note(self) -> None:
        """Keep i for late calls; every other point goes when there are too many."""
        if self.history and self.filter_tau >= self.history[-1][0] + TUNING.noted_every:
            self.history.append((self.filter_tau, self.calls / self.exposure))
            if len(self.history) > TUNING.most_noted:
                self.history = self.history[::2]

    def _choose_half_life(self) -> None:
        """Set the filter's half-life: the time in which some fifteen calls come in, bounded."""
        wanted = TUNING.calls_remembered * self.exposure / (self.calls * self.customers + 1e-9)
        longest = min(wanted, TUNING.longest_half_life)
        self.half_life = max(longest, TUNING.shortest_half_life)

    # ---------------------------------------------------------------------- its own alarms

    def _speaks_on(self, time: Millis) -> float:
        """Return the log likelihood ratio of a call, in nats: it lasts ÷ its clear was the end."""
        return _LN2 * (self.hours_clear(time) or 0.0) / TUNING.calls_after

    def hours_clear(self, time: Millis) -> float | None:
        """Return for how many hours the cause's own alarm has been clear; None while it is not."""
        if not self.own_alarm or self.alarms_clear_since is None:
            return None
        return max(0, time - self.alarms_clear_since) / HOUR

    def alarmed(self) -> None:
        """Record that the cause itself alarms."""
        self.own_alarm = True

    def alarm_stands(self) -> None:
        """Record that an alarm of the cause stands (again)."""
        self.alarms_clear_since = None
        self.heard_since = 0.0

    def alarm_cleared(self, since: Millis) -> None:
        """Record that the cause's last alarm cleared then."""
        self.alarms_clear_since = since
        self.heard_since = 0.0

    # -------------------------------------------------------------------------------- its cause

    def refit(self, fit: Fit) -> None:
        """Take rule, rate, onset and gap over from a fit of its cause."""
        first, last = fit.taus[0], fit.taus[-1]
        self.rule = fit.rule
        self.onset_tau = fit.onset_tau
        self.onset = fit.onset
        self.calls = float(len(fit.taus))
        self.exposure = max(self.calls / fit.rate, 1e-9)
        self.peak = fit.rate
        self._choose_half_life()
        self.rated(fit.onset_tau, fit.rate)
        self.filter_tau = self.last_tau = last
        self.gap = (last - first) / max(1, len(fit.taus) - 1)
        self.symptom = fit.symptom or self.symptom
        if fit.unnamed is not None:
            self.unnamed = fit.unnamed

    def rated(self, onset: float, rate: float) -> None:
        """Record that i has been `rate` since τ = `onset`."""
        self.history = [known for known in self.history if known[0] < onset]
        self.history.append((onset, rate))

    def began_by(self, onset: Millis, onset_tau: float) -> None:
        """Let the onset be no later than then."""
        self.onset, self.onset_tau = min(onset, self.onset), min(onset_tau, self.onset_tau)
        self.dirty = True

    def begin_profile(self) -> None:
        """Reset the profile to that of the rule: another cause is named."""
        self.by_symptom = {}

    def carried_over(
        self, scope: Scope, first_scope: Scope | None, rule: int, customers: int
    ) -> LiveIncident:
        """Return it under the indexes of another inventory and catalog."""
        first = scope if first_scope is None else first_scope
        return msgspec.structs.replace(
            self, scope=scope, first_scope=first, rule=rule, customers=customers
        )

    def mark_fitted(self) -> None:
        """Record that its cause has been fitted with the callers so far."""
        self.fitted_callers = len(self.callers)

    def lacks_evidence_for(self, domain: str) -> bool:
        """Return whether evidence is to be kept: not when it has been announced with some.

        A further alert makes an incident stronger, and does not change why it was raised.
        """
        kept = self.evidence
        return not (self.announced and kept is not None and kept.domain == domain)

    def describe(self, description: Description) -> None:
        """Set the description of its cause."""
        self.reason, self.rivals = description.reason, description.rivals
        self.expected = description.expected
        self.alarms = {**dict.fromkeys(description.alarms, 1), **self.grouped}
        self.siblings, self.healthy = description.siblings, description.healthy

    def group_alarms(self, alarms: Iterable[str]) -> None:
        """Record the alarms that are of its cause."""
        self.grouped = {**self.grouped, **dict.fromkeys(alarms, 1)}
        more = self.grouped.keys() - self.alarms.keys()
        self.alarms = {**self.alarms, **self.grouped}
        self.dirty = self.dirty or bool(more)

    def say(self, reason: Reason) -> None:
        """Set why it is shown."""
        self.dirty = self.dirty or reason != self.reason
        self.reason = reason

    def tell_noc(self) -> None:
        """Have the NOC told of it from now on."""
        self.dirty = self.dirty or not self.noc
        self.noc = True

    def keep_evidence(self, evidence: Evidence) -> None:
        """Keep the evidence for its cause, unless it has been announced with other evidence."""
        if self.lacks_evidence_for(evidence.domain):
            self.evidence = evidence

    def name_symptom(self, symptom: str, numbers: dict[str, Any]) -> None:
        """Change its symptom, with the numbers of the reason that go with it."""
        self.symptom = symptom
        self.reason = Reason(self.reason.code, {**self.reason.numbers, **numbers})
