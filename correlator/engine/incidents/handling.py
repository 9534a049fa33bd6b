"""Handling: what people have decided, promised and said about an incident."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from correlator.model import (
    ApprovedText,
    External,
    Millis,
    Promise,
    PromiseOutcome,
    Restore,
    State,
    Wording,
)


class Handling(msgspec.Struct):
    """What people have decided, promised and said; changed only through its own methods.

    `confirmed_from`: the state in which it was confirmed, to which an undo goes back;
    `taken_by_confirming`: whoever confirmed it took it by that. `promise` is the last one of
    `promises`; `texts`: by audience, those in force, of `approved` in all; `externals`: by number.
    """

    confirmed_from: State | None = None
    taken_by_confirming: bool = False
    promise: Promise | None = None
    promises: int = 0
    texts: dict[str, ApprovedText] = {}
    approved: int = 0
    externals: dict[str, External] = {}
    code: str = ""

    def confirm(self, state: State, *, taken: bool) -> None:
        """Record from where it was confirmed, and whether it had been `taken` before."""
        self.confirmed_from, self.taken_by_confirming = state, not taken

    def assign(self) -> None:
        """Record that a person said who has it: an undone confirmation does not change that."""
        self.taken_by_confirming = False

    def unconfirm(self) -> None:
        """Forget that it was confirmed."""
        self.confirmed_from, self.taken_by_confirming = None, False

    def reject(self, code: str) -> None:
        """Record why it was rejected."""
        self.code = code

    def make_promise(self, restore: Restore, by: str, now: Millis) -> list[Promise]:
        """Make another promise; returns what changed: the former one, if it held, and this."""
        changed = list(self._end_promise(now, superseded=True))
        self.promises += 1
        self.promise = Promise(self.promises, restore, by, now)
        return [*changed, self.promise]

    def _end_promise(self, now: Millis, *, superseded: bool) -> Iterator[Promise]:
        held = self.promise
        if held is None or held.outcome is not None:
            return
        outcome = PromiseOutcome.SUPERSEDED if superseded else PromiseOutcome.KEPT
        if now > held.restore.time:
            outcome = PromiseOutcome.MISSED
        self.promise = msgspec.structs.replace(held, outcome=outcome)
        yield self.promise

    def resolved(self, now: Millis) -> list[Promise]:
        """Return the promise that is thereby kept or missed."""
        return list(self._end_promise(now, superseded=False))

    def ended(self) -> list[Promise]:
        """Return the promise that is void, since its incident was no failure or is another's."""
        held = self.promise
        if held is None or held.outcome is not None:
            return []
        self.promise = msgspec.structs.replace(held, outcome=PromiseOutcome.VOID)
        return [self.promise]

    def reopened(self) -> None:
        """Forget the promise that ended with the incident."""
        if self.promise is not None and self.promise.outcome is not None:
            self.promise = None

    def approve(self, wording: Wording, by: str, now: Millis) -> list[ApprovedText]:
        """Approve a text; returns what changed: the one whose place it takes, and this."""
        former = self.texts.get(wording.audience)
        changed = [] if former is None else [msgspec.structs.replace(former, withdrawn=now)]
        self.approved += 1
        promise = self.promise
        held = promise is not None and promise.outcome is None
        text = ApprovedText(
            n=self.approved,
            wording=wording,
            by=by,
            at=now,
            promise=promise.n if held and promise is not None else 0,
        )
        self.texts[wording.audience] = text
        return [*changed, text]

    def withdraw(self, now: Millis) -> list[ApprovedText]:
        """Withdraw every text in force: the incident is over."""
        gone = [msgspec.structs.replace(text, withdrawn=now) for text in self.texts.values()]
        self.texts = {}
        return gone

    def follow(self, external: External) -> int:
        """Record where a ticket at another operator stands; returns which one it is, from 1."""
        self.externals[external.number] = external
        return list(self.externals).index(external.number) + 1
