"""Views: what the ledger needs of the other owners, one small protocol each."""

from __future__ import annotations

from typing import Protocol

from correlator.engine.arrays import Floats, Ints
from correlator.engine.calls import Call
from correlator.engine.detection import ObservedCall
from correlator.engine.incidents import LiveIncident
from correlator.engine.rates import Moment
from correlator.model import Reason


class Rates(Protocol):
    """The learned rates; see `rates.Baseline`."""

    @property
    def moment(self) -> Moment:
        """The moment of the event under way."""

    def observe(
        self, symptom: int, domains: Ints, occurred: int, weight: float, *, entered: bool = ...
    ) -> None:
        """Learn from a call that `entered`, or (with a negative weight) take a share back."""

    def reassign(self, domains: Ints, old: int, new: int, weight: float) -> None:
        """Move a call's counts in its domains to another symptom."""


class Bursts(Protocol):
    """The burst statistic; see `detection.Detector`."""

    def retract(self, call: ObservedCall) -> None:
        """Retract a call, which something explains from now on, from the statistic."""


class Profiles(Protocol):
    """π of every rule; see `detection.SymptomProfiles`."""

    @property
    def matrix(self) -> Floats:
        """π[rule, symptom]."""

    @property
    def of_marks(self) -> Floats:
        """π[rule, mark]."""

    @property
    def mixtures(self) -> dict[int, tuple[tuple[int, float], ...]]:
        """Of marks that are no symptom: how much of π of which symptoms is in theirs."""

    def is_fault(self, symptom: str) -> bool:
        """Return whether a network failure can cause this symptom."""


class Incidents(Protocol):
    """The live incidents; see `incidents.Registry`."""

    def get(self, number: int) -> LiveIncident | None:
        """Return the incident, or None when it is over."""

    def linking(self, ticket: str) -> list[LiveIncident]:
        """Return the incidents that a ticket is, or was, linked to."""


class Feeds(Protocol):
    """Whether tickets arrive; see `rates.FeedLiveness`."""

    @property
    def stall(self) -> int:
        """Length, in ms, of the stall whose backlog is arriving; 0 without one."""


class Entries(Protocol):
    """Makes one change of a call, or of an incident's calls, in all books; see `Bookkeeper`."""

    def retract(self, call: Call) -> None:
        """Retract a call from the burst statistic, once."""

    def assign(self, live: LiveIncident, call: Call) -> None:
        """Have an incident explain a call for certain."""

    def withdraw(self, live: LiveIncident, call: Call, *, spend: bool = ...) -> None:
        """Withdraw the attribution of a call to an incident."""

    def lose_caller(self, live: LiveIncident, call: Call) -> None:
        """Remove the caller from an incident, unless another ticket of theirs is linked."""

    def calls_of(self, live: LiveIncident) -> list[Call]:
        """Return the recent calls that are, or were, linked to an incident."""

    def release(self, live: LiveIncident, reason: Reason, actor: str) -> None:
        """Withdraw attributions and links, those by a person on behalf of `actor`."""
