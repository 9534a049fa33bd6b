"""The rule language: what network engineers tune, one YAML file per family.

`load` reads a folder of rules, `parse` reads texts; both give a frozen `Catalog` or raise
`CatalogError` with every error and its place. `rules.testing` reads the tests that rules come with.
"""

from rules.findings import CatalogError, Finding
from rules.loader import load, parse
from rules.model import Catalog, Rule, Symptom

__all__ = ["Catalog", "CatalogError", "Finding", "Rule", "Symptom", "load", "parse"]
