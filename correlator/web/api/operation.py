"""What an operation of the API is: its route, and its part of the document."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

TEXT: dict[str, Any] = {"type": "string"}


class Param(NamedTuple):
    """A parameter: `place` is `path`, `query` or `header`."""

    name: str
    place: str
    says: str
    schema: dict[str, Any] = TEXT


class Operation(NamedTuple):
    """What is asked, with what, what comes back. `path` as Starlette has it."""

    method: str
    path: str
    says: str
    endpoint: Callable[[Request], Awaitable[Response]]
    answer: Any
    params: tuple[Param, ...] = ()
    body: type | None = None
    statuses: tuple[int, ...] = (200,)
    errors: tuple[int, ...] = ()
    media: tuple[str, ...] = ("application/json",)
