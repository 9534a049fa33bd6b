"""From the login to the queue and out again, and an agent's page in the frame of a CRM."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, NamedTuple

import pytest
from playwright.sync_api import expect

from correlator.adapters.host import wall_clock
from correlator.adapters.sql.sessions import Link, Sessions
from tests.harness.browser import axe
from tests.harness.console import Console, running_console
from tests.harness.oidc import Provider, running_provider

if TYPE_CHECKING:
    from playwright.sync_api import Frame, Page

    from tests.harness.browser import Complaints, Contexts

pytestmark = pytest.mark.browser


class Crm:
    """Another site that shows an agent's page in a frame: by its name, so a site of its own."""

    def __init__(self) -> None:
        self.shows = ""
        crm = self

        class Page(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                frame = f'<iframe src="{crm.shows}" width="1100" height="700" title="x"></iframe>'
                icon = '<link rel="icon" href="data:,">'
                self.wfile.write(f"<!doctype html>{icon}<h1>CRM</h1>{frame}".encode())

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("localhost", 0), Page)
        self.url = f"http://localhost:{self.server.server_port}"


@contextmanager
def running_crm() -> Iterator[Crm]:
    crm = Crm()
    thread = Thread(target=crm.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield crm
    finally:
        crm.server.shutdown()
        thread.join()
        crm.server.server_close()


class House(NamedTuple):
    console: Console
    provider: Provider
    crm: Crm

    @property
    def sessions(self) -> Sessions:
        return Sessions(self.console.store.engine)

    def link(self, ticket: str, agent: str = "max") -> str:
        key, _ = self.sessions.link(Link(agent, ticket, ""), "crm", wall_clock())
        return f"{self.console.url}/a/k/{key}"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder: Path = tmp_path_factory.mktemp("login")
    with running_provider() as provider, running_crm() as crm:
        settings = {"oidc": provider.settings(), "frame_ancestors": (crm.url,)}
        with running_console(folder, **settings) as console:
            yield House(console, provider, crm)


@pytest.fixture
def page(house: House, new_context: Contexts) -> Page:
    return new_context(base_url=house.console.url).new_page()


def log_in(page: Page, sub: str) -> None:
    page.get_by_role("button", name=sub, exact=True).click()
    page.wait_for_url(re.compile(r"^http://127\.0\.0\.1:"))


def test_from_the_login_to_the_queue_and_out_again(house: House, page: Page) -> None:
    incident = house.console.burst()
    page.goto(f"/i/{incident}")
    expect(page).to_have_url(re.compile(f"^{house.provider.issuer}/"))
    log_in(page, "zoe")
    expect(page).to_have_url(f"{house.console.url}/i/{incident}")
    expect(page.locator("header .menu summary")).to_have_text("zoe")
    assert axe(page).violations == []
    page.keyboard.press("a")
    expect(page.locator("#outcomes")).to_contain_text("Fait : Prendre")
    assert house.console.incident(incident).acknowledged_by == "zoe"
    page.goto("/")
    expect(page.locator("tbody")).not_to_have_count(0)
    page.locator("header .menu summary").click()
    page.get_by_role("button", name="Quitter").click()
    page.get_by_role("button", name="End session").click()  # at the provider
    expect(page).to_have_url(re.compile(f"^{house.console.url}/logout"))
    expect(page.locator("main")).to_contain_text("Vous n'êtes pas connecté")
    assert axe(page).violations == []
    page.go_back()
    page.goto("/")
    expect(page).to_have_url(re.compile(f"^{house.provider.issuer}/"))


def test_who_has_no_role_is_told_so_and_may_come_as_somebody_else(
    house: House, page: Page, complaints: Complaints
) -> None:
    complaints.allow("status of 403")
    page.goto("/")
    log_in(page, "guest")
    expect(page.locator("main")).to_contain_text("guest n'est dans aucun groupe")
    assert axe(page).violations == []
    page.get_by_role("link", name="Se connecter sous un autre nom").click()
    log_in(page, "max")
    expect(page.locator("header .menu summary")).to_have_text("max")
    assert house.console.url in page.url


def test_a_page_whose_session_ends_says_so_and_goes_on_after_the_next_login(
    house: House, page: Page, complaints: Complaints
) -> None:
    complaints.allow("status of 401", "status of 403", "ERR_INCOMPLETE_CHUNKED_ENCODING")
    incident = house.console.burst()
    page.goto(f"/i/{incident}")
    log_in(page, "zoe")
    expect(page.locator("header .menu summary")).to_have_text("zoe")
    for one in house.sessions.listed(wall_clock()):
        if one.actor == "zoe":
            house.sessions.revoke(one.id, wall_clock())
    page.keyboard.press("a")
    expect(page.locator("#outcomes")).to_contain_text("Session terminée")
    other = page.context.new_page()
    other.goto("/")
    log_in(other, "zoe")
    expect(other.locator("header .menu summary")).to_have_text("zoe")
    page.bring_to_front()
    page.keyboard.press("a")
    expect(page.locator("#outcomes")).to_contain_text("Fait : Prendre")


def framed(house: House, page: Page, link: str) -> Frame:
    house.crm.shows = link
    page.goto(house.crm.url)
    frame = page.frames[1]
    frame.wait_for_load_state()
    return frame


def test_an_agents_page_lives_in_the_frame_of_a_crm(
    house: House, page: Page, complaints: Complaints
) -> None:
    complaints.allow("Shared worker did not start")  # this browser keeps nothing in there
    incident = house.console.burst()
    ticket = house.console.linked(incident)[0]
    frame = framed(house, page, house.link(ticket))
    expect(frame.get_by_role("heading", level=1)).to_contain_text("OUI")
    expect(frame.locator("header .who > span")).to_have_text("max")
    expect(frame.get_by_role("link")).to_have_count(11)  # to skip, nine troubles, the procedure
    assert axe(frame).violations == []
    frame.get_by_role("button", name="J'ai dit").click()
    expect(frame.locator("#outcomes")).to_contain_text("Fait")
    kept = {one["name"]: one for one in page.context.cookies()}
    assert (kept["f"]["sameSite"], kept["f"]["httpOnly"]) == ("None", True)
    # What happens meanwhile comes by itself: the stream is open in there as well.
    house.console.act(incident, "resolve")
    expect(frame.get_by_role("heading", level=1)).to_contain_text("RÉTABLI")
    frame.get_by_role("button", name="Quitter").click()
    expect(frame.locator("main")).to_contain_text("Rouvrez le ticket")


def test_a_page_of_the_console_is_in_no_frame(
    house: House, page: Page, complaints: Complaints
) -> None:
    complaints.allow("frame-ancestors", "chrome-error:")
    page.goto("/n1")
    log_in(page, "zoe")
    expect(page.locator("header .menu summary")).to_have_text("zoe")
    frame = framed(house, page, f"{house.console.url}/static/x/y.css")
    assert "chrome-error" in frame.url


def test_without_scripts_the_way_is_the_same(house: House, new_context: Contexts) -> None:
    context = new_context(base_url=house.console.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/mur")
    log_in(page, "zoe")
    expect(page).to_have_url(f"{house.console.url}/mur")
    page.goto("/")
    page.locator("header .menu summary").click()
    page.get_by_role("button", name="Quitter").click()
    page.get_by_role("button", name="End session").click()  # at the provider
    expect(page).to_have_url(re.compile(f"^{house.console.url}/logout"))
