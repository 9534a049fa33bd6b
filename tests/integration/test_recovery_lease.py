"""A recovery that takes longer than the lease keeps it, whoever else stands by and asks for it."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from correlator.adapters.sql import open_store
from correlator.model import MINUTE
from correlator.service.metrics import Metrics
from correlator.service.session import LeaderSession
from tests.builders import START, customers_of, spread
from tests.harness.loop import SETTINGS, MemorySource, looping
from tests.records import ticket_bytes

if TYPE_CHECKING:
    from correlator.model import Millis
    from correlator.ports import Lease

BATCHES = 8


class Slow:
    """A clock on a slow machine: half a lease passes from one look at it to the next."""

    def __init__(self, now: Millis) -> None:
        self.now = now

    def __call__(self) -> Millis:
        self.now += SETTINGS.lease // 2
        return self.now


def test_nobody_else_gets_it_meanwhile(url: str) -> None:
    with looping(url) as loop, closing(open_store(url)) as standby:
        for n, customer in enumerate(spread(customers_of("DSL-1/C1"), BATCHES)):
            loop.put("gi.tickets", ticket_bytes(f"T{n}", START + n * MINUTE, customer))
            loop.settle()
        assert len(loop.store.recover().inputs) >= BATCHES
        clock = Slow(loop.now + SETTINGS.lease)
        lease = loop.store.acquire("engine", "one", clock.now, SETTINGS.lease)
        assert lease is not None
        given: list[Lease | None] = []

        def looked_at_by_both() -> Millis:
            now = clock()
            given.append(standby.acquire("engine", "two", now - 1, SETTINGS.lease))
            return now

        services = loop._services
        session = LeaderSession(services, SETTINGS, lease, Metrics(), MemorySource(loop._records))
        session.begin(looked_at_by_both)
        assert len(given) >= BATCHES
        assert not any(given)
