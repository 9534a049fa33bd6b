"""The cell at its queue, by keyboard: what needs them, taken, judged, taken back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.harness.browser import axe
from tests.harness.console import TOWNS, card_of

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tests.harness.browser import Contexts
    from tests.harness.console import Console

pytestmark = pytest.mark.browser


def neighbours(console: Console, count: int) -> tuple[str, list[str]]:
    """Have cards of so many towns fail; returns the address that shows them and no others."""
    district = console.district()
    incidents = [console.burst(card_of(f"{district}{letter}")) for letter in TOWNS[:count]]
    return f"/?domaine=DSL-{district}", incidents


def row(page: Page, incident: str) -> Locator:
    return page.locator(f"#r-{incident}")


def outcomes(page: Page) -> Locator:
    return page.locator("#outcomes")


def test_one_key_acknowledges_and_u_gives_back(console: Console, cell: Page) -> None:
    incident = console.burst()
    cell.goto(f"/?q={incident}")
    expect(row(cell, incident)).to_contain_text("—")
    cell.keyboard.press("a")
    expect(outcomes(cell)).to_contain_text("Fait : Prendre")
    expect(row(cell, incident)).to_contain_text("l.petit")
    assert console.incident(incident).acknowledged_by == "l.petit"
    cell.keyboard.press("u")
    expect(outcomes(cell)).to_contain_text("Fait : Rendre")
    expect(row(cell, incident)).not_to_contain_text("l.petit")
    assert console.incident(incident).acknowledged_by == ""


def test_c_confirms_and_u_withdraws_it(console: Console, cell: Page) -> None:
    incident = console.burst()
    cell.goto(f"/?q={incident}")
    cell.keyboard.press("c")
    expect(outcomes(cell)).to_contain_text("Fait : Confirmer")
    assert console.incident(incident).confirmed_by == "l.petit"
    cell.keyboard.press("u")
    expect(outcomes(cell)).to_contain_text("Fait : Retirer")
    assert console.incident(incident).confirmed_by == ""


def test_two_keys_reject_with_a_reason_and_u_takes_it_back(console: Console, cell: Page) -> None:
    incident = console.burst()
    cell.goto(f"/?q={incident}")
    cell.keyboard.press("r")
    cell.keyboard.press("2")
    expect(row(cell, incident)).to_contain_text(re.compile("Rejet en attente, dans \\d+ s"))
    expect(outcomes(cell)).to_contain_text("on peut encore l'annuler")
    cell.keyboard.press("u")
    expect(outcomes(cell)).to_contain_text("Annulé : Rejeter")
    expect(row(cell, incident)).not_to_contain_text("Rejet en attente")
    assert console.incident(incident).state == "open"


def test_shift_enter_rejects_at_once(console: Console, cell: Page) -> None:
    incident = console.burst()
    cell.goto(f"/?q={incident}")
    cell.keyboard.press("r")
    cell.keyboard.press("Tab")
    cell.keyboard.type("deux voisins en vacances")
    cell.keyboard.press("Shift+Enter")
    expect(outcomes(cell)).to_contain_text("Fait : Rejeter")
    expect(row(cell, incident)).to_have_count(0)
    assert console.incident(incident).state == "rejected"
    assert "deux voisins en vacances" in str(console.journal(incident))


def test_what_is_held_is_applied_at_once_by_a_second_word(console: Console, cell: Page) -> None:
    incident = console.burst()
    cell.goto(f"/?q={incident}")
    cell.keyboard.press("r")
    cell.keyboard.press("1")
    outcomes(cell).get_by_role("button", name="Tout de suite").focus()
    cell.keyboard.press("Enter")
    expect(outcomes(cell)).to_contain_text("Fait : Rejeter")
    assert console.incident(incident).state == "rejected"


def test_j_and_k_move_and_enter_opens(console: Console, cell: Page) -> None:
    address, (first, second, third) = neighbours(console, 3)
    cell.goto(address)
    for key, incident in (("j", first), ("j", second), ("j", third), ("j", third), ("k", second)):
        cell.keyboard.press(key)
        expect(row(cell, incident).get_by_role("link")).to_be_focused()
        expect(row(cell, incident)).to_have_class(re.compile("here"))
    cell.keyboard.press("Enter")
    expect(cell).to_have_url(re.compile(f"/i/{second}$"))
    expect(cell.get_by_role("heading", level=1)).to_contain_text(console.incident(second).domain)


def test_one_key_takes_all_that_are_chosen(console: Console, cell: Page) -> None:
    address, incidents = neighbours(console, 3)
    cell.goto(address)
    for key in ("j", "x", "j", "j", "X"):
        cell.keyboard.press(key)
    expect(cell.locator("#target")).to_have_text("3 choisis")
    for incident in incidents:
        expect(row(cell, incident).get_by_role("checkbox")).to_be_checked()
    cell.keyboard.press("a")
    expect(outcomes(cell)).to_contain_text("3 faits")
    for incident in incidents:
        expect(row(cell, incident)).to_contain_text("l.petit")
        expect(row(cell, incident).get_by_role("checkbox")).not_to_be_checked()
    cell.keyboard.press("u")
    for incident in incidents:
        expect(row(cell, incident)).not_to_contain_text("l.petit")


def test_a_row_that_leaves_its_band_stays_until_focus_leaves(console: Console, cell: Page) -> None:
    address, (first, second) = neighbours(console, 2)
    cell.goto(address)
    cell.keyboard.press("j")
    cell.keyboard.press("c")
    expect(row(cell, first)).to_contain_text("passé à : confirmés")
    expect(cell.locator("#b-triage tbody")).to_have_count(2)
    expect(row(cell, first).get_by_role("link")).to_be_focused()
    cell.keyboard.press("j")
    expect(row(cell, second).get_by_role("link")).to_be_focused()
    expect(cell.locator("#b-confirmed").locator(f"#r-{first}")).to_be_visible()
    expect(cell.locator("#b-triage tbody")).to_have_count(1)
    expect(row(cell, first)).not_to_contain_text("passé à")


def test_x_merges_what_was_chosen_and_u_takes_it_back(console: Console, cell: Page) -> None:
    address, (first, second) = neighbours(console, 2)
    cell.goto(address)
    for key in ("j", "x", "j", "x", "m"):
        cell.keyboard.press(key)
    panel = cell.locator("details[data-key=m]")
    expect(panel.get_by_role("radio").first).to_be_focused()
    expect(panel.locator("[data-preview]")).to_contain_text(f"tickets suivent vers {first}")
    cell.keyboard.press("Enter")
    expect(row(cell, second)).to_contain_text("Fusion en attente")
    expect(row(cell, first)).not_to_contain_text("Fusion en attente")
    cell.keyboard.press("u")
    expect(outcomes(cell)).to_contain_text("Annulé : Fusionner")
    expect(row(cell, second)).not_to_contain_text("Fusion en attente")


def test_merged_at_once_a_row_is_gone_and_says_where_it_went(console: Console, cell: Page) -> None:
    address, (first, second) = neighbours(console, 2)
    cell.goto(address)
    for key in ("j", "x", "j", "x", "m"):
        cell.keyboard.press(key)
    expect(cell.locator("details[data-key=m]").get_by_role("radio").first).to_be_focused()
    cell.keyboard.press("Shift+Enter")
    expect(outcomes(cell)).to_contain_text("Fait : Fusionner")
    expect(row(cell, second)).to_have_count(0)
    expect(row(cell, first)).to_contain_text(re.compile(r"\b(8|9|10) tickets"))
    cell.goto("/?bande=over")
    expect(row(cell, second)).to_contain_text(f"fusionné dans {first}")
    assert console.incident(second).parent == first


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("w", "details.text[open] textarea[name=fr]"),
        ("p", "#f-promise [name=restore]"),
        ("e", "#f-scope [name=domain]"),
        ("s", "#f-split [name=domain]"),
        ("l", "#f-link [name=tickets]"),
    ],
)
def test_a_key_goes_to_the_panel_of_the_row(
    console: Console, cell: Page, key: str, shown: str
) -> None:
    incident = console.burst()
    cell.goto(f"/?q={incident}")
    cell.keyboard.press(key)
    expect(cell).to_have_url(re.compile(f"/i/{incident}"))
    field = cell.locator(shown)
    expect(field).to_be_visible()
    if key != "w":
        expect(field).to_be_focused()


def test_keys_do_nothing_in_fields_and_where_they_are_switched_off(
    console: Console, new_context: Contexts
) -> None:
    incident = console.burst()
    page = console.visitor(new_context).new_page()
    page.goto(f"/?q={incident}")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("acr1")
    expect(page.get_by_role("searchbox")).to_have_value("acr1")
    page = console.visitor(new_context, choices={"keys": "off"}).new_page()
    page.goto(f"/?q={incident}")
    page.keyboard.press("c")
    page.get_by_role("button", name="Prendre").click()
    expect(outcomes(page)).to_contain_text("Fait : Prendre")
    assert console.incident(incident).confirmed_by == ""


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_at_320_pixels_the_actions_are_folded_and_their_keys_are_not(
    console: Console, new_context: Contexts, lang: str
) -> None:
    incident = console.burst()
    small = {"width": 320, "height": 640}
    page = console.visitor(new_context, choices={"lang": lang}, viewport=small).new_page()
    page.goto(f"/?q={incident}")
    button = page.get_by_role("button", name="Actions")
    expect(button).to_have_attribute("aria-expanded", "false")
    expect(page.locator("[data-key=a]")).to_be_hidden()
    expect(row(page, incident)).to_be_in_viewport(ratio=0.9)
    assert axe(page).violations == []
    page.keyboard.press("a")
    expect(row(page, incident)).to_contain_text("l.petit")
    expect(page.locator("[data-key=a]")).to_be_hidden()
    page.keyboard.press("r")
    expect(button).to_have_attribute("aria-expanded", "true")
    expect(page.locator("details[data-key=r] .drop")).to_be_visible()
    # The bar at the foot may cover half of what can be scrolled out from under it.
    outcomes(page).get_by_role("button", name=re.compile("Fermer|Close")).click()
    expect(outcomes(page)).to_be_hidden()
    page.locator(".codes").first.scroll_into_view_if_needed()
    assert axe(page).violations == []
    page.keyboard.press("Escape")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-key=a]")).to_be_hidden()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("[data-key=a]")).to_be_focused()


def test_every_key_of_the_help_is_a_button_too(console: Console, cell: Page) -> None:
    incident = console.burst()
    cell.goto(f"/?q={incident}")
    cell.keyboard.press("?")
    listed = cell.get_by_role("dialog")
    expect(listed).to_be_visible()
    for key in "acrwpeslm":
        expect(listed.locator("kbd", has_text=re.compile(f"^{key}$")).first).to_be_visible()
        expect(cell.locator(f"[data-key={key}]")).to_have_count(1)
    cell.keyboard.press("Escape")
    expect(listed).to_be_hidden()


def test_the_search_knows_tickets_customers_and_incidents(console: Console, cell: Page) -> None:
    incident = console.burst()
    ticket = console.linked(incident)[0]
    cell.goto("/?prio=1")
    for what, address in ((ticket, f"/a/{ticket}"), (incident, f"/i/{incident}")):
        cell.keyboard.press("/")
        cell.keyboard.type(what)
        cell.keyboard.press("Enter")
        expect(cell).to_have_url(re.compile(f"{address}$"))
        cell.wait_for_load_state()


def test_a_filter_that_nothing_passes_says_so_and_how_fresh_that_is(cell: Page) -> None:
    cell.goto("/?domaine=NOWHERE&bande=nonsense")
    expect(cell.get_by_text("Rien ne répond à ces filtres.")).to_be_visible()
    expect(cell.get_by_text("Dernier ticket reçu il y a")).to_be_visible()
    cell.get_by_role("link", name="Domaine : NOWHERE").click()
    expect(cell).to_have_url(re.compile("/$"))


def test_filters_can_be_changed_and_kept_from_one_panel(cell: Page) -> None:
    cell.goto("/?prio=5&symptome=no-sync")
    expect(cell.locator(".chip").nth(1)).to_contain_text("Symptôme : Perte de synchronisation")
    cell.get_by_text("Filtrer").click()
    panel = cell.locator(".filters .drop")
    for field in (*panel.get_by_role("combobox").all(), *panel.get_by_role("textbox").all()):
        field.click(trial=True)  # nothing lies over it
    panel.get_by_label("Garder ces filtres").fill("calmes")
    panel.get_by_role("button", name="Garder").click()
    cell.get_by_role("link", name="calmes").click()
    expect(cell).to_have_url(re.compile("prio=5"))
