"""How long incidents like one usually last here: never a promise, unless the cell makes it one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

from correlator.adapters.sql import ConsoleReads, LastedRow
from correlator.model import DAY, Incident, Millis
from correlator.web.durations import usual
from correlator.web.hours import local
from correlator.web.views import UsualView

SINCE: Millis = 180 * DAY
_MOST = 500
_DAYTIME = range(8, 20)
"""Local hours in which repairs are under way; outside them many a failure waits for them."""


def lasted_of(reads: ConsoleReads, rule: str, now: Millis) -> list[LastedRow]:
    """Read how long the incidents of a rule lasted; blocks."""
    return reads.lasted(rule, now - SINCE, _MOST)


def usual_of(
    incident: Incident, lasted: Sequence[LastedRow], now: Millis, zone: ZoneInfo
) -> UsualView | None:
    """Return how long the likest ones last: of this rule, who repairs, and time of day.

    Where too few of those have ended, of any time of day, then of whoever repairs. Those that live
    count as lasting longer than until now.
    """
    others = [row for row in lasted if row.id != incident.id]
    owned = [row for row in others if row.owner == incident.owner]
    daytime = _by_day(incident.onset, zone)
    alike = [row for row in owned if _by_day(row.onset, zone) is daytime]
    for group in (alike, owned, others):
        found = usual(list(_durations(group, now)))
        if found is not None:
            return UsualView(*found)
    return None


def _by_day(time: Millis, zone: ZoneInfo) -> bool:
    return local(time, zone).hour in _DAYTIME


def _durations(rows: Iterable[LastedRow], now: Millis) -> Iterable[tuple[Millis, bool]]:
    for row in rows:
        duration = (now if row.resolved is None else row.resolved) - row.onset
        if duration > 0:
            yield duration, row.resolved is not None
