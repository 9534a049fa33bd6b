"""How well incidents of the network gather the alarms of one outage, and name its cause."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING, Any

from correlator.tools.answers import share_of
from correlator.tools.worldfiles import seconds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from correlator.tools.worldfiles import Incident, Outage, Truth

_Together = frozenset[int]
"""The incidents that hold an alarm."""


def network_measures(truth: Truth, incidents: Sequence[Incident]) -> dict[str, Any]:
    """Return the measures of network incidents, by the names of `Measures`.

    Alarms of planned works are left out; those of no outage belong with none.
    """
    counted = sorted(
        (one for one in incidents if one.counts),
        key=lambda one: (seconds(one.creation_date), one.id),
    )
    works = {alarm for one in truth.outages if one.planned for alarm in one.alarms}
    unplanned = [outage for outage in truth.outages if not outage.planned]
    owner = {alarm: outage.id for outage in unplanned for alarm in outage.alarms}
    held = _held(counted, works)
    both = sum(
        _pairs_together(Counter(held[alarm] for alarm in set(outage.alarms) if alarm in held))
        for outage in unplanned
    )
    wanted = sum(comb(count, 2) for count in Counter(owner.values()).values())
    gathered = [outage for outage in unplanned if len(outage.alarms) > 1]
    right = sum(_names_cause(outage, counted) for outage in gathered)
    return {
        "network_incidents": len(counted),
        "pair_precision": share_of(both, _pairs_together(Counter(held.values()))),
        "pair_recall": share_of(both, wanted),
        "network_right_cause": share_of(right, len(gathered)),
    }


def _held(incidents: Sequence[Incident], without: set[str]) -> dict[str, _Together]:
    """Return in which incidents each alarm is."""
    held: dict[str, set[int]] = defaultdict(set)
    for number, incident in enumerate(incidents):
        for alarm in incident.alarms:
            if alarm.id not in without:
                held[alarm.id].add(number)
    return {alarm: frozenset(numbers) for alarm, numbers in held.items()}


def _pairs_together(groups: Mapping[_Together, int]) -> int:
    """Count the pairs of alarms that share an incident; `groups`: alarms in the same ones."""
    inside = sum(comb(count, 2) for count in groups.values())
    several = [group for group in groups if len(group) > 1]
    if not several:
        return inside
    between = (pair for pair in combinations(groups, 2) if not pair[0].isdisjoint(pair[1]))
    return inside + sum(groups[one] * groups[other] for one, other in between)


def _names_cause(outage: Outage, incidents: Sequence[Incident]) -> bool:
    """Whether the incident with most of its alarms, the earliest of equal ones, names its cause."""
    own = frozenset(outage.alarms)
    shares = [len(own & incident.alarm_ids) for incident in incidents]
    most = max(shares, default=0)
    return most > 0 and incidents[shares.index(most)].cause in outage.right
