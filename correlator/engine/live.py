"""An incident while it lives: how strongly it explains tickets, and since when."""

from __future__ import annotations

import math
from bisect import bisect_right

import msgspec

from correlator.model import (
    HOUR,
    Evidence,
    LinkState,
    Millis,
    Reason,
    Rival,
    State,
)

_LONGEST_HALF_LIFE = 0.75  # τ, of an incident's call rate
_SHORTEST_HALF_LIFE = 0.02
_CALLS_REMEMBERED = 15.0  # the more callers, the sooner their end is believed
_ENDS = 0.5  # failures that end, of those that last, per τ
_CALLS_AFTER = 0.25  # hours or τ, half-life of the calls about a failure that is over
_CLEAR_IS_END = 4.0  # nats: one time in fifty an alarm clears and the failure lasts
UPPER_RATE = 1.0 + _CALLS_REMEMBERED**-0.5
"""What an incident's call rate is multiplied by to have it one standard deviation higher."""
_LOWER_RATE: float = 1.0 - _CALLS_REMEMBERED**-0.5  # the same, lower
_MOST_NATS = 50.0  # beyond that everything is sure, and e^x still a number
_NOTED_EVERY = 0.05  # τ between what is kept of an incident's call rate
_MOST_NOTED = 400
_PROFILE_PRIOR = 10.0  # callers that the rule's symptom profile is worth
_LN2 = 0.6931471805599453


class Tie(msgspec.Struct, frozen=True, gc=False):
    """How a ticket is tied to an incident; what a person said is not changed by the engine."""

    state: LinkState
    probability: float
    by_person: bool = False


class Live(msgspec.Struct):
    """An incident that is not over. `rule` and `domain` are indexes; `profile` is π by symptom.

    The call rate i (per line and τ) is `calls / exposure`, a Gamma filter over the last hours.
    `by_symptom`: its callers so far, each with its probability. `own_alarm`: the cause itself has
    alarmed.
    `history`: (τ, i) now and then since the onset, ascending.
    `gap` is the mean time between its first callers, in τ; `peak` the highest i so far, and
    `alarms_clear_since` when the last alarm of the cause cleared, `heard_since` what its callers
    since then say against that, in nats.
    """

    number: int
    id: str
    rule: int
    domain: int
    first_domain: int
    state: State
    symptom: str
    unnamed: int
    created: Millis
    onset: Millis
    onset_tau: float
    reason: Reason
    customers: int
    calls: float
    exposure: float
    filter_tau: float
    last_tau: float
    gap: float
    peak: float = 0.0
    last_call: Millis = 0
    half_life: float = _LONGEST_HALF_LIFE
    changed: Millis = 0
    announced: Millis | None = None
    resolved: Millis | None = None
    reopened: Millis = 0
    version: int = 0
    callers: dict[str, int] = {}
    ties: dict[str, Tie] = {}
    linked: int = 0
    alarms: dict[str, int] = {}
    alarms_clear_since: Millis | None = None
    heard_since: float = 0.0
    own_alarm: bool = False
    by_symptom: dict[int, float] = {}
    expected: float = 0.0
    rivals: tuple[Rival, ...] = ()
    equivalents: tuple[str, ...] = ()
    healthy: int = 0
    siblings: int = 0
    evidence: Evidence | None = None
    parent: str = ""
    owner: str = ""
    acknowledged_by: str = ""
    confirmed_by: str = ""
    message: str = ""
    ended: Reason | None = None
    fitted_callers: int = 0
    history: list[tuple[float, float]] = []
    dirty: bool = False

    def caller(self, customer: str, arrived: Millis) -> None:
        """Take note of a customer whose call it explains."""
        self.callers[customer] = arrived
        self.last_call = max(self.last_call, arrived)

    def linked_tickets(self) -> list[str]:
        """Return the tickets that are linked, in the order in which they were."""
        return [t for t, tie in self.ties.items() if tie.state is LinkState.LINKED]

    def rate(self, tau: float) -> float:
        """Return i at τ: calls per line and unit of τ.

        A mail of the evening that is read in the morning met the rate of the evening.
        """
        if self.history and tau < self.filter_tau - _NOTED_EVERY:
            place = bisect_right(self.history, (tau, math.inf)) - 1
            return self.history[max(place, 0)][1]
        stays, exposure = self._passed(tau)
        return float(self.calls * stays / exposure)

    def clear(self, since: Millis | None) -> None:
        """Take note that the cause's last alarm cleared then; None: that one stands again."""
        self.alarms_clear_since = since
        self.heard_since = 0.0

    def lasts(self, tau: float, time: Millis, *, heard: bool) -> float:
        """Return what is left of i at `tau`, or `time` in ms, for all that says that it is over.

        Who saw it end calls a little later as well; after that a call is about something else.
        `heard`: what has come so far is all that there was.
        """
        clear = self._unless_clear(time)
        return min(self._unless_silent(tau), clear) if heard else clear

    def _unless_silent(self, tau: float) -> float:
        """Nobody has called for some time; not while its own alarm stands: some sleep."""
        silent = tau - self.last_tau
        stands = self.own_alarm and self.alarms_clear_since is None
        if silent <= 0.0 or stands or not self.callers:
            return 1.0
        return _faded(lasting(self.calls / self.exposure * self.customers, silent), silent)

    def _unless_clear(self, time: Millis) -> float:
        """Supervision sees no failure any more; but whoever still calls speaks against that."""
        since = self._clear_for(time)
        if since is None:
            return 1.0
        on = 1.0 / (1.0 + math.exp(_CLEAR_IS_END - min(self.heard_since, _MOST_NATS)))
        return _faded(on, since)

    def _speaks_on(self, time: Millis) -> float:
        """Return how much likelier a call is if the failure lasts than if its clear was the end."""
        return _LN2 * (self._clear_for(time) or 0.0) / _CALLS_AFTER

    def _clear_for(self, time: Millis) -> float | None:
        """Return for how many hours the cause's own alarm has been clear; None while it is not."""
        if not self.own_alarm or self.alarms_clear_since is None:
            return None
        return max(0, time - self.alarms_clear_since) / HOUR

    def _passed(self, tau: float) -> tuple[float, float]:
        """Return what is left of the calls counted so far, and the exposure, at `tau`."""
        step = max(0.0, tau - self.filter_tau)
        stays = 2.0 ** (-step / self.half_life)
        return stays, self.exposure * stays + self.customers * (1.0 - stays) * self.half_life / _LN2

    def share_of(self, symptom: int, start: float) -> float:
        """Return π(symptom): what its rule says, `start`, moved by what its callers said."""
        counted = sum(self.by_symptom.values())
        found = _PROFILE_PRIOR * start + self.by_symptom.get(symptom, 0.0)
        return found / (_PROFILE_PRIOR + counted)

    def count(self, tau: float, time: Millis, symptom: int, weight: float) -> None:
        """Let a ticket that this explains with probability `weight` move rate and profile.

        `tau` and `time` (ms): when it occurred.
        """
        self.heard_since += weight * self._speaks_on(time)
        self.by_symptom[symptom] = self.by_symptom.get(symptom, 0.0) + weight
        stays, self.exposure = self._passed(tau)
        self.calls = self.calls * stays + weight
        self.filter_tau = max(self.filter_tau, tau)
        self.peak = max(self.peak, self.calls / self.exposure)
        self.remember()
        self._note()

    def fitted(self, onset: float, rate: float) -> None:
        """Take note that i has been `rate` since then."""
        self.history = [known for known in self.history if known[0] < onset]
        self.history.append((onset, rate))

    def _note(self) -> None:
        """Keep i for those who are heard of later; less often when it has been kept for long."""
        if self.history and self.filter_tau >= self.history[-1][0] + _NOTED_EVERY:
            self.history.append((self.filter_tau, self.calls / self.exposure))
            if len(self.history) > _MOST_NOTED:
                self.history = self.history[::2]

    def remember(self) -> None:
        """Choose the filter's half-life: as long as it takes for some calls to come in."""
        wanted = _CALLS_REMEMBERED * self.exposure / (self.calls * self.customers + 1e-9)
        longest = min(wanted, _LONGEST_HALF_LIFE)
        self.half_life = max(longest, _SHORTEST_HALF_LIFE)


def lasting(calls: float, silent: float) -> float:
    """Return the chance that a failure lasts about which nobody has called for `silent` τ.

    `calls`: how many came per τ before. A failure that ends at the rate h while r calls come has
    ended by now, against lasting so long without a call, with odds of
    `∫ h·e^{r·u} du = (e^{r·s} − 1)·h/r`.
    """
    rate = max(_LOWER_RATE * calls, 1e-9)
    return 1.0 / (1.0 + math.expm1(min(rate * silent, _MOST_NATS)) * _ENDS / rate)


def _faded(on: float, since: float) -> float:
    """Return the share of calls that still come, if `on` is the chance that the failure lasts."""
    return on + (1.0 - on) * math.exp2(-since / _CALLS_AFTER)
