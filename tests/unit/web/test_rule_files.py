"""The lines of one rule, and the tests about it."""

import pytest

import rules
from correlator.web import rule_files
from correlator.workshop import packaged_files

FILES = packaged_files()


@pytest.mark.parametrize("rule", [rule.id for rule in rules.load().rules])
def test_every_rule_of_the_catalog_is_found_with_its_id_and_nothing_of_others(rule: str) -> None:
    file, lines = rule_files.source_of(FILES, rule)
    named = [text.strip(" -") for _, text in lines if text.strip(" -").startswith("id:")]
    ids = [name.split(":", 1)[1].split("#")[0].strip() for name in named]
    assert (file.endswith(".yaml"), ids) == (True, [rule])
    numbers = [number for number, _ in lines]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert rule_files.tests_of(FILES, rule)


def test_an_unknown_rule_has_neither() -> None:
    assert rule_files.source_of(FILES, "no-such-rule") == ("", ())
    assert rule_files.tests_of(FILES, "no-such-rule") == ()
