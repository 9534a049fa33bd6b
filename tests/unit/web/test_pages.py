"""Agent, wall, flash, rules, hand-over, domain and guide pages: whole, in words, in bounds."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from markupsafe import Markup

from correlator.model import MINUTE, Answer
from correlator.web.rendering import Templates
from correlator.web.views import UsualView
from tests.console_views import (
    DOMAINS,
    DRAFTS,
    EDITS,
    FLASHES,
    HANDOVERS,
    LATE,
    ONSET,
    RULE,
    RULES,
    RULESETS,
    TRAININGS,
    VERBS,
    WALLS,
    WORKSHOPS,
    answer,
    frame,
)

HOSTILE = '<script>alert("é")</script>'
GUIDES = (("cellule", "La cellule"), ("agent", "L'agent"))


@pytest.fixture(scope="module")
def templates() -> Templates:
    return Templates("Europe/Paris")


def pages() -> Iterator[tuple[str, dict[str, Any]]]:
    yield "agent.html", {"answer": None}
    for word in Answer:
        yield "agent.html", {"answer": answer(word)}
    yield "agent.html", {"answer": answer(promise=None, usual=UsualView(MINUTE, 9 * MINUTE, 41))}
    yield "agent.html", {"answer": answer(linked=True, earlier=Answer.NO, earlier_at=ONSET)}
    yield "agent.html", {"answer": answer(Answer.UNKNOWN, ticket="", customer="", near=("T1",))}
    for name, views in (
        ("wall", WALLS),
        ("flash", FLASHES),
        ("rules", RULES),
        ("rule", RULE),
        ("workshop", WORKSHOPS),
        ("draft", DRAFTS),
        ("edit", EDITS),
        ("ruleset", RULESETS),
        ("handover", HANDOVERS),
        ("domain", DOMAINS),
        ("training", TRAININGS),
    ):
        yield from ((f"{name}.html", {name: view}) for view in views)
    yield "help.html", {"guides": GUIDES, "guide": "cellule", "body": Markup("<h1>Guide</h1>")}


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize(("name", "views"), list(pages()))
@pytest.mark.parametrize("can", [VERBS, ()])
def test_a_page_is_whole(
    templates: Templates, name: str, views: dict[str, Any], lang: str, can: tuple[str, ...]
) -> None:
    html = templates.render(name, frame(name.removesuffix(".html"), lang, can), **views)
    assert html.count("<h1") == 1
    assert html.rstrip().endswith("</html>")
    assert not re.search(r"\sstyle=|<style|\son\w+=", html)
    assert "None" not in html
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids)), ids
    if not can:
        assert 'name="verb"' not in html.replace('name="verb" value="read"', "")


@pytest.mark.parametrize("word", list(Answer))
def test_an_answer_is_small_and_begins_with_its_word(templates: Templates, word: Answer) -> None:
    html = templates.render("agent.html", frame("agent"), answer=answer(word))
    assert len(html.encode()) <= 20_000
    shown = {"yes": "OUI", "probable": "PROBABLE", "no": "NON", "restored": "RÉTABLI"}
    shown |= {"maintenance": "MAINTENANCE", "unknown": "INCONNU"}
    heading = html[html.index("<h1>") : html.index("</h1>")]
    assert f"<b>{shown[word]}</b>" in heading


def test_a_time_that_has_passed_is_not_offered_to_be_said(templates: Templates) -> None:
    html = templates.render("parts/agent_answer.html", frame("agent"), answer=answer(promise=LATE))
    assert "ne pas l'annoncer" in html.replace("&#39;", "'")
    assert 'name="promise" value=""' in html
    assert "pas encore d'heure" in html.replace("&#39;", "'")


def test_a_choice_of_symptom_keeps_the_customer(templates: Templates) -> None:
    html = templates.render("parts/agent_answer.html", frame("agent"), answer=answer())
    assert 'href="/a/T0088?client=C0010&amp;symptome=no-tv"' in html


def test_what_outsiders_wrote_is_shown_as_text(templates: Templates) -> None:
    view = answer(say=HOSTILE, because=HOSTILE, key=HOSTILE, near=(HOSTILE,), customer=HOSTILE)
    html = templates.render("agent.html", frame("agent"), answer=view)
    assert "<script>alert" not in html


def test_nobody_signs_a_hand_over_twice(templates: Templates) -> None:
    open_one, signed = (
        templates.render("handover.html", frame("handover"), handover=view)
        for view in HANDOVERS[:2]
    )
    assert 'name="sign" value="1"' in open_one
    assert 'name="sign"' not in signed
    assert "m.durand" in signed


def test_since_ones_visit_one_looks_and_does_not_sign(templates: Templates) -> None:
    shift, visit = (
        templates.render("handover.html", frame("handover"), handover=view)
        for view in HANDOVERS[2:]
    )
    assert 'href="/releve?depuis=visite"' in shift
    assert 'name="sign"' in shift
    assert 'name="sign"' not in visit
    assert "rien depuis" in visit
    assert "26 minutes en tout" in visit


def test_the_wall_counts_what_it_leaves_out(templates: Templates) -> None:
    html = templates.render("parts/wall.html", frame("wall"), wall=WALLS[1])
    assert "et 3 régions non affichées" in html
    assert "et 3 autres" in html  # incidents of a region
    assert "<a " not in html
