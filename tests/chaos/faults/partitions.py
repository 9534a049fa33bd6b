"""Partitions are added to a topic while it is read."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.chaos.fault import Fault
from tests.harness.waiting import until

if TYPE_CHECKING:
    from tests.chaos.run import Run

_CLOSED = 2.0
"""Seconds for the tick of silence, which nothing tells of."""


class InHalves(Fault):
    """The world comes in two halves; the second while the daemon waits for more.

    Events are held back until all has come: what one partition brings would else be applied while
    others count as silent, and theirs would be late. The order would be one of chance, with and
    without a fault.
    """

    name = "in halves"
    feeding = "in halves"
    lateness = "10d"
    idle_after = "4s"

    def prepare(self, run: Run) -> None:
        """Send the first half."""
        self._first = run.world.publish_half(run.kafka.settings, 0)

    def strike(self, run: Run) -> None:
        """Wait until all of it is applied, and send the second."""
        until(lambda: run.applied() >= self._first, 150)
        time.sleep(_CLOSED)
        self.add(run)
        with run.going_on():
            run.world.publish_half(run.kafka.settings, 1)

    def add(self, run: Run) -> None:
        """Add nothing."""

    def calm(self) -> Fault:
        """Return the same without more partitions."""
        return InHalves()


class Added(InHalves):
    """Two more partitions for each spread feed, with records in them at once."""

    name = "partitions added"

    def add(self, run: Run) -> None:
        """Add, and wait until the daemon says that it has taken them up."""
        with run.kafka.admin() as admin:
            admin.create_partitions({"gi.tickets": 5, "gi.alarms": 5})
        until(lambda: run.daemons[0].said("kafka_partitions_taken_up") > 1, 60)
