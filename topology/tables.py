"""Reading an inventory file in chunks, with the physical line of every row.

Most files are plain: no quotes, one row a line. Such blocks are cut into columns at once, which
is several times faster than the csv module. Any other block goes through the csv module, which
decides what is right. Physical lines end at a line feed.
"""

import csv
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO, StringIO
from itertools import chain, islice
from pathlib import Path

import numpy as np

from topology.findings import Finding, Hints, Sink
from topology.ragged import Ints
from topology.source import LongLineError, Source, irregularity

MOST_COLUMNS = 1_000
MOST_ERRORS = 1_000_000
"""A file with more is none: no more is read of it."""
_ROWS = 1_024  # rows per chunk, where the csv module reads: they fit the processor's cache
_UNREADABLE = (OSError, EOFError, zlib.error)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows of a table, by column, all with the header's number of fields.

    `lines` (rows,) is the physical line each row starts on. `broken` are the rows left out.
    """

    columns: Sequence[Sequence[str]]
    lines: Ints
    broken: Sequence[Sequence[str]] = ()

    def numbered(self) -> Iterator[tuple[tuple[str, ...], int]]:
        """Yield each row and its line."""
        return zip(zip(*self.columns, strict=True), self.lines.tolist(), strict=True)


class Table:
    """One inventory file: its header, its rows, and what is wrong with them.

    Findings are appended to the list given. `header` is empty until the table proves usable;
    `digest` (of the uncompressed bytes) is known once `chunks()` has been read to its end, and
    empty for an `optional` file that is not there.
    """

    def __init__(
        self,
        folder: Path,
        name: str,
        mandatory: Sequence[str],
        findings: Sink,
        *,
        optional: bool = False,
    ) -> None:
        self._findings = findings
        self._mandatory = mandatory
        self._path = self._choose(folder, name, optional=optional)
        self.file = self._path.name if self._path else name
        self.header: tuple[str, ...] = ()
        self.digest = ""
        self._errors = 0

    @property
    def sound(self) -> bool:
        """Whether nothing was wrong with what has been read so far."""
        return not self._errors

    def find(self, line: int, column: str | None, message: str) -> None:
        """Note an error of this file."""
        self._errors += 1
        self._findings.append(Finding(self.file, line, column, message))

    def chunks(self) -> Iterator[Chunk]:
        """Read the header, then yield the rows; errors become findings, never exceptions."""
        if self._path is None:
            return
        line = 1
        try:
            with Source(self._path) as source:
                for chunk in self._read(source):
                    yield chunk
                    line = int(chunk.lines.max(initial=line - 1)) + 1
                self.digest = source.hexdigest()
        except LongLineError as error:
            self.find(error.line, None, f"cannot be read from here on: {error}")
        except _UNREADABLE as error:
            self.find(line, None, f"cannot be read from here on: {error}")

    def _choose(self, folder: Path, name: str, *, optional: bool) -> Path | None:
        present = [path for path in (folder / name, folder / f"{name}.gz") if path.exists()]
        if optional and not present:
            return None
        if len(present) == 1:
            (path,) = present
            if not (problem := irregularity(path)):
                return path
            name, message = path.name, f"cannot be read: {problem}"
        else:
            message = f"both {name} and {name}.gz are there" if present else "file is missing"
        self._findings.append(Finding(name, 1, None, message))
        return None

    def _read(self, source: Source) -> Iterator[Chunk]:
        reader = csv.reader(self._decoded(source.lines(), 1), strict=True)
        try:
            self.header = self._checked_header(next(reader, []))
        except csv.Error as error:
            self.find(1, None, f"bad header: {error}")
        line = reader.line_num + 1
        while self.header and self._errors <= MOST_ERRORS and (block := source.block()):
            if not block.strip(b"\r\n"):  # a packed file may have millions of blank lines
                line += block.count(b"\n")
                continue
            text = self._decode(block, line)
            if (chunk := _cut(text, len(self.header), line)) is None:
                rows = _rows(text)
                if rows is None:  # bad, or a quoted field that goes on in the next block
                    rest = self._decoded(source.lines(), line + text.count("\n"))
                    yield from self._read_on(chain(StringIO(text), rest), line)
                    return
                chunk = self._checked(rows, line)
            yield chunk
            line += text.count("\n")

    def _read_on(self, lines: Iterable[str], line: int) -> Iterator[Chunk]:
        """Read the rest through the csv module, past every error."""
        reader = csv.reader(lines, strict=True)
        whole = False
        rows: list[list[str]] = []
        while (rows or not whole) and self._errors <= MOST_ERRORS:
            rows, first, whole = [], line + reader.line_num, True
            try:
                rows.extend(islice(reader, _ROWS))
            except csv.Error as error:
                self.find(line + reader.line_num - 1, None, f"bad row: {error}")
                whole = False
            if rows:
                yield self._checked(rows, first)

    def _checked_header(self, header: list[str]) -> tuple[str, ...]:
        if len(header) > MOST_COLUMNS:
            self.find(1, None, f"{len(header):,} columns: at most {MOST_COLUMNS:,}")
            return ()
        hints = Hints(header)
        missing = [column for column in self._mandatory if column not in header]
        for column in missing:
            self.find(1, column, f"mandatory column {column!r} is missing{hints.near(column)}")
        twice = sorted(column for column, count in Counter(header).items() if count > 1)
        for column in twice:
            self.find(1, column, f"column {column!r} is given twice")
        return () if missing or twice else tuple(header)

    def _checked(self, rows: list[list[str]], line: int) -> Chunk:
        """Keep the rows of the right width; `line` is where the first one starts."""
        width = len(self.header)
        spans = [1 + sum(field.count("\n") for field in row) for row in rows]
        lines = line + np.cumsum([0, *spans[:-1]])
        broken = [(row, at) for row, at in zip(rows, lines, strict=True) if len(row) != width]
        for row, at in broken:
            if row:  # a blank line is no row
                text = f"bad row: {len(row)} fields where the header has {width}"
                self.find(int(at), None, text)
        kept = [position for position, row in enumerate(rows) if len(row) == width]
        columns = list(zip(*(rows[position] for position in kept), strict=True))
        return Chunk(columns or [()] * width, lines[kept], [row for row, _ in broken])

    def _decode(self, block: bytes, line: int) -> str:
        try:
            return block.decode()
        except UnicodeDecodeError:
            return "".join(self._decoded(BytesIO(block), line))

    def _decoded(self, lines: Iterable[bytes], first: int) -> Iterator[str]:
        """Decode lines, the first of which has the number `first`."""
        for line, content in enumerate(lines, start=first):
            try:
                yield content.decode()
            except UnicodeDecodeError:
                self.find(line, None, "not UTF-8")
                yield content.decode(errors="backslashreplace")


def _cut(text: str, width: int, line: int) -> Chunk | None:
    """Cut plain text into columns; None if it is not plain.

    The line feeds become fields of their own: each must come after every `width` fields.
    """
    plain = text.replace("\r\n", "\n")
    if '"' in plain or "\r" in plain:
        return None
    plain = plain if plain.endswith("\n") else plain + "\n"
    fields = plain.replace("\n", ",\n,").split(",")
    ends, rows = fields[width :: width + 1], plain.count("\n")
    if len(fields) != rows * (width + 1) + 1 or ends.count("\n") != rows:
        return None
    columns = [fields[column : -1 : width + 1] for column in range(width)]
    return Chunk(columns, np.arange(line, line + rows))


def _rows(text: str) -> list[list[str]] | None:
    """Return the rows of some lines; None if they are bad or end within a row."""
    try:
        return list(csv.reader(StringIO(text), strict=True))
    except csv.Error:
        return None
