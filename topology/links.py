"""Links, which have no direction: rings and meshes with their ways to the core."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import networkx as nx

from topology.findings import Finding, Hints, Sink
from topology.needs import Numbers
from topology.network import Equipment
from topology.tables import Table

CORE_TYPES: tuple[str, ...] = ("core-router",)
"""What links lead to, where nothing else is said."""


@dataclass(frozen=True, slots=True, eq=False)
class Links:
    """The rows of links.csv whose two ids are known. `digest` is empty if there is no such file.

    `graph` has only the linked equipment; `cores`: those of it that are of one of `core_types`;
    `lines`: where each equipment is first named.
    """

    graph: "nx.Graph[str]"
    cores: frozenset[str]
    core_types: tuple[str, ...]
    lines: Mapping[str, int]
    file: str
    digest: str

    def neighbours(self, numbers: Mapping[str, int]) -> dict[int, Numbers]:
        """Return the neighbours, by number and ascending, of all that is linked but the core."""
        return {
            numbers[name]: tuple(sorted(numbers[other] for other in others))
            for name, others in self.graph.adjacency()
            if name not in self.cores
        }


def read_links(folder: Path, equipment: Equipment, core: Sequence[str], findings: Sink) -> Links:
    """Read links.csv, which may be missing; errors go to `findings`."""
    table = Table(folder, "links.csv", ("a", "b"), findings, optional=True)
    graph: nx.Graph[str] = nx.Graph()
    hints = Hints(equipment.known)
    first: dict[tuple[str, str], int] = {}
    lines: dict[str, int] = {}
    for chunk in table.chunks():
        ends = [chunk.columns[table.header.index(column)] for column in ("a", "b")]
        for one, other, line in zip(*ends, chunk.lines.tolist(), strict=True):
            if _sound(table, {"a": one, "b": other}, line, (equipment, hints)):
                pair = (one, other) if one < other else (other, one)
                before = first.setdefault(pair, line)
                if before != line:
                    text = f"link of {one!r} and {other!r} is given twice, first on line {before}"
                    table.find(line, None, text)
                graph.add_edge(one, other)
                lines.setdefault(one, line)
                lines.setdefault(other, line)
    types = {name: columns["type"] for name, columns in equipment.columns.items()}
    cores = frozenset(name for name in graph if types.get(name) in core)
    found = Links(graph, cores, tuple(sorted({*core})), lines, table.file, table.digest)
    # A row that was left out could be the very way to the core, or the core itself.
    if table.sound and len(types) == len(equipment.known):
        _find_lost(found, findings, core_exists=any(kind in core for kind in types.values()))
    return found


def _sound(
    table: Table, ends: Mapping[str, str], line: int, known: tuple[Equipment, Hints]
) -> bool:
    """Check the two ends of a row; false if the row cannot stand in the graph."""
    equipment, hints = known
    sound = equipment.readable
    for column, name in ends.items():
        if not name:
            table.find(line, column, f"empty {column}")
            sound = False
        elif equipment.readable and name not in equipment.known:
            table.find(line, column, f"unknown equipment {name!r}{hints.near(name)}")
            sound = False
    if ends["a"] and ends["a"] == ends["b"]:
        table.find(line, "b", f"equipment {ends['a']!r} is linked to itself")
        sound = False
    return sound


def _find_lost(links: Links, findings: Sink, *, core_exists: bool) -> None:
    """Report what has links, and no way to a core over them."""
    types = ", ".join(map(repr, links.core_types)) or "none is named"
    if links.lines and not core_exists:
        text = f"links lead to the core, and no equipment is of a type of the core ({types})"
        findings.append(Finding(links.file, min(links.lines.values()), None, text))
        return
    for part in nx.connected_components(links.graph):
        if links.cores.isdisjoint(part):
            line, name = min((links.lines[name], name) for name in part)
            others = f" and {len(part) - 1:,} linked with it"
            text = f"no links lead from {name!r}{others} to the core ({types})"
            findings.append(Finding(links.file, line, None, text))
