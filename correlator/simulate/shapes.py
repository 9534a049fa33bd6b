"""Outages of further shapes: of values, of rings, of power, and those nobody calls about."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from correlator.simulate.apart import Reach, is_free, reach_of
from correlator.simulate.domains import arc_name
from correlator.simulate.outages import (
    CALL_SHARES,
    LEVEL_WEIGHTS,
    Outage,
    Script,
    draw_outage,
    strike,
)
from correlator.simulate.settings import HOUR, MINUTE, WorldSettings, chance
from correlator.simulate.values import possible_combinations

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from correlator.simulate.network import Network

WIDE: Final = "vendor=V0"
WIDE_CALLS: Final = (0.01, 0.04)
COMBINATION_CALLS: Final = (0.02, 0.08)
BATTERY: Final = (20, 60)
"""Minutes that a UPS lasts without mains."""
QUIET: Final = ("card", "dslam", "pon", "olt", "agg")
LEVEL_OF_TYPE: Final = {"dslam": "dslam", "olt": "olt", "aggregation-switch": "agg"}
OF_LEVEL: Final = {
    "card": "line-card",
    "dslam": "dslam",
    "pon": "pon-port",
    "olt": "olt",
    "agg": "aggregation-switch",
}
TRIES: Final = 20
"""Draws until an outage touches no other one; after so many there is one less."""


def with_shapes(settings: WorldSettings, network: Network, script: Script) -> Script:
    """Return the script with the outages of further shapes, none of which touches another."""
    outages = _one_at_a_time(network, script.outages) if network.rings else [*script.outages]
    taken = [(outage, reach_of(network, outage.cause)) for outage in outages]
    shapes = _Shapes(settings, network)
    for room, rate, draw in (
        ("wide", settings.wide_per_week, shapes.wide),
        ("combinations", settings.combinations_per_week, shapes.combination),
        ("ring-cuts", settings.ring_cuts_per_week, shapes.ring_cut),
        ("power-cuts", settings.power_cuts_per_week, shapes.power_cut),
        ("quiet-outages", settings.quiet_outages_per_week, shapes.quiet),
    ):
        rng = chance(settings.seed, room)
        for _ in range(rng.poisson(rate * settings.weeks)):
            _add_one(shapes, draw, taken, rng)
    outages = sorted((outage for outage, _ in taken), key=lambda one: (one.start, one.cause))
    return replace(script, outages=tuple(outages))


def _one_at_a_time(network: Network, outages: Sequence[Outage]) -> list[Outage]:
    """Leave out unplanned outages that meet another fault of the same ring."""
    kept: list[tuple[Outage, Reach]] = []
    for outage in sorted(outages, key=lambda one: not one.planned):
        own = reach_of(network, outage.cause).own
        reach = Reach(own, own)
        if outage.planned or is_free(outage, reach, kept, 0):
            kept.append((outage, reach))
    return [outage for outage, _ in kept]


def _add_one(
    shapes: _Shapes,
    draw: Callable[[int, np.random.Generator], Outage],
    taken: list[tuple[Outage, Reach]],
    rng: np.random.Generator,
) -> None:
    """Draw an outage until it touches none of those there are, and add it to them."""
    for _ in range(TRIES):
        outage = draw(shapes.start(rng), rng)
        reach = reach_of(shapes.network, outage.cause)
        if len(outage.hits) and is_free(outage, reach, taken, HOUR):
            taken.append((outage, reach))
            return


class _Shapes:
    """How an outage of each shape is drawn, at a start (ms)."""

    def __init__(self, settings: WorldSettings, network: Network) -> None:
        self.network = network
        self._settings = settings
        self._combinations: list[str] | None = None

    def start(self, rng: np.random.Generator) -> int:
        """Draw when an outage begins, ms."""
        first = self._settings.start_ms + HOUR
        return int(rng.integers(first, max(first + 1, self._settings.end_ms - HOUR)))

    def wide(self, start: int, rng: np.random.Generator) -> Outage:
        """All boxes of the first vendor."""
        return self._of_values(("vendor", WIDE, WIDE_CALLS), start, rng)

    def combination(self, start: int, rng: np.random.Generator) -> Outage:
        """All customers with some values together."""
        if self._combinations is None:
            self._combinations = possible_combinations(self.network)
        cause = str(rng.choice(self._combinations))
        return self._of_values(("combination", cause, COMBINATION_CALLS), start, rng)

    def _of_values(
        self, what: tuple[str, str, tuple[float, float]], start: int, rng: np.random.Generator
    ) -> Outage:
        level, cause, calls = what
        # Half of them at least are seen by nobody, as with firmware.
        silent = bool(rng.random() < max(self._settings.silent_share, 0.5))
        share = float(rng.uniform(*calls))
        return self._strike(_outage((level, cause, ""), start, 120, rng), share, silent=silent)

    def ring_cut(self, start: int, rng: np.random.Generator) -> Outage:
        """Two links of a ring: the switches between them are off."""
        ring = self.network.rings[int(rng.integers(len(self.network.rings)))]
        links = rng.choice(len(ring.switches) + 1, 2, replace=False)
        arc = ring.switches[int(min(links)) : int(max(links))]
        cause = arc_name(self.network, arc)
        silent = bool(rng.random() < self._settings.silent_share)
        share = float(rng.uniform(*CALL_SHARES["agg"]))
        drawn = _outage(("ring", cause, "agg"), start, 75, rng)
        return self._strike(drawn, share, silent=silent)

    def power_cut(self, start: int, rng: np.random.Generator) -> Outage:
        """A site without mains, from when its battery is empty."""
        battery = int(rng.choice(self.network.of_type["ups"]))
        things = self.network.equipment
        like = LEVEL_OF_TYPE[things.types[self.network.ups[battery]]]
        mains = start - int(rng.uniform(*BATTERY) * MINUTE)
        drawn = _outage(("power", things.ids[battery], like), start, 75, rng)
        share = float(rng.uniform(*CALL_SHARES[like]))
        return self._strike(replace(drawn, mains=mains), share, silent=False)

    def quiet(self, start: int, rng: np.random.Generator) -> Outage:
        """An outage with the usual alarms about which nobody calls."""
        levels = [name for name in QUIET if OF_LEVEL[name] in self.network.of_type]
        weights = np.array([LEVEL_WEIGHTS[name] for name in levels])
        level = str(rng.choice(levels, p=weights / weights.sum()))
        drawn = draw_outage(self._settings, self.network, (level, start), rng)
        return self._strike(replace(drawn, slow=False, further=True), 0.0, silent=False)

    def _strike(self, outage: Outage, share: float, *, silent: bool) -> Outage:
        drawn = replace(outage, call_share=share, silent=silent)
        # Neither slow nor firmware: all of them are hit, and nothing is drawn.
        return strike(self.network, drawn, np.random.default_rng(0))


def _outage(
    what: tuple[str, str, str], start: int, median: float, rng: np.random.Generator
) -> Outage:
    """Return an outage (level, cause, level it is like), without hits, as long as usual."""
    level, cause, like = what
    length = float(np.clip(rng.lognormal(np.log(median), 0.5), 30, 360))
    return Outage(
        level=level,
        cause=cause,
        start=start,
        end=start + int(length * MINUTE),
        hits=np.zeros(0, np.int64),
        call_share=0.0,
        further=True,
        like=like,
    )
