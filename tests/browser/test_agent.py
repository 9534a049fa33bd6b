"""An agent with a customer on the line: the word, the sentence, and the keys beside them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.harness.console import card_of, customer_of

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.harness.browser import Complaints, Contexts
    from tests.harness.console import Console

pytestmark = pytest.mark.browser


@pytest.fixture
def agent(console: Console, new_context: Contexts) -> Page:
    """Return a tab of an agent of level 2."""
    context = console.visitor(new_context, who="a.roy", role="agent")
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    return context.new_page()


def word(page: Page, expected: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_contain_text(expected)


def test_yes_with_the_sentence_to_say_and_what_not_to_do(console: Console, agent: Page) -> None:
    incident = console.burst()
    card = console.incident(incident).domain
    agent.goto(f"/a/{customer_of(card, 30)}")
    word(agent, "OUI")
    expect(agent.locator("#say")).to_contain_text("il n'y a rien à faire chez vous")
    answer = agent.locator("#p-answer")
    expect(answer).to_contain_text("pas encore d'heure")
    expect(answer).to_contain_text("pas de visite de technicien, pas d'échange de box")
    expect(answer).to_contain_text(f"Sous {card}")
    assert len(agent.content().encode()) <= 20_000


def test_p_copies_the_sentence(console: Console, agent: Page) -> None:
    ticket = console.linked(console.burst())[0]
    agent.goto(f"/a/{ticket}")
    agent.keyboard.press("p")
    expect(agent.locator("#said")).to_have_text("Phrase copiée")
    said = agent.locator("#say").inner_text().strip()
    assert agent.evaluate("() => navigator.clipboard.readText()") == said


def test_t_records_that_there_is_no_time_yet_then_the_time(
    console: Console, agent: Page, cell: Page
) -> None:
    incident = console.burst()
    ticket = console.linked(incident)[0]
    agent.goto(f"/a/{ticket}")
    agent.keyboard.press("t")
    expect(agent.locator("#p-answer")).to_contain_text("pas encore d'heure, par a.roy")
    at = console.clock(60)
    cell.goto(f"/i/{incident}")
    cell.keyboard.press("p")
    cell.keyboard.type(at)
    cell.keyboard.press("Tab")
    cell.keyboard.type("NOC")
    cell.keyboard.press("Enter")
    expect(agent.get_by_role("button", name=f"J'ai dit {at} au client")).to_be_visible()
    agent.keyboard.press("t")
    expect(agent.locator("#p-answer")).to_contain_text("n° 1, par a.roy")


def test_a_digit_chooses_the_trouble(console: Console, agent: Page) -> None:
    ticket = console.linked(console.burst())[0]
    agent.goto(f"/a/{ticket}")
    billing = agent.get_by_role("navigation", name="Trouble").get_by_role(
        "link", name="Plus de télévision"
    )
    key = billing.locator("kbd").inner_text()
    agent.keyboard.press(key)
    expect(agent).to_have_url(re.compile("symptome=no-tv"))
    expect(billing).to_have_attribute("aria-current", "true")


def test_l_links_the_ticket_and_d_says_that_it_is_not_that(console: Console, agent: Page) -> None:
    incident = console.burst()
    card = console.incident(incident).domain
    ticket = console.call(customer_of(card, 33), "billing", "une question de facture")
    assert ticket not in console.linked(incident)
    agent.goto(f"/a/{ticket}?symptome=no-sync")
    word(agent, "OUI")
    agent.keyboard.press("l")
    expect(agent.locator("#outcomes")).to_contain_text("Fait : Rattacher")
    expect(agent.locator("#p-answer")).to_contain_text("Ticket rattaché à l'incident.")
    assert ticket in console.linked(incident)
    agent.keyboard.press("d")
    expect(agent.locator("#outcomes")).to_contain_text("Fait : Ce n'est pas ça")
    assert ticket not in console.linked(incident)


def test_the_word_changes_under_a_call_with_a_banner(console: Console, agent: Page) -> None:
    card = card_of(f"{console.district()}A")
    agent.goto(f"/a/{customer_of(card, 30)}")
    word(agent, "NON")
    expect(agent.locator("#p-answer")).to_contain_text("chemins vérifiés")
    expect(agent.locator("#changed")).to_be_hidden()
    console.burst(card)
    word(agent, "OUI")
    banner = agent.locator("#changed")
    expect(banner).to_contain_text("La réponse a changé à")
    expect(banner.locator("s")).to_have_text("NON")
    expect(banner).to_contain_text("OUI")


def test_an_approved_text_is_read_out_at_once(console: Console, agent: Page, cell: Page) -> None:
    incident = console.burst()
    ticket = console.linked(incident)[0]
    agent.goto(f"/a/{ticket}")
    before = agent.locator("#say").inner_text()
    cell.goto(f"/i/{incident}/message")
    cell.keyboard.press("Control+Enter")
    expect(agent.locator("#say")).to_contain_text("Nous avons détecté une panne")
    expect(agent.locator("#changed s")).to_have_text(before.strip())


def test_while_a_rejection_is_held_agents_hear_what_holds_the_line(
    console: Console, agent: Page, cell: Page
) -> None:
    incident = console.burst()
    agent.goto(f"/a/{console.linked(incident)[0]}")
    cell.goto(f"/?q={incident}")
    cell.keyboard.press("r")
    cell.keyboard.press("1")
    expect(cell.locator("#outcomes")).to_contain_text("on peut encore l'annuler")
    expect(agent.locator("#say")).to_contain_text("Nous vérifions en ce moment")
    word(agent, "PROBABLE")
    cell.keyboard.press("u")
    word(agent, "OUI")


def test_no_names_the_paths_and_the_next_step(console: Console, agent: Page) -> None:
    agent.goto(f"/a/{customer_of(card_of(f'{console.district()}B'), 7)}")
    word(agent, "NON")
    answer = agent.locator("#p-answer")
    expect(answer).to_contain_text(re.compile(r"\d chemins vérifiés"))
    expect(answer).to_contain_text("diagnostic habituel")
    expect(agent.locator("#say")).to_have_count(0)


def test_an_unknown_key_says_what_was_looked_for_and_what_is_like_it(
    console: Console, agent: Page
) -> None:
    agent.goto("/a/c01a107")
    word(agent, "INCONNU")
    expect(agent.locator("#p-answer")).to_contain_text("Ni un ticket ni un client connu : c01a107")
    agent.get_by_role("link", name="C01A107").click()
    expect(agent).to_have_url(re.compile("/a/C01A107$"))
    assert console.url in agent.url


def test_before_the_ticket_is_here_the_answer_is_the_customers(
    console: Console, agent: Page
) -> None:
    card = console.incident(console.burst()).domain
    agent.goto(f"/a/T99999?client={customer_of(card, 30)}")
    word(agent, "OUI")
    expect(agent.locator("#p-answer")).to_contain_text("Le ticket n'est pas encore arrivé")


def test_works_are_told_with_their_end(console: Console, agent: Page) -> None:
    card = card_of(f"{console.district()}C")
    console.works(card, 60)
    end = console.clock(60)
    console.wait(5)
    agent.goto(f"/a/{customer_of(card, 3)}?symptome=no-sync")
    word(agent, "MAINTENANCE")
    expect(agent.locator("#say")).to_contain_text(f"jusqu'à {end}")


def test_at_320_pixels_nothing_is_cut_off(console: Console, new_context: Contexts) -> None:
    incident = console.burst()
    small = {"width": 320, "height": 640}
    page = console.visitor(new_context, role="agent", viewport=small).new_page()
    page.goto(f"/a/{console.linked(incident)[0]}")
    word(page, "OUI")
    widths = page.evaluate("() => [document.documentElement.scrollWidth, innerWidth]")
    assert widths[0] <= widths[1]
    box = page.locator("#say").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 320


def test_no_other_page_can_frame_an_answer(
    console: Console, agent: Page, complaints: Complaints
) -> None:
    complaints.allow("frame-ancestors|X-Frame-Options|Refused to|Framing")
    agent.set_content(f"<iframe title='x' src='{console.url}/a'></iframe>")
    expect(agent.frame_locator("iframe").locator("#key")).to_have_count(0)
