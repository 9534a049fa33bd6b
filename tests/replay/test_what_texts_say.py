"""Tickets that nobody typed: what their words say decides, as far as they say it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from correlator.model import Ticket, TicketKept
from tests.builders import Desk, customers_of, spread, ticket, under

LINES = spread(under("DSL-2"), 9)


def said(*texts: str, lines: Sequence[str] = LINES) -> list[Ticket]:
    """Let customers of one DSLAM call with these words, a minute apart."""
    return [ticket(lines[n], 5 + n, None, text=text) for n, text in enumerate(texts)]


BOTH = (
    "plus internet ni téléphone depuis ce matin",
    "ni internet ni fixe chez ma grand-mère",
    "plus rien : internet hs, fixe hs",
    "internet et téléphone coupés",
    "plus d'internet, plus de téléphone",
    "box sans internet et sans tonalité",
)
PLAIN = (
    "plus de synchro depuis ce matin",
    "voyant DSL éteint",
    "ne synchronise plus, 2 prises testées",
    "désynchro permanente",
    "pas de porteuse sur la ligne",
    "perte de signal",
)
VAGUE = (
    "ça marche pas",
    "rappeler le client svp",
    "client mécontent, 2e appel",
    "encore en panne",
    "dérangement signalé",
    "merci de rappeler",
)


def kept(desk: Desk) -> list[TicketKept]:
    return [told.effect for told in desk.told if isinstance(told.effect, TicketKept)]


def test_a_text_of_two_troubles_is_about_both() -> None:
    desk = Desk().feed(said(BOTH[4])).until(20)
    (found,) = kept(desk)
    assert dict(found.shares).keys() == {"no-internet", "no-phone"}


def test_callers_who_say_two_troubles_raise_what_causes_both() -> None:
    desk = Desk().feed(said(*BOTH, lines=customers_of("DSL-2/C1"))).until(60)
    assert desk.causes() == ["DSL-2/C1"]


def test_callers_who_say_what_is_wrong_raise_it_before_those_who_say_nothing() -> None:
    plain, vague = Desk().feed(said(*PLAIN)).until(60), Desk().feed(said(*VAGUE)).until(60)
    assert plain.causes() == vague.causes() == ["DSL-2"]
    assert (plain.incident().announced or 0) < (vague.incident().announced or 0)


@pytest.mark.parametrize(
    ("typed", "text", "symptom", "about"),
    [
        ("no-internet", "plus d'internet, plus de téléphone", "no-internet", {"no-phone"}),
        ("no-phone", "plus d'internet, plus de téléphone", "no-phone", {"no-internet"}),
        ("no-internet", "rappeler le client", "no-internet", set()),
        ("slow", "", "slow", set()),
    ],
)
def test_a_category_holds_and_the_text_adds_what_else_it_says(
    typed: str, text: str, symptom: str, about: set[str]
) -> None:
    desk = Desk().feed([ticket(LINES[0], 5, typed, text=text)]).until(20)
    (found,) = kept(desk)
    assert found.symptom == symptom
    assert dict(found.shares).keys() - {typed} == about


def test_an_unnamed_category_is_about_itself_whatever_else_its_text_says() -> None:
    """Its streams count nothing else, and what it explains is compared by its symptom."""
    everyone = under("*")
    taught = [
        ticket(everyone[n], -2_000 + 5 * n, "violet", text=f"image violette en salle {n}")
        for n in range(210)
    ]
    text = "image violette en salle, image violette, souci de téléphone"
    both = ticket(everyone[300], 5, "violet", text=text)
    desk = Desk(cold=True).feed(taught, both)
    call = desk.inside.owners.calls.find(both.id)
    assert call is not None
    assert "violet" in dict(kept(desk)[-1].shares)
    assert call.mark == call.symptom
