"""What the lexicon finds in a text: terms, clauses, and what is said of what it is about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from msgspec import structs

import rules
from correlator.text.kernels.terms import matched, split
from correlator.text.lexicon import FEATURES, REST, Lexicon
from correlator.text.words import Words
from rules.model import Language
from rules.terms import parse

LANGUAGE = Language(
    short={"tv": "tele", "hs": "hors service", "tel": "telephone"},
    fillers=("vraiment", "tout"),
    trouble=("plus|pas", "hors service", "ni", "ko", "marche pas|plus"),
    fine=("ok", "marche", "plus de coupures"),
    breaks=("mais", "par contre"),
    other=("resili*",),
    ignore=("telephone portable", "en ligne"),
    says={"phone": ("tonalite", "plus de tonalite"), "slow": ("lent*", "coupures", "etape <n>")},
    about={"tv": ("tele", "decodeur*"), "phone": ("telephone",), "net": ("internet", "ligne")},
)
SYMPTOMS = ("net", "phone", "slow", "tv")
LEXICON = Lexicon(LANGUAGE, SYMPTOMS)
WORDS = Words(LANGUAGE)


def found(text: str) -> set[str]:
    """Return what is counted of a text, as `symptom feature`, without its length."""
    names = [f"{symptom} {feature}" for symptom in SYMPTOMS for feature in FEATURES] + list(REST)
    counts = LEXICON.read(WORDS.forms(text).letters)
    return {names[place] for place in counts[0]} - {"length", "trouble"}


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("internet ko", {"net in trouble"}),
        ("plus d'internet", {"net in trouble"}),
        ("internet ok", {"net in order"}),
        ("internet", {"net named"}),
        ("ni internet ni tv", {"net in trouble", "tv in trouble"}),
        ("tv hs, internet ok", {"tv in trouble", "net in order"}),
        ("tv ok internet ko", {"tv in order", "net in trouble"}),
        ("la tv marche mais plus internet", {"tv in order", "net in trouble"}),
        ("plus d'internet, de tv", {"net in trouble", "tv named after"}),
        ("plus d'internet. La tv", {"net in trouble", "tv named"}),
        ("le tel marche plus", {"phone in trouble"}),
        ("le tel marche vraiment plus", {"phone in trouble"}),
        ("internet lent", {"slow said", "net named"}),
        ("lent, très lent", {"slow said", "slow said again"}),
        ("plus de coupures", set()),
        ("des coupures", {"slow said"}),
        ("plus de tonalité", {"phone said", "phone said again"}),
        ("bloqué étape 6", {"slow said"}),
        ("bloqué étape six", set()),
        ("mon telephone portable ko", set()),
        ("jeu en ligne ko", set()),
        ("je veux résilier", {"other"}),
        ("#InternetKo", {"net in trouble"}),
        ("le decodeurs ko", {"tv in trouble"}),
        ("le decoduer ko", {"tv in trouble"}),  # two letters have changed place
        ("le dekodor ko", set()),
        ("interet ko", {"net in trouble"}),  # a letter is missing
        ("minternet ko", set()),  # the first letter is hardly ever wrong
        ("intternet ko", {"net in trouble"}),  # or one too many
        ("", set()),
        ("!?;", set()),
    ],
)
def test_what_is_counted(text: str, counted: set[str]) -> None:
    assert found(text) == counted


def test_counts_of_a_text_of_any_length_are_those_of_its_beginning() -> None:
    short, long = (LEXICON.read("internet ko, " * times) for times in (60, 5_000))
    assert np.array_equal(short, long)


class Counting(str):
    """A word that counts how often something is cut out of it."""

    __slots__ = ()
    cut = 0

    def __getitem__(self, key: Any) -> str:
        Counting.cut += 1
        return super().__getitem__(key)


@pytest.mark.parametrize("letters", [5, 29, 3_000])
def test_a_word_is_cut_a_bounded_number_of_times(letters: int) -> None:
    """For endings and slips: of a very long word no more than of a long one."""
    Counting.cut = 0
    list(LEXICON._find_forms(Counting("q" * letters)))  # noqa: SLF001 - what it costs, not what it finds
    assert Counting.cut <= 1_500


def test_optional_words_are_not_tried_in_every_combination() -> None:
    """Of 2 to the power of 40 ways through the term only as many as there are states are taken."""
    optional = Language(trouble=(" ".join(["[a|i]"] * 40 + ["a"]),))
    features, counts = Lexicon(optional, ()).read("a " * 120)
    assert dict(zip(features, counts, strict=True))[REST.index("trouble")] == 2.0


PACKAGED = rules.load().language


def terms() -> Iterator[tuple[str, str]]:
    """Yield the kind and the term of all that come along."""
    for kind in ("trouble", "fine", "breaks", "other", "ignore"):
        yield from ((kind, term) for term in getattr(PACKAGED, kind))
    for kind in ("says", "about"):
        yield from ((kind, term) for some in getattr(PACKAGED, kind).values() for term in some)


def test_every_term_that_comes_along_is_found_in_a_text_made_of_it() -> None:
    words = Words(PACKAGED)
    for kind, term in terms():
        own = {"tv": (term,)} if kind in {"says", "about"} else (term,)
        left = Language(short=PACKAGED.short, fillers=PACKAGED.fillers)
        alone = Lexicon(structs.replace(left, **{kind: own}), ["tv"])
        text = " ".join(min(step.pieces).rstrip("*") for step in parse(term))
        codes = np.array(alone.codes(words.forms(text.replace("<n>", "7")).letters), np.int64)
        assert len(matched(*split(codes), alone.tables)), term  # before anything is counted


def test_features_are_numbered_upwards_and_within_the_width() -> None:
    places = LEXICON.read("tele ko internet ok, ligne lente resilier")[0].tolist()
    assert places == sorted(places)
    assert places[-1] < LEXICON.width
