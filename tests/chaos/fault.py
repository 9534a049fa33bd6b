"""What a fault is: a name, what it needs, and a blow."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.chaos.run import Run


class CannotError(Exception):
    """This fault cannot be made on this machine; the message says what is missing."""


class Fault:
    """Derive from it, say what is needed, and strike."""

    name: str = "calm"
    databases: tuple[str, ...] = ("sqlite", "postgresql")
    nodes = 1
    """Of the Kafka."""
    daemons = 1
    lease = 3
    """In s."""
    lateness = "1m"
    idle_after = "1s"
    blows = 1
    proxied = False
    """Whether the daemon reaches Kafka and PostgreSQL through proxies only."""
    replicated = False
    """Whether PostgreSQL has a replica: then `Run.pair` is what the daemon uses."""
    feeding = "before"
    """`before`: all is in Kafka when the daemons start. Else the fault fills a Kafka of its own."""
    environment: Mapping[str, str] = MappingProxyType({})
    """Of the daemons."""

    def possible(self) -> None:
        """Raise `CannotError` where it cannot be done."""

    def prepare(self, run: Run) -> None:
        """Do what comes before the database is made."""

    def strike(self, run: Run) -> None:
        """Do it, as soon as the daemons have been started; then the run goes on to its end."""

    def tidy(self, run: Run) -> None:
        """Take back what `prepare` did."""

    def calm(self) -> Fault:
        """Return the same without the blow."""
        return Fault()
