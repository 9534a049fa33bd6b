"""Reading customers.csv into columns of numbers: no Python object outlives its chunk of rows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, repeat
from pathlib import Path
from typing import Any

import numpy as np

from topology.findings import Hints, Sink
from topology.identifiers import Identifiers, repeated
from topology.network import LONGEST_NAME, Equipment
from topology.ragged import Codes, Growing, Ints, Ragged, Values, starts_of
from topology.tables import Table

DEFAULT_ATTRIBUTES = ("cpe_model", "cpe_firmware", "offer", "region")

_UNKNOWN, _BLANK = -1, -2
_NARROW = 1 << 15  # values of an attribute that fit 16 bits


@dataclass(frozen=True, slots=True)
class Choice:
    """The attribute columns wanted (None: the default ones), and the most values one may have."""

    columns: Sequence[str] | None
    max_values: int


@dataclass(frozen=True, slots=True, eq=False)
class Attribute:
    """One attribute column. `codes` (customers,) point into `values`; code 0 is the empty value."""

    name: str
    values: tuple[str, ...]
    codes: Codes


@dataclass(slots=True, eq=False)
class Customers:
    """The rows of customers.csv, in file order; `give_named` is for once."""

    ids: Identifiers
    attributes: tuple[Attribute, ...]
    file: str
    digest: str
    _named: Ragged | None

    def give_named(self) -> Ragged:
        """Return the equipment numbers each customer depends on, and let go of them.

        They are the largest column by far, and nothing that is kept holds them.
        """
        named, self._named = self._named, None
        if named is None:
            raise RuntimeError("the column was given before")
        return named


def read_customers(folder: Path, equipment: Equipment, choice: Choice, findings: Sink) -> Customers:
    """Read customers.csv; errors go to `findings`."""
    table = Table(folder, "customers.csv", ("customer_id", "depends_on"), findings)
    columns = _Columns(table, equipment)
    for chunk in table.chunks():
        if columns.attributes is None:
            columns.attributes = _chosen(table, choice)
        if chunk.lines.size:
            columns.add(dict(zip(table.header, chunk.columns, strict=True)), chunk.lines)
    if columns.attributes is None and table.header:
        columns.attributes = _chosen(table, choice)
    return columns.finish()


def _chosen(table: Table, choice: Choice) -> "list[_AttributeReader]":
    """Pick the attribute columns; one that was asked for and is missing is an error."""
    header, names = table.header, choice.columns
    if names is None:
        names = [name for name in DEFAULT_ATTRIBUTES if name in header]
    hints = Hints(header)
    for name in names:
        if name not in header:
            table.find(1, name, f"attribute column {name!r} is missing{hints.near(name)}")
    present = dict.fromkeys(name for name in names if name in header)
    return [_AttributeReader(table, name, choice.max_values) for name in present]


class _Codes(dict[str, int]):
    """Numbers new strings in the order they come; the empty one is 0."""

    def __init__(self) -> None:
        super().__init__({"": 0})

    def __missing__(self, key: str) -> int:
        self[key] = code = len(self)
        return code


class _AttributeReader:
    """Turns one attribute column into codes; refuses it once it has too many values."""

    def __init__(self, table: Table, name: str, max_values: int) -> None:
        self.name = name
        self._table = table
        self._max_values = max_values
        self._codes = _Codes()
        wide = max_values >= _NARROW
        self._column: Growing[Any] = Growing(np.int32 if wide else np.int16)
        self._refused = False

    def add(self, column: Sequence[str], lines: Ints) -> None:
        if self._refused:
            return
        known = len(self._codes)
        codes = np.fromiter(map(self._codes.__getitem__, column), np.int32, len(column))
        self._column.add(codes.astype(self._column.kind))
        for value in islice(self._codes, known, None):
            if len(self.name) + 1 + len(value) > LONGEST_NAME:
                named = f"{self.name + '=…'!r} is a name of at most {LONGEST_NAME}"
                line = int(lines[column.index(value)])
                text = f"value of {len(value):,} characters: {named}"
                self._table.find(line, self.name, text)
        if len(self._codes) - 1 > self._max_values:
            line = int(lines[np.argmax(codes > self._max_values)])
            text = f"attribute column {self.name!r} has more than {self._max_values:,} values"
            self._table.find(line, self.name, text)
            self._refused = True

    def finish(self) -> Attribute:
        return Attribute(self.name, tuple(self._codes), self._column.whole())


class _Numbers(dict[str, int]):
    """Equipment numbers by id; a negative number says what is wrong with a name."""

    def __missing__(self, key: str) -> int:
        return _UNKNOWN if key else _BLANK


class _Columns:
    """Collects the columns chunk by chunk."""

    def __init__(self, table: Table, equipment: Equipment) -> None:
        self.attributes: list[_AttributeReader] | None = None
        self._table = table
        self._known = equipment.known if equipment.readable else None
        self._numbers = _Numbers(equipment.numbers)
        self._hints = Hints(equipment.known)
        self._ids = bytearray()
        self._lengths = Growing(np.int32)
        self._hashes = Growing(np.int64)
        self._tokens = Growing(np.int32)
        self._counts = Growing(np.int32)
        self._lines = Growing(np.int32)

    def add(self, columns: Mapping[str, Sequence[str]], lines: Ints) -> None:
        """Take over a chunk of rows; `lines` (rows,) says where they came from."""
        self._lines.add(lines.astype(np.int32))
        self._add_ids(columns["customer_id"], lines)
        self._add_dependencies(columns["depends_on"], lines)
        for attribute in self.attributes or ():
            attribute.add(columns[attribute.name], lines)

    def _add_ids(self, ids: Sequence[str], lines: Ints) -> None:
        joined = "".join(ids)
        sized: Iterator[str | bytes] = iter(ids) if joined.isascii() else map(str.encode, ids)
        self._ids += joined.encode()
        lengths = np.fromiter(map(len, sized), np.int32, len(ids))
        self._lengths.add(lengths)
        self._hashes.add(np.fromiter(map(hash, ids), np.int64, len(ids)))
        for row in np.flatnonzero(lengths == 0):
            self._table.find(int(lines[row]), "customer_id", "empty customer id")

    def _add_dependencies(self, lists: Sequence[str], lines: Ints) -> None:
        """Split at single spaces, all rows at once: then each row has its spaces + 1 names."""
        names = " ".join(lists).split(" ")
        counts = np.fromiter(map(str.count, lists, repeat(" ")), np.int32, len(lists)) + 1
        tokens = np.fromiter(map(self._numbers.__getitem__, names), np.int32, len(names))
        if tokens.min() < 0:
            owner = np.repeat(np.arange(len(lists)), counts)
            self._find_unknown(names, tokens, lines[owner])
            tokens, owner = tokens[tokens >= 0], owner[tokens >= 0]
            counts = np.bincount(owner, minlength=len(lists)).astype(np.int32)
            self._find_blank(lists, lines)
        self._tokens.add(tokens)
        self._counts.add(counts)

    def _find_unknown(self, names: Sequence[str], tokens: Values, lines: Ints) -> None:
        if self._known is None:
            return
        for at in np.flatnonzero(tokens == _UNKNOWN).tolist():
            if (name := names[at]) not in self._known:
                text = f"unknown equipment {name!r}{self._hints.near(name)}"
                self._table.find(int(lines[at]), "depends_on", text)

    def _find_blank(self, lists: Sequence[str], lines: Ints) -> None:
        for text, line in zip(lists, lines.tolist(), strict=True):
            if not text.strip(" "):
                self._table.find(line, "depends_on", "empty depends_on")

    def finish(self) -> Customers:
        """Join the chunks; report ids that were given twice."""
        ids, hashes = bytes(self._ids), self._hashes.whole()
        self._ids.clear()
        starts = starts_of(self._lengths.whole())
        self._find_repeated(ids, starts, hashes)
        named = Ragged(starts_of(self._counts.whole()), self._tokens.whole())
        attributes = tuple(attribute.finish() for attribute in self.attributes or ())
        table = Identifiers(ids, starts, hashes)
        return Customers(table, attributes, self._table.file, self._table.digest, named)

    def _find_repeated(self, ids: bytes, starts: Ints, hashes: Ints) -> None:
        lines = self._lines.whole()
        for row, first in repeated(ids, starts, hashes):
            if name := ids[starts[row] : starts[row + 1]].decode():
                text = f"duplicate customer id {name!r}, first on line {lines[first]}"
                self._table.find(int(lines[row]), "customer_id", text)
