"""The bytes of an inventory file, unpacked and hashed on the way."""

import gzip
from codecs import BOM_UTF8
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import IO, Self, cast

_BLOCK = 1 << 16  # bytes


class Source:
    """A file, plain or gzip by its name, read by line and by block.

    A byte order mark is skipped. Broken files raise OSError, EOFError or zlib.error.
    """

    def __init__(self, path: Path) -> None:
        opened = gzip.open if path.suffix == ".gz" else open
        self._file = cast("IO[bytes]", opened(path, "rb"))
        self._hash = sha256()
        self._started = False

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
        return self._passed(self._file.read(_BLOCK) + self._file.readline())

    def lines(self) -> Iterator[bytes]:
        """Yield the lines that are left."""
        while line := self._passed(self._file.readline()):
            yield line

    def hexdigest(self) -> str:
        """Return the hash of what was read so far, byte order mark apart."""
        return self._hash.hexdigest()

    def _passed(self, content: bytes) -> bytes:
        if not self._started:
            self._started = True
            content = content.removeprefix(BOM_UTF8)
        self._hash.update(content)
        return content
