"""Partitions are added to a topic while it is read."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.chaos.fault import Fault
from tests.harness.waiting import until

if TYPE_CHECKING:
    from tests.chaos.run import Run

_AGED = 1.5
"""Seconds after which the daemon asks anew how far the partitions are filled."""


class InHalves(Fault):
    """The world comes in two halves; the second while the daemon is held still.

    It would else read the second half of one partition while it takes the others for silent, and
    what comes there would be late: the order would be one of chance, with and without a fault.
    """

    name = "in halves"
    feeding = "in halves"

    def prepare(self, run: Run) -> None:
        """Send the first half."""
        self._first = run.world.publish_half(run.kafka.settings, 0)

    def strike(self, run: Run) -> None:
        """Wait until all of it is applied, and send the second."""
        until(lambda: run.applied() >= self._first, 150)
        daemon = run.daemons[0]
        time.sleep(_AGED)  # the tick of silence, which nothing tells of
        self.add(run)
        daemon.freeze()
        run.world.publish_half(run.kafka.settings, 1)
        time.sleep(_AGED)
        with run.going_on():
            daemon.thaw()

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
