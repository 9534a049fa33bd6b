"""Inventories and catalogs for the archive: their files, kept by version."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import contextmanager
from importlib.resources import as_file
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, TypeAlias

import msgspec

import rules
import topology
from correlator.adapters.archive.archive import ABOUT, Archive, InventoryNote
from rules.common import packaged

if TYPE_CHECKING:
    from collections.abc import Iterator


Keeper: TypeAlias = Callable[[Archive, str], bool]
"""Keeps a version; returns whether it could still be found."""


Files: TypeAlias = Mapping[str, str]


def keepers_of(
    inventory: Path,
    attributes: tuple[str, ...] | None,
    core: tuple[str, ...],
    catalog: Path | None,
    known: Callable[[str], Files | None] = lambda _version: None,
) -> Mapping[str, Keeper]:
    """Return what keeps the inventory and the catalog (None: the package's) in these folders.

    A folder is copied first: whoever changes it meanwhile changes another version. `known`: the
    files of a version of the catalog, where the database has them.
    """

    def keep_inventory(archive: Archive, version: str) -> bool:
        with _copied(inventory) as folder:
            if topology.load(folder, attributes, core=core).version != version:
                return False
            note = msgspec.json.encode(InventoryNote(attributes, core))
            archive.keep_folder("inventories", version, folder, {ABOUT: note})
        return True

    def keep_catalog(archive: Archive, version: str) -> bool:
        files = known(version)
        if files is not None:
            with TemporaryDirectory() as place:
                for name, text in files.items():
                    if "/" not in name:
                        (Path(place) / name).write_text(text, encoding="utf-8")
                archive.keep_folder("catalogs", version, Path(place), {})
            return True
        with as_file(packaged()) as own, _copied(catalog or own) as folder:
            if rules.load(folder).version != version:
                return False
            archive.keep_folder("catalogs", version, folder, {})
        return True

    return {"inventories": keep_inventory, "catalogs": keep_catalog}


@contextmanager
def _copied(folder: Path) -> Iterator[Path]:
    with TemporaryDirectory() as place:
        yield copytree(folder, Path(place) / "copy")
