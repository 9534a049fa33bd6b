"""The console without JavaScript: whole pages, plain forms, and what came of them on the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.harness.browser import Contexts
    from tests.harness.console import Console

pytestmark = pytest.mark.browser


@pytest.fixture
def plain(console: Console, new_context: Contexts) -> Page:
    """Return a tab of a browser that runs no scripts."""
    return console.visitor(new_context, java_script_enabled=False).new_page()


def test_the_plain_form_of_the_queue_acknowledges_and_takes_back(
    console: Console, plain: Page
) -> None:
    incident = console.burst()
    plain.goto(f"/?q={incident}")
    plain.locator(f"#r-{incident}").get_by_role("checkbox").check()
    plain.get_by_role("button", name="Prendre").click()
    expect(plain).to_have_url(f"{console.url}/?q={incident}")
    told = plain.locator("#outcomes")
    expect(told).to_contain_text("Fait : Prendre")
    expect(plain.locator(f"#r-{incident}")).to_contain_text("l.petit")
    told.get_by_role("button", name="Annuler").click()
    expect(plain.locator("#outcomes")).to_contain_text("Fait : Rendre")
    expect(plain.locator(f"#r-{incident}")).not_to_contain_text("l.petit")


def test_nothing_chosen_is_said(console: Console, plain: Page) -> None:
    incident = console.burst()
    plain.goto(f"/?q={incident}")
    plain.get_by_role("button", name="Prendre").click()
    expect(plain.locator("#outcomes")).to_contain_text("Aucun incident choisi")


def test_a_promise_and_a_text_through_plain_forms(console: Console, plain: Page) -> None:
    incident = console.burst()
    plain.goto(f"/i/{incident}")
    plain.locator("details[data-key=p] summary").click()
    plain.locator("#f-promise [name=restore]").fill(console.clock(60))
    plain.locator("#f-promise [name=source]").fill("NOC")
    plain.locator("#f-promise button.go").click()
    expect(plain.locator("#outcomes")).to_contain_text("Fait : Heure de retour")
    plain.get_by_role("link", name="Message", exact=True).click()
    plain.locator("form[data-text=agent] button.go").click()
    expect(plain.locator("#outcomes")).to_contain_text("Fait : Message")


def test_an_agent_reads_the_answer_and_searches(console: Console, plain: Page) -> None:
    ticket = console.linked(console.burst())[0]
    plain.goto("/a")
    plain.get_by_label("Numéro de ticket ou de client").fill(ticket)
    plain.get_by_role("button", name="Voir la réponse").click()
    expect(plain.get_by_role("heading", level=1)).to_contain_text("OUI")
    plain.get_by_role("link", name="Plus de télévision").click()
    expect(plain.locator("#p-answer")).to_be_visible()
