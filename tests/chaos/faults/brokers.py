"""Three Kafka nodes: one is killed, all are restarted in turn, all are gone."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.chaos.fault import Fault

if TYPE_CHECKING:
    from tests.chaos.run import Run


class _Brokers(Fault):
    nodes = 3

    def tidy(self, run: Run) -> None:
        """Have all nodes back, for the next one."""
        run.kafka.start()


class SourceKilled(_Brokers):
    """The leader of a partition that is being read is killed, and comes back."""

    name = "kafka: leader read from"
    topic = "gi.tickets"

    def strike(self, run: Run) -> None:
        """Kill it."""
        run.leader()
        run.anywhere(most=0.6)
        node = run.kafka.leader_of(self.topic, run.chance.randrange(3))
        with run.going_on():
            node.stop(kill=True)
        run.kafka.start()


class TargetKilled(SourceKilled):
    """The leader of a partition that is being written to is killed, and comes back."""

    name = "kafka: leader written to"
    topic = "gi.ticket-links"


class Rolling(_Brokers):
    """Every node is stopped in good order and started again, one after the other."""

    name = "kafka: rolling restart"

    def strike(self, run: Run) -> None:
        """Restart each."""
        run.leader()
        run.anywhere(most=0.3)
        for node in run.kafka.nodes:
            with run.going_on():
                node.stop()
            run.kafka.start()


class AllGone(_Brokers):
    """All nodes are killed and stay away for some seconds."""

    name = "kafka: all gone"
    seconds = 8.0

    def strike(self, run: Run) -> None:
        """Be without Kafka."""
        run.leader()
        run.anywhere(most=0.6)
        run.kafka.stop(kill=True)
        time.sleep(self.seconds)
        with run.going_on():
            run.kafka.start()
