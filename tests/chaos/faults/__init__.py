"""All faults, in the order in which they are run."""

from __future__ import annotations

from tests.chaos.faults import (
    brokers,
    clocks,
    database,
    disks,
    failover,
    kills,
    leases,
    network,
    partitions,
)

FAULTS = (
    kills.Killed(),
    *(
        kind(daemons, 3)
        for kind in (leases.LeaderKilled, leases.LeaderStopped, leases.LeaderFrozen)
        for daemons in (2, 3)
    ),
    leases.FrozenPublishing(2, 3),
    database.Restarted(),
    database.Silent(),
    database.SilentForTwo(),
    database.ReadOnly(),
    database.SessionsEnded(),
    *(
        kind(daemons)
        for kind in (failover.Synchronous, failover.Asynchronous)
        for daemons in (1, 2)
    ),
    failover.ReplicaSilent(2),
    brokers.SourceKilled(),
    brokers.TargetKilled(),
    brokers.Rolling(),
    brokers.AllGone(),
    *(
        kind(server)
        for server in ("kafka", "postgres")
        for kind in (network.Cut, network.Held, network.Slow)
    ),
    disks.DiskFull(),
    disks.FileLimit(),
    partitions.Added(),
    clocks.ClockJumps(1),
    clocks.ClockJumps(-1),
)
LONG = tuple(
    kind(2, 15) for kind in (leases.LeaderKilled, leases.LeaderStopped, leases.LeaderFrozen)
)
"""With the default lease: `--long`."""
