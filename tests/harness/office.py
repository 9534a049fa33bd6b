"""A loop whose batches are archived, whoever writes the archive, and what is made of it again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from correlator.adapters.archive import Archive, keepers_of, open_archive
from correlator.adapters.sql import schema
from correlator.config import ArchiveSettings
from correlator.formats.wire import INCIDENTS, LINKS
from correlator.model import MINUTE, Effect
from correlator.service.archivist import Archivist
from correlator.service.hand import Hand
from correlator.tools.backtest import History
from tests.builders import (
    START,
    customer_rows,
    customers_of,
    dependency_rows,
    equipment_rows,
    spread,
    write_inventory,
)
from tests.harness.loop import Loop
from tests.records import ticket_bytes

if TYPE_CHECKING:
    from correlator.adapters.archive import Keeper

CARD = spread(customers_of("DSL-1/C1"), 8)
OTHER = spread(customers_of("DSL-3/C2"), 8)


def at(minute: float) -> int:
    return START + round(minute * MINUTE)


def inventory_in(folder: Path, *, without: str = "") -> Path:
    """Write the inventory of `network()`, or one without a customer."""
    folder.mkdir(exist_ok=True)
    needs = [(*row, *("",) * (4 - len(row))) for row in dependency_rows()]
    return write_inventory(
        folder,
        {
            "equipment": [("id", "type"), *equipment_rows()],
            "dependencies": [("id", "depends_on", "redundancy_group", "kind"), *needs],
            "customers": [
                ("customer_id", "depends_on", "cpe_firmware"),
                *(row for row in customer_rows() if row[0] != without),
            ],
        },
    )


class Office:
    """A loop whose batches are archived, and whoever writes the archive."""

    def __init__(self, loop: Loop, folder: Path) -> None:
        self.loop, self.folder = loop, folder
        self.inventory = inventory_in(folder / "topology")
        self.settings = ArchiveSettings(url=str(folder / "archive"))
        self.archive: Archive = open_archive(self.settings.url)

    def keepers(self) -> dict[str, Keeper]:
        return dict(keepers_of(self.inventory, None, ("core-router",), None))

    def archivist(self) -> Archivist:
        queue = self.loop.store.archive_queue
        return Archivist(queue, self.archive, self.settings, self.keepers())

    def write(self, archivist: Archivist | None = None) -> None:
        archivist = archivist or self.archivist()
        archivist.begin()
        while archivist.step(self.loop.now, all_of_it=True):
            pass

    def write_again_and_again(self, archivist: Archivist) -> None:
        for n in range(1, 10):
            self.write(archivist)
            self.burst(OTHER[:2], 20 * n)

    def call(self, minute: float, customer: str, **more: Any) -> None:
        record = ticket_bytes(f"T{minute:g}", at(minute), customer, **more)
        self.loop.put("gi.tickets", record)

    def burst(self, customers: list[str], first: float = 0) -> None:
        for n, customer in enumerate(customers):
            self.call(first + 1.5 * n, customer)
        self.loop.settle()

    def published(self) -> list[tuple[str, bytes | None]]:
        """Return what waits to be published of incidents and links, in order."""
        with self.loop.store.engine.connect() as connection:
            rows = connection.execute(sa.select(schema.outbox).order_by(schema.outbox.c.seq))
            found = [(row["topic"], row["value"]) for row in rows.mappings()]
        # Whoever leads next tells again what stands.
        return list(dict.fromkeys(one for one in found if one[0] in {INCIDENTS, LINKS}))

    def replayed(self, since: int = 0, until: int = 10**14) -> list[tuple[str, bytes | None]]:
        """Return what is published of the archived inputs, when they are taken again."""
        effects: list[Effect] = []
        History(self.archive).replay(since, until, keep=effects.append)
        hand = Hand()
        hand.effects = effects
        return [(m.topic, m.value) for m in hand.messages((), ()) if m.topic in {INCIDENTS, LINKS}]
