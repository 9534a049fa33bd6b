"""RFC 3339 on the outside, integer milliseconds UTC inside."""

from __future__ import annotations

from datetime import UTC, datetime

from correlator.model import Millis


def to_millis(time: datetime) -> Millis:
    """Return ms since the epoch; `time` must know its offset."""
    return round(time.timestamp() * 1000)


def to_rfc3339(time: Millis) -> str:
    """Return `2026-11-22T08:52:14.123Z`; whole seconds without the fraction."""
    moment = datetime.fromtimestamp(time // 1000, UTC)
    text = moment.strftime("%Y-%m-%dT%H:%M:%S")
    rest = time % 1000
    return f"{text}.{rest:03d}Z" if rest else f"{text}Z"
