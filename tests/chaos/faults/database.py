"""PostgreSQL: restarted, silent, read-only, its sessions ended."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.chaos.fault import Fault

if TYPE_CHECKING:
    from tests.chaos.run import Run


class _Database(Fault):
    databases = ("postgresql",)
    blows = 2

    def strike(self, run: Run) -> None:
        """Strike twice, while it works."""
        run.leader()
        for _ in range(self.blows):
            run.anywhere()
            self.blow(run)

    def blow(self, run: Run) -> None:
        """Do it, and wait until it goes on."""
        raise NotImplementedError


class Restarted(_Database):
    """`pg_ctl restart -m immediate`: as a loss of power."""

    name = "postgres restart"

    def blow(self, run: Run) -> None:
        """Restart."""
        with run.going_on():
            run.postgres.restart()


class Silent(_Database):
    """Every process of the server sleeps for longer than the lease."""

    name = "postgres frozen"
    blows = 1

    def blow(self, run: Run) -> None:
        """Freeze for a lease and a half."""
        with run.going_on(lasting=True), run.postgres.frozen():
            time.sleep(self.lease * 1.5)


class SilentForTwo(Silent):
    """The same with another daemon that stands by."""

    name = "postgres frozen, 2 daemons"
    daemons = 2


class ReadOnly(_Database):
    """Refuses to write for a while."""

    name = "postgres read-only"

    def blow(self, run: Run) -> None:
        """Refuse for up to two leases."""
        with run.going_on(lasting=True), run.postgres.read_only():
            time.sleep(run.chance.uniform(0.2, self.lease * 2))


class SessionsEnded(_Database):
    """Ends every connection, some times in a row."""

    name = "postgres sessions ended"
    blows = 4

    def blow(self, run: Run) -> None:
        """End them."""
        with run.going_on():
            run.postgres.end_sessions()
