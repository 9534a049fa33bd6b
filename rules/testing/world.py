"""The network of a test, from its short form."""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING, Any

import yaml

from rules.findings import Report, did_you_mean
from rules.nodes import child, items
from rules.shapes import attempt
from rules.testing.model import Customer, Dependency, World
from rules.testing.schema import TOPOLOGY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_VARIABLE = re.compile(r"\{([a-z]+)\}")


def read_world(node: yaml.Node, report: Report) -> World | None:
    """Read a topology; None when there was an error."""
    inner = Report()
    world = _read(node, inner)
    report.absorb(inner)
    return None if len(inner) else world


def _read(node: yaml.Node, report: Report) -> World | None:
    values: Any = attempt(TOPOLOGY, node, report)
    if len(report):
        return None
    ranges: dict[str, list[str]] = values.get("ranges", {})
    _check_variables(node, ranges, report)
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
                report.at(scalar, f"unknown range '{name}'{did_you_mean(name, ranges)}")


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
            hint = did_you_mean(filled, world.equipment)
            report.at(name, f"unknown equipment '{filled}'{hint}")
            return
