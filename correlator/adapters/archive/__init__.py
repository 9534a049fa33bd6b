"""The archive: what the engine took, in Parquet files that other programs read as they are.

`docs/archive.md` says what is in them, and how one asks. A folder on disk or any address that
fsspec knows.
"""

from correlator.adapters.archive.archive import (
    ABOUT,
    Archive,
    ArchiveError,
    Damage,
    InventoryNote,
    SnapshotNote,
    open_archive,
)
from correlator.adapters.archive.decisions import Decided
from correlator.adapters.archive.erasure import erase
from correlator.adapters.archive.keepers import Keeper, keepers_of
from correlator.adapters.archive.rows import Kept

__all__ = [
    "ABOUT",
    "Archive",
    "ArchiveError",
    "Damage",
    "Decided",
    "InventoryNote",
    "Keeper",
    "Kept",
    "SnapshotNote",
    "erase",
    "keepers_of",
    "open_archive",
]
