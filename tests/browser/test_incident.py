"""The cell at one incident, by keyboard: each panel, what it says before, what it did, and back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.harness.browser import axe
from tests.harness.console import card_of, customer_of

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tests.harness.console import Console

pytestmark = pytest.mark.browser


def outcomes(page: Page) -> Locator:
    return page.locator("#outcomes")


def head(page: Page) -> Locator:
    return page.locator("#p-head")


def test_from_a_candidate_to_an_approved_text_in_three_actions(
    console: Console, cell: Page
) -> None:
    incident = console.burst()
    cell.goto(f"/?q={incident}")
    cell.keyboard.press("w")
    text = cell.locator("details.text[open] textarea[name=fr]")
    expect(text).to_have_value(re.compile("Nous avons détecté une panne"))
    text.focus()
    cell.keyboard.press("Control+End")
    cell.keyboard.type(" Merci de patienter.")
    cell.keyboard.press("Control+Enter")
    expect(outcomes(cell)).to_contain_text("Fait : Message")
    cell.reload()
    said = cell.get_by_role("article").filter(has_text="Merci de patienter.")
    expect(said.first).to_contain_text("l.petit")
    ticket = console.linked(incident)[0]
    cell.goto(f"/a/{ticket}")
    expect(cell.locator("#say")).to_contain_text("Merci de patienter.")


def test_a_draft_is_approved_as_it_stands_in_two_actions(console: Console, cell: Page) -> None:
    incident = console.burst()
    cell.goto(f"/i/{incident}")
    cell.keyboard.press("w")
    expect(cell).to_have_url(re.compile("/message$"))
    cell.wait_for_load_state()
    cell.keyboard.press("Control+Enter")
    expect(outcomes(cell)).to_contain_text("Fait : Message")


def test_a_text_shows_its_size_and_what_it_changes(console: Console, cell: Page) -> None:
    incident = console.burst()
    cell.goto(f"/i/{incident}/message")
    cell.keyboard.press("Control+Enter")
    expect(outcomes(cell)).to_contain_text("Fait : Message")
    cell.reload()
    form = cell.locator("form[data-text=agent]")
    form.locator("[name=fr]").fill("Nous avons détecté une autre panne.")
    expect(form.locator("[data-size]").first).to_have_text("35 caractères")
    expect(form.locator("[data-diff] ins").first).to_contain_text("autre")
    cell.locator("details.text", has=cell.locator("[data-text=sms]")).locator("summary").click()
    sms = cell.locator("form[data-text=sms]")
    sms.locator("[name=fr]").fill("é" * 161)
    expect(sms.locator("[data-size]").first).to_have_text("161 caractères · 2 SMS")


def test_p_gives_a_restore_time(console: Console, cell: Page) -> None:
    incident = console.burst()
    cell.goto(f"/i/{incident}")
    cell.keyboard.press("p")
    expect(cell.locator("#f-promise [name=restore]")).to_be_focused()
    at = console.clock(90)
    cell.keyboard.type(at)
    cell.keyboard.press("Tab")
    cell.keyboard.type("wholesale")
    cell.keyboard.press("Enter")
    expect(outcomes(cell)).to_contain_text("Fait : Heure de retour")
    expect(head(cell)).to_contain_text(f"{at} (wholesale")
    expect(head(cell)).to_contain_text("En réparation")
    expect(cell.locator("#p-promise")).to_contain_text(at)
    expect(cell.locator("#f-promise")).to_be_hidden()


def test_e_changes_the_scope_and_says_before_what_it_moves(console: Console, cell: Page) -> None:
    incident = console.burst()
    card = console.incident(incident).domain
    cell.goto(f"/i/{incident}")
    cell.keyboard.press("e")
    field = cell.locator("#f-scope [name=domain]")
    expect(field).to_be_focused()
    field.fill(card.split("/", maxsplit=1)[0])
    expect(cell.locator("#f-scope [data-preview]")).to_have_text(
        re.compile(r"80 lignes au lieu de 40\s; \d tickets restent, 0 ne sont pas dessous")
    )
    cell.keyboard.press("Enter")
    expect(outcomes(cell)).to_contain_text("Fait : Périmètre")
    expect(cell.get_by_role("heading", level=1)).to_contain_text(card.split("/", maxsplit=1)[0])
    assert console.incident(incident).domain == card.split("/", maxsplit=1)[0]


def test_s_splits_some_tickets_off_and_u_takes_it_back(console: Console, cell: Page) -> None:
    incident = console.burst(callers=6)
    card, tickets = console.incident(incident).domain, console.linked(incident)
    other = card.replace("C1", "C2")
    cell.goto(f"/i/{incident}")
    for now in (False, True):
        cell.keyboard.press("s")
        expect(cell.locator("#f-split [name=domain]")).to_be_focused()
        cell.keyboard.type(other)
        cell.keyboard.press("Tab")
        cell.keyboard.type(" ".join(tickets[:2]))
        preview = cell.locator("#f-split [data-preview]")
        expect(preview).to_contain_text(f"2 tickets partent vers {other} (40 lignes)")
        if now:
            cell.keyboard.press("Shift+Enter")
            expect(outcomes(cell)).to_contain_text("Fait : Scinder")
        else:
            cell.keyboard.press("Control+Enter")
            expect(head(cell)).to_contain_text(re.compile(r"Scission en attente, dans \d+ s"))
            cell.keyboard.press("u")
            expect(outcomes(cell)).to_contain_text("Annulé : Scinder")
            expect(head(cell)).not_to_contain_text("Scission en attente")
    apart = console.on(other)
    assert apart is not None
    assert console.linked(apart.id) == tickets[:2]
    assert console.linked(incident) == tickets[2:]


def test_m_merges_into_another_and_u_takes_it_back(console: Console, cell: Page) -> None:
    district = console.district()
    into, incident = (console.burst(card_of(f"{district}{letter}")) for letter in "AB")
    cell.goto(f"/i/{incident}")
    cell.keyboard.press("m")
    expect(cell.locator("#f-merge [name=into]")).to_be_focused()
    cell.keyboard.type(into)
    expect(cell.locator("#f-merge [data-preview]")).to_contain_text(
        f"tickets suivent vers {into} ; {incident} se termine"
    )
    cell.keyboard.press("Enter")
    expect(head(cell)).to_contain_text("Fusion en attente")
    cell.keyboard.press("u")
    expect(outcomes(cell)).to_contain_text("Annulé : Fusionner")
    expect(head(cell)).not_to_contain_text("Fusion en attente")


def test_l_links_a_ticket_and_u_unlinks_it(console: Console, cell: Page) -> None:
    incident = console.burst()
    card = console.incident(incident).domain
    ticket = console.call(customer_of(card.replace("C1", "C2"), 3), "slow")
    cell.goto(f"/i/{incident}")
    cell.keyboard.press("l")
    expect(cell.locator("#f-link [name=tickets]")).to_be_focused()
    cell.keyboard.type(ticket)
    expect(cell.locator("#f-link [data-preview]")).to_contain_text("1 ticket")
    cell.keyboard.press("Enter")
    expect(outcomes(cell)).to_contain_text("Fait : Rattacher")
    assert ticket in console.linked(incident)
    cell.keyboard.press("u")
    expect(outcomes(cell)).to_contain_text("Fait : Détacher")
    assert ticket not in console.linked(incident)


def test_i_adds_a_note_that_is_there_at_once(console: Console, cell: Page) -> None:
    incident = console.burst()
    cell.goto(f"/i/{incident}")
    cell.keyboard.press("i")
    expect(cell.locator("#f-note [name=text]")).to_be_focused()
    cell.keyboard.type("Le technicien est en route, « badge » à l'accueil.")
    cell.keyboard.press("Control+Enter")
    expect(outcomes(cell)).to_contain_text("Fait : Note")
    notes = cell.get_by_role("region", name="Notes")
    expect(notes).to_contain_text("Le technicien est en route, « badge » à l'accueil.")
    expect(notes).to_contain_text("l.petit")


def test_o_assigns_and_t_records_the_other_operator(console: Console, cell: Page) -> None:
    incident = console.burst()
    cell.goto(f"/i/{incident}")
    cell.keyboard.press("o")
    expect(cell.locator("#f-assign [name=to]")).to_be_focused()
    cell.keyboard.type("équipe nuit")
    cell.keyboard.press("Enter")
    expect(head(cell)).to_contain_text("équipe nuit")
    cell.keyboard.press("t")
    expect(cell.locator("#f-external [name=owner]")).to_be_focused()
    cell.keyboard.type("wholesale")
    cell.keyboard.press("Tab")
    cell.keyboard.type("4471")
    cell.keyboard.press("Enter")
    expect(cell.locator("#p-promise")).to_contain_text("wholesale 4471")
    expect(head(cell)).to_contain_text("En réparation")


def test_a_and_c_on_the_sheet_and_u_for_each(console: Console, cell: Page) -> None:
    incident = console.burst()
    cell.goto(f"/i/{incident}")
    for key, did, undid in (("a", "Prendre", "Rendre"), ("c", "Confirmer", "Retirer")):
        cell.keyboard.press(key)
        expect(outcomes(cell)).to_contain_text(f"Fait : {did}")
        cell.keyboard.press("u")
        expect(outcomes(cell)).to_contain_text(f"Fait : {undid}")


def test_from_restored_to_closed_one_condition_at_a_time(console: Console, cell: Page) -> None:
    incident = console.burst()
    cell.goto(f"/i/{incident}/fermeture")
    cell.get_by_role("button", name="Déclarer rétabli").focus()
    cell.keyboard.press("Enter")
    expect(outcomes(cell)).to_contain_text("Fait : Déclarer rétabli")
    expect(head(cell)).to_contain_text("Rétabli, à confirmer")
    cell.keyboard.press("u")
    expect(outcomes(cell)).to_contain_text("Fait : Rouvrir")
    assert console.incident(incident).state == "open"
    cell.get_by_role("button", name="Déclarer rétabli").focus()
    cell.keyboard.press("Enter")
    expect(cell.get_by_role("button", name="Rouvrir")).to_be_visible()
    cell.get_by_role("button", name="Clore").focus()
    cell.keyboard.press("Enter")
    expect(outcomes(cell)).to_contain_text("dire pourquoi clore")
    expect(cell.get_by_label("Pourquoi")).to_be_focused()
    cell.goto(f"/i/{incident}/message")
    cell.keyboard.press("Control+Enter")
    expect(outcomes(cell)).to_contain_text("Fait : Message")
    cell.goto(f"/i/{incident}/fermeture")
    expect(cell.get_by_text("Toutes les conditions sont remplies.")).to_be_visible()
    cell.get_by_role("button", name="Clore").focus()
    cell.keyboard.press("Enter")
    expect(outcomes(cell)).to_contain_text("Fait : Clore")
    assert console.incident(incident).state == "closed"
    cell.keyboard.press("u")
    expect(outcomes(cell)).to_contain_text("Fait : Rouvrir")
    assert console.incident(incident).state == "open"


def test_a_ticket_is_unlinked_from_the_list_and_linked_back(console: Console, cell: Page) -> None:
    incident = console.burst()
    ticket = console.linked(incident)[0]
    cell.goto(f"/i/{incident}/tickets")
    cell.get_by_role("checkbox", name=f"Choisir {ticket}").focus()
    cell.keyboard.press("Space")
    cell.get_by_role("button", name="Détacher").focus()
    cell.keyboard.press("Enter")
    expect(outcomes(cell)).to_contain_text("Fait : Détacher")
    assert ticket not in console.linked(incident)
    cell.keyboard.press("u")
    expect(outcomes(cell)).to_contain_text("Fait : Rattacher")
    assert ticket in console.linked(incident)


def test_the_journal_says_who_changed_what(console: Console, cell: Page) -> None:
    incident = console.burst()
    cell.goto(f"/i/{incident}")
    cell.keyboard.press("a")
    expect(outcomes(cell)).to_contain_text("Fait : Prendre")
    cell.goto(f"/i/{incident}/journal")
    expect(cell.get_by_role("row", name="l.petit").first).to_be_visible()


def test_many_lines_without_telephone_bring_a_list_to_check(console: Console, cell: Page) -> None:
    cell.goto(f"/d/{card_of(f'{console.district()}A')}")
    cell.get_by_text("Déclarer un incident ici").click()
    cell.get_by_label("Trouble").select_option("no-phone")
    cell.get_by_role("textbox", name="Ce que l'on sait").fill("Plus de tonalité.")
    cell.get_by_role("button", name="Déclarer").click()
    outcomes(cell).get_by_role("link").click()
    expect(head(cell)).to_contain_text("40 lignes concernées")
    head(cell).locator("summary").focus()
    cell.keyboard.press("Enter")
    expect(head(cell).get_by_role("listitem")).to_have_count(4)
    assert axe(cell).violations == []
