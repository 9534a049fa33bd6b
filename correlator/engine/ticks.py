"""The minutes at which the engine is ticked, and how much silence it lives through."""

from __future__ import annotations

from collections.abc import Iterator

from correlator.model import DAY, HOUR, MINUTE, Millis

LONGEST_SILENCE: Millis = 3 * DAY
"""Of all feeds together. What is longer is stepped over: the feeds were down, or a record bears a
wrong date, and to live through years of it would take hours."""

_CATCHING_UP: Millis = HOUR


def ticks_between(last: Millis | None, now: Millis) -> Iterator[Millis]:
    """Yield the whole minutes in (last, now]; of more than three days, the first three and an hour.

    The shell ticks the engine at each of them before it hands over an event that arrived at `now`,
    so that the ticks are a function of the events alone and a replay decides what the daemon
    decided. The first event of all is preceded by the one tick of its minute.
    """
    if last is None:
        yield now // MINUTE * MINUTE
        return
    first = (last // MINUTE + 1) * MINUTE
    goes_on = now - _CATCHING_UP
    if goes_on - first > LONGEST_SILENCE:
        yield from range(first, first + LONGEST_SILENCE, MINUTE)
        first = goes_on // MINUTE * MINUTE
    yield from range(first, now + 1, MINUTE)
