"""Attribute values and combinations of them: who has them, and which say the same."""

from __future__ import annotations

from itertools import combinations, product
from typing import TYPE_CHECKING, Final

import numpy as np

from correlator.simulate.further import VENDORS
from correlator.simulate.network import FIRMWARES, MODELS, OFFERS, REGIONS, Network

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

SHARES: Final = (0.005, 0.10)
"""Shares of all customers between which a combination is chosen."""
LARGER: Final = 2.0
"""How many times a combination each of its values must be, so that none of them explains it."""
PLAINLY: Final = 1.25
"""How many times a combination each smaller one in it must be: no part follows from the others."""
MIXED: Final = ("cpe_firmware", "cpe_model", "offer", "vendor")
"""Columns that combinations are made of: a region is a place."""


def columns(network: Network) -> dict[str, tuple[tuple[str, ...], NDArray[np.uint8]]]:
    """Return the attribute columns: their values, and the value's index of each customer."""
    found = {
        "cpe_model": (MODELS, network.model),
        "cpe_firmware": (FIRMWARES, network.firmware),
        "offer": (OFFERS, network.offer),
        "region": (REGIONS, network.region),
    }
    if network.vendor is not None:
        found["vendor"] = (VENDORS, network.vendor)
    return found


def having(network: Network, cause: str) -> NDArray[np.bool_]:
    """Return which customers have all the values of ``a=x`` or ``a=x&b=y``."""
    known = columns(network)
    mask = np.ones(network.customers, dtype=np.bool_)
    for part in cause.split("&"):
        column, _, value = part.partition("=")
        values, codes = known[column]
        mask &= codes == values.index(value)
    return mask


def customers_with(network: Network, cause: str) -> NDArray[np.int64]:
    """Return the customers (sorted indices) who have all the values of a cause."""
    return np.flatnonzero(having(network, cause))


def owners_of(network: Network, cause: str) -> list[int]:
    """Return the box models (codes) that run a firmware; none of any other value."""
    if not cause.startswith("cpe_firmware="):
        return []
    return [int(code) for code in np.unique(network.model[having(network, cause)])]


def equal_values(network: Network, cause: str) -> list[str]:
    """Return the values and combinations that exactly the same customers have, sorted."""
    own = having(network, cause)
    if not own.any():
        return []
    shared = {}
    for column, (values, codes) in sorted(columns(network).items()):
        told = np.unique(codes[own])
        if len(told) == 1:
            shared[column] = f"{column}={values[int(told[0])]}"
    # Whatever names the same customers is made of values that all of them have.
    names = (
        "&".join(shared[column] for column in chosen)
        for size in range(1, len(shared) + 1)
        for chosen in combinations(sorted(shared), size)
    )
    return sorted(
        name for name in names if name != cause and np.array_equal(having(network, name), own)
    )


def possible_combinations(network: Network) -> list[str]:
    """Return the combinations of two or three values that no single value explains."""
    known = columns(network)
    found = []
    for size in (2, 3):
        for chosen in combinations([name for name in MIXED if name in known], size):
            names = ([f"{column}={value}" for value in known[column][0]] for column in chosen)
            found += ["&".join(parts) for parts in product(*names) if _fits(network, list(parts))]
    return found


def _fits(network: Network, parts: list[str]) -> bool:
    """Whether a combination is large enough, and none of its parts is (nearly) all of it."""
    masks = [having(network, part) for part in parts]
    count = int(np.logical_and.reduce(masks).sum())
    low, high = SHARES
    if not low * network.customers <= count <= high * network.customers:
        return False
    if any(int(mask.sum()) < LARGER * count for mask in masks):
        return False
    return all(int(np.logical_and.reduce(left).sum()) >= PLAINLY * count for left in _fewer(masks))


def _fewer(masks: list[NDArray[np.bool_]]) -> Iterator[list[NDArray[np.bool_]]]:
    for place in range(len(masks)):
        yield masks[:place] + masks[place + 1 :]
