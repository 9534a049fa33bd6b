"""The compiled topology against a naive one made of sets."""

import csv
import io
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from topology import Topology, facets, load, ragged
from topology.dominators import dominance
from topology.identifiers import Identifiers, repeated
from topology.needs import Needs
from topology.ragged import Ragged, intern, starts_of

Row = tuple[str, ...]
COLUMNS = ("cpe_model", "region")


@dataclass(frozen=True)
class Inventory:
    """Rows of the three files, without headers."""

    equipment: list[Row]
    dependencies: list[Row]
    customers: list[Row]

    def write(self, folder: Path) -> Path:
        save(folder / "equipment.csv", ("id", "type"), self.equipment)
        header = ("id", "depends_on", "redundancy_group")
        save(folder / "dependencies.csv", header, self.dependencies)
        header = ("customer_id", "depends_on", *COLUMNS)
        save(folder / "customers.csv", header, self.customers)
        return folder

    def load(self) -> Topology:
        with TemporaryDirectory() as folder:
            return load(self.write(Path(folder)))

    def failing(self, cause: str) -> set[str]:
        """Fail one equipment and let the failure spread until nothing more fails."""
        failed: set[str] = set()
        after = {cause}
        while failed != after:
            failed = after
            after = failed | {name for name, _ in self.equipment if self._fails(name, failed)}
        return failed

    def _fails(self, name: str, failed: set[str]) -> bool:
        rows = [row for row in self.dependencies if row[0] == name]
        groups = {row[2] for row in rows if row[2]}
        return any(other in failed for _, other, group in rows if not group) or any(
            all(other in failed for _, other, of in rows if of == group) for group in groups
        )

    def under(self) -> dict[str, set[str]]:
        """Return the customers of each domain, by name."""
        found: dict[str, set[str]] = {"*": {row[0] for row in self.customers}}
        for cause, _ in self.equipment:
            failed = self.failing(cause)
            found[cause] = {row[0] for row in self.customers if failed & set(row[1].split())}
        for customer, _, *values in self.customers:
            for column, value in zip(COLUMNS, values, strict=True):
                if value:
                    found.setdefault(f"{column}={value}", set()).add(customer)
        return found


def save(path: Path, header: Row, rows: list[Row]) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([header, *rows])
    path.write_text(text.getvalue(), encoding="utf-8", newline="")


@st.composite
def inventories(draw: st.DrawFn) -> Inventory:
    count = draw(st.integers(1, 9))
    names = draw(st.permutations([f"E{number}" for number in range(count)]))
    rows: set[Row] = set()
    for number in range(1, count):
        below = st.sampled_from(names[:number])
        groups = st.sampled_from(["", "", "a", "b"])
        for other, group in draw(st.lists(st.tuples(below, groups), max_size=4)):
            rows.add((names[number], other, group))
    named = st.lists(st.sampled_from(names), min_size=1, max_size=4).map(" ".join)
    value = st.sampled_from(["", "x", "y", "z,é"])
    ids = draw(st.lists(st.text("abé", min_size=1, max_size=3), unique=True, max_size=12))
    return Inventory(
        [(name, draw(st.sampled_from(["card", "dslam"]))) for name in names],
        draw(st.permutations(sorted(rows))),
        [(one, draw(named), draw(value), draw(value)) for one in ids],
    )


@given(inventories())
def test_dominators_are_the_single_failures(inventory: Inventory) -> None:
    topology = inventory.load()
    for name, _ in inventory.equipment:
        failing = inventory.failing(name) - {name}
        domain = topology.names.index(name)
        assert {topology.name(one) for one in topology.equipment_under(domain)} == failing


@given(inventories())
def test_parents_are_the_smallest_strict_dominators(inventory: Inventory) -> None:
    topology = inventory.load()
    below = {name: inventory.failing(name) - {name} for name, _ in inventory.equipment}
    for name in below:
        strict = {other for other in below if name in below[other]}
        smallest = {one for one in strict if not below[one] & strict}
        domain = topology.names.index(name)
        found = {topology.name(one) for one in topology.parents(domain)}
        assert found == (smallest or {"*"})
        assert all(domain in topology.children(one) for one in topology.parents(domain))
        beside = {
            other
            for other in topology.types[topology.type_of(domain)].tolist()
            if other != domain and set(topology.parents(other)) & set(topology.parents(domain))
        }
        assert set(topology.siblings(domain)) == beside


@settings(max_examples=60)
@given(inventories(), st.sampled_from([1, 3, 64]))
def test_customers_are_counted_as_sets_do(inventory: Inventory, share: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(facets, "_WIDE_SHARE", share)
        topology = inventory.load()
    under = inventory.under()
    assert sorted(topology.names) == sorted(under)
    for domain, name in enumerate(topology.names):
        assert topology.sizes[domain] == len(under[name])
        assert list(topology.customers_under(domain)) == [
            row[0] for row in inventory.customers if row[0] in under[name]
        ]
        shared = {other: len(under[name] & under[other]) for other in under}
        domains, counts = topology.shared_counts(domain)
        assert {
            topology.name(other): count
            for other, count in zip(domains.tolist(), counts.tolist(), strict=True)
        } == {other: count for other, count in shared.items() if count}
        for other, count in shared.items():
            number = topology.names.index(other)
            assert topology.shared(domain, number) == count
            fewer = min(len(under[name]), len(under[other]))
            assert topology.share(domain, number) == (count / fewer if fewer else 0.0)
        same = {one for one in under if one != name and under[one] == under[name] != set()}
        assert {topology.name(one) for one in topology.equivalents(domain)} == same


@settings(max_examples=60)
@given(inventories(), st.sampled_from([1, 3, 64]))
def test_customers_lie_in_the_domains_that_hold_them(inventory: Inventory, share: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(facets, "_WIDE_SHARE", share)
        topology = inventory.load()
    under = inventory.under()
    for customer, *_ in inventory.customers:
        held = [at for at, name in enumerate(topology.names) if customer in under[name]]
        assert topology.domains_of(customer) == tuple(held)
    assert topology.domains_of("nobody") is None


@given(inventories(), st.randoms(use_true_random=False))
def test_row_order_changes_nothing_but_the_version(inventory: Inventory, dice: object) -> None:
    mixed = Inventory(*(list(rows) for rows in vars(inventory).values()))
    for rows in vars(mixed).values():
        dice.shuffle(rows)  # type: ignore[attr-defined]
    one, other = inventory.load(), mixed.load()
    assert one.names == other.names
    assert one.sizes.tolist() == other.sizes.tolist()
    for customer, *_ in inventory.customers:
        assert one.domains_of(customer) == other.domains_of(customer)
    assert one.version == inventory.load().version


@given(st.lists(st.lists(st.integers(0, 4), max_size=4)))
def test_equal_rows_get_equal_numbers(rows: list[list[int]]) -> None:
    codes, distinct = intern(Ragged.of(rows), 5)
    assert [distinct.row(code).tolist() for code in codes] == rows
    assert len(distinct) == len({tuple(row) for row in rows})


@given(
    st.lists(st.lists(st.integers(0, 4), max_size=4)),
    st.lists(st.booleans(), min_size=5, max_size=5),
    st.integers(1, 3),
)
def test_rows_are_split_in_two(rows: list[list[int]], mask: list[bool], together: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ragged, "_SLICE", together)
        kept, others = Ragged.of(rows).split(np.array(mask))
    for number, row in enumerate(rows):
        assert kept.row(number).tolist() == [value for value in row if mask[value]]
        assert others.row(number).tolist() == [value for value in row if not mask[value]]


@given(st.lists(st.text("ab", min_size=1, max_size=3)), st.integers(1, 8))
def test_ids_are_exact_even_if_hashes_are_not(names: list[str], distinct: int) -> None:
    """Ids that collide on the whole 64-bit hash are told apart, repeated ones are found."""
    hashes = np.array([hash(name) for name in names], np.int64)
    ids = "".join(names).encode()
    starts = starts_of(np.array([len(name) for name in names], np.int64))
    table = Identifiers(ids, starts, hashes)
    assert all(names[table.find(name)] == name for name in names)
    assert table.find("c") == -1
    firsts = [(at, names.index(name)) for at, name in enumerate(names)]
    colliding = hashes % distinct
    expected = [(at, first) for at, first in firsts if at != first]
    assert list(repeated(ids, starts, colliding)) == expected
    assert list(repeated(ids, starts, hashes)) == expected


@settings(max_examples=20)
@given(st.integers(2, 6))
def test_a_mesh_of_alternatives_has_no_dominator(width: int) -> None:
    """Two layers, each equipment on any one of the layer above: nobody is above anybody."""
    needs = [Needs()] * width + [Needs((), (tuple(range(width)),))] * width
    found = dominance([(one,) for one in range(2 * width)], needs)
    for one, other in combinations(range(2 * width), 2):
        assert one not in found.above.row(other)
