"""The failure domains in arrays: size, primary parent and type (*kind*) of each."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from correlator.engine.arrays import Floats, Ints
from topology import Topology


class Places(NamedTuple):
    """The failure domains, by index.

    `sizes[u]`: customers; `parents[u]`: a wider domain of a lower level, or u itself; `kinds[u]`:
    index of its type, the domains of which are compared with each other.
    """

    sizes: Floats
    parents: Ints
    kinds: Ints


def places_of(topology: Topology) -> Places:
    """Return the failure domains of an inventory."""
    sizes = np.asarray(topology.sizes, np.float64)
    return Places(sizes, primary_parents(topology), kinds_of(topology))


def primary_parents(topology: Topology) -> Ints:
    """Return, per domain, the smallest domain above it; `*` (the last) is its own parent."""
    outside = topology.domain_count - 1
    parents = np.full(topology.domain_count, outside, np.int64)
    for domain in range(outside):
        if topology.sizes[domain]:
            above = [p for p in topology.parents(domain) if topology.sizes[p]]
            parents[domain] = min(above, key=lambda p: (topology.sizes[p], p), default=outside)
    return parents


def kinds_of(topology: Topology) -> Ints:
    """Return, per domain, the index of its type."""
    kinds = np.zeros(topology.domain_count, np.int64)
    for index, domains in enumerate(topology.types.values()):
        kinds[domains] = index
    return kinds


def levels_of(parents: Ints) -> list[Ints]:
    """Group the domains so that each comes after its parent; roots, their own parents, are left."""
    depth = np.full(len(parents), -1)
    roots = np.flatnonzero(parents == np.arange(len(parents)))
    depth[roots] = 0
    level = 0
    levels: list[Ints] = []
    while True:
        below = np.flatnonzero((depth < 0) & (depth[parents] == level))
        if not len(below):
            return levels
        level += 1
        depth[below] = level
        levels.append(below)
