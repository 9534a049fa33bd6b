"""From a folder of CSV files to a `Topology`, or to every error in them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path

import networkx as nx

from topology.customers import Choice, Customers, read_customers
from topology.domains import OUTSIDE, number_domains, value_name
from topology.dominators import dominance
from topology.findings import Finding, Findings, Sink
from topology.index import Topology
from topology.membership import Membership
from topology.network import (
    Dependencies,
    Equipment,
    draw,
    in_order,
    needs_of,
    read_dependencies,
    read_equipment,
    refuse_deep,
)


def load(
    folder: Path, attributes: Sequence[str] | None = None, *, max_values: int = 10_000
) -> Topology:
    """Read equipment.csv, dependencies.csv and customers.csv, each plain or `.gz`.

    `attributes`: the columns of customers.csv whose values are failure domains; None means those
    of cpe_model, cpe_firmware, offer and region that are there. A column with more than
    `max_values` values is refused. Raises InventoryError with all errors at once, of each file the
    first thousand; nothing that was loaded before is touched.
    """
    findings = Findings()
    equipment = read_equipment(folder, findings)
    dependencies = read_dependencies(folder, equipment, findings)
    choice = Choice(attributes, max_values)
    customers = read_customers(folder, equipment, choice, findings)
    graph = draw(equipment, dependencies)
    order = in_order(graph, dependencies, findings)
    _find_clashes(equipment, customers, findings)
    findings.raise_if_any()
    types = {name: equipment.columns[name]["type"] for name in equipment.numbers}
    domains = number_domains(types, customers.attributes)
    needs = needs_of(equipment.numbers, dependencies.rows)
    dominating = dominance((equipment.numbers[name] for name in order), needs)
    refuse_deep(dominating.deep, equipment, dependencies, findings)
    findings.raise_if_any()
    version = _version(equipment, dependencies, customers)
    members = Membership(customers, domains, dominating)
    return Topology(version, nx.freeze(graph), domains, dominating, members)


def _find_clashes(equipment: Equipment, customers: Customers, findings: Sink) -> None:
    """Report names that would belong to two failure domains."""
    values = Counter(_value_names(customers))
    for name in [*values, OUTSIDE]:
        if name in equipment.lines:
            text = f"equipment id {name!r} is also the name of another failure domain"
            findings.append(Finding(equipment.file, equipment.lines[name], "id", text))
    for name, count in values.items():
        if count > 1:
            text = f"two attribute columns have a value named {name!r}"
            findings.append(Finding(customers.file, 1, None, text))


def _value_names(customers: Customers) -> Iterable[str]:
    for attribute in customers.attributes:
        for value in attribute.values:
            if value:
                yield value_name(attribute.name, value)


def _version(equipment: Equipment, dependencies: Dependencies, customers: Customers) -> str:
    columns = sorted(attribute.name for attribute in customers.attributes)
    parts = (equipment.digest, dependencies.digest, customers.digest, *columns)
    return sha256("\n".join(parts).encode()).hexdigest()[:16]
