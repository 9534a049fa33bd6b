"""Texts that nobody named: which of them make a provisional symptom, and which do not."""

from collections.abc import Sequence

import pytest

from correlator.engine.state import dump, load
from correlator.text import MOST_CLUSTERS, SymptomClusters, begin
from correlator.text.vocabulary import Vocabulary, masked
from tests.builders import catalog

EXAMPLES = {symptom.id: symptom.examples for symptom in catalog().symptoms}
WORDS = begin(catalog()).words
VAGUE = catalog().language.vague
telling = WORDS.telling
HOUR = 3_600_000
DAY = 24 * HOUR
TERMINAL = (
    "terminal de paiement refuse les cartes",
    "paiement par carte refusé sur le terminal",
    "terminal bancaire refuse le paiement depuis 3h",
    "le paiement est refusé, terminal de carte C0012 bloqué",
    "client commerçant, terminal de paiement : carte refusée",
)
CENTRAL = (
    "télésurveillance injoignable, centrale hors ligne",
    "la centrale de télésurveillance ne répond plus",
    "centrale de télésurveillance muette depuis 2h",
    "télésurveillance : la centrale n'appelle plus",
    "centrale télésurveillance sans liaison",
)

ORDINARY = (
    "voyant adsl clignote, ne se fixe pas - très mécontent",
    "ne se connecte plus en wifi, filaire ok, tests # faits",
    "ping à # ms, jeux en ligne impossibles",
    "voyant ligne éteint, prise testée ok, client demande un rappel",
    "lenteurs sur tous les appareils depuis #, box redémarrée sans effet",
    "lenteurs sur tous les appareils depuis #, client demande un rappel",
    "plus d'accès internet depuis #, télétravail impossible",
    "reboots de la box depuis # - très mécontent",
    "client en panne, télétravail impossible",
    "lenteurs sur tous les appareils depuis #, client demande un rappel",
    "reboots de la box depuis #, client demande un rappel",
    "voyant LOS allumé sur le boîtier - très mécontent",
    "reboots de la box depuis #, client demande un rappel",
    "plus d'accès internet depuis #, tests # faits",
    "plus de synchro depuis #, télétravail impossible",
    "ne se connecte plus en wifi, filaire ok",
    "connexion perdue depuis #, voyant internet rouge, télétravail impossible",
    "lenteurs sur tous les appareils depuis #, tests # faits",
    "client désynchro depuis #, télétravail impossible",
    "lenteurs sur tous les appareils depuis #, tests # faits",
)  # a telling word of half of them is in none of those that have the other two


def fresh() -> SymptomClusters:
    found = SymptomClusters(WORDS, EXAMPLES)
    found.discover(0)
    return found


def told(found: SymptomClusters, texts: Sequence[str], start: int = 0, key: str = "T") -> None:
    for n, text in enumerate(texts):
        found.take(f"{key}{start}-{n}", text, start + n, "other")


def clustered() -> tuple[SymptomClusters, str]:
    found = fresh()
    told(found, TERMINAL)
    found.discover(HOUR)
    (name,) = found.names()
    return found, name


# ---------------------------------------------------------------------------------- the words


def test_small_and_vague_words_tell_nothing() -> None:
    assert set(telling("plus rien ne marche depuis hier, merci de rappeler le client")) == set()
    assert set(telling("Terminaux de PAIEMENT refusés")) == {"termin", "paieme", "refuse"}


def test_identifiers_and_addresses_are_masked() -> None:
    text = "client C0012 joignable au 06 12 34 56 78\n ou jean.dupont@example.fr, code é7"
    assert masked(text) == "client # joignable au # # # # # ou # code #"


def test_rare_words_weigh_more_than_usual_ones() -> None:
    words = Vocabulary(WORDS, ["box rouge", "box verte", "box noire"] * 20)
    weights = words.weights(["box", "violet"])
    assert weights["violet"] > weights["box"] > 0
    assert sum(weight**2 for weight in weights.values()) == pytest.approx(1.0)


def test_what_was_said_long_ago_counts_less() -> None:
    words = Vocabulary(WORDS, ["box rouge"] * 2_000)
    before = words.share("rouge")
    for _ in range(6_000):
        words.hear("ligne verte")
    assert words.share("rouge") < before / 3


# --------------------------------------------------------------------------------- the clusters


def test_texts_alike_make_a_provisional_symptom_with_a_name_of_their_words() -> None:
    _, name = clustered()
    assert name.startswith("~")
    assert {"terminal", "paiement"} <= set(name[1:].split("-"))


def test_the_cell_is_shown_three_of_the_sentences_without_identifiers() -> None:
    found, name = clustered()
    sentences = found.sentences(name)
    assert len(sentences) == 3
    assert set(sentences) <= {masked(text) for text in TERMINAL}
    assert not any(character.isdigit() for text in sentences for character in text)


def test_the_look_says_which_tickets_have_got_the_name() -> None:
    found = fresh()
    told(found, TERMINAL)
    result = found.discover(HOUR)
    (texts,) = result.named.values()
    assert [text.ticket for text in texts] == [f"T0-{n}" for n in range(5)]
    assert found.discover(2 * HOUR).named == {}


def test_a_later_text_belongs_to_the_nearest() -> None:
    found, terminal = clustered()
    told(found, CENTRAL, HOUR)
    found.discover(2 * HOUR)
    (central,) = set(found.names()) - {terminal}
    assert found.take("a", "le terminal de paiement refuse ma carte", 3 * HOUR, "other") == terminal
    assert found.take("b", "centrale de télésurveillance en défaut", 3 * HOUR, "slow") == central
    assert found.take("c", "imprimante introuvable au bureau", 3 * HOUR, "slow") == "slow"


def test_four_texts_are_too_few() -> None:
    found = fresh()
    told(found, TERMINAL[:4])
    assert found.discover(HOUR).named == {}


@pytest.mark.parametrize("ending", ["", ", tests faits", " svp", " depuis 3h"])
def test_vague_sentences_never_make_one(ending: str) -> None:
    found = fresh()
    told(found, [text + ending for text in VAGUE] * 3)
    found.discover(HOUR)
    assert found.names() == []


def test_sentences_with_nothing_in_common_make_none() -> None:
    found = fresh()
    told(found, [f"{chr(97 + n) * 5} {chr(98 + n) * 7} {chr(99 + n) * 4}" for n in range(20)])
    assert found.discover(HOUR).named == {}


def test_words_that_named_tickets_use_are_nothing_new() -> None:
    found = fresh()
    for n in range(100):
        found.hear(f"N{n}", "tests de ligne relancés, jarretière vérifiée")
    told(found, [f"jarretière vérifiée, tests relancés, numéro {n}" for n in range(8)])
    assert found.discover(HOUR).named == {}


def test_a_text_that_an_agent_names_later_is_taken_out() -> None:
    found = fresh()
    told(found, TERMINAL)
    found.hear("T0-2", TERMINAL[2])
    assert found.discover(HOUR).named == {}


def test_a_name_is_made_of_words_that_its_texts_have() -> None:
    found = fresh()
    told(found, ORDINARY)
    found.discover(HOUR)
    for name in found.names():
        words = name.removeprefix("~").split("-")
        members = [text for text in ORDINARY if sum(word in text for word in words) >= 2]
        assert members
        assert all(any(word in text for text in members) for word in words)


def test_one_that_is_found_again_keeps_its_name() -> None:
    found, name = clustered()
    told(found, [text + ", encore" for text in TERMINAL], DAY)
    told(found, [f"terminal bancaire : paiement refusé {n}" for n in range(6)], 2 * DAY)
    found.discover(3 * DAY)
    assert found.names() == [name]


def test_two_that_have_the_same_words_for_a_name_are_told_apart() -> None:
    found, name = clustered()
    words = [telling(text) for text in TERMINAL]
    assert len(words) == 5
    other = found._new_name([f"T0-{n}" for n in range(5)], ["paieme", "termin"], TERMINAL)
    assert other != name
    found._clusters[other] = found._clusters[name]
    again = found._new_name([f"T0-{n}" for n in range(5)], ["paieme", "termin"], TERMINAL)
    assert again == f"{other}-2"


def test_one_that_nobody_mentions_for_28_days_is_forgotten() -> None:
    found, name = clustered()
    found.take("late", TERMINAL[0], 20 * DAY, "other")
    assert found.discover(47 * DAY).gone == []
    assert found.discover(49 * DAY).gone == [name]
    assert found.names() == []
    assert found.take("later", TERMINAL[0], 49 * DAY, "other") == "other"


def many(found: SymptomClusters, count: int, start: int) -> None:
    for number in range(count):
        key = f"{chr(97 + number // 10)}{chr(97 + number % 10)}"
        texts = [f"zor{key}tal kiv{key}dun {n}" for n in range(5)]
        told(found, texts, start + number, key)


def test_there_is_room_for_so_many_then_the_oldest_gives_way() -> None:
    found, name = clustered()
    many(found, MOST_CLUSTERS - 1, 2 * HOUR)
    assert found.discover(3 * HOUR).gone == []
    assert len(found.names()) == MOST_CLUSTERS
    told(found, CENTRAL, DAY)
    assert found.discover(DAY + HOUR).gone == []
    assert len(found.names()) == MOST_CLUSTERS
    assert name in found.names()
    told(found, CENTRAL, 4 * DAY)
    assert found.discover(4 * DAY + HOUR).gone == [name]
    assert len(found.names()) == MOST_CLUSTERS


def test_the_texts_are_complete_since_the_first_look_or_the_oldest_that_was_dropped() -> None:
    found = fresh()
    told(found, TERMINAL, DAY)
    assert found.hours(2 * DAY) == 48.0
    for n in range(2_100):
        found.take(f"x{n}", f"imprimante introuvable {n}", DAY + n * 60_000, "other")
    assert len(found.state()["texts"]) == 2_000
    assert found.hours(2 * DAY + 12 * HOUR) < 36.0


def test_what_is_sure_is_not_kept_unless_it_belongs_to_a_cluster() -> None:
    found, name = clustered()
    assert found.take("a", "terminal, paiement refusé", DAY, "slow", sure=True) == name
    assert found.take("b", CENTRAL[0], DAY, "slow", sure=True) == "slow"
    told(found, CENTRAL[1:], DAY)
    assert found.discover(DAY + HOUR).named == {}


def test_a_restored_state_says_and_finds_the_same() -> None:
    one, name = clustered()
    told(one, CENTRAL[:3], 2 * HOUR)
    other = SymptomClusters(WORDS, EXAMPLES)
    other.restore(load(dump(one.state())))
    for found in (one, other):
        told(found, CENTRAL[3:], 3 * HOUR)
        assert found.take("a", TERMINAL[1], 4 * HOUR, "other") == name
        found.discover(4 * HOUR)
        assert len(found.names()) == 2
    assert dump(one.state()) == dump(other.state())


def test_the_same_texts_give_the_same_clusters() -> None:
    one, other = fresh(), fresh()
    for found in (one, other):
        many(found, 12, 0)
        told(found, TERMINAL)
        found.discover(HOUR)
    assert dump(one.state()) == dump(other.state())
