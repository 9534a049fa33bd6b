"""From a folder of CSV files to a `Topology`, or to every error in them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from topology.customers import Choice, Customers, read_customers
from topology.domains import OUTSIDE, number_domains, value_name
from topology.dominators import dominance
from topology.findings import Finding, Findings, Sink
from topology.graphs import draw, in_order, knots, needs_of, supervised_in_order
from topology.index import Topology
from topology.kinds import Relations, hidden, powered
from topology.links import CORE_TYPES, Links, read_links
from topology.membership import Membership
from topology.needs import MOST_ABOVE, Numbers
from topology.network import (
    MANAGEMENT,
    POWER,
    SERVICE,
    Dependencies,
    Equipment,
    read_dependencies,
    read_equipment,
)
from topology.tangles import MOST_ROUNDS, TangledError

_TAKEN = "each take equipment {} with them"
_HIDDEN = "each hide equipment {} from supervision"


class _Network(NamedTuple):
    """What was read of the network itself."""

    equipment: Equipment
    dependencies: Dependencies
    links: Links


def load(
    folder: Path,
    attributes: Sequence[str] | None = None,
    *,
    core: Sequence[str] = CORE_TYPES,
    max_values: int = 10_000,
) -> Topology:
    """Read equipment.csv, dependencies.csv, customers.csv and, if there is one, links.csv.

    Each is plain or `.gz`. `attributes`: the columns of customers.csv whose values are failure
    domains; None means those of cpe_model, cpe_firmware, offer and region that are there. A column
    with more than `max_values` values is refused. `core`: the equipment types that links lead to.
    Raises InventoryError with all errors at once, of each file the first thousand; nothing that
    was loaded before is touched.
    """
    findings = Findings()
    equipment = read_equipment(folder, findings)
    dependencies = read_dependencies(folder, equipment, findings)
    links = read_links(folder, equipment, core, findings)
    customers = read_customers(folder, equipment, Choice(attributes, max_values), findings)
    network = _Network(equipment, dependencies, links)
    graphs = draw(*network)
    order = in_order(graphs.needs, dependencies, findings)
    supervised = supervised_in_order(graphs.management, dependencies, findings)
    _find_clashes(equipment, customers, findings)
    findings.raise_if_any()
    types = {name: equipment.columns[name]["type"] for name in equipment.numbers}
    domains = number_domains(types, customers.attributes)
    try:
        relations = _related(network, order, supervised, findings)
    except TangledError as error:
        _refuse_tangled(error.knot, network, findings)
    findings.raise_if_any()
    members = Membership(customers, domains, relations.dominance)
    return Topology(_version(network, customers), graphs.freeze(), domains, relations, members)


def _related(
    network: _Network, order: Sequence[str], supervised: Sequence[str], findings: Sink
) -> Relations:
    """Work out who takes whom along, and who hides whom; what goes too deep is reported.

    Raises `TangledError`.
    """
    equipment, dependencies, links = network
    numbers = equipment.numbers
    needs = needs_of(numbers, dependencies.of(SERVICE, POWER), links)
    tied = knots([numbers[name] for name in order], needs)
    dominating = dominance(tied, needs)
    _refuse_deep(dominating.deep, network, _TAKEN, findings)
    dark, fed = None, None
    if supervised:
        managed = needs_of(numbers, dependencies.of(MANAGEMENT))
        ranks = [numbers[name] for name in supervised]
        dark, deep = hidden(ranks, managed, dominating.above)
        _refuse_deep(deep, network, _HIDDEN, findings)
    if dependencies.of(POWER):
        unpowered = needs_of(numbers, dependencies.of(SERVICE), links)
        fed = powered(tied, unpowered, dominating)
    return Relations(dominating, fed, dark)


def _refuse_deep(deep: Numbers, network: _Network, what: str, findings: Sink) -> None:
    """Report equipment, by number, that too many others take away or hide."""
    if not deep:
        return
    equipment, dependencies, links = network
    kinds = (MANAGEMENT,) if what == _HIDDEN else (SERVICE, POWER)
    lines: dict[str, int] = {}
    for row in dependencies.of(*kinds):
        lines.setdefault(row.id, row.line)
    names = tuple(equipment.numbers)
    for number in deep:
        name = names[number]
        text = f"more than {MOST_ABOVE:,} others {what.format(repr(name))}"
        if name in lines:
            findings.append(Finding(dependencies.file, lines[name], "depends_on", text))
        else:
            findings.append(Finding(links.file, links.lines[name], None, text))


def _refuse_tangled(knot: Numbers, network: _Network, findings: Sink) -> None:
    """Report equipment, by number, that no reasonable time is enough for."""
    names, links = tuple(network.equipment.numbers), network.links
    line, name = min(
        (links.lines[names[one]], names[one]) for one in knot if names[one] in links.lines
    )
    text = (
        f"around {name!r} dependencies and links lead to each other more than {MOST_ROUNDS} times"
    )
    findings.append(Finding(links.file, line, None, text))


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


def _version(network: _Network, customers: Customers) -> str:
    """Hash the files; links, and what they lead to, only if there is a file of them."""
    equipment, dependencies, links = network
    columns = sorted(attribute.name for attribute in customers.attributes)
    parts = [equipment.digest, dependencies.digest, customers.digest, *columns]
    if links.digest:
        parts += [f"links={links.digest}", *(f"core={name}" for name in links.core_types)]
    return sha256("\n".join(parts).encode()).hexdigest()[:16]
