"""Who may do what, and two people at the same incident."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.harness.http import get
from tests.harness.waiting import until

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tests.harness.browser import Complaints, Contexts
    from tests.harness.console import Console

pytestmark = pytest.mark.browser


def outcomes(page: Page) -> Locator:
    return page.locator("#outcomes")


def test_the_noc_acknowledges_and_does_not_confirm(console: Console, new_context: Contexts) -> None:
    incident = console.burst()
    page = console.visitor(new_context, who="n.bel", role="noc").new_page()
    page.goto(f"/i/{incident}")
    page.keyboard.press("c")
    expect(page.get_by_role("button", name="Confirmer")).to_have_count(0)
    expect(page.locator("details[name=acts] summary")).to_have_text(
        [re.compile("Périmètre"), re.compile("Opérateur tiers"), re.compile("Note")]
    )
    page.keyboard.press("a")
    expect(outcomes(page)).to_contain_text("Fait : Prendre")
    assert console.incident(incident).acknowledged_by == "n.bel"
    assert console.incident(incident).confirmed_by == ""


def test_what_a_role_does_not_allow_is_refused_with_a_sentence(
    console: Console, new_context: Contexts, complaints: Complaints
) -> None:
    complaints.allow("ERR_FAILED")
    incident = console.burst()
    context = console.visitor(new_context)
    page = context.new_page()
    # Or the button would be gone with the next hint.
    page.route("**/f/**", lambda route: route.abort())
    page.goto(f"/i/{incident}")
    context.add_cookies([{"name": "role", "value": "noc", "url": console.url}])
    page.keyboard.press("c")
    expect(outcomes(page)).to_contain_text("Votre rôle ne permet pas")
    assert console.incident(incident).confirmed_by == ""


@pytest.mark.parametrize("role", ["viewer", "noc"])
def test_who_may_not_see_customers_sees_no_id_of_one(
    console: Console, new_context: Contexts, role: str
) -> None:
    incident = console.burst()
    customer = re.compile("C" + console.incident(incident).domain[4:7])
    page = console.visitor(new_context, role=role).new_page()
    for sheet in ("", "/tickets", "/journal", "/message", "/fermeture"):
        page.goto(f"/i/{incident}{sheet}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.locator("main")).not_to_contain_text(customer)
        expect(page.locator("main")).not_to_contain_text("plus de synchro")
    page = console.visitor(new_context).new_page()
    page.goto(f"/i/{incident}/tickets")
    expect(page.locator("main")).to_contain_text(customer)


def test_a_viewer_changes_nothing_and_asks_no_answer(
    console: Console, new_context: Contexts, complaints: Complaints
) -> None:
    complaints.allow("status of 403")
    incident = console.burst()
    page = console.visitor(new_context, role="viewer").new_page()
    page.goto(f"/?q={incident}")
    for key in "acrwpeslm":
        page.keyboard.press(key)
    expect(page.locator("main [name=verb]:not([value=save-view])")).to_have_count(0)
    places = page.get_by_role("navigation", name="Pages")
    expect(places.get_by_role("link", name="Agent")).to_have_count(0)
    page.goto("/a/C01A100")
    expect(page.get_by_text("Cette page n'est pas ouverte à votre rôle")).to_be_visible()


def test_the_second_of_two_is_told_who_was_first_and_keeps_what_was_typed(
    console: Console, new_context: Contexts
) -> None:
    incident = console.burst()
    mine = console.visitor(new_context, who="l.petit").new_page()
    theirs = console.visitor(new_context, who="m.durand").new_page()
    for page in (mine, theirs):
        page.goto(f"/i/{incident}")
    at = console.clock(45)
    mine.keyboard.press("p")
    mine.keyboard.type(at)
    mine.keyboard.press("Tab")
    mine.keyboard.type("terrain")
    theirs.keyboard.press("a")
    expect(mine.locator("#p-head")).to_contain_text("m.durand")
    mine.keyboard.press("Enter")
    expect(outcomes(mine)).to_contain_text(
        re.compile(r"m\.durand a changé cet incident à \d\d:\d\d")
    )
    expect(mine.locator("#f-promise [name=restore]")).to_have_value(at)
    expect(mine.locator("#f-promise [name=source]")).to_have_value("terrain")
    assert console.incident(incident).promise is None
    mine.keyboard.press("f")
    expect(outcomes(mine)).to_contain_text("Fait : Heure de retour")
    expect(mine.locator("#p-head")).to_contain_text(f"{at} (terrain")
    expect(theirs.locator("#p-head")).to_contain_text(f"{at} (terrain")


def test_in_the_queue_one_of_two_is_refused_and_the_other_done(
    console: Console, new_context: Contexts, complaints: Complaints
) -> None:
    complaints.allow("ERR_FAILED")
    district = console.district()
    incidents = [console.burst(f"DSL-{district}{letter}/C1") for letter in "AB"]
    mine = console.visitor(new_context, who="l.petit").new_page()
    mine.goto(f"/?domaine=DSL-{district}")
    for key in ("j", "x", "j", "x"):
        mine.keyboard.press(key)
    # The first of them changes in another tab while this one is behind.
    mine.route("**/f/rows*", lambda route: route.abort())
    theirs = console.visitor(new_context, who="m.durand").new_page()
    theirs.goto(f"/i/{incidents[0]}")
    theirs.keyboard.press("c")
    expect(outcomes(theirs)).to_contain_text("Fait : Confirmer")
    mine.keyboard.press("a")
    expect(outcomes(mine)).to_contain_text("1 fait, 1 refusé")
    expect(outcomes(mine)).to_contain_text("m.durand a changé cet incident")
    mine.unroute("**/f/rows*")
    mine.keyboard.press("f")
    expect(outcomes(mine)).not_to_contain_text("refusé")
    expect(outcomes(mine)).to_contain_text("Fait : Prendre")
    assert {console.incident(one).acknowledged_by for one in incidents} == {"l.petit"}


def test_a_second_tab_of_the_same_person_knows_at_once(
    console: Console, new_context: Contexts
) -> None:
    incident = console.burst()
    context = console.visitor(new_context)
    first, second = context.new_page(), context.new_page()
    second.goto(f"/?q={incident}")
    first.goto(f"/i/{incident}")
    first.keyboard.press("a")
    expect(outcomes(first)).to_contain_text("Fait : Prendre")
    expect(second.locator(f"#r-{incident}")).to_contain_text("l.petit")


def test_a_hand_over_since_ones_own_visit(console: Console, new_context: Contexts) -> None:
    before, after = console.burst(), console.burst()
    console.act(before, "assign", to="h.roux")
    console.wait(1)
    until(lambda: f"→ {console.clock()}" in get(console.web.port, "/releve").body)
    page = console.visitor(new_context, who="h.roux").new_page()
    page.goto("/releve")
    expect(page.get_by_role("link", name="Depuis ma visite")).to_have_count(0)
    console.wait(31)
    console.act(after, "assign", to="h.roux")
    page.reload()
    decided = page.get_by_role("region", name="décision")
    expect(decided).to_contain_text(before)
    expect(decided).to_contain_text(after)
    page.get_by_role("link", name="Depuis ma visite").click()
    expect(decided).to_contain_text(after)
    expect(decided).not_to_contain_text(before)
    expect(page.get_by_role("button", name="Je reprends")).to_have_count(0)
    page.get_by_role("link", name="Au poste, pour signer").click()
    expect(page.get_by_role("button", name="Je reprends")).to_be_visible()
