"""What goes wrong, when, and for whom: unplanned outages, planned works, surges from outside."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from correlator.simulate.apart import apart
from correlator.simulate.domains import customers_hit
from correlator.simulate.network import FIRMWARES, REGIONS, SERVICES, Network
from correlator.simulate.settings import DAY, HOUR, MINUTE, WorldSettings, chance
from correlator.simulate.texts import TITLES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from correlator.simulate.rhythm import Rhythm

TYPE_OF_LEVEL: Final = {
    "card": ("line-card",),
    "dslam": ("dslam",),
    "cable": ("cable",),
    "pon": ("pon-port", "pon-splitter"),
    "olt": ("olt",),
    "agg": ("aggregation-switch",),
    "bng": ("bng",),
    "core": ("core-router",),
}
KIND_OF_LEVEL: Final = {
    "cable": "cable",
    "service": "service",
    "cpe_firmware": "firmware",
    "vendor": "value",
    "combination": "value",
}
# How often each level fails, relative.
LEVEL_WEIGHTS: Final = {
    "card": 0.28,
    "dslam": 0.20,
    "cable": 0.15,
    "pon": 0.08,
    "olt": 0.04,
    "agg": 0.11,
    "bng": 0.02,
    "core": 0.004,
    "service": 0.09,
    "cpe_firmware": 0.03,
}
# Share of the struck lines that call within about four hours of open hotline.
CALL_SHARES: Final = {
    "card": (0.12, 0.28),
    "dslam": (0.06, 0.20),
    "cable": (0.06, 0.20),
    "pon": (0.12, 0.28),
    "olt": (0.06, 0.18),
    "agg": (0.05, 0.12),
    "bng": (0.05, 0.10),
    "core": (0.05, 0.08),
    "service": (0.005, 0.03),
    "cpe_firmware": (0.01, 0.03),
}
SLOW_CALLS: Final = (0.01, 0.03)
CAN_BE_SLOW: Final = frozenset({"dslam", "olt", "agg", "bng", "service"})


@dataclass(frozen=True, eq=False)
class Outage:
    """One failure. Times are milliseconds UTC."""

    level: str
    cause: str
    """Equipment id, ids of an arc with ``+``, or ``column=value``, several with ``&``."""
    start: int
    end: int
    hits: NDArray[np.int64]
    """Customers struck, sorted indices."""
    call_share: float
    silent: bool = False
    planned: bool = False
    slow: bool = False
    further: bool = False
    """Of one of the further shapes, which draw from rooms of their own."""
    like: str = ""
    """The level whose callers it has, "" = its own."""
    mains: int | None = None
    """When the mains went that a battery stood in for."""

    @property
    def kind(self) -> str:
        """``equipment``, ``cable``, ``service``, ``firmware`` or ``value``."""
        return KIND_OF_LEVEL.get(self.level, "equipment")


@dataclass(frozen=True)
class Works:
    """A maintenance record. Times are milliseconds UTC."""

    objects: tuple[str, ...]
    start: int
    end: int
    announced: int
    title: str
    cancelled: int | None = None
    """When it was called off."""


@dataclass(frozen=True)
class Surge:
    """Contacts about something outside the network."""

    start: int
    end: int
    contacts: int
    symptoms: tuple[tuple[str, float], ...]


@dataclass(frozen=True, eq=False)
class Script:
    """Everything that happens to a world's network."""

    outages: tuple[Outage, ...]
    works: tuple[Works, ...]
    surges: tuple[Surge, ...]


def plan(settings: WorldSettings, network: Network, rhythm: Rhythm) -> Script:
    """Draw what happens."""
    rng = chance(settings.seed, "outages")
    outages = _ordinary(settings, network, rng)
    works, planned = _planned_works(settings, network, rhythm)
    outages = apart([*planned, *outages], network)
    outages += _repetitions(settings, network, outages)
    outages += _storms(settings, network)
    outages.sort(key=lambda outage: (outage.start, outage.cause))
    return Script(tuple(outages), tuple(works), tuple(_surges(settings, rhythm)))


def _ordinary(settings: WorldSettings, network: Network, rng: np.random.Generator) -> list[Outage]:
    possible = [
        level
        for level in LEVEL_WEIGHTS
        if level in {"service", "cpe_firmware"}
        or any(kind in network.of_type for kind in TYPE_OF_LEVEL[level])
    ]
    weights = np.array([LEVEL_WEIGHTS[level] for level in possible])
    count = int(rng.poisson(settings.daily_outages * settings.days))
    levels = rng.choice(possible, count, p=weights / weights.sum())
    starts = rng.uniform(settings.start_ms, settings.end_ms - HOUR, count)
    return [
        draw_outage(settings, network, (str(level), int(start)), rng)
        for level, start in zip(levels, starts, strict=True)
    ]


def draw_outage(
    settings: WorldSettings, network: Network, what: tuple[str, int], rng: np.random.Generator
) -> Outage:
    """Draw an outage of a level at a start (ms)."""
    level, start = what
    if level == "service":
        cause = str(rng.choice(SERVICES))
    elif level == "cpe_firmware":
        present = np.unique(network.firmware)
        cause = f"cpe_firmware={FIRMWARES[int(rng.choice(present))]}"
    else:
        kinds = [kind for kind in TYPE_OF_LEVEL[level] if kind in network.of_type]
        cause = network.equipment.ids[int(rng.choice(network.of_type[str(rng.choice(kinds))]))]
    slow = level in CAN_BE_SLOW and rng.random() < settings.slow_share
    spread = 1.6 if level in {"service", "cpe_firmware"} else 1.0
    length = float(np.clip(rng.lognormal(np.log(75 * spread), 0.5), 30, 360))
    silent_share = settings.silent_share
    if level in {"service", "cpe_firmware"}:
        silent_share = max(silent_share, 0.5)
    elif level == "cable":
        silent_share = max(silent_share, 0.85)
    return strike(
        network,
        Outage(
            level=level,
            cause=cause,
            start=start,
            end=start + int(length * MINUTE),
            hits=np.zeros(0, np.int64),
            call_share=float(rng.uniform(*(SLOW_CALLS if slow else CALL_SHARES[level]))),
            silent=bool(rng.random() < silent_share),
            slow=slow,
        ),
        rng,
    )


def strike(network: Network, outage: Outage, rng: np.random.Generator) -> Outage:
    """Return the outage with its customers: a part of them for slow and firmware troubles."""
    hits = customers_hit(network, outage.cause)
    if outage.slow or outage.kind == "firmware":
        hits = hits[rng.random(len(hits)) < rng.uniform(0.3, 0.8)]
    return replace(outage, hits=hits)


def _planned_works(
    settings: WorldSettings, network: Network, rhythm: Rhythm
) -> tuple[list[Works], list[Outage]]:
    rng = chance(settings.seed, "works")
    works: list[Works] = []
    outages: list[Outage] = []
    if not settings.days_between_works:
        return works, outages
    access = "dslam" if "dslam" in network.of_type else "olt"
    for _ in range(rng.poisson(settings.days / settings.days_between_works)):
        level = str(rng.choice([access, "agg", "agg", "bng"]))
        day = settings.start_ms + int(rng.integers(settings.days)) * DAY
        midnight = day - int(rhythm.local_ms(np.array([day]))[0])
        by_night = rng.random() < 0.75
        hour = rng.uniform(0.5, 4) if by_night else rng.uniform(8, 16)
        start = max(settings.start_ms, midnight + DAY * (midnight < day) + int(hour * HOUR))
        end = start + int(rng.uniform(1.0, 2.5) * HOUR)
        cut = draw_outage(settings, network, (level, start), rng)
        if not 0 < len(cut.hits) < network.customers / 3:
            continue
        announced = max(settings.start_ms, start - int(rng.uniform(0.2, 3) * DAY))
        cancelled = None
        if rng.random() < settings.cancelled_works_share:
            cancelled = int(rng.integers(announced, start + 1))
        works.append(Works((cut.cause,), start, end, announced, str(rng.choice(TITLES)), cancelled))
        if cancelled is None:
            outages.append(_works_cut(settings, cut, (start, end), rng))
    return works, outages


def _works_cut(
    settings: WorldSettings, cut: Outage, window: tuple[int, int], rng: np.random.Generator
) -> Outage:
    """Return the outage that planned works cause; some last longer than announced."""
    start, end = window
    begin = start + int(rng.uniform(0, 0.2) * (end - start))
    finish = end - int(rng.uniform(0, 0.2) * (end - start))
    if rng.random() < settings.overrun_share:
        finish = end + int(rng.uniform(0.5, 3) * HOUR)
    # Told in advance, few call.
    return replace(
        cut,
        start=begin,
        end=finish,
        planned=True,
        silent=False,
        slow=False,
        call_share=cut.call_share * 0.2,
    )


def _repetitions(settings: WorldSettings, network: Network, outages: list[Outage]) -> list[Outage]:
    """Draw the outages inside others and the domains that fail twice."""
    rng = chance(settings.seed, "repetitions")
    found = []
    for outage in (one for one in outages if not one.planned):
        inside, again = rng.random(2)
        if outage.kind == "equipment" and inside < settings.nested_share:
            below = network.equipment.children[network.index[outage.cause]]
            if below:
                start = int(rng.integers(outage.start, outage.end))
                child = network.equipment.ids[int(rng.choice(below))]
                level = {"dslam": "card", "olt": "pon", "agg": "dslam", "bng": "agg", "core": "bng"}
                if network.equipment.types[network.index[child]] == "olt":
                    level["agg"] = "olt"
                if outage.level in level:
                    part = draw_outage(settings, network, (level[outage.level], start), rng)
                    found.append(strike(network, replace(part, cause=child), rng))
        if again < settings.twice_share:
            start = outage.end + int(rng.uniform(1, 6) * HOUR)
            if start < settings.end_ms - HOUR:
                length = outage.end - outage.start
                found.append(replace(outage, start=start, end=start + length))
    return found


def _storms(settings: WorldSettings, network: Network) -> list[Outage]:
    """Draw windows of six hours in which lines and cards of one region fail, one by one."""
    rng = chance(settings.seed, "storms")
    found: dict[str, Outage] = {}
    for _ in range(rng.poisson(settings.storms_per_week * settings.weeks)):
        begin = int(
            rng.integers(settings.start_ms, max(settings.end_ms - 6 * HOUR, settings.start_ms + 1))
        )
        region = int(rng.choice(network.region))
        count = int(np.clip(24 * (network.customers / 120_000) ** 0.5, 6, 200))
        wanted = len(found) + count
        for _ in range(count * 3 * len(REGIONS)):
            level = str(rng.choice(["card", "cable", "dslam", "pon"], p=[0.3, 0.4, 0.2, 0.1]))
            if len(found) >= wanted:
                break
            if not any(kind in network.of_type for kind in TYPE_OF_LEVEL[level]):
                continue
            start = begin + int(rng.uniform(0, 6 * HOUR))
            outage = draw_outage(settings, network, (level, start), rng)
            if len(outage.hits) and int(network.region[outage.hits[0]]) == region:
                found.setdefault(outage.cause, outage)
    return list(found.values())


def _surges(settings: WorldSettings, rhythm: Rhythm) -> list[Surge]:
    rng = chance(settings.seed, "surges")
    found = []
    for _ in range(rng.poisson(settings.surges_per_week * settings.weeks)):
        begin = int(rhythm.spread(1, (settings.start_ms, settings.end_ms - 2 * HOUR), rng)[0])
        length = int(rng.uniform(0.75, 3) * HOUR)
        contacts = int(rng.uniform(0.0008, 0.004) * settings.customers)
        kinds = ((("slow", 0.55), ("no-internet", 0.45)), (("billing", 1.0),))
        symptoms = kinds[int(rng.random() < 0.25)]
        found.append(Surge(begin, begin + length, contacts, symptoms))
    return found
