"""The page follows the server, under the hands of whoever works on it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.harness.console import TOWNS, card_of
from tests.harness.http import get

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.harness.browser import Complaints, Contexts
    from tests.harness.console import Console

pytestmark = pytest.mark.browser

UPDATES = 30
TABS = 10


def versions(page: Page) -> dict[str, str]:
    """Return the version of each row on the page."""
    found: dict[str, str] = page.locator("#queue tbody").evaluate_all(
        "(rows) => Object.fromEntries(rows.map((row) => [row.id.slice(2), row.dataset.version]))"
    )
    return found


def test_thirty_updates_leave_selection_text_caret_and_panel_alone(
    console: Console, cell: Page
) -> None:
    district, page = console.district(), cell
    first, second, third = (console.burst(card_of(f"{district}{letter}")) for letter in TOWNS)
    page.goto(f"/?domaine=DSL-{district}")
    for key in ("j", "x", "j", "x", "r", "Tab"):
        page.keyboard.press(key)
    field = page.locator("details[data-key=r] [name=reason]")
    expect(field).to_be_focused()
    page.keyboard.type("à moitié écrit")
    for _ in range(4):
        page.keyboard.press("ArrowLeft")
    before = versions(page)
    for _ in range(UPDATES // 3):
        for incident in (first, second, third):
            console.more(incident, 1)
    for incident in (first, second, third):
        row = page.locator(f"#r-{incident}")
        expect(row).to_have_attribute("data-version", str(console.incident(incident).version))
        expect(row).to_contain_text(f"{console.incident(incident).linked} tickets")
    assert all(version != before[incident] for incident, version in versions(page).items())
    expect(field).to_be_focused()
    expect(field).to_have_value("à moitié écrit")
    assert field.evaluate("(field) => field.selectionStart") == len("à moitié é")
    expect(page.locator("details[data-key=r]")).to_have_attribute("open", "")
    for incident, chosen in ((first, True), (second, True), (third, False)):
        expect(page.locator(f"#r-{incident}").get_by_role("checkbox")).to_be_checked(checked=chosen)
    expect(page.locator("#target")).to_have_text("2 choisis")


def test_new_rows_wait_behind_a_button_and_the_focused_one_does_not_move(
    console: Console, cell: Page
) -> None:
    district, page = console.district(), cell
    first = console.burst(card_of(f"{district}A"))
    page.goto(f"/?domaine=DSL-{district}")
    page.keyboard.press("j")
    place = page.locator(f"#r-{first}").bounding_box()
    second = console.burst(card_of(f"{district}B"), callers=12)
    button = page.get_by_role("button", name=re.compile("^1 nouveau "))
    expect(button).to_be_visible()
    expect(page.locator(f"#r-{second}")).to_have_count(0)
    expect(page.locator(f"#r-{first}").get_by_role("link")).to_be_focused()
    assert page.locator(f"#r-{first}").bounding_box() == place
    expect(page).to_have_title(re.compile(r"^\(2\) "))
    page.keyboard.press("n")
    expect(page.locator(f"#r-{second}")).to_be_visible()
    expect(button).to_be_hidden()
    expect(page.locator(f"#r-{first}").get_by_role("link")).to_be_focused()


def test_a_half_typed_text_of_the_message_page_stays_through_updates_and_a_reload(
    console: Console, cell: Page
) -> None:
    incident, page = console.burst(), cell
    page.goto(f"/i/{incident}/message")
    text = page.locator("form[data-text=agent] [name=fr]")
    text.focus()
    page.keyboard.press("Control+Home")
    page.keyboard.type("Bonjour. ")
    for _ in range(5):
        console.more(incident, 1)
    expect(page.locator("#p-head")).to_have_attribute(
        "data-version", str(console.incident(incident).version)
    )
    expect(text).to_be_focused()
    expect(text).to_have_value(re.compile("^Bonjour. Nous avons"))
    assert text.evaluate("(text) => text.selectionStart") == len("Bonjour. ")
    page.reload()
    expect(text).to_have_value(re.compile("^Bonjour. Nous avons"))
    page.keyboard.press("Control+Enter")
    expect(page.locator("#outcomes")).to_contain_text("Fait : Message")
    page.reload()
    expect(page.locator("#p-texts")).to_contain_text("Bonjour. Nous avons")


def test_an_incident_asks_once_for_all_that_a_hint_renews(console: Console, cell: Page) -> None:
    incident, page = console.burst(), cell
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.partition("/f/i/")[2]))
    page.goto(f"/i/{incident}")
    with page.expect_response("**/f/i/**"):
        console.more(incident, 1)
    version = str(console.incident(incident).version)
    expect(page.locator("#p-head")).to_have_attribute("data-version", version)
    panels = "head,why,promise,closing,notes,rate,network,timeline"
    assert {one for one in asked if one} == {f"{incident}?parts={panels}"}


def test_panels_that_there_are_not_are_refused(console: Console) -> None:
    incident = console.burst()
    assert get(console.web.port, f"/f/i/{incident}?parts=head,closing").status == 200
    for wrong in ("?parts=head,none", "?parts=", "", "/none"):
        assert get(console.web.port, f"/f/i/{incident}{wrong}").status == 404


def test_without_the_server_the_page_says_so_and_an_hour_later_no_row_is_stale(
    own_console: Console, new_context: Contexts, complaints: Complaints
) -> None:
    complaints.allow("ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED_ENCODING", "ERR_EMPTY")
    complaints.allow("ERR_CONNECTION_RESET")
    console = own_console
    stays = console.burst(card_of("01A"))
    goes = console.burst(card_of("02A"))
    context = console.visitor(new_context)
    page, sheet = context.new_page(), context.new_page()
    for each in (page, sheet):
        each.clock.install()
    page.goto("/")
    sheet.goto(f"/i/{stays}")
    sheet.keyboard.press("p")
    sheet.keyboard.type("half")
    console.web.kill()
    for each in (page, sheet):
        each.clock.fast_forward(16_000)
        frozen = re.compile(r"Données figées depuis \d\d:\d\d")
        expect(each.locator("#figed")).to_contain_text(frozen)
    page.keyboard.press("a")
    expect(page.locator("#outcomes")).to_contain_text("Données figées")
    expect(sheet.locator("#f-promise [name=restore]")).to_have_value("half")
    console.wait(30)
    console.more(stays, 3)
    console.wait(30)
    assert console.incident(goes).state == "resolved"
    console.web.start()
    for each in (page, sheet):
        expect(each.locator("#figed")).to_be_hidden(timeout=30_000)
    row = page.locator(f"#r-{goes}")
    expect(row).to_have_attribute("data-band", "restored")
    expect(page.locator(f"#b-restored #r-{goes}")).to_be_visible()
    stored = {one: str(console.incident(one).version) for one in (stays, goes)}
    assert versions(page) == stored
    expect(sheet.locator("#f-promise [name=restore]")).to_have_value("half")
    expect(sheet.locator("#p-head")).to_have_attribute("data-version", stored[stays])


def test_after_a_restart_of_the_server_an_open_page_still_acts(
    own_console: Console, new_context: Contexts, complaints: Complaints
) -> None:
    complaints.allow("ERR_", "status of 403")
    console = own_console
    incident = console.burst(card_of("01A"))
    page = console.visitor(new_context).new_page()
    with page.expect_response("**/f/since"):  # with the stream, once its worker has loaded
        page.goto("/")
    console.web.kill()
    console.web.start()
    page.keyboard.press("a")
    expect(page.locator("#outcomes")).to_contain_text("Fait : Prendre")
    assert console.incident(incident).acknowledged_by == "l.petit"


def test_ten_tabs_share_one_connection_and_all_of_them_follow(
    own_console: Console, new_context: Contexts
) -> None:
    """The server takes one stream: a second one would be refused, which the browser says."""
    console = own_console
    first = console.burst(card_of("01A"))
    context = console.visitor(new_context)
    tabs = [context.new_page() for _ in range(TABS)]
    for tab in tabs:
        tab.goto("/")
    second = console.burst(card_of("02A"))
    for tab in tabs:
        tab.bring_to_front()
        expect(tab.get_by_role("button", name=re.compile("^1 nouveau "))).to_be_visible()
    console.more(first, 2)
    for tab in tabs:
        tab.bring_to_front()
        version = str(console.incident(first).version)
        expect(tab.locator(f"#r-{first}")).to_have_attribute("data-version", version)
    assert second
    tabs.pop().close()
    tabs[0].reload()
    expect(tabs[0].locator(f"#r-{second}")).to_be_visible()
    assert get(console.web.port, "/events").status == 503
