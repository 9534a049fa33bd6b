"""What the tests of rules hold, and their results for a pipeline."""

import xml.etree.ElementTree as ET
from pathlib import Path

import msgspec
import pytest

from correlator.tools.check import check
from correlator.tools.rule_check import TestResult, check_rules
from correlator.tools.rule_coverage import SPOILT, RuleCoverage, coverage
from correlator.tools.rule_reports import junit, table
from rules import Catalog, Finding
from rules.testing import RuleTest, load_tests
from tests.builders import catalog

RULE = "access-line-card"


def only(name: str) -> Catalog:
    """Return the packaged catalog; what is asked is of one rule."""
    rules = tuple(rule for rule in catalog().rules if rule.id == name)
    return msgspec.structs.replace(catalog(), version=f"only-{name}", rules=rules)


def own_tests(rule: str, *names: str) -> tuple[RuleTest, ...]:
    found = load_tests(None, catalog())
    return tuple(t for t in found if t.rule == rule and (not names or t.name in names))


def held(*names: str) -> RuleCoverage:
    found = coverage(only(RULE), own_tests(RULE, *names))
    (one,) = (each for each in found if each.rule == RULE)
    return one


def test_a_test_that_a_card_dies_holds_what_raises_it() -> None:
    found = held("a line card dies in silence")
    assert {"symptoms", "cause_gain", "link"} <= set(found.noticed)
    assert (found.tests, found.raising, found.quiet) == (1, 1, 0)
    assert {"alarms", "urgency"} <= set(found.unnoticed)


def test_a_test_that_nothing_is_raised_holds_nothing() -> None:
    found = held("two neighbours on one card are chance")
    assert (found.raising, found.quiet, found.noticed) == (0, 1, ())


def test_without_tests_nothing_is_held() -> None:
    (found,) = coverage(only(RULE), ())
    assert (found.tests, found.noticed) == (0, ())
    assert set(found.unnoticed) == set(SPOILT)


def test_what_a_rule_does_not_have_is_not_asked() -> None:
    (found,) = coverage(only("customer-group"), ())
    assert "alarms" not in {*found.noticed, *found.unnoticed}


def test_progress_is_told_to_the_end() -> None:
    done: list[tuple[int, int]] = []
    coverage(only(RULE), (), 1, lambda *told: done.append(told))
    assert done[-1] == (len(SPOILT), len(SPOILT))


def test_the_table_names_what_is_held_and_what_is_not() -> None:
    found = [
        RuleCoverage("a", 2, 1, 1, ("symptoms",), ("urgency",)),
        RuleCoverage("b", 0, 0, 0, (), ()),
    ]
    assert table(found) == [
        "a: 1 tests that it raises, 1 that it stays quiet; held: symptoms; not held: urgency",
        "b: 0 tests that it raises, 0 that it stays quiet; held: nothing; not held: –",
    ]


def test_results_for_a_pipeline() -> None:
    passed, failed = check_rules(
        only(RULE),
        own_tests(RULE, "a line card dies in silence", "two neighbours on one card are chance"),
    )
    wrong = TestResult(failed.test, (Finding("x.yaml", 3, 1, "expected <nothing>"),))
    suite = ET.fromstring(junit([passed, wrong]))
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    first, second = suite
    assert (first.get("classname"), first.get("name")) == (RULE, "a line card dies in silence")
    assert list(first) == []
    (failure,) = second
    assert failure.get("message") == "expected <nothing>"
    assert failure.text == "x.yaml:3:1: expected <nothing>"


@pytest.mark.parametrize("asked", [0, 1])
def test_check_finds_it_out_where_it_is_asked(tmp_path: Path, asked: int) -> None:
    (tmp_path / "broken.yaml").write_text("family: x\n", encoding="utf-8")
    report = check(None, [tmp_path], [], jobs=asked)
    assert report.findings
    assert report.coverage == ()
