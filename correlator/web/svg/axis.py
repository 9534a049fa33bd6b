"""The axis of time, in the operator's zone, and the axis of counts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from correlator.formats.times import LATEST
from correlator.model import MINUTE, Millis
from correlator.web.svg.lettering import width_of
from correlator.web.svg.markup import label, line

_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440)  # minutes between two ticks
_AIR = 76.0  # units between two ticks, at least
_DAY = 1440 * MINUTE
_HALF_HOUR = 30 * MINUTE


def local(time: Millis, zone: str) -> datetime:
    """Return a time on the operator's clock."""
    kept = min(max(time, _DAY), LATEST)
    return datetime.fromtimestamp(kept // 1000, UTC).astimezone(ZoneInfo(zone))


def clock(time: Millis, zone: str) -> str:
    """Return `18:36`."""
    return local(time, zone).strftime("%H:%M")


def reach(begin: Millis, end: Millis, times: Iterable[Millis]) -> tuple[Millis, Millis]:
    """Return a stretch widened to times that are not too far from it.

    A promise lies ahead of the last minute; one for tomorrow must not squeeze what happened today.
    """
    far = max(end - begin, _HALF_HOUR)
    near = [time for time in times if begin - far <= time <= end + far]
    return min([begin, *near]), max([end, *near])


class Span:
    """A stretch of time laid over a stretch of the drawing."""

    def __init__(self, begin: Millis, end: Millis, left: float, right: float) -> None:
        self.begin, self.end = begin, max(end, begin + MINUTE)
        self.left, self.right = left, right

    def x(self, time: Millis) -> float:
        """Return where a time is; what is outside stands at the border."""
        share = (time - self.begin) / (self.end - self.begin)
        return self.left + (self.right - self.left) * min(max(share, 0.0), 1.0)

    def ticks(self, zone: str) -> Iterator[tuple[float, str]]:
        """Yield where round times are, and their names; the day where one begins."""
        step = self._step()
        start = local(self.begin, zone)
        past = timedelta(minutes=start.hour * 60 + start.minute, seconds=start.second)
        first = self.begin - self.begin % 1000 - round(past.total_seconds()) * 1000
        time = first - ((first - self.begin) // step) * step
        while time <= self.end:
            here = local(time, zone)
            midnight = here.hour == 0 and here.minute == 0
            yield self.x(time), here.strftime("%d/%m") if midnight else clock(time, zone)
            time += step

    def _step(self) -> Millis:
        room = max(1.0, (self.right - self.left) / _AIR)
        least = (self.end - self.begin) / MINUTE / room
        days = max(1, math.ceil(least / 1440))
        return MINUTE * next((step for step in _STEPS if step >= least), days * 1440)

    def drawn(self, zone: str, top: float, bottom: float) -> Iterator[str]:
        """Yield the axis: a base line, thin lines at round times, their names below."""
        yield line(self.left, bottom, self.right, bottom, "axis")
        edge = 0.0
        for x, name in self.ticks(zone):
            half = width_of(name) / 2
            yield line(x, top, x, bottom, "grid")
            middle = min(max(x, self.left + half), self.right - half)
            if middle - half > edge:
                yield label(middle, bottom + 19.0, name, "tick", "middle")
                edge = middle + half + 4.0


def round_top(most: float) -> int:
    """Return the top of the axis of counts: a round number, at least 2."""
    power: int = 10 ** max(0, math.floor(math.log10(max(most, 1.0))))
    steps = (power * tenths // 10 for tenths in (10, 12, 16, 20, 30, 40, 60, 80, 100))
    return max(2, next(step for step in steps if step >= most))
