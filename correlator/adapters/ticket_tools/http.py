"""JSON over HTTP to a ticket tool; whatever goes wrong has one of three names."""

from __future__ import annotations

import math
from typing import Any, Final

import httpx2
import msgspec

from correlator.ticket_tool import ToolBusyError, ToolDownError, ToolRefusedError

_BUSY: Final = frozenset({429, 503})
_NOBODY: Final = 401
"""Our token is not taken: that is no answer about a ticket, and ends with another token."""
_PATIENCE: Final = 30.0  # seconds, where a busy tool does not say how long
_LONGEST: Final = 900.0
_MOST: Final = 20_000_000  # bytes of an answer


class JsonClient:
    """Asks one server. For one thread."""

    def __init__(self, url: str, headers: dict[str, str], timeout: float) -> None:
        """`timeout`: seconds for each step of a request."""
        self._client = httpx2.Client(
            base_url=url.rstrip("/"), headers=headers, timeout=timeout, follow_redirects=False
        )

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, str] | None = None,
        body: object = None,
    ) -> Any:
        """Return the answer, None for a page that is not there (404); raises `ToolError`."""
        content = None if body is None else msgspec.json.encode(body)
        sent = {} if body is None else {"Content-Type": "application/json"}
        try:
            answer = self._client.request(method, path, params=query, content=content, headers=sent)
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            raise ToolDownError(f"{method} {path}: {type(error).__name__}: {error}") from error
        return _content(f"{method} {path}", answer)


def _content(asked: str, answer: httpx2.Response) -> Any:
    status = answer.status_code
    if status == 404:
        return None
    told = f"{asked}: HTTP {status}"
    if status in _BUSY:
        raise ToolBusyError(told, _seconds(answer.headers.get("Retry-After", "")))
    if status >= 500 or 300 <= status < 400 or status == _NOBODY:
        raise ToolDownError(told)
    if status >= 400:
        raise ToolRefusedError(f"{told}: {answer.text[:200]}")
    if len(answer.content) > _MOST:
        raise ToolDownError(f"{told}: {len(answer.content):,} bytes")
    try:
        return msgspec.json.decode(answer.content) if answer.content else {}
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ToolDownError(f"{told}: no JSON") from error


def _seconds(text: str) -> float:
    """Return how long to wait; a date, or nothing, is half a minute."""
    try:
        found = float(text)
    except ValueError:
        return _PATIENCE
    return min(max(found, 0.0), _LONGEST) if math.isfinite(found) else _PATIENCE
