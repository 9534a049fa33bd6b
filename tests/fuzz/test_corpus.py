"""Fuzzing in CI, without atheris: the saved corpus, the known defects, and a run of chance."""

from __future__ import annotations

from random import Random

import pytest

from rules import CatalogError
from rules.testing import parse_tests
from tests.fuzz.inputs import DEFECTS, SAVED, saved
from tests.fuzz.known import KNOWN, known
from tests.fuzz.mutation import Mutator
from tests.fuzz.targets import TARGETS

MOST_FILES = 240
MOST_BYTES = 300_000
FEWER = {
    "form": 3_000,
    "inventory": 2_000,
    "catalog": 1_000,
    "words": 3_000,
    "text": 3_000,
    "rule_tests": 2_000,
    "configuration": 2_000,
}
"""Inputs for what is slow to read; the others get `INPUTS`."""
INPUTS = 10_000
LONGEST = 4_096
every_target = pytest.mark.parametrize("name", TARGETS)


def run(name: str, data: bytes) -> None:
    """Run an input past the defects that are known."""
    try:
        TARGETS[name].run(data)
    except Exception as error:
        if not known(name, error):
            raise


@every_target
def test_the_saved_inputs_are_taken_or_refused(name: str) -> None:
    inputs = saved(name)
    assert inputs
    for data in inputs:
        run(name, data)


@every_target
def test_what_fuzzing_starts_from_is_taken_or_refused(name: str) -> None:
    for data in TARGETS[name].seeds():
        run(name, data)


@every_target
def test_changed_inputs_are_taken_or_refused(name: str) -> None:
    target, rng = TARGETS[name], Random(20_261_122)
    mutator = Mutator(target.form, target.words, rng)
    whole = [data for data in (*target.seeds(), *saved(name)) if len(data) <= LONGEST]
    changed = list(whole)
    for n in range(FEWER.get(name, INPUTS)):
        data = mutator.mutated(rng.choice(changed if n % 2 else whole), rng.choice(whole))
        run(name, data)
        if len(data) <= LONGEST:
            changed[rng.randrange(len(changed))] = data


def test_a_known_defect_is_there_still_and_told_from_new_ones() -> None:
    """It fails as soon as one is mended: its line goes, and its input into the corpus."""
    for defect in KNOWN:
        for name in defect.targets:
            with pytest.raises(Exception) as caught:  # noqa: PT011 - whichever escapes
                TARGETS[name].run((DEFECTS / defect.name).read_bytes())
            assert known(name, caught.value) == defect


def test_a_line_of_a_rule_test_cannot_fill_the_memory() -> None:
    small = next(TARGETS["rule_tests"].seeds())
    large = small.replace(b"count: 3, prefix", b"count: 100_000, prefix")
    assert large != small
    with pytest.raises(CatalogError):
        parse_tests({"tests.yaml": large})


def test_every_input_of_a_defect_is_named() -> None:
    assert {file.name for file in DEFECTS.glob("*")} == {one.name for one in KNOWN}


def test_the_corpus_is_small_and_has_a_target_for_each_input() -> None:
    files = [file for folder in SAVED.iterdir() for file in folder.iterdir()]
    assert {file.parent.name for file in files} == set(TARGETS)
    assert len(files) <= MOST_FILES
    assert sum(file.stat().st_size for file in files) <= MOST_BYTES
