"""Alarms that have one cause: grouped as they come, along what fails and what goes dark together.

An alarm joins a group with an alarm on equipment that takes its own along, or hides it from
supervision; and groups below it that are young: the parent's own alarm often comes after its
children's. Children of one parent whose alarms come together make the parent the root, silent as it
is, where that is likelier than chance (`AlarmHierarchy.children_weight`). On a ring, neighbours
join.

What stood before is no part of a group: a card whose alarm is a month old is not down because its
node fails now.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, Protocol

import msgspec

from correlator.engine.alarms.company import AlarmCompany
from correlator.engine.alarms.doubtful import DoubtfulAlarms
from correlator.engine.alarms.relations import Relations
from correlator.engine.alarms.roots import AlarmGroup, AlarmRoots
from correlator.engine.alarms.standing import CHILD_WINDOW, Standing
from correlator.engine.alarms.tuning import TUNING
from correlator.engine.state.carry import Renumbering
from correlator.model import DAY, Millis
from topology import Scope, Topology


class Hierarchy(Protocol):
    """Evidence of alarms along the network; see `hierarchy.AlarmHierarchy`."""

    def children_weight(self, parent: int, since: float, now: float) -> float:
        """Return the log likelihood ratio, in nats, for `parent` of which children alarm."""


class AlarmGroups:
    """The groups of alarms that are not over; the only one that changes them."""

    def __init__(self, topology: Topology, relations: Relations, hierarchy: Hierarchy) -> None:
        self._topology = topology
        self._hierarchy = hierarchy
        self._relations = relations
        self._roots = AlarmRoots(topology, self._relations)
        self._company = AlarmCompany(topology.type_names, self._relations)
        self._groups: dict[int, AlarmGroup] = {}
        self.pending: dict[int, AlarmGroup] = {}  # changed since they were shown
        self._of: dict[str, int] = {}  # alarm → group
        self._on: dict[int, set[int]] = {}  # domain → groups with an alarm on it
        self._below: dict[int, set[int]] = {}  # domain → groups with an alarm below it
        self._doubtful = DoubtfulAlarms(self._relations)
        self._givers = frozenset(chain.from_iterable(self._relations.powering.values()))
        self._batteries: list[Standing] = []  # standing alarms of what gives power, in no group
        self._next = 1

    def __iter__(self) -> Iterator[AlarmGroup]:
        return iter(list(self._groups.values()))

    def of(self, alarm: str) -> AlarmGroup | None:
        """Return the group that an alarm is in, None where it is in none."""
        return self._groups.get(self._of.get(alarm, 0))

    def cause_of(self, group: AlarmGroup) -> Scope:
        """Return the cause that explains the alarms of a group best."""
        return self._roots.of(group)

    # ------------------------------------------------------------------------------- alarms

    def raised(self, alarm: Standing, now: float) -> None:
        """Group an alarm that has been raised; `now` in τ.

        One that by itself tells nothing joins what comes together with it, before or after.
        """
        tells = self._company.tells(alarm)
        found = self._related(alarm) if tells else self._next_to(alarm)
        around = self._doubtful.around(alarm)
        if not tells and not found and len(around) < TUNING.tell_together:
            self._doubtful.add(alarm)
            if alarm.domain in self._givers:
                self._batteries.append(msgspec.structs.replace(alarm))
            return
        group = min(found, key=lambda one: one.number) if found else self._begin(alarm)
        for other in found:
            if other is not group:
                self._absorb(group, other)
        self._add(group, alarm)
        for one in (*around, *self._emptied(alarm)):
            self._add(group, one)
        if tells:
            self._climb(group, now)

    def _add(self, group: AlarmGroup, alarm: Standing) -> None:
        """Put an alarm into a group; it may be higher than its root."""
        self._take_out(alarm.id)
        far_end = not self._relations.links(alarm.domain).isdisjoint(group.began)
        group.alarms[alarm.id] = alarm.domain
        group.standing[alarm.id] = None
        group.began.setdefault(alarm.domain, alarm.arrived)
        group.first, group.last = min(group.first, alarm.arrived), max(group.last, alarm.arrived)
        group.over = None
        self.pending[group.number] = group
        self._of[alarm.id] = group.number
        self._index(group, alarm.domain)
        if not far_end:  # the other end of a link that is cut has not failed
            group.root = self._root_with(group.root, alarm.domain)

    def _take_out(self, alarm: str) -> None:
        """Drop an alarm from those in no group."""
        self._doubtful.drop(alarm)
        self._batteries = [one for one in self._batteries if one.id != alarm]

    def _emptied(self, alarm: Standing) -> list[Standing]:
        """Return the alarms of what gives its equipment power, whose battery is empty now."""
        givers = self._relations.powering.get(alarm.domain, ())
        since = alarm.arrived - TUNING.root_lasts
        return [one for one in self._batteries if one.domain in givers and one.arrived >= since]

    def cleared(self, alarm: str, time: Millis) -> None:
        """Record that an alarm has cleared."""
        self._take_out(alarm)
        group = self.of(alarm)
        if group is None or alarm not in group.standing:
            return
        del group.standing[alarm]
        self.pending[group.number] = group
        if not group.standing:
            group.over = time

    def _related(self, alarm: Standing) -> list[AlarmGroup]:
        """Return the groups that an alarm belongs to which tells of a failure."""
        above = {alarm.domain, *self._topology.above(alarm.domain)}
        above.update(self._relations.hides.get(alarm.domain, ()))
        numbers = self._groups_on(above)
        beside = self._groups_on(self._relations.links(alarm.domain))
        young = set(self._below.get(alarm.domain, ())) | beside
        near = [group for group in self._numbered(numbers) if _open(group, alarm)]
        near += [
            group for group in self._numbered(young - numbers) if _is_young(group, alarm.arrived)
        ]
        return sorted(near, key=lambda group: group.number)

    def _next_to(self, alarm: Standing) -> list[AlarmGroup]:
        """Return the groups that have just had an alarm next to one that alone tells nothing."""
        if not self._groups:
            return []
        since = alarm.arrived - TUNING.at_once
        near = self._groups_on(self._relations.next_to(alarm.domain))
        return [
            group
            for group in self._numbered(sorted(near))
            if group.last >= since and alarm.domain not in group.began
        ]

    def _groups_on(self, domains: Iterable[int]) -> set[int]:
        """Return the numbers of the groups with an alarm on one of these."""
        return {number for domain in domains for number in self._on.get(domain, ())}

    def _numbered(self, numbers: Iterable[int]) -> list[AlarmGroup]:
        return [self._groups[number] for number in numbers]

    def _begin(self, alarm: Standing) -> AlarmGroup:
        group = AlarmGroup(
            self._next, alarm.domain, {}, {}, {}, alarm.arrived, alarm.arrived, alarm.tau
        )
        self._next += 1
        self._groups[group.number] = group
        return group

    def _absorb(self, group: AlarmGroup, other: AlarmGroup) -> None:
        """Put the alarms of another group into a group, under the higher root of both."""
        self._unindex(other)
        self.pending.pop(other.number, None)
        del self._groups[other.number]
        group.alarms = {**group.alarms, **other.alarms}
        group.standing = {**group.standing, **other.standing}
        for domain, began in other.began.items():
            group.began[domain] = min(began, group.began.get(domain, began))
        group.first, group.last = min(group.first, other.first), max(group.last, other.last)
        group.tau = min(group.tau, other.tau)
        group.replaced += [other.incident, *other.replaced]
        group.incident = group.incident or other.incident
        self._of.update((a, group.number) for a in other.alarms if self.of(a) is None)
        for domain in other.began:
            self._index(group, domain)
        group.root = self._root_with(group.root, other.root)

    # -------------------------------------------------------------------------------- roots

    def _root_with(self, root: int, domain: int) -> int:
        """Return the root of two: the higher one, the first where neither takes the other along."""
        return domain if self._relations.takes_along(domain, root) else root

    def _climb(self, group: AlarmGroup, now: float) -> None:
        """Make a silent parent the root, where the alarms of its children speak for it."""
        outside = self._topology.domain_count - 1
        for parent in self._topology.parents(group.root):
            if parent == outside:
                continue
            weight = self._hierarchy.children_weight(parent, now - CHILD_WINDOW, now)
            if weight < TUNING.silent_parent:
                continue
            below = self._numbered(sorted(self._below.get(parent, ())))
            beside = [other for other in below if _is_young(other, group.last)]
            if len(beside) > 1:
                for other in beside:
                    if other is not group:
                        self._absorb(group, other)
                group.root = parent
                return

    def _index(self, group: AlarmGroup, domain: int) -> None:
        self._on.setdefault(domain, set()).add(group.number)
        for above in self._topology.above(domain):
            self._below.setdefault(above, set()).add(group.number)

    def _unindex(self, group: AlarmGroup) -> None:
        for domain in group.began:
            self._on[domain].discard(group.number)
            for above in self._topology.above(domain):
                self._below[above].discard(group.number)

    # ------------------------------------------------------------------------- what is shown

    def shown(self, group: AlarmGroup, incident: int, name: str) -> None:
        """Record that a group has been shown as part of an incident; 0 and "" as part of none."""
        group.incident, group.name, group.replaced = incident, name, []
        self.pending.pop(group.number, None)

    def forget(self, before: Millis) -> None:
        """Drop the groups of which nothing has stood since then."""
        self._company.forget(before - DAY)
        since = before - TUNING.root_lasts
        self._batteries = [one for one in self._batteries if one.arrived >= since]
        for group in self:
            if group.over is not None and group.over < before and group.number not in self.pending:
                self._unindex(group)
                del self._groups[group.number]
                for alarm in group.alarms:
                    if self._of.get(alarm) == group.number:  # else it has come again since
                        del self._of[alarm]

    # ------------------------------------------------------------------------------ snapshot

    def state(self) -> dict[str, Any]:
        """Return all groups, for a snapshot."""
        return {
            "groups": list(self._groups.values()),
            "pending": list(self.pending),
            "next": self._next,
            "company": self._company.state(),
            "doubtful": self._doubtful.state(),
            "batteries": self._batteries,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Restore what `state` returned."""
        self._stand(msgspec.convert(state["groups"], list[AlarmGroup]), state)
        self._company.restore(state["company"])
        self._doubtful.restore(msgspec.convert(state["doubtful"], list[Standing]))
        self._batteries = msgspec.convert(state["batteries"], list[Standing])

    def carry_over(self, state: dict[str, Any], moved: Renumbering) -> None:
        """Keep the groups whose root another inventory has as well, with the alarms it knows."""
        groups = msgspec.convert(state["groups"], list[AlarmGroup])
        kept = [new for group in groups if (new := group.carried_over(moved)) is not None]
        ended = {one.number for one in kept if one.over == moved.now}
        self._stand(kept, {**state, "pending": dict.fromkeys([*state["pending"], *ended])})
        self._company.carry_over(state["company"])

    def _stand(self, groups: Sequence[AlarmGroup], state: dict[str, Any]) -> None:
        self._next = state["next"]
        self._groups = {group.number: group for group in groups}
        waiting = [number for number in state["pending"] if number in self._groups]
        self.pending = {number: self._groups[number] for number in waiting}
        self._of = {a: group.number for group in groups for a in group.alarms}
        self._of.update((a, group.number) for group in groups for a in group.standing)
        self._on, self._below = {}, {}
        for group in self._groups.values():
            for domain in group.began:
                self._index(group, domain)


def _open(group: AlarmGroup, alarm: Standing) -> bool:
    """Return whether a group can still take an alarm below its root."""
    if alarm.arrived - group.first > TUNING.root_lasts:
        return False
    stands = (group.alarms[one] == group.root for one in group.standing)
    return _is_young(group, alarm.arrived) or any(stands)


def _is_young(group: AlarmGroup, now: Millis) -> bool:
    """Return whether a group has just had an alarm, and is not so old that chance joins it."""
    return now - group.last <= TUNING.together and now - group.first <= TUNING.root_lasts
