"""Moments on the operator's clock: midnights, what people type, what sentences say."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from correlator.formats.times import to_millis
from correlator.model import Millis

_LAST: Millis = 4_102_444_800_000  # the year 2100: nobody promises anything for then
_TYPED = re.compile(r"(\d{1,2})\s*[:hH]\s*(\d{2})?")


def local(time: Millis, zone: ZoneInfo) -> datetime:
    """Return a moment on the operator's clock."""
    return datetime.fromtimestamp(time // 1000, zone)


def midnight(time: Millis, zone: ZoneInfo) -> Millis:
    """Return the beginning of the local day."""
    return to_millis(local(time, zone).replace(hour=0, minute=0, second=0, microsecond=0))


def clock(time: Millis, zone: ZoneInfo) -> str:
    """Return `18:36`."""
    return local(time, zone).strftime("%H:%M")


def typed(text: str, now: Millis, zone: ZoneInfo) -> Millis | None:
    """Return the moment that somebody typed: `20:15`, `20h15`, `20h`, or RFC 3339; None if none.

    An hour that is past more than an hour ago is meant for tomorrow.
    """
    found = _TYPED.fullmatch(text.strip())
    if found is None:
        return _iso(text.strip(), zone)
    hour, minute = int(found[1]), int(found[2] or 0)
    if hour > 23 or minute > 59:
        return None
    today = local(now, zone)
    meant = today.replace(hour=hour, minute=minute, second=0, microsecond=0)
    if meant < today - timedelta(hours=1):
        meant += timedelta(days=1)
    return to_millis(meant)


def _iso(text: str, zone: ZoneInfo) -> Millis | None:
    try:
        read = datetime.fromisoformat(text)
        time = to_millis(read if read.tzinfo is not None else read.replace(tzinfo=zone))
    except (ValueError, OverflowError):
        return None
    return time if 0 <= time <= _LAST else None
