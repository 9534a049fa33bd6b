"""A folder of test files → tests, or every error with its place."""

from __future__ import annotations

from datetime import timedelta
from importlib.resources import files
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec

from rules.findings import Finding, Report
from rules.loader import compose_all, read_folder
from rules.model import OUTSIDE
from rules.nodes import child, items
from rules.shapes import attempt, merged
from rules.testing.burst import tickets_of
from rules.testing.events import EVENTS, Moment, moment_of
from rules.testing.model import (
    Announced,
    Background,
    Expectation,
    External,
    NotAnnounced,
    Place,
    Resolved,
    RuleTest,
    Suppressed,
    World,
)
from rules.testing.schema import EXPECTATIONS, FILE, SHARED, one_test
from rules.testing.world import read_world

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import yaml

    from rules.model import Catalog, Millis

MOST_EVENTS = 100_000
"""Of one test, and ordinary calls before it: a burst makes many of a few words."""
_AFTERWARDS: Millis = 3_600_000
_EXPECTATIONS: Mapping[str, type[Expectation]] = {
    "announced": Announced,
    "not_announced": NotAnnounced,
    "suppressed": Suppressed,
    "resolved": Resolved,
    "external": External,
}


def load_tests(folder: Path | None = None, catalog: Catalog | None = None) -> tuple[RuleTest, ...]:
    """Load the tests of a folder; None: those that come with the package.

    With a catalog, the rules that the tests name must be in it. Raises CatalogError with all errors
    of all files.
    """
    report = Report()
    where = files("rules") / "catalog" / "tests" if folder is None else folder
    shown = "rules/catalog/tests" if folder is None else str(folder)
    texts = read_folder(where, shown, report)
    return _parse(texts, catalog, report)


def parse_tests(
    texts: Mapping[str, bytes | str], catalog: Catalog | None = None
) -> tuple[RuleTest, ...]:
    """Read tests from texts by file name. Raises CatalogError."""
    return _parse(texts, catalog, Report())


def uncovered(catalog: Catalog, tests: tuple[RuleTest, ...], shown: str) -> tuple[Finding, ...]:
    """Return an error for each rule without a test that fires, or without one that does not."""
    outside = {rule.id for rule in catalog.rules if rule.domains == (OUTSIDE,)}
    fired = {test.rule for test in tests if _fires(test, outside)}
    spared = {test.rule for test in tests if not _fires(test, outside)}
    missing = [(rule.id, "that fires") for rule in catalog.rules if rule.id not in fired]
    missing += [(rule.id, "that does not fire") for rule in catalog.rules if rule.id not in spared]
    if "" not in spared:
        missing.append(("", "on a quiet day, without a rule"))
    return tuple(
        Finding(shown, 1, 1, f"{f'rule {rule}: ' if rule else ''}no test {which}")
        for rule, which in sorted(missing)
    )


def _fires(test: RuleTest, outside: set[str]) -> bool:
    """Tell whether the test wants its rule to raise something."""
    if test.rule in outside:
        return any(isinstance(one, External) for one in test.expect)
    return any(isinstance(one, Announced) and one.rule == test.rule for one in test.expect)


def _parse(
    texts: Mapping[str, bytes | str | None], catalog: Catalog | None, report: Report
) -> tuple[RuleTest, ...]:
    rules = None if catalog is None else {rule.id for rule in catalog.rules}
    tests: list[RuleTest] = []
    for node in compose_all(texts, report).values():
        if node is not None:
            tests += _read_file(node, rules, report)
    _check_names(tests, report)
    report.raise_if_any()
    return tuple(tests)


def _check_names(tests: list[RuleTest], report: Report) -> None:
    first: dict[str, Place] = {}
    for test in tests:
        used = first.setdefault(test.name, test.place)
        if used is not test.place:
            again = f"test '{test.name}' is already at {used.file}:{used.line}"
            report.add(test.place.finding(again))


def _read_file(node: yaml.Node, rules: set[str] | None, report: Report) -> Iterator[RuleTest]:
    attempt(FILE, node, report)
    for item in items(child(node, "tests")):
        whole = merged(item, node, SHARED)
        topology = child(whole, "topology")
        world = read_world(topology, report) if topology is not None else None
        test = _read_test(whole, world, rules, report)
        if test is not None:
            yield test


def _read_test(
    node: yaml.Node, world: World | None, rules: set[str] | None, report: Report
) -> RuleTest | None:
    domains = None if world is None else world.domains()
    customers = None if world is None else {one.id for one in world.customers}
    inner = report.part()
    values: Any = attempt(one_test(domains, customers, rules), node, inner)
    report.absorb(inner)
    if len(inner) or world is None:
        return None
    moments = tuple(islice(_moments(node, values["events"], world, report), MOST_EVENTS + 1))
    if len(moments) > MOST_EVENTS:
        report.at(child(node, "events") or node, f"more than {MOST_EVENTS:,} events in a test")
        return None
    last = max((moment.at for moment in moments), default=0)
    background = values.get("background")
    if background and _calls(background, world) > MOST_EVENTS:
        report.at(child(node, "background") or node, f"more than {MOST_EVENTS:,} calls in it")
        return None
    start = values["start"]
    return RuleTest(
        name=values["name"],
        place=_place(node),
        start=round(start.timestamp() * 1000),
        utc_offset=(start.utcoffset() or timedelta(0)) // timedelta(milliseconds=1),
        world=world,
        moments=moments,
        expect=tuple(_expectations(node, values["expect"])),
        until=values.get("until", last + _AFTERWARDS),
        rule=values.get("rule", ""),
        background=background and msgspec.convert(background, Background),
    )


def _calls(background: Any, world: World) -> float:
    """Return how many calls there would be if the hotline were open all day."""
    hours: float = background["history"] / 3_600_000 * len(world.customers)
    rates: float = sum(background["rates"].values())
    return hours * rates


def _moments(node: yaml.Node, events: Any, world: World, report: Report) -> Iterator[Moment]:
    nodes = items(child(node, "events"))
    for number, (event, place) in enumerate(zip(events, nodes, strict=True), start=1):
        kind = next(name for name in EVENTS if name in event)
        about = {"at": event["at"], **event[kind]}
        if kind == "burst":
            try:
                yield from tickets_of(about, number, world)
            except ValueError as error:
                report.at(child(place, "burst", "count") or place, str(error))
        else:
            if kind == "ticket":
                about.setdefault("id", f"T{number}")
            yield moment_of(kind, about)


def _expectations(node: yaml.Node, wanted: Any) -> Iterator[Expectation]:
    nodes = items(child(node, "expect"))
    for one, place in zip(wanted, nodes, strict=True):
        kind = next(name for name in EXPECTATIONS if name in one)
        yield _EXPECTATIONS[kind](place=_place(place), **one[kind])


def _place(node: yaml.Node) -> Place:
    mark = node.start_mark
    return Place(mark.name, mark.line + 1, mark.column + 1)
