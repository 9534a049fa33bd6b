"""When events reach the feeds: ordinary lags, mails imported in the morning, stalls and bulks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from correlator.simulate.settings import DAY, HOUR, MINUTE, WorldSettings, chance

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from correlator.simulate.rhythm import Rhythm

Window = tuple[int, int]
"""From, to (ms)."""


def ticket_arrivals(
    settings: WorldSettings, created: NDArray[np.int64], mails: NDArray[np.bool_], rhythm: Rhythm
) -> NDArray[np.int64]:
    """Return the arrival (ms) of tickets created at given times (ms)."""
    rng = chance(settings.seed, "ticket-feed")
    count = len(created)
    lag = rng.exponential(4_000, count)
    slow_typing = rng.random(count) < 0.03
    lag += np.where(slow_typing, rng.uniform(0.3, 15, count) * MINUTE, 0)
    read_later = mails & (rng.random(count) < 0.6)
    lag += np.where(read_later, rng.uniform(1, 30, count) * MINUTE, 0)
    arrival = created + lag.astype(np.int64)
    if settings.mail_import:
        arrival = np.where(mails, _morning(arrival, rhythm, rng), arrival)
    return held_back(arrival, stalls(settings, rhythm))


def _morning(
    arrival: NDArray[np.int64], rhythm: Rhythm, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Mails from 20:00 to 8:00 are imported at 8."""
    local = rhythm.local_ms(arrival)
    wait = (8 * HOUR - local) % DAY
    night = (local >= 20 * HOUR) | (local < 8 * HOUR)
    batch = rng.integers(0, 3 * MINUTE, len(arrival))
    return np.where(night, arrival + wait + batch, arrival)


def held_back(times: NDArray[np.int64], windows: list[Window]) -> NDArray[np.int64]:
    """Return arrivals with nothing inside the windows: what was due there comes at once after."""
    for begin, end in windows:
        inside = (times >= begin) & (times < end)
        # Order is kept: an hour of backlog empties in 18 seconds.
        times = np.where(inside, end + (times - begin) // 200, times)
    return times


def stalls(settings: WorldSettings, rhythm: Rhythm) -> list[Window]:
    """Draw when the ticket feed stands still, in busy hours."""
    rng = chance(settings.seed, "stalls")
    count = int(rng.poisson(settings.stalls_per_week * settings.weeks))
    begins = np.sort(rhythm.spread(count, (settings.start_ms, settings.end_ms), rng))
    lengths = rng.uniform(20, 120, count) * MINUTE
    return [(int(b), int(b + n)) for b, n in zip(begins, lengths, strict=True)]


def alarm_gaps(settings: WorldSettings) -> list[Window]:
    """Draw when the alarm feed stands still."""
    rng = chance(settings.seed, "alarm-gaps")
    count = int(rng.poisson(settings.alarm_gaps_per_week * settings.weeks))
    begins = np.sort(rng.integers(settings.start_ms, settings.end_ms, count))
    lengths = rng.uniform(10, 60, count) * MINUTE
    return [(int(b), int(b + n)) for b, n in zip(begins, lengths, strict=True)]
