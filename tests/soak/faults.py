"""Which fault comes next: all in turn, in an order of chance, as far as each is possible just now.

The first daemon is never killed, nor stopped: what grows in months must not begin anew every
minute. It is frozen until the second one leads, and the second one is killed and stopped.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.chaos.fault import Fault
from tests.chaos.faults import brokers, database, leases, network

if TYPE_CHECKING:
    import random

    from tests.chaos.run import Run
    from tests.soak.servers import Servers


class StandbyKilled(Fault):
    """kill -9 while the other one leads: also while it starts."""

    name = "standby killed"

    def strike(self, run: Run) -> None:
        """Kill it, whatever it does, and start it again; the first one goes on."""
        daemon = run.daemons[1]
        for _ in range(2):
            daemon.kill()
            daemon.start()
            time.sleep(run.chance.uniform(0, 3))


def _once(fault: Fault) -> Fault:
    fault.blows = 1
    return fault


ALWAYS = (
    *(
        _once(kind())
        for kind in (
            database.Restarted,
            database.SilentForTwo,
            database.ReadOnly,
            database.SessionsEnded,
            brokers.SourceKilled,
            brokers.TargetKilled,
            brokers.Rolling,
            brokers.AllGone,
        )
    ),
    *(
        _once(kind(server))
        for server in ("kafka", "postgres")
        for kind in (network.Cut, network.Held, network.Slow)
    ),
)
FIRST_LEADS = (*(_once(leases.LeaderFrozen(2, 3)) for _ in range(4)), StandbyKilled())
SECOND_LEADS = (
    *(_once(leases.LeaderKilled(2, 3)) for _ in range(3)),
    _once(leases.LeaderStopped(2, 3)),
    _once(leases.LeaderFrozen(2, 3)),
)


class Deck:
    """All of them, shuffled; what cannot be now is for later."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._left: list[Fault] = []

    def draw(self, servers: Servers) -> Fault:
        """Return the next one."""
        first = servers.leader() is servers.daemons[0]
        for _ in range(2):
            for fault in self._left:
                if not (fault in SECOND_LEADS and first) and not (
                    fault in FIRST_LEADS and not first
                ):
                    self._left.remove(fault)
                    return fault
            fresh = [*ALWAYS, *FIRST_LEADS, *SECOND_LEADS]
            self._chance.shuffle(fresh)
            self._left += fresh
        raise AssertionError("there is always one")
