"""Which incidents of two runs are the same, and what became of the others.

Two are about the same where they share tickets, a fifth of the smaller at least, or where they name
the same cause within an hour. What hangs together that way is one change.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from enum import StrEnum

import msgspec
import networkx as nx

from correlator.model import HOUR, MINUTE, Millis
from correlator.tools.backtest.history import Decided

SHARE = 0.2
NEAR: Millis = HOUR
AT_ONCE: Millis = MINUTE
"""Announcements that differ by less are as early."""


class Kind(StrEnum):
    """What became of an incident under other rules."""

    SAME = "same"
    EARLIER = "earlier"
    LATER = "later"
    RENAMED = "renamed"
    SPLIT = "split"
    MERGED = "merged"
    LOST = "lost"
    GAINED = "gained"


class Change(msgspec.Struct, frozen=True):
    """Incidents of both runs that are about the same.

    `before` and `after` by announcement; one of them may be empty. `minutes`: by how much the first
    announcement is later (below 0: earlier), None where one run has none. `raised`: those that were
    really announced then and are about the same, which people have judged.
    """

    kind: Kind
    before: tuple[Decided, ...] = ()
    after: tuple[Decided, ...] = ()
    minutes: float | None = None
    raised: tuple[Decided, ...] = ()

    @property
    def announced(self) -> Millis:
        """When the first of them was announced."""
        return min(one.announced for one in (*self.before, *self.after))


def compare(
    before: Sequence[Decided], after: Sequence[Decided], raised: Sequence[Decided] | None = None
) -> list[Change]:
    """Return what became of all incidents of two runs, by announcement.

    `raised`: what was really announced then; None: `before`.
    """
    graph: nx.Graph[tuple[str, int]] = nx.Graph()
    graph.add_nodes_from(("before", n) for n in range(len(before)))
    graph.add_nodes_from(("after", n) for n in range(len(after)))
    graph.add_edges_from((("before", n), ("after", m)) for n, m in _pairs(before, after))
    changes = []
    for together in nx.connected_components(graph):
        own = [before[n] for side, n in together if side == "before"]
        others = [after[n] for side, n in together if side == "after"]
        changes.append(_change(_by_announcement(own), _by_announcement(others)))
    judged = [
        msgspec.structs.replace(change, raised=change.before if raised is None else found)
        for change, found in zip(changes, _real(changes, raised or ()), strict=True)
    ]
    return sorted(judged, key=lambda change: (change.announced, change.kind))


def _real(changes: Sequence[Change], raised: Sequence[Decided]) -> list[tuple[Decided, ...]]:
    """Return, of each change, the incidents that were really announced and are about the same."""
    every = [(one, place) for place, c in enumerate(changes) for one in (*c.before, *c.after)]
    found: list[dict[int, None]] = [{} for _ in changes]
    for n, m in _pairs(raised, [one for one, _ in every]):
        found[every[m][1]][n] = None
    return [tuple(raised[n] for n in sorted(numbers)) for numbers in found]


def _by_announcement(some: list[Decided]) -> tuple[Decided, ...]:
    return tuple(sorted(some, key=lambda one: (one.announced, one.id)))


def _pairs(before: Sequence[Decided], after: Sequence[Decided]) -> Iterator[tuple[int, int]]:
    by_ticket, by_cause = defaultdict[str, list[int]](list), defaultdict[str, list[int]](list)
    for m, other in enumerate(after):
        by_cause[other.incident.domain].append(m)
        for ticket in other.tickets:
            by_ticket[ticket].append(m)
    for n, one in enumerate(before):
        near = {m for ticket in one.tickets for m in by_ticket.get(ticket, ())}
        near.update(by_cause.get(one.incident.domain, ()))
        yield from ((n, m) for m in sorted(near) if _is_same(one, after[m]))


def _is_same(one: Decided, other: Decided) -> bool:
    shared = len(set(one.tickets) & set(other.tickets))
    fewest = min(len(one.tickets), len(other.tickets))
    if shared and shared >= SHARE * fewest:
        return True
    apart = abs(one.incident.onset - other.incident.onset)
    return one.incident.domain == other.incident.domain and apart <= NEAR


def _change(before: tuple[Decided, ...], after: tuple[Decided, ...]) -> Change:
    if not before:
        return Change(Kind.GAINED, (), after)
    if not after:
        return Change(Kind.LOST, before, ())
    later = after[0].announced - before[0].announced
    return Change(_kind(before, after, later), before, after, round(later / MINUTE, 1))


def _kind(before: Sequence[Decided], after: Sequence[Decided], later: Millis) -> Kind:
    if len(after) != len(before):
        return Kind.SPLIT if len(after) > len(before) else Kind.MERGED
    if sorted(one.incident.domain for one in before) != sorted(o.incident.domain for o in after):
        return Kind.RENAMED
    if abs(later) < AT_ONCE:
        return Kind.SAME
    return Kind.EARLIER if later < 0 else Kind.LATER
