"""Where inputs lie: the saved corpus, those of known defects, and what runs leave behind."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

FUZZ = Path(".fuzz").resolve()
"""What runs leave behind; not in the repository."""
SAVED = Path(__file__).parent / "corpus"
DEFECTS = Path(__file__).parent / "defects"


def saved(target: str) -> list[bytes]:
    """Return the saved inputs of a target, in the order of their names."""
    folder = SAVED / target
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    return [file.read_bytes() for file in files]


def name_of(data: bytes) -> str:
    """Return the name of an input: of its content."""
    return hashlib.sha256(data).hexdigest()[:16]


def write(target: str, inputs: Iterable[bytes]) -> None:
    """Make these the saved inputs of a target, and no others."""
    folder = SAVED / target
    folder.mkdir(parents=True, exist_ok=True)
    for file in folder.iterdir():
        file.unlink()
    for data in inputs:
        (folder / name_of(data)).write_bytes(data)
