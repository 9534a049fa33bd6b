"""The equipment and what it depends on: read, checked, and drawn as a graph."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import networkx as nx

from topology.dominators import MOST_ABOVE, Needs
from topology.findings import Finding, Hints, Sink
from topology.tables import Table

LONGEST_NAME = 512
"""Characters of a failure domain's name: databases index it."""
_CYCLE_SHOWN = 10


class Dependency(NamedTuple):
    """One row of dependencies.csv: `id` fails when `depends_on` fails."""

    id: str
    depends_on: str
    group: str  # rows of one id with the same non-empty group are alternatives
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
    """The rows of dependencies.csv whose two ids are known."""

    rows: Sequence[Dependency]
    file: str
    digest: str


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
    hints = Hints(equipment.known)
    first: dict[tuple[str, str, str], int] = {}
    rows: list[Dependency] = []
    for chunk in table.chunks():
        for values, line in chunk.numbered():
            row = dict(zip(table.header, values, strict=True))
            found = Dependency(row["id"], row["depends_on"], row.get("redundancy_group", ""), line)
            sound = _named(table, found, equipment, hints)
            if _unrepeated(table, found, first) and sound:
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


def _unrepeated(table: Table, row: Dependency, first: dict[tuple[str, str, str], int]) -> bool:
    before = first.setdefault(row[:3], row.line)
    if before != row.line:
        text = f"dependency {row.id!r} on {row.depends_on!r} is given twice, first on line {before}"
        table.find(row.line, None, text)
    return before == row.line


def draw(equipment: Equipment, dependencies: Dependencies) -> "nx.DiGraph[str]":
    """Return the graph id → depends_on.

    Nodes carry the columns of equipment.csv, edges `redundancy_group`. A pair given in several
    rows has one edge: its group is empty if one row has none (that one decides alone), else the
    groups joined by a space.
    """
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(equipment.columns.items())
    groups: dict[tuple[str, str], str] = {}
    for row in dependencies.rows:
        pair = (row.id, row.depends_on)
        groups[pair] = _together(groups[pair], row.group) if pair in groups else row.group
    graph.add_edges_from(
        (name, other, {"redundancy_group": group}) for (name, other), group in groups.items()
    )
    return graph


def _together(groups: str, group: str) -> str:
    return " ".join(sorted({*groups.split(" "), group})) if groups and group else ""


def in_order(graph: "nx.DiGraph[str]", dependencies: Dependencies, findings: Sink) -> list[str]:
    """Return the equipment, dependencies before dependants; cycles are reported instead."""
    try:
        return list(nx.topological_sort(graph))[::-1]
    except nx.NetworkXUnfeasible:
        for finding in _cycles(graph, dependencies):
            findings.append(finding)
        return []


def _cycles(graph: "nx.DiGraph[str]", dependencies: Dependencies) -> Iterator[Finding]:
    """Name one cycle for each group of equipment that depend on each other in circles."""
    lines: dict[tuple[str, str], int] = {}
    for row in dependencies.rows:
        lines.setdefault((row.id, row.depends_on), row.line)
    for tangle in nx.strongly_connected_components(graph):
        if len(tangle) > 1:
            cycle = _cycle_within(graph, tangle)
            line = min(lines[edge] for edge in zip(cycle, cycle[1:] + cycle[:1], strict=True))
            shown = cycle[:_CYCLE_SHOWN]
            if more := len(cycle) - len(shown):
                shown.append(f"… {more:,} more …")
            text = "cycle of dependencies: " + " → ".join([*shown, cycle[0]])
            yield Finding(dependencies.file, line, "depends_on", text)


def _cycle_within(graph: "nx.DiGraph[str]", tangle: set[str]) -> list[str]:
    """Follow the first dependency within a tangle until it comes round: there always is one."""
    name = min(tangle)
    path: dict[str, int] = {}
    while name not in path:
        path[name] = len(path)
        name = next(other for other in graph[name] if other in tangle)
    return list(path)[path[name] :]


def refuse_deep(
    deep: Sequence[int], equipment: Equipment, dependencies: Dependencies, findings: Sink
) -> None:
    """Report equipment, by number, that too many others take away."""
    if not deep:
        return
    lines: dict[str, int] = {}
    for row in dependencies.rows:
        lines.setdefault(row.id, row.line)
    names = tuple(equipment.numbers)
    for number in deep:
        text = f"more than {MOST_ABOVE:,} others each take equipment {names[number]!r} with them"
        findings.append(Finding(dependencies.file, lines[names[number]], "depends_on", text))


def needs_of(numbers: Mapping[str, int], rows: Iterable[Dependency]) -> list[Needs]:
    """Translate the dependency rows into what each equipment needs, by number."""
    plain: defaultdict[int, list[int]] = defaultdict(list)
    groups: defaultdict[int, dict[str, list[int]]] = defaultdict(dict)
    for row in rows:
        number, other = numbers[row.id], numbers[row.depends_on]
        if row.group:
            groups[number].setdefault(row.group, []).append(other)
        else:
            plain[number].append(other)
    return [
        Needs(tuple(plain.get(number, ())), tuple(map(tuple, groups.get(number, {}).values())))
        for number in range(len(numbers))
    ]
