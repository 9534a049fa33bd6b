"""The rule workshop by keyboard: from an idea to rules in force, and back again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
import pytest
from playwright.sync_api import expect

from correlator.model import JobState
from tests.harness.waiting import until

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tests.harness.browser import Complaints, Contexts
    from tests.harness.console import Console

pytestmark = pytest.mark.browser


@pytest.fixture
def noc(console: Console, new_context: Contexts) -> Page:
    return console.visitor(new_context, who="p.roux", role="noc").new_page()


def reach(page: Page, wanted: Locator) -> None:
    """Go on with the tab key until something has the focus."""
    for _ in range(150):
        if wanted.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{wanted} is not reached")


def press(page: Page, wanted: Locator) -> None:
    reach(page, wanted)
    page.keyboard.press("Enter")


def close_after(console: Console) -> str:
    files = console.workshop.desk.in_force()
    assert files is not None
    found = console.workshop.desk.ruleset(files.ruleset)
    assert found is not None
    hours = re.search(r"close_after: (\d+h)", found.files["access.yaml"])
    assert hours is not None
    return hours[1]


def change(page: Page, before: str, after: str) -> None:
    """Select some words in the editor and type others, as somebody does who searches in it."""
    field = page.get_by_label("Contenu de access.yaml")
    reach(page, field)
    field.evaluate(
        """(field, words) => {
            const at = field.value.indexOf(words);
            field.setSelectionRange(at, at + words.length);
        }""",
        before,
    )
    page.keyboard.type(after)


def test_from_an_idea_to_rules_in_force_and_back_again(
    console: Console, noc: Page, complaints: Complaints
) -> None:
    complaints.allow("status of 422")  # the one with a mistake
    first = close_after(console)
    noc.goto("/regles")
    press(noc, noc.get_by_role("link", name="Atelier des règles"))
    press(noc, noc.get_by_role("link", name="Nouveau brouillon"))
    change(noc, f"close_after: {first}", "close_aftr: 15h")
    reach(noc, noc.get_by_label("Pourquoi ce changement"))
    noc.keyboard.type("Les clients rappellent le lendemain")
    press(noc, noc.get_by_role("button", name="Enregistrer le brouillon"))

    wrong = noc.get_by_role("alert").filter(has_text="Rien n'est enregistré")
    expect(wrong).to_contain_text("unknown key 'close_aftr': did you mean 'close_after'?")
    change(noc, "close_aftr: 15h", "close_after: 15h")
    press(noc, noc.get_by_role("button", name="Enregistrer le brouillon"))

    expect(noc.get_by_role("heading", level=1)).to_have_text("Les clients rappellent le lendemain")
    expect(noc.locator(".difference .more")).to_contain_text("close_after: 15h")
    expect(noc.get_by_text("En attente.")).to_be_visible()
    _tests_pass(console)
    expect(noc.get_by_text("9 tests passés.")).to_be_visible()  # without a reload

    reach(noc, noc.get_by_label("Pourquoi passer outre"))
    noc.keyboard.type("L'orage n'attend pas")
    noc.keyboard.press("Enter")
    expect(noc.get_by_text("En vigueur dès que le moteur l'a lu")).to_be_visible()
    assert close_after(console) == "15h"
    until(lambda: _in_force_at_engine(console))

    press(noc, noc.get_by_role("link", name="L'atelier"))
    expect(noc.get_by_text("passé outre : L'orage n'attend pas").first).to_be_visible()
    press(noc, noc.get_by_role("row", name="par le dossier du moteur").get_by_role("link").last)
    reach(noc, noc.get_by_label("Pourquoi"))
    noc.keyboard.type("Trop bruyant")
    noc.keyboard.press("Enter")
    expect(noc.get_by_text("De retour dès que le moteur les a lues")).to_be_visible()
    assert close_after(console) == first
    until(lambda: _in_force_at_engine(console))


def _tests_pass(console: Console) -> None:
    """Do what the process beside the daemon does."""
    desk = console.workshop.desk
    while (job := desk.claim_job("test", console.now, 1_000)) is not None:
        desk.report_job(msgspec.structs.replace(job, state=JobState.DONE, done=9, all=9))


def _in_force_at_engine(console: Console) -> bool:
    now = console.workshop.desk.in_force()
    return now is not None and console.rules_in_force() == now.version


def test_who_is_not_of_the_noc_sees_no_drafts_and_changes_nothing(
    console: Console, cell: Page, complaints: Complaints
) -> None:
    complaints.allow("status of 403")
    draft = console.draft(16, "Une idée")
    cell.goto("/regles")
    expect(cell.get_by_role("link", name="Atelier des règles")).to_have_count(0)
    for address in ("/atelier", "/atelier/editer", f"/atelier/b/{draft.id}", "/atelier/v/x"):
        answer = cell.goto(address)
        assert answer is not None
        assert answer.status == 403
    cell.goto("/")
    said = cell.evaluate(
        """async (draft) => {
            const csrf = document.querySelector("meta[name=csrf]").content;
            const answer = await fetch("/do", {
                method: "POST",
                headers: {
                    "Content-Type": "application/json", "Accept": "application/json",
                    "X-CSRF": csrf,
                },
                body: JSON.stringify({ verb: "draft-promote", draft, override: "because" }),
            });
            return (await answer.json()).outcomes.map(({ status }) => status);
        }""",
        draft.id,
    )
    assert said == [403]
    found = console.workshop.desk.draft(draft.id)
    assert found == draft
