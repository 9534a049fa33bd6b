"""Whoever means harm, at a console that runs."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from tests.harness.console import Console, running_console
from tests.harness.system import System

PATIENCE = 1.0
ALARMS = "/tmf-api/alarmManagement/v4/alarm"


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    with running_console(tmp_path_factory.mktemp("hostile"), patience=PATIENCE) as made:
        yield made


def raw(console: Console, *parts: bytes) -> bytes:
    """Send bytes as they are; return what is answered until the other side ends it."""
    with socket.create_connection(("127.0.0.1", console.web.port), 20) as connection:
        for part in parts:
            connection.sendall(part)
        found = b""
        while some := connection.recv(65_536):
            found += some
        return found


def request(method: str, target: str, *headers: str, body: bytes = b"") -> bytes:
    lines = [f"{method} {target} HTTP/1.1", "Host: 127.0.0.1", "Connection: close", *headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


# ------------------------------------------------------------------------------------- bodies


@pytest.mark.parametrize("path", [ALARMS, "/api/v1/ingest/alertmanager", "/do", "/prefs"])
def test_a_body_that_never_ends_is_waited_for_only_a_while(console: Console, path: str) -> None:
    kind = "application/json" if path.startswith(("/api", "/tmf")) else "application/x-www-form"
    begun = request("POST", path, f"Content-Type: {kind}", "Content-Length: 5000", body=b'{"a": "')
    answer = raw(console, begun)
    assert status(answer) == 408
    if path.startswith(("/api", "/tmf")):
        assert b'"code":"too-slow"' in answer


@pytest.mark.parametrize("path", [ALARMS, "/api/v1/actions"])
def test_a_body_that_is_too_large_is_not_read_to_its_end(console: Console, path: str) -> None:
    token = System(console, "ingest", "act").token
    head = request(
        "POST",
        path,
        "Content-Type: application/json",
        f"Authorization: Bearer {token}",
        "Transfer-Encoding: chunked",
    )
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    answer = raw(console, head, *[chunk] * 4)  # and no end
    assert status(answer) == 413
    assert b'"code":"too-large"' in answer


@pytest.mark.parametrize("deep", ["[" * 100_000, '{"a":' * 30_000])
def test_a_body_that_is_too_deep_is_refused(console: Console, deep: str) -> None:
    said = System(console, "ingest").ask("POST", ALARMS, deep)
    assert said.status == 400
    nested = "{" + '"alarmType":"x",' + '"x":' + '{"a":' * 200 + "1" + "}" * 200 + "}"
    assert System(console, "ingest").ask("POST", ALARMS, nested).status == 400


def test_a_question_that_is_too_large_or_too_deep_is_refused(console: Console) -> None:
    json_of = ("Content-Type: application/json", "Sec-Fetch-Site: same-origin")
    for body in (b" " * 300_000, b"[" * 100_000):
        length = f"Content-Length: {len(body)}"
        assert status(raw(console, request("POST", "/f/since", *json_of, length, body=body))) == 422
    deep = '{"verb": "note", "x": ' + "[" * 50_000
    assert System(console, "act").ask("POST", "/api/v1/actions", deep).status == 422


def test_a_token_of_a_form_that_is_no_ascii_is_none(console: Console) -> None:
    sent = ("Content-Type: application/json", "X-CSRF: \xe9", "Cookie: s=0123456789abcdef0123")
    asked = request("POST", ALARMS, *sent, "Content-Length: 2", body=b"{}")
    assert status(raw(console, asked)) == 403


# -------------------------------------------------------------------------------------- paths


@pytest.mark.parametrize(
    "target",
    [
        "/static/../../../../etc/passwd",
        "/static/x/../../../../../etc/passwd",
        "/static/x/..%2f..%2f..%2f..%2fetc%2fpasswd",
        "/static/x/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/static/x/..%5c..%5cetc%5cpasswd",
        "/static/x//etc/passwd",
        "/static/x/%00",
        "/screens/..%2f..%2fpyproject.toml",
        "/screens/%2e%2e%2faccess.md",
        "/aide/..%2faccess",
    ],
)
def test_no_file_but_ours_is_served(console: Console, target: str) -> None:
    answer = raw(console, request("GET", target))
    assert status(answer) == 404
    assert b"root:" not in answer
    assert b"[project]" not in answer


# ------------------------------------------------------------------------------------ headers


@pytest.mark.parametrize(
    "target",
    [
        "/chercher?q=%0d%0aSet-Cookie:%20evil=1",
        "/chercher?q=GI-%0d%0aSet-Cookie:%20evil=1",
        "/chercher?q=//evil.example/",
        "/chercher?q=\\evil.example",
    ],
)
def test_what_is_searched_for_injects_no_header_and_leads_nowhere_else(
    console: Console, target: str
) -> None:
    head = raw(console, request("GET", target)).split(b"\r\n\r\n")[0].decode("latin-1").lower()
    assert "evil=1" not in [line.partition(":")[2].strip() for line in head.split("\r\n")]
    assert not [line for line in head.split("\r\n") if line.startswith("set-cookie: evil")]
    (location,) = [line[10:] for line in head.split("\r\n") if line.startswith("location: ")]
    assert location.startswith(("/a/", "/i/"))
    assert not location.startswith("//")


@pytest.mark.parametrize(
    "back",
    ["//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil", "/\r\nX: 1",
     "/\t/evil.example", "javascript:alert(1)"],
)  # fmt: skip
def test_no_form_leads_back_to_another_site(console: Console, back: str) -> None:
    page = raw(console, request("GET", "/"))
    (csrf, *_) = re.findall(rb'csrf"?[^>]*?(?:value|content)="(\w+)"', page)
    cookie = page.split(b"set-cookie: ")[1].split(b";")[0].decode()
    body = urlencode({"csrf": csrf.decode(), "lang": "en", "back": back}).encode()
    form = (
        f"Cookie: {cookie}",
        f"Content-Length: {len(body)}",
        "Content-Type: application/x-www-form-urlencoded",
        "Sec-Fetch-Site: same-origin",
    )
    answer = raw(console, request("POST", "/prefs", *form, body=body))
    head = answer.split(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    (location,) = [line[10:] for line in head if line.lower().startswith("location: ")]
    assert status(answer) == 303
    assert location.startswith("/")
    assert not location.startswith(("//", "/\\", "/\t"))
    assert not [line for line in head if line.startswith("X:")]


def test_a_host_that_is_not_ours_is_refused(console: Console) -> None:
    """DNS rebinding: a name of somebody else's that leads to this address."""
    asked = request("GET", "/").replace(b"Host: 127.0.0.1", b"Host: evil.example")
    assert status(raw(console, asked)) == 421
    twice = request("GET", "/api/v1/health", "Host: evil.example")
    assert status(raw(console, twice)) in {400, 421}


# -------------------------------------------------------------------------------------- words


def test_what_people_write_is_nowhere_taken_for_markup(console: Console) -> None:
    hostile = '"><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7*7 }}'
    incident = console.burst()
    console.more(incident, 1)
    console.act(incident, "note", text=hostile)
    console.act(incident, "say", audience="n1", phase="detected", fr=hostile, en=hostile)
    card = console.incident(incident).domain
    line = int(console.linked(incident)[-1][-1]) + 20
    ticket = console.call(f"C{card[4:7]}{card[-1]}{line:02}", text=hostile)
    for path in (
        f"/i/{incident}", f"/i/{incident}/tickets", f"/i/{incident}/journal",
        f"/i/{incident}/message", "/n1", "/", f"/a/{ticket}", f"/d/{card}",
        f"/chercher?q={hostile.replace(' ', '+')}", f"/f/i/{incident}?parts=head,why",
    ):  # fmt: skip
        answer = raw(console, request("GET", path))
        assert b"<script>alert" not in answer, path
        assert b"<img src=x" not in answer, path
        assert b"49}" not in answer, path
