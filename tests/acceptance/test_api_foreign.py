"""Foreign words and bodies at every operation of the API: an answer or an error in its shape."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from correlator.adapters.host import wall_clock
from correlator.adapters.sql import Tokens
from correlator.model import DAY, Verb
from correlator.web.api.operation import Operation
from correlator.web.api.operations import OPERATIONS
from correlator.web.api.shape import JSON
from correlator.web.who import SCOPES
from tests.harness.console import card_of, running_console

if TYPE_CHECKING:
    from tests.harness.console import Console

FOREIGN = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
READ = [one for one in OPERATIONS if one.method == "GET" and JSON in one.media]  # no streams
THIS = "THIS-INCIDENT"
SHAPE = {"code", "reason", "message", "status"}

words = st.one_of(
    st.text(max_size=40),
    st.sampled_from(["", "0", "-1", "1", "~", "1~x", "9" * 30, "x,y", "linked", "open", "\0", "é"]),
)
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)


class Door:
    """A console and a token that opens everything; one connection for all questions."""

    def __init__(self, console: Console) -> None:
        now = wall_clock()
        token = Tokens(console.store.engine).create("all", tuple(SCOPES), "zoé", now, now + DAY)
        self._headers = {"Authorization": f"Bearer {token}"}
        self._connection = HTTPConnection("127.0.0.1", console.web.port, timeout=20)
        self.incident = console.burst(card_of(f"{console.district()}A"))

    def ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        self._connection.request(method, path, body, self._headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read()

    def close(self) -> None:
        self._connection.close()


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with running_console(tmp_path_factory.mktemp("foreign")) as console:
        made = Door(console)
        yield made
        made.close()


def check(status: int, body: bytes) -> None:
    assert status < 500, body
    if status >= 400:
        assert set(json.loads(body)) == SHAPE


@pytest.mark.parametrize("operation", READ, ids=lambda one: one.path)
@given(data=st.data())
@FOREIGN
def test_whatever_is_asked_is_answered_or_refused(
    door: Door, operation: Operation, data: st.DataObject
) -> None:
    def filled(_found: re.Match[str]) -> str:
        return quote(data.draw(words | st.just(door.incident)) or "x", safe="")

    path = re.sub(r"\{\w+(:\w+)?\}", filled, operation.path)
    asked = [one.name for one in operation.params if one.place == "query"]
    names = st.lists(st.sampled_from([*asked, "other"]), max_size=4)
    query = urlencode([(name, data.draw(words)) for name in data.draw(names)])
    check(*door.ask("GET", f"{path}?{query}"))


bodies: st.SearchStrategy[Any] = st.one_of(
    plain,
    st.fixed_dictionaries(
        {"verb": st.sampled_from([verb.value for verb in Verb]) | words},
        optional={
            "incidents": st.lists(
                st.fixed_dictionaries(
                    {"id": st.just(THIS) | words},
                    optional={"rev": st.integers() | st.none() | words},
                ),
                max_size=3,
            )
            | plain,
            "fields": st.dictionaries(
                st.sampled_from(
                    ["text", "reason", "tickets", "code", "restore", "into", "fr", "to"]
                ),
                words,
                max_size=4,
            )
            | plain,
            "now": st.booleans(),
        },
    ),
)


@given(body=bodies)
@FOREIGN
def test_whatever_is_to_be_done_is_done_or_refused(door: Door, body: Any) -> None:
    told = json.dumps(body).replace(THIS, door.incident)
    status, answer = door.ask("POST", "/api/v1/actions", told.encode())
    assert status < 500, answer
    found = json.loads(answer)
    assert set(found) in (SHAPE, {"outcomes"})
    assert all(one["status"] < 500 for one in found.get("outcomes", ()))


@given(body=st.binary(max_size=200))
@FOREIGN
def test_bytes_that_are_no_json_are_refused(door: Door, body: bytes) -> None:
    check(*door.ask("POST", "/api/v1/actions", body))
