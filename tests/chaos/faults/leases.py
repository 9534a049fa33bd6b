"""Several daemons on one lease: the leader is killed, stopped, or sleeps and wakes up again."""

from __future__ import annotations

import time
from threading import Event
from typing import TYPE_CHECKING

from tests.chaos.fault import Fault
from tests.harness.waiting import until

if TYPE_CHECKING:
    from tests.chaos.daemon import DaemonProcess
    from tests.chaos.run import Run


_LONGEST = 60.0


class _Succession(Fault):
    """A blow against whoever leads, while others stand by; then it stands by itself."""

    verb = ""
    blows = 2

    def __init__(self, daemons: int, lease: int) -> None:
        self.daemons, self.lease = daemons, lease
        self.name = f"{self.verb} of {daemons}, lease {lease} s"

    def strike(self, run: Run) -> None:
        """Strike the leader, twice."""
        for _ in range(self.blows):
            run.leader()
            run.anywhere()
            leader = run.leader()
            with run.succession():
                self.fell(run, leader)
            self.raise_again(run, leader)

    def fell(self, run: Run, leader: DaemonProcess) -> None:
        """End it, or keep it from leading."""
        raise NotImplementedError

    def raise_again(self, run: Run, leader: DaemonProcess) -> None:
        """Bring it back: it finds another leader."""
        del run
        leader.start()


class LeaderKilled(_Succession):
    """kill -9."""

    verb = "leader killed"

    def fell(self, run: Run, leader: DaemonProcess) -> None:
        """Kill."""
        del run
        leader.kill()


class LeaderStopped(_Succession):
    """SIGTERM: it gives the lease back."""

    verb = "leader stopped"

    def fell(self, run: Run, leader: DaemonProcess) -> None:
        """Stop, in good order."""
        del run
        assert leader.stop() == 0


class LeaderFrozen(_Succession):
    """SIGSTOP until another one leads, then SIGCONT: what it has in hand must not be written."""

    verb = "leader frozen"

    def fell(self, run: Run, leader: DaemonProcess) -> None:
        """Freeze, wherever it is: PostgreSQL ends a transaction that keeps the others out.

        Nobody ends it on SQLite, whose lock is on the file: there, between two of them.
        """
        leader.freeze()
        while run.is_file_locked():
            leader.thaw()
            time.sleep(run.chance.random() * 0.01)
            leader.freeze()

    def raise_again(self, run: Run, leader: DaemonProcess) -> None:
        """Let the successor work for a moment, then wake the other one up."""
        before = self.noticed(leader)
        time.sleep(run.chance.uniform(0, 1))
        leader.thaw()
        until(lambda: self.noticed(leader) > before, 60)

    @staticmethod
    def noticed(leader: DaemonProcess) -> int:
        """Count how often it has said that it leads no more."""
        return sum(map(leader.said, ("lease_lost", "unreachable")))


class FrozenPublishing(LeaderFrozen):
    """The same, with messages in hand: on their way to Kafka, or there and not acknowledged.

    Those on their way arrive after what the successor has published.
    """

    verb = "leader frozen publishing"
    proxied = True

    def calm(self) -> Fault:
        """Return what is compared with: without proxies, the same comes out."""
        return Fault()

    def fell(self, run: Run, leader: DaemonProcess) -> None:
        """Wait until it publishes, and freeze it; the messages pass at once, or later."""
        caught, self._over = Event(), Event()
        is_there, over = run.chance.random() < 0.5, self._over

        def hold() -> None:
            leader.freeze()
            caught.set()
            if not is_there:
                over.wait(_LONGEST)

        for proxy in run.kafka.proxies:
            proxy.catch(_is_produced, hold)
        assert caught.wait(_LONGEST)
        super().fell(run, leader)

    def raise_again(self, run: Run, leader: DaemonProcess) -> None:
        """Let it pass before the leader wakes up."""
        self._over.set()
        super().raise_again(run, leader)


def _is_produced(piece: bytes) -> bool:
    """Whether a request begins here that brings messages: its kind stands behind its length."""
    return piece[4:6] == b"\0\0"
