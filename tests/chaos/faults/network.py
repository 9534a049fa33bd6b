"""The network between the daemon and its servers: cut, silent one way or both, slow."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.chaos.fault import Fault
from tests.harness.proxy import Way

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.chaos.run import Run
    from tests.harness.proxy import Proxy


class _Network(Fault):
    proxied = True
    blows = 2
    longest = 5.0
    """Seconds; the lease is 3."""

    def __init__(self, server: str) -> None:
        self.server = server
        self.name = f"{server} {self.name}"
        if server == "postgres":
            self.databases = ("postgresql",)

    def calm(self) -> Fault:
        """Return what is compared with: without proxies, the same comes out."""
        return Fault()

    def strike(self, run: Run) -> None:
        """Disturb it and let it heal, twice."""
        run.leader()
        proxies = run.kafka.proxies if self.server == "kafka" else (run.postgres.proxy,)
        for _ in range(self.blows):
            run.anywhere()
            with run.going_on(lasting=True):
                self.harm(run, proxies)
                time.sleep(run.chance.uniform(0.5, self.longest))
                for proxy in proxies:
                    proxy.heal()

    def harm(self, run: Run, proxies: Sequence[Proxy]) -> None:
        """Begin the trouble."""
        raise NotImplementedError


class Cut(_Network):
    """Connections end, new ones are refused."""

    name = "cut off"

    def harm(self, run: Run, proxies: Sequence[Proxy]) -> None:
        """Cut."""
        del run
        for proxy in proxies:
            proxy.cut()


class Held(_Network):
    """Nothing passes, and nobody says so: both ways, or one."""

    name = "silent"

    def harm(self, run: Run, proxies: Sequence[Proxy]) -> None:
        """Hold."""
        way = run.chance.choice([Way.UP, Way.DOWN, Way.BOTH])
        for proxy in proxies:
            proxy.hold(way)


class Slow(_Network):
    """Every piece takes a while."""

    name = "slow"

    def harm(self, run: Run, proxies: Sequence[Proxy]) -> None:
        """Slow down."""
        for proxy in proxies:
            proxy.slow(
                run.chance.uniform(0.02, 0.3), run.chance.choice([Way.UP, Way.DOWN, Way.BOTH])
            )
