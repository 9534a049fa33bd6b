"""One shape at every operation: tags, chosen attributes, methods, media, what cannot be asked."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from typing import Any

import pytest

from correlator.web.api.operation import Operation
from correlator.web.api.operations import OPERATIONS
from correlator.web.api.shape import JSON, OURS, names_of, sparse
from correlator.web.who import SCOPES
from tests.harness.console import Console, card_of, running_console
from tests.harness.posted import CALLBACKS, posted, resource_of
from tests.harness.system import Said, System

SHAPE = {"code", "reason", "message", "status"}
READS = [one for one in OPERATIONS if sparse(one) is not None]


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    with running_console(tmp_path_factory.mktemp("shape"), callbacks=CALLBACKS) as made:
        yield made


@pytest.fixture(scope="module")
def system(console: Console) -> System:
    return System(console, *SCOPES)


@pytest.fixture(scope="module")
def ids(console: Console, system: System) -> dict[str, str]:
    incident = console.burst(card_of(f"{console.district()}A"))
    console.garbage(b"no JSON")
    noted = system.act("note", incident, text="x")
    action = noted.body["outcomes"][0]["action"]
    key = console.linked(incident)[0]
    told = {"incident": incident, "action": action, "key": key, "seq": "1"}
    return told | posted(system)


def address(operation: Operation, ids: dict[str, str]) -> str:
    """Return the address of an operation about something that there is."""
    kind = operation.path.removeprefix(OURS).partition("/")[0]
    own = {**ids, "rules": "access-line-card", "actions": ids["action"]}
    known = {**ids, "id": own.get(resource_of(operation.path) or kind, ids["incident"])}
    path = re.sub(r"\{(\w+)(:\w+)?\}", lambda found: known[found[1]], operation.path)
    return f"{path}?verb=link" if path.endswith("/preview") else path


# ----------------------------------------------------------------------------------- every read


@pytest.mark.parametrize("operation", READS, ids=lambda one: one.path)
def test_a_read_has_a_tag_and_says_nothing_to_who_knows_it(
    system: System, ids: dict[str, str], operation: Operation
) -> None:
    path = address(operation, ids)
    first = system.get(path)
    assert first.status == 200, first.body
    assert re.fullmatch(r'(W/)?"[^"]+"', first.headers["etag"])
    if "health" in path or "changes" in path or "feeds" in path:
        return  # they are another a moment later
    for known in (first.headers["etag"], f'"x", {first.headers["etag"]}', "*"):
        same = system.get(path, If_None_Match=known)
        assert (same.status, same.body) == (304, None)
        assert same.headers["etag"] == first.headers["etag"]
    assert system.get(path, If_None_Match='"x"').status == 200


@pytest.mark.parametrize("operation", READS, ids=lambda one: one.path)
def test_each_attribute_of_a_read_can_be_chosen(
    system: System, ids: dict[str, str], operation: Operation
) -> None:
    path, kind = address(operation, ids), sparse(operation)
    assert kind is not None
    name = names_of(kind)[-1]
    joint = "&" if "?" in path else "?"
    chosen = system.get(f"{path}{joint}fields={name}")
    assert chosen.status == 200
    listed = operation.answer.listed
    for one in chosen.body[listed] if listed else [chosen.body]:
        assert {name} <= set(one) <= {name, "id"}
    for wrong in ("nowhere", "", f"{name},"):
        said = system.get(f"{path}{joint}fields={wrong}")
        assert (said.status, said.body["code"]) == (422, "invalid")


@pytest.mark.parametrize("operation", READS, ids=lambda one: one.path)
def test_what_no_operation_states_cannot_be_asked(
    system: System, ids: dict[str, str], operation: Operation
) -> None:
    path = address(operation, ids).partition("?")[0]
    assert system.get(f"{path}?stat=open").status == 422
    assert system.get(f"{path}?fields=id%00").status == 422
    once = [p.name for p in operation.params if p.place == "query" and p.schema["type"] != "array"]
    for name in once:
        assert system.get(f"{path}?{name}=1&{name}=1").status == 422


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: f"{one.method} {one.path}")
def test_methods_and_media(system: System, ids: dict[str, str], operation: Operation) -> None:
    path = address(operation, ids)
    options = system.ask("OPTIONS", path)
    assert options.status == 204
    allowed = options.headers["allow"].split(", ")
    assert operation.method in allowed
    for method in {"PUT", "DELETE", "PATCH", "POST", "TRACE"} - set(allowed):
        refused = system.ask(method, path)
        assert (refused.status, refused.headers["allow"]) == (405, options.headers["allow"])
        assert set(refused.body) == SHAPE
    if operation.method == "GET":
        head = system.ask("HEAD", path)
        assert (head.status, head.body) == (200, None)
        assert head.headers["content-type"].startswith(operation.media[0])
    other = system.ask(operation.method, path, Accept="image/png")
    assert (other.status, set(other.body)) == (406, SHAPE)


@pytest.mark.parametrize(
    "path",
    ["/api", "/api/", "/api/v1", "/api/v2/x", "/api/v1/nowhere", "/tmf-api/", "/tmf-api/x/v4"],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_where_there_is_nothing(system: System, path: str, method: str) -> None:
    said = system.ask(method, path)
    assert (said.status, said.body["code"]) == (404, "not-found")


# -------------------------------------------------------------------------------------- actions


def send(system: System, body: bytes, kind: str = JSON) -> Said:
    with closing(HTTPConnection("127.0.0.1", system.port, timeout=20)) as connection:
        headers = {"Authorization": f"Bearer {system.token}", "Content-Type": kind}
        connection.request("POST", "/api/v1/actions", body, headers)
        answer = connection.getresponse()
        return Said(answer.status, json.loads(answer.read()), dict(answer.headers))


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json", 422),
        ("application/json; charset=utf-8", 422),
        ("APPLICATION/JSON", 422),
        ("application/x-www-form-urlencoded", 415),
        ("text/plain", 415),
        ("application/jsonx", 415),
    ],
)
def test_only_json_is_read(system: System, kind: str, status: int) -> None:
    said = send(system, b"{}", kind)
    assert (said.status, set(said.body)) == (status, SHAPE)


@pytest.mark.parametrize(
    "body",
    [
        b'{"verb": "note", "incidents": [{"id": "x", "rev": -1}]}',
        b'{"verb": "note", "incidents": [{"id": "x", "rev": 1' + b"0" * 40 + b"}]}",
        b'{"verb": "note", "incidents": [{"id": "x", "rev": 1e400}]}',
        b'{"verb": "note", "incidents": [{"id": "\\ud800"}]}',
        b'{"verb": "note\\u0000", "incidents": [{"id": "x"}]}',
        b'\xff\xfe{"verb"',
        '{"verb": "note"}'.encode("utf-16"),
    ],
)
def test_numbers_and_letters_that_are_none_are_refused(system: System, body: bytes) -> None:
    said = send(system, body)
    assert (said.status, said.body["code"]) == (422, "invalid")


def acknowledge(incident: str, **target: Any) -> dict[str, Any]:
    return {"verb": "acknowledge", "incidents": [{"id": incident, **target}]}


def test_a_tag_stands_for_the_rev_that_was_seen(console: Console, system: System) -> None:
    incident = console.burst()
    path, do = f"/api/v1/incidents/{incident}", "/api/v1/actions"
    seen = system.get(path).headers["etag"]
    console.more(incident, 1)  # another version, of the same rev
    assert system.ask("POST", do, acknowledge(incident), If_Match=seen).status == 200
    stale = system.ask(
        "POST",
        do,
        {"verb": "confirm", **acknowledge(incident)} | {"verb": "confirm"},
        If_Match=seen,
    )
    assert (stale.status, stale.body["code"]) == (412, "stale")
    assert "crm" in stale.body["message"]
    assert console.incident(incident).confirmed_by == ""
    now = system.get(path).headers["etag"]
    agreed = acknowledge(incident, rev=int(now.strip('"').partition(".")[0]))
    assert system.ask("POST", do, agreed | {"verb": "confirm"}, If_Match=now).status == 200
    assert system.ask("POST", do, agreed | {"verb": "unconfirm"}, If_Match="*").status == 412


@pytest.mark.parametrize(
    ("tag", "body"),
    [
        ("x", acknowledge("GI-1")),
        ('W/"1.2"', acknowledge("GI-1")),
        ('"1.2", "1.3"', acknowledge("GI-1")),
        ('"1.2"', acknowledge("GI-1", rev=2)),
        ('"1.2"', {"verb": "acknowledge", "incidents": [{"id": "GI-1"}, {"id": "GI-2"}]}),
        ('"1.2"', {"verb": "note", "incidents": [{"id": "GI-1"}], "fields": {"text": "x"}}),
    ],
)
def test_a_tag_that_can_stand_for_nothing_is_refused(
    system: System, tag: str, body: dict[str, Any]
) -> None:
    said = system.ask("POST", "/api/v1/actions", body, If_Match=tag)
    assert (said.status, said.body["code"]) == (422, "invalid")
    assert "If-Match" in said.body["message"]
