"""Views: what actions and verdicts of people need of the owners, one protocol per use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from correlator.engine.arrays import Ints
from correlator.engine.calls import Call, Known
from correlator.engine.incidents import LiveIncident
from correlator.engine.rates import Moment
from correlator.model import Action, Incident, Reason
from correlator.text import Guess
from topology import Scope


class KeptCalls(Protocol):
    """Keeps the recent calls; see `calls.CallWindow`."""

    def find(self, ticket: str) -> Call | None:
        """Return a recent call, or None."""


class RulesOn(Protocol):
    """Knows which rules are about a domain; see `detection.streams.Streams`."""

    def rules_for(self, domain: int) -> list[int]:
        """Return the rules about named symptoms on this domain."""


class CallsUnder(KeptCalls, Protocol):
    """Finds the recent calls under a domain; see `calls.CallWindow`."""

    def under(self, domain: int, since: float) -> Ints:
        """Return the positions of the calls under a domain since τ = `since`."""

    def calls(self, positions: Ints) -> list[Call]:
        """Return the calls at these positions."""


class Named(Protocol):
    """Names symptoms; see `detection.Detector`."""

    def name_of(self, symptom: int) -> str:
        """Return the name of a symptom."""

    def can_cause(self, rule: int, symptom: int) -> bool:
        """Return whether π of a rule gives a symptom any probability."""


class Attributing(Protocol):
    """Attributes calls to incidents; see `attribution.Ledger`."""

    def attribute(self, live: LiveIncident, rate: float, onset: float) -> None:
        """Attribute the calls since its onset to an incident, at this call rate."""


class Opening(Protocol):
    """Opens incidents that people ask for; see `handlers.openings.Openings`."""

    def scope(self, name: str) -> Scope:
        """Return a failure domain, a combination or neighbours by name; raises `RefusedError`."""

    def declare(self, action: Action, moment: Moment) -> LiveIncident:
        """Open an incident on a domain; raises `RefusedError`."""

    def split(self, live: LiveIncident, action: Action, moment: Moment) -> LiveIncident:
        """Open an incident for some tickets of another one; raises `RefusedError`."""


class Assigning(Protocol):
    """Attributes tickets as people say; see `attribution.Ledger`."""

    def assign(self, live: LiveIncident, ticket: str, reason: Reason, actor: str) -> None:
        """Assign a ticket to an incident, as a person says."""

    def unassign(self, live: LiveIncident, ticket: str, reason: Reason, actor: str) -> None:
        """Withdraw a ticket from an incident, as a person says."""

    def transfer(
        self, live: LiveIncident, into: LiveIncident, tickets: Iterable[str],
        reason: Reason, actor: str,
    ) -> None:  # fmt: skip
        """Assign some tickets of an incident to another one, as a person says."""

    def merge(
        self, live: LiveIncident, into: LiveIncident, reason: Reason, links: Reason, actor: str
    ) -> None:
        """Assign the linked tickets of an incident to another one."""

    def reject(self, live: LiveIncident, reason: Reason, actor: str) -> None:
        """Withdraw all attributions of an incident that a person rejects."""


class Learning(Protocol):
    """Learns from incidents; see `handlers.feedback`."""

    def learn_from(self, live: LiveIncident) -> None:
        """Update the lesson of an incident from its present state."""


class KnownIncidents(Protocol):
    """Knows incidents, over or not; see `incidents.Registry`."""

    def __iter__(self) -> Iterator[LiveIncident]:
        """Iterate over the live ones."""

    def find(self, incident: str) -> LiveIncident | None:
        """Return the incident with this public id, alive or closed, or None."""

    def picture(self, incident: str) -> Incident | None:
        """Return the last picture of an incident."""


class Reader(Protocol):
    """Reads tickets, and learns from them; see `text.SymptomClassifier`."""

    def predict(self, text: str) -> Guess:
        """Return what a text seems to say."""

    def learn(self, text: str, symptom: str, weight: float, ticket: str) -> None:
        """Keep a ticket for the next training."""


class Contents(Protocol):
    """Knows what tickets say; see `calls.KnownTickets`."""

    def find(self, ticket: str) -> Known | None:
        """Return the last content of a ticket, None if it is not remembered."""


class AlarmVerdicts(Protocol):
    """Corrects the outcomes of alarms by verdicts; see `alarms.AlarmBook`."""

    def judge(self, alarms: Iterable[str], *, followed: bool, extra: float) -> tuple[str, ...]:
        """Correct by a person's verdict whether customers followed; returns the kinds."""

    def undo(self, kinds: Iterable[str], extra: float) -> None:
        """Undo the extra counts of a confirmation for these kinds."""
