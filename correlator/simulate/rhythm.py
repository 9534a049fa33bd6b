"""When people contact the hotline: hours of the week, and time that runs with that activity."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import numpy as np

from correlator.simulate.settings import DAY, HOUR, WorldSettings

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Relative contacts per local hour of a working day: open 8-22, peaks 9-11 and 17-20.
DAY_SHAPE: Final = (
    *(0.10, 0.07, 0.05, 0.04, 0.04, 0.06, 0.12, 0.30),
    *(1.05, 1.60, 1.70, 1.35, 1.00, 0.90, 0.95, 1.00),
    *(1.15, 1.50, 1.75, 1.65, 1.30, 0.85, 0.30, 0.15),
)
# Monday is high, Sunday low.
WEEK_SHAPE: Final = (1.30, 1.05, 1.00, 1.00, 1.05, 0.80, 0.45)
OPEN_HOURS: Final = (8, 22)


class Rhythm:
    """Hotline activity of a world, in steps of a quarter of an hour.

    *Activity time* is the integral of the activity, in hours of an average open hour: an hour at a
    peak is more than one, a night hour next to nothing.
    """

    def __init__(self, settings: WorldSettings) -> None:
        step = HOUR // 4
        # Two days more than the world, so that every call of its last hours has a time.
        self._start = settings.start_ms
        self._edges = np.arange(self._start, settings.end_ms + 2 * DAY + 1, step, dtype=np.int64)
        zone = ZoneInfo(settings.zone)
        shape = _week_profile()
        where = [
            _hour_of_week(int(edge + step // 2 - settings.contact_shift_hours * HOUR), zone)
            for edge in self._edges[:-1]
        ]
        activity = np.interp(where, np.arange(-1, 169) + 0.5, np.r_[shape[-1], shape, shape[0]])
        self._activity = np.concatenate([[0.0], np.cumsum(activity) / 4])
        weeks = (self._edges[:-1] - self._start) / (7 * DAY)
        grown = activity * (1 + settings.growth_per_week * weeks)
        self._contacts = np.concatenate([[0.0], np.cumsum(grown) / 4])
        self._offset = np.array([_offset_ms(int(edge), zone) for edge in self._edges])

    def active_at(self, times: NDArray[np.int64]) -> NDArray[np.float64]:
        """Activity time (hours) of clock times (ms)."""
        return np.asarray(np.interp(times, self._edges, self._activity))

    def clock_at(self, active: NDArray[np.float64]) -> NDArray[np.int64]:
        """Clock times (ms) of activity times (hours)."""
        return np.interp(active, self._activity, self._edges).astype(np.int64)

    def spread(
        self, count: int, window: tuple[int, int], rng: np.random.Generator
    ) -> NDArray[np.int64]:
        """Draw ``count`` clock times (ms) in the window, dense where contacts are dense."""
        low, high = np.interp(np.array(window), self._edges, self._contacts)
        drawn = rng.uniform(low, high, count)
        return np.interp(drawn, self._contacts, self._edges).astype(np.int64)

    def load(self, window: tuple[int, int]) -> float:
        """Contacts to expect in a window (ms), in hours of a mean hour of the week."""
        low, high = np.interp(np.array(window), self._edges, self._contacts)
        return float((high - low) / _week_profile().mean())

    def local_ms(self, times: NDArray[np.int64]) -> NDArray[np.int64]:
        """Milliseconds since local midnight."""
        slot = np.clip(np.searchsorted(self._edges, times, "right") - 1, 0, len(self._edges) - 1)
        return np.asarray((times + self._offset[slot]) % DAY, dtype=np.int64)


def _week_profile() -> NDArray[np.float64]:
    """Contacts per hour of the local week (168), mean 1 over the open hours of a working day."""
    shape = np.outer(WEEK_SHAPE, DAY_SHAPE)
    return np.asarray(shape.reshape(-1) / shape[1:5, slice(*OPEN_HOURS)].mean())


def _hour_of_week(ms: int, zone: ZoneInfo) -> float:
    local = datetime.fromtimestamp(ms / 1000, UTC).astimezone(zone)
    return local.weekday() * 24 + local.hour + local.minute / 60


def _offset_ms(ms: int, zone: ZoneInfo) -> int:
    local = datetime.fromtimestamp(ms / 1000, UTC).astimezone(zone)
    offset = local.utcoffset()
    return 0 if offset is None else round(offset.total_seconds() * 1000)
