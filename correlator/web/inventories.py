"""The inventory and the catalog of the console: the same versions as the engine's.

Where the store says that another version is in force, the folders are read again, in a thread.
Until that version is there, what the console has is used; of unknown customers it says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

import structlog
from anyio import to_thread

import topology
from correlator.workshop import catalog_of, files_in, packaged_files
from rules.findings import CatalogError

if TYPE_CHECKING:
    from correlator.web.console import Console
    from rules.model import Catalog

log = structlog.get_logger(__name__)


class _Rules(NamedTuple):
    version: str
    catalog: Catalog
    files: Mapping[str, str]


class Inventories:
    """Follows what is in force. `differs`: the console has another inventory than the engine."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._failed: set[str] = set()
        self._stamp: tuple[object, ...] = ()  # of the rule workshop

    @property
    def differs(self) -> bool:
        """Whether the engine works with an inventory that is not this one."""
        wanted = self._console.board.in_force.get("topology")
        return wanted is not None and wanted != self._console.board.topology.version

    async def keep_up(self) -> None:
        """Read the folders again where another version is in force."""
        console, settings = self._console, self._console.settings
        # A swap alone changes nothing on the board, which would be read again with it.
        console.board.in_force = await to_thread.run_sync(console.reads.in_force)
        if self.differs:
            inventory = await self._read(
                "topology",
                lambda: topology.load(settings.topology, settings.attributes, core=settings.core),
            )
            if inventory is not None:
                console.board.rebuild(inventory)
                console.hub.hint("all", "*")
        wanted = console.board.in_force.get("rules")
        if wanted is not None and wanted != console.catalog.version:
            found = await self._read("rules", lambda: self._catalog(wanted))
            if found is not None:
                console.take_catalog(found.catalog, found.files)

        await self._tell_workshop()

    async def _tell_workshop(self) -> None:
        """Have pages of the rule workshop look again when something has changed in it."""
        stamp = await to_thread.run_sync(self._console.workshop.desk.stamp)
        if stamp != self._stamp:
            self._stamp = stamp
            self._console.hub.hint("rules", "")

    def _catalog(self, wanted: str) -> _Rules:
        """Return the catalog of a version with its files; blocks."""
        folder = self._console.settings.rules
        ruleset = self._console.workshop.desk.ruleset_of(wanted)
        if ruleset is not None:
            files = ruleset.files
        else:  # a daemon without a database of rules: the demo's
            files = packaged_files() if folder is None else files_in(folder)
        catalog = catalog_of(files)
        return _Rules(catalog.version, catalog, files)

    async def _read(self, what: str, load: Callable[[], object]):  # type: ignore[no-untyped-def]  # noqa: ANN202
        """Return what a folder holds if that is the version in force, else None."""
        wanted = self._console.board.in_force[what]
        try:
            found = await to_thread.run_sync(load)
        except (topology.InventoryError, CatalogError, OSError) as error:
            if wanted not in self._failed:
                self._failed.add(wanted)
                log.warning("inventory_refused", what=what, wanted=wanted, error=str(error)[:200])
            return None
        return found if getattr(found, "version", None) == wanted else None
