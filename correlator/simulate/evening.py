"""A quiet week and one eventful evening, written out scene by scene."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from correlator.simulate.domains import customers_under
from correlator.simulate.network import Network, build_network
from correlator.simulate.outages import Outage, Script, Surge, Works, strike
from correlator.simulate.settings import DAY, HOUR, MINUTE, WorldSettings, chance, to_ms
from correlator.simulate.world import WorldSummary, play

if TYPE_CHECKING:
    from pathlib import Path

HISTORY_DAYS: Final = 6
EVENING: Final = "2026-03-11T17:00:00+01:00"
"""When the evening begins: a Wednesday, 17:00 in Paris."""
EVENING_END: Final = "2026-03-11T23:30:00+01:00"


def simulate_evening(out: Path, seed: int = 1) -> WorldSummary:
    """Write six ordinary days and the evening after them (17:00 to 23:30, Paris).

    The evening: a line card dies without an alarm; planned works on an OLT; an aggregation switch
    goes dark and its alarms say so; a large site outside the network fails. All recover before
    the end.
    """
    settings = WorldSettings(
        seed=seed, customers=20_000, days=HISTORY_DAYS + 1, start="2026-03-05T00:00:00Z"
    )
    network = build_network(settings)
    rng = chance(seed, "evening")
    evening = to_ms(EVENING)
    cast = _cast(network, rng)
    outages = [*_history(network, evening, cast, rng), *_scenes(network, evening, cast, rng)]
    works = Works(
        (cast["olt"],),
        evening + 150 * MINUTE,
        evening + 240 * MINUTE,
        evening - 2 * DAY,
        "remplacement d'alimentation",
    )
    # Some six times the usual, over an hour and a half at the evening's peak.
    surge = Surge(
        evening + 185 * MINUTE,
        evening + 275 * MINUTE,
        220,
        (("slow", 0.55), ("no-internet", 0.45)),
    )
    outages.sort(key=lambda outage: (outage.start, outage.cause))
    script = Script(tuple(outages), (works,), (surge,))
    return play(settings, network, script, out, to_ms(EVENING_END))


def _cast(network: Network, rng: np.random.Generator) -> dict[str, str]:
    """Pick the equipments of the story, on different branches."""
    ids, home = network.equipment.ids, network.equipment.home
    switches = [int(node) for node in network.of_type["aggregation-switch"]]
    sizes = {node: len(customers_under(network, node)) for node in switches}
    dark = min(switches, key=lambda node: (abs(sizes[node] - 3_500), node))
    full = [
        int(card)
        for card in network.of_type["line-card"]
        if len(customers_under(network, int(card))) == 48
        and network.equipment.uplinks[home[int(card)]][0][0] != dark
    ]
    cards = rng.choice(full, 3, replace=False)
    every_olt = [int(olt) for olt in network.of_type["olt"]]
    olts = [olt for olt in every_olt if network.equipment.uplinks[olt][0][0] != dark]
    dslams = [
        int(node) for node in network.of_type["dslam"] if int(node) not in _homes(network, cards)
    ]
    large = sorted(dslams, key=lambda node: -len(customers_under(network, node)))[:10]
    return {
        "card": ids[int(cards[0])],
        "old card": ids[int(cards[1])],
        "dslam": ids[int(rng.choice(large))],
        "agg": ids[dark],
        "olt": ids[max(olts or every_olt, key=lambda node: len(customers_under(network, node)))],
    }


def _homes(network: Network, cards: np.ndarray) -> set[int]:
    return {network.equipment.home[int(card)] for card in cards}


def _history(
    network: Network, evening: int, cast: dict[str, str], rng: np.random.Generator
) -> list[Outage]:
    """Three ordinary outages of the days before, for whoever learns from them."""
    return [
        _cut(network, ("dslam", cast["dslam"]), (evening - 5 * DAY - 5 * HOUR, 80), rng),
        _cut(network, ("card", cast["old card"]), (evening - 3 * DAY + HOUR, 95), rng),
        _cut(network, ("service", "SVC-IPTV"), (evening - 2 * DAY + 2 * HOUR, 70), rng),
    ]


def _scenes(
    network: Network, evening: int, cast: dict[str, str], rng: np.random.Generator
) -> list[Outage]:
    card = _cut(network, ("card", cast["card"]), (evening + 12 * MINUTE, 105), rng)
    works = _cut(network, ("olt", cast["olt"]), (evening + 154 * MINUTE, 80), rng)
    return [
        replace(card, silent=True, call_share=0.3),
        replace(works, planned=True, call_share=0.02),
        _cut(network, ("agg", cast["agg"]), (evening + 95 * MINUTE, 70), rng),
    ]


def _cut(
    network: Network, what: tuple[str, str], when: tuple[int, int], rng: np.random.Generator
) -> Outage:
    """Return an outage (level, cause) that begins at a time (ms) and lasts some minutes."""
    level, cause = what
    start, minutes = when
    shares = {"card": 0.28, "dslam": 0.12, "service": 0.02, "agg": 0.07, "olt": 0.1}
    outage = Outage(
        level=level,
        cause=cause,
        start=start,
        end=start + minutes * MINUTE,
        hits=np.zeros(0, np.int64),
        call_share=shares[level],
    )
    return strike(network, outage, rng)
