"""The one shape of all operations: what may be asked, with which media, tags, chosen attributes.

An endpoint is asked only what its operation states: a parameter that nobody knows would otherwise
be a filter that is left out, and the answer everything.
"""

from __future__ import annotations

import hashlib
import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

import msgspec
from starlette.responses import Response, StreamingResponse
from starlette.routing import compile_path

from correlator.web.api.models import Model
from correlator.web.api.operation import TEXT, Operation, Param
from correlator.web.api.operations import OPERATIONS
from correlator.web.fields import MOST_WHOLE, whole
from correlator.web.responses import is_known, problem
from correlator.web.tmf.operations import TMF_ALIASES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from starlette.requests import Request

    Endpoint = Callable[[Request], Awaitable[Response]]

JSON = "application/json"
OURS = "/api/v1/"
_MOST_OF_A_VALUE = 2_000
_TAG = Param("If-None-Match", "header", "the ETag that is known: 304 where it is that still", TEXT)
_BESIDE = ("/api/v1/openapi.json", "/api/v1/asyncapi.json", "/api/docs")
"""What is no operation, to read."""


# ---------------------------------------------------------------------------- what is stated


def sparse(operation: Operation) -> type[Model] | None:
    """Return the type whose attributes may be chosen with `fields`; None where none may."""
    kind = operation.answer
    ours = operation.method == "GET" and operation.path.startswith(OURS)
    ours = ours and JSON in operation.media
    if not ours or not (isinstance(kind, type) and issubclass(kind, Model)):
        return None
    if not kind.listed:
        return kind
    (item,) = get_args(get_type_hints(kind)[kind.listed])
    return item  # type: ignore[no-any-return]


def names_of(kind: type[Model]) -> list[str]:
    """Return the attributes of a type, as they are called outside."""
    return [one.encode_name for one in msgspec.structs.fields(kind)]


def params_of(operation: Operation) -> tuple[Param, ...]:
    """Return the parameters of an operation, with those that many have."""
    kind = sparse(operation)
    if kind is None:
        return operation.params
    items = {"type": "string", "enum": names_of(kind)}
    says = "these attributes only, with commas between them; its `id` is always there"
    chosen = Param("fields", "query", says, {"type": "array", "items": items, "minItems": 1})
    known = {param.name for param in operation.params}
    return (*operation.params, chosen, *(one for one in (_TAG,) if one.name not in known))


# ------------------------------------------------------------------------------ what is asked


def shaped(operation: Operation) -> Endpoint:
    """Return the endpoint of an operation, asked only what it states."""
    params, chooses = params_of(operation), sparse(operation) is not None

    async def endpoint(request: Request) -> Response:
        refusal = _refusal(operation, params, request)
        if refusal is not None:
            return refusal
        if request.method == "HEAD" and JSON not in operation.media:
            return _head({"Content-Type": operation.media[0]})
        answer = await operation.endpoint(request)
        if not operation.path.startswith(OURS) or operation.method != "GET":
            return answer
        return _chosen(operation.answer, request, answer, chooses=chooses)

    endpoint.__name__ = operation.endpoint.__name__
    return endpoint


def _refusal(operation: Operation, params: Iterable[Param], request: Request) -> Response | None:
    if not _acceptable(request.headers.get("accept", ""), operation.media):
        return problem(406, "not-acceptable", f"there is {' or '.join(operation.media)}")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if operation.body is not None and kind and not _is_json(kind):
        return problem(415, "unsupported", f"Content-Type: {JSON}")
    if not operation.path.startswith(OURS):
        return None
    said = _wrong(params, request.query_params.multi_items())
    return problem(422, "invalid", said) if said else None


def _is_json(kind: str) -> bool:
    return kind == JSON or (kind.startswith("application/") and kind.endswith("+json"))


def _acceptable(accept: str, media: tuple[str, ...]) -> bool:
    """Return whether one of these media is among those that are asked for, all where none is."""
    if not accept.strip():
        return True
    asked = [part.split(";") for part in accept.lower().split(",")]
    wanted = {
        kind.strip()
        for kind, *rest in asked
        if not any(one.strip() in {"q=0", "q=0.0", "q=0.00", "q=0.000"} for one in rest)
    }
    families = {f"{one.partition('/')[0]}/*" for one in media}
    return bool(wanted & {"*/*", *families, *media})


def _wrong(params: Iterable[Param], asked: list[tuple[str, str]]) -> str:
    """Return what cannot be asked, "" where all can."""
    known = {param.name: param.schema for param in params if param.place == "query"}
    seen: set[str] = set()
    for name, value in asked:
        schema = known.get(name)
        if schema is None:
            return f"{name[:60]}: no such parameter; there is {', '.join(sorted(known)) or 'none'}"
        several = schema.get("type") == "array"
        if name in seen and not several:
            return f"{name}: once only"
        seen.add(name)
        values = value.split(",") if name == "fields" else [value]
        for one in values:
            if said := _wrong_value(schema["items"] if several else schema, one):
                return f"{name}: {said}"
    return ""


def _wrong_value(schema: dict[str, Any], value: str) -> str:
    if "enum" in schema:
        return "" if value in schema["enum"] else f"one of {', '.join(schema['enum'])}"
    if schema.get("type") == "integer":
        number, least = whole(value), schema.get("minimum", 0)
        most = schema.get("maximum", MOST_WHOLE)
        fits = number is not None and least <= number <= most
        return "" if fits else f"a whole number from {least} to {most}"
    most = schema.get("maxLength", _MOST_OF_A_VALUE)
    if len(value) > most:
        return f"at most {most} characters"
    return "" if re.search(schema.get("pattern", ""), value) else "as the page before has it"


# ---------------------------------------------------------------------------- what is answered


def _chosen(kind: Any, request: Request, answer: Response, *, chooses: bool) -> Response:
    """Return an answer with the chosen attributes and a tag; 304 where the caller has just that."""
    answer.headers["Vary"] = "Accept, Accept-Language"
    if request.method == "HEAD" and isinstance(answer, StreamingResponse):
        return _head(dict(answer.headers))
    if answer.status_code != 200 or answer.media_type != JSON:
        return answer
    wanted = request.query_params.getlist("fields")
    if chooses and wanted:
        names = {*",".join(wanted).split(","), "id"}
        answer = _with_body(answer, _only(json.loads(bytes(answer.body)), kind.listed, names))
    tag = answer.headers.setdefault("ETag", f'W/"{_digest(bytes(answer.body))}"')
    if is_known(request, tag):
        kept = {name: answer.headers[name] for name in ("ETag", "Vary")}
        return Response(status_code=304, headers=kept)
    return answer


def _head(headers: dict[str, str]) -> Response:
    """Return the head of what is made while it is sent: nothing of it is, nobody knows how long."""
    answer = Response(b"", 200, headers)
    del answer.headers["content-length"]
    return answer


def _with_body(answer: Response, body: object) -> Response:
    headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
    text = msgspec.json.encode(body)
    return Response(text, answer.status_code, headers, JSON)


def _only(body: dict[str, Any], listed: str, names: set[str]) -> dict[str, Any]:
    if not listed:
        return {name: value for name, value in body.items() if name in names}
    return body | {listed: [_only(one, "", names) for one in body[listed]]}


def _digest(body: bytes) -> str:
    return hashlib.blake2s(body, digest_size=12).hexdigest()


# -------------------------------------------------------------------- what may be done at a path


@cache
def _methods() -> list[tuple[Any, str]]:
    stated = [(one.path, one.method) for one in (*OPERATIONS, *TMF_ALIASES)]
    stated += [(one, "GET") for one in _BESIDE]
    return [(compile_path(path)[0], method) for path, method in stated]


def allowed(path: str) -> str:
    """Return the methods of an address of the API, as `Allow` has them; "" where there are none."""
    found = {method for pattern, method in _methods() if pattern.match(path)}
    if not found:
        return ""
    return ", ".join(sorted(found | {"OPTIONS"} | ({"HEAD"} if "GET" in found else set())))
