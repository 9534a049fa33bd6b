"""kill -9, at any time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.chaos.fault import Fault

if TYPE_CHECKING:
    from tests.chaos.run import Run


class Killed(Fault):
    """Killed while it works and started again, three times: every other time while it starts."""

    name = "kill -9"
    blows = 3

    def strike(self, run: Run) -> None:
        """Kill."""
        daemon = run.daemons[0]
        run.leader()
        for n in range(self.blows):
            if n % 2:
                time.sleep(run.chance.uniform(0, 8))  # importing, waiting for the lease, recovering
                daemon.kill()
                daemon.start()
                continue
            run.anywhere()
            with run.succession():
                daemon.kill()
                daemon.start()
