"""Views: what the stages of a ticket need of the owners, one small protocol per use."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from correlator.engine.arrays import Ints
from correlator.engine.calls import Call
from correlator.engine.detection import ObservedCall, Symptom
from correlator.engine.incidents import LiveIncident, Nearby
from correlator.engine.rates import Expected, PlaceHabits
from correlator.model import Millis, Reason, Shares, Ticket, Verdict


class Withdrawal(Protocol):
    """Withdraws tickets; see `attribution.Ledger`."""

    def remove(self, ticket: str, reason: Reason) -> None:
        """Remove a ticket that changed customer or symptom, or was cancelled."""


class TicketFeed(Protocol):
    """Follows whether tickets arrive; see `rates.FeedLiveness`."""

    def heard_ticket(self, ticket: Ticket, tau: float, now: Millis) -> Reason | None:
        """Record a ticket that arrives at `tau`; returns which feed is silent, if any."""


class Symptoms(Protocol):
    """Knows the symptoms; see `detection.Detector`."""

    def symptom(self, name: str) -> Symptom:
        """Return a symptom; a new one gets an index."""

    def mark(self, symptom: Symptom, shares: Shares) -> int:
        """Return what a call is about; `shares`: of the symptoms that its text may say."""


class Expectations(Protocol):
    """Knows expected rates; see `rates.Baseline`."""

    habits: PlaceHabits

    def expected(self, symptom: int, time: Millis) -> Expected:
        """Return what was expected of an average line at `time`."""


class Works(Protocol):
    """Knows planned maintenance; see `alarms.MaintenanceCalendar`."""

    @property
    def planned(self) -> bool:
        """Whether there is any."""

    def on(self, domains: tuple[int, ...], time: Millis) -> tuple[str, float]:
        """Return the works that explain a call under `domains` and their call rate."""


class Customers(Protocol):
    """Knows who has called lately; see `calls.CallWindow`."""

    def last_of(self, customer: str) -> Call | None:
        """Return the customer's last recent call, or None."""


class Lives(Protocol):
    """Knows the live incidents; see `incidents.Registry`."""

    @property
    def anything_lives(self) -> bool:
        """Whether there is any incident that is not over."""

    def get(self, number: int) -> LiveIncident | None:
        """Return the incident, or None when it is over."""

    def nearby(self, domains: tuple[int, ...]) -> Nearby:
        """Return the live incidents on these domains."""


class Attributions(Protocol):
    """Knows what incidents explain; see `attribution.Ledger`."""

    def attributions(
        self, lives: Iterable[LiveIncident], symptom: int, tau: float, time: Millis
    ) -> dict[int, float]:
        """Return the rate at which each of these incidents explains a call."""


class Answering(Protocol):
    """Answers agents; see `handlers.answers`."""

    def answer(
        self, ticket: Ticket, call: Call, nearby: Nearby, silence: Reason | None, now: Millis
    ) -> Verdict:
        """Return the verdict on a new ticket."""


class Books(Protocol):
    """Keeps window, baseline and links; see `attribution.Ledger`."""

    def enter(self, call: Call, where: Ints | None, *, changed: bool) -> None:
        """Enter a call that has arrived, or the ticket of which has changed."""


class Observer(Protocol):
    """Moves the burst statistic; see `detection.Detector`."""

    def observe(self, call: ObservedCall, where: Ints | None) -> float:
        """Count a call; returns the highest level."""


class Deciding(Protocol):
    """Decides on rows that rose; see `handlers.alerts`."""

    def decide_after(self, call: Call) -> None:
        """Decide on the rows that a call moved."""


# ----------------------------------------------------------------------------- of an answer


class LatestBelow(Protocol):
    """Knows the incidents below a domain; see `incidents.Registry`."""

    def latest_below(self, domain: int) -> LiveIncident:
        """Return the newest announced incident on equipment below a domain."""


class Strength(Protocol):
    """Knows the rate that an incident adds; see `attribution.Ledger`."""

    def strength(self, live: LiveIncident, symptom: int, tau: float, time: Millis) -> float:
        """Return the rate i·π(s), per line and τ, that an incident adds at `tau`."""


class Listed(Protocol):
    """Knows which symptoms a rule's failures have; see `detection.Detector`."""

    def is_fault(self, symptom: str) -> bool:
        """Return whether a network failure can cause this symptom."""

    def name_of(self, symptom: int) -> str:
        """Return the name of a symptom."""

    def can_cause(self, rule: int, symptom: int) -> bool:
        """Return whether π of a rule gives a symptom any probability."""
