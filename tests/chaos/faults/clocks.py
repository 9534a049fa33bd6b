"""The daemon's clock jumps (needs libfaketime)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from tests.chaos.fault import CannotError, Fault

if TYPE_CHECKING:
    from tests.chaos.run import Run

_NAMED = os.environ.get("CORRELATOR_LIBFAKETIME", "")
_INSTALLED = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
_LIBRARIES = [_NAMED] if _NAMED else [str(path) for path in _INSTALLED]


class ClockJumps(Fault):
    """By an hour, forward or back, while it works, and back again."""

    lease = 3

    def __init__(self, hours: int) -> None:
        self.hours = hours
        self.name = f"clock {hours:+d} h"

    def possible(self) -> None:
        """Without the library it cannot be done."""
        if not _LIBRARIES:
            raise CannotError("no libfaketime here; CORRELATOR_LIBFAKETIME may name its file")

    def prepare(self, run: Run) -> None:
        """Let the daemon take its clock from a file."""
        self._file = run.folder / "faketime"
        self._file.write_text("+0")
        self.environment = {
            "LD_PRELOAD": _LIBRARIES[0],
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    def strike(self, run: Run) -> None:
        """Jump, and jump back."""
        run.leader()
        for offset in (f"{self.hours:+d}h", "+0"):
            run.anywhere()
            with run.going_on():
                self._file.write_text(offset)
