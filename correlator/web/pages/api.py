"""The documentation of the API: from the same statements as its routes and its document."""

from __future__ import annotations

import inspect
import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any

from correlator.web.access import ANYBODY, need_of
from correlator.web.api.openapi import (
    TAGS,
    WORDS,
    document,
    errors_of,
    examples,
    name_of,
    scopes_of,
    statuses_of,
    tag_of,
)
from correlator.web.api.operations import OPERATIONS
from correlator.web.api.shape import JSON, params_of
from correlator.web.views.api import (
    ApiView,
    AttributeView,
    ExampleView,
    KindView,
    OperationView,
    ParamView,
    StatusView,
    TagView,
)
from correlator.web.words.api import french

if TYPE_CHECKING:
    from collections.abc import Iterable

    from correlator.formats.wording import Language
    from correlator.web.api.operation import Operation

_ENUM = 8  # values of one that are written out


@cache
def api_view(lang: Language) -> ApiView:
    """Return the page: operations by tag, and the types that they say."""
    tags = [
        TagView(
            id=tag,
            says=_said(says, lang),
            operations=tuple(_operation(one, lang) for one in OPERATIONS if tag_of(one) == tag),
        )
        for tag, says in TAGS
    ]
    schemas = document()["components"]["schemas"]
    kinds = tuple(_kind(name, schema) for name, schema in sorted(schemas.items()))
    return ApiView(tuple(tag for tag in tags if tag.operations), kinds)


def _said(text: str, lang: Language) -> str:
    return (french(text) if lang == "fr" else text).replace("`", "")


def _operation(one: Operation, lang: Language) -> OperationView:
    said, known = (
        document()["paths"][_path(one)][one.method.lower()],
        examples().get(name_of(one), {}),
    )
    errors = set(errors_of(one))
    answers = said["responses"]
    return OperationView(
        id=name_of(one),
        method=one.method,
        path=_path(one),
        says=_said(one.says, lang),
        scopes=scopes_of(one),
        open=need_of(one.method, one.path) == ANYBODY,
        params=tuple(
            ParamView(param.name, param.place, kind_of(param.schema), _said(param.says, lang))
            for param in params_of(one)
        ),
        body=_named(said.get("requestBody", {}).get("content", {})),
        statuses=tuple(
            StatusView(
                status, _said(WORDS[status], lang), _named(answers[str(status)].get("content", {}))
            )
            for status in (*statuses_of(one), *(e for e in sorted(errors) if e not in one.statuses))
        ),
        examples=tuple(
            ExampleView(status, _shown(body))
            for status, by_media in sorted(known.items(), reverse=True)  # the request first
            for body in by_media.values()
        ),
    )


def _path(one: Operation) -> str:
    return re.sub(r":\w+}", "}", one.path)


def _named(content: dict[str, Any]) -> str:
    """Return which type a body has, as its JSON says it; "" where it has none."""
    return kind_of(content[JSON]["schema"]) if JSON in content else ", ".join(content)


def _shown(body: object) -> str:
    return body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, indent=1)


def _kind(name: str, schema: dict[str, Any]) -> KindView:
    required = set(schema.get("required", ()))
    return KindView(
        name=name,
        says=inspect.cleandoc(schema.get("description", "")),
        attributes=tuple(
            AttributeView(key, kind_of(value), key in required)
            for key, value in schema.get("properties", {}).items()
        ),
    )


def kind_of(schema: dict[str, Any]) -> str:
    """Return a type in a few words, the same in both languages."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(map(kind_of, schema["anyOf"])))
    if "enum" in schema:
        return _values(schema["enum"])
    kind = schema.get("type", "any")
    if kind == "array":
        return f"[{kind_of(schema.get('items', {}))}]"
    if kind == "integer" and ("minimum" in schema or "maximum" in schema):
        return f"integer {schema.get('minimum', '')}…{schema.get('maximum', '')}"
    return str(schema.get("format", kind))


def _values(values: Iterable[Any]) -> str:
    said = [json.dumps(value, ensure_ascii=False).strip('"') for value in values]
    return " | ".join(said if len(said) <= _ENUM else [*said[: _ENUM - 1], "…"])
