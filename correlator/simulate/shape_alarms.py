"""The alarms of further shapes: rings, power, and supervision that loses its way to a site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from correlator.simulate.alarms import SECOND, Fault, children_faults, fault_of, outage_faults
from correlator.simulate.apart import reach_of, ring_label
from correlator.simulate.domains import linked_with, nodes_of
from correlator.simulate.further import FED
from correlator.simulate.settings import HOUR, MINUTE, WorldSettings, chance

if TYPE_CHECKING:
    import numpy as np

    from correlator.simulate.network import Network
    from correlator.simulate.outages import Outage, Script

UNREACHABLE: Final = "communicationsSubsystemFailure"
TRIES: Final = 20


def shape_faults(settings: WorldSettings, network: Network, script: Script) -> list[Fault]:
    """Draw the fault states of a world's further shapes."""
    rng = chance(settings.seed, "further-alarms")
    faults: list[Fault] = []
    for place, outage in enumerate(script.outages):
        if not outage.further or outage.silent:
            continue
        if outage.level == "ring":
            faults += _ring_faults(network, outage, place, rng)
        elif outage.level == "power":
            faults += _power_faults(network, outage, place, rng)
        else:
            faults += outage_faults(network, outage, place, rng)
    faults += _single_cuts(settings, network, script)
    faults += _lost_paths(settings, network)
    return faults


def _ring_faults(
    network: Network, outage: Outage, place: int, rng: np.random.Generator
) -> list[Fault]:
    """All switches between two cut links, what is at the links' other ends, and the children."""
    arc = nodes_of(network, outage.cause)
    beside = {other for node in arc for other in linked_with(network, node)}.difference(arc)
    faults = []
    for node in [*arc, *sorted(beside)]:
        raised = outage.start + int(rng.uniform(5, 60) * SECOND)
        severity = "critical" if node in arc else "major"
        cleared = outage.end + int(rng.exponential(60 * SECOND))
        what = (raised, cleared, "lossOfSignal", severity)
        fault = fault_of(network.equipment.ids[node], network, what, place)
        faults.append(fault)
        if node in arc:
            faults += children_faults(network, fault, rng)
    return faults


def _power_faults(
    network: Network, outage: Outage, place: int, rng: np.random.Generator
) -> list[Fault]:
    """The UPS when the mains go; what it feeds, and what is below, when its battery is empty."""
    mains = outage.start if outage.mains is None else outage.mains
    soon = mains + int(rng.uniform(1, 20) * SECOND)
    battery = network.index[outage.cause]
    first = fault_of(outage.cause, network, (soon, outage.end, "powerProblem", "major"), place)
    raised = outage.start + int(rng.uniform(5, 90) * SECOND)
    name = network.equipment.ids[network.ups[battery]]
    site = fault_of(name, network, (raised, outage.end, UNREACHABLE, "critical"), place)
    site = site._replace(problem="unreachable")
    return [first, site, *children_faults(network, site, rng)]


def _single_cuts(settings: WorldSettings, network: Network, script: Script) -> list[Fault]:
    """Draw single links that are cut: both ends tell, and all goes the other way around."""
    rng = chance(settings.seed, "ring-single-cuts")
    busy = [
        (outage.start, outage.end, reach_of(network, outage.cause).own)
        for outage in script.outages
        if network.rings
    ]
    faults: list[Fault] = []
    for _ in range(rng.poisson(settings.ring_single_cuts_per_week * settings.weeks)):
        for _ in range(TRIES):
            number = int(rng.integers(len(network.rings)))
            begin = int(rng.integers(settings.start_ms, settings.end_ms - HOUR))
            end = begin + int(rng.uniform(20, 180) * MINUTE)
            chain = network.rings[number].chain
            link = int(rng.integers(len(chain) - 1))
            own = frozenset({ring_label(number)})
            if any(begin < late and early < end and own & names for early, late, names in busy):
                continue
            busy.append((begin, end, own))
            for node in chain[link : link + 2]:
                raised = begin + int(rng.uniform(1, 30) * SECOND)
                what = (raised, end, "lossOfSignal", "major")
                faults.append(fault_of(network.equipment.ids[node], network, what, -1))
            break
    return faults


def _lost_paths(settings: WorldSettings, network: Network) -> list[Fault]:
    """Draw sites that supervision cannot reach, and what it sees only through them."""
    rng = chance(settings.seed, "management-losses")
    sites = sorted(int(node) for kind in FED for node in network.of_type.get(kind, ()))
    faults: list[Fault] = []
    for _ in range(rng.poisson(settings.management_losses_per_week * settings.weeks)):
        begin = int(rng.integers(settings.start_ms, settings.end_ms - HOUR))
        end = begin + int(rng.uniform(5, 40) * MINUTE)
        name = network.equipment.ids[int(rng.choice(sites))]
        what = (begin, end, UNREACHABLE, "major")
        main = fault_of(name, network, what, -1)._replace(problem="unreachable")
        faults += [main, *children_faults(network, main, rng)]
    return faults
