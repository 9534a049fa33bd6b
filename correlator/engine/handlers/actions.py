"""Actions of people on incidents. One that cannot be done is refused and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from correlator.engine.handlers.people_views import Assigning, KeptCalls, Learning, RulesOn
from correlator.engine.incidents import (
    IllegalMoveError,
    IncidentSeed,
    LiveIncident,
    Move,
    Registry,
    after,
    person,
)
from correlator.engine.rates import Moment
from correlator.model import ANNOUNCED, Action, ActionDone, Effect, Millis, Verb
from topology import Topology


class RefusedError(ValueError):
    """The action cannot be done; the message says why."""


class ActionHandler:
    """Carries actions out, one verb at a time."""

    def __init__(  # noqa: PLR0913, PLR0917 - narrow views instead of one wide one
        self,
        topology: Topology,
        emit: Callable[[Effect], None],
        calls: KeptCalls,
        streams: RulesOn,
        incidents: Registry,
        ledger: Assigning,
        feedback: Learning,
    ) -> None:
        self._topology = topology
        self._emit = emit
        self._calls = calls
        self._streams = streams
        self._incidents = incidents
        self._ledger = ledger
        self._feedback = feedback
        self._done: dict[str, Millis] = {}
        self._verbs: dict[Verb, Callable[[LiveIncident, Action, Moment], None]] = {
            Verb.ACKNOWLEDGE: self._acknowledge,
            Verb.CONFIRM: self._confirm,
            Verb.REJECT: self._reject,
            Verb.LINK: self._link,
            Verb.UNLINK: self._unlink,
            Verb.SCOPE: self._scope,
            Verb.MERGE: self._merge,
            Verb.SPLIT: self._split,
            Verb.RESOLVE: self._resolve,
            Verb.CLOSE: self._close,
            Verb.REOPEN: self._reopen,
            Verb.MESSAGE: self._message,
        }

    def handle(self, action: Action, moment: Moment) -> None:
        """Carry an action out, or refuse it with a sentence; a repeat does nothing."""
        if action.id in self._done:
            return
        error = ""
        try:
            live = self._incident(action.incident)
            self._verbs[action.verb](live, action, moment)
            self._feedback.learn_from(live)
            self._done[action.id] = action.arrived
        except (RefusedError, IllegalMoveError) as refusal:
            error = str(refusal)
        self._emit(ActionDone(action, error))

    def _incident(self, incident: str) -> LiveIncident:
        live = self._incidents.find(incident)
        if live is None:
            raise RefusedError(f"no live incident {incident}")
        return live

    def _domain(self, name: str) -> int:
        domain = self._topology.domain(name)
        if domain is None:
            raise RefusedError(f"no failure domain {name!r}")
        return domain

    # ------------------------------------------------------------------------- life, verdicts

    def _acknowledge(self, live: LiveIncident, action: Action, moment: Moment) -> None:
        self._incidents.acknowledge(live, moment.now, action.actor)

    def _confirm(self, live: LiveIncident, action: Action, moment: Moment) -> None:
        self._incidents.confirm(live, moment.now, action.actor)

    def _reject(self, live: LiveIncident, action: Action, moment: Moment) -> None:
        if not action.reason:
            raise RefusedError("reject needs a reason")
        after(live.state, Move.REJECT)  # refuse before anything changes
        reason = person("reject", action.actor, action.reason)
        self._ledger.reject(live, reason, action.actor)
        self._incidents.move(live, Move.REJECT, moment.now, reason, actor=action.actor)

    def _resolve(self, live: LiveIncident, action: Action, moment: Moment) -> None:
        reason = person(action.verb, action.actor, action.reason)
        self._incidents.move(live, Move.RESOLVE, moment.now, reason, actor=action.actor)

    def _close(self, live: LiveIncident, action: Action, moment: Moment) -> None:
        reason = person(action.verb, action.actor, action.reason)
        self._incidents.move(live, Move.CLOSE, moment.now, reason, actor=action.actor)

    def _reopen(self, live: LiveIncident, action: Action, moment: Moment) -> None:
        self._incidents.reopen(live, moment.now, moment.tau, action.actor)

    def _message(self, live: LiveIncident, action: Action, moment: Moment) -> None:
        self._incidents.set_message(live, action.text, moment.now, action.actor)

    # --------------------------------------------------------------------- cause and extent

    def _scope(self, live: LiveIncident, action: Action, moment: Moment) -> None:
        domain = self._domain(action.domain)
        rules = self._streams.rules_for(domain)
        self._incidents.rescope(live, domain, rules, moment.now, action.actor)

    def _merge(self, live: LiveIncident, action: Action, moment: Moment) -> None:
        into = self._incident(action.into)
        if into is live or into.state not in ANNOUNCED:
            raise RefusedError(f"cannot merge into {action.into}")
        after(live.state, Move.MERGE)  # refuse before anything changes
        reason = person("merge", action.actor, action.into)
        links = person("merge", action.actor, action.reason)
        self._ledger.merge(live, into, reason, links, action.actor)
        self._incidents.merge(live, into, moment.now, reason, actor=action.actor)
        self._incidents.publish(into, moment.now, action.actor)

    def _split(self, live: LiveIncident, action: Action, moment: Moment) -> None:
        """Move some tickets to an incident of their own on another domain."""
        tickets, domain = _tickets(action), self._domain(action.domain)
        calls = [call for ticket in tickets if (call := self._calls.find(ticket)) is not None]
        if not calls:
            raise RefusedError("none of the tickets is recent")
        taus = sorted(call.tau for call in calls)
        seed = IncidentSeed(
            trigger=action.event_id,
            rule=live.rule,
            domain=domain,
            symptom=live.symptom,
            unnamed=live.unnamed,
            onset=min(call.occurred for call in calls),
            onset_tau=taus[0],
            reason=person("split", action.actor, live.id),
            calls=float(len(taus)),
            exposure=max(float(self._topology.sizes[domain]), 1.0),
            tau=taus[-1],
            gap=(taus[-1] - taus[0]) / max(1, len(taus) - 1),
            confirmed_by=action.actor,
        )
        apart = self._incidents.open(seed, moment.now)
        reason = person(action.verb, action.actor, action.reason)
        self._ledger.transfer(live, apart, tickets, reason, action.actor)
        self._incidents.move(apart, Move.OPEN, moment.now, actor=action.actor)
        self._incidents.publish(live, moment.now, action.actor)

    # ------------------------------------------------------------------------------- tickets

    def _link(self, live: LiveIncident, action: Action, moment: Moment) -> None:
        reason = person(action.verb, action.actor, action.reason)
        for ticket in _tickets(action):
            self._ledger.assign(live, ticket, reason, action.actor)
        self._incidents.publish(live, moment.now, action.actor)

    def _unlink(self, live: LiveIncident, action: Action, moment: Moment) -> None:
        reason = person(action.verb, action.actor, action.reason)
        for ticket in _tickets(action):
            self._ledger.unassign(live, ticket, reason, action.actor)
        self._incidents.publish(live, moment.now, action.actor)

    # ------------------------------------------------------------------------------ snapshot

    def prune(self, before: Millis) -> None:
        """Drop the ids of old actions, by which repeats are known."""
        self._done = {action: time for action, time in self._done.items() if time >= before}

    def state(self) -> dict[str, Any]:
        """Return the ids of the actions done, for a snapshot."""
        return {"done": self._done}

    def restore(self, state: dict[str, Any]) -> None:
        """Restore what `state` returned."""
        self._done = state["done"]


def _tickets(action: Action) -> tuple[str, ...]:
    if not action.tickets:
        raise RefusedError(f"{action.verb} needs tickets")
    return action.tickets
