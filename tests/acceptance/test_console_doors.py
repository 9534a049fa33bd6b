"""The doors of the console, as a process: hosts, origins, tokens, headers."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from urllib.parse import urlencode

import pytest

from correlator.adapters.sql import open_store
from correlator.web.settings import WebSettings
from tests.harness.console import Web, write_towns


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    yield from started(tmp_path_factory.mktemp("door"))


def started(folder: Path) -> Iterator[Web]:
    url = f"sqlite:///{folder / 'x.db'}"
    open_store(url).close()
    web = Web(folder, WebSettings(write_towns(folder / "towns"), store_url=url))
    web.start()
    yield web
    web.kill()


def ask(
    web: Web, method: str, path: str, body: dict[str, str] | None = None, **headers: str
) -> HTTPResponse:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if body is not None:
        sent.setdefault("Content-Type", "application/x-www-form-urlencoded")
    return raw(web, method, path, urlencode(body) if body is not None else None, sent)


def raw(
    web: Web, method: str, path: str, body: str | None, headers: dict[str, str]
) -> HTTPResponse:
    with closing(HTTPConnection("127.0.0.1", web.port, timeout=10)) as connection:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        answer.text = answer.read().decode("utf-8", "replace")  # type: ignore[attr-defined]
        return answer


def text(answer: HTTPResponse) -> str:
    return str(answer.text)  # type: ignore[attr-defined]


def session(web: Web) -> tuple[str, str]:
    """Return the cookie and the token of a new browser."""
    page = ask(web, "GET", "/")
    token = re.search(r'name="csrf" content="(\w+)"', text(page))
    assert token is not None
    return (page.headers["Set-Cookie"] or "").partition(";")[0], token[1]


NOTE = {"verb": "note", "ids": "GI-x", "text": "bonjour"}


def test_a_write_with_the_token_of_its_session_is_taken(door: Web) -> None:
    cookie, token = session(door)
    answer = ask(door, "POST", "/do", {**NOTE, "csrf": token, "back": "/mur"}, Cookie=cookie)
    assert (answer.status, answer.headers["Location"]) == (303, "/mur")


@pytest.mark.parametrize("token", ["", "0" * 40])
def test_a_write_without_it_is_not(door: Web, token: str) -> None:
    cookie, _ = session(door)
    assert ask(door, "POST", "/do", {**NOTE, "csrf": token}, Cookie=cookie).status == 403


def test_nor_is_one_with_the_token_of_another_session(door: Web) -> None:
    (cookie, _), (_, other) = session(door), session(door)
    assert ask(door, "POST", "/do", {**NOTE, "csrf": other}, Cookie=cookie).status == 403


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec_Fetch_Site": "cross-site"}],
)
def test_a_write_from_another_site_is_refused_whatever_it_brings(
    door: Web, headers: dict[str, str]
) -> None:
    cookie, token = session(door)
    answer = ask(door, "POST", "/do", {**NOTE, "csrf": token}, Cookie=cookie, **headers)
    assert answer.status == 403


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", ""])
def test_another_hosts_name_is_refused(door: Web, host: str) -> None:
    assert ask(door, "GET", "/", Host=host).status == 421


@pytest.mark.parametrize("path", ["/", "/mur", "/a", "/nowhere", "/i/GI-1", "/static/x/y.js"])
def test_every_answer_has_the_headers_that_keep_a_browser_in(door: Web, path: str) -> None:
    headers = ask(door, "GET", path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "'unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"


def test_back_never_leads_elsewhere(door: Web) -> None:
    cookie, token = session(door)
    for back in ("//evil.example/", "https://evil.example/", "/\\evil.example"):
        answer = ask(door, "POST", "/do", {**NOTE, "csrf": token, "back": back}, Cookie=cookie)
        assert answer.headers["Location"] == "/", back


def test_what_is_not_there_is_told_in_the_form_that_was_asked_for(door: Web) -> None:
    page = ask(door, "GET", "/nowhere", Accept="text/html")
    assert (page.status, "<html" in text(page)) == (404, True)
    plain = ask(door, "GET", "/nowhere", Accept="application/json")
    assert (plain.status, plain.headers["Content-Type"]) == (404, "application/json")


def test_a_page_that_has_not_changed_is_not_sent_again(door: Web) -> None:
    cookie, _ = session(door)
    first = ask(door, "GET", "/aide/agent", Cookie=cookie)
    tag = first.headers["ETag"]
    again = ask(door, "GET", "/aide/agent", Cookie=cookie, If_None_Match=tag)
    assert (first.status, again.status, text(again)) == (200, 304, "")


def test_a_body_of_another_kind_or_far_too_long_is_refused(door: Web) -> None:
    cookie, token = session(door)
    plain = "application/json"
    for kind, body in (("text/xml", "<x/>"), (plain, "[1]"), (plain, "{")):
        headers = {"Content-Type": kind, "X-CSRF": token, "Cookie": cookie}
        assert raw(door, "POST", "/do", body, headers).status == 422
    long = {"csrf": token, "text": "x" * 300_000}
    assert ask(door, "POST", "/do", long, Cookie=cookie).status == 422


@pytest.mark.parametrize("verb", ["queue", "customers", "", "confirm\0", "x" * 5_000])
def test_what_is_no_verb_is_refused_as_such(door: Web, verb: str) -> None:
    cookie, token = session(door)
    sent = {"verb": verb, "ids": "GI-x", "csrf": token}
    answer = ask(door, "POST", "/do", sent, Cookie=cookie, Accept="application/json")
    (outcome,) = json.loads(text(answer))["outcomes"]
    assert (answer.status, outcome["status"]) == (200, 422)


@pytest.mark.parametrize("said", ["in the file", "in the command"])
def test_no_other_address_without_a_login(tmp_path: Path, said: str) -> None:
    web = "web: {host: 0.0.0.0}\n" if said == "in the file" else ""
    file = tmp_path / "correlator.yaml"
    file.write_text(f"topology: {{folder: inventory}}\n{web}")
    command = [sys.executable, "-m", "correlator.web", "-c", str(file)]
    command += [] if web else ["--host", "0.0.0.0"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert "without a login (web.oidc) only 127.0.0.1 and ::1 are served" in done.stderr
