"""Decisions of people about an incident: who owns it, what it is, what is promised and said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from correlator.engine.incidents.incident import LiveIncident
from correlator.engine.incidents.lifecycle import IllegalMoveError, Move, after
from correlator.model import (
    ANNOUNCED,
    Change,
    CustomerTold,
    Effect,
    External,
    ExternalMoved,
    Incident,
    Journaled,
    Millis,
    Promised,
    Reason,
    Restore,
    State,
    TextApproved,
    Told,
    Wording,
)
from topology import Scope

_BEFORE_OPEN = frozenset({State.CANDIDATE, State.PROPOSED})


class Published(Protocol):
    """Moves and publishes incidents; see `incidents.Registry`."""

    def move(
        self,
        live: LiveIncident,
        move: Move,
        now: Millis,
        reason: Reason | None = None,
        *,
        actor: str,
    ) -> None:
        """Change the state by the table and publish."""

    def relocate(self, live: LiveIncident, scope: Scope, rule: int | None = ...) -> None:
        """Change the scope that an incident names, and its rule."""

    def publish(self, live: LiveIncident, now: Millis, actor: str) -> None:
        """Emit the new picture of an incident, if it has changed."""

    def picture(self, incident: str) -> Incident | None:
        """Return the last picture of an incident."""


class Decisions:
    """Carries out what people decide about an incident itself; each is published and journaled."""

    def __init__(self, registry: Published, emit: Callable[[Effect], None]) -> None:
        self._registry = registry
        self._emit = emit

    # ------------------------------------------------------------------------------ its owner

    def assign(self, live: LiveIncident, to: str, now: Millis, actor: str) -> None:
        """Have a person or a team own it; "" for nobody."""
        live.acknowledged_by = to
        live.handling.assign()
        self._registry.publish(live, now, actor)

    # ------------------------------------------------------------------------------ what it is

    def confirm(self, live: LiveIncident, now: Millis, actor: str) -> None:
        """Confirm an incident; raises `IllegalMoveError`."""
        after(live.state, Move.CONFIRM)  # refuse before anything changes
        if not live.confirmed_by:
            live.handling.confirm(live.state, taken=bool(live.acknowledged_by))
        live.confirmed_by = actor
        live.acknowledged_by = live.acknowledged_by or actor
        if live.state is State.CANDIDATE:
            live.announced = now
        self._registry.move(live, Move.CONFIRM, now, actor=actor)

    def unconfirm(self, live: LiveIncident, now: Millis, actor: str) -> None:
        """Undo a confirmation; raises `IllegalMoveError` where there is none.

        One that was not announced before stays announced: what has been told cannot be untold.
        """
        if not live.confirmed_by:
            raise IllegalMoveError("nobody has confirmed this incident")
        handling = live.handling
        live.confirmed_by = ""
        if handling.taken_by_confirming:
            live.acknowledged_by = ""
        back = live.state is State.OPEN and handling.confirmed_from in _BEFORE_OPEN
        handling.unconfirm()
        if back:
            self._registry.move(live, Move.UNCONFIRM, now, actor=actor)
        else:
            self._registry.publish(live, now, actor)

    def reject(
        self, live: LiveIncident, code: str, now: Millis, reason: Reason, actor: str
    ) -> None:
        """Reject an incident; raises `IllegalMoveError`."""
        live.handling.reject(code)
        self._registry.move(live, Move.REJECT, now, reason, actor=actor)

    def rescope(
        self, live: LiveIncident, scope: Scope, rules: list[int], now: Millis, actor: str
    ) -> None:
        """Name another scope; `rules`: those about it, one of which it gets."""
        rule = live.rule if live.rule in rules or not rules else rules[0]
        self._registry.relocate(live, scope, rule)
        live.healthy = live.siblings = 0  # those counted were the former cause's
        live.confirmed_by = live.confirmed_by or actor
        self._registry.publish(live, now, actor)

    def reopen(self, live: LiveIncident, now: Millis, tau: float, actor: str) -> None:
        """Reopen an incident; raises `IllegalMoveError`."""
        after(live.state, Move.REOPEN)  # refuse before anything changes
        live.last_tau, live.reopened = tau, now
        live.handling.reopened()
        self._registry.move(live, Move.REOPEN, now, actor=actor)

    def set_message(self, live: LiveIncident, text: str, now: Millis, actor: str) -> None:
        """Set the message that a person writes for agents."""
        live.message = text
        self._registry.publish(live, now, actor)

    # ------------------------------------------------------------------- promised and said

    def promise(self, live: LiveIncident, restore: Restore, now: Millis, actor: str) -> None:
        """Promise a restore time; raises `IllegalMoveError` once it is over."""
        _must_live(live)
        before = live.handling.promise
        for promise in live.handling.make_promise(restore, actor, now):
            self._emit(Promised(live.id, promise))
        old = "" if before is None else str(before.restore.time)
        self._registry.publish(live, now, actor)
        self._journal(live, "promise", old, str(restore.time), now, actor)

    def say(self, live: LiveIncident, wording: Wording, now: Millis, actor: str) -> None:
        """Approve a text for an audience; raises `IllegalMoveError` where nothing is to be said.

        Until an incident is announced nobody is told of it.
        """
        if live.state not in ANNOUNCED | {State.RESOLVED}:
            raise IllegalMoveError(f"nothing is said of an incident that is {live.state}")
        before = live.handling.texts.get(wording.audience)
        texts = live.handling.approve(wording, actor, now)
        self._registry.publish(live, now, actor)
        picture = self._registry.picture(live.id)
        for text in texts:
            if picture is not None:
                self._emit(TextApproved(picture, text))
        old = "" if before is None else before.wording.fr
        self._journal(live, f"text {wording.audience}", old, wording.fr, now, actor)

    def note(self, live: LiveIncident, text: str, now: Millis, actor: str) -> None:
        """Write a note into the journal."""
        self._journal(live, "note", "", text, now, actor)

    def follow(self, live: LiveIncident, external: External, now: Millis, actor: str) -> None:
        """Record where a ticket at the operator who repairs the cause stands."""
        before = live.handling.externals.get(external.number)
        n = live.handling.follow(external)
        self._emit(ExternalMoved(live.id, n, external, actor, now))
        self._registry.publish(live, now, actor)
        old = "" if before is None else before.state
        new = f"{external.owner} {external.number}: {external.state}"
        self._journal(live, "external", old, new, now, actor)

    def told(self, live: LiveIncident, told: Told, now: Millis, actor: str) -> None:
        """Record that an agent told a customer."""
        self._emit(CustomerTold(live.id, told, actor, now))

    def label(self, live: LiveIncident, ticket: str, label: str, now: Millis, actor: str) -> None:
        """Write down what a person says of a ticket and this incident."""
        change = Change("link", f"{ticket}|{live.id}", "label", "", label, now, actor)
        self._emit(Journaled(change))

    def _journal(  # noqa: PLR0913, PLR0917 - a row of the journal has that many sides
        self, live: LiveIncident, field: str, old: str, new: str, now: Millis, actor: str
    ) -> None:
        self._emit(Journaled(Change("incident", live.id, field, old, new, now, actor)))


def _must_live(live: LiveIncident) -> None:
    if live.state not in ANNOUNCED | {State.CANDIDATE}:
        raise IllegalMoveError(f"no restore time for an incident that is {live.state}")
