"""The network of a test, from its short form."""

from __future__ import annotations

import re
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

import yaml

from rules.findings import Report
from rules.nodes import child, entries, items
from rules.shapes import attempt
from rules.testing.model import Customer, Dependency, World
from rules.testing.schema import TOPOLOGY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MOST_OF_A_WORLD = 10_000
"""Equipment and dependencies of one test, and its customers: they are made of a few words."""

_VARIABLE = re.compile(r"\{([a-z]+)\}")


def read_world(node: yaml.Node, report: Report) -> World | None:
    """Read a topology; None when there was an error."""
    inner = report.part()
    world = _read(node, inner)
    report.absorb(inner)
    return None if len(inner) else world


def _read(node: yaml.Node, report: Report) -> World | None:
    values: Any = attempt(TOPOLOGY, node, report)
    ranges: dict[str, list[str]] = {} if len(report) else values.get("ranges", {})
    for check in (_check_variables, _check_size):
        if not len(report):
            check(node, ranges, report)
    if len(report):
        return None
    world = World(
        equipment={
            _filled(name, one): _filled(kind, one)
            for name, kind in values["equipment"].items()
            for one in _choices(name, ranges)
        },
        dependencies=tuple(_dependencies(values, ranges)),
        customers=tuple(_customers(values, ranges)),
    )
    _check(node, world, ranges, report)
    return world


def _choices(text: str, ranges: Mapping[str, list[str]]) -> Iterator[dict[str, str]]:
    """Yield a value for each variable in the text, in every combination."""
    names = list(dict.fromkeys(_VARIABLE.findall(text)))
    for values in product(*(ranges[name] for name in names)):
        yield dict(zip(names, values, strict=True))


def _filled(text: str, values: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda match: values.get(match[1], match[0]), text)


def _dependencies(values: Any, ranges: Mapping[str, list[str]]) -> Iterator[Dependency]:
    for row in values.get("dependencies", ()):
        texts = (row["id"], row["on"], row.get("group", ""))
        for one in _choices("".join(texts), ranges):
            yield Dependency(*(_filled(text, one) for text in texts))


def _customers(values: Any, ranges: Mapping[str, list[str]]) -> Iterator[Customer]:
    number = 0
    for row in values["customers"]:
        lists: dict[str, list[str]] = row.get("attributes", {})
        for one in _choices(row["prefix"], ranges):
            on = tuple(_filled(name, one) for name in row["on"])
            for index in range(row["count"]):
                # Taken in turn over all customers, not anew in each group, so that values spread.
                turn = {key: _filled(got[number % len(got)], one) for key, got in lists.items()}
                yield Customer(f"{_filled(row['prefix'], one)}{index + 1}", on, turn)
                number += 1


def _check_variables(node: yaml.Node, ranges: Mapping[str, list[str]], report: Report) -> None:
    for scalar in _scalars(node):
        for name in _VARIABLE.findall(scalar.value):
            if name not in ranges:
                report.at(scalar, f"unknown range '{name}'{report.hint(name, ranges)}")


def _check_size(node: yaml.Node, ranges: Mapping[str, list[str]], report: Report) -> None:
    """Report what would be too large once it is written out; nothing is, yet."""
    equipment = child(node, "equipment")
    named = entries(equipment) if isinstance(equipment, yaml.MappingNode) else ()
    lines = [(key, name, 1) for name, key, _ in named]
    for row in items(child(node, "dependencies")):
        texts = [child(row, key) for key in ("id", "on", "group")]
        lines.append((row, "".join(text.value for text in texts if text), 1))
    _check_total("equipment and dependencies", lines, ranges, report)
    rows = [(child(row, "prefix"), child(row, "count")) for row in items(child(node, "customers"))]
    counts = [
        (count, prefix.value, int(count.value.replace("_", "")))
        for prefix, count in rows
        if prefix and count
    ]
    _check_total("customers", counts, ranges, report)


def _check_total(
    what: str,
    lines: list[tuple[yaml.Node, str, int]],
    ranges: Mapping[str, list[str]],
    report: Report,
) -> None:
    total = 0
    for place, text, count in lines:
        names = dict.fromkeys(_VARIABLE.findall(text))
        total += count * prod(len(ranges[name]) for name in names)
        if total > MOST_OF_A_WORLD:
            report.at(place, f"more than {MOST_OF_A_WORLD:,} {what} in a test")
            return


def _scalars(node: yaml.Node) -> Iterator[yaml.ScalarNode]:
    if isinstance(node, yaml.ScalarNode):
        yield node
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _scalars(item)
    elif isinstance(node, yaml.MappingNode):
        for pair in node.value:
            for part in pair:
                yield from _scalars(part)


def _check(node: yaml.Node, world: World, ranges: Mapping[str, list[str]], report: Report) -> None:
    """Every equipment that is named exists, and every customer is one customer."""
    named = [child(row, key) for row in items(child(node, "dependencies")) for key in ("id", "on")]
    rows = items(child(node, "customers"))
    for name in filter(None, [*named, *(on for row in rows for on in items(child(row, "on")))]):
        _check_name(name, world, ranges, report)
    seen: set[str] = set()
    for customer in world.customers:
        if customer.id in seen:
            report.at(rows[-1], f"customer '{customer.id}' is there twice: change a prefix")
            return
        seen.add(customer.id)


def _check_name(
    name: yaml.Node, world: World, ranges: Mapping[str, list[str]], report: Report
) -> None:
    for one in _choices(name.value, ranges):
        filled = _filled(name.value, one)
        if filled not in world.equipment:
            hint = report.hint(filled, world.equipment)
            report.at(name, f"unknown equipment '{filled}'{hint}")
            return
