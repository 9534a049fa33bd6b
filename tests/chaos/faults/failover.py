"""PostgreSQL loses its primary and goes on with the replica, which has all of it or less."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.chaos.fault import Fault

if TYPE_CHECKING:
    from tests.chaos.run import Run


class _FailOver(Fault):
    databases = ("postgresql",)
    replicated = True
    verb = ""
    blows = 2

    def __init__(self, daemons: int) -> None:
        self.daemons = daemons
        self.name = f"fail-over, {self.verb}" + (f", {daemons} daemons" * (daemons > 1))

    def strike(self, run: Run) -> None:
        """Strike while it works; the new primary has a replica of its own by the next time."""
        run.leader()
        for n in range(self.blows):
            self.accompany(run)
            run.anywhere(run.most * (n + 1) / self.blows)
            self.blow(run)

    def calm(self) -> Fault:
        """Return what is compared with: without a replica, the same comes out."""
        return Fault()

    def accompany(self, run: Run) -> None:
        """Have a replica of this kind."""
        run.pair.accompany(synchronous=True)

    def blow(self, run: Run) -> None:
        """Do it, and wait until it goes on."""
        with run.going_on():
            run.pair.fail_over()


class Synchronous(_FailOver):
    """Every commit has waited for the replica: it has all that anybody was told of."""

    verb = "synchronous"


class ReplicaSilent(_FailOver):
    """Nothing reaches the one replica that every commit waits for, for longer than the lease."""

    blows = 1

    def __init__(self, daemons: int) -> None:
        super().__init__(daemons)
        self.name = f"synchronous replica silent, {daemons} daemons"

    def blow(self, run: Run) -> None:
        """Be without it for a lease and a half."""
        with run.going_on(lasting=True):
            run.pair.fall_behind()
            time.sleep(self.lease * 1.5)
            run.pair.link.heal()


class Asynchronous(_FailOver):
    """The replica has missed the last commits, which were acknowledged and published."""

    verb = "asynchronous"
    missed = 0.05
    """The share of the records that is applied, at least, while the replica is cut off."""

    def accompany(self, run: Run) -> None:
        """Have one that nothing waits for."""
        run.pair.accompany(synchronous=False)

    def blow(self, run: Run) -> None:
        """Go on without the replica, publish, then lose the primary.

        It goes on once more is applied than was before: what was lost, and more.
        """
        if run.applied() > run.world.total * (1 - self.missed):
            return  # nothing is left to miss
        run.pair.fall_behind()
        run.reach(run.applied() / run.world.total + self.missed)
        with run.going_on():
            lost = run.pair.fail_over()
        assert lost > 0
