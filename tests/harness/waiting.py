"""Waiting for something to become true, and for no longer than that."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def until(ask: Callable[[], T | None], seconds: float = 20.0) -> T:
    """Ask again and again until the answer is something true, and return it."""
    end = time.monotonic() + seconds
    while not (answer := ask()):
        assert time.monotonic() < end, "what the test waits for does not come"
        time.sleep(0.002)
    return answer
