"""Sets of rules as files: read whole, written whole, compared."""

from __future__ import annotations

from pathlib import Path

import pytest

import rules
from correlator.workshop import (
    catalog_of,
    difference,
    files_in,
    packaged_files,
    ruleset_id,
    write_files,
)
from correlator.workshop import files as sets
from correlator.workshop.files import is_rules_file
from rules.findings import CatalogError
from rules.testing import load_tests

FILES = packaged_files()


def test_the_package_has_every_file_that_the_loader_reads() -> None:
    assert {"symptoms.yaml", "language.txt", "sentences.jsonl", "causes.yaml"} <= FILES.keys()
    assert "tests/access.yaml" in FILES
    assert catalog_of(FILES).version == rules.load().version
    assert len(sets.tests_of(FILES, catalog_of(FILES))) == len(load_tests())


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    write_files(FILES, tmp_path / "rules")
    (tmp_path / "rules" / ".git").mkdir()
    (tmp_path / "rules" / "README.md").write_text("not of the rules")
    assert files_in(tmp_path / "rules") == FILES
    assert rules.load(tmp_path / "rules").version == rules.load().version


def test_a_file_that_is_not_in_the_set_goes_and_what_is_no_rules_file_stays(tmp_path: Path) -> None:
    write_files(FILES | {"more.yaml": "family: x\n"}, tmp_path)
    (tmp_path / "README.md").write_text("not of the rules")
    write_files(FILES, tmp_path)
    assert files_in(tmp_path) == FILES
    assert (tmp_path / "README.md").exists()


def test_the_id_is_that_of_the_content_the_version_that_of_the_rules() -> None:
    other = FILES | {"access.yaml": FILES["access.yaml"] + "\n# a comment\n"}
    assert ruleset_id(FILES) == ruleset_id(dict(reversed(FILES.items())))
    assert ruleset_id(other) != ruleset_id(FILES)
    assert catalog_of(other).version == catalog_of(FILES).version


@pytest.mark.parametrize(
    ("one", "other"),
    [({"a": "b", "c": ""}, {"a": "", "c": "b"}), ({"a": "bc"}, {"ab": "c"}), ({}, {"a": ""})],
)
def test_ids_are_not_mixed_up(one: dict[str, str], other: dict[str, str]) -> None:
    assert ruleset_id(one) != ruleset_id(other)


def test_a_difference_says_file_and_line() -> None:
    after = FILES | {"access.yaml": FILES["access.yaml"].replace("12h", "13h", 1)}
    lines = difference(FILES, after)
    assert lines[:2] == ("--- access.yaml", "+++ access.yaml")
    assert [line[0] for line in lines[3:]].count("-") == 1
    assert any(line.startswith("+") and "13h" in line for line in lines[2:])
    assert difference(FILES, FILES) == ()


def test_files_that_come_and_go_are_in_the_difference() -> None:
    lines = difference({"a.yaml": "one\n"}, {"b.yaml": "two\n"})
    assert "-one" in lines
    assert "+two" in lines


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("access.yaml", True), ("language.txt", True), ("tests/access.yaml", True),
        ("tests/language.txt", False), ("other/access.yaml", False), (".x.yaml", False),
        ("../x.yaml", False), ("tests/../x.yaml", False), ("notes.txt", False), ("", False),
    ],
)  # fmt: skip
def test_names_that_a_rules_folder_may_have(name: str, known: object) -> None:
    assert is_rules_file(name) is known


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({"a.yaml": "x\n"}, {"a.yaml": "x\r\n"}, "other ends of lines"),
        ({"a.yaml": "x\n"}, {"a.yaml": "x"}, "other ends of lines"),
        ({}, {"a.yaml": ""}, "new"),
        ({"a.yaml": ""}, {}, "gone"),
    ],
)
def test_what_differs_without_a_line_is_said(
    before: dict[str, str], after: dict[str, str], told: str
) -> None:
    assert difference(before, after) == ("--- a.yaml", "+++ a.yaml", f"@@ {told} @@")


@pytest.mark.parametrize("name", ["../x.yaml", "/tmp/x.yaml", "a/b.yaml", ".x.yaml"])
def test_a_name_that_no_file_of_rules_has_is_not_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="no file of rules"):
        write_files({name: "x"}, tmp_path / "rules")
    assert not (tmp_path / "rules").exists()


def test_a_file_that_is_no_text_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "old.yaml").write_bytes(b"\xff")
    write_files({"a.yaml": "x"}, tmp_path)
    assert files_in(tmp_path) == {"a.yaml": "x"}


def test_an_error_in_a_test_is_said_with_the_name_in_the_set() -> None:
    broken = FILES | {"tests/access.yaml": "tests:\n  - nonsense: 1\n"}
    with pytest.raises(CatalogError) as caught:
        sets.tests_of(broken, catalog_of(FILES))
    assert str(caught.value).startswith("tests/access.yaml:")


def test_no_folder_and_no_text_are_said(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="no such folder"):
        files_in(tmp_path / "nowhere")
    (tmp_path / "a.yaml").write_bytes(b"\xff")
    with pytest.raises(CatalogError, match=r"a\.yaml:1:1"):
        files_in(tmp_path)
