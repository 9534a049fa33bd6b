"""Scopes against sets of customers: who is in one, how many they are, and what it is called."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from correlator.engine.calls import Call, CallWindow, in_scope
from tests.property.test_topology import Row, save
from topology import Scope, Topology, load

COLUMNS = ("offer", "model", "region")
Customers = dict[str, frozenset[int]]
"""By customer the domains that hold it, as the inventory itself says."""


@dataclass(frozen=True)
class Network:
    """Equipment with what it depends on ("" for nothing), and customers with their values."""

    above: dict[str, str]
    customers: list[Row]

    def load(self) -> Topology:
        with TemporaryDirectory() as name:
            folder = Path(name)
            kinds: list[Row] = [
                (one, "switch" if above else "bng") for one, above in self.above.items()
            ]
            save(folder / "equipment.csv", ("id", "type"), kinds)
            rows: list[Row] = [(one, above) for one, above in self.above.items() if above]
            save(folder / "dependencies.csv", ("id", "depends_on"), rows)
            header = ("customer_id", "depends_on", *COLUMNS)
            save(folder / "customers.csv", header, self.customers)
            return load(folder, attributes=COLUMNS)

    def held(self, topology: Topology) -> Customers:
        """Return where each customer is, from the rows alone."""
        found = {}
        for customer, equipment, *values in self.customers:
            names, above = {"*", equipment}, equipment
            while above := self.above[above]:
                names.add(above)
            names |= {f"{c}={v}" for c, v in zip(COLUMNS, values, strict=True) if v}
            found[customer] = frozenset(map(topology.names.index, names))
        return found


@st.composite
def networks(draw: st.DrawFn, marks: str = "") -> Network:
    """Draw networks; `marks`: what may stand within the names of equipment and values."""
    ends = st.text(f"ab{marks}", min_size=1, max_size=3)
    names = draw(st.lists(ends.map("E{}".format), min_size=2, max_size=7, unique=True))
    above = {names[0]: "", **{one: draw(st.sampled_from(["", *names[:1]])) for one in names[1:]}}
    values = draw(st.lists(ends, min_size=1, max_size=4, unique=True))
    value = st.sampled_from(["", *values])
    count = draw(st.integers(1, 14))
    rows = [
        (f"c{n}", draw(st.sampled_from(names)), *(draw(value) for _ in COLUMNS))
        for n in range(count)
    ]
    return Network(above, rows)


def combinations_in(topology: Topology) -> list[Scope]:
    """Return all combinations of two and three columns."""
    values = {c: topology.types.get(c, np.array([], int)).tolist() for c in COLUMNS}
    return [
        topology.combination((*chosen, *more))
        for one, other in combinations(COLUMNS, 2)
        for chosen in ((a, b) for a in values[one] for b in values[other])
        for more in ((), *((c,) for c in values["region"] if "region" not in {one, other}))
    ]


def neighbours_in(topology: Topology) -> list[Scope]:
    """Return pairs and triples of equipment below one parent, and of values of one column."""
    families = {(d, *topology.siblings(d)) for d in range(topology.domain_count - 1)}
    return [
        topology.scope_among(chosen)
        for family in {tuple(sorted(one)) for one in families}
        for size in (2, 3)
        for chosen in combinations(family, size)
    ]


def scopes(topology: Topology) -> list[Scope]:
    singles = [Scope(domain) for domain in range(topology.domain_count)]
    return [*singles, *combinations_in(topology), *neighbours_in(topology)]


def customers_of(scope: Scope, held: Customers) -> set[str]:
    """Return who has all parts of a combination, or one of the neighbours."""
    if scope.among:
        return {c for c, domains in held.items() if domains & set(scope.among)}
    return {c for c, domains in held.items() if domains >= set(scope.parts)}


@given(networks())
def test_a_scope_holds_who_is_in_it_and_counts_them(network: Network) -> None:
    topology = network.load()
    held = network.held(topology)
    for scope in scopes(topology):
        expected = customers_of(scope, held)
        assert topology.lines(scope) == len(expected)
        for customer, domains in held.items():
            assert topology.domains_of(customer) == tuple(sorted(domains))
            assert scope.holds(tuple(sorted(domains))) is (customer in expected)


@given(networks())
def test_the_customers_of_a_scope_in_the_order_of_the_file(network: Network) -> None:
    topology = network.load()
    held = network.held(topology)
    for scope in scopes(topology):
        rows = topology.rows_in(scope)
        assert rows.tolist() == sorted(set(rows.tolist()))
        expected = customers_of(scope, held)
        assert list(topology.customers_at(rows)) == [one for one in held if one in expected]


@given(networks())
def test_the_domain_of_a_scope_holds_all_its_customers(network: Network) -> None:
    topology = network.load()
    held = network.held(topology)
    for scope in scopes(topology):
        assert all(scope.domain in held[customer] for customer in customers_of(scope, held))
        assert topology.lines(scope) <= topology.sizes[scope.domain]


def readings(name: str, known: Sequence[str]) -> set[tuple[str, ...]]:
    """Return all ways in which a name is made of known ones, joined by one separator."""
    found: set[tuple[str, ...]] = {(name,)} if name in known else set()
    for separator in "&+":
        ways: list[set[tuple[str, ...]]] = [{()}]
        pieces = name.split(separator)
        for end in range(1, len(pieces) + 1):
            parts = [(begin, separator.join(pieces[begin:end])) for begin in range(end)]
            ways.append({(*way, p) for at, p in parts if p in known for way in ways[at]})
        found |= ways[-1]
    return found


@given(networks("&+"))
def test_the_name_of_a_scope_is_read_back(network: Network) -> None:
    """Where a name can be read in several ways (`Ea+Eb` is an equipment as well), the simplest."""
    topology = network.load()
    for scope in scopes(topology):
        name = topology.scope_name(scope)
        ways = readings(name, topology.names)
        read = topology.scope(name)
        assert read is not None
        assert len(read.parts) == min(map(len, ways))
        if len(ways) == 1:
            assert read == scope


@given(networks("&+"))
def test_a_single_domain_is_never_read_as_several(network: Network) -> None:
    topology = network.load()
    for domain in range(topology.domain_count):
        assert topology.scope(topology.name(domain)) == Scope(domain)


@given(networks(), st.text("ab=&+E", max_size=12))
def test_a_name_of_which_a_part_is_unknown_is_of_no_scope(network: Network, name: str) -> None:
    topology = network.load()
    known = {topology.scope_name(scope) for scope in scopes(topology)}
    assume(all(part not in topology.names for part in name.replace("&", "+").split("+")))
    for parts in known:
        assert topology.scope(f"{parts}+{name}x") is None
        assert topology.scope(f"{name}x&{parts}") is None


@given(networks("&+"))
def test_the_type_of_a_scope_names_the_types_of_its_parts(network: Network) -> None:
    topology = network.load()
    for scope in scopes(topology):
        types = {topology.type_of(part) for part in scope.parts}
        assert topology.scope_type(scope) == "&".join(sorted(types))


@given(networks(), st.data())
def test_the_calls_in_a_scope_are_those_of_its_customers(
    network: Network, data: st.DataObject
) -> None:
    topology = network.load()
    window = CallWindow(topology.domain_count)
    chosen = data.draw(st.lists(st.sampled_from(network.customers), max_size=20))
    domains = [topology.domains_of(customer) for customer, *_ in chosen]
    for at, (row, under) in enumerate(zip(chosen, domains, strict=True)):
        assert under is not None
        call = Call(f"T{at}", f"E{at}", row[0], under, 0, 0, at, at, float(at), 0.1, counted=True)
        window.add(call, float(at))
    positions = np.arange(len(chosen))
    for scope in scopes(topology):
        expected = [scope.holds(under or ()) for under in domains]
        assert in_scope(window, scope, positions).tolist() == expected
        since = len(chosen) / 2
        late = [one and at >= since for at, one in enumerate(expected)]
        assert in_scope(window, scope, positions, since).tolist() == late


@given(networks())
def test_somebody_at_a_place_is_where_all_its_customers_are(network: Network) -> None:
    topology = network.load()
    held = network.held(topology)
    for domain in range(topology.domain_count):
        name = topology.name(domain)
        place = set(topology.domains_at(name))
        assert topology.domains_at(name) == tuple(sorted(place))
        assert all(place <= domains for domains in held.values() if domain in domains)
        assert all(topology.sizes[one] for one in place)
    assert topology.domains_at("nowhere") == (topology.domain_count - 1,)
