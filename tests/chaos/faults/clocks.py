"""The daemon's clock jumps."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from tests.chaos import clock
from tests.chaos.fault import Fault

if TYPE_CHECKING:
    from tests.chaos.run import Run

_SHIM = Path(clock.__file__).parent


class ClockJumps(Fault):
    """By an hour, forward or back, while it works, and back again."""

    lease = 3

    def __init__(self, hours: int) -> None:
        self.hours = hours
        self.name = f"clock {hours:+d} h"

    def prepare(self, run: Run) -> None:
        """Let the daemon take its clock from a file."""
        self._file = run.folder / "ahead"
        self._set(0)
        path = filter(None, (str(_SHIM), os.environ.get("PYTHONPATH")))
        self.environment = {"PYTHONPATH": os.pathsep.join(path), "CLOCK_AHEAD": str(self._file)}

    def strike(self, run: Run) -> None:
        """Jump, and jump back."""
        run.leader()
        for hours in (self.hours, 0):
            run.anywhere()
            with run.going_on():
                self._set(hours)

    def _set(self, hours: int) -> None:
        fresh = self._file.with_suffix(".new")
        fresh.write_text(str(hours * 3600))
        fresh.replace(self._file)  # never half of it
