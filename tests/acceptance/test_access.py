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
from correlator.adapters.sql import Sessions, Tokens, open_store
from correlator.model import DAY
from correlator.web.access import ACCESS, ANYBODY, guarded, need_of
from correlator.web.login.door import OPEN
from correlator.web.responses import PROGRAMS
from correlator.web.routes import ROUTES
from correlator.web.settings import Oidc, WebSettings
from correlator.web.views import Role
from correlator.web.who import CAN, PEOPLE, SCOPES
from tests.harness.console import Web, write_towns
from tools import access_page

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


@pytest.fixture(scope="module")
def tokens(web: House) -> Iterator[Tokens]:
    store = open_store(web.web.settings.store_url)
    yield Tokens(store.engine)
    store.close()


def token(tokens: Tokens, *scopes: str, days: int = 1) -> str:
    now = wall_clock()
    return tokens.create("crm", scopes, "zoé", now, now + days * DAY)


def address(path: str) -> str:
    return re.sub(r"\{\w+(:\w+)?\}", lambda found: "1" if found[1] == ":int" else "nowhere", path)


def status(house: House, method: str, path: str, role: str = "", shown: str = "") -> int:
    """Return what somebody in a role, or with a token, is answered; nobody without either."""
    cookies = {"Cookie": house.cookies[role]} if role else {}
    headers = cookies | ({"Authorization": f"Bearer {shown}"} if shown else {})
    with closing(HTTPConnection("127.0.0.1", house.web.port, timeout=10)) as connection:
        connection.request(method, address(path), headers=headers)
        return connection.getresponse().status  # the stream goes on, and is left


def test_every_route_has_a_line_and_every_line_a_route() -> None:
    asked = {(method, route.path) for route in ROUTES for method in route.methods or ()}
    paths = {path for _, path in asked}
    own = {line for line in ACCESS if " " in line}
    assert {line for line in ACCESS if line not in own} == paths
    assert own <= {f"{method} {path}" for method, path in asked}
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
    need = need_of("GET", path)
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


@pytest.mark.parametrize("path", sorted({*READ, *WRITTEN}))
def test_a_token_opens_what_its_scopes_say_and_nothing_else(
    web: House, tokens: Tokens, path: str
) -> None:
    method = "GET" if path in READ else "POST"
    need = need_of(method, path)
    for scope in ("nowhere", *SCOPES):
        shown = token(tokens, scope)
        found = status(web, method, path, shown=shown)
        program = path.startswith(PROGRAMS)
        may = need == ANYBODY or (program and need in SCOPES.get(scope, ()))
        assert (found != 403) is may, (scope, found)
        assert found != 401
        assert found < 500 or path == "/login"  # there is no provider


@pytest.mark.parametrize("path", sorted({*READ, *WRITTEN}))
def test_a_token_that_has_ended_opens_nothing(web: House, tokens: Tokens, path: str) -> None:
    method = "GET" if path in READ else "POST"
    revoked = token(tokens, *SCOPES)
    tokens.revoke(revoked.split("_")[1], wall_clock())
    for shown in (token(tokens, *SCOPES, days=0), revoked, "cor_0000000000_x"):
        assert status(web, method, path, "admin", shown) == 401


@pytest.mark.parametrize("path", sorted({*READ, *WRITTEN}))
def test_who_shows_nothing_gets_nothing_where_people_log_in(web: House, path: str) -> None:
    if web.web.settings.oidc is None:
        return  # whoever sits at the machine is somebody
    method = "GET" if path in READ else "POST"
    is_open = path in OPEN or path.startswith(("/static/", "/a/k/"))
    assert (status(web, method, path) == 401) is not is_open


def test_a_refusal_of_the_api_has_its_shape(web: House) -> None:
    with closing(HTTPConnection("127.0.0.1", web.web.port, timeout=10)) as connection:
        cookie = {"Cookie": web.cookies["viewer"]}
        connection.request("GET", "/api/v1/answers/T1", headers=cookie)
        answer = connection.getresponse()
        assert answer.status == 403
        assert b'"code":"forbidden"' in answer.read()


# --------------------------------------------------------------------------------- the page


def test_the_page_has_the_tables_as_they_are() -> None:
    page = access_page.PAGE.read_text()
    assert access_page.written(page) == page
    assert access_page.written(page.replace("✓", "", 9)) == page
