"""Carrying a state over to another inventory or catalog: domains by name, rules by id.

What cannot be carried is left out: an incident whose domain or rule is gone, an alarm on equipment
that is gone. Burst statistics start again from rest, and so do rows for unnamed symptoms; what they
have learned of earlier failures stays with the rules. What has been called about everywhere in the
last half hour is counted anew; how far each hour of the day is to be doubted goes along.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec
import numpy as np

from correlator.engine.alarms import Standing
from correlator.engine.live import Live
from correlator.engine.recent import Seen
from correlator.engine.works import Work
from correlator.model import Reason, ReasonCode

if TYPE_CHECKING:
    from correlator.engine.parts import Parts

_Place: TypeAlias = Callable[[int], int | None]


def carry_over(
    state: dict[str, Any], names: Sequence[str], rules: Sequence[str], new: Parts
) -> None:
    """Put `new` where `state` stood.

    `names` and `rules`: the names of the domains and the ids of the rules that `state` counts by.
    """

    def place(domain: int) -> int | None:
        return new.topology.domain(names[domain])

    new.now, new.links_made = state["now"], state["links_made"]
    _rates(state["baseline"], names, new)
    new.advance(new.now)
    before = {rule: index for index, rule in enumerate(rules)}
    new.burst.carry_over(state["burst"], [before.get(rule.id, -1) for rule in new.catalog.rules])
    recent = state["recent"]
    for position, seen in enumerate(msgspec.convert(recent["seen"], list[Seen]), recent["first"]):
        domains = new.topology.domains_of(seen.customer)
        if domains is not None and recent["positions"].get(seen.ticket) == position:
            new.recent.add(msgspec.structs.replace(seen, domains=domains))
    kept, gone = _lives(state["incidents"]["live"], rules, place, new)
    closed, _ = _lives(state["incidents"]["closed"], rules, place, new)
    new.incidents.restore({**state["incidents"], "live": kept, "closed": closed})
    for live in gone:
        new.incidents.end(live, Reason(ReasonCode.EQUIPMENT_GONE), new.now)
    new.alarms.restore({**state["alarms"], **_alarms(state["alarms"], place)})
    new.works.restore({"works": _works(state["works"], place)})
    new.feeds.restore(state["feeds"])
    new.classifier.carry_over(state["classifier"])
    new.clusters.restore(state["clusters"])
    new.learned.carry_over(state["learned"], frozenset(rule.id for rule in new.catalog.rules))
    new.refresh()


def _rates(state: dict[str, Any], names: Sequence[str], new: Parts) -> None:
    before = {name: i for i, name in enumerate(names)}
    found = np.array([before.get(name, -1) for name in new.topology.names], np.int64)
    counts = np.where(found[:, None] >= 0, state["_domain_tickets"][found], 0.0)
    new.baseline.carry_over({**state, "_domain_tickets": counts})


def _lives(
    lives: list[Any], rules: Sequence[str], place: _Place, new: Parts
) -> tuple[list[Any], list[Live]]:
    """Return the incidents that live on, as plain values, and those whose place is gone."""
    index = {rule.id: i for i, rule in enumerate(new.catalog.rules)}
    kept: list[Any] = []
    gone: list[Live] = []
    for live in msgspec.convert(lives, list[Live]):
        domain, rule = place(live.domain), index.get(rules[live.rule])
        if domain is None or rule is None:
            gone.append(live)
            continue
        first = place(live.first_domain)
        moved = msgspec.structs.replace(
            live,
            domain=domain,
            first_domain=domain if first is None else first,
            rule=rule,
            customers=int(new.topology.sizes[domain]),
        )
        kept.append(msgspec.to_builtins(moved))
    return kept, gone


def _alarms(state: dict[str, Any], place: _Place) -> dict[str, Any]:
    standing = []
    for alarm in msgspec.convert(state["standing"], list[Standing]):
        domain = place(alarm.domain)
        if domain is not None:
            standing.append(msgspec.to_builtins(msgspec.structs.replace(alarm, domain=domain)))
    return {"standing": standing, "expected": [], "trials": []}


def _works(state: dict[str, Any], place: _Place) -> list[Any]:
    kept = []
    for work in msgspec.convert(state["works"], list[Work]):
        domains = tuple(d for old in work.domains if (d := place(old)) is not None)
        if domains:
            kept.append(msgspec.to_builtins(msgspec.structs.replace(work, domains=domains)))
    return kept
