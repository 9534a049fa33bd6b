"""The bytes of an inventory file, unpacked and hashed on the way."""

import gzip
import stat
from codecs import BOM_UTF8
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import IO, Self, cast

LONGEST_LINE = 1 << 17
"""Bytes: as long as the csv module lets a field be. A packed file could have one of gigabytes."""

_BLOCK = 1 << 16  # bytes
_KINDS = {
    stat.S_IFIFO: "a fifo",
    stat.S_IFSOCK: "a socket",
    stat.S_IFDIR: "a folder",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


class LongLineError(ValueError):
    """A line that is too long, by its number."""

    def __init__(self, line: int) -> None:
        super().__init__(f"the line has more than {LONGEST_LINE:,} bytes")
        self.line = line


def irregularity(path: Path) -> str:
    """Say why a path leads to no regular file; empty if it does. Links are followed.

    A fifo would never end, `/dev/zero` neither. `rules.files` has the same: the two rooms do not
    know each other.
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


class Source:
    """A file, plain or gzip by its name, read by line and by block.

    A byte order mark is skipped. Broken files raise OSError, EOFError or zlib.error, those with
    a line that is too long `LongLineError`.
    """

    def __init__(self, path: Path) -> None:
        opened = gzip.open if path.suffix == ".gz" else open
        self._file = cast("IO[bytes]", opened(path, "rb"))
        self._hash = sha256()
        self._lines = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def block(self) -> bytes:
        """Return the next whole lines, about 64 KiB; empty at the end."""
        return self._passed(self._file.read(_BLOCK) + self._line())

    def lines(self) -> Iterator[bytes]:
        """Yield the lines that are left."""
        while line := self._passed(self._line()):
            yield line

    def hexdigest(self) -> str:
        """Return the hash of what was read so far, byte order mark apart."""
        return self._hash.hexdigest()

    def _line(self) -> bytes:
        return self._file.readline(LONGEST_LINE + 1)

    def _passed(self, content: bytes) -> bytes:
        last = content.rfind(b"\n", 0, -1) + 1  # only the last line can be too long
        if len(content) - last > LONGEST_LINE:
            raise LongLineError(self._lines + content.count(b"\n", 0, last) + 1)
        if not self._lines:
            content = content.removeprefix(BOM_UTF8)
        self._lines += content.count(b"\n")
        self._hash.update(content)
        return content
