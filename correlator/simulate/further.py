"""What a network may have besides the usual: vendors of boxes, rings, and power of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from correlator.simulate.settings import SettingsError, WorldSettings, chance

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from correlator.simulate.network import Network

VENDORS: Final = ("V0", "V1", "V2", "V3", "V4")
RING_SIZES: Final = (4, 8)
FED: Final = ("dslam", "olt", "aggregation-switch")
"""Types of equipment that a UPS of their site feeds."""
UPS: Final = "ups"


class Ring(NamedTuple):
    """Aggregation switches one after the other between two core routers (perhaps the same)."""

    ends: tuple[int, int]
    """The core routers before the first and after the last switch, by index."""
    switches: tuple[int, ...]

    @property
    def chain(self) -> tuple[int, ...]:
        """All of it in order, the core routers included; neighbours in it are linked."""
        return (self.ends[0], *self.switches, self.ends[1])


def extended(settings: WorldSettings, network: Network) -> Network:
    """Return the network with what the settings add; as it is where they add nothing.

    SettingsError: it has too few aggregation switches for its rings.
    """
    if settings.vendor_share:
        network = replace(network, vendor=_vendors(settings, network.customers))
    if settings.rings:
        network = replace(network, rings=_lay_rings(settings, network))
    if settings.power:
        network = _with_power(network)
    return network


def _vendors(settings: WorldSettings, customers: int) -> NDArray[np.uint8]:
    """Draw the vendor of each customer's box, whatever it hangs on."""
    rng = chance(settings.seed, "vendors")
    first = rng.random(customers) < settings.vendor_share
    others = rng.integers(1, len(VENDORS), customers)
    return np.where(first, 0, others).astype(np.uint8)


def _lay_rings(settings: WorldSettings, network: Network) -> tuple[Ring, ...]:
    """Take groups of neighbouring switches off their uplinks and put them on rings."""
    rng = chance(settings.seed, "rings")
    switches = network.of_type["aggregation-switch"].tolist()
    least, most = RING_SIZES
    fitting = len(switches) // least
    if settings.rings > fitting:
        raise SettingsError(
            f"rings: {settings.rings} are more than the {fitting} that fit"
            f" {len(switches)} aggregation switches"
        )
    cores = network.of_type["core-router"].tolist()
    rings, begin = [], 0
    for further in reversed(range(settings.rings)):
        free = len(switches) - begin - least * further
        size = int(rng.integers(least, min(most, free) + 1))
        first, last = (int(rng.choice(cores)) for _ in range(2))
        ring = Ring((first, last), tuple(switches[begin : begin + size]))
        for switch in ring.switches:
            _take_off(network, switch)
        rings.append(ring)
        begin += size
    return tuple(rings)


def _take_off(network: Network, switch: int) -> None:
    for parent, _ in network.equipment.uplinks[switch]:
        network.equipment.children[parent].remove(switch)
    network.equipment.uplinks[switch] = ()


def _with_power(network: Network) -> Network:
    """Give each site of a DSLAM, an OLT or an aggregation switch a UPS that feeds it."""
    equipment = network.equipment
    fed = sorted(int(node) for kind in FED for node in network.of_type.get(kind, ()))
    ups = {}
    for node in fed:
        site = equipment.sites[node]
        battery = equipment.add((f"UPS-{site}", UPS, site))
        equipment.uplinks[node] = (*equipment.uplinks[node], (battery, ""))
        equipment.children[battery].append(node)
        ups[battery] = node
    return replace(
        network,
        index=network.index | {equipment.ids[battery]: battery for battery in ups},
        of_type=network.of_type | {UPS: np.array(sorted(ups), dtype=np.int64)},
        ups=ups,
    )
