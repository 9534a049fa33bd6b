"""Faults of every kind, one after the other, while a small world is caught up with.

`make chaos` has them one by one and again and again. Partitions that are added are in
`test_daemon_feeds.py`.
"""

from __future__ import annotations

import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.chaos.fault import CannotError, Fault
from tests.chaos.faults import brokers, clocks, database, disks, failover, kills, leases, network
from tests.chaos.run import Stage
from tests.chaos.world import SMALL, World
from tests.harness.unavailable import ServerMissingError, unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.chaos.run import Run

pytestmark = pytest.mark.kafka


def once(fault: Fault) -> Fault:
    """Return the same with one blow."""
    fault.blows = 1
    return fault


def brief(fault: network.Cut) -> Fault:
    """Return a cut of half a second."""
    fault.longest = 0.5
    return once(fault)


class InTurn(Fault):
    """Several in the same run, each at a later part of the world."""

    nodes = 3
    lease = 2

    def __init__(self, kept_in: str, daemons: int, *faults: Fault) -> None:
        self.name = f"in turn, {kept_in}"
        self.databases = (kept_in,)
        self.daemons = daemons
        self.faults = faults
        self.proxied = any(fault.proxied for fault in faults)
        self.replicated = any(fault.replicated for fault in faults)

    def strike(self, run: Run) -> None:
        for n, fault in enumerate(self.faults, 1):
            run.most = 0.9 * n / len(self.faults)
            fault.strike(run)

    def tidy(self, run: Run) -> None:
        run.kafka.start()

    def calm(self) -> Fault:
        return _Calm()


class _Calm(Fault):
    nodes = 3


class Jump(clocks.ClockJumps):
    nodes = 3

    def calm(self) -> Fault:
        return _Calm()


ON_SQLITE = InTurn(
    "sqlite",
    2,
    once(leases.LeaderKilled(2, 2)),
    once(disks.FileLimit()),
    once(leases.LeaderFrozen(2, 2)),
)
ON_POSTGRES = InTurn(
    "postgresql",
    1,
    once(database.Restarted()),
    brief(network.Cut("kafka")),
    once(database.ReadOnly()),
    brokers.SourceKilled(),
    brief(network.Cut("postgres")),
    once(database.SessionsEnded()),
    once(kills.Killed()),
)
FAILING_OVER = InTurn(
    "postgresql", 1, once(failover.Asynchronous(1)), once(failover.Synchronous(1))
)
FAILING_OVER.name = "failing over"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    world = World(tmp_path_factory.mktemp("chaos") / "world", SMALL)
    with (
        tempfile.TemporaryDirectory(prefix="gi-chaos-") as folder,
        closing(Stage(Path(folder), world)) as made,
    ):
        yield made


@pytest.mark.parametrize(
    "fault", [ON_SQLITE, ON_POSTGRES, FAILING_OVER, Jump(1), Jump(-1)], ids=lambda fault: fault.name
)
def test_nothing_is_lost_and_nothing_is_doubled(stage: Stage, fault: Fault) -> None:
    try:
        fault.possible()
        found = stage.disturb(fault, fault.databases[0], "test").difference
    except CannotError as error:
        unavailable("a fault", str(error))
    except ServerMissingError as error:
        unavailable("a server", str(error))
    assert (found.lost, found.doubled) == (0, 0), "\n".join(found.examples)
