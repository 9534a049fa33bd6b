"""A ticket's words: what is kept, and what they are taken for."""

import numpy as np
import pytest
from msgspec import structs
from scipy.sparse import hstack
from sklearn.feature_extraction.text import HashingVectorizer

from correlator.model import DAY
from correlator.text import SymptomClassifier, begin
from correlator.text.classifier import NOTHING
from correlator.text.features import spaced
from correlator.text.kernels.hashing import CHARACTER_FEATURES, WORD_FEATURES, hashed_columns
from rules.model import Language
from tests.builders import catalog

BEGINNING = begin(catalog())
normalise = BEGINNING.words.normalise


@pytest.fixture(scope="module")
def classifier() -> SymptomClassifier:
    return SymptomClassifier(BEGINNING)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Plus de SYNCHRO !!", "plus de synchro"),
        ("débit très faible", "debit tres faible"),
        ("pb cnx, tjrs hs", "probleme connexion toujours hors service"),
        ("n’a plus d'internet", "n a plus d internet"),
        ("ticket C0010442 du 12/03", "ticket 9 du 9 9"),
        ("", ""),
        ("   ...   ", ""),
        ("téléphone fixe", "telephone fixe"),
    ],
)
def test_words_are_brought_to_one_form(text: str, plain: str) -> None:
    assert normalise(text) == plain


@pytest.mark.parametrize("word", ["plus", "pas", "sans", "ne"])
def test_the_small_words_that_turn_a_sentence_round_are_kept(word: str) -> None:
    assert word in normalise(f"il {word} marche").split()


@pytest.mark.parametrize(
    ("text", "symptom"),
    [
        ("plus de synchro", "no-sync"),
        ("la box ne synchronise pas", "no-sync"),
        ("plus de télé depuis hier", "no-tv"),
        ("internet rame", "slow"),
        ("plus de tonalité", "no-phone"),
        ("n'arrive plus à lire ses mails", "mail"),
        ("conteste sa facture", "billing"),
    ],
)
def test_sentences_are_taken_for_what_they_say(
    classifier: SymptomClassifier, text: str, symptom: str
) -> None:
    assert classifier.predict(text)[0] == symptom


def test_no_sync_is_told_from_sync_is_well(classifier: SymptomClassifier) -> None:
    assert classifier.predict("plus de synchro")[0] == "no-sync"
    assert classifier.predict("synchro ok mais pas d'adresse ip")[0] == "no-internet"
    assert classifier.predict("synchro ok")[0] != "no-sync"


@pytest.mark.parametrize(
    "text", ["", "???", "plus rien ne marche", "rappeler le client", "bonjour merci de rappeler"]
)
def test_a_text_that_says_nothing_stays_unnamed(classifier: SymptomClassifier, text: str) -> None:
    assert classifier.predict(text)[0] is None


def test_accents_capitals_and_short_forms_make_no_difference(
    classifier: SymptomClassifier,
) -> None:
    assert classifier.predict("PLUS DE TÉLÉ") == classifier.predict("plus de tele")


def test_without_examples_nothing_is_named() -> None:
    nobody = structs.replace(catalog(), symptoms=(), sentences=(), language=Language())
    assert SymptomClassifier(begin(nobody)).predict("plus de synchro") == NOTHING


def taught(count: int = 200) -> SymptomClassifier:
    found = SymptomClassifier(BEGINNING)
    for n in range(count):
        found.learn(f"image violette sur la box {n}", "purple-picture")
    return found


def test_typed_tickets_teach_a_symptom_nobody_had_listed() -> None:
    found = taught()
    assert found.predict("image violette")[0] != "purple-picture"
    found.train(0)
    assert found.predict("image violette")[0] == "purple-picture"
    assert found.predict("plus de synchro")[0] == "no-sync"


def test_a_few_typed_tickets_wait_for_more() -> None:
    found = taught(199)
    found.train(0)
    assert found.predict("image violette")[0] != "purple-picture"


def test_more_typed_tickets_of_a_known_symptom_move_the_model() -> None:
    found = SymptomClassifier(BEGINNING)
    before = found.predict("neige sur l'ecran du salon")
    for _ in range(200):
        found.learn("neige sur l'ecran", "no-tv")
    found.train(0)
    after = found.predict("neige sur l'ecran du salon")
    assert after.symptom == "no-tv"
    assert after.probability > before.probability or before.symptom != "no-tv"


def test_a_text_is_plain_once_this_hotline_has_said_so_often() -> None:
    found = taught()
    assert not found.predict("plus de synchro").plain  # only the catalog says so
    found.train(0)
    assert found.predict("image violette").plain
    assert not found.predict("image").plain
    assert not found.predict("plus rien ne marche").plain


def test_words_that_agents_put_under_everything_are_not_taken_for_anything() -> None:
    found = SymptomClassifier(BEGINNING)
    for day in range(3):
        for n in range(400):
            found.learn("souci depuis hier", ("no-sync", "slow", "no-tv", "wifi")[n % 4])
        found.train(day * DAY)
    guess = found.predict("souci depuis hier")
    assert guess.symptom is None or guess.probability < 0.6


def test_what_agents_file_under_other_becomes_no_symptom() -> None:
    found = SymptomClassifier(BEGINNING)
    for n in range(200):
        found.learn(f"le monsieur parle du chien {n}", "other")
    found.train(0)
    assert found.predict("le monsieur parle du chien").symptom is None


def test_predicting_teaches_nothing() -> None:
    found = SymptomClassifier(BEGINNING)
    before = found.state()["coef"].copy()
    for text in ("plus de synchro", "rien"):
        found.predict(text)
    assert (found.state()["coef"] == before).all()


@pytest.mark.parametrize("count", [0, 150, 200, 450])
def test_a_restored_classifier_says_and_learns_the_same(count: int) -> None:
    one, other = taught(count), SymptomClassifier(BEGINNING)
    one.train(0)
    other.restore(one.state())
    for text in ("plus de synchro", "image violette", "internet rame", "rien"):
        assert other.predict(text) == one.predict(text)
    for found in (one, other):
        for _ in range(200):
            found.learn("image violette et verte", "purple-picture")
        found.train(0)
    assert other.predict("image verte") == one.predict("image verte")
    assert (other.state()["coef"] == one.state()["coef"]).all()


def test_a_restored_classifier_still_knows_its_examples_when_it_is_rebuilt() -> None:
    one = SymptomClassifier(BEGINNING)
    other = SymptomClassifier(BEGINNING)
    other.restore(one.state())
    for n in range(200):
        other.learn(f"image violette {n}", "purple-picture")
    other.train(0)
    assert other.predict("plus de synchro")[0] == "no-sync"


def test_two_classifiers_of_the_same_examples_are_the_same() -> None:
    one, other = SymptomClassifier(BEGINNING), SymptomClassifier(BEGINNING)
    assert (one.state()["coef"] == other.state()["coef"]).all()


@pytest.mark.parametrize(
    "sentence",
    ["plus de synchro depuis ce matin", "tv", "a b", "", "perte de tv et de tel 9 fois sur 9"],
)
def test_the_features_are_those_of_scikit_learn(sentence: str) -> None:
    alike = hstack(
        [
            HashingVectorizer(
                n_features=WORD_FEATURES, ngram_range=(1, 2), alternate_sign=False
            ).transform([sentence]),
            HashingVectorizer(
                n_features=CHARACTER_FEATURES,
                analyzer="char_wb",
                ngram_range=(3, 5),
                alternate_sign=False,
            ).transform([sentence]),
        ]
    )
    found = np.zeros(WORD_FEATURES + CHARACTER_FEATURES)
    columns, values = hashed_columns(spaced(sentence))
    found[columns] = values
    assert np.allclose(found, alike.toarray())
