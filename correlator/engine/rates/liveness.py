"""Liveness of the feeds: whether tickets and alarms still arrive, from how many are missing.

A feed is silent when so many beats are missing that chance cannot be the reason: a Poisson process
of which k were expected brings none with probability e^−k. Beats of tickets are counted in
operational time, since few call at night; those of alarms by the clock, since supervision does not
sleep. All that comes within a minute is one beat: a failure brings dozens of alarms, and some feeds
bring their tickets in batches.
"""

from __future__ import annotations

import math
from typing import Any

import msgspec

from correlator.engine.rates.tuning import TUNING
from correlator.model import HOUR, MINUTE, Millis, Reason, ReasonCode, Ticket


class Heartbeat(msgspec.Struct):
    """One feed: beats so far (decayed), when it began and last beat in its own time, and in ms."""

    beats: float = 0.0
    first: float = 0.0
    last: float = 0.0
    heard: Millis = 0

    def beat(self, at: float, now: Millis) -> None:
        """Record a record of the feed, `at` in its own time; once a minute at most."""
        if now // MINUTE <= self.heard // MINUTE:
            return
        if not self.beats:
            self.first = self.last = at
        self.beats = self.beats * math.exp2((self.last - at) / TUNING.feed_half_life) + 1.0
        self.last, self.heard = at, now

    def missed(self, at: float) -> float:
        """Return how many beats should have come since the last one; 0 while that is not known."""
        if self.beats < TUNING.feed_known:
            return 0.0
        kept = (
            (1.0 - math.exp2((self.first - self.last) / TUNING.feed_half_life))
            * TUNING.feed_half_life
            / math.log(2.0)
        )
        return self.beats / max(kept, 1e-9) * (at - self.last)


class FeedLiveness(msgspec.Struct):
    """The feeds of tickets and of alarms, and the backlog of one that has stalled.

    `stall`: length in ms of the stall whose backlog is arriving, 0 without one; `back`: when the
    first ticket arrived again.
    """

    tickets: Heartbeat = msgspec.field(default_factory=Heartbeat)
    alarms: Heartbeat = msgspec.field(default_factory=Heartbeat)
    stall: Millis = 0
    back: Millis = 0

    def heard_ticket(self, ticket: Ticket, tau: float, now: Millis) -> Reason | None:
        """Record a ticket that arrives at `tau`; returns which feed is silent all the same.

        See `silence`.
        """
        if self.tickets.missed(tau) >= TUNING.feed_missed:
            self.stall, self.back = ticket.arrived - self.tickets.heard, ticket.arrived
        elif ticket.occurred >= self.back or ticket.arrived - self.back > TUNING.backlog:
            self.stall = 0
        self.tickets.beat(tau, ticket.arrived)
        return self.silence(now)

    def heard_alarm(self, now: Millis) -> None:
        """Record an alarm."""
        self.alarms.beat(now / HOUR, now)

    def tickets_alive(self, tau: float) -> bool:
        """Return whether tickets still come; false early, since to wait a little does no harm."""
        return self.tickets.missed(tau) < TUNING.feed_missed_a_few

    def silence(self, now: Millis) -> Reason | None:
        """Return which feed is silent or was until now, and for how long; None if none is."""
        if self.stall:
            return Reason(ReasonCode.TICKETS_SILENT, {"minutes": self.stall // MINUTE})
        if self.alarms.missed(now / HOUR) >= TUNING.feed_missed:
            minutes = (now - self.alarms.heard) // MINUTE
            return Reason(ReasonCode.ALARMS_SILENT, {"minutes": minutes})
        return None

    def silent(self, now: Millis, tau: float) -> tuple[bool, bool]:
        """Return whether tickets, and alarms, are silent for longer than is usual."""
        tickets = bool(self.stall) or self.tickets.missed(tau) >= TUNING.feed_missed
        return tickets, self.alarms.missed(now / HOUR) >= TUNING.feed_missed

    def state(self) -> dict[str, Any]:
        """Return everything, for a snapshot."""
        return dict(msgspec.to_builtins(self))

    def restore(self, state: dict[str, Any]) -> None:
        """Restore what `state` returned."""
        before = msgspec.convert(state, FeedLiveness)
        self.tickets, self.alarms = before.tickets, before.alarms
        self.stall, self.back = before.stall, before.back
