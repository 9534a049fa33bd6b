"""Values as the databases hold them."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import msgspec

Row: TypeAlias = dict[str, Any]
Values: TypeAlias = tuple[Any, ...]
"""A row without its names: in the order in which `columns.brought` names them."""

_ENCODER: Final = msgspec.json.Encoder()


def json_of(value: object) -> str:
    """Return a value as JSON text."""
    return _ENCODER.encode(value).decode()


def storable(text: str) -> str:
    """Return the text as both databases can hold it.

    PostgreSQL refuses NUL, and no database takes half a surrogate pair. A ticket's words may hold
    either: a record that can never be written would stop the stream for good.
    """
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
