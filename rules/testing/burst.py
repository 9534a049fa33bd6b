"""Many tickets from one line: bursts, and the ordinary calls that tests start from.

Nothing here is drawn by chance: tickets are spread evenly over time and over customers.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import gcd
from typing import TYPE_CHECKING, Any

from rules.testing.model import RuleTest, TicketMoment, World

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    for index in range(count):
        yield TicketMoment(
            at=burst["at"] + index * burst["every"],
            id=f"T{number}-{index + 1}",
            customer=below[(index * len(below) // count + skip) % len(below)].id,
            symptom=symptoms[index % len(symptoms)],
            text=burst.get("text", ""),
        )


def background_of(test: RuleTest) -> list[TicketMoment]:
    """Return the ordinary calls of a test in order, from `history` before its start to its end."""
    if test.background is None:
        return []
    first = -test.background.history
    hours = list(_open_hours(test, first, test.until))
    length = sum(end - start for start, end in hours)
    found = []
    for number, (symptom, rate) in enumerate(sorted(test.background.rates.items())):
        calls = round(rate * len(test.world.customers) * length / _HOUR)
        for index in range(calls):
            at = _moment(hours, (2 * index + 1) * length // (2 * calls))
            caller = _caller(test.world, index, number)
            found.append(TicketMoment(at, f"B{number}-{index + 1}", caller, symptom))
    return sorted(found, key=lambda ticket: (ticket.at, ticket.id))


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


def _caller(world: World, index: int, shift: int) -> str:
    """Go through the customers in steps of about 0.618 of them: neighbours call far apart."""
    total = len(world.customers)
    step = max(1, round(total * 0.618))
    while gcd(step, total) > 1:
        step += 1
    return world.customers[(index * step + shift * 7) % total].id
