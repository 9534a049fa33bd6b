"""Readers that want files get them in a folder of memory."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from topology import Finding, InventoryError, Topology, load

_NAMES = ("equipment.csv", "dependencies.csv", "customers.csv")
_GZIP = b"\x1f\x8b"
_MEMORY = Path("/dev/shm")
_MOST_VALUES = 6
"""Of an attribute column: few, so that a small file can have too many."""


@cache
def _kept() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(
        prefix="correlator-fuzz-", dir=_MEMORY if _MEMORY.is_dir() else None
    )


def folder() -> Path:
    """Return a folder of this process, in memory where the system has such folders."""
    return Path(_kept().name)


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
