"""Views: what handlers need of the owners and of each other, one small protocol per use.

A handler holds the owner it changes most itself; everything else it sees through one of these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from correlator.engine.alarms import AlarmGroup, Standing
from correlator.engine.arrays import Floats, Ints
from correlator.engine.calls import Call
from correlator.engine.detection import ObservedCall, Stream, Symptom
from correlator.engine.incidents import LiveIncident
from correlator.engine.localisation import Alert, Cause, Decision, Replace, Split
from correlator.engine.rates import Expected, Moment
from correlator.model import Evidence, Millis, Reason
from topology import Scope

# ------------------------------------------------------------------------------- of an alert


class Diagnosing(Protocol):
    """Decides on alerts; see `localisation.Diagnosis`."""

    def decide(self, alert: Alert) -> Decision:
        """Decide on an alert."""

    def may_review(self, live: LiveIncident) -> bool:
        """Return whether the cause of an incident may still change."""

    def review(self, live: LiveIncident) -> Replace | Split | None:
        """Review whether another cause explains an incident better."""

    def same_failure(self, cause: Cause, unnamed: int) -> LiveIncident | None:
        """Return the announced incident that a cause would only make stronger, or None."""

    def still_there(self, live: LiveIncident, cause: Cause) -> bool:
        """Return whether a cause, weighed anew, is the one that an incident names."""

    def nested(self, one: Scope, other: Scope) -> bool:
        """Return whether two scopes compete for the same callers."""


class Clock(Protocol):
    """Knows the moment; see `rates.Baseline`."""

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
        """Return every row that a call counts on."""

    def stream(self, row: int) -> Stream:
        """Return what a row counts."""

    def awake_levels(self, rows: Ints, waiting: set[int]) -> Floats:
        """Return the levels of rows; 0 where the domain waits or is in a cool-down."""

    def settle(self, domain: int, row: int) -> None:
        """Lower the rows of a domain, and the row of the alert, that has been decided."""

    def give_up(self, rows: Ints, waiting: set[int], share: float) -> None:
        """Cap the level of rows that were not decided at `share`."""

    def rest(self, domain: int, *, announce: bool) -> None:
        """Decide no such alert of a domain for a while."""

    def pause(self, domain: int) -> None:
        """Decide no alert of a domain for a moment."""

    def keeps_quiet(self, domain: int) -> bool:
        """Return whether alerts for a candidate on a domain are in a cool-down."""


class Attributing(Protocol):
    """Attributes calls to incidents; see `attribution.Ledger`."""

    def attribute(
        self, live: LiveIncident, rate: float, onset: float, *, again: bool = ...
    ) -> None:
        """Attribute the calls since its onset to an incident, at this call rate."""

    def release(self, live: LiveIncident, reason: Reason, heir: LiveIncident) -> None:
        """Withdraw attributions and links of an incident before another cause is named."""


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
    """Boosts rows; see `detection.Detector`."""

    def streams_on(self, domains: Iterable[int]) -> list[tuple[int, int]]:
        """Return row and rule of the static rows on some domains."""

    def boost(self, row: int, weight: float, lasts: float, tau: float) -> None:
        """Raise ρ of a row to e^weight for `lasts` τ after an alarm."""

    def end_boost(self, domains: Iterable[int], tau: float) -> None:
        """End the boost of the static rows of some domains."""


# -------------------------------------------------------------------------- of passing time


class AlarmsDue(Protocol):
    """Knows which alarms are to be shown; see `alarms.AlarmBook`."""

    def due(self, now: Millis) -> list[Standing]:
        """Return, once, the expected alarms that still stand and whose time has come."""


class Grouped(Protocol):
    """Knows which alarms are of one cause; see `alarms.AlarmGroups`."""

    def of(self, alarm: str) -> AlarmGroup | None:
        """Return the group that an alarm is in, None where it is in none."""


class Sight(Protocol):
    """Knows what supervision cannot reach; see `alarms.AlarmHierarchy`."""

    def out_of_sight(self, alarm: Standing) -> bool:
        """Return whether what supervision sees its equipment through alarms no later."""


class LikelySymptoms(Protocol):
    """π of every rule; see `detection.SymptomProfiles`."""

    def likeliest(self, rule: int, names: Sequence[str]) -> str:
        """Return the symptom that a failure of a rule most likely has; `names`: by index."""


class RulesOf(Protocol):
    """Which rules are about which domains; see `detection.streams.Streams`."""

    def rules_for(self, domain: int) -> list[int]:
        """Return the rules about named symptoms on this domain."""


class SymptomNames(Protocol):
    """Names the symptoms; see `rates.Baseline`."""

    @property
    def symptoms(self) -> Sequence[str]:
        """The names of the symptoms by index."""


class Foreseen(Protocol):
    """Records evidence; see `localisation.EvidenceRecorder`."""

    def foreseen(self, live: LiveIncident) -> Evidence:
        """Return the evidence for an incident without a call."""


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
        """Review whether another cause explains an incident better."""


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
        """Move the counts of calls of these times (ms) to another symptom."""


class UnnamedStreams(Protocol):
    """Counts unnamed symptoms; see `detection.Detector`."""

    def symptom(self, name: str) -> Symptom:
        """Return a symptom; a new one gets an index."""

    def release(self, name: str) -> None:
        """Forget a provisional symptom."""

    def refresh(self) -> None:
        """Recompute profiles and thresholds from what has been learned."""

    def unnamed_rows(self, domains: Sequence[int], symptom: int, since: float) -> Ints:
        """Return the rows of an unnamed symptom."""

    def observe_renamed(self, call: ObservedCall, weight: float) -> Ints:
        """Count a call on the rows of its unnamed symptom."""

    def advance(self, rows: Ints, tau: float) -> None:
        """Let operational time pass for some rows."""


class Renaming(Protocol):
    """Changes the symptom of calls; see `attribution.Ledger`."""

    def rename(self, call: Call, symptom: int, rate: float) -> None:
        """Change the symptom of a call, usual at `rate`."""


class Draining(Protocol):
    """Decides on rows that rose; see `handlers.alerts`."""

    def drain(self, rows: Ints, call_for: Callable[[int], Call]) -> None:
        """Decide on the rows that reached their threshold, the highest first."""
