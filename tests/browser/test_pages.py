"""Every page in both themes and both languages: no error, no violation of its policy or of WCAG."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest
from playwright.sync_api import expect

from tests.backtests import report
from tests.harness.browser import axe
from tests.harness.console import card_of, customer_of
from tests.harness.posted import BODIES, PROBLEMS
from tests.harness.system import System
from tests.trainings import comparison

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.harness.browser import Complaints, Contexts
    from tests.harness.console import Console

pytestmark = pytest.mark.browser

PAGES = [
    "/",
    "/?bande=watched",
    "/?bande=over",
    "/?domaine=NOWHERE",
    "/i/{incident}",
    "/i/{incident}/tickets",
    "/i/{incident}/journal",
    "/i/{incident}/message",
    "/i/{incident}/fermeture",
    "/i/{incident}/rappels",
    "/i/{incident}/essai",
    "/i/{restored}",
    "/i/{restored}/fermeture",
    "/i/{rejected}",
    "/a",
    "/a/{ticket}",
    "/a/{silent}",
    "/a/UNKNOWN",
    "/mur",
    "/n1",
    "/regles",
    "/regles/access-line-card",
    "/rejeux",
    "/rejeux/0123456789",
    "/rejeux/0123456789?genre=split",
    "/atelier",
    "/atelier/editer",
    "/atelier/editer?fichier=language.txt",
    "/atelier/b/{draft}",
    "/atelier/v/{ruleset}",
    "/entrainement",
    "/releve",
    "/d/{domain}",
    "/d/NOWHERE",
    "/aide",
    "/aide/cellule",
    "/api/docs",
    "/signales",
]
"""Addresses; what stands in braces is of the evening below."""

THEMES = ("dark", "light")


class Evening(NamedTuple):
    """One incident that people are at, one that is restored, one that was rejected."""

    incident: str
    restored: str
    rejected: str
    ticket: str
    silent: str
    domain: str
    draft: str
    ruleset: str


@pytest.fixture(scope="module")
def evening_of_people(console: Console) -> Evening:
    district = console.district()
    incident, restored, rejected = (console.burst(card_of(f"{district}{x}")) for x in "ABC")
    console.keep_backtest(report())
    console.keep_training(comparison())
    draft = console.draft(13, "Fermer plus tard")
    card = console.incident(incident).domain
    at = console.clock(60)
    console.act(incident, "acknowledge")
    console.act(incident, "promise", restore=at, source="NOC", confidence="firm")
    text = {"audience": "n1", "phase": "timed", "fr": f"Retour à {at}.", "en": f"Back at {at}."}
    console.act(incident, "say", **text)
    console.act(incident, "note", text="Le technicien est en route.")
    console.act(restored, "resolve")
    console.act(rejected, "reject", code="coincidence", now="1")
    report_problems(console)
    return Evening(
        incident=incident,
        restored=restored,
        rejected=rejected,
        ticket=console.linked(incident)[0],
        silent=customer_of(card.replace("C1", "C2"), 9),
        domain=card.split("/", maxsplit=1)[0],
        draft=draft.id,
        ruleset=draft.ruleset,
    )


def report_problems(console: Console) -> None:
    """Have a partner report two problems of no equipment, one in words nowhere to break."""
    partner, problem = System(console, "act"), BODIES["POST serviceProblem"]
    words = dict.fromkeys(("category", "description", "reason"), "plus_de_transit_" * 6)
    for body in (problem, problem | words):
        assert partner.ask("POST", f"{PROBLEMS}/serviceProblem", body).status == 201


def judge(page: Page, *known: str) -> None:
    """Assert that axe finds nothing, and nothing that it cannot measure but what is known.

    That is text in pictures, behind which stands other SVG, and single signs (`→`), which it does
    not take for text. Their colours are tokens like all others, measured in words.
    """
    found = axe(page)
    assert found.violations == []
    explained = ("<text ", "(shortTextContent)", "(nonBmp)", *known)
    assert [line for line in found.unsure if not any(each in line for each in explained)] == []


@pytest.mark.parametrize("address", PAGES)
def test_a_page_is_without_fault_in_every_theme_and_language(
    console: Console,
    evening_of_people: Evening,
    new_context: Contexts,
    complaints: Complaints,
    address: str,
) -> None:
    """A language is another page, a theme the same in other colours: changed where it stands."""
    status = 404 if "NOWHERE" in address and address.startswith("/d/") else 200
    if status == 404:
        complaints.allow("status of 404 .*/d/NOWHERE")
    path = address.format(**evening_of_people._asdict())
    role = "noc" if address.startswith("/atelier") else "cell"
    context = console.visitor(new_context, role=role, choices={"theme": "dark"})
    page = context.new_page()
    for lang in ("fr", "en"):
        context.add_cookies([{"name": "lang", "value": lang, "url": console.url}])
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == status
        html = page.locator("html")
        expect(html).to_have_attribute("lang", lang)
        expect(html).to_have_attribute("data-theme", "dark")
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        behind = {theme: _judged_in(page, theme) for theme in THEMES}
        assert len(set(behind.values())) == len(THEMES)  # they do differ


def _judged_in(page: Page, theme: str) -> str:
    """Judge a page in a theme, which is set as its button does; returns what is behind it."""
    page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
    judge(page)
    return str(page.evaluate("() => getComputedStyle(document.body).backgroundColor"))


@pytest.mark.parametrize("key", ["r", "p", "e", "m", "s", "l", "o", "t", "i"])
def test_a_panel_is_without_fault_when_it_is_open(
    evening_of_people: Evening, cell: Page, key: str
) -> None:
    cell.goto(f"/i/{evening_of_people.incident}")
    cell.keyboard.press(key)
    expect(cell.locator(f"details[data-key={key}] .drop")).to_be_visible()
    judge(cell, "(bgOverlap)")  # what the panel covers


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/i/{incident}",
        "/a/{ticket}",
        "/n1",
        "/d/{long}",
        "/rejeux/0123456789",
        "/entrainement",
        "/api/docs",
        "/signales",
    ],
)
def test_a_page_reflows_at_320_pixels(
    console: Console,
    evening_of_people: Evening,
    new_context: Contexts,
    complaints: Complaints,
    address: str,
) -> None:
    complaints.allow("status of 404 .*/d/")  # no inventory has a name so long
    small = {"width": 320, "height": 640}
    role = "noc" if address.startswith("/atelier") else "cell"
    page = console.visitor(new_context, role=role, viewport=small).new_page()
    long = "cpe_firmware=8.0.1_of_december&offer=fibre_1000"  # nowhere to break it
    page.goto(address.format(long=long, **evening_of_people._asdict()))
    width = page.evaluate("() => document.documentElement.scrollWidth")
    assert width <= 320


@pytest.mark.parametrize("menu", ["header .menu", ".filters .menu"])
def test_a_menu_reflows_at_320_pixels(console: Console, new_context: Contexts, menu: str) -> None:
    page = console.visitor(new_context, viewport={"width": 320, "height": 640}).new_page()
    page.goto("/?prio=3")
    page.locator(f"{menu} summary").click()
    expect(page.locator(f"{menu} .drop").first).to_be_visible()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 320


def test_a_name_on_the_wall_is_whole(
    console: Console, evening_of_people: Evening, new_context: Contexts
) -> None:
    page = console.visitor(new_context, viewport={"width": 1000, "height": 800}).new_page()
    page.goto("/mur")
    domain = evening_of_people.domain
    expect(page.locator(".tile b").filter(has_text=domain)).not_to_have_count(0)
    cut = """() => [...document.querySelectorAll(".tile")]
        .filter((tile) => tile.scrollWidth > tile.clientWidth)
        .map((tile) => tile.innerText)"""
    assert page.evaluate(cut) == []


def test_a_theme_changes_at_once_and_a_language_with_the_page(cell: Page) -> None:
    cell.goto("/?prio=1")
    cell.get_by_text("Affichage").click()
    cell.get_by_role("button", name="clair").click()
    expect(cell.locator("html")).to_have_attribute("data-theme", "light")
    cell.get_by_role("button", name="EN, English").click()
    expect(cell.locator("html")).to_have_attribute("lang", "en")
    expect(cell.locator("html")).to_have_attribute("data-theme", "light")
    places = cell.get_by_role("navigation", name="Pages")
    expect(places.get_by_role("link", name="Queue")).to_be_visible()
