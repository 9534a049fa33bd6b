"""Every route for every role, from a console that runs: what the table says is what is answered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection

import msgspec
import pytest
from starlette.routing import Route

from correlator.adapters.host import wall_clock
from correlator.adapters.sql import Tokens, open_store
from correlator.model import DAY
from correlator.web.access import ACCESS, ANYBODY, guarded, need_of
from correlator.web.responses import PROGRAMS
from correlator.web.routes import ROUTES
from correlator.web.settings import WebSettings
from correlator.web.views import Role
from correlator.web.who import CAN, PEOPLE, SCOPES
from tests.harness.console import Web, write_towns
from tools import access_page

READ = [route.path for route in ROUTES if "GET" in (route.methods or ())]
WRITTEN = [route.path for route in ROUTES if "POST" in (route.methods or ())]
STREAM = "/events"


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    folder = tmp_path_factory.mktemp("access")
    url = f"sqlite:///{folder / 'x.db'}"
    open_store(url).close()
    made = Web(folder, WebSettings(write_towns(folder / "towns"), store_url=url))
    made.start()
    yield made
    made.kill()


@pytest.fixture(scope="module")
def tokens(web: Web) -> Iterator[Tokens]:
    store = open_store(web.settings.store_url)
    yield Tokens(store.engine)
    store.close()


@pytest.fixture(scope="module")
def shut(web: Web, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    settings = msgspec.structs.replace(web.settings, password="sésame")
    made = Web(tmp_path_factory.mktemp("shut"), settings)
    made.start()
    yield made
    made.kill()


def token(tokens: Tokens, *scopes: str, days: int = 1) -> str:
    now = wall_clock()
    return tokens.create("crm", scopes, "zoé", now, now + days * DAY)


def address(path: str) -> str:
    return re.sub(r"\{\w+(:\w+)?\}", lambda found: "1" if found[1] == ":int" else "nowhere", path)


def status(web: Web, method: str, path: str, role: str, **headers: str) -> int:
    with closing(HTTPConnection("127.0.0.1", web.port, timeout=10)) as connection:
        cookies = {"Cookie": f"who=zoe; role={role}"} if role else {}
        connection.request(method, address(path), headers={**cookies, **headers})
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
def test_who_may_is_what_was_agreed(web: Web, path: str, who: str) -> None:
    found = {role.value for role in PEOPLE if status(web, "GET", path, role.value) != 403}
    assert found == set(who.split())


def test_what_routes_need_is_what_roles_have() -> None:
    assert set(ACCESS.values()) - {ANYBODY} <= set().union(*CAN.values())


@pytest.mark.parametrize("role", sorted(PEOPLE))
@pytest.mark.parametrize("path", READ)
def test_a_route_answers_those_who_may_and_refuses_all_others(
    web: Web, path: str, role: Role
) -> None:
    need = need_of("GET", path)
    may = need == ANYBODY or need in CAN[role]
    found = status(web, "GET", path, role.value)
    assert (found != 403) is may
    assert found < 500


@pytest.mark.parametrize("role", sorted(PEOPLE))
@pytest.mark.parametrize("path", WRITTEN)
def test_nobody_writes_without_the_token_of_a_page(web: Web, path: str, role: Role) -> None:
    if path == "/f/since":
        return  # it changes nothing: a question that is too long for an address
    found = status(web, "POST", path, role.value)
    assert found in {403, 422}


@pytest.mark.parametrize("path", sorted({*READ, *WRITTEN}))
def test_a_token_opens_what_its_scopes_say_and_nothing_else(
    web: Web, tokens: Tokens, path: str
) -> None:
    method = "GET" if path in READ else "POST"
    need = need_of(method, path)
    for scope in ("nowhere", *SCOPES):
        shown = token(tokens, scope)
        found = status(web, method, path, "admin", Authorization=f"Bearer {shown}")
        program = path.startswith(PROGRAMS)
        may = need == ANYBODY or (program and need in SCOPES.get(scope, ()))
        assert (found != 403) is may, (scope, found)
        assert found != 401
        assert found < 500


@pytest.mark.parametrize("path", sorted({*READ, *WRITTEN}))
def test_a_token_that_has_ended_opens_nothing(web: Web, tokens: Tokens, path: str) -> None:
    method = "GET" if path in READ else "POST"
    revoked = token(tokens, *SCOPES)
    tokens.revoke(revoked.split("_")[1], wall_clock())
    for shown in (token(tokens, *SCOPES, days=0), revoked, "cor_0000000000_x"):
        assert status(web, method, path, "admin", Authorization=f"Bearer {shown}") == 401


@pytest.mark.parametrize("path", sorted(path for path in ACCESS if path.startswith(PROGRAMS)))
def test_without_a_token_a_program_gets_nothing_where_there_is_a_password(
    shut: Web, path: str
) -> None:
    method = "GET" if path in READ else "POST"
    open_to_all = path == "/api/v1/health"
    assert (status(shut, method, path, "admin") == 401) is not open_to_all


def test_a_refusal_of_the_api_has_its_shape(web: Web) -> None:
    with closing(HTTPConnection("127.0.0.1", web.port, timeout=10)) as connection:
        connection.request("GET", "/api/v1/answers/T1", headers={"Cookie": "role=viewer"})
        answer = connection.getresponse()
        assert answer.status == 403
        assert b'"code":"forbidden"' in answer.read()


# --------------------------------------------------------------------------------- the page


def test_the_page_has_the_tables_as_they_are() -> None:
    page = access_page.PAGE.read_text()
    assert access_page.written(page) == page
    assert access_page.written(page.replace("✓", "", 9)) == page
