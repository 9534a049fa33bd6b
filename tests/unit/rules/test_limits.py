"""Files that are no catalog at all: they end at once, with an error at its place."""

import os
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rules
from rules import CatalogError, Finding
from rules.findings import MOST_FINDINGS
from rules.loader import MOST_BYTES_IN_ALL, MOST_FILES
from rules.nodes import MOST_BYTES, MOST_LEVELS, MOST_NODES
from rules.testing import load_tests, parse_tests

SOON = 20
"""Seconds, on a busy machine. What is tested here took minutes, or never ended."""
WORLD = "{equipment: {A: dslam}, customers: [{count: 3, prefix: C, on: [A]}]}"
TEST = f"""\
start: 2026-03-03T10:00:00+01:00
topology: {WORLD}
tests:
- {{name: n, events: [], expect: [{{not_announced: any}}]}}
"""


def errors(texts: dict[str, str | bytes] | dict[str, str]) -> list[str]:
    with pytest.raises(CatalogError) as caught:
        rules.parse(texts)
    return [str(finding) for finding in caught.value.findings]


def errors_of_tests(text: str) -> list[str]:
    with pytest.raises(CatalogError) as caught:
        parse_tests({"t.yaml": text})
    return [str(finding) for finding in caught.value.findings]


def errors_in(folder: Path) -> list[str]:
    with pytest.raises(CatalogError) as caught:
        rules.load(folder)
    return [str(finding).removeprefix(f"{folder}/") for finding in caught.value.findings]


@pytest.fixture
def folder(texts: dict[str, str], tmp_path: Path) -> Path:
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


# ----------------------------------------------------------------------------- regular files only


def test_a_fifo_is_neither_waited_for_nor_passed_over(folder: Path) -> None:
    os.mkfifo(folder / "more.yaml")
    assert errors_in(folder) == ["more.yaml:1:1: not a regular file but a fifo"]


def test_a_device_is_not_read(folder: Path) -> None:
    (folder / "more.yaml").symlink_to("/dev/zero")
    assert errors_in(folder) == ["more.yaml:1:1: not a regular file but a device"]


def test_a_folder_is_no_file(folder: Path) -> None:
    (folder / "more.yaml").mkdir()
    assert errors_in(folder) == ["more.yaml:1:1: not a regular file but a folder"]


def test_symptoms_that_cannot_be_read_are_one_error(folder: Path) -> None:
    (folder / "symptoms.yaml").unlink()
    os.mkfifo(folder / "symptoms.yaml")
    assert errors_in(folder) == ["symptoms.yaml:1:1: not a regular file but a fifo"]


def test_a_link_that_leads_nowhere(folder: Path) -> None:
    (folder / "more.yaml").symlink_to("nowhere")
    assert errors_in(folder) == ["more.yaml:1:1: No such file or directory"]


def test_a_link_to_a_file_is_read(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    whole = rules.load(folder)
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "file"
    (folder / "access.yaml").rename(elsewhere)
    (folder / "access.yaml").symlink_to(elsewhere)
    assert rules.load(folder) == whole


def test_a_folder_that_there_cannot_be() -> None:
    with pytest.raises(CatalogError, match=r":1:1: no such folder"):
        rules.load(Path("a\0b"))


def test_rule_tests_are_regular_files_too(folder: Path) -> None:
    (folder / "tests").mkdir()
    os.mkfifo(folder / "tests" / "a.yaml")
    with pytest.raises(CatalogError, match=r"a\.yaml:1:1: not a regular file but a fifo"):
        load_tests(folder / "tests")


# ------------------------------------------------------------------------------------------ sizes


def test_a_file_has_so_many_bytes(folder: Path, texts: dict[str, str]) -> None:
    whole = texts["access.yaml"]
    filled = whole + "#" * (MOST_BYTES - len(whole.encode()))
    (folder / "access.yaml").write_text(filled, encoding="utf-8")
    assert rules.load(folder) == rules.parse(texts)
    (folder / "access.yaml").write_text(f"{filled}#", encoding="utf-8")
    assert errors_in(folder) == ["access.yaml:1:1: larger than 262,144 bytes"]
    long = f"{filled}#".encode()
    assert errors({**texts, "access.yaml": long})[0] == errors_in(folder)[0]


def test_a_folder_has_so_many_files(folder: Path) -> None:
    for number in range(MOST_FILES):
        (folder / f"f{number:03}.yaml").write_text("family: f\nrules: []\n", encoding="utf-8")
    found = errors_in(folder)
    told = "f199.yaml:1:1: not read from here on: more than 200 files in a folder"
    assert [line for line in found if "not read" in line] == [told]


def test_a_folder_has_so_many_bytes_in_all(folder: Path) -> None:
    for number in range(5):
        large = "#" * (MOST_BYTES_IN_ALL // 4 - 100)
        (folder / f"f{number}.yaml").write_text(large, encoding="utf-8")
    most = "the files of the folder have more than 1,048,576 bytes in all"
    found = errors_in(folder)
    assert f"f3.yaml:1:1: not read from here on: {most}" in found
    assert not any("symptoms.yaml" in line for line in found)


def test_so_many_keys_and_values(texts: dict[str, str]) -> None:
    began = time.monotonic()
    texts["more.yaml"] = "family: more\nrules:\n" + "- ~\n" * MOST_NODES
    (error,) = errors(texts)
    # Beside the rules: two keys and a value; what holds them is counted when it ends.
    assert error.startswith(f"more.yaml:{MOST_NODES}:3: more than 50,000 keys and values")
    assert time.monotonic() - began < SOON


def test_many_laughs(texts: dict[str, str]) -> None:
    """What an alias repeats counts each time, whether anything would read it or not."""
    laughs = "".join(f"l{n + 1}: &l{n + 1} [{', '.join([f'*l{n}'] * 10)}]\n" for n in range(9))
    texts["more.yaml"] = f"l0: &l0 ha\n{laughs}"
    (error,) = errors(texts)
    assert error.startswith("more.yaml:6:25: more than 50,000 keys and values")


def test_few_laughs_are_read(texts: dict[str, str]) -> None:
    texts["access.yaml"] = texts["access.yaml"].replace("[lossOfSignal]", "[&l lossOfSignal]")
    texts["access.yaml"] = texts["access.yaml"].replace(
        "follows: 2e-3", "follows: 2e-3, causes: [*l]"
    )
    first, second = rules.parse(texts).rules[0].alarms
    assert first.causes == second.causes
    assert first.causes[0] == "lossOfSignal"


@pytest.mark.parametrize("opened", ["[", "{a: ", "- "])
def test_so_many_levels(texts: dict[str, str], opened: str) -> None:
    texts["more.yaml"] = opened * 20_000
    (error,) = errors(texts)
    assert re.fullmatch(r"more\.yaml:1:[0-9]+: nested more than 50 levels deep", error)
    text = "[" * (MOST_LEVELS + 1)
    assert errors({**texts, "more.yaml": text}) == [
        f"more.yaml:1:{MOST_LEVELS + 1}: nested more than 50 levels deep"
    ]


@pytest.mark.parametrize(
    ("title", "told"),
    [
        ('"a\\0b"', "9:3: the character U+0000 cannot stand in a text"),
        ('"a\\ud83d"', "9:3: the character U+D83D cannot stand in a text"),
        ('"\\U00110000"', "9:4: not YAML: a character or number that there is not"),
        ('"\\UFFFFFFFF"', "9:4: not YAML: a character or number that there is not"),
    ],
)
def test_characters_that_there_are_not(texts: dict[str, str], title: str, told: str) -> None:
    texts["access.yaml"] = texts["access.yaml"].replace(
        "  - id: line-card", f"  {title}: line-card"
    )
    (error,) = errors(texts)
    assert error.split(": ", 1)[1] == told.split(": ", 1)[1]
    assert error.startswith("access.yaml:9:")


def test_a_version_of_yaml_that_is_very_long(texts: dict[str, str]) -> None:
    texts["more.yaml"] = f"%YAML 1.{'9' * 5_000}\n---\n{{}}\n"
    (error,) = errors(texts)
    assert error.startswith("more.yaml:1:")
    assert error.endswith(": not YAML: a character or number that there is not")


# ------------------------------------------------------------------------------------- many errors


def test_of_many_errors_the_first_are_listed_and_all_are_counted(texts: dict[str, str]) -> None:
    unknown = "".join(f"    domainz{n}: 1\n" for n in range(9_000))
    texts["access.yaml"] = texts["access.yaml"].replace(
        "    domains: ", f"{unknown}    domains: ", 1
    )
    began = time.monotonic()
    found = errors(texts)
    assert time.monotonic() - began < SOON
    assert len(found) == MOST_FINDINGS + 1
    assert found[0] == "access.yaml:10:5: unknown key 'domainz0': did you mean 'domains'?"
    assert found[500] == "access.yaml:510:5: unknown key 'domainz500'"
    assert found[-1] == "access.yaml:1009:5: … and 8,000 more errors, not listed"


def test_a_long_word_is_cut_in_messages(texts: dict[str, str]) -> None:
    texts["access.yaml"] = texts["access.yaml"].replace("raises: open", f"raises: {'x' * 100_000}")
    (error,) = errors(texts)
    assert error.startswith("access.yaml:3:11: unknown value 'xxx")
    assert len(error) < 1_100


# -------------------------------------------------------------------------------------- rule tests


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("count: 3", "count: 10_001", "2:60: more than 10,000 customers in a test"),
        ("count: 3", "count: 999999999999", "2:60: more than 10,000 customers in a test"),
        (
            "{equipment: {A: dslam}",
            "{ranges: {a: 1-9999, b: 1-9999}, equipment: {A: dslam, 'B{a}{b}': x}",
            "2:67: more than 10,000 equipment and dependencies in a test",
        ),
        ("events: []", "events: [], until: 91d", "4:31: 91d is out of range: at most 90d"),
        (
            "events: []",
            "events: [], background: {history: 1d, rates: {a: 1e9}}",
            "4:36: more than 100,000 calls in it",
        ),
        (
            "events: []",
            "events: [&b {at: 1m, burst: {count: 3, under: A, every: 1s}}" + ", *b" * 5_000 + "]",
            "4:20: more than",
        ),
    ],
)
def test_a_few_words_do_not_make_a_world(old: str, new: str, told: str) -> None:
    assert parse_tests({"t.yaml": TEST})
    began = time.monotonic()
    error = errors_of_tests(TEST.replace(old, new))[0]
    assert time.monotonic() - began < SOON
    assert error.startswith("t.yaml:")
    assert told.split(": ", 1)[1] in error


# ---------------------------------------------------------------------------------------- whatever

WORDS = ["family: a\n", "rules:\n", "symptoms:\n", "- ", "  ", "id: x\n", "{", "}", "[", "]", ": "]
ODDITIES = [
    "&a ",
    "*a",
    "!!int ",
    "!!float ''",
    "<<: ",
    "? ",
    "| \n",
    '"\\0"',
    '"\\ud800"',
    "\ufeff",
]
TEXT = st.lists(st.sampled_from([*WORDS, *ODDITIES, "\n", "1", "~", "%YAML 1.1\n"]), max_size=30)
CONTENT = st.one_of(st.binary(max_size=200), TEXT.map(lambda words: "".join(words).encode()))


def found_in(files: dict[str, bytes], read: Callable[[dict[str, bytes]], object]) -> list[Finding]:
    try:
        read(files)
    except CatalogError as error:
        return list(error.findings)
    return []


@given(symptoms=CONTENT, family=CONTENT)
def test_whatever_stands_there_is_read_or_refused(symptoms: bytes, family: bytes) -> None:
    files = {"symptoms.yaml": symptoms, "a.yaml": family}
    found = [*found_in(files, rules.parse), *found_in(files, parse_tests)]
    assert found
    assert all(one.line >= 1 and one.column >= 1 and one.message for one in found)
