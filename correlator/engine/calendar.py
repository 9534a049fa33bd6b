"""Hours of the week in local time, and the minutes at which the engine is ticked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from correlator.model import MINUTE, Millis

HOURS_A_WEEK = 168
_QUARTER = 15 * MINUTE  # every offset from UTC in use is a whole number of quarters of an hour
_CACHED_QUARTERS = 4_096


class WeekClock:
    """Maps an instant to the local hour of the week, 0 (Monday 0 h) … 167."""

    def __init__(self, timezone: str) -> None:
        self._zone = ZoneInfo(timezone)
        self._cache: dict[int, int] = {}

    def hour_of_week(self, time: Millis) -> int:
        """Return 0…167; equal for all instants of one local hour."""
        quarter = time // _QUARTER
        hour = self._cache.get(quarter)
        if hour is None:
            if len(self._cache) >= _CACHED_QUARTERS:
                self._cache.clear()
            local = datetime.fromtimestamp(quarter * _QUARTER / 1000, UTC).astimezone(self._zone)
            hour = self._cache[quarter] = local.weekday() * 24 + local.hour
        return hour


def ticks_between(last: Millis | None, now: Millis) -> Iterator[Millis]:
    """Yield the whole minutes in (last, now].

    The shell ticks the engine at each of them before it hands over an event that arrived at `now`,
    so that the ticks are a function of the events alone and a replay decides what the daemon
    decided. The first event of all is preceded by the one tick of its minute.
    """
    first = now // MINUTE * MINUTE if last is None else (last // MINUTE + 1) * MINUTE
    yield from range(first, now + 1, MINUTE)
