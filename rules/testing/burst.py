"""Many tickets from one line: bursts, and the ordinary calls that tests start from.

Nothing here is drawn by chance: tickets are spread evenly over time and over customers.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import gcd
from typing import TYPE_CHECKING, Any

from rules.testing.events import TicketMoment
from rules.testing.model import RuleTest, World

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rules.model import Millis

OPENS, CLOSES = 8, 22
"""Hours between which the hotline of a test is open, Monday to Saturday."""

_HOUR: Millis = 3_600_000
_DAY: Millis = 24 * _HOUR
_SUNDAY = 6


def tickets_of(burst: Any, number: int, world: World) -> Iterator[TicketMoment]:
    """Yield the tickets of a burst, the customers spread evenly below `under`.

    Raises ValueError when there are not so many.
    """
    below = world.below(burst["under"])
    count, skip = burst["count"], burst.get("skip", 0)
    if count > len(below):
        raise ValueError(f"{count} customers wanted, {len(below)} below '{burst['under']}'")
    symptoms = burst.get("symptoms") or [None]
    step = _step(count)
    for index in range(count):
        nth = index * step % count
        yield TicketMoment(
            at=burst["at"] + index * burst["every"],
            id=f"T{number}-{index + 1}",
            customer=below[(nth * len(below) // count + skip) % len(below)].id,
            symptom=symptoms[index % len(symptoms)],
            text=burst.get("text", ""),
        )


def background_of(test: RuleTest) -> list[TicketMoment]:
    """Return the ordinary calls of a test in order, from `history` before its start to its end."""
    if test.background is None:
        return []
    hours = list(_open_hours(test, -test.background.history, test.until))
    length = sum(end - start for start, end in hours)
    symptoms = _in_turn(test.background.rates, len(test.world.customers) * length / _HOUR)
    everyone = test.world.customers
    step = _step(len(everyone))
    return [
        TicketMoment(
            at=_moment(hours, (2 * index + 1) * length // (2 * len(symptoms))),
            id=f"B{index + 1}",
            customer=everyone[index * step % len(everyone)].id,
            symptom=symptom,
        )
        for index, symptom in enumerate(symptoms)
    ]


def _in_turn(rates: Mapping[str, float], customer_hours: float) -> list[str]:
    """Return the symptom of each call, those of one symptom as far apart as can be."""
    places = []
    for symptom, rate in rates.items():
        calls = round(rate * customer_hours)
        places += [((index + 0.5) / calls, symptom) for index in range(calls)]
    return [symptom for _, symptom in sorted(places)]


def _step(total: int) -> int:
    """Return a step of about 0.618 of the total that visits all: neighbours come far apart."""
    step = max(1, round(total * 0.618))
    while gcd(step, total) > 1:
        step += 1
    return step


def _open_hours(test: RuleTest, first: Millis, last: Millis) -> Iterator[tuple[Millis, Millis]]:
    """Yield the opening hours of each day as moments of the test, cut to first…last."""
    local = test.start + test.utc_offset
    day = (local + first) // _DAY * _DAY
    while day < local + last:
        weekday = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=day)).weekday()
        start = max(day + OPENS * _HOUR - local, first)
        end = min(day + CLOSES * _HOUR - local, last)
        if weekday != _SUNDAY and start < end:
            yield start, end
        day += _DAY


def _moment(hours: list[tuple[Millis, Millis]], elapsed: Millis) -> Millis:
    """Return the moment at which the hotline has been open for so long."""
    for start, end in hours:
        if elapsed < end - start:
            return start + elapsed
        elapsed -= end - start
    return hours[-1][1]
