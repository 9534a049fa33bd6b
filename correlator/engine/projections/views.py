"""Views: what projections need of the owners, one small protocol per use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from correlator.engine.alarms import Standing
from correlator.engine.arrays import Bools, Ints
from correlator.engine.calls import Call
from correlator.engine.incidents import LiveIncident
from correlator.engine.rates import Expected, Moment
from correlator.model import Millis


class Rates(Protocol):
    """Knows what is usual; see `rates.Baseline`."""

    @property
    def moment(self) -> Moment:
        """The moment of the last event or tick."""

    @property
    def symptoms(self) -> Sequence[str]:
        """The names of the symptoms by index, "" where one is free."""

    def expected(self, symptom: int, time: Millis) -> Expected:
        """Return what was expected of an average line at `time`."""

    def tau(self, time: Millis) -> float:
        """Return the operational time at `time`."""


class Calls(Protocol):
    """Knows the recent calls; see `calls.CallWindow`."""

    def under(self, domain: int, since: float) -> Ints:
        """Return the positions of the calls under a domain since τ = `since`."""

    def calls(self, positions: Ints) -> list[Call]:
        """Return the calls at these positions."""

    def symptoms(self, positions: Ints) -> Ints:
        """Return the symptoms of the calls at these positions."""


class Strength(Protocol):
    """Knows the rate that an incident adds; see `attribution.Ledger`."""

    def strengths(self, live: LiveIncident, tau: float, time: Millis) -> dict[int, float]:
        """Return the rate i·π(s), per line and τ, that an incident adds of each symptom s."""


class About(Protocol):
    """Knows what an incident is about; see `localisation.EvidenceRecorder`."""

    def usual(self, live: LiveIncident, domain: int | None = None) -> float:
        """Return the usual calls per τ about its symptoms, under its cause or another domain."""

    def listed(self, live: LiveIncident) -> Bools:
        """Mark the symptoms that the incident is about."""


class Waiting(Protocol):
    """Knows what an incident waits for; see `handlers.ticks.IncidentAgeing`."""

    def needed_quiet(self, live: LiveIncident) -> float:
        """Return the hours of operational time without a call that end an incident."""

    def holding(self, live: LiveIncident) -> list[Standing]:
        """Return the standing alarms of the cause that belong to the incident and hold it."""


class TicketsAlive(Protocol):
    """Knows whether tickets arrive; see `rates.FeedLiveness`."""

    def tickets_alive(self, tau: float) -> bool:
        """Return whether tickets still come."""


class AlarmsOn(Protocol):
    """Knows the standing alarms; see `alarms.AlarmBook`."""

    def on(self, domain: int) -> list[Standing]:
        """Return the standing alarms of a domain."""

    def any_on(self, domain: int) -> bool:
        """Return whether an alarm of a domain stands."""


class WorksOn(Protocol):
    """Knows planned works; see `alarms.MaintenanceCalendar`."""

    def covers(self, domain: int, time: Millis) -> str:
        """Return the works under way on a domain or above it, or ""."""
