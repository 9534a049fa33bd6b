"""The minutes at which the engine is ticked."""

from __future__ import annotations

from collections.abc import Iterator

from correlator.model import MINUTE, Millis


def ticks_between(last: Millis | None, now: Millis) -> Iterator[Millis]:
    """Yield the whole minutes in (last, now].

    The shell ticks the engine at each of them before it hands over an event that arrived at `now`,
    so that the ticks are a function of the events alone and a replay decides what the daemon
    decided. The first event of all is preceded by the one tick of its minute.
    """
    first = now // MINUTE * MINUTE if last is None else (last // MINUTE + 1) * MINUTE
    yield from range(first, now + 1, MINUTE)
