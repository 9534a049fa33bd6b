"""Places that bring a batch of tickets each weekday at the same hour, and nothing is wrong."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from correlator.simulate.settings import MINUTE, SettingsError, WorldSettings, chance
from correlator.simulate.texts import SYMPTOMS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from correlator.simulate.network import Network

HOURS: Final = (9, 19)
"""Earliest and latest local hour of a habit."""
BATCH: Final = (8, 15)
"""Fewest and most tickets of a day."""
WITHIN: Final = 25 * MINUTE
TOLD: Final = ("no-internet", "slow")

Calls = tuple["NDArray[np.int64]", "NDArray[np.int64]", "NDArray[np.int64]"]
"""Occurrence (ms), customer and symptom of each contact."""


class Habit(NamedTuple):
    """A DSLAM or OLT, by index, and its hour (local)."""

    node: int
    hour: int


def habits_of(settings: WorldSettings, network: Network) -> list[Habit]:
    """Draw the places with a habit; SettingsError: there are not so many."""
    wanted = settings.habit_places
    if not wanted:
        return []
    rng = chance(settings.seed, "habits")
    large = [node for node, (low, high) in network.spans.items() if high - low >= BATCH[1]]
    if wanted > len(large):
        raise SettingsError(
            f"habit_places: {wanted} are more than the {len(large)} DSLAMs and OLTs"
            f" with {BATCH[1]} customers"
        )
    nodes = rng.choice(sorted(large), wanted, replace=False).tolist()
    hours = rng.integers(HOURS[0], HOURS[1] + 1, wanted).tolist()
    return [Habit(node, hour) for node, hour in zip(nodes, hours, strict=True)]


def habit_calls(settings: WorldSettings, network: Network) -> Iterator[Calls]:
    """Yield all contacts of each habit, in the order of `habits_of`."""
    rng = chance(settings.seed, "habit-calls")
    codes = [SYMPTOMS.index(name) for name in TOLD]
    for habit in habits_of(settings, network):
        low, high = network.spans[habit.node]
        created, customers = [], []
        for begin in _beginnings(settings, habit.hour):
            count = int(rng.integers(BATCH[0], BATCH[1] + 1))
            created.append(begin + rng.integers(0, WITHIN, count))
            customers.append(low + rng.choice(high - low, count, replace=False))
        none = [np.zeros(0, np.int64)]
        times = np.concatenate(none + created)
        yield times, np.concatenate(none + customers), rng.choice(codes, len(times))


def _beginnings(settings: WorldSettings, hour: int) -> list[int]:
    """Return when an hour (local) begins on each Monday to Friday of the world, ms."""
    zone = ZoneInfo(settings.zone)
    first = datetime.fromtimestamp(settings.start_ms / 1000, zone).date()
    days = [first + timedelta(days=day) for day in range(settings.days + 1)]
    return [
        round(datetime.combine(day, time(hour), zone).timestamp() * 1000)
        for day in days
        if day.weekday() < 5
    ]
