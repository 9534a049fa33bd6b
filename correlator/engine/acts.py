"""What people do to incidents. An action that cannot be done is refused and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from correlator.engine.incidents import incident_id, person
from correlator.engine.learning import Teaching
from correlator.engine.lifecycle import IllegalMoveError, Move, after
from correlator.engine.linking import Linker
from correlator.engine.live import Live
from correlator.engine.parts import Parts
from correlator.model import (
    ANNOUNCED,
    Action,
    ActionDone,
    LinkState,
    Millis,
    State,
    Verb,
)


class RefusedError(ValueError):
    """The action cannot be done; the message says why."""


class Acts:
    """One method per verb."""

    def __init__(self, parts: Parts, linker: Linker) -> None:
        self._parts = parts
        self._linker = linker
        self._teaching = Teaching(parts)
        self._done: dict[str, Millis] = {}  # action → arrival; a repeat does nothing
        self._verbs: dict[Verb, Callable[[Live, Action], None]] = {
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

    def handle(self, action: Action) -> None:
        """Carry an action out, or refuse it with a sentence."""
        if action.id in self._done:
            return
        error = ""
        try:
            live = self._incident(action.incident)
            self._verbs[action.verb](live, action)
            self._teaching.look_at(live)
            self._done[action.id] = action.arrived
        except (RefusedError, IllegalMoveError) as refusal:
            error = str(refusal)
        self._parts.emit(ActionDone(action, error))

    def forget(self, before: Millis) -> None:
        """Drop what tells a repeat from a new action."""
        self._done = {action: time for action, time in self._done.items() if time >= before}

    def state(self) -> dict[str, Any]:
        """Return which actions have been taken, for a snapshot."""
        return {"done": self._done}

    def restore(self, state: dict[str, Any]) -> None:
        """Stand where `state` was taken."""
        self._done = state["done"]

    def _incident(self, incident: str) -> Live:
        live = self._parts.incidents.find(incident)
        if live is None:
            raise RefusedError(f"no live incident {incident}")
        return live

    def _tell(self, live: Live, action: Action) -> None:
        self._parts.incidents.tell(live, self._parts.now, action.actor)

    def _acknowledge(self, live: Live, action: Action) -> None:
        live.acknowledged_by = action.actor
        self._tell(live, action)

    def _confirm(self, live: Live, action: Action) -> None:
        after(live.state, Move.CONFIRM)  # refuse before anything changes
        was_candidate = live.state is State.CANDIDATE
        live.confirmed_by = action.actor
        live.acknowledged_by = live.acknowledged_by or action.actor
        if was_candidate:
            live.announced = self._parts.now
        self._parts.incidents.move(live, Move.CONFIRM, self._parts.now, None, actor=action.actor)

    def _reject(self, live: Live, action: Action) -> None:
        if not action.reason:
            raise RefusedError("reject needs a reason")
        reason = person("reject", action.actor, action.reason)
        self._linker.drop(live, reason, spend=True)
        self._parts.incidents.move(live, Move.REJECT, self._parts.now, reason, actor=action.actor)

    def _link(self, live: Live, action: Action) -> None:
        for ticket in _tickets(action):
            self._set(live, ticket, LinkState.LINKED, action)
        self._tell(live, action)

    def _unlink(self, live: Live, action: Action) -> None:
        for ticket in _tickets(action):
            self._set(live, ticket, LinkState.UNLINKED, action)
        self._tell(live, action)

    def _set(self, live: Live, ticket: str, state: LinkState, action: Action) -> None:
        reason = person(action.verb, action.actor, action.reason)
        seen = self._parts.recent.find(ticket)
        if seen is not None:
            before = seen.weight
            if state is LinkState.UNLINKED:
                self._parts.recent.unexplain(seen, live.number)
                live.callers.pop(seen.customer, None)
            else:
                certain = 99.0 * (seen.rate + seen.planned)
                self._parts.recent.explain(seen, live.number, certain)
                live.caller(seen.customer, seen.arrived)
            self._linker.reweigh(seen, before)
        sure = 1.0 if state is LinkState.LINKED else 0.0
        self._linker.set(live, ticket, state, sure, reason, action.actor)

    def _scope(self, live: Live, action: Action) -> None:
        domain = self._domain(action.domain)
        self._parts.incidents.place(live, domain)
        rules = self._parts.watches.rules_for(domain)
        live.rule = live.rule if live.rule in rules or not rules else rules[0]
        live.healthy = live.siblings = 0  # those counted were the former cause's
        live.equivalents = tuple(
            self._parts.topology.name(d) for d in self._parts.topology.equivalents(domain)
        )
        live.confirmed_by = live.confirmed_by or action.actor
        self._tell(live, action)

    def _domain(self, name: str) -> int:
        domain = self._parts.topology.domain(name)
        if domain is None:
            raise RefusedError(f"no failure domain {name!r}")
        return domain

    def _merge(self, live: Live, action: Action) -> None:
        into = self._incident(action.into)
        if into is live or into.state not in ANNOUNCED:
            raise RefusedError(f"cannot merge into {action.into}")
        reason = person("merge", action.actor, action.into)
        for ticket in self._linker.drop(live, reason):
            self._set(into, ticket, LinkState.LINKED, action)
        live.parent = into.id
        self._parts.incidents.move(live, Move.MERGE, self._parts.now, reason, actor=action.actor)
        self._tell(into, action)

    def _split(self, live: Live, action: Action) -> None:
        """Move some tickets to an incident of their own on another domain."""
        tickets, domain = _tickets(action), self._domain(action.domain)
        parts = self._parts
        recent = [s for t in tickets if (s := parts.recent.find(t)) is not None]
        if not recent:
            raise RefusedError("none of the tickets is recent")
        taus = sorted(s.tau for s in recent)
        apart = Live(
            number=parts.incidents.next_number(),
            id=incident_id(parts.now, action.event_id, action.domain),
            rule=live.rule,
            domain=domain,
            first_domain=domain,
            state=State.CANDIDATE,
            symptom=live.symptom,
            unnamed=live.unnamed,
            created=parts.now,
            onset=min(s.occurred for s in recent),
            onset_tau=taus[0],
            reason=person("split", action.actor, live.id),
            customers=int(parts.sizes[domain]),
            calls=float(len(taus)),
            exposure=max(float(parts.sizes[domain]), 1.0),
            filter_tau=taus[-1],
            last_tau=taus[-1],
            gap=float(np.diff(taus).mean()) if len(taus) > 1 else 0.0,
            confirmed_by=action.actor,
            acknowledged_by=action.actor,
        )
        parts.incidents.add(apart)
        for ticket in tickets:
            self._set(live, ticket, LinkState.UNLINKED, action)
            self._set(apart, ticket, LinkState.LINKED, action)
        parts.incidents.move(apart, Move.OPEN, parts.now, actor=action.actor)
        self._tell(live, action)

    def _resolve(self, live: Live, action: Action) -> None:
        self._by_person(live, Move.RESOLVE, action)

    def _close(self, live: Live, action: Action) -> None:
        self._by_person(live, Move.CLOSE, action)

    def _reopen(self, live: Live, action: Action) -> None:
        after(live.state, Move.REOPEN)
        live.last_tau, live.reopened = self._parts.tau(), self._parts.now
        self._by_person(live, Move.REOPEN, action)

    def _by_person(self, live: Live, move: Move, action: Action) -> None:
        reason = person(action.verb, action.actor, action.reason)
        self._parts.incidents.move(live, move, self._parts.now, reason, actor=action.actor)

    def _message(self, live: Live, action: Action) -> None:
        live.message = action.text
        self._tell(live, action)


def _tickets(action: Action) -> tuple[str, ...]:
    if not action.tickets:
        raise RefusedError(f"{action.verb} needs tickets")
    return action.tickets
