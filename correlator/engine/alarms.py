"""Alarms as prior odds: how much more likely a domain fails now that it has alarmed.

A class of alarms (type of object, probable cause, severity) carries the odds that customers follow
it, learned as a Beta count from the rule's starting value: flapping and cosmetic alarms fall silent
by themselves. The weight of an alarm is the log of those odds over the odds that any domain fails
within the same time, clipped to [−2, 8] nats. Alarms of several children are evidence for their
parent.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from typing import Any

import msgspec

from correlator.engine.ageing import drop_oldest
from correlator.model import Alarm, AlarmState, Millis
from topology import Topology

CHILD_WINDOW = 0.5
"""τ in which alarms of children count as of one failure."""

_BASE_ODDS = 2e-4  # that a given domain begins to fail within half an hour and customers call
_CLIP = (-2.0, 8.0)
_START_COUNT = 10.0  # alarms that a rule's starting share is worth
_BOOKED_TAU = 72.0  # τ for which a person can still change an outcome that is booked
_OUTCOME_TAU = 2.0  # τ after which an alarm that no customer followed counts as such
_CHILD_IF_FAILED = 0.3  # P(a child alarms | its parent fails)
_CHILD_IF_WELL = 0.01  # P(a child alarms in the same half hour | all is well), at least
_RATE_HALF_LIFE = 7 * 24.0  # τ, of how often equipment of a type alarms
_RATE_PRIOR = 24.0  # τ that the least rate is worth
_OWN_PRIOR = (3.0, 2.0)  # failures with and without an alarm that a type starts with
_MOST_FROM_CHILDREN = 6.0  # nats
_NOTICED_SHARE = 0.2  # of its customers that equipment shares with a passive domain it watches
_LARGEST_PASSIVE = 5_000  # customers
_ENOUGH_ALARMS = 50.0  # of all types, after which a type without any is taken to be passive


class Standing(msgspec.Struct):
    """An alarm that is raised. `domain` and `rule` are indexes.

    `due`: when it is to be shown as a predicted incident, by `rule`.
    """

    id: str
    domain: int
    cause: str
    severity: str
    raised: Millis
    arrived: Millis
    tau: float
    rule: int = 0
    due: Millis = 0


class Trial(msgspec.Struct):
    """An alarm whose outcome (do customers follow?) is still open."""

    alarm: str
    domain: int
    kind: str
    tau: float
    followed: bool = False


class Booked(msgspec.Struct):
    """An outcome that has been counted at `tau`."""

    kind: str
    followed: bool
    tau: float


class Alarms:
    """Standing alarms and what alarms have meant so far."""

    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        self._standing: dict[str, Standing] = {}
        self._by_domain: dict[int, dict[str, None]] = {}
        self._heard: dict[str, Millis] = {}  # alarm → arrival of its last record
        self._expected: dict[str, None] = {}
        self._trials: deque[Trial] = deque()
        self._booked: dict[str, Booked] = {}  # alarm → its outcome, oldest first
        self._outcomes: dict[str, list[float]] = {}  # kind → [followed, not followed]
        self._rates: dict[str, list[float]] = {}  # type → [decayed count, τ of the last]
        self._noticed_by: dict[int, tuple[int, ...]] = {}
        self._children: dict[int, dict[str, list[int]]] = {}  # by domain and type; found once
        self._own: dict[str, list[float]] = {}  # type → failures [with, without] an alarm of it
        self._heard_in_all = 0.0

    def take(self, alarm: Alarm, domain: int, tau: float) -> Standing | None:
        """Let an alarm's record change what stands; returns a newly raised alarm, else None."""
        standing = self._standing.get(alarm.id)
        if alarm.arrived < self._heard.get(alarm.id, 0):
            return None  # a late record of what has changed since
        self._heard.pop(alarm.id, None)  # the dictionary is in the order of the last record
        self._heard[alarm.id] = alarm.arrived
        if alarm.state is AlarmState.CLEARED:
            if standing is not None:
                self._remove(standing)
            return None
        if standing is not None:
            standing.severity = alarm.severity
            return None
        raised = Standing(
            alarm.id, domain, alarm.cause, alarm.severity, alarm.occurred, alarm.arrived, tau
        )
        self._standing[alarm.id] = raised
        self._by_domain.setdefault(domain, {})[alarm.id] = None
        self._seen(domain, tau)
        self._trials.append(Trial(alarm.id, domain, self.kind(raised), tau))
        return raised

    def expect(self, standing: Standing, rule: int, after: Millis) -> None:
        """Ask to be told by `due` once the alarm has stood for `after` ms."""
        standing.rule, standing.due = rule, standing.arrived + after
        self._expected[standing.id] = None

    def due(self, now: Millis) -> list[Standing]:
        """Return, once, the expected alarms that still stand and whose time has come."""
        come = [a for a in self._expected if self._standing[a].due <= now]
        for alarm in come:
            del self._expected[alarm]
        return [self._standing[alarm] for alarm in come]

    def _remove(self, standing: Standing) -> None:
        del self._standing[standing.id]
        self._expected.pop(standing.id, None)
        left = self._by_domain[standing.domain]
        del left[standing.id]
        if not left:
            del self._by_domain[standing.domain]

    def forget(self, before: Millis) -> None:
        """Drop alarms that arrived before then and whose clear was never heard."""
        for standing in [a for a in self._standing.values() if a.arrived < before]:
            self._remove(standing)

    def forget_records(self, before: Millis) -> None:
        """Drop what tells a late record from a new one."""
        drop_oldest(self._heard, lambda heard: heard < before)

    def find(self, alarm: str) -> Standing | None:
        """Return a standing alarm, or None."""
        return self._standing.get(alarm)

    def standing(self) -> list[Standing]:
        """Return all standing alarms, in the order in which they were raised."""
        return list(self._standing.values())

    def on(self, domain: int) -> list[Standing]:
        """Return the standing alarms of a domain, in the order in which they were raised."""
        return [self._standing[a] for a in self._by_domain.get(domain, {})]

    def any_on(self, domain: int) -> bool:
        """Say whether an alarm of a domain stands."""
        return domain in self._by_domain

    def kind(self, standing: Standing) -> str:
        """Return the class that an alarm is learned with."""
        return f"{self._topology.type_of(standing.domain)}/{standing.cause}/{standing.severity}"

    def share_followed(self, kind: str, start: float) -> float:
        """Return P(customers follow such an alarm), from the rule's starting share."""
        followed, not_followed = self._outcomes.get(kind, (0.0, 0.0))
        return (followed + start * _START_COUNT) / (followed + not_followed + _START_COUNT)

    def weight(self, standing: Standing, start: float) -> float:
        """Return the alarm's weight in nats for a rule with this starting share; 0 if none."""
        if start <= 0:
            return 0.0
        share = min(self.share_followed(self.kind(standing), start), 0.99)
        return _clip(math.log(share / (1.0 - share) / _BASE_ODDS))

    def children_weight(self, parent: int, since: float, now: float) -> float:
        """Return the evidence in nats for `parent` in which of its children alarm."""
        children = self._topology.children(parent)
        if not children:
            return 0.0
        if_well = self._if_well(children[0], now, now - since)
        if if_well >= _CHILD_IF_FAILED:
            return 0.0
        alarmed = self._alarmed(children, since)
        if alarmed < 2:
            return 0.0
        silent = len(children) - alarmed
        return _clip(
            alarmed * math.log(_CHILD_IF_FAILED / if_well)
            + silent * math.log((1 - _CHILD_IF_FAILED) / (1 - if_well))
        )

    def evidence(self, domain: int, own: float, since: float, now: float) -> float:
        """Return what the alarms of `domain`, its children and its parents say of it, in nats.

        `own`: the weight of its own alarms, 0 if it has none. Alarms of children follow from a
        failure of their parent, not the other way round; so does, where the parent has alarmed
        itself, what alarms below one of them. Equipment of a type that never alarms (a
        passive splitter) is seen through the alarms of what it hangs on. Where a type does alarm,
        silence speaks against it: ln(1 − P(alarm | failure)).
        """
        children = self._children_share(domain, since, now)
        if own > 0:
            return own + children + self._below_a_child(domain, since, now)
        if children or self.any_on(domain) or self.is_passive(domain):
            return children
        return math.log(1.0 - self._share_with_alarm(domain))

    def is_passive(self, domain: int) -> bool:
        """Say whether no equipment of the domain's type has ever alarmed, while others did."""
        silent = self._topology.type_of(domain) not in self._rates
        return silent and self._heard_in_all >= _ENOUGH_ALARMS

    def passive_children(self, domain: int) -> list[int]:
        """Return the children of a domain that are passive."""
        kinds = self._children.get(domain)
        if kinds is None:
            kinds = self._children[domain] = {}
            for child in self._topology.children(domain):
                kinds.setdefault(self._topology.type_of(child), []).append(child)
        return [child for same in kinds.values() if self.is_passive(same[0]) for child in same]

    def _share_with_alarm(self, domain: int) -> float:
        kind = self._topology.type_of(domain)
        if kind not in self._rates:
            return 0.0
        alarmed, silent = self._own.get(kind, (0.0, 0.0))
        return (_OWN_PRIOR[0] + alarmed) / (sum(_OWN_PRIOR) + alarmed + silent)

    def failed(self, domain: int, *, alarmed: bool) -> None:
        """Learn from a failure whether equipment of this type alarms when it fails."""
        counts = self._own.setdefault(self._topology.type_of(domain), [0.0, 0.0])
        counts[0 if alarmed else 1] += 1.0

    def _children_share(self, domain: int, since: float, now: float) -> float:
        if not self._standing:
            return 0.0
        children = self._noticing(domain)
        alarmed = self._alarmed(children, since)
        if not alarmed:
            return 0.0
        if_well = self._if_well(children[0], now, now - since)
        found = alarmed * math.log(max(1.0, _CHILD_IF_FAILED / if_well))
        found += (len(children) - alarmed) * math.log(1.0 - _CHILD_IF_FAILED)
        return min(max(found, 0.0), _MOST_FROM_CHILDREN)

    def _below_a_child(self, domain: int, since: float, now: float) -> float:
        """Return what speaks for one of the children that alarm: it follows from the parent's too.

        Else a card whose ports alarm would always be likelier than its OLT, whatever alarms there.
        """
        alarmed = self._by_domain.keys() & self._noticing(domain)
        return max((self._children_share(child, since, now) for child in alarmed), default=0.0)

    def _alarmed(self, domains: tuple[int, ...], since: float) -> int:
        """Count those with a standing alarm of `since` or later."""
        return sum(
            any(self._standing[alarm].tau >= since for alarm in self._by_domain[domain])
            for domain in self._by_domain.keys() & domains
        )

    def _noticing(self, domain: int) -> tuple[int, ...]:
        """Return what alarms when `domain` fails: its children; for a dead cable, the cards."""
        children = self._topology.children(domain)
        if not self.is_passive(domain) or not all(map(self.is_passive, children)):
            return children
        found = self._noticed_by.get(domain)
        if found is None:
            found = self._noticed_by[domain] = self._sharing(domain)
        return found

    def _sharing(self, domain: int) -> tuple[int, ...]:
        """Return the smaller equipment that can alarm and has customers with a passive domain."""
        topology = self._topology
        sizes = topology.sizes
        if sizes[domain] > _LARGEST_PASSIVE:
            return ()
        others, shared = topology.shared_counts(domain)
        return tuple(
            other
            for other, count in zip(others.tolist(), shared.tolist(), strict=True)
            if count >= _NOTICED_SHARE * sizes[other]
            and sizes[other] < sizes[domain]
            and topology.name(other) in topology.graph
            and not self.is_passive(other)
        )

    def _seen(self, domain: int, tau: float) -> None:
        """Follow how often equipment of this type alarms (decayed count)."""
        self._heard_in_all += 1.0
        kind = self._topology.type_of(domain)
        count, last = self._rates.get(kind, [0.0, tau])
        self._rates[kind] = [count * 2.0 ** (-(tau - last) / _RATE_HALF_LIFE) + 1.0, tau]

    def _if_well(self, child: int, now: float, window: float) -> float:
        """Return P(equipment like this child alarms within `window` τ while all is well)."""
        kind = self._topology.type_of(child)
        count, last = self._rates.get(kind, [0.0, now])
        exposure = min(now, _RATE_HALF_LIFE / math.log(2)) + _RATE_PRIOR
        rate = count * 2.0 ** (-(now - last) / _RATE_HALF_LIFE) / exposure
        per_child = rate / max(1, len(self._topology.types[kind]))
        return max(_CHILD_IF_WELL, 1.0 - math.exp(-per_child * window))

    def follow(self, domains: frozenset[int], since: float) -> None:
        """Take note that customers called about these domains: their alarms since meant it."""
        for trial in self._trials:
            if trial.tau >= since and trial.domain in domains:
                trial.followed = True

    def learn(self, tau: float) -> None:
        """Book the outcome of alarms that are old enough."""
        while self._trials and self._trials[0].tau < tau - _OUTCOME_TAU:
            trial = self._trials.popleft()
            self._book(trial.kind, 1.0, followed=trial.followed)
            self._booked.pop(trial.alarm, None)
            self._booked[trial.alarm] = Booked(trial.kind, trial.followed, tau)
        drop_oldest(self._booked, lambda booked: booked.tau < tau - _BOOKED_TAU)

    def _book(self, kind: str, count: float, *, followed: bool) -> None:
        outcome = self._outcomes.setdefault(kind, [0.0, 0.0])
        column = 0 if followed else 1
        outcome[column] = max(0.0, outcome[column] + count)

    def judge(self, alarms: Iterable[str], *, followed: bool, extra: float) -> tuple[str, ...]:
        """Take a person's word for whether customers followed these alarms.

        An outcome that is booked otherwise is moved; each of their kinds, which are returned,
        counts `extra` more.
        """
        kinds: dict[str, None] = {}
        wanted = frozenset(alarms)
        for trial in self._trials:
            if trial.alarm in wanted:
                trial.followed = followed
                kinds[trial.kind] = None
        for alarm in sorted(wanted):
            booked, standing = self._booked.get(alarm), self._standing.get(alarm)
            if booked is not None:
                kinds[booked.kind] = None
                if booked.followed != followed:
                    self._book(booked.kind, -1.0, followed=booked.followed)
                    self._book(booked.kind, 1.0, followed=followed)
                    booked.followed = followed
            elif standing is not None:
                kinds[self.kind(standing)] = None
        for kind in kinds:
            self._book(kind, extra, followed=followed)
        return tuple(kinds)

    def take_back(self, kinds: Iterable[str], extra: float) -> None:
        """Undo what a confirmation has given to these kinds."""
        for kind in kinds:
            self._book(kind, -extra, followed=True)

    def state(self) -> dict[str, Any]:
        """Return everything, for a snapshot."""
        return {
            "standing": list(self._standing.values()),
            "heard": self._heard,
            "expected": list(self._expected),
            "trials": list(self._trials),
            "booked": self._booked,
            "outcomes": self._outcomes,
            "rates": self._rates,
            "own": self._own,
            "heard_in_all": self._heard_in_all,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Stand where `state` was taken."""
        self._standing = {a.id: a for a in msgspec.convert(state["standing"], list[Standing])}
        self._by_domain = {}
        for alarm in self._standing.values():
            self._by_domain.setdefault(alarm.domain, {})[alarm.id] = None
        self._heard = state["heard"]
        self._expected = dict.fromkeys(state["expected"])
        self._trials = deque(msgspec.convert(state["trials"], list[Trial]))
        self._booked = msgspec.convert(state["booked"], dict[str, Booked])
        self._outcomes = state["outcomes"]
        self._rates = state["rates"]
        self._own = state["own"]
        self._heard_in_all = state["heard_in_all"]


def _clip(nats: float) -> float:
    return min(max(nats, _CLIP[0]), _CLIP[1])
