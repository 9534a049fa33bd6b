"""The network of a made-up operator: equipment, what depends on what, and its customers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from correlator.simulate.further import Ring, extended
from correlator.simulate.settings import WorldSettings, chance

if TYPE_CHECKING:
    from numpy.typing import NDArray

SERVICES: Final = ("SVC-MAIL", "SVC-DNS-1", "SVC-DNS-2", "SVC-IPTV", "SVC-VOIP")
ACCESS_CONTROL: Final = "SVC-ACS"
"""The platform that configures boxes: it sees firmware trouble, no customer depends on it."""
MODELS: Final = ("NB4", "NB5", "NB6", "FX1", "FX2")
MODEL_SHARES: Final = {"copper": (0.25, 0.40, 0.35, 0, 0), "fibre": (0, 0, 0.10, 0.35, 0.55)}
FIRMWARES: Final = (
    *("4.1.9", "4.2.1", "5.0.3", "5.1.0", "6.2.2"),
    *("6.3.0", "6.3.1", "7.0.4", "7.1.0", "8.0.1", "8.0.2"),
)
FIRMWARES_OF: Final = {0: (0, 1), 1: (2, 3), 2: (4, 5, 6), 3: (7, 8), 4: (9, 10)}
OFFERS: Final = ("essentiel", "triple-play", "premium", "fibre-500", "fibre-1000")
REGIONS: Final = (
    *("Alsace", "Aquitaine", "Auvergne", "Bretagne", "Centre", "Lorraine"),
    *("Normandie", "Picardie", "Provence", "Savoie"),
)
CARD_LINES: Final = 48
PORT_LINES: Final = 64
WHOLESALE: Final = "operateur-de-gros"
OWN: Final = "fai"


@dataclass(frozen=True, eq=False)
class Equipment:
    """All managed objects, by index; parents come before children, only UPS come last."""

    ids: list[str] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    sites: list[str] = field(default_factory=list)
    owners: list[str] = field(default_factory=list)
    uplinks: list[tuple[tuple[int, str], ...]] = field(default_factory=list)
    """What each depends on, with the redundancy group ("" = none)."""
    children: list[list[int]] = field(default_factory=list)
    home: list[int] = field(default_factory=list)
    """The DSLAM or OLT an object sits at (itself included); -1 = none."""

    def add(
        self,
        identity: tuple[str, str, str],
        uplinks: tuple[tuple[int, str], ...] = (),
        home: int = -1,
    ) -> int:
        """Add an object (id, type, site) and return its index; ``home`` -2 = its own home."""
        index = len(self.ids)
        name, kind, site = identity
        self.ids.append(name)
        self.types.append(kind)
        self.sites.append(site)
        self.owners.append(WHOLESALE if kind in {"cable", "pon-splitter"} else OWN)
        self.uplinks.append(uplinks)
        self.children.append([])
        self.home.append(index if home == -2 else home)
        for parent, _ in uplinks:
            self.children[parent].append(index)
        return index


@dataclass(frozen=True, eq=False)
class Lines:
    """What customers hang on, one entry per customer, ordered by access."""

    access: NDArray[np.int32]
    """Equipment index of the line card, PON port or splitter."""
    cable: NDArray[np.int32]
    """Equipment index of the cable, -1 = none (fibre)."""


@dataclass(frozen=True, eq=False)
class Network:
    """Equipment and customers: the true lines, and the lines as the inventory has them."""

    equipment: Equipment
    index: dict[str, int]
    of_type: dict[str, NDArray[np.int64]]
    numbers: NDArray[np.int64]
    """Number in the customer's id: C0000042 is 42."""
    true: Lines
    written: Lines
    present: NDArray[np.bool_]
    """Whether the inventory has a row for the customer."""
    services: NDArray[np.uint8]
    """Bits over SERVICES."""
    model: NDArray[np.uint8]
    firmware: NDArray[np.uint8]
    offer: NDArray[np.uint8]
    region: NDArray[np.uint8]
    spans: dict[int, tuple[int, int]]
    """Customers (from, to) of a DSLAM or OLT."""
    vendor: NDArray[np.uint8] | None = None
    """Index in VENDORS; None = nobody knows vendors."""
    rings: tuple[Ring, ...] = ()
    ups: dict[int, int] = field(default_factory=dict)
    """What each UPS feeds, and is supervised through."""

    @property
    def customers(self) -> int:
        """How many customers, with and without an inventory row."""
        return len(self.numbers)


def customer_name(number: int) -> str:
    """Id of a customer."""
    return f"C{number:07d}"


def build_network(settings: WorldSettings) -> Network:
    """Build the network a world's settings ask for.

    SettingsError: it has too few aggregation switches for its rings.
    """
    return extended(settings, _build(settings))


def _build(settings: WorldSettings) -> Network:
    rng = chance(settings.seed, "network")
    sizes = _node_sizes(settings, rng)
    equipment = Equipment()
    switches = _build_core(equipment, len(sizes), settings, rng)
    access, cable, spans, regions = [], [], {}, []
    begin = 0
    counts = {"dslam": 0, "olt": 0}
    for place, (kind, size) in enumerate(sizes):
        switch = place * len(switches) // len(sizes)
        counts[kind] += 1
        build = _build_dslam if kind == "dslam" else _build_olt
        lines = build(equipment, (counts[kind], size, switches[switch]), rng)
        access.append(lines.access)
        cable.append(lines.cable)
        home = equipment.home[int(lines.access[0])]
        spans[home] = (begin, begin + size)
        regions.append(switch * len(REGIONS) // len(switches))
        begin += size
    for name in (*SERVICES, ACCESS_CONTROL):
        equipment.add((name, "service-platform", "DC1"))
    true = Lines(np.concatenate(access), np.concatenate(cable))
    region = np.repeat(np.array(regions, np.uint8), [size for _, size in sizes])
    return _with_customers(settings, equipment, (true, region, spans), rng)


def _node_sizes(settings: WorldSettings, rng: np.random.Generator) -> list[tuple[str, int]]:
    """Lines of each DSLAM and OLT, in the order of the sites."""
    nodes = []
    fibre = round(settings.customers * settings.fibre_share)
    for kind, wanted in (("dslam", settings.customers - fibre), ("olt", fibre)):
        median, top = (330, 1500) if kind == "dslam" else (600, 1024)
        left = wanted
        while left > 0:
            size = int(np.clip(rng.lognormal(np.log(median), 0.6), 50, top))
            size = left if left < size + 50 else size
            size = min(size, left)
            nodes.append((kind, size))
            left -= size
    order = rng.permutation(len(nodes))
    return [nodes[int(place)] for place in order]


def _build_core(
    equipment: Equipment, nodes: int, settings: WorldSettings, rng: np.random.Generator
) -> list[int]:
    """Build core routers, BNGs and aggregation switches; return the switches."""
    switches = max(2, round(nodes / 10))
    gates = max(2, round(switches / 6))
    cores = max(2, round(gates / 6))

    def uplinks(parents: list[int], place: int) -> tuple[tuple[int, str], ...]:
        first = parents[place % len(parents)]
        if rng.random() >= settings.redundant_share:
            return ((first, ""),)
        return ((first, "uplink"), (parents[(place + 1) % len(parents)], "uplink"))

    tops = [equipment.add((f"CR-{i + 1:02d}", "core-router", f"POP{i + 1}")) for i in range(cores)]
    middles = [
        equipment.add((f"BNG-{i + 1:03d}", "bng", f"POP{i % cores + 1}"), uplinks(tops, i))
        for i in range(gates)
    ]
    return [
        equipment.add(
            (f"AGG-{i + 1:04d}", "aggregation-switch", f"SITE{i + 1}"),
            uplinks(middles, i * gates // switches),
        )
        for i in range(switches)
    ]


def _build_dslam(
    equipment: Equipment, place: tuple[int, int, int], rng: np.random.Generator
) -> Lines:
    """Build a DSLAM (number, lines, switch) with its line cards and its site's cables."""
    number, size, switch = place
    site = f"NRA{number:05d}"
    name = f"DSL-{number:05d}"
    dslam = equipment.add((name, "dslam", site), ((switch, ""),), -2)
    cards = -(-size // CARD_LINES)
    first = len(equipment.ids)
    for card in range(cards):
        equipment.add((f"{name}/C{card + 1:02d}", "line-card", site), ((dslam, ""),), dslam)
    cables = max(1, round(size / rng.uniform(130, 240)))
    begin = len(equipment.ids)
    for cable in range(cables):
        equipment.add((f"{site}/T{cable + 1:02d}", "cable", site), (), dslam)
    access = first + np.arange(size, dtype=np.int32) // CARD_LINES
    weights = rng.uniform(0.4, 1.0, cables)
    chosen = rng.choice(cables, size, p=weights / weights.sum())
    return Lines(access.astype(np.int32), (begin + chosen).astype(np.int32))


def _build_olt(
    equipment: Equipment, place: tuple[int, int, int], rng: np.random.Generator
) -> Lines:
    """Build an OLT (number, lines, switch) with PON ports of one or two splitters."""
    number, size, switch = place
    site = f"NRO{number:05d}"
    name = f"OLT-{number:05d}"
    olt = equipment.add((name, "olt", site), ((switch, ""),), -2)
    access = []
    left = size
    port = 0
    while left > 0:
        port += 1
        lines = min(left, int(rng.integers(PORT_LINES // 2, PORT_LINES + 1)))
        label = f"{name}/P{port:02d}"
        parent = equipment.add((label, "pon-port", site), ((olt, ""),), olt)
        parts = 2 if rng.random() < 0.6 and lines > 8 else 1
        for part in range(parts):
            splitter = equipment.add(
                (f"{label}/S{part + 1}", "pon-splitter", site), ((parent, ""),), olt
            )
            count = lines // parts + (lines % parts if part == 0 else 0)
            access.append(np.full(count, splitter, np.int32))
        left -= lines
    return Lines(np.concatenate(access), np.full(size, -1, np.int32))


def _with_customers(
    settings: WorldSettings,
    equipment: Equipment,
    built: tuple[Lines, NDArray[np.uint8], dict[int, tuple[int, int]]],
    rng: np.random.Generator,
) -> Network:
    true, region, spans = built
    count = len(true.access)
    fibre = true.cable < 0
    model = np.where(
        fibre,
        rng.choice(len(MODELS), count, p=MODEL_SHARES["fibre"]),
        rng.choice(len(MODELS), count, p=MODEL_SHARES["copper"]),
    ).astype(np.uint8)
    firmware = np.zeros(count, np.uint8)
    for code, versions in FIRMWARES_OF.items():
        members = np.flatnonzero(model == code)
        firmware[members] = rng.choice(versions, len(members))
    offer = np.where(fibre, 3 + (rng.random(count) < 0.4), rng.choice(3, count)).astype(np.uint8)
    present = rng.random(count) >= settings.missing_rows_share
    types = np.array(equipment.types)
    return Network(
        equipment=equipment,
        index={name: place for place, name in enumerate(equipment.ids)},
        of_type={str(kind): np.flatnonzero(types == kind) for kind in np.unique(types)},
        numbers=rng.permutation(count) + 1,
        true=true,
        written=_written_lines(true, settings.wrong_rows_share, rng),
        present=present,
        services=_subscriptions(count, rng),
        model=model,
        firmware=firmware,
        offer=offer,
        region=region,
        spans=spans,
    )


def _subscriptions(count: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Bits over SERVICES: mail always, one of two resolvers, television 55 %, telephone 80 %."""
    second = rng.random(count) < 0.5
    television = rng.random(count) < 0.55
    telephone = rng.random(count) < 0.8
    bits = 1 + np.where(second, 4, 2) + 8 * television + 16 * telephone
    return np.asarray(bits, dtype=np.uint8)


def _written_lines(true: Lines, wrong_share: float, rng: np.random.Generator) -> Lines:
    """Return the lines as the inventory has them: some rows name another customer's line."""
    wrong = np.flatnonzero(rng.random(len(true.access)) < wrong_share)
    if not len(wrong):
        return true
    # Half of the errors stay near (a neighbour's card), half are anywhere.
    near = np.clip(wrong + rng.integers(-300, 301, len(wrong)), 0, len(true.access) - 1)
    far = rng.integers(0, len(true.access), len(wrong))
    source = np.where(rng.random(len(wrong)) < 0.5, near, far)
    access, cable = true.access.copy(), true.cable.copy()
    access[wrong], cable[wrong] = true.access[source], true.cable[source]
    return Lines(access, cable)
