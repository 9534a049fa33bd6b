"""Vectors of texts and what they say, beside plain statements of the same."""

from __future__ import annotations

import gc
import math
from collections import Counter
from itertools import pairwise
from types import FunctionType, ModuleType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.utils import murmurhash3_32

from correlator.text import SymptomClassifier, begin
from correlator.text.features import spaced
from correlator.text.kernels.hashing import (
    CHARACTER_FEATURES,
    WORD_FEATURES,
    hashed_columns,
    murmur,
)
from correlator.text.kernels.vectors import chances_of, likeliest
from rules.sentences import OTHER
from tests.builders import catalog
from tests.harness.texts import texts

BEGINNING = begin(catalog())
READER = SymptomClassifier(BEGINNING)
SAID = [said.text for said in texts("development")]
sentences = st.lists(st.text("abc9", min_size=1, max_size=9), max_size=12).map(" ".join)
shares = st.floats(-3.0, 3.0)


@given(st.binary(max_size=40))
def test_letters_are_hashed_as_scikit_learn_does(letters: bytes) -> None:
    found = murmur(np.frombuffer(b"." + letters, np.uint8), 1, len(letters) + 1)
    assert found == murmurhash3_32(letters, seed=0, positive=True)


def parts(sentence: str) -> tuple[list[str], list[str]]:
    """Return the words and pairs of a sentence, and the letters side by side in its words."""
    words = sentence.split()
    longer = [word for word in words if len(word) >= 2]
    pairs = [f"{one} {other}" for one, other in pairwise(longer)]
    grams = []
    for word in words:
        padded = f" {word} "
        sizes = [size for size in (3, 4, 5) if size <= len(padded)]
        grams += [padded[at : at + n] for n in sizes for at in range(len(padded) - n + 1)]
    return [*longer, *pairs], grams


@given(sentences)
def test_a_sentence_is_its_words_pairs_and_letters_each_part_of_length_one(sentence: str) -> None:
    wanted = np.zeros(WORD_FEATURES + CHARACTER_FEATURES)
    begin_at = 0
    for some, size in zip(parts(sentence), (WORD_FEATURES, CHARACTER_FEATURES), strict=True):
        counts = Counter(abs(murmurhash3_32(one, seed=0)) % size for one in some)
        length = math.sqrt(sum(count**2 for count in counts.values()))
        for column, count in counts.items():
            wanted[begin_at + column] = count / length
        begin_at += size
    columns, values = hashed_columns(spaced(sentence))
    assert len(columns) == len(set(columns.tolist()))
    found = np.zeros_like(wanted)
    found[columns] = values
    assert np.allclose(found, wanted, rtol=1e-15, atol=0.0)


@given(st.lists(st.tuples(shares, shares, shares, st.booleans()), max_size=8), st.integers(1, 4))
def test_the_likeliest_classes_are_those_of_logistic_models(
    classes: list[tuple[float, float, float, bool]], most: int
) -> None:
    columns, values = np.array([0, 1], np.int32), np.array([0.5, 2.0])
    weights = np.array([[one, other] for one, other, *_ in classes]).reshape(-1, 2)
    intercepts = np.array([intercept for _, _, intercept, _ in classes])
    able = np.array([counts for *_, counts in classes], np.bool_)
    model = np.ascontiguousarray(weights.T), intercepts
    wanted = 1.0 / (1.0 + np.exp(-(intercepts + weights @ values)))
    assert chances_of(columns, values, *model) == pytest.approx(wanted, rel=1e-12)
    found, chances, total = likeliest(columns, values, *model, able, most)
    order = [place for place in np.argsort(-wanted, kind="stable") if able[place]][:most]
    assert chances == pytest.approx(wanted[order], rel=1e-12)
    assert wanted[found] == pytest.approx(wanted[order], rel=1e-12)
    assert total == pytest.approx(wanted[able].sum(), rel=1e-12)


@given(st.lists(st.sampled_from(SAID), min_size=1, max_size=2).map(" ".join))
def test_a_text_is_read_by_its_vector_and_the_weights_that_were_learned(text: str) -> None:
    state = READER.state()
    columns, values = BEGINNING.features.vector(BEGINNING.words.forms(text))
    scores = state["coef"][:, columns] @ values + state["intercept"]
    chances = dict(zip(state["classes"], 1.0 / (1.0 + np.exp(-scores)), strict=True))
    said = {name: chance for name, chance in chances.items() if name not in {"", OTHER}}
    guess = READER.predict(text)
    assert READER.chances(text) == pytest.approx(said, rel=1e-12)
    assert guess.probability == pytest.approx(max(said.values()), rel=1e-12)
    best = max(said, key=lambda name: said[name])
    assert guess.symptom == (best if said[best] >= 0.5 else None)
    whole = max(1.0, sum(said.values()))
    largest = sorted((chance / whole for chance in said.values()), reverse=True)[:3]
    told = [share for share in largest if share >= 0.2] if largest[0] < 0.75 else []
    assert [share for _, share in guess.shares] == pytest.approx(told, abs=6e-4)


def strings(root: object) -> set[str]:
    """Return every string that an object holds, caches included; not the code that it runs."""
    seen: set[int] = set()
    found: set[str] = set()
    todo = [root]
    while todo:
        one = todo.pop()
        if id(one) in seen or isinstance(one, type | ModuleType | FunctionType):
            continue
        seen.add(id(one))
        if isinstance(one, str):
            found.add(one)
        else:
            todo += gc.get_referents(one)
    return found


def test_whoever_forgets_texts_keeps_none_of_their_words() -> None:
    reader = SymptomClassifier(BEGINNING)
    before = reader.predict("le zyzomys clignote")
    assert any("zyzomys" in one for one in strings(reader))
    reader.forget_texts()
    assert not any("zyzomys" in one for one in strings(reader))
    assert reader.predict("le zyzomys clignote") == before
