"""RFC 3339 on the outside, integer milliseconds UTC inside."""

from __future__ import annotations

from datetime import UTC, datetime

from correlator.model import Millis

LATEST: Millis = 253_402_128_000_000
"""2 days before the year 10000, so that every time can be written in every zone."""


def to_millis(time: datetime) -> Millis:
    """Return ms since the epoch, at most `LATEST`; `time` must know its offset."""
    return min(round(time.timestamp() * 1000), LATEST)


def to_rfc3339(time: Millis) -> str:
    """Return `2026-11-22T08:52:14.123Z`; whole seconds without the fraction."""
    moment = datetime.fromtimestamp(time // 1000, UTC)
    text = moment.strftime("%Y-%m-%dT%H:%M:%S")
    rest = time % 1000
    return f"{text}.{rest:03d}Z" if rest else f"{text}Z"


def from_rfc3339(text: str) -> Millis:
    """Return the ms of a time with its offset; raises ValueError for anything else."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text}: no offset from UTC")
    return to_millis(moment)
