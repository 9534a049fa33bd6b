"""Who is asking, and what each role may."""

import pytest
from starlette.requests import HTTPConnection

from correlator.model import Verb
from correlator.web.acting import HELD, INVERSE
from correlator.web.views import Role
from correlator.web.who import CAN, Tokens, Who, who


def asking(cookies: str) -> HTTPConnection:
    return HTTPConnection({"type": "http", "headers": [(b"cookie", cookies.encode())]})


def test_whoever_says_nothing_is_the_console_in_the_role_that_is_given() -> None:
    assert who(asking(""), role=Role.VIEWER) == Who("console", Role.VIEWER)


@pytest.mark.parametrize("name", ["l.petit", "Zoé Durand", "m@op.example"])
def test_a_name_is_taken_as_it_is(name: str) -> None:
    scope = {
        "type": "http",
        "headers": [(b"cookie", f'who="{name}"; role=agent'.encode("latin-1"))],
    }
    assert who(HTTPConnection(scope)) == Who(name, Role.AGENT)


@pytest.mark.parametrize(
    "cookies", ["who=<b>; role=root", "who=" + "x" * 61, "role=CELL", "role=system"]
)
def test_neither_markup_nor_an_unknown_role_is_taken(cookies: str) -> None:
    assert who(asking(cookies)) == Who("console", Role.CELL)


def test_roles_may_what_the_table_says() -> None:
    assert "confirm" not in CAN[Role.AGENT] | CAN[Role.NOC] | CAN[Role.VIEWER]
    assert {"link", "not-this", "told"} <= CAN[Role.AGENT]
    assert {"acknowledge", "scope", "external"} <= CAN[Role.NOC]
    assert "customers" not in CAN[Role.NOC] | CAN[Role.VIEWER]
    assert {verb.value for verb in Verb} - {"message"} <= CAN[Role.CELL]


def test_nobody_who_may_do_something_lacks_its_inverse() -> None:
    for role, may in CAN.items():
        for verb, inverse in INVERSE.items():
            assert verb not in may or inverse in may or role is Role.NOC, (role, verb)
        assert not HELD & may or "cancel" in may


def test_a_token_is_of_one_purpose_one_session_and_one_process() -> None:
    one, other = Tokens(b"a" * 32), Tokens(b"b" * 32)
    token = one.make("csrf", "s1")
    assert one.valid("csrf", "s1", token)
    assert not one.valid("csrf", "s2", token)
    assert not one.valid("other", "s1", token)
    assert not other.valid("csrf", "s1", token)
    assert not one.valid("csrf", "", one.make("csrf", ""))
