"""The alarm book: standing alarms, and the weight of an alarm as evidence.

The weight is the log of the odds that customers follow such an alarm (a Beta–binomial estimate, see
`outcomes`) over the odds that a given domain fails within half an hour, clipped to [−2, 8] nats. It
enters the statistic and the comparison of causes as prior log odds.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from correlator.engine.alarms.outcomes import AlarmOutcomes
from correlator.engine.alarms.standing import Standing, clip
from correlator.engine.alarms.tuning import TUNING
from correlator.engine.alarms.types import AlarmingTypes
from correlator.engine.arrays import drop_oldest
from correlator.engine.state.carry import Renumbering
from correlator.model import Alarm, AlarmState, Millis
from topology import Topology


class AlarmBook:
    """Standing alarms; `outcomes` by kind of alarm, alarm rates by `types` of domain."""

    def __init__(self, topology: Topology) -> None:
        self._types = topology.type_names
        self.outcomes = AlarmOutcomes()
        self.types = AlarmingTypes(topology)
        self._standing: dict[str, Standing] = {}
        self._by_domain: dict[int, dict[str, None]] = {}
        self._heard: dict[str, Millis] = {}  # alarm → arrival of its last record
        self._expected: dict[str, None] = {}
        self.empty = True
        """Whether no alarm stands."""
        self.changes = 0
        """Rises with every alarm that comes to stand, or no longer does."""

    def take(self, alarm: Alarm, domain: int, tau: float) -> Standing | None:
        """Apply a record of an alarm; returns the alarm if it is newly raised, else None."""
        standing = self._standing.get(alarm.id)
        if self.is_late(alarm):
            return None  # something has changed since
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
        self.empty = False
        self.changes += 1
        self.types.heard(domain, tau)
        self.outcomes.begin(alarm.id, domain, kind_of(raised, self._types), tau)
        return raised

    def find(self, alarm: str) -> Standing | None:
        """Return an alarm that stands, or None."""
        return self._standing.get(alarm)

    def is_late(self, alarm: Alarm) -> bool:
        """Return whether a record came after one that arrived later."""
        return alarm.arrived < self._heard.get(alarm.id, 0)

    def count_from(self, standing: Standing, tau: float) -> None:
        """Count an alarm that planned works had suppressed from τ on."""
        standing.tau = tau

    # --------------------------------------------------------------------- standing alarms

    def expect(self, standing: Standing, rule: int, after: Millis) -> None:
        """Have `due` return the alarm once it has stood for `after` ms."""
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
        self.empty = not self._standing
        self.changes += 1

    def forget(self, before: Millis) -> list[str]:
        """Drop alarms that arrived before then and whose clear never came; returns their ids."""
        old = [alarm for alarm in self._standing.values() if alarm.arrived < before]
        for standing in old:
            self._remove(standing)
        return [alarm.id for alarm in old]

    def forget_records(self, before: Millis) -> None:
        """Drop the arrival times by which late records are known."""
        drop_oldest(self._heard, lambda heard: heard < before)

    def standing(self) -> list[Standing]:
        """Return all standing alarms, in the order in which they were raised."""
        return list(self._standing.values())

    def on(self, domain: int) -> list[Standing]:
        """Return the standing alarms of a domain, in the order in which they were raised."""
        return [self._standing[a] for a in self._by_domain.get(domain, {})]

    def any_on(self, domain: int) -> bool:
        """Return whether an alarm of a domain stands."""
        return domain in self._by_domain

    def alarmed(self, domains: Iterable[int]) -> set[int]:
        """Return those of the domains on which an alarm stands."""
        return self._by_domain.keys() & domains

    def since(self, domain: int, tau: float) -> bool:
        """Return whether an alarm of τ or later stands on an alarmed domain."""
        return any(self._standing[alarm].tau >= tau for alarm in self._by_domain[domain])

    # ---------------------------------------------------------------- weights and outcomes

    def share_followed(self, standing: Standing, start: float) -> float:
        """Return P(customers follow such an alarm), from the rule's starting share."""
        return self.outcomes.share_followed(kind_of(standing, self._types), start)

    def weight(self, standing: Standing, start: float) -> float:
        """Return the alarm's weight in nats for a rule with this starting share; 0 if none."""
        if start <= 0:
            return 0.0
        share = min(self.share_followed(standing, start), 0.99)
        return clip(math.log(share / (1.0 - share) / TUNING.base_odds))

    def judge(self, alarms: Iterable[str], *, followed: bool, extra: float) -> tuple[str, ...]:
        """Correct by a person's verdict whether customers followed; see `AlarmOutcomes`."""
        wanted = frozenset(alarms)
        found = (self._standing[alarm] for alarm in wanted if alarm in self._standing)
        standing = {one.id: kind_of(one, self._types) for one in found}
        return self.outcomes.judge(wanted, standing, followed=followed, extra=extra)

    def undo(self, kinds: Iterable[str], extra: float) -> None:
        """Undo the extra counts of a confirmation for these kinds."""
        self.outcomes.undo(kinds, extra)

    # ------------------------------------------------------------------------------ snapshot

    def state(self) -> dict[str, Any]:
        """Return everything, for a snapshot."""
        return {
            "standing": list(self._standing.values()),
            "heard": self._heard,
            "expected": list(self._expected),
            "outcomes": self.outcomes.state(),
            "types": self.types.state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Restore what `state` returned."""
        self._stand(msgspec.convert(state["standing"], list[Standing]))
        self._heard = state["heard"]
        self._expected = dict.fromkeys(state["expected"])
        self.outcomes.restore(state["outcomes"])
        self.types.restore(state["types"])

    def _stand(self, alarms: Iterable[Standing]) -> None:
        self._standing = {alarm.id: alarm for alarm in alarms}
        self._by_domain = {}
        for alarm in self._standing.values():
            self._by_domain.setdefault(alarm.domain, {})[alarm.id] = None
        self.empty = not self._standing
        self.changes += 1

    def carry_over(self, state: dict[str, Any], moved: Renumbering) -> None:
        """Keep the alarms on equipment that another inventory has as well."""
        before = msgspec.convert(state["standing"], list[Standing])
        self._stand(
            msgspec.structs.replace(alarm, domain=domain)
            for alarm in before
            if (domain := moved.domain(alarm.domain)) is not None
        )
        self._heard = state["heard"]
        self.outcomes.carry_over(state["outcomes"])
        self.types.restore(state["types"])


def kind_of(alarm: Standing, types: Sequence[str]) -> str:
    """Return the class that an alarm is learned with; `types`: of each domain."""
    return f"{types[alarm.domain]}/{alarm.cause}/{alarm.severity}"
