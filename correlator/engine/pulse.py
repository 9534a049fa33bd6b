"""Whether the feeds still beat: who hears nothing cannot say that nothing is wrong.

A feed is silent when so many records are missing that chance cannot be the reason. Tickets are
counted in operational time, since the hotline sleeps at night; alarms by the clock, since
supervision does not. All that comes within a minute is one beat: a failure brings dozens of alarms,
and some feeds bring their tickets in batches.
"""

from __future__ import annotations

import math
from typing import Any

import msgspec

from correlator.model import HOUR, MINUTE, Millis, Reason, ReasonCode, Ticket

_HALF_LIFE = 168.0  # hours, or τ: a week
_KNOWN = 100.0  # beats after which a feed's rate is known
_MISSED = 30.0  # beats: by chance alone that many would be missing once in e^30 times
_MISSED_A_FEW = 6.0  # once in e^6 times: too often to tell anybody
_BACKLOG: Millis = HOUR  # for which at most tickets are taken to be those that were missing


class Pulse(msgspec.Struct):
    """One feed: beats so far (decayed), when it began and last beat in its own time, and in ms."""

    beats: float = 0.0
    first: float = 0.0
    last: float = 0.0
    heard: Millis = 0

    def beat(self, at: float, now: Millis) -> None:
        """Take note that the feed was heard, `at` in its own time; once a minute at most."""
        if now // MINUTE <= self.heard // MINUTE:
            return
        if not self.beats:
            self.first = self.last = at
        self.beats = self.beats * math.exp2((self.last - at) / _HALF_LIFE) + 1.0
        self.last, self.heard = at, now

    def missed(self, at: float) -> float:
        """Return how many beats should have come since the last one; 0 while that is not known."""
        if self.beats < _KNOWN:
            return 0.0
        kept = (1.0 - math.exp2((self.first - self.last) / _HALF_LIFE)) * _HALF_LIFE / math.log(2.0)
        return self.beats / max(kept, 1e-9) * (at - self.last)


class Feeds(msgspec.Struct):
    """The feeds of tickets and of alarms.

    `gap`: ms for which no ticket had come, while those come that were opened before `back`, when
    the first one arrived again.
    """

    tickets: Pulse = msgspec.field(default_factory=Pulse)
    alarms: Pulse = msgspec.field(default_factory=Pulse)
    gap: Millis = 0
    back: Millis = 0

    def ticket(self, ticket: Ticket, tau: float) -> None:
        """Take note of a ticket that arrives at `tau`."""
        if self.tickets.missed(tau) >= _MISSED:
            self.gap, self.back = ticket.arrived - self.tickets.heard, ticket.arrived
        elif ticket.occurred >= self.back or ticket.arrived - self.back > _BACKLOG:
            self.gap = 0
        self.tickets.beat(tau, ticket.arrived)

    def alarm(self, now: Millis) -> None:
        """Take note of an alarm."""
        self.alarms.beat(now / HOUR, now)

    def hears_tickets(self, tau: float) -> bool:
        """Say whether tickets still come; to wait a little for nothing does no harm."""
        return self.tickets.missed(tau) < _MISSED_A_FEW

    def silence(self, now: Millis) -> Reason | None:
        """Return which feed is silent or was until now, and for how long; None if none is."""
        if self.gap:
            return Reason(ReasonCode.TICKETS_SILENT, {"minutes": self.gap // MINUTE})
        if self.alarms.missed(now / HOUR) >= _MISSED:
            minutes = (now - self.alarms.heard) // MINUTE
            return Reason(ReasonCode.ALARMS_SILENT, {"minutes": minutes})
        return None

    def state(self) -> dict[str, Any]:
        """Return everything, for a snapshot."""
        return dict(msgspec.to_builtins(self))

    def restore(self, state: dict[str, Any]) -> None:
        """Stand where `state` was taken."""
        before = msgspec.convert(state, Feeds)
        self.tickets, self.alarms = before.tickets, before.alarms
        self.gap, self.back = before.gap, before.back
