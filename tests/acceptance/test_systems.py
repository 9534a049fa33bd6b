"""Systems that show a token, at a console that runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple

import pytest

from correlator.adapters.host import wall_clock
from correlator.adapters.sql import Tokens, open_store
from correlator.adapters.sql.console import audit
from correlator.model import DAY
from correlator.web.settings import Oidc, WebSettings
from tests.harness.command import correlator
from tests.harness.console import Web, write_towns
from tests.harness.waiting import until


class Place(NamedTuple):
    web: Web
    tokens: Tokens
    config: Path
    folder: Path


@pytest.fixture(scope="module", params=["open", "login"])
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("systems")
    url = f"sqlite:///{folder / 'x.db'}"
    store = open_store(url)
    towns = write_towns(folder / "towns")
    config = folder / "correlator.yaml"
    config.write_text(f'topology: {{folder: "{towns}"}}\nstore: {{url: "{url}"}}\n')
    oidc = Oidc("https://login.example", "correlator", {"hotline": "cell"})
    login = oidc if request.param == "login" else None
    web = Web(folder, WebSettings(towns, store_url=url, oidc=login))
    web.start()
    yield Place(web, Tokens(store.engine), config, folder)
    web.kill()
    store.close()


def token(place: Place, *scopes: str, days: int = 1) -> str:
    now = wall_clock()
    return place.tokens.create("crm", scopes, "zoé", now, now + days * DAY)


def ask(place: Place, path: str, shown: str = "", **headers: str) -> tuple[int, str]:
    sent = {"Authorization": f"Bearer {shown}"} if shown else {}
    with closing(HTTPConnection("127.0.0.1", place.web.port, timeout=10)) as connection:
        connection.request("GET", path, headers={**sent, **headers})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


ANSWER = "/api/v1/answers/NOBODY"
PREVIEW = "/api/v1/preview?verb=scope"


def test_a_system_may_what_its_scopes_say(place: Place) -> None:
    assert ask(place, ANSWER, token(place, "answers"))[0] == 404  # allowed, and unknown
    assert ask(place, ANSWER, token(place, "read"))[0] == 403
    assert ask(place, PREVIEW, token(place, "read"))[0] == 200
    assert ask(place, PREVIEW, token(place, "answers"))[0] == 403


def test_pages_are_for_people(place: Place) -> None:
    shown = token(place, "read", "answers", "agents", "act", "rules")
    for path in ("/", "/regles", "/atelier", "/a/NOBODY", "/events", "/f/rows?ids=x"):
        status, body = ask(place, path, shown)
        assert (status, json.loads(body)["code"]) == (403, "forbidden")


@pytest.mark.parametrize("wrong", ["cor_0000000000_x", "nonsense", "cor__", "x" * 5_000])
def test_a_token_that_opens_nothing_is_refused_even_where_nobody_needs_one(
    place: Place, wrong: str
) -> None:
    for path in (ANSWER, "/", "/api/v1/health", "/static/x/y"):
        status, body = ask(place, path, wrong)
        assert (status, json.loads(body)["code"]) == (401, "unauthorized")


def test_an_expired_and_a_revoked_token(place: Place) -> None:
    assert ask(place, ANSWER, token(place, "answers", days=0))[0] == 401
    good = token(place, "answers")
    assert ask(place, ANSWER, good)[0] == 404
    place.tokens.revoke(good.split("_")[1], wall_clock())
    assert ask(place, ANSWER, good)[0] == 401


def test_a_token_counts_only_in_its_header(place: Place) -> None:
    good = token(place, "rules")
    for path, headers in (
        (f"/atelier?access_token={good}", {}),
        ("/atelier", {"Cookie": f"token={good}"}),
        ("/atelier", {"Authorization": f"Basic {good}"}),
    ):
        assert ask(place, path, **headers)[0] in {303, 401, 403}


def test_a_system_is_not_who_its_cookies_say(place: Place) -> None:
    shown = token(place, "read")
    assert ask(place, ANSWER, shown, Cookie="who=zoe; role=admin")[0] == 403


def test_nobody_is_a_system_by_a_cookie(place: Place) -> None:
    assert ask(place, "/atelier", Cookie="who=zoe; role=system")[0] in {303, 401, 403}


def test_what_a_system_does_is_in_the_audit_under_its_name(place: Place) -> None:
    ask(place, ANSWER, token(place, "answers"))
    store = open_store(f"sqlite:///{place.folder / 'x.db'}")

    def noted() -> list[tuple[str, str]]:
        with store.engine.connect() as connection:
            rows = connection.execute(audit.select()).mappings()
            return [(row["actor"], row["role"]) for row in rows if row["what"] == "look"]

    until(lambda: ("crm", "system") in noted())
    store.close()


def test_the_command_makes_shows_and_revokes(place: Place) -> None:
    made = correlator("token", "create", "-c", place.config, "--name", "ivr", "--scope", "answers")
    assert (made.returncode, made.stderr) == (0, "")
    shown = made.stdout.strip()
    assert ask(place, ANSWER, shown)[0] == 404
    listed = correlator("token", "list", "-c", place.config, "--format", "json")
    named = {one["name"]: one for one in json.loads(listed.stdout)}
    assert named["ivr"]["scopes"] == ["answers"]
    assert shown not in listed.stdout
    gone = correlator("token", "revoke", named["ivr"]["id"], "-c", place.config)
    assert gone.returncode == 0
    assert ask(place, ANSWER, shown)[0] == 401
    wrong = correlator("token", "create", "-c", place.config, "--name", "x", "--scope", "all")
    assert (wrong.returncode, "no such scope: all" in wrong.stderr) == (2, True)
