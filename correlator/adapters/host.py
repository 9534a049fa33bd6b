"""The machine: its clock, this process and its garbage collector, where files may be kept."""

from __future__ import annotations

import gc
import os
import socket
import time
from pathlib import Path

from correlator.model import Millis


def wall_clock() -> Millis:
    """Return the time now. The one place where the clock is read."""
    return time.time_ns() // 1_000_000


def owner() -> str:
    """Return a name for this process: host and process id."""
    return f"{socket.gethostname()}:{os.getpid()}"


def settle() -> None:
    """Keep all that is in memory now out of the garbage collector's rounds.

    A full round goes over everything that was loaded, in the middle of an event. What has died
    since the last call is let go first: call it again once large things were replaced.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()


BESIDE = "CORRELATOR_BESIDE"
"""Environment variable of a program that runs beside another one: whose process id that is."""


def is_left_alone() -> bool:
    """Return whether the program that this one runs beside has died."""
    other = os.environ.get(BESIDE, "")
    return bool(other) and str(os.getppid()) != other


CACHE = "CORRELATOR_CACHE_DIR"
"""Environment variable of the folder that is kept from one start to the next."""


def cache_folder() -> Path | None:
    """Return the folder for what only makes the next start quicker; None where nobody has a home.

    That of the environment variable, else the user's own, where the XDG specification has it.
    """
    if chosen := os.environ.get(CACHE):
        return Path(chosen)
    if common := os.environ.get("XDG_CACHE_HOME"):
        return Path(common) / "correlator"
    try:
        return Path.home() / ".cache" / "correlator"
    except RuntimeError:
        return None
