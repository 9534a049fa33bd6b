"""What cannot be taken is refused at its field, and nothing typed is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.harness.console import Console

pytestmark = pytest.mark.browser

LONG = "x" * 2001

CASES = {
    "a note that is too long": ("note", {"text": LONG}, "text", "2 001 caractères, 2 000 au plus"),
    "a note with a bell in it": ("note", {"text": "avant\x07après"}, "text", "position 6"),
    "a time that is none": (
        "promise",
        {"restore": "bientôt", "source": "NOC"},
        "restore",
        "« bientôt » n'est pas une heure : écrire 20:15",
    ),
    "a ticket that nobody has": ("link", {"tickets": "T77777"}, "tickets", "Ticket inconnu"),
    "equipment that nobody has": ("scope", {"domain": "DSL-XX"}, "domain", "inconnu : DSL-XX"),
    "a split without tickets": ("split", {"domain": "DSL-01A/C2"}, "tickets", "Il manque"),
}


def fill(page: Page, verb: str, values: dict[str, str]) -> None:
    """Fill the form of a verb, whatever the browser itself would hold back."""
    form = page.locator(f"#f-{verb}")
    form.evaluate("(form) => { form.closest('details').open = true; form.noValidate = true; }")
    for name, value in values.items():
        field = form.locator(f"[name={name}]")
        field.evaluate("(field) => field.removeAttribute('maxlength')")
        field.fill(value)
    form.locator("button.go").click()


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_it_is_refused_at_its_field_and_stays_there(
    console: Console, cell: Page, case: tuple[str, dict[str, str], str, str]
) -> None:
    verb, values, field, words = case
    incident = console.burst()
    cell.goto(f"/i/{incident}")
    fill(cell, verb, values)
    expect(cell.locator("#outcomes")).to_contain_text(words)
    wrong = cell.locator(f"#f-{verb} [name={field}]")
    expect(wrong).to_have_attribute("aria-invalid", "true")
    expect(wrong).to_be_focused()
    for name, value in values.items():
        expect(cell.locator(f"#f-{verb} [name={name}]")).to_have_value(value)
    changes = [change for change in console.journal(incident) if change[0] == "l.petit"]
    assert changes == []


def test_a_time_that_is_past_is_refused(console: Console, cell: Page) -> None:
    incident = console.burst()
    cell.goto(f"/i/{incident}")
    fill(cell, "promise", {"restore": console.clock(-5), "source": "NOC"})
    expect(cell.locator("#outcomes")).to_contain_text(f"{console.clock(-5)} est déjà passé")
    expect(cell.locator("#f-promise [name=restore]")).to_have_attribute("aria-invalid", "true")


def test_a_corrected_field_is_no_longer_marked(console: Console, cell: Page) -> None:
    incident = console.burst()
    cell.goto(f"/i/{incident}")
    fill(cell, "promise", {"restore": "bientôt", "source": "NOC"})
    field = cell.locator("#f-promise [name=restore]")
    expect(field).to_have_attribute("aria-invalid", "true")
    field.fill(console.clock(60))
    cell.keyboard.press("Enter")
    expect(cell.locator("#outcomes")).to_contain_text("Fait : Heure de retour")
    expect(field).not_to_have_attribute("aria-invalid", "true")


def test_a_draft_that_is_too_long_is_kept(console: Console, cell: Page) -> None:
    incident = console.burst()
    cell.goto(f"/i/{incident}/message")
    text = cell.locator("form[data-text=agent] [name=fr]")
    text.evaluate("(field) => field.removeAttribute('maxlength')")
    text.fill(LONG)
    cell.keyboard.press("Control+Enter")
    expect(cell.locator("#outcomes")).to_contain_text("2 000 au plus")
    expect(text).to_have_value(LONG)
    cell.reload()
    expect(text).to_have_value(LONG)
