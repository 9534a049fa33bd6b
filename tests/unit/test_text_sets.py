"""The sets of ticket texts are what they say, and are read well."""

from __future__ import annotations

from collections import Counter

import pytest

import rules
from correlator.text import SymptomClassifier, begin
from tests.benchmarks.reading import chances, off
from tests.harness.texts import OTHER, Said, score, texts

SIZES = {"development": 400, "unseen": 200}
WRITERS = 8


@pytest.mark.parametrize("name", SIZES)
def test_a_set_is_large_and_names_known_symptoms(name: str) -> None:
    said = texts(name)
    known = {symptom.id for symptom in rules.load().symptoms} | {OTHER, ""}
    assert len(said) >= SIZES[name]
    assert len({one.text for one in said}) == len(said)
    assert set().union(*(one.symptoms | one.also for one in said)) <= known
    assert len({one.writer for one in said}) >= WRITERS
    assert min(Counter(s for one in said for s in one.symptoms).values()) >= 10


def test_no_text_is_an_example_that_the_reader_learns_from() -> None:
    catalog = rules.load()
    examples = {text for symptom in catalog.symptoms for text in symptom.examples}
    examples |= {sentence.text for sentence in catalog.sentences}
    assert not examples & {one.text for name in SIZES for one in texts(name)}


def test_a_reader_is_judged_by_all_that_may_be_said() -> None:
    said = (
        Said("a", "chat", frozenset({"slow", "wifi"}), frozenset()),
        Said("b", "chat", frozenset({"no-tv"}), frozenset({"slow"})),
        Said("c", "chat", frozenset(), frozenset()),
        Said("d", "chat", frozenset({OTHER}), frozenset()),
    )
    whole = score({"a": "wifi", "b": "slow", "c": None, "d": None}.get, said)
    assert (whole.macro, whole.plain_missed, whole.vague_named) == (1.0, 0.0, 0.0)
    half = score({"a": "wifi", "b": None, "c": "slow", "d": "slow"}.get, said)
    assert (half.plain_missed, half.vague_named) == (0.5, 1.0)
    assert half.f1 == {"no-tv": 0.0, "other": 0.0, "wifi": 1.0}


@pytest.mark.parametrize("name", SIZES)
def test_what_people_write_is_read(name: str) -> None:
    """Bars on both sets; neither is among what the reader has learned from."""
    reader = SymptomClassifier(begin(rules.load()))
    found = score(lambda text: reader.predict(text).symptom, texts(name))
    assert found.macro >= 0.85, found
    assert found.plain_missed <= 0.08, found
    assert found.vague_named <= 0.10, found


@pytest.mark.parametrize("name", SIZES)
def test_its_probabilities_are_true(name: str) -> None:
    found = list(chances(SymptomClassifier(begin(rules.load())), texts(name)))
    assert off(found) <= 0.03
