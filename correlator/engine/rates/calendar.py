"""Hours of the week in local time."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from correlator.model import MINUTE, Millis

HOURS_A_WEEK = 168
"""The number of hours of the week."""
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
