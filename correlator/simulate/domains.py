"""Who is hit when an object fails, and which domains are next to it or the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from correlator.simulate.network import FIRMWARES, MODELS, SERVICES, Lines, Network

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray


def failed_with(network: Network, node: int) -> frozenset[int]:
    """Return the objects that fail when ``node`` fails, itself included, redundancy respected."""
    failed = {node}
    queue = [node]
    while queue:
        for child in network.equipment.children[queue.pop()]:
            if child not in failed and _fails(network, child, failed):
                failed.add(child)
                queue.append(child)
    return frozenset(failed)


def _fails(network: Network, node: int, failed: set[int]) -> bool:
    uplinks = network.equipment.uplinks[node]
    if any(parent in failed for parent, group in uplinks if not group):
        return True
    groups = {group for _, group in uplinks if group}
    return any(all(parent in failed for parent, of in uplinks if of == group) for group in groups)


def customers_under(network: Network, node: int) -> NDArray[np.int64]:
    """Return the customers (sorted indices) who are cut when ``node`` fails."""
    name = network.equipment.ids[node]
    if name in SERVICES:
        return np.flatnonzero(network.services & (1 << SERVICES.index(name)))
    if network.equipment.types[node] == "cable":
        low, high = network.spans[network.equipment.home[node]]
        return low + np.flatnonzero(network.true.cable[low:high] == node)
    # The true access array is sorted, so an access object is a range of customers.
    failed = np.array(sorted(failed_with(network, node)))
    begins = np.searchsorted(network.true.access, failed, "left")
    ends = np.searchsorted(network.true.access, failed, "right")
    ranges = [np.arange(a, b) for a, b in zip(begins, ends, strict=True) if b > a]
    return np.concatenate(ranges) if ranges else np.zeros(0, np.int64)


def customers_with_firmware(network: Network, firmware: str) -> NDArray[np.int64]:
    """Return the customers (sorted indices) whose box runs a firmware."""
    return np.flatnonzero(network.firmware == FIRMWARES.index(firmware))


def written_under(network: Network, cause: str, customers: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which customers the inventory places under a cause (id or ``column=value``)."""
    present = network.present[customers]
    if "=" in cause or cause in SERVICES:
        return present
    failed = np.array(sorted(failed_with(network, network.index[cause])))
    lines: Lines = network.written
    hangs = np.isin(lines.access[customers], failed) | np.isin(lines.cable[customers], failed)
    return np.asarray(present & hangs)


def above(network: Network, node: int) -> frozenset[int]:
    """Return everything ``node`` depends on, at any distance, redundant ways included."""
    found: set[int] = set()
    queue = [node]
    while queue:
        for parent, _ in network.equipment.uplinks[queue.pop()]:
            if parent not in found:
                found.add(parent)
                queue.append(parent)
    return frozenset(found)


def near(network: Network, cause: str) -> list[str]:
    """Return the next domains down and up."""
    if "=" in cause:
        version = FIRMWARES.index(cause.partition("=")[2])
        owners = {
            str(MODELS[int(code)]) for code in np.unique(network.model[network.firmware == version])
        }
        return [f"cpe_model={model}" for model in sorted(owners)]
    node = network.index[cause]
    equipment = network.equipment
    if equipment.types[node] == "cable":
        return [equipment.ids[equipment.home[node]]]
    nodes = [*equipment.children[node], *(parent for parent, _ in equipment.uplinks[node])]
    return [equipment.ids[other] for other in nodes]


def equivalent(network: Network, cause: str) -> list[str]:
    """Return the other domains with the same customers."""
    if "=" in cause or cause in SERVICES:
        return []
    node = network.index[cause]
    own = customers_under(network, node)
    if not len(own):
        return []
    same = [
        network.equipment.ids[other]
        for other in sorted(_candidates(network, node))
        if np.array_equal(customers_under(network, other), own)
    ]
    return sorted(same)


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
