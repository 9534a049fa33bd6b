"""The OpenAPI 3.1 document, made of the operations and of the types that they say."""

from __future__ import annotations

import re
from functools import cache
from importlib.metadata import version
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from correlator.web.access import ACCESS, ANYBODY
from correlator.web.api.models import Problem, answered
from correlator.web.api.operations import OPERATIONS, Operation, Param

_REF = "#/components/schemas/{name}"
_WORDS = {
    200: "Done.",
    201: "Made.",
    202: "Taken, and not over yet.",
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
    422: "Not valid.",
    429: "Too many requests: `Retry-After` says when there may be more.",
    503: "Not just now.",
}


async def openapi(_request: Request) -> Response:
    """The document."""
    return answered(document())


@cache
def document() -> dict[str, Any]:
    """Return the whole document."""
    types = [Problem, *(operation.answer for operation in OPERATIONS)]
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
    need = ACCESS[operation.path]
    errors = operation.errors if need == ANYBODY else (401, 403, *operation.errors, 429, 503)
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
    module = operation.endpoint.__module__.rpartition(".")[2]
    older = "V3" if "/v3/" in operation.path else ""
    words = operation.endpoint.__name__.title().replace("_", "")
    return f"{module}{words}{older}"


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
    if status != 304:
        said["content"] = _content(kind)
    return said


def _content(kind: Any) -> dict[str, Any]:
    (schema,), _ = msgspec.json.schema_components([kind], ref_template=_REF)
    return {"application/json": {"schema": schema}}
