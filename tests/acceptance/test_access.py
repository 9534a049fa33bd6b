"""Every route for every role, from a console that runs: what the table says is what is answered."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from http.client import HTTPConnection
from typing import NamedTuple

import pytest
from starlette.routing import Route

from correlator.adapters.host import wall_clock
from correlator.adapters.sql import Sessions, open_store
from correlator.web.access import ACCESS, ANYBODY, guarded
from correlator.web.routes import ROUTES
from correlator.web.settings import Oidc, WebSettings
from correlator.web.views import Role
from correlator.web.who import CAN, PEOPLE, SCOPES
from tests.harness.command import ROOT
from tests.harness.console import Web, write_towns

READ = [route.path for route in ROUTES if "GET" in (route.methods or ())]
WRITTEN = [route.path for route in ROUTES if "POST" in (route.methods or ())]
STREAM = "/events"


class House(NamedTuple):
    """A console, and what somebody in each role shows it."""

    web: Web
    cookies: Mapping[str, str]


@pytest.fixture(scope="module", params=["chosen by hand", "logged in"])
def web(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("access")
    url = f"sqlite:///{folder / 'x.db'}"
    store = open_store(url)
    oidc = Oidc("https://login.example", "correlator", {"hotline": "cell"})
    login = oidc if request.param == "logged in" else None
    made = Web(folder, WebSettings(write_towns(folder / "towns"), store_url=url, oidc=login))
    made.start()
    cookies = {role.value: f"who=zoe; role={role}" for role in PEOPLE}
    if login is not None:
        sessions = Sessions(store.engine)
        opened = {role.value: sessions.open("zoe", role, wall_clock()) for role in PEOPLE}
        cookies = {role: f"s={secret}; role=admin" for role, (_, secret) in opened.items()}
    yield House(made, cookies)
    made.kill()
    store.close()


def address(path: str) -> str:
    return re.sub(r"\{\w+(:\w+)?\}", lambda found: "1" if found[1] == ":int" else "nowhere", path)


def status(house: House, method: str, path: str, role: str) -> int:
    with closing(HTTPConnection("127.0.0.1", house.web.port, timeout=10)) as connection:
        connection.request(method, address(path), headers={"Cookie": house.cookies[role]})
        return connection.getresponse().status  # the stream goes on, and is left


def test_every_route_has_a_line_and_every_line_a_route() -> None:
    assert {route.path for route in ROUTES} == set(ACCESS)
    with pytest.raises(KeyError):
        guarded([Route("/nowhere", lambda _: None)])


@pytest.mark.parametrize(
    ("path", "who"),
    [
        ("/", "viewer agent cell noc admin"),
        ("/a", "agent cell noc admin"),
        ("/atelier", "noc admin"),
        ("/releve", "cell noc admin"),
        ("/entrainement", "cell noc admin"),
        ("/regles", "viewer agent cell noc admin"),
        ("/api/v1/answers/{key:path}", "agent cell noc admin"),
    ],
)
def test_who_may_is_what_was_agreed(web: House, path: str, who: str) -> None:
    found = {role.value for role in PEOPLE if status(web, "GET", path, role.value) != 403}
    assert found == set(who.split())


def test_what_routes_need_is_what_roles_have() -> None:
    assert set(ACCESS.values()) - {ANYBODY} <= set().union(*CAN.values(), *SCOPES.values())


@pytest.mark.parametrize("role", sorted(PEOPLE))
@pytest.mark.parametrize("path", READ)
def test_a_route_answers_those_who_may_and_refuses_all_others(
    web: House, path: str, role: Role
) -> None:
    need = ACCESS[path]
    may = need == ANYBODY or need in CAN[role]
    found = status(web, "GET", path, role.value)
    assert (found != 403) is may
    assert found < 500


@pytest.mark.parametrize("role", sorted(PEOPLE))
@pytest.mark.parametrize("path", WRITTEN)
def test_nobody_writes_without_the_token_of_a_page(web: House, path: str, role: Role) -> None:
    if path == "/f/since":
        return  # it changes nothing: a question that is too long for an address
    found = status(web, "POST", path, role.value)
    assert found in {403, 422} or (path == "/logout" and found == 404)  # there is no login


def test_a_refusal_of_the_api_has_its_shape(web: House) -> None:
    with closing(HTTPConnection("127.0.0.1", web.web.port, timeout=10)) as connection:
        cookie = {"Cookie": web.cookies["viewer"]}
        connection.request("GET", "/api/v1/answers/T1", headers=cookie)
        answer = connection.getresponse()
        assert answer.status == 403
        assert b'"code":"forbidden"' in answer.read()


# --------------------------------------------------------------------------------- the page


def table(heading: str) -> dict[str, list[str]]:
    """Return a table of the page about access: first column → the others, without quotes."""
    text = (ROOT / "docs" / "access.md").read_text().split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| `")]
    cells = [[cell.strip(" `") for cell in "| ".join(row).split("|")] for row in rows]
    return {cell[0]: cell[1:] for cell in cells}


def test_the_page_says_what_roles_may() -> None:
    roles = (Role.VIEWER, Role.AGENT, Role.CELL, Role.NOC, Role.ADMIN)
    said = table("People")
    assert set(said) == set().union(*CAN.values())
    for what, marks in said.items():
        there = [*marks, *[""] * len(roles)][: len(roles)]
        assert [mark == "✓" for mark in there] == [what in CAN[role] for role in roles], what


def test_the_page_says_what_scopes_open_and_addresses_need() -> None:
    opened = {
        name: set(re.findall(r"[\w-]+", cells[0])) for name, cells in table("Systems").items()
    }
    assert opened == {name: set(what) for name, what in SCOPES.items()}
    needed = {path: cells[0] for path, cells in table("Addresses").items()}
    assert needed == {path: need or "nothing" for path, need in ACCESS.items()}
