"""What compiled loops count of a text, beside a plain statement of the same: term by term."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rules
from correlator.text.kernels.terms import (
    KINDS,
    end_of,
    kind_of,
    matched,
    split,
    start_of,
    symptom_of,
)
from correlator.text.lexicon import FEATURES, REST, Lexicon
from rules.model import Language
from rules.terms import Step, parse
from tests.harness.texts import texts

SYMPTOMS = ("net", "phone", "tv")
WORDS = ("a", "ab", "abc", "b", "ba", "c", "ca", "d")
SIGNS = (",", ".", "!?", "...")
MOST = 120
ALONE = ("trouble", "fine", "breaks", "other", "ignore")
OF_SYMPTOMS = ("says", "about")


class Hit(NamedTuple):
    start: int
    end: int
    kind: str
    symptom: int


def ends(steps: Sequence[Step], words: Sequence[str], signs: dict[int, str], at: int) -> set[int]:
    """Return where a term may end that has these steps left, at a place of a text."""
    if not steps:
        return {at}
    found = ends(steps[1:], words, signs, at) if steps[0].optional else set()
    if at < len(words) and at not in signs and any(is_(words[at], p) for p in steps[0].pieces):
        found |= ends(steps[1:], words, signs, at + 1)
    return found


def is_(word: str, piece: str) -> bool:
    """Say whether a word is a piece of a term; words of the test have no slips."""
    if piece == "<n>":
        return word.isdigit()
    if piece.endswith("*"):
        return word.startswith(piece[:-1])
    return word == piece


def terms(language: Language) -> Iterator[tuple[str, int, tuple[Step, ...]]]:
    for kind in ALONE:
        for term in getattr(language, kind):
            yield kind, -1, parse(term)
    for kind in OF_SYMPTOMS:
        for symptom, some in getattr(language, kind).items():
            for term in some:
                yield kind, SYMPTOMS.index(symptom), parse(term)


def hits(language: Language, words: Sequence[str], signs: dict[int, str]) -> list[Hit]:
    found = set()
    for start in range(len(words)):
        behind = {place: sign for place, sign in signs.items() if place > start}
        for kind, symptom, steps in terms(language):
            for end in ends(steps, words, behind, start) - {start}:
                found.add(Hit(start, end, kind, symptom))
    return sorted(found)


def hides(longer: Hit, hit: Hit) -> bool:
    if not (longer.start <= hit.start and hit.end <= longer.end):
        return False
    if longer.end - longer.start <= hit.end - hit.start:
        return False
    return (
        longer.kind == "ignore"
        or (hit.kind in {"trouble", "fine"} and longer.kind in {"trouble", "fine"})
        or (hit.kind == "says" and longer.kind == "fine")
        or (
            hit.kind in {"says", "about"}
            and longer.kind in {"says", "about"}
            and hit.symptom != longer.symptom
        )
    )


def nearest(hit: Hit, clause: Sequence[Hit]) -> str:
    """Return the kind of the nearest word of trouble or its opposite: inside, before, behind."""

    def away(state: Hit) -> tuple[int, bool]:
        if state.start >= hit.end:
            return state.start - hit.end, False
        if state.end <= hit.start:
            return hit.start - state.end, True
        return -1, state.start < hit.start

    states = [one for one in clause if one.kind in {"trouble", "fine"}]
    return min(states, key=away).kind if states else ""


def feature(hit: Hit, clause: Sequence[Hit], before: str) -> str:
    near = nearest(hit, clause)
    if hit.kind == "says":
        return "said in order" if near == "fine" else "said"
    if near:
        return "in trouble" if near == "trouble" else "in order"
    return "named after" if before == "trouble" else "named"


def counted(language: Language, words: Sequence[str], signs: dict[int, str]) -> dict[int, float]:
    """Return (feature, count) of a text as the lexicon defines it."""
    words = words[:MOST]
    signs = {place: sign for place, sign in signs.items() if 0 < place < len(words)}
    every = hits(language, words, signs)
    shown = [hit for hit in every if not any(hides(longer, hit) for longer in every)]
    hard = {place for place, sign in signs.items() if sign.strip(",")}
    hard |= {hit.start for hit in shown if hit.kind == "breaks"}
    cuts = sorted({0, *signs, *hard, len(words)})
    found: dict[int, float] = {}
    says = ""
    for begin, end in pairwise(cuts):
        clause = [hit for hit in shown if begin <= hit.start < end]
        before = "" if begin in hard else says
        for hit in clause:
            if hit.kind in {"says", "about"}:
                count(found, hit.symptom, feature(hit, clause, before))
        states = [hit.kind for hit in clause if hit.kind in {"trouble", "fine"}]
        says = states[-1] if states else before
    for place, value in enumerate((
        min(2, sum(hit.kind == "other" for hit in shown)),
        min(2, sum(hit.kind == "trouble" for hit in shown)),
        math.log1p(len(words)),
    )):  # fmt: skip
        found[len(SYMPTOMS) * len(FEATURES) + place] = value
    return {column: value for column, value in found.items() if value}


def count(found: dict[int, float], symptom: int, name: str) -> None:
    """The first term that says a symptom, or is in trouble, is one feature, two more another."""
    first = symptom * len(FEATURES) + FEATURES.index(name)
    again = f"{name} again"
    if again in FEATURES and first in found:
        first = symptom * len(FEATURES) + FEATURES.index(again)
        found[first] = min(2.0, found.get(first, 0.0) + 1.0)
    else:
        found[first] = 1.0


pieces = st.sampled_from([*WORDS, "ab*", "ca*", "<n>", "7"])
steps = st.lists(pieces, min_size=1, max_size=2).map("|".join)
longer = st.tuples(steps, st.lists(st.tuples(steps, st.booleans()), max_size=3)).map(
    lambda made: " ".join([made[0], *(f"[{s}]" if optional else s for s, optional in made[1])])
)
some = st.lists(longer, max_size=3).map(tuple)
of_symptoms = st.dictionaries(st.sampled_from(SYMPTOMS), some)
languages = st.builds(
    Language, **dict.fromkeys(ALONE, some), **dict.fromkeys(OF_SYMPTOMS, of_symptoms)
)
said = st.lists(st.sampled_from([*WORDS, "7", *SIGNS]), max_size=15) | st.lists(
    st.sampled_from([*WORDS[:3], ","]), min_size=100, max_size=140
)


def parted(tokens: Sequence[str]) -> tuple[list[str], dict[int, str]]:
    """Return the words, and the signs before each."""
    words: list[str] = []
    signs: dict[int, str] = {}
    for token in tokens:
        if token.isalnum():
            words.append(token)
        else:
            signs[len(words)] = signs.get(len(words), "") + token
    return words, signs


@given(languages, said)
def test_compiled_loops_find_and_count_what_the_terms_say(
    language: Language, tokens: list[str]
) -> None:
    lexicon = Lexicon(language, SYMPTOMS)
    text = " ".join(tokens)
    words, signs = parted(tokens)
    codes = np.array(lexicon.codes(text), np.int64)
    found = [
        Hit(start_of(hit), end_of(hit), KINDS[kind_of(hit, 3)], symptom_of(hit, 3))
        for hit in matched(*split(codes), lexicon.tables)
    ]
    kept = {place: sign for place, sign in signs.items() if 0 < place < MOST}
    assert found == hits(language, words[:MOST], kept)
    features, counts = lexicon.read(text)
    assert features.tolist() == sorted(features)
    read = dict(zip(features.tolist(), counts.tolist(), strict=True))
    assert read == pytest.approx(counted(language, words, signs), rel=1e-15)


def test_a_text_is_read_the_same_whatever_was_read_before_and_after_forgetting() -> None:
    catalog = rules.load()
    names = [symptom.id for symptom in catalog.symptoms]
    one = Lexicon(catalog.language, names)
    some = [said.text.lower() for said in texts("development")[:15]]
    before = [one.read(text) for text in some]
    one.forget()
    for text, found in reversed(list(zip(some, before, strict=True))):
        assert np.array_equal(one.read(text), found)
        assert np.array_equal(Lexicon(catalog.language, names).read(text), found)


def test_a_text_of_signs_alone_has_nothing() -> None:
    features, _ = Lexicon(Language(trouble=("ko",)), SYMPTOMS).read(", . !")
    assert features.tolist() == []
    assert REST[2] == "length"
