"""What the lexicon finds in a text: terms, clauses, and what is said of what it is about."""

from __future__ import annotations

import pytest

from correlator.text.lexicon import FEATURES, REST, Lexicon
from correlator.text.words import Words
from rules.model import Language

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
    return {names[place] for place, _ in counts} - {"length", "trouble"}


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


def test_counts_of_a_text_of_any_length_are_few() -> None:
    counts = dict(LEXICON.read("internet ko " * 5_000))
    assert len(counts) <= LEXICON.width
    assert max(counts.values()) < 6


@pytest.mark.parametrize("text", ["a" * 50_000, "intern" * 9_000, "a " * 5_000, "1" * 9_999])
def test_no_text_takes_long(text: str) -> None:
    """Not a matter of seconds: of how often the text is looked at."""
    optional = Language(trouble=(" ".join(["[a|i*]"] * 40 + ["a"]),), fine=("internet*",))
    assert len(Lexicon(optional, ()).read(text)) <= 3


def test_features_are_numbered_upwards_and_within_the_width() -> None:
    places = [place for place, _ in LEXICON.read("tele ko internet ok, ligne lente resilier")]
    assert places == sorted(places)
    assert places[-1] < LEXICON.width
