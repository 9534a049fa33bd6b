"""Asking a page of this machine."""

from __future__ import annotations

import json
import re
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Answer(NamedTuple):
    """What a page said."""

    status: int
    kind: str
    body: str


def get(port: int, path: str, cookies: Mapping[str, str] | None = None) -> Answer:
    """Ask a server on this machine for a page."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers={"Cookie": _joined(cookies)} if cookies else {})
        answer = connection.getresponse()
        body = answer.read().decode()
        return Answer(answer.status, answer.headers["Content-Type"], body)
    finally:
        connection.close()


def post(port: int, path: str, body: Any, cookies: Mapping[str, str]) -> Any:
    """Send JSON to the console on this machine, with its own token; returns what it answers."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/a", headers={"Cookie": _joined(cookies)})
        page = connection.getresponse()
        session = re.search(r"\bs=(\w+)", page.headers["Set-Cookie"] or "")
        token = re.search(r'name="csrf" content="(\w+)"', page.read().decode())
        assert token is not None
        own = {"s": session[1]} if session is not None else {}
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "Cookie": _joined({**cookies, **own}),
            "X-CSRF": token[1],
        }
        connection.request("POST", path, json.dumps(body), headers)
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


def _joined(cookies: Mapping[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())
