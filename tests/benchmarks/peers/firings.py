"""What a peer found, beside the truth, by the measures that the engine is judged by.

A rule that counts tells when and where the number was full. What it counted is looked up in the
feed: a peer that forgets it is not judged worse for that.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from correlator.formats.times import to_rfc3339
from correlator.model import MINUTE
from correlator.tools.evaluate import measure
from correlator.tools.worldfiles import Incident, Named, Truth

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from correlator.model import Millis
    from tests.benchmarks.peers.feed import Item


class Count(NamedTuple):
    """A rule that counts new events of one node within a window."""

    name: str
    kind: str
    minutes: int
    enough: int


ALARMS = Count("alarms", "alarm", 15, 3)
TICKETS = Count("tickets", "ticket", 60, 5)
"""Of the fixed threshold that `correlator evaluate --baseline threshold` compares with."""
COUNTS = (ALARMS, TICKETS)
_LAST = "\U0010ffff"
"""After every id."""


class Firing(NamedTuple):
    """A rule that fired: when, and where."""

    rule: str
    at: Millis
    node: str


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What was found; None = the peer is not made for it."""

    announced: int | None = None
    """Groups of tickets told."""
    due: int | None = None
    """Outages with enough callers to be seen."""
    found: int | None = None
    """Of these, with a group of their tickets."""
    false_per_week: float | None = None
    pieces: float | None = None
    """Groups of an outage that has any."""
    right: float | None = None
    """Share of outages whose largest group names the cause."""
    near: float | None = None
    """The same, or the next equipment up or down."""
    delay: float | None = None
    """Seconds after the fourth caller, median."""
    groups: int | None = None
    """Groups of alarms told."""
    together: float | None = None
    """Pairs of alarms of one outage that are in one group."""
    pure: float | None = None
    """Pairs of alarms in one group that are of one outage."""
    root: float | None = None
    """Share of outages with two alarms or more whose largest group names the cause."""


def incidents_of(
    firings: Iterable[Firing], items: Sequence[Item], rule: Count, *, holds: bool = False
) -> list[Incident]:
    """Return a rule's firings as incidents, with what was counted.

    `holds`: what comes later in the window is silently a part of it, and not of the next one.
    """
    counted: dict[str, list[tuple[Millis, str]]] = defaultdict(list)
    for item in items:
        if item.kind == rule.kind and item.counts:
            counted[item.node].append((item.at, item.id))
    return [
        _incident(
            f"{rule.name}-{number:06}",
            firing,
            rule,
            _members(firing, counted[firing.node], rule, holds=holds),
        )
        for number, firing in enumerate(one for one in firings if one.rule == rule.name)
    ]


def _members(
    firing: Firing, there: list[tuple[Millis, str]], rule: Count, *, holds: bool
) -> tuple[Named, ...]:
    """Return what a firing counted: all within its window. `there`: what came at its node."""
    window = rule.minutes * MINUTE
    begin = bisect_right(there, (firing.at - window, _LAST))
    last = firing.at
    if holds and begin < len(there):
        last = there[begin][0] + window
    end = bisect_right(there, (last, _LAST))
    return tuple(dict.fromkeys(Named(name) for _, name in there[begin:end]))


def _incident(name: str, firing: Firing, rule: Count, members: tuple[Named, ...]) -> Incident:
    return Incident(
        id=name,
        creation_date=to_rfc3339(firing.at),
        root_cause=(Named(firing.node),),
        tickets=members if rule.kind == "ticket" else (),
        alarms=members if rule.kind == "alarm" else (),
    )


def judge(
    truth: Truth,
    tickets: Sequence[Incident] | None = None,
    alarms: Sequence[Incident] | None = None,
) -> Found:
    """Hold groups of tickets and of alarms to the truth; None = there are none to judge."""
    told = measure(truth, tickets or (), network=alarms)
    about_tickets = {
        "announced": told.incidents,
        "due": told.due,
        "found": told.due_found,
        "false_per_week": told.false_per_week,
        "pieces": told.per_outage,
        "right": told.right_cause,
        "near": told.near_cause,
        "delay": told.delay_median,
    }
    about_alarms = {
        "groups": told.network_incidents,
        "together": told.pair_recall,
        "pure": told.pair_precision,
        "root": told.network_right_cause,
    }
    return Found(
        **(about_tickets if tickets is not None else {}),
        **(about_alarms if alarms is not None else {}),
    )
