"""The equipment and what it depends on: read and checked, row by row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from topology.findings import Hints, Sink
from topology.tables import Table

LONGEST_NAME = 512
"""Characters of a failure domain's name: databases index it."""

SERVICE, POWER, MANAGEMENT = KINDS = ("service", "power", "management")
"""Of dependencies: the first is what an empty field means."""


class Dependency(NamedTuple):
    """One row of dependencies.csv.

    `id` fails when `depends_on` fails; if the kind is management, supervision loses it instead.
    """

    id: str
    depends_on: str
    group: str  # rows of one id with the same non-empty group are alternatives
    kind: str
    line: int


@dataclass(frozen=True, slots=True, eq=False)
class Equipment:
    """The rows of equipment.csv, by id. `known` also holds the ids of rows left out as broken."""

    columns: Mapping[str, dict[str, str]]  # id → the other columns
    numbers: Mapping[str, int]  # 0, 1, … in the order of the ids
    lines: Mapping[str, int]
    known: frozenset[str]
    readable: bool
    file: str
    digest: str


@dataclass(frozen=True, slots=True, eq=False)
class Dependencies:
    """The rows of dependencies.csv whose two ids and whose kind are known."""

    rows: Sequence[Dependency]
    file: str
    digest: str

    def of(self, *kinds: str) -> Sequence[Dependency]:
        """Return the rows of some kinds."""
        return [row for row in self.rows if row.kind in kinds]


def read_equipment(folder: Path, findings: Sink) -> Equipment:
    """Read equipment.csv; errors go to `findings`."""
    table = Table(folder, "equipment.csv", ("id", "type"), findings)
    columns: dict[str, dict[str, str]] = {}
    lines: dict[str, int] = {}
    broken: set[str] = set()
    shared: dict[str, str] = {}  # one object per distinct value
    for chunk in table.chunks():
        header = table.header
        at = header.index("id")
        broken.update(row[at] for row in chunk.broken if len(row) > at)
        for row, line in chunk.numbered():
            if _new(table, row[at], line, lines):
                values = dict(zip(header, (shared.setdefault(v, v) for v in row), strict=True))
                columns[values.pop("id")] = values
                if not values["type"]:
                    table.find(line, "type", f"equipment {row[at]!r} has no type")
    known = frozenset(columns) | broken
    numbers = {name: number for number, name in enumerate(sorted(columns))}
    readable = bool(table.header)
    return Equipment(columns, numbers, lines, known, readable, table.file, table.digest)


def _new(table: Table, name: str, line: int, lines: dict[str, int]) -> bool:
    if not name:
        table.find(line, "id", "empty equipment id")
        return False
    if len(name) > LONGEST_NAME:
        text = f"equipment id of {len(name):,} characters: at most {LONGEST_NAME}"
        table.find(line, "id", text)
    first = lines.setdefault(name, line)
    if first != line:
        table.find(line, "id", f"duplicate equipment id {name!r}, first on line {first}")
    return first == line


def read_dependencies(folder: Path, equipment: Equipment, findings: Sink) -> Dependencies:
    """Read dependencies.csv; errors go to `findings`. Cycles are looked for later."""
    table = Table(folder, "dependencies.csv", ("id", "depends_on"), findings)
    hints, kind_hints = Hints(equipment.known), Hints(KINDS)
    first: dict[tuple[str, ...], int] = {}
    groups: dict[tuple[str, str], Dependency] = {}
    rows: list[Dependency] = []
    for chunk in table.chunks():
        for values, line in chunk.numbered():
            row = dict(zip(table.header, values, strict=True))
            group, kind = row.get("redundancy_group", ""), row.get("kind", "") or SERVICE
            found = Dependency(row["id"], row["depends_on"], group, kind, line)
            checks = (
                _named(table, found, equipment, hints),
                _of_a_kind(table, found, kind_hints),
                _unrepeated(table, found, first),
                _unmixed(table, found, groups),
            )
            if all(checks):
                rows.append(found)
    return Dependencies(rows, table.file, table.digest)


def _named(table: Table, row: Dependency, equipment: Equipment, hints: Hints) -> bool:
    """Check the two ids of a row; false if the row cannot stand in the graph."""
    sound = equipment.readable
    for column, name in (("id", row.id), ("depends_on", row.depends_on)):
        if not name:
            table.find(row.line, column, f"empty {column}")
            sound = False
        elif equipment.readable and name not in equipment.known:
            table.find(row.line, column, f"unknown equipment {name!r}{hints.near(name)}")
            sound = False
    if row.id and row.id == row.depends_on:
        table.find(row.line, "depends_on", f"equipment {row.id!r} depends on itself")
        sound = False
    return sound


def _of_a_kind(table: Table, row: Dependency, hints: Hints) -> bool:
    if row.kind not in KINDS:
        near = hints.near(row.kind) or f": {SERVICE}, {POWER} or {MANAGEMENT}"
        table.find(row.line, "kind", f"unknown kind {row.kind!r}{near}")
    return row.kind in KINDS


def _unrepeated(table: Table, row: Dependency, first: dict[tuple[str, ...], int]) -> bool:
    before = first.setdefault(row[:4], row.line)
    if before != row.line:
        text = f"dependency {row.id!r} on {row.depends_on!r} is given twice, first on line {before}"
        table.find(row.line, None, text)
    return before == row.line


def _unmixed(table: Table, row: Dependency, groups: dict[tuple[str, str], Dependency]) -> bool:
    """Check that a group is of one kind: power is no alternative to a way of packets."""
    if not row.group or row.kind not in KINDS:
        return True
    first = groups.setdefault((row.id, row.group), row)
    if first.kind != row.kind:
        text = f"redundancy group {row.group!r} of {row.id!r} mixes kinds: {row.kind} here, "
        table.find(row.line, "kind", f"{text}{first.kind} on line {first.line}")
    return first.kind == row.kind
