"""Tests that rules come with: read here, run by whoever has an engine.

`load_tests` reads a folder, `parse_tests` texts, `uncovered` finds rules without tests,
`background_of` makes a test's ordinary calls.
"""

from rules.testing.burst import background_of
from rules.testing.loader import load_tests, parse_tests, uncovered
from rules.testing.model import RuleTest

__all__ = ["RuleTest", "background_of", "load_tests", "parse_tests", "uncovered"]
