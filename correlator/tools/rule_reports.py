"""The tests of rules for a pipeline (JUnit), and what they hold as a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from xml.etree import ElementTree as ET

from correlator.tools.rule_check import TestResult
from correlator.tools.rule_coverage import RuleCoverage


def junit(results: Sequence[TestResult]) -> bytes:
    """Return JUnit's XML: a case for each test, under the name of its rule."""
    failed = sum(bool(result.failures) for result in results)
    count = str(len(results))
    suite = ET.Element("testsuite", name="rules", tests=count, failures=str(failed))
    for result in results:
        test = result.test
        case = ET.SubElement(
            suite,
            "testcase",
            classname=test.rule or "quiet",
            name=test.name,
            file=test.place.file,
            line=str(test.place.line),
        )
        if result.failures:
            told = [str(failure) for failure in result.failures]
            failure = ET.SubElement(case, "failure", message=result.failures[0].message)
            failure.text = "\n".join(told)
    written: bytes = ET.tostring(suite, encoding="utf-8", xml_declaration=True)
    return written


def table(found: Iterable[RuleCoverage]) -> list[str]:
    """Return a line for each rule: its tests, and the keys that none of them notices."""
    return [
        f"{one.rule}: {one.raising} tests that it raises, {one.quiet} that it stays quiet; "
        f"held: {', '.join(one.noticed) or 'nothing'}; not held: {', '.join(one.unnoticed) or '–'}"
        for one in found
    ]
