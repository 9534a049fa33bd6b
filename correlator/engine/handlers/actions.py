"""Actions of people on incidents. One that cannot be done is refused and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from correlator.engine.handlers.people_views import Assigning, Learning, Opening, RulesOn
from correlator.engine.incidents import (
    Decisions,
    IllegalMoveError,
    LiveIncident,
    Move,
    RefusedError,
    Registry,
    after,
    person,
)
from correlator.engine.rates import Moment
from correlator.model import ANNOUNCED, Action, ActionDone, Effect, Millis, Outcome, Verb
from topology import Topology

T = TypeVar("T")


class ActionHandler:
    """Carries actions out, one verb at a time."""

    def __init__(  # noqa: PLR0913, PLR0917 - narrow views instead of one wide one
        self,
        topology: Topology,
        emit: Callable[[Effect], None],
        streams: RulesOn,
        incidents: Registry,
        ledger: Assigning,
        openings: Opening,
        feedback: Learning,
    ) -> None:
        self._topology = topology
        self._emit = emit
        self._streams = streams
        self._incidents = incidents
        self._decisions = Decisions(incidents, emit)
        self._ledger = ledger
        self._openings = openings
        self._feedback = feedback
        self._done: dict[str, Millis] = {}
        self._verbs: dict[Verb, Callable[[LiveIncident, Action, Moment], LiveIncident | None]] = {
            Verb.ACKNOWLEDGE: self._acknowledge,
            Verb.UNACKNOWLEDGE: self._unacknowledge,
            Verb.ASSIGN: self._assign,
            Verb.CONFIRM: self._confirm,
            Verb.UNCONFIRM: self._unconfirm,
            Verb.REJECT: self._reject,
            Verb.LINK: self._link,
            Verb.UNLINK: self._unlink,
            Verb.NOT_THIS: self._not_this,
            Verb.SCOPE: self._scope,
            Verb.MERGE: self._merge,
            Verb.SPLIT: self._split,
            Verb.RESOLVE: self._resolve,
            Verb.CLOSE: self._close,
            Verb.REOPEN: self._reopen,
            Verb.MESSAGE: self._message,
            Verb.PROMISE: self._promise,
            Verb.SAY: self._say,
            Verb.NOTE: self._note,
            Verb.EXTERNAL: self._external,
            Verb.TOLD: self._told,
        }

    def handle(self, action: Action, moment: Moment) -> None:
        """Carry an action out, or refuse it with a sentence; a repeat does nothing."""
        if action.id in self._done:
            return
        try:
            incident = self._carry_out(action, moment)
            self._done[action.id] = action.arrived
            done = ActionDone(action, "", Outcome.DONE, incident, self._rev(incident))
        except _StaleError as stale:
            done = ActionDone(action, str(stale), Outcome.STALE, action.incident, stale.rev)
        except (RefusedError, IllegalMoveError) as refusal:
            rev = self._rev(action.incident)
            done = ActionDone(action, str(refusal), Outcome.REFUSED, action.incident, rev)
        self._emit(done)

    def _carry_out(self, action: Action, moment: Moment) -> str:
        """Return the incident that it was about, or that it opened."""
        if action.verb is Verb.DECLARE:
            live = self._openings.declare(action, moment)
        else:
            live = self._incident(action.incident)
            self._check_rev(live, action)
            opened = self._verbs[action.verb](live, action, moment)
            self._feedback.learn_from(live)
            live = opened or live
        return live.id

    def _check_rev(self, live: LiveIncident, action: Action) -> None:
        rev = self._rev(live.id)
        if action.expects is not None and action.expects != rev:
            raise _StaleError(f"{live.id} has changed since", rev)

    def _rev(self, incident: str) -> int:
        picture = self._incidents.picture(incident)
        return 0 if picture is None else picture.rev

    def _incident(self, incident: str) -> LiveIncident:
        live = self._incidents.find(incident)
        if live is None:
            raise RefusedError(f"no live incident {incident}")
        return live

    # ------------------------------------------------------------------------- life, verdicts

    def _acknowledge(self, live: LiveIncident, action: Action, moment: Moment) -> None:
        self._decisions.assign(live, action.actor, moment.now, action.actor)

    def _unacknowledge(self, live: LiveIncident, action: Action, moment: Moment) -> None:
        if not live.acknowledged_by:
            raise RefusedError("nobody has acknowledged this incident")
        self._decisions.assign(live, "", moment.now, action.actor)

    def _assign(self, live: LiveIncident, action: Action, moment: Moment) -> None:
        to = _needed(action, action.to, "a person or a team")
        self._decisions.assign(live, to, moment.now, action.actor)

    def _confirm(self, live: LiveIncident, action: Action, moment: Moment) -> None:
        self._decisions.confirm(live, moment.now, action.actor)

    def _unconfirm(self, live: LiveIncident, action: Action, moment: Moment) -> None:
        self._decisions.unconfirm(live, moment.now, action.actor)

    def _reject(self, live: LiveIncident, action: Action, moment: Moment) -> None:
        why = _needed(action, action.reason or action.code, "a reason")
        after(live.state, Move.REJECT)  # refuse before anything changes
        reason = person("reject", action.actor, str(why))
        self._ledger.reject(live, reason, action.actor)
        self._decisions.reject(live, action.code or "", moment.now, reason, action.actor)

    def _resolve(self, live: LiveIncident, action: Action, moment: Moment) -> None:
        reason = person(action.verb, action.actor, action.reason)
        self._incidents.move(live, Move.RESOLVE, moment.now, reason, actor=action.actor)

    def _close(self, live: LiveIncident, action: Action, moment: Moment) -> None:
        reason = person(action.verb, action.actor, action.reason)
        self._incidents.move(live, Move.CLOSE, moment.now, reason, actor=action.actor)

    def _reopen(self, live: LiveIncident, action: Action, moment: Moment) -> None:
        self._decisions.reopen(live, moment.now, moment.tau, action.actor)

    # ------------------------------------------------------------------- promised and said

    def _message(self, live: LiveIncident, action: Action, moment: Moment) -> None:
        self._decisions.set_message(live, action.text, moment.now, action.actor)

    def _promise(self, live: LiveIncident, action: Action, moment: Moment) -> None:
        restore = _needed(action, action.restore, "a restore time")
        self._decisions.promise(live, restore, moment.now, action.actor)

    def _say(self, live: LiveIncident, action: Action, moment: Moment) -> None:
        wording = _needed(action, action.wording, "a wording")
        self._decisions.say(live, wording, moment.now, action.actor)

    def _note(self, live: LiveIncident, action: Action, moment: Moment) -> None:
        text = _needed(action, action.text, "a text")
        self._decisions.note(live, text, moment.now, action.actor)

    def _external(self, live: LiveIncident, action: Action, moment: Moment) -> None:
        external = _needed(action, action.external, "a ticket of the other operator")
        self._decisions.follow(live, external, moment.now, action.actor)

    def _told(self, live: LiveIncident, action: Action, moment: Moment) -> None:
        told = _needed(action, action.told, "a customer")
        self._decisions.told(live, told, moment.now, action.actor)

    # --------------------------------------------------------------------- cause and extent

    def _scope(self, live: LiveIncident, action: Action, moment: Moment) -> None:
        scope = self._openings.scope(action.domain)
        rules = self._streams.rules_for(scope.parts[0])
        self._decisions.rescope(live, scope, rules, moment.now, action.actor)

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

    def _split(self, live: LiveIncident, action: Action, moment: Moment) -> LiveIncident:
        """Move some tickets to an incident of their own on another domain."""
        tickets = _needed(action, action.tickets, "tickets")
        apart = self._openings.split(live, action, moment)
        reason = person(action.verb, action.actor, action.reason)
        self._ledger.transfer(live, apart, tickets, reason, action.actor)
        self._incidents.move(apart, Move.OPEN, moment.now, actor=action.actor)
        self._incidents.publish(live, moment.now, action.actor)
        return apart

    # ------------------------------------------------------------------------------- tickets

    def _link(self, live: LiveIncident, action: Action, moment: Moment) -> None:
        reason = person(action.verb, action.actor, action.reason)
        for ticket in _needed(action, action.tickets, "tickets"):
            self._ledger.assign(live, ticket, reason, action.actor)
        self._incidents.publish(live, moment.now, action.actor)

    def _unlink(self, live: LiveIncident, action: Action, moment: Moment) -> None:
        reason = person(action.verb, action.actor, action.reason)
        for ticket in _needed(action, action.tickets, "tickets"):
            self._ledger.unassign(live, ticket, reason, action.actor)
        self._incidents.publish(live, moment.now, action.actor)

    def _not_this(self, live: LiveIncident, action: Action, moment: Moment) -> None:
        """Unlink tickets, and keep the word as a label for whoever tunes the rules."""
        self._unlink(live, action, moment)
        for ticket in action.tickets:
            self._decisions.label(live, ticket, Verb.NOT_THIS, moment.now, action.actor)

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


class _StaleError(ValueError):
    """The incident has changed since the person saw it; `rev`: what it is now."""

    def __init__(self, message: str, rev: int) -> None:
        super().__init__(message)
        self.rev = rev


def _needed(action: Action, given: T | None, what: str) -> T:
    if not given:
        raise RefusedError(f"{action.verb} needs {what}")
    return given
