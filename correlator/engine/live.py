"""Incidents while they live: how strongly each explains tickets, and what is told of it."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterator
from hashlib import blake2s
from typing import Any, TypeAlias

import msgspec
import numpy as np

from correlator.engine.lifecycle import Move, after
from correlator.model import (
    ANNOUNCED,
    CORRELATOR,
    DAY,
    HOUR,
    Change,
    Effect,
    Evidence,
    Incident,
    IncidentChanged,
    Journaled,
    LinkState,
    Millis,
    Reason,
    ReasonCode,
    Rival,
    State,
)
from topology import Topology

Emit: TypeAlias = Callable[[Effect], None]

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
EXPLAINING = ANNOUNCED | {State.RESOLVED}
_JOURNALED = (
    "state", "domain", "priority", "acknowledged_by", "confirmed_by", "parent", "message", "onset",
)  # fmt: skip


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


def incident_id(created: Millis, event_id: str, domain: str) -> str:
    """`GI-<UTC day>-<8 hex of a hash of trigger event and domain>`."""
    day = np.datetime64(created // DAY, "D").astype(str).replace("-", "")
    digest = blake2s(f"{event_id}\n{domain}".encode(), digest_size=4).hexdigest()
    return f"GI-{day}-{digest}"


class Incidents:
    """All incidents that are not over, and the frozen picture of each that the world has seen."""

    def __init__(self, topology: Topology, rule_ids: tuple[str, ...], emit: Emit) -> None:
        self._topology = topology
        self._rule_ids = rule_ids
        self._emit = emit
        self._live: dict[int, Live] = {}
        self._closed: dict[int, Live] = {}  # may be reopened until they are forgotten
        self._numbers: dict[str, int] = {}
        self._told: dict[str, Incident] = {}
        self._below: dict[int, list[int]] = {}
        self._by_domain: dict[int, list[int]] = {}
        self._candidates: dict[int, list[int]] = {}
        self._next = 1
        self.enrich: Callable[[Incident], Incident] = lambda incident: incident

    def __iter__(self) -> Iterator[Live]:
        return iter(list(self._live.values()))

    def __getitem__(self, number: int) -> Live:
        return self._live[number]

    def get(self, number: int) -> Live | None:
        """Return the incident, or None when it is over."""
        return self._live.get(number)

    def find(self, incident: str) -> Live | None:
        """Return the incident with this public id, alive or closed, or None."""
        number = self._numbers.get(incident)
        if number is None:
            return None
        return self._live.get(number) or self._closed.get(number)

    def next_number(self) -> int:
        """Return a number that no incident has had."""
        self._next += 1
        return self._next - 1

    def add(self, live: Live) -> None:
        """Begin an incident."""
        while live.id in self._told:  # the same trigger after a rejection: keep ids apart
            live.id = incident_id(live.created, live.id, str(live.number))
        self._live[live.number] = live
        self._numbers[live.id] = live.number
        self._index()

    def explaining(self, domain: int) -> list[int]:
        """Return the numbers of the incidents on exactly this domain that explain tickets."""
        return self._by_domain.get(domain, [])

    def explaining_any(self, domains: tuple[int, ...]) -> list[Live]:
        """Return the incidents on one of these domains that explain tickets."""
        if not self._by_domain:
            return []
        found = self._by_domain.keys() & domains
        if not found:
            return []
        return [
            self._live[n] for domain in domains if domain in found for n in self._by_domain[domain]
        ]

    def above_any(self, domains: tuple[int, ...]) -> list[int]:
        """Return those of the domains that have an announced incident on equipment below."""
        found = self._below.keys() & domains if self._below else ()
        return [domain for domain in domains if domain in found] if found else []

    def below(self, domain: int) -> list[int]:
        """Return the numbers of the announced ones on equipment below this one, oldest first."""
        return self._below.get(domain, [])

    def _lay_below(self) -> None:
        self._below = {}
        for live in self._live.values():
            for above in self._above(live.domain) if live.state in ANNOUNCED else ():
                self._below.setdefault(above, []).append(live.number)

    def _above(self, domain: int) -> set[int]:
        """Return the equipment that takes this domain along when it fails; `*` is none."""
        found: set[int] = set()
        front = [domain]
        while front:
            above = set(self._topology.parents(front.pop())) - found
            above.discard(self._topology.domain_count - 1)
            found |= above
            front += above
        return found

    def all_explaining(self) -> list[Live]:
        """Return every incident that explains tickets."""
        return [live for live in self._live.values() if live.state in EXPLAINING]

    def candidates(self) -> list[Live]:
        """Return every incident that has not been announced."""
        return [live for live in self._live.values() if live.state is State.CANDIDATE]

    def candidates_on(self, domains: tuple[int, ...]) -> list[Live]:
        """Return the candidates on one of these domains, oldest first."""
        found = self._candidates.keys() & domains if self._candidates else ()
        numbers = sorted(number for domain in found for number in self._candidates[domain])
        return [self._live[number] for number in numbers]

    def _index(self) -> None:
        self._lay_below()
        self._by_domain = {}
        self._candidates = {}
        for live in self.all_explaining():
            self._by_domain.setdefault(live.domain, []).append(live.number)
        for live in self.candidates():
            self._candidates.setdefault(live.domain, []).append(live.number)

    def move(
        self,
        live: Live,
        move: Move,
        now: Millis,
        reason: Reason | None = None,
        *,
        actor: str = CORRELATOR,
    ) -> None:
        """Change the state by the table and tell; raises `IllegalMoveError`."""
        live.state = after(live.state, move)
        if reason is not None:
            live.ended = reason
        if move in {Move.OPEN, Move.PROPOSE}:
            live.announced = now
        if move in {Move.RESOLVE, Move.REOPEN}:
            live.resolved = now if move is Move.RESOLVE else None
        if move is Move.REOPEN:
            live.ended = None
            self._live[live.number] = self._closed.pop(live.number, live)
        self._index()
        self.tell(live, now, actor)
        if live.state in {State.CLOSED, State.REJECTED, State.MERGED}:
            del self._live[live.number]
            if live.state is State.CLOSED:
                self._closed[live.number] = live
            self._index()

    def end(self, live: Live, reason: Reason, now: Millis) -> None:
        """Tell that an incident that cannot live on here is over: resolved and closed at once."""
        told = self._told.get(live.id)
        for state in (State.RESOLVED, State.CLOSED):
            if told is None or told.state is state or told.announced is None:
                continue
            after_state = msgspec.structs.replace(
                told, state=state, version=told.version + 1, changed=now, resolved=now, ended=reason
            )
            self._emit(IncidentChanged(after_state, "state"))
            self._journal(told, after_state, now, CORRELATOR)
            told = self._told[live.id] = after_state

    def place(self, live: Live, domain: int) -> None:
        """Let the incident name another domain."""
        live.domain = domain
        live.own_alarm = False
        live.history = []
        live.customers = int(self._topology.sizes[domain])
        live.dirty = True
        self._index()

    def tell(self, live: Live, now: Millis, actor: str = CORRELATOR) -> None:
        """Emit what changed since the world last heard of the incident, and journal it."""
        before = self._told.get(live.id)
        now_state = self._picture(live, now)
        if (
            before is not None
            and msgspec.structs.replace(now_state, version=before.version, changed=before.changed)
            == before
        ):
            live.dirty = False
            return
        live.version += 1
        live.changed = now
        live.dirty = False
        after_state = msgspec.structs.replace(now_state, version=live.version, changed=now)
        kind = "created" if before is None else "attributes"
        if before is not None and before.state is not after_state.state:
            kind = "state" if before.announced is not None else "created"
        self._told[live.id] = after_state
        self._emit(IncidentChanged(incident=after_state, kind=kind))
        self._journal(before, after_state, now, actor)

    def _journal(self, before: Incident | None, told: Incident, now: Millis, actor: str) -> None:
        for field in _JOURNALED:
            old = "" if before is None else str(getattr(before, field))
            new = str(getattr(told, field))
            if old != new:
                change = Change("incident", told.id, field, old, new, now, actor)
                self._emit(Journaled(change))

    def _picture(self, live: Live, now: Millis) -> Incident:
        names = self._topology.names
        outside = self._topology.domain_count - 1
        domain = "" if live.domain == outside else names[live.domain]
        return self.enrich(
            Incident(
                id=live.id,
                version=live.version,
                rule=self._rule_ids[live.rule],
                state=live.state,
                symptom=live.symptom,
                domain=domain,
                domain_type=self._topology.type_of(live.domain),
                first_domain="" if live.first_domain == outside else names[live.first_domain],
                created=live.created,
                onset=live.onset,
                changed=now,
                reason=live.reason,
                announced=live.announced,
                customers=live.customers,
                linked=live.linked,
                observed=len(live.callers),
                expected=round(live.expected, 4),
                alarms=tuple(live.alarms),
                equivalents=live.equivalents,
                rivals=live.rivals,
                healthy=live.healthy,
                siblings=live.siblings,
                evidence=live.evidence,
                parent=live.parent,
                owner=live.owner,
                acknowledged_by=live.acknowledged_by,
                confirmed_by=live.confirmed_by,
                message=live.message,
                resolved=live.resolved,
                ended=live.ended,
            )
        )

    def living(self) -> list[Incident]:
        """Return the last picture of every announced incident that is not over."""
        told = (self._told.get(live.id) for live in self._live.values())
        return [picture for picture in told if picture is not None and picture.announced]

    def picture(self, incident: str) -> Incident | None:
        """Return what was last told of an incident, over or not, until it is forgotten."""
        return self._told.get(incident)

    def forget(self, before: Millis) -> None:
        """Drop the pictures of incidents that were over before `before`."""
        over = [
            key
            for key, told in self._told.items()
            if told.changed < before and self._numbers.get(key) not in self._live
        ]
        for key in over:
            del self._told[key]
            self._closed.pop(self._numbers.pop(key, -1), None)

    def state(self) -> dict[str, Any]:
        """Return all incidents, for a snapshot."""
        return {
            "live": list(self._live.values()),
            "closed": list(self._closed.values()),
            "told": list(self._told.values()),
            "numbers": self._numbers,
            "next": self._next,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Stand where `state` was taken."""
        self._live = {live.number: live for live in msgspec.convert(state["live"], list[Live])}
        self._closed = {live.number: live for live in msgspec.convert(state["closed"], list[Live])}
        self._told = {told.id: told for told in msgspec.convert(state["told"], list[Incident])}
        self._numbers = state["numbers"]
        self._next = state["next"]
        self._index()


def person(verb: str, actor: str, text: str = "") -> Reason:
    """Return the reason of what a person did."""
    return Reason(ReasonCode.PERSON, {"verb": verb, "actor": actor, "text": text})
