"""Writes are taken from pages of ours, and from programs that are no browser."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from correlator.web.middleware import KnownHosts

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

HERE = "127.0.0.1:8080"


async def _accepting(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def status_of(method: str, **headers: str) -> int:
    """Return the status of a request with these headers."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    named = {"host": HERE, **{name.replace("_", "-"): value for name, value in headers.items()}}
    raw = [(name.encode(), value.encode()) for name, value in named.items()]
    scope = {"type": "http", "method": method, "path": "/do", "headers": raw, "query_string": b""}
    asyncio.run(KnownHosts(_accepting, ["127.0.0.1"])(scope, receive, send))
    status: int = sent[0]["status"]
    return status


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": f"http://{HERE}"},
        {"origin": f"http://{HERE}", "sec_fetch_site": "same-origin"},
        # A plain form under `Referrer-Policy: no-referrer`.
        {"origin": "null", "sec_fetch_site": "same-origin"},
        {"sec_fetch_site": "none"},
    ],
)
def test_a_write_of_ours_is_taken(headers: dict[str, str]) -> None:
    assert status_of("POST", **headers) == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://elsewhere.example"},
        {"origin": "null"},
        {"origin": "null", "sec_fetch_site": "cross-site"},
        {"origin": "null", "sec_fetch_site": "same-site"},
        {"sec_fetch_site": "cross-site"},
    ],
)
def test_a_write_from_another_site_is_refused(headers: dict[str, str]) -> None:
    assert status_of("POST", **headers) == 403
    assert status_of("GET", **headers) == 200


def test_another_hosts_name_is_refused() -> None:
    assert status_of("GET", host="evil.example") == 421
