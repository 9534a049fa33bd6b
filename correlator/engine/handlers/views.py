"""What the handlers need of the owners and of each other: one small view per use.

A handler holds the owner it changes most itself; everything else it sees through one of these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from correlator.engine.alarms import Standing
from correlator.engine.arrays import Floats, Ints
from correlator.engine.calls import Call
from correlator.engine.detection import ObservedCall, Stream, Symptom
from correlator.engine.incidents import LiveIncident
from correlator.engine.localisation import Alert, Cause, Decision, Replace, Split
from correlator.engine.rates import Expected, Moment
from correlator.model import Evidence, Millis, Reason

# ------------------------------------------------------------------------------- of an alert


class Diagnosing(Protocol):
    """Decides what alerts mean; see `localisation.Diagnosis`."""

    def decide(self, alert: Alert) -> Decision:
        """Decide on an alert."""

    def may_review(self, live: LiveIncident) -> bool:
        """Return whether the cause of an incident may still change."""

    def review(self, live: LiveIncident) -> Replace | Split | None:
        """Ask again whether another cause explains an incident better."""

    def same_failure(self, cause: Cause, unnamed: int) -> LiveIncident | None:
        """Return the announced incident that a cause would only make stronger, or None."""

    def still_there(self, live: LiveIncident, cause: Cause) -> bool:
        """Return whether a cause, weighed anew, is the one that an incident names."""

    def nested(self, one: int, other: int) -> bool:
        """Return whether two domains compete for the same callers."""


class Clock(Protocol):
    """Knows what time it is; see `rates.Baseline`."""

    @property
    def moment(self) -> Moment:
        """The moment of the event under way."""


class CallsAt(Protocol):
    """Keeps the recent calls; see `calls.CallWindow`."""

    def calls(self, positions: Ints | tuple[int, ...]) -> list[Call]:
        """Return the calls at these positions."""


class Bursts(Protocol):
    """The burst statistic and its cool-downs; see `detection.Detector`."""

    def rows(self, call: ObservedCall) -> Ints:
        """Return every row that a call moves."""

    def stream(self, row: int) -> Stream:
        """Return what a row counts."""

    def awake_levels(self, rows: Ints, waiting: set[int]) -> Floats:
        """Return the levels of rows; 0 where the domain waits or was just looked at in vain."""

    def settle(self, domain: int, row: int) -> None:
        """Let the rows of an alert that has been dealt with start again from low."""

    def give_up(self, rows: Ints, waiting: set[int], share: float) -> None:
        """Lower rows that were not decided to a share of their threshold."""

    def rest(self, domain: int, *, announce: bool) -> None:
        """Look at alerts of a domain again in a while only."""

    def pause(self, domain: int) -> None:
        """Ask the next caller of a domain only after a moment."""

    def keeps_quiet(self, domain: int) -> bool:
        """Return whether a candidate on a domain was looked at a short while ago."""


class Attributing(Protocol):
    """Attributes calls to incidents; see `attribution.Ledger`."""

    def attribute(
        self, live: LiveIncident, rate: float, onset: float, *, again: bool = ...
    ) -> None:
        """Let an incident explain the calls since its onset, at this call rate."""

    def release(self, live: LiveIncident, reason: Reason, heir: LiveIncident | None = ...) -> None:
        """Take every link of an incident back, before another cause is named."""


class AlarmsFollowed(Protocol):
    """Learns whether customers follow alarms; see `alarms.AlarmOutcomes`."""

    def follow(self, domains: frozenset[int], since: float) -> None:
        """Record that customers called about these domains."""


# ------------------------------------------------------------------------------- of an alarm


class AlarmHeartbeat(Protocol):
    """Follows whether alarms arrive; see `rates.FeedLiveness`."""

    def heard_alarm(self, now: Millis) -> None:
        """Record an alarm."""


class Boosts(Protocol):
    """Raises priors; see `detection.Detector`."""

    def streams_on(self, domains: Iterable[int]) -> list[tuple[int, int]]:
        """Return row and rule of the static rows on some domains."""

    def boost(self, row: int, weight: float, lasts: float, tau: float) -> None:
        """Let an alarm raise ρ of a row to e^weight for `lasts` τ."""

    def end_boost(self, domains: Iterable[int], tau: float) -> None:
        """End the boost of the static rows of some domains."""


# -------------------------------------------------------------------------- of passing time


class AlarmsDue(Protocol):
    """Knows which alarms are to be shown; see `alarms.AlarmBook`."""

    def due(self, now: Millis) -> list[Standing]:
        """Return, once, the expected alarms that still stand and whose time has come."""


class LikelySymptoms(Protocol):
    """π of every rule; see `detection.SymptomProfiles`."""

    @property
    def matrix(self) -> Floats:
        """π[rule, symptom]."""


class SymptomNames(Protocol):
    """Names the symptoms; see `rates.Baseline`."""

    @property
    def symptoms(self) -> Sequence[str]:
        """The names of the symptoms by index."""


class Foreseen(Protocol):
    """Takes down what spoke for an incident; see `localisation.EvidenceRecorder`."""

    def foreseen(self, live: LiveIncident) -> Evidence:
        """Return what speaks for an incident that nobody has called about."""


class TicketsAlive(Protocol):
    """Knows whether tickets arrive; see `rates.FeedLiveness`."""

    def tickets_alive(self, tau: float) -> bool:
        """Return whether tickets still come."""


class AlarmsOn(Protocol):
    """Knows which alarms stand; see `alarms.AlarmBook`."""

    def on(self, domain: int) -> list[Standing]:
        """Return the standing alarms of a domain."""

    def any_on(self, domain: int) -> bool:
        """Return whether an alarm of a domain stands."""


class FailedTypes(Protocol):
    """Learns which types alarm when they fail; see `alarms.AlarmingTypes`."""

    def is_passive(self, domain: int) -> bool:
        """Return whether no equipment of the domain's type has ever alarmed."""

    def failed(self, domain: int, *, alarmed: bool) -> None:
        """Learn from a failure whether equipment of this type alarms when it fails."""


class FailureRates(Protocol):
    """Learns the call rates of failures; see `detection.Detector`."""

    def learn(self, rule: int, rate: float) -> None:
        """Record that a failure of this rule added `rate` calls per line and unit of τ."""


class Reviewing(Protocol):
    """Reviews incidents; see `handlers.alerts`."""

    def review(self, live: LiveIncident) -> None:
        """Ask again whether another cause explains an incident better."""


# -------------------------------------------------------------------------- of new symptoms


class LearnedRates(Protocol):
    """Learns rates by symptom; see `rates.Baseline`."""

    @property
    def symptoms(self) -> Sequence[str]:
        """The names of the symptoms by index."""

    def expected(self, symptom: int, time: Millis) -> Expected:
        """Return what was expected of an average line at `time`."""

    def exposure(self) -> float:
        """Return the hours that everything learned is worth."""

    def reassign_rates(
        self, old: int, new: int, times: Sequence[Millis], weights: Sequence[float]
    ) -> None:
        """Count tickets of these times (ms) under another symptom than so far."""


class UnnamedStreams(Protocol):
    """Counts symptoms that nobody has named; see `detection.Detector`."""

    def symptom(self, name: str) -> Symptom:
        """Return a symptom, making room for a new one."""

    def release(self, name: str) -> None:
        """Forget a provisional symptom."""

    def refresh(self) -> None:
        """Bring profiles and thresholds up to what has been learned."""

    def unnamed_rows(self, domains: Sequence[int], symptom: int, since: float) -> Ints:
        """Return the rows of a symptom nobody has named."""

    def observe_renamed(self, call: ObservedCall, weight: float) -> Ints:
        """Count a call on the rows of its symptom that nobody has named."""

    def advance(self, rows: Ints, tau: float) -> None:
        """Let operational time pass for some rows."""


class Renaming(Protocol):
    """Takes calls for another symptom; see `attribution.Ledger`."""

    def rename(self, call: Call, symptom: int, rate: float) -> None:
        """Take a call for another symptom, usual at `rate`."""


class Draining(Protocol):
    """Decides on rows that rose; see `handlers.alerts`."""

    def drain(self, rows: Ints, call_for: Callable[[int], Call]) -> None:
        """Decide on the rows that reached their threshold, the highest first."""
