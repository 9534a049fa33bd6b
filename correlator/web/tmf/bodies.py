"""Bodies as TM Forum sends them: an object, its mandatory attributes, a merge-patch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from correlator.web.api.bodies import WrongBodyError, body_of

if TYPE_CHECKING:
    from starlette.requests import Request

Resource = dict[str, Any]

_JSON = ("application/json",)
_PATCH = ("application/json", "application/merge-patch+json")
_MOST_DEEP = 30
_MOST_OF_A_DOCUMENT = 50_000


async def posted(request: Request, shape: type) -> Resource:
    """Return the object that was posted, with all its attributes; raises `WrongBodyError`.

    `shape`: a struct with what must be there, and what it must be where it is.
    """
    return _checked(await body_of(request, _JSON), shape)


async def patch_of(request: Request) -> Resource:
    """Return a merge-patch (RFC 7396); raises `WrongBodyError`."""
    return object_of(await body_of(request, _PATCH))


def merged(target: Resource, patch: Mapping[str, Any]) -> Resource:
    """Return what a merge-patch makes of an object: null takes away, a list replaces a list."""
    result = dict(target)
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, dict):
            before = result.get(name)
            result[name] = merged(before if isinstance(before, dict) else {}, value)
        else:
            result[name] = value
    return result


def check(found: Resource, shape: type) -> None:
    """Raise `WrongBodyError` where an object is not of a shape."""
    try:
        msgspec.convert({name: _whole(value) for name, value in found.items()}, shape)
    except msgspec.ValidationError as error:
        raise WrongBodyError(400, str(error)) from error


def _whole(value: Any) -> Any:
    """Return 2.0 as 2: JSON has one kind of number."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _checked(raw: bytes, shape: type) -> Resource:
    found = object_of(raw)
    check(found, shape)
    check_size(found)
    return found


def check_size(found: Resource) -> None:
    """Raise `WrongBodyError` for more than is kept of one thing, however many changes it took."""
    if len(msgspec.json.encode(found)) > _MOST_OF_A_DOCUMENT:
        raise WrongBodyError(413, f"at most {_MOST_OF_A_DOCUMENT} bytes are kept of one")


def object_of(raw: bytes) -> Resource:
    """Return a body as an object; raises `WrongBodyError`."""
    try:
        found = msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise WrongBodyError(400, str(error)) from error
    if not isinstance(found, dict):
        raise WrongBodyError(400, "expected an object")
    if _depth(found) > _MOST_DEEP:
        raise WrongBodyError(400, f"nested more than {_MOST_DEEP} deep")
    return found


def _depth(value: Any) -> int:
    """Return how deep a value is nested; the decoder has bounded it already."""
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(_depth, value), default=0)
    return 0
