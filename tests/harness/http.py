"""Asking a page of this machine."""

from __future__ import annotations

from http.client import HTTPConnection
from typing import NamedTuple


class Answer(NamedTuple):
    """What a page said."""

    status: int
    kind: str
    body: str


def get(port: int, path: str) -> Answer:
    """Ask a server on this machine for a page."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read().decode()
        return Answer(answer.status, answer.headers["Content-Type"], body)
    finally:
        connection.close()
