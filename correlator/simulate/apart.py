"""Which outages would touch each other, so that the truth about one stays its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from correlator.simulate.domains import above, nodes_of, parts_of
from correlator.simulate.settings import HOUR

if TYPE_CHECKING:
    from collections.abc import Iterable

    from correlator.simulate.network import Network
    from correlator.simulate.outages import Outage


class Reach(NamedTuple):
    """What an outage is, and what it hangs on; names of domains and of rings."""

    own: frozenset[str]
    branch: frozenset[str]

    def meets(self, other: Reach) -> bool:
        """Whether one is, or hangs on, the other."""
        return bool(self.own & other.branch or other.own & self.branch)


def apart(outages: list[Outage], network: Network) -> list[Outage]:
    """Keep the outages that do not touch an earlier one of the same branch within three hours."""
    kept: list[tuple[Outage, Reach]] = []
    for outage in sorted(outages, key=lambda one: (not one.planned, one.start, one.cause)):
        reach = reach_of(network, outage.cause)
        if is_free(outage, reach, kept, 3 * HOUR):
            kept.append((outage, reach))
    return [outage for outage, _ in kept]


def is_free(
    outage: Outage, reach: Reach, others: Iterable[tuple[Outage, Reach]], margin: int
) -> bool:
    """Whether an outage touches none of the others, ``margin`` ms before and after included."""
    return not any(
        outage.start < other.end + margin
        and other.start < outage.end + margin
        and reach.meets(theirs)
        for other, theirs in others
    )


def reach_of(network: Network, cause: str) -> Reach:
    """Return the names of a cause and of everything it hangs on; a cable hangs on its DSLAM."""
    if "=" in cause:
        return Reach(frozenset({cause}), frozenset({cause, *parts_of(cause)}))
    nodes: set[int] = set()
    for node in nodes_of(network, cause):
        home = network.ups.get(node, network.equipment.home[node])
        nodes |= {node} | above(network, node)
        if home >= 0:
            nodes |= {home} | above(network, home)
    # Two faults of one ring at a time hit more than each alone: they are kept apart.
    rings = _rings_of(network, cause)
    branch = rings.union(network.equipment.ids[one] for one in nodes)
    return Reach(rings.union(parts_of(cause)), branch)


def _rings_of(network: Network, cause: str) -> frozenset[str]:
    """Return labels, that are no ids, of the rings that a cause weakens."""
    nodes = {network.ups.get(node, node) for node in nodes_of(network, cause)}
    return frozenset(
        ring_label(number)
        for number, ring in enumerate(network.rings)
        if not nodes.isdisjoint(ring.chain)
    )


def ring_label(number: int) -> str:
    """Return what stands for a ring among names of domains."""
    return f"ring {number}"
