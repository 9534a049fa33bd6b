"""Pages of a list: how many, and what the next one is asked with."""

from __future__ import annotations

from correlator.model import Millis
from correlator.web.fields import whole

MOST = 500
"""Of what programs ask for at once."""


def limit_of(text: str) -> int | None:
    """Return how many are asked for, None where that is no number from 1 to `MOST`."""
    limit = whole(text)
    return limit if limit is not None and 1 <= limit <= MOST else None


def place(time: Millis | None, key: str) -> str:
    """Return what the page after a (time, id) is asked with."""
    return f"{time}~{key}"


def place_of(text: str) -> tuple[Millis, str] | None:
    """Return the (time, id) that `place` was given, None for anything else."""
    time, _, key = text.partition("~")
    at = whole(time)
    return None if at is None or not key else (at, key)
