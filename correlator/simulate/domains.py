"""Who is hit when an object fails, and which domains are next to it or the same."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from correlator.simulate.further import Ring
from correlator.simulate.network import MODELS, SERVICES, Lines, Network
from correlator.simulate.values import customers_with, equal_values, owners_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray


def failed_with(network: Network, *nodes: int) -> frozenset[int]:
    """Return the objects that fail when ``nodes`` fail together, themselves included.

    Redundancy is respected, and so are the two ways around a ring.
    """
    failed = set(nodes)
    queue = list(nodes)
    while queue:
        for child in network.equipment.children[queue.pop()]:
            if child not in failed and _fails(network, child, failed):
                failed.add(child)
                queue.append(child)
        if not queue:
            queue = [node for ring in network.rings for node in _cut_off(ring, failed)]
            failed.update(queue)
    return frozenset(failed)


def _cut_off(ring: Ring, failed: set[int]) -> set[int]:
    """Return the working switches of a ring that reach neither of its ends."""
    left = set(ring.switches) - failed
    for way in (ring.chain, ring.chain[::-1]):
        for node in way:
            if node in failed:
                break
            left.discard(node)
    return left


def _fails(network: Network, node: int, failed: set[int]) -> bool:
    uplinks = network.equipment.uplinks[node]
    if any(parent in failed for parent, group in uplinks if not group):
        return True
    groups = {group for _, group in uplinks if group}
    return any(all(parent in failed for parent, of in uplinks if of == group) for group in groups)


def parts_of(cause: str) -> list[str]:
    """Return the objects of an arc or the values of a combination; a simple cause alone."""
    return cause.split("&") if "=" in cause else cause.split("+")


def nodes_of(network: Network, cause: str) -> tuple[int, ...]:
    """Return the objects of a cause that is no attribute value."""
    return tuple(network.index[name] for name in parts_of(cause))


def customers_under(network: Network, *nodes: int) -> NDArray[np.int64]:
    """Return the customers (sorted indices) who are cut when ``nodes`` fail together."""
    node = nodes[0]
    name = network.equipment.ids[node]
    if name in SERVICES:
        return np.flatnonzero(network.services & (1 << SERVICES.index(name)))
    if network.equipment.types[node] == "cable":
        low, high = network.spans[network.equipment.home[node]]
        return low + np.flatnonzero(network.true.cable[low:high] == node)
    # The true access array is sorted, so an access object is a range of customers.
    failed = np.array(sorted(failed_with(network, *nodes)))
    begins = np.searchsorted(network.true.access, failed, "left")
    ends = np.searchsorted(network.true.access, failed, "right")
    ranges = [np.arange(a, b) for a, b in zip(begins, ends, strict=True) if b > a]
    return np.concatenate(ranges) if ranges else np.zeros(0, np.int64)


def customers_hit(network: Network, cause: str) -> NDArray[np.int64]:
    """Return the customers (sorted indices) whom a cause of any kind can hit."""
    if "=" in cause:
        return customers_with(network, cause)
    return customers_under(network, *nodes_of(network, cause))


def written_under(network: Network, cause: str, customers: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which customers the inventory places under a cause."""
    present = network.present[customers]
    if "=" in cause or cause in SERVICES:
        return present
    failed = np.array(sorted(failed_with(network, *nodes_of(network, cause))))
    lines: Lines = network.written
    hangs = np.isin(lines.access[customers], failed) | np.isin(lines.cable[customers], failed)
    return np.asarray(present & hangs)


def ring_at(network: Network, node: int) -> Ring | None:
    """Return the ring that a switch is on; None of anything else."""
    return next((ring for ring in network.rings if node in ring.switches), None)


def linked_with(network: Network, node: int) -> list[int]:
    """Return what is at the other end of a switch's or core router's links."""
    links = (pair for ring in network.rings for pair in pairwise(ring.chain) if node in pair)
    return sorted({other for pair in links for other in pair if other != node})


def above(network: Network, node: int) -> frozenset[int]:
    """Return everything ``node`` depends on, at any distance, redundant ways included.

    A switch on a ring depends on the ring's core routers; its fellows are beside it.
    """
    found: set[int] = set()
    queue = [node]
    while queue:
        one = queue.pop()
        ring = ring_at(network, one)
        parents = {parent for parent, _ in network.equipment.uplinks[one]}
        for parent in parents.union(ring.ends if ring else ()) - found:
            found.add(parent)
            queue.append(parent)
    return frozenset(found)


def near(network: Network, cause: str) -> list[str]:
    """Return the next domains down and up; of what has parts, the parts."""
    parts = parts_of(cause)
    if "=" in cause:
        if len(parts) > 1:
            return parts
        return sorted(f"cpe_model={MODELS[code]}" for code in owners_of(network, cause))
    if len(parts) > 1:
        return sorted({*parts, *_arcs_beside(network, cause)})
    node = network.index[cause]
    equipment = network.equipment
    if equipment.types[node] == "cable":
        return [equipment.ids[equipment.home[node]]]
    nodes = [*equipment.children[node], *(parent for parent, _ in equipment.uplinks[node])]
    nodes += linked_with(network, node)
    return [equipment.ids[other] for other in nodes]


def arc_name(network: Network, switches: Iterable[int]) -> str:
    """Name the failure of some switches of a ring together."""
    return "+".join(sorted(network.equipment.ids[node] for node in switches))


def _arcs_beside(network: Network, cause: str) -> list[str]:
    """Return the arcs of the same ring that are one switch shorter or longer."""
    nodes = set(nodes_of(network, cause))
    ring = next(ring for ring in network.rings if nodes <= set(ring.switches))
    low = min(ring.switches.index(node) for node in nodes)
    high = low + len(nodes)
    beside = [(low + 1, high), (low, high - 1), (low - 1, high), (low, high + 1)]
    names = [
        arc_name(network, ring.switches[begin:end])
        for begin, end in beside
        if begin >= 0 and end <= len(ring.switches)
    ]
    return sorted(set(names))


def equivalent(network: Network, cause: str) -> list[str]:
    """Return the other domains with the same customers."""
    if "=" in cause:
        return equal_values(network, cause) if "&" in cause else []
    if cause in SERVICES:
        return []
    if "+" in cause:
        return _equal(network, cause, _arcs_beside(network, cause))
    others = _candidates(network, network.index[cause])
    return _equal(network, cause, [network.equipment.ids[other] for other in sorted(others)])


def _equal(network: Network, cause: str, others: list[str]) -> list[str]:
    own = customers_hit(network, cause)
    if not len(own):
        return []
    return sorted(name for name in others if np.array_equal(customers_hit(network, name), own))


def _candidates(network: Network, node: int) -> Iterable[int]:
    equipment = network.equipment
    found = set(above(network, node))
    home = equipment.home[node]
    below = node
    while home < 0 and len(equipment.children[below]) == 1:
        below = equipment.children[below][0]
        found.add(below)
        home = equipment.home[below]
    if home >= 0:
        found |= failed_with(network, home) | above(network, home)
        found |= _cables(network, home)
    return found - {node}


def _cables(network: Network, home: int) -> set[int]:
    low, high = network.spans[home]
    return {int(cable) for cable in np.unique(network.true.cable[low:high]) if cable >= 0}
