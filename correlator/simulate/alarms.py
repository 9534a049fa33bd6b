"""What supervision sees: the alarms of outages, their children's, and the usual noise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from correlator.simulate.domains import failed_with
from correlator.simulate.feeds import alarm_gaps, held_back
from correlator.simulate.network import ACCESS_CONTROL, Network
from correlator.simulate.settings import DAY, HOUR, MINUTE, WorldSettings, chance, to_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from correlator.simulate.outages import Outage, Script

SECOND: Final = 1_000
# Meaningless alarms per object and day.
NOISE: Final = {
    "line-card": 0.4,
    "pon-port": 0.3,
    "dslam": 1.1,
    "olt": 1.5,
    "aggregation-switch": 4.0,
    "bng": 10.0,
    "core-router": 6.0,
    "service-platform": 0.15,
    "ups": 0.1,
}
CAUSES: Final = {
    "thresholdCrossed": 0.34,
    "degradedSignal": 0.24,
    "lossOfSignal": 0.12,
    "temperatureUnacceptable": 0.1,
    "fanFailure": 0.07,
    "configurationOrCustomizationError": 0.05,
    "communicationsSubsystemFailure": 0.04,
    "equipmentMalfunction": 0.025,
    "powerProblem": 0.015,
}
SEVERITIES: Final = {"warning": 0.37, "minor": 0.37, "major": 0.22, "critical": 0.04}
DEATHS: Final = ("lossOfSignal", "powerProblem", "equipmentMalfunction")
PASSIVE: Final = frozenset({"cable", "pon-splitter"})
FLAPPING_A_DAY: Final = 2.0
"""Episodes a day for 20,000 customers."""


class Fault(NamedTuple):
    """One raised and cleared fault state. Times are the real ones, ms."""

    thing: str
    kind: str
    raised: int
    cleared: int
    cause: str
    severity: str
    problem: str = ""
    outage: int = -1
    episode: int = -1
    """Faults of one episode may share an alarm id."""


class AlarmRow(NamedTuple):
    """One event of the alarm feed."""

    arrival: int
    number: int
    state: str
    stated: int
    """The time the alarm itself tells, ms."""
    fault: Fault


def all_faults(settings: WorldSettings, network: Network, script: Script) -> list[Fault]:
    """Draw every fault state of a world, but for those of its further shapes."""
    rng = chance(settings.seed, "alarms")
    faults: list[Fault] = []
    for place, outage in enumerate(script.outages):
        if not outage.silent and not outage.further:
            faults += outage_faults(network, outage, place, rng)
    faults += _noise(settings, network)
    faults += _flapping(settings, network)
    faults += _lost_sight(settings, network)
    return faults


def outage_faults(
    network: Network, outage: Outage, place: int, rng: np.random.Generator
) -> list[Fault]:
    """Draw an outage's alarms: its own and, unless it is only slow, those of its children."""
    end = outage.end
    late = outage.start + int(rng.uniform(2, 20) * MINUTE)
    if outage.kind in {"firmware", "value"}:
        return [fault_of(ACCESS_CONTROL, network, (late, end, "thresholdCrossed", "major"), place)]
    if outage.kind == "service":
        fault = fault_of(outage.cause, network, (late, end, "softwareProgramError", "major"), place)
        return [fault._replace(problem="service probe failed")]
    if outage.slow:
        return [fault_of(outage.cause, network, (late, end, "thresholdCrossed", "major"), place)]
    node = network.index[outage.cause]
    soon = outage.start + int(rng.uniform(20, 180) * SECOND)
    if network.equipment.types[node] in PASSIVE:
        return [
            fault_of(name, network, (soon, end, "lossOfSignal", "major"), place)
            for name in _seen_from(network, node, outage)
        ]
    death = str(rng.choice(DEATHS))
    main = fault_of(outage.cause, network, (soon, end, death, "critical"), place)
    return [main, *children_faults(network, main, rng)]


def fault_of(name: str, network: Network, what: tuple[int, int, str, str], place: int) -> Fault:
    """Return a fault of an object: raised, cleared (ms), cause, severity; of an outage or -1."""
    kind = network.equipment.types[network.index[name]]
    raised, cleared, cause, severity = what
    return Fault(name, kind, min(raised, cleared - 1), cleared, cause, severity, "", place)


def _seen_from(network: Network, node: int, outage: Outage) -> list[str]:
    """Return the active objects that notice a dead cable or splitter."""
    equipment = network.equipment
    if equipment.types[node] == "pon-splitter":
        return [equipment.ids[equipment.uplinks[node][0][0]]]
    cards = np.unique(network.true.access[outage.hits])
    return [equipment.ids[int(card)] for card in cards]


def children_faults(network: Network, main: Fault, rng: np.random.Generator) -> list[Fault]:
    """Most children that lose their only way are reported unreachable a little later.

    So are switches of a ring that hangs on it alone, and the UPS that is supervised through it.
    """
    found = []
    node = network.index[main.thing]
    batteries = [battery for battery, fed in network.ups.items() if fed == node]
    failed = failed_with(network, node).union(batteries)
    on_rings = (one for ring in network.rings if node in ring.ends for one in ring.switches)
    for child in (*network.equipment.children[node], *on_rings, *batteries):
        kind = network.equipment.types[child]
        if child not in failed or kind in PASSIVE or rng.random() > 0.75:
            continue
        raised = main.raised + int(rng.uniform(2, 180) * SECOND)
        cleared = main.cleared + int(rng.exponential(150 * SECOND))
        name = network.equipment.ids[child]
        what = (raised, cleared, "communicationsSubsystemFailure", "major")
        found.append(fault_of(name, network, what, main.outage)._replace(problem="unreachable"))
    return found


def _noise(settings: WorldSettings, network: Network) -> list[Fault]:
    rng = chance(settings.seed, "noise")
    faults = []
    causes, severities = list(CAUSES), list(SEVERITIES)
    for kind, rate in NOISE.items():
        nodes = network.of_type.get(kind)
        if nodes is None:
            continue
        mean = rate * settings.alarm_noise * settings.days * len(nodes)
        count = int(rng.poisson(mean))
        raised = rng.integers(settings.start_ms, settings.end_ms, count).tolist()
        lengths = (1 + rng.exponential(18 * MINUTE, count)).astype(np.int64).tolist()
        chosen = rng.choice(nodes, count).tolist()
        cause = rng.choice(len(causes), count, p=_shares(CAUSES)).tolist()
        severity = rng.choice(len(severities), count, p=list(SEVERITIES.values())).tolist()
        unknown = (rng.random(count) < settings.unknown_objects_share).tolist()
        for i in range(count):
            name = network.equipment.ids[chosen[i]]
            thing = f"EXT-{chosen[i] % 97:03d}" if unknown[i] else name
            end = raised[i] + lengths[i]
            told = severities[severity[i]]
            faults.append(Fault(thing, kind, raised[i], end, causes[cause[i]], told))
    return faults


def _shares(weights: dict[str, float]) -> list[float]:
    total = sum(weights.values())
    return [weight / total for weight in weights.values()]


def _flapping(settings: WorldSettings, network: Network) -> list[Fault]:
    """Draw objects whose loss of signal comes and goes for an hour or so."""
    rng = chance(settings.seed, "flapping")
    mean = FLAPPING_A_DAY * settings.flapping * settings.alarm_noise * settings.days
    faults = []
    for episode in range(rng.poisson(mean * network.customers / 20_000)):
        kinds = [
            kind
            for kind in ("dslam", "dslam", "line-card", "aggregation-switch", "olt")
            if kind in network.of_type
        ]
        kind = str(rng.choice(kinds))
        name = network.equipment.ids[int(rng.choice(network.of_type[kind]))]
        count = int(rng.integers(15, 120))
        gaps = rng.exponential(70 * SECOND, count) + 2 * SECOND
        room = np.append(gaps[1:], HOUR) - SECOND / 2
        lengths = np.minimum(rng.exponential(15 * SECOND, count) + SECOND, room)
        begins = int(rng.integers(settings.start_ms, settings.end_ms - HOUR)) + np.cumsum(gaps)
        same = episode if rng.random() < 0.5 else -1
        for begin, length in zip(begins, lengths, strict=True):
            faults.append(
                Fault(
                    name,
                    kind,
                    int(begin),
                    int(begin + length),
                    "lossOfSignal",
                    "major",
                    episode=same,
                )
            )
    return faults


def _lost_sight(settings: WorldSettings, network: Network) -> list[Fault]:
    """Draw showers of alarms from branches that supervision cannot see, though they work."""
    rng = chance(settings.seed, "lost-sight")
    faults: list[Fault] = []
    for _ in range(rng.poisson(settings.lost_sight_per_week * settings.weeks)):
        node = int(rng.choice(network.of_type["aggregation-switch"]))
        begin = int(rng.integers(settings.start_ms, settings.end_ms - HOUR))
        end = begin + int(rng.uniform(5, 40) * MINUTE)
        name = network.equipment.ids[node]
        what = (begin, end, "communicationsSubsystemFailure", "major")
        main = fault_of(name, network, what, -1)._replace(problem="unreachable")
        faults += [main, *children_faults(network, main, rng)]
    return faults


def alarm_rows(settings: WorldSettings, faults: list[Fault], last: int) -> list[AlarmRow]:
    """Return the events of the alarm feed before ``last`` (ms), sorted by arrival and id."""
    rng = chance(settings.seed, "alarm-feed")
    count = len(faults)
    lags = (rng.exponential(1_500, count) + 1).astype(np.int64)
    # One lag per episode keeps its raises and clears in order.
    episodes = np.array([fault.episode for fault in faults], dtype=np.int64)
    lags = np.where(episodes >= 0, 1_000 + 37 * (episodes % 11), lags)
    raised = np.array([fault.raised for fault in faults], dtype=np.int64)
    cleared = np.array([fault.cleared for fault in faults], dtype=np.int64)
    gaps = alarm_gaps(settings)
    came, went = held_back(raised + lags, gaps), held_back(cleared + lags, gaps)
    order = np.lexsort((episodes, came))
    shift = _wrong_clocks(settings, faults)
    worse = rng.random(count) < 0.02
    numbers: dict[int, int] = {}
    rows = []
    for rank, place in enumerate(order.tolist(), 1):
        fault = faults[place]
        number = rank if fault.episode < 0 else numbers.setdefault(fault.episode, rank)
        off = shift.get(fault.thing, 0)
        rows.append(AlarmRow(int(came[place]), number, "raised", fault.raised + off, fault))
        leaves = max(int(went[place]), int(came[place]) + 1)
        if worse[place] and fault.severity in {"minor", "warning"} and fault.episode < 0:
            between = (int(came[place]) + leaves) // 2
            changed = fault._replace(severity="major")
            rows.append(AlarmRow(between, number, "updated", fault.raised + off, changed))
        rows.append(AlarmRow(leaves, number, "cleared", fault.cleared + off, fault))
    rows.sort(key=lambda row: (row.arrival, row.number))
    return [row for row in rows if row.arrival < last]


def _wrong_clocks(settings: WorldSettings, faults: list[Fault]) -> dict[str, int]:
    """Draw objects whose clock is wrong, with the error in ms (positive = in the future)."""
    rng = chance(settings.seed, "clocks")
    names = sorted({fault.thing for fault in faults})
    wrong = rng.random(len(names)) < settings.wrong_clock_share
    errors = rng.choice([-DAY, -2 * HOUR, -HOUR, -10 * MINUTE, 5 * MINUTE, HOUR], len(names))
    return {name: int(error) for name, bad, error in zip(names, wrong, errors, strict=True) if bad}


def alarm_name(number: int) -> str:
    """Id of an alarm."""
    return f"A{number:08d}"


def alarm_events(rows: list[AlarmRow]) -> Iterator[dict[str, Any]]:
    """Yield the events of the alarm feed."""
    types = {
        "raised": "AlarmCreateEvent",
        "updated": "AlarmAttributeValueChangeEvent",
        "cleared": "AlarmClearEvent",
    }
    for number, row in enumerate(rows, 1):
        fault = row.fault
        gone = row.state == "cleared"
        alarm: dict[str, Any] = {
            "id": alarm_name(row.number),
            "alarmedObject": {"id": fault.thing},
            "alarmedObjectType": fault.kind,
            "perceivedSeverity": "cleared" if gone else fault.severity,
            "probableCause": fault.cause,
            "alarmType": "equipmentAlarm",
            "state": row.state,
        }
        if fault.problem:
            alarm["specificProblem"] = fault.problem
        alarm["alarmClearedTime" if gone else "alarmRaisedTime"] = to_text(row.stated)
        yield {
            "eventId": f"EA{number:08d}",
            "eventType": types[row.state],
            "eventTime": to_text(row.arrival),
            "event": {"alarm": alarm},
        }
