"""What people's actions and verdicts need of the owners: one small view per use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from correlator.engine.calls import Call
from correlator.engine.incidents import LiveIncident
from correlator.model import Incident, Reason


class KeptCalls(Protocol):
    """Keeps the recent calls; see `calls.CallWindow`."""

    def find(self, ticket: str) -> Call | None:
        """Return a recent call, or None."""


class RulesOn(Protocol):
    """Knows which rules are about a domain; see `detection.streams.Streams`."""

    def rules_for(self, domain: int) -> list[int]:
        """Return the rules about named symptoms on this domain."""


class Assigning(Protocol):
    """Takes a person's word for who explains what; see `attribution.Ledger`."""

    def assign(self, live: LiveIncident, ticket: str, reason: Reason, actor: str) -> None:
        """A person says that an incident explains a ticket."""

    def unassign(self, live: LiveIncident, ticket: str, reason: Reason, actor: str) -> None:
        """A person says that an incident does not explain a ticket."""

    def reassign(
        self, live: LiveIncident, into: LiveIncident, tickets: Iterable[str],
        reason: Reason, actor: str,
    ) -> None:  # fmt: skip
        """A person says that another incident explains some tickets of an incident."""

    def merge(
        self, live: LiveIncident, into: LiveIncident, reason: Reason, links: Reason, actor: str
    ) -> None:
        """A person says that two incidents are one."""

    def reject(self, live: LiveIncident, reason: Reason) -> None:
        """A person says that there is no such incident."""


class Learning(Protocol):
    """Learns from incidents; see `handlers.feedback`."""

    def learn_from(self, live: LiveIncident) -> None:
        """Take the incident's state for what it teaches now."""


class KnownIncidents(Protocol):
    """Knows incidents, over or not; see `incidents.Registry`."""

    def __iter__(self) -> Iterator[LiveIncident]:
        """Go over those that live."""

    def find(self, incident: str) -> LiveIncident | None:
        """Return the incident with this public id, alive or closed, or None."""

    def picture(self, incident: str) -> Incident | None:
        """Return what was last published of an incident."""


class AlarmVerdicts(Protocol):
    """Takes a person's word for what alarms meant; see `alarms.AlarmBook`."""

    def judge(self, alarms: Iterable[str], *, followed: bool, extra: float) -> tuple[str, ...]:
        """Take a person's word for whether customers followed; returns the kinds."""

    def take_back(self, kinds: Iterable[str], extra: float) -> None:
        """Undo what a confirmation has given to these kinds."""
