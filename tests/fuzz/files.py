"""Readers that want files get them in a folder of memory."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from topology import Finding, InventoryError, Topology, load

GIVEN = "CORRELATOR_FUZZ_FOLDER"
"""The variable with the folder of a process that cannot clear it away itself."""

_NAMES = ("equipment.csv", "dependencies.csv", "customers.csv", "links.csv")
_GZIP = b"\x1f\x8b"
_MEMORY = Path("/dev/shm")
_MOST_VALUES = 6
"""Of an attribute column: few, so that a small file can have too many."""


def kept() -> tempfile.TemporaryDirectory[str]:
    """Return a new folder, which goes with the object."""
    return tempfile.TemporaryDirectory(
        prefix="correlator-fuzz-", dir=_MEMORY if _MEMORY.is_dir() else None
    )


@cache
def _own() -> tempfile.TemporaryDirectory[str]:
    return kept()


def folder() -> Path:
    """Return a folder of this process, in memory where the system has such folders.

    libFuzzer ends a process without any farewell: whoever starts it keeps the folder (`GIVEN`).
    """
    given = os.environ.get(GIVEN)
    return Path(given or _own().name)


def read_inventory(files: Sequence[bytes]) -> tuple[Topology | None, tuple[Finding, ...]]:
    """Return the inventory, or every error in it; a file that is not given is not there."""
    place = folder() / "inventory"
    place.mkdir(exist_ok=True)
    for name, content in zip(_NAMES, files, strict=False):
        packed = content.startswith(_GZIP)
        (place / (f"{name}.gz" if packed else name)).write_bytes(content)
    try:
        return load(place, max_values=_MOST_VALUES), ()
    except InventoryError as error:
        return None, error.findings
    finally:
        for file in place.iterdir():
            file.unlink()
