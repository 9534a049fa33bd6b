"""The network as graphs of ids: drawn from the rows, put in order, its cycles found."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import networkx as nx

from topology.findings import Finding, Sink
from topology.links import Links
from topology.needs import Needs, Numbers
from topology.network import MANAGEMENT, POWER, SERVICE, Dependencies, Dependency, Equipment

_CYCLE_SHOWN = 10


@dataclass(frozen=True, slots=True, eq=False)
class Graphs:
    """What depends on what, and what is linked.

    `needs`: id → depends_on of service and power; nodes carry the columns of equipment.csv, edges
    `redundancy_group` and `kind`. `management`: id → depends_on of management, with only the
    equipment named there; edges carry `redundancy_group`. `links`: without direction, with only
    the linked equipment. `cores`: the linked equipment that is of a core type.
    """

    needs: "nx.DiGraph[str]"
    management: "nx.DiGraph[str]"
    links: "nx.Graph[str]"
    cores: frozenset[str]

    def freeze(self) -> "Graphs":
        """Forbid changes from now on."""
        for graph in (self.needs, self.management, self.links):
            nx.freeze(graph)
        return self


def draw(equipment: Equipment, dependencies: Dependencies, links: Links) -> Graphs:
    """Draw the graphs.

    A pair given in several rows has one edge: its group is empty if one row has none (that one
    decides alone), else the groups joined by a space; its kinds are joined likewise.
    """
    needs: nx.DiGraph[str] = nx.DiGraph()
    needs.add_nodes_from(equipment.columns.items())
    _join(needs, dependencies.of(SERVICE, POWER))
    management: nx.DiGraph[str] = nx.DiGraph()
    _join(management, dependencies.of(MANAGEMENT))
    for _, _, values in management.edges(data=True):
        del values["kind"]
    return Graphs(needs, management, links.graph, links.cores)


def _join(graph: "nx.DiGraph[str]", rows: Iterable[Dependency]) -> None:
    edges: dict[tuple[str, str], dict[str, str]] = {}
    for row in rows:
        edge = {"redundancy_group": row.group, "kind": row.kind}
        if before := edges.get((row.id, row.depends_on)):
            groups = before["redundancy_group"], row.group
            edge["redundancy_group"] = _together(*groups) if all(groups) else ""
            edge["kind"] = _together(before["kind"], row.kind)
        edges[row.id, row.depends_on] = edge
    graph.add_edges_from((name, other, values) for (name, other), values in edges.items())


def _together(some: str, one: str) -> str:
    return " ".join(sorted({*some.split(" "), one}))


def in_order(graph: "nx.DiGraph[str]", rows: Dependencies, findings: Sink) -> list[str]:
    """Return the equipment, dependencies before dependants; cycles are reported instead."""
    return _in_order(graph, rows.of(SERVICE, POWER), ("dependencies", rows.file), findings)


def supervised_in_order(graph: "nx.DiGraph[str]", rows: Dependencies, findings: Sink) -> list[str]:
    """Return the same for the management dependencies."""
    what = ("management dependencies", rows.file)
    return _in_order(graph, rows.of(MANAGEMENT), what, findings)


def _in_order(
    graph: "nx.DiGraph[str]", rows: Iterable[Dependency], what: tuple[str, str], findings: Sink
) -> list[str]:
    try:
        return list(nx.topological_sort(graph))[::-1]
    except nx.NetworkXUnfeasible:
        for finding in _cycles(graph, rows, what):
            findings.append(finding)
        return []


def _cycles(
    graph: "nx.DiGraph[str]", rows: Iterable[Dependency], what: tuple[str, str]
) -> Iterator[Finding]:
    """Name one cycle for each group of equipment that depend on each other in circles."""
    lines: dict[tuple[str, str], int] = {}
    for row in rows:
        lines.setdefault((row.id, row.depends_on), row.line)
    for tangle in nx.strongly_connected_components(graph):
        if len(tangle) > 1:
            cycle = _cycle_within(graph, tangle)
            line = min(lines[edge] for edge in zip(cycle, cycle[1:] + cycle[:1], strict=True))
            shown = cycle[:_CYCLE_SHOWN]
            if more := len(cycle) - len(shown):
                shown.append(f"… {more:,} more …")
            text = f"cycle of {what[0]}: " + " → ".join([*shown, cycle[0]])
            yield Finding(what[1], line, "depends_on", text)


def _cycle_within(graph: "nx.DiGraph[str]", tangle: set[str]) -> list[str]:
    """Follow the first dependency within a tangle until it comes round: there always is one."""
    name = min(tangle)
    path: dict[str, int] = {}
    while name not in path:
        path[name] = len(path)
        name = next(other for other in graph[name] if other in tangle)
    return list(path)[path[name] :]


def needs_of(
    numbers: Mapping[str, int], rows: Iterable[Dependency], links: Links | None = None
) -> list[Needs]:
    """Translate rows of dependencies, and links, into what each equipment needs, by number."""
    plain: defaultdict[int, list[int]] = defaultdict(list)
    groups: defaultdict[int, dict[str, list[int]]] = defaultdict(dict)
    for row in rows:
        number, other = numbers[row.id], numbers[row.depends_on]
        if row.group:
            groups[number].setdefault(row.group, []).append(other)
        else:
            plain[number].append(other)
    linked = {} if links is None else links.neighbours(numbers)
    return [
        Needs(
            tuple(plain.get(number, ())),
            tuple(map(tuple, groups.get(number, {}).values())),
            linked.get(number, ()),
        )
        for number in range(len(numbers))
    ]


def knots(order: Sequence[int], needs: Sequence[Needs]) -> list[Numbers]:
    """Return the equipment in knots, as `dominators` wants it.

    `order`: dependencies before dependants. What is linked needs each other in circles.
    """
    if not any(one.linked for one in needs):
        return [(number,) for number in order]
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(order)
    for number, (plain, groups, linked) in enumerate(needs):
        graph.add_edges_from((number, other) for other in (*plain, *linked))
        graph.add_edges_from((number, other) for group in groups for other in group)
    tied = nx.condensation(graph)
    rank = {number: place for place, number in enumerate(order)}
    members: Mapping[int, set[int]] = nx.get_node_attributes(tied, "members")
    return [
        tuple(sorted(members[knot], key=rank.__getitem__))
        for knot in reversed(list(nx.topological_sort(tied)))
    ]
