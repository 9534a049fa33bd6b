"""The OpenAPI 3.1 document, made of the operations and of the types that they say."""

from __future__ import annotations

import re
from functools import cache
from importlib.metadata import version
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from correlator.formats.asyncapi import document as topics
from correlator.web.access import ANYBODY, need_of
from correlator.web.api.models import Problem, answered
from correlator.web.api.operation import Operation, Param
from correlator.web.api.operations import OPERATIONS
from correlator.web.tmf.bases import ALARM_BASES, BASES, TICKET_BASES

_REF = "#/components/schemas/{name}"
_WORDS = {
    200: "Done.",
    201: "Made.",
    202: "Taken, and not over yet.",
    204: "Gone.",
    206: "A part of it.",
    207: "Different for each incident.",
    304: "As it is known.",
    400: "Not valid.",
    401: "The token opens nothing.",
    403: "Not allowed.",
    404: "Not found.",
    409: "Refused.",
    412: "Changed since it was seen.",
    413: "Too large.",
    415: "Not of a type that is read.",
    422: "Not valid.",
    503: "Not just now.",
}

_WITHOUT_BODY = frozenset({204, 304})


async def openapi(_request: Request) -> Response:
    """The document."""
    return answered(document())


async def asyncapi(_request: Request) -> Response:
    """The document of the topics."""
    return answered(topics())


@cache
def document() -> dict[str, Any]:
    """Return the whole document."""
    types = [Problem, *(one.answer for one in OPERATIONS if one.answer is not None)]
    types += [operation.body for operation in OPERATIONS if operation.body is not None]
    _, schemas = msgspec.json.schema_components(types, ref_template=_REF)
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        where = paths.setdefault(re.sub(r":\w+}", "}", operation.path), {})
        where[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "correlator",
            "version": version("correlator"),
            "description": "Generic incidents of a hotline: what to tell, what is going on.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(operation: Operation) -> dict[str, Any]:
    need = need_of(operation.method, operation.path)
    errors = operation.errors if need == ANYBODY else (401, 403, *operation.errors, 503)
    found: dict[str, Any] = {
        "summary": operation.says,
        "operationId": _name(operation),
        "parameters": [_param(param) for param in operation.params],
        "responses": {
            **{str(status): _said(status, operation.answer) for status in operation.statuses},
            **{str(status): _said(status, Problem) for status in errors},
        },
        "security": [] if need == ANYBODY else [{"token": []}],
    }
    if operation.body is not None:
        found["requestBody"] = {"required": True, "content": _content(operation.body)}
    return found


def _name(operation: Operation) -> str:
    """Return a name that no other operation has; one that is at two addresses has two."""
    base = "/".join(operation.path.split("/")[:4])
    module = operation.endpoint.__module__.rpartition(".")[2]
    name = operation.endpoint.__name__
    words = "".join(f"{word[0].upper()}{word[1:]}" for word in name.split("_") if word)
    of = "tmf" if base.startswith("/tmf-api") else module
    return f"{of}{words}{_OLDER.get(base, '')}"


_OLDER = {BASES[1]: "V3", TICKET_BASES[1]: "V2", ALARM_BASES[1]: "Alias"}
"""What is served at a second address is called otherwise there."""


def _param(param: Param) -> dict[str, Any]:
    return {
        "name": param.name,
        "in": param.place,
        "required": param.place == "path",
        "description": param.says,
        "schema": param.schema,
    }


def _said(status: int, kind: Any) -> dict[str, Any]:
    said: dict[str, Any] = {"description": _WORDS[status]}
    if status not in _WITHOUT_BODY:
        said["content"] = _content(kind)
    return said


def _content(kind: Any) -> dict[str, Any]:
    (schema,), _ = msgspec.json.schema_components([kind], ref_template=_REF)
    return {"application/json": {"schema": schema}}
