"""The document: valid, whole, with examples that a console has said, in both languages.

`CORRELATOR_WRITE_EXAMPLES=1` writes what this console says into `correlator/web/api/examples.json`.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import validate

import correlator.web.api
from correlator.web.access import ANYBODY, need_of
from correlator.web.api.openapi import TAGS, WORDS, document, examples, name_of, scopes_of
from correlator.web.api.operation import Operation
from correlator.web.api.operations import OPERATIONS
from correlator.web.api.shape import JSON, params_of, sparse
from correlator.web.settings import Oidc
from correlator.web.who import SCOPES
from correlator.web.words.api import FRENCH
from tests.harness.command import ROOT
from tests.harness.console import Console, Web, card_of, customer_of, running_console
from tests.harness.posted import CALLBACKS, body_of, posted, resource_of
from tests.harness.system import System

FILE = Path(correlator.web.api.__file__).with_name("examples.json")
MOST = 2  # of what is in a list
STREAM = "text/event-stream"


def said(operation: Operation) -> dict[str, Any]:
    path = re.sub(r":\w+}", "}", operation.path)
    found: dict[str, Any] = document()["paths"][path][operation.method.lower()]
    return found


def check(schema: dict[str, Any], value: object) -> None:
    """Raise where a value is not what a schema of the document says."""
    known = {"components": document()["components"]}
    Draft202012Validator({**schema, **known}, format_checker=FormatChecker()).validate(value)


# ------------------------------------------------------------------------------ what it says


def test_the_document_is_one() -> None:
    validate(document())


@pytest.mark.parametrize("operation", OPERATIONS, ids=name_of)
def test_an_operation_says_all_there_is_to_it(operation: Operation) -> None:
    found = said(operation)
    assert found["summary"]
    assert found["tags"][0] in {name for name, _ in TAGS}
    need = need_of(operation.method, operation.path)
    if need == ANYBODY:
        assert found["security"] == []
    else:
        assert found["security"] == [{"token": []}, {"session": []}]
        assert {"401", "403", "503"} <= set(found["responses"])
        assert scopes_of(operation)
        assert all(f"`{scope}`" in found["description"] for scope in scopes_of(operation))
    for status, answer in found["responses"].items():
        if status not in {"204", "304"}:
            assert answer["content"]
        if int(status) >= 400 and not (operation.path.endswith("/health") and status == "503"):
            schema = answer["content"][JSON]["schema"]
            assert schema == {"$ref": "#/components/schemas/Problem"}
    assert all(param["description"] for param in found["parameters"])
    in_path = {param["name"] for param in found["parameters"] if param["in"] == "path"}
    assert in_path == set(re.findall(r"\{(\w+)", operation.path))


def test_the_page_has_every_operation() -> None:
    page = (ROOT / "docs" / "api.md").read_text().replace("…/", "/api/v1/incidents/{id}/")
    for operation in OURS:
        assert operation.path.replace(":path", "") + "`" in page, operation.path


def test_moments_have_a_format_and_choices_are_named() -> None:
    incident = document()["components"]["schemas"]["Incident"]["properties"]
    assert incident["onset"] == {"type": "string", "format": "date-time"}
    assert {"type": "null"} in incident["resolved"]["anyOf"]
    assert "open" in incident["state"]["enum"]
    assert "candidate" not in incident["state"]["enum"]


def test_every_statement_is_in_french_as_well() -> None:
    stated = {one.says for one in OPERATIONS} | {says for _, says in TAGS} | set(WORDS.values())
    stated |= {param.says for one in OPERATIONS for param in params_of(one)}
    assert stated == set(FRENCH)


# ------------------------------------------------------------------------------- the examples


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    with running_console(tmp_path_factory.mktemp("examples"), callbacks=CALLBACKS) as made:
        yield made


@pytest.fixture(scope="module")
def system(console: Console) -> System:
    return System(console, *SCOPES)


@pytest.fixture(scope="module")
def frames(console: Console, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """The same system at a console where people log in: there are frames only there."""
    login = Oidc("https://login.example", "correlator", {"hotline": "cell"})
    settings = msgspec.structs.replace(console.web.settings, oidc=login)
    web = Web(tmp_path_factory.mktemp("frames"), settings)
    web.start()
    found = System(console, *SCOPES)
    found.port = web.port
    yield found
    web.kill()


@pytest.fixture(scope="module")
def ids(console: Console, system: System) -> dict[str, str]:
    """Let happen what there is to be read."""
    card = card_of(f"{console.district()}A")
    incident = console.burst(card)
    system.act("promise", incident, restore=console.clock(60), source="NOC", confidence="firm")
    system.act("say", incident, audience="agent", phase="timed", fr="Une panne.", en="A failure.")
    system.act("told", incident, customer=customer_of(card, 1), channel="call", promise="1")
    system.act("promise", incident, restore=console.clock(90), source="NOC", confidence="firm")
    console.garbage(b'{"eventType": "TroubleTicketCreateEvent", "event"')
    noted = system.act("note", incident, text="The technician is on the way.")
    return {
        "incident": incident,
        "action": noted.body["outcomes"][0]["action"],
        "key": console.linked(incident)[0],
        "seq": "1",
        "card": card,
        **posted(system),
    }


REQUEST = "/api/v1/actions"
QUERIES = {"/api/v1/preview": {"verb": "scope", "incident": "{incident}", "domain": "{card}"}}


def asked_of(operation: Operation, ids: dict[str, str]) -> str:
    kind = operation.path.split("/")[3]
    own = {"rules": "access-line-card", **ids}
    known = {**ids, "id": own.get(resource_of(operation.path) or kind, ids["incident"])}
    if operation.path.startswith(REQUEST):
        known["id"] = ids["action"]
    path = re.sub(r"\{(\w+)(:\w+)?\}", lambda found: known[found[1]], operation.path)
    query = {name: value.format(**ids) for name, value in QUERIES.get(operation.path, {}).items()}
    return f"{path}?{urlencode(query)}" if query else path


def shortened(value: Any) -> Any:
    """Return a body with the beginnings of its lists."""
    if isinstance(value, list):
        return [shortened(one) for one in value[:MOST]]
    if isinstance(value, dict):
        return {name: shortened(one) for name, one in value.items()}
    return value


def events(system: System, path: str) -> str:
    with closing(HTTPConnection("127.0.0.1", system.port, timeout=20)) as connection:
        connection.request("GET", path, headers={"Authorization": f"Bearer {system.token}"})
        answer = connection.getresponse()
        return b"".join(answer.readline() for _ in range(4)).decode()


def told(system: System, operation: Operation, ids: dict[str, str]) -> dict[str, Any]:
    """Return the examples of an operation, as the console says them."""
    path = asked_of(operation, ids)
    if STREAM in operation.media:
        return {"200": {STREAM: events(system, path)}}
    body, found = None, {}
    if operation.body is not None:
        target = {
            "id": ids["incident"],
            "rev": system.get(f"/api/v1/incidents/{ids['incident']}").body["rev"],
        }
        note = {"verb": "note", "incidents": [target], "fields": {"text": "Card replaced."}}
        body = body_of(operation.method, operation.path, ids["serviceProblem"]) or note
        found["request"] = {JSON: body}
    answer = system.ask(operation.method, path, body)
    assert answer.status in operation.statuses, answer
    found[str(answer.status)] = {JSON: shortened(answer.body)} if answer.body is not None else {}
    for media in set(operation.media) - {JSON}:
        lines = system.get(path, Accept=media).body.splitlines(keepends=True)
        found[str(answer.status)][media] = "".join(lines[: MOST + 1])
    return found


OURS = [one for one in OPERATIONS if one.path.startswith("/api/v1/")]


def test_examples_are_what_a_console_says(
    system: System, frames: System, ids: dict[str, str]
) -> None:
    in_order = sorted(OPERATIONS, key=lambda one: one.method == "DELETE")
    made = {
        name_of(one): told(frames if one.path.endswith("agent-links") else system, one, ids)
        for one in in_order
    }
    if os.environ.get("CORRELATOR_WRITE_EXAMPLES"):
        FILE.write_text(json.dumps(made, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
        return
    for name, found in made.items():
        assert set(examples()[name]) == set(found), name
        for status, by_media in found.items():
            kept = examples()[name][status]
            assert set(kept) == set(by_media), name
            if isinstance(kept.get(JSON), dict):
                assert set(kept[JSON]) == set(by_media[JSON]), name


@pytest.mark.parametrize("operation", OPERATIONS, ids=name_of)
def test_an_example_is_what_the_document_says(operation: Operation) -> None:
    found, kept = said(operation), examples()[name_of(operation)]
    for status, by_media in kept.items():
        if not by_media:
            continue  # there is nothing to say
        content = (found["requestBody"] if status == "request" else found["responses"][status])[
            "content"
        ]
        for media, body in by_media.items():
            assert content[media]["example"] == body
            if media == JSON:
                check(content[media]["schema"], body)
    assert any(status != "request" for status in kept)


@pytest.mark.parametrize("operation", [one for one in OURS if sparse(one) is not None], ids=name_of)
def test_an_example_has_every_attribute(operation: Operation) -> None:
    """Each is shown once at least: but for what depends on what is asked for."""
    kind = sparse(operation)
    body = examples()[name_of(operation)]["200"][JSON]
    one = body[operation.answer.listed][0] if operation.answer.listed else body
    schema = document()["components"]["schemas"][kind.__name__]
    assert set(one) == set(schema["properties"])
