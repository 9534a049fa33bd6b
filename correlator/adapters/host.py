"""The machine: what time it is, and which process this is."""

from __future__ import annotations

import os
import socket
import time

from correlator.model import Millis


def wall_clock() -> Millis:
    """Return the time now. The one place where the clock is read."""
    return time.time_ns() // 1_000_000


def owner() -> str:
    """Return a name for this process: host and process id."""
    return f"{socket.gethostname()}:{os.getpid()}"


BESIDE = "CORRELATOR_BESIDE"
"""Environment variable of a program that runs beside another one: whose process id that is."""


def is_left_alone() -> bool:
    """Return whether the program that this one runs beside has died."""
    other = os.environ.get(BESIDE, "")
    return bool(other) and str(os.getppid()) != other
