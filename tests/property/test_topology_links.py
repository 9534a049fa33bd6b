"""Kinds of dependencies, and links, against networks in which things are made to fail."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.property.test_topology import Row, save
from topology import Topology, load, tangles

CORE = "core-router"


@dataclass(frozen=True)
class Network:
    """Equipment with its type; dependencies (id, depends_on, group, kind); links."""

    types: dict[str, str]
    dependencies: list[Row]
    links: list[Row]

    def load(self) -> Topology:
        with TemporaryDirectory() as name:
            folder = Path(name)
            save(folder / "equipment.csv", ("id", "type"), list(self.types.items()))
            header = ("id", "depends_on", "redundancy_group", "kind")
            save(folder / "dependencies.csv", header, self.dependencies)
            customers = [(f"C-{name}", name) for name in self.types]
            save(folder / "customers.csv", ("customer_id", "depends_on"), customers)
            if self.links:
                save(folder / "links.csv", ("a", "b"), self.links)
            return load(folder)

    def linked(self) -> set[str]:
        return {name for link in self.links for name in link}

    def cut_off(self, down: set[str], cut: Iterable[Row] = ()) -> set[str]:
        """Return the linked equipment with no way to a core over links that are left."""
        left: nx.Graph[str] = nx.Graph()
        left.add_nodes_from(self.linked() - down)
        left.add_edges_from(
            link for link in self.links if down.isdisjoint(link) and link not in cut
        )
        cores = [name for name in left if self.types[name] == CORE]
        reached = {name for core in cores for name in nx.node_connected_component(left, core)}
        return {name for name in self.linked() - reached if self.types[name] != CORE}

    def failing(self, cause: str, kinds: Sequence[str] = ("service", "power")) -> set[str]:
        """Fail one equipment and let the failure spread until nothing more fails."""
        down, after = set[str](), {cause}
        while down != after:
            down = after
            after = down | self.cut_off(down) | self._wanting(down, kinds)
        return down

    def dark(self, cause: str) -> set[str]:
        """Fail one equipment and let supervision lose what it reaches through what it lost."""
        lost, after = set[str](), self.failing(cause)
        while lost != after:
            lost = after
            after = lost | self._wanting(lost, ("management",))
        return lost - self.failing(cause)

    def _wanting(self, down: set[str], kinds: Sequence[str]) -> set[str]:
        """Return what lacks a dependency of these kinds, or a whole group."""
        rows = [row for row in self.dependencies if row[3] in kinds]
        groups: dict[tuple[str, str], list[bool]] = {}
        for name, other, group, _ in rows:
            groups.setdefault((name, group or f"alone {other}"), []).append(other in down)
        return {name for (name, _), lost in groups.items() if all(lost)}


@st.composite
def networks(draw: st.DrawFn, *, least_links: int = 0, supervised: bool = True) -> Network:
    count = draw(st.integers(2, 9))
    names = draw(st.permutations([f"E{number}" for number in range(count)]))
    rows: set[Row] = set()
    for number in range(1, count):
        before = st.sampled_from(names[:number])
        group = st.sampled_from(["", "", "a", "b"])
        for other, of in draw(st.lists(st.tuples(before, group), max_size=3)):
            # a group is of one kind, so its name tells it
            kind = draw(st.sampled_from(["service", "power"]))
            rows.add((names[number], other, of and f"{of}-{kind}", kind))
    order = draw(st.permutations(names)) if supervised else []
    for number in range(1, len(order)):
        before = st.sampled_from(order[:number])
        group = st.sampled_from(["", "m", "n"])
        for other, of in draw(st.lists(st.tuples(before, group), max_size=2)):
            rows.add((order[number], other, of, "management"))
    pairs = list(combinations(sorted(names), 2))
    chosen = st.lists(
        st.sampled_from(pairs), min_size=min(least_links, len(pairs)), max_size=14, unique=True
    )
    links = draw(st.permutations(sorted(draw(chosen))))
    types = {name: draw(st.sampled_from(["switch", "ups", "switch", CORE])) for name in names}
    graph = nx.Graph(links)
    for part in nx.connected_components(graph):  # every part has its core
        if all(types[name] != CORE for name in part):
            types[min(part)] = CORE
    return Network(types, draw(st.permutations(sorted(rows))), links)


def named(topology: Topology, domains: Iterable[int]) -> list[str]:
    return [topology.name(domain) for domain in domains]


@settings(max_examples=300)
@given(networks(), st.sampled_from([1, 2, 8_192]))
def test_what_fails_with_an_equipment(network: Network, width: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tangles, "_WIDTH", width)
        topology = network.load()
    for name in network.types:
        domain = topology.names.index(name)
        failing = network.failing(name)
        assert named(topology, topology.equipment_under(domain)) == sorted(failing - {name})
        assert list(topology.customers_under(domain)) == [
            f"C-{one}" for one in network.types if one in failing
        ]
        unpowered = network.failing(name, ("service",))
        assert named(topology, topology.powered_by(domain)) == sorted(failing - unpowered)


@settings(max_examples=200)
@given(networks())
def test_what_supervision_loses(network: Network) -> None:
    topology = network.load()
    for name in network.types:
        domain = topology.names.index(name)
        assert named(topology, topology.hidden_by(domain)) == sorted(network.dark(name))


@settings(max_examples=200)
@given(networks(supervised=False))
def test_parents_are_the_smallest_that_are_not_taken_along_in_return(network: Network) -> None:
    topology = network.load()
    below = {name: network.failing(name) for name in network.types}
    for name in network.types:
        strict = {one for one in below if name in below[one] and one not in below[name]}
        smallest = {
            one
            for one in strict
            if not any(other in below[one] and one not in below[other] for other in strict)
        }
        domain = topology.names.index(name)
        assert set(named(topology, topology.parents(domain))) == (smallest or {"*"})
        assert all(domain in topology.children(one) for one in topology.parents(domain))
        assert set(named(topology, topology.above(domain))) == strict


@settings(max_examples=300)
@given(networks(least_links=4, supervised=False), st.data())
def test_what_two_cut_links_cut_off(network: Network, data: st.DataObject) -> None:
    topology = network.load()
    alone = {link: network.cut_off(set(), [link]) for link in network.links}
    arcs = set()
    for pair in combinations(network.links, 2):
        cut = network.cut_off(set(), pair)
        if len(cut) > 1 and cut != alone[pair[0]] | alone[pair[1]]:
            arcs.add(tuple(sorted(map(topology.names.index, cut))))
    every = range(len(network.types))
    assert topology.arcs(every) == sorted(arcs, key=lambda arc: (len(arc), arc))
    asked = data.draw(st.lists(st.sampled_from(every), max_size=3))
    assert topology.arcs(asked) == [arc for arc in topology.arcs(every) if {*arc} & {*asked}]


@given(st.integers(3, 12), st.integers(1, 2))
def test_the_arcs_of_a_ring_are_the_pieces_of_its_line(count: int, cores: int) -> None:
    """On one core, or between two: whatever hangs on the ring."""
    names = [f"R{number:02}" for number in range(count)]
    ends = ["CORE-1", f"CORE-{cores}"]
    line = [ends[0], *names, ends[1]]
    types = dict.fromkeys(names, "switch") | dict.fromkeys(ends, CORE)
    network = Network(types, [], list(pairwise(line)))
    topology = network.load()
    pieces = [names[low:high] for low, high in combinations(range(count + 1), 2) if high - low > 1]
    found = [named(topology, arc) for arc in topology.arcs(range(topology.domain_count - 1))]
    assert sorted(found) == sorted(pieces)
