"""The OpenAPI 3.1 document, made of the operations and of the types that they say."""

from __future__ import annotations

import inspect
import re
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from correlator.formats.asyncapi import document as topics
from correlator.web.access import ANYBODY, need_of
from correlator.web.api.around import CSV
from correlator.web.api.models import Problem, answered
from correlator.web.api.operation import Operation, Param
from correlator.web.api.operations import OPERATIONS
from correlator.web.api.shape import JSON, OURS, params_of, sparse
from correlator.web.visits import SESSION
from correlator.web.who import SCOPES

_REF = "#/components/schemas/{name}"
WORDS = {
    200: "Done.",
    201: "Made.",
    202: "Taken, and not over yet.",
    204: "Done, and there is nothing to say.",
    206: "A part of it.",
    207: "Different for each incident.",
    304: "As it is known.",
    400: "Not valid.",
    401: "The token opens nothing, or nobody has said who asks.",
    403: "Not allowed.",
    404: "Not found.",
    406: "Not to be had in this media type.",
    409: "Refused.",
    412: "Changed since it was seen.",
    413: "Too large.",
    415: "In a media type that is not read.",
    422: "Not valid.",
    429: "Too many requests: `Retry-After` says when there may be more.",
    503: "Not just now.",
}
TAGS = (
    ("answers", "What to tell a customer."),
    ("incidents", "Generic incidents, and what there is about each."),
    ("actions", "What people and systems do."),
    ("rules", "The rules, and what came of them."),
    ("live", "For systems that keep up, and for whoever watches."),
    ("tm-forum", "The same as TM Forum has it."),
)
_TAG_OF = {
    "incidents": "incidents",
    "callbacks": "incidents",
    "answers": "answers",
    "actions": "actions",
    "preview": "actions",
    "rules": "rules",
}

_WITHOUT_BODY = frozenset({204, 304})


async def openapi(request: Request) -> Response:
    """The document."""
    tag = f'"{version("correlator")}-{_digest()}"'
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers={"ETag": tag})
    return answered(document(), headers={"ETag": tag})


@cache
def _digest() -> str:
    return sha256(msgspec.json.encode(document())).hexdigest()[:12]


@cache
def examples() -> dict[str, dict[str, Any]]:
    """Return real requests and answers, by operation: `request`, or the status of an answer."""
    text = files("correlator.web.api").joinpath("examples.json").read_bytes()
    return msgspec.json.decode(text, type=dict[str, dict[str, Any]])


async def asyncapi(_request: Request) -> Response:
    """The document of the topics."""
    return answered(topics())


@cache
def document() -> dict[str, Any]:
    """Return the whole document."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        where = paths.setdefault(re.sub(r":\w+}", "}", operation.path), {})
        where[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "correlator",
            "version": version("correlator"),
            "summary": "Generic incidents of a hotline.",
            "description": "Generic incidents of a hotline: what to tell, what is going on. "
            "Times are RFC 3339 in UTC; what is absent is null. Errors have one shape.",
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": says} for name, says in TAGS],
        "paths": paths,
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "Of a system: `cor_…`, made with `correlator token create`.",
                },
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": SESSION,
                    "description": "Of a person's browser; what writes also needs the header "
                    "`X-CSRF`, from a page.",
                },
            },
        },
    }


def _schemas() -> dict[str, Any]:
    types = [Problem, *(one.answer for one in OPERATIONS if one.answer is not None)]
    types += [operation.body for operation in OPERATIONS if operation.body is not None]
    _, schemas = msgspec.json.schema_components(types, ref_template=_REF)
    for schema in schemas.values():
        if "description" in schema:
            schema["description"] = inspect.cleandoc(schema["description"])
    for kind in filter(None, map(sparse, OPERATIONS)):
        schema = schemas[kind.__name__]
        kept = [name for name in schema.pop("required", []) if name == "id"]
        schema |= {"required": kept} if kept else {}
    return schemas


def _operation(operation: Operation) -> dict[str, Any]:
    need, name = need_of(operation.method, operation.path), name_of(operation)
    known = examples().get(name, {})
    found: dict[str, Any] = {
        "summary": operation.says,
        "description": _described(operation, need),
        "operationId": name,
        "tags": [tag_of(operation)],
        "parameters": [_param(param) for param in params_of(operation)],
        "responses": {
            **{str(one): _answer(one, operation, known) for one in statuses_of(operation)},
            **{str(one): _said(one, {JSON: Problem}) for one in errors_of(operation)},
        },
        "security": [] if need == ANYBODY else [{"token": []}, {"session": []}],
    }
    if operation.body is not None:
        body = _content({JSON: operation.body}, known.get("request"))
        found["requestBody"] = {"required": True, "content": body}
    return found


def statuses_of(operation: Operation) -> tuple[int, ...]:
    """Return the statuses of an operation that are no errors."""
    return (*operation.statuses, *((304,) if sparse(operation) is not None else ()))


def errors_of(operation: Operation) -> tuple[int, ...]:
    """Return the statuses of an operation that are errors in their one shape."""
    may = {401, 406, *operation.errors} | ({503} - set(operation.statuses))
    free = need_of(operation.method, operation.path) == ANYBODY
    return tuple(sorted(may if free else may | {403}))


def scopes_of(operation: Operation) -> tuple[str, ...]:
    """Return the scopes of a token that open an operation."""
    need = need_of(operation.method, operation.path)
    return tuple(name for name, what in SCOPES.items() if need in what)


def tag_of(operation: Operation) -> str:
    """Return under what an operation stands."""
    if not operation.path.startswith(OURS):
        return "tm-forum"
    return _TAG_OF.get(operation.path.removeprefix(OURS).partition("/")[0], "live")


def _described(operation: Operation, need: str) -> str:
    says = inspect.cleandoc(operation.endpoint.__doc__ or operation.says)
    if need == ANYBODY:
        return f"{says}\n\nNeeds no token."
    scopes = " or ".join(f"`{one}`" for one in scopes_of(operation))
    return f"{says}\n\nScope of a token: {scopes}. Of a person: `{need}`."


def name_of(operation: Operation) -> str:
    """Return a name that no other operation has: `getIncidentsByIdTickets`."""
    found = operation.method.lower()
    path = operation.path.removeprefix(OURS).removeprefix("/tmf-api/")
    for part in path.replace(".", "-").split("/"):
        name = part.strip("{}").partition(":")[0]
        words = "".join(word[:1].upper() + word[1:] for word in name.split("-"))
        found += f"By{words}" if part.startswith("{") else words
    return found


def _param(param: Param) -> dict[str, Any]:
    found = {
        "name": param.name,
        "in": param.place,
        "required": param.place == "path",
        "description": param.says,
        "schema": param.schema,
    }
    if param.name == "fields" and param.schema.get("type") == "array":
        found |= {"style": "form", "explode": False}
    return found


def _answer(status: int, operation: Operation, known: dict[str, Any]) -> dict[str, Any]:
    kinds = {one: str if one == CSV else operation.answer for one in operation.media}
    said = _said(status, kinds, known.get(str(status)))
    if sparse(operation) is not None:
        said["headers"] = {"ETag": _header("Of this very answer.")}
        if getattr(operation.answer, "listed", "") and status == 200:
            said["headers"]["X-Result-Count"] = _header("How many are in it.", "integer")
            said["headers"]["X-Total-Count"] = _header(
                "How many there are, where it is known.", "integer"
            )
    return said


def _header(says: str, kind: str = "string") -> dict[str, Any]:
    return {"description": says, "schema": {"type": kind}}


def _said(status: int, kinds: dict[str, Any], example: Any = None) -> dict[str, Any]:
    said: dict[str, Any] = {"description": WORDS[status]}
    if status not in {204, 304}:
        said["content"] = _content(kinds, example)
    return said


def _content(kinds: dict[str, Any], example: Any = None) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for media, kind in kinds.items():
        (schema,), _ = msgspec.json.schema_components([kind], ref_template=_REF)
        found[media] = {"schema": schema}
        if isinstance(example, dict) and media in example:
            found[media]["example"] = example[media]
    return found
