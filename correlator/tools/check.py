"""Configuration, rules with their tests, inventory: every error at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec

import rules
import topology
from correlator.config import ConfigError, load_config
from correlator.tools.rule_check import TestResult, check_rules
from correlator.tools.rule_coverage import RuleCoverage, coverage
from rules.model import Catalog
from rules.testing import RuleTest, load_tests


class CheckReport(msgspec.Struct, frozen=True):
    """What was looked at, and every finding as `file:line[:column]: message`.

    `tests`: those of the rules; `coverage`: what they hold, where that was asked.
    """

    looked_at: tuple[str, ...]
    findings: tuple[str, ...]
    tests: tuple[TestResult, ...] = ()
    coverage: tuple[RuleCoverage, ...] = ()


def check(
    config: Path | None,
    rule_folders: Sequence[Path | None],
    inventories: Sequence[Path],
    *,
    jobs: int = 0,
    seen: Callable[[int, int], None] = lambda _done, _all: None,
) -> CheckReport:
    """Check whatever is named; a rules folder of None is the packaged catalog.

    What the links of the inventories lead to is what the configuration says, if one is named.
    `jobs`: processes that find out what the tests of the rules hold, 0: that is not asked.
    """
    results: list[TestResult] = []
    held: list[RuleCoverage] = []
    looked_at: list[str] = []
    findings: list[str] = []
    core = topology.CORE_TYPES
    if config is not None:
        looked_at.append(f"configuration {config}")
        try:
            core = load_config(config).core
        except ConfigError as error:
            findings += _texts(error.findings)
    for folder in rule_folders:
        looked_at.append(f"rules {folder or 'of the package'}")
        catalog, tests, wrong = _rules(folder)
        findings += wrong
        if catalog is not None:
            ran = check_rules(catalog, tests)
            results += ran
            findings += [text for result in ran for text in _texts(result.failures)]
            held += coverage(catalog, tests, jobs, seen) if jobs else []
    for inventory in inventories:
        looked_at.append(f"inventory {inventory}")
        findings += _inventory(inventory, core)
    return CheckReport(tuple(looked_at), tuple(findings), tuple(results), tuple(held))


def _rules(folder: Path | None) -> tuple[Catalog | None, tuple[RuleTest, ...], list[str]]:
    """Return a catalog, its tests, and what is wrong with them."""
    try:
        catalog = rules.load(folder)
        return catalog, _tests(folder, catalog), []
    except rules.CatalogError as error:
        return None, (), _texts(error.findings)


def _tests(folder: Path | None, catalog: Catalog) -> tuple[RuleTest, ...]:
    """Return the tests beside a folder's rules, in its `tests/`; there may be none."""
    if folder is None:
        return load_tests(None, catalog)
    tests = folder / "tests"
    return load_tests(tests, catalog) if tests.is_dir() else ()


def _inventory(folder: Path, core: Sequence[str]) -> list[str]:
    try:
        topology.load(folder, core=core)
    except topology.InventoryError as error:
        return [f"{folder}/{finding}" for finding in error.findings]
    return []


def _texts(findings: Iterable[object]) -> list[str]:
    return [str(finding) for finding in findings]
