"""Reading a small file whole, and only if it is one.

A fifo would never end, `/dev/zero` neither.
"""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_KINDS = {
    stat.S_IFIFO: "a fifo",
    stat.S_IFSOCK: "a socket",
    stat.S_IFDIR: "a folder",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


class UnreadableError(Exception):
    """A file that cannot be read, or is too large; says why, not which."""


def irregularity(path: Path) -> str:
    """Say why a path leads to no regular file; empty if it does. Links are followed.

    `topology.source` has the same: the two rooms do not know each other.
    """
    try:
        mode = path.stat().st_mode
    except OSError as error:
        return error.strerror or str(error)
    except ValueError:  # a NUL, or half of a surrogate pair
        return "no name that a file can have"
    if stat.S_ISREG(mode):
        return ""
    return f"not a regular file but {_KINDS.get(stat.S_IFMT(mode), 'something else')}"


def read_small(path: Path, most: int) -> bytes:
    """Return the content of a regular file of at most so many bytes; raises `UnreadableError`."""
    if problem := irregularity(path):
        raise UnreadableError(problem)
    try:
        with path.open("rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        raise UnreadableError(error.strerror or str(error)) from error
    if len(content) > most:
        raise UnreadableError(f"larger than {most:,} bytes")
    return content
