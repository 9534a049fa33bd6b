"""kill -9, at any time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.chaos.fault import Fault

if TYPE_CHECKING:
    from tests.chaos.run import Run


class Killed(Fault):
    """Killed and started again, many times over the whole world: every other time while it starts.

    A run's own start takes longer than a blow: so there are many in one.
    """

    name = "kill -9"
    blows = 16
    starting = 6.0
    """Seconds: importing, waiting for the lease, recovering, and a moment more."""

    def strike(self, run: Run) -> None:
        """Kill."""
        daemon = run.daemons[0]
        run.leader()
        for n in range(self.blows):
            if n % 2:
                time.sleep(run.chance.uniform(0, self.starting))
            else:
                run.anywhere(run.most * (n + 2) / self.blows)
            with run.succession():
                daemon.kill()
                daemon.start()
