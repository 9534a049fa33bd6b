"""One array for each column, as PostgreSQL reads it in binary.

The client library's own way with lists looks at every value several times to find out its type,
which the column says.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, ClassVar, Final

from psycopg.adapt import Dumper
from psycopg.postgres import types
from psycopg.pq import Format
from sqlalchemy import BigInteger, Boolean, Double, Integer, LargeBinary, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import psycopg
    from sqlalchemy import Column

_NULL: Final = b"\xff\xff\xff\xff"
_head: Final = struct.Struct("!iiIii").pack  # dimensions, NULLs, type, how many, the first's index
_length: Final = struct.Struct("!i").pack
_number: Final = struct.Struct("!iq").pack
_real: Final = struct.Struct("!id").pack
_flag: Final = struct.Struct("!i?").pack


class Array:
    """The values of a column, encoded when it is made; None is NULL.

    `of`: the type of its elements.
    """

    of: ClassVar[str]

    def __init__(self, values: Sequence[Any]) -> None:
        head = _head(1, None in values, types[self.of].oid, len(values), 1)
        self.encoded: Final = head + b"".join(self._elements(values))

    @classmethod
    def _elements(cls, values: Sequence[Any]) -> Iterable[bytes]:
        return [_NULL if value is None else cls._element(value) for value in values]

    @staticmethod
    def _element(value: Any) -> bytes:
        """Return a value after its length in bytes."""
        raise NotImplementedError


class Texts(Array):
    """An array of text. Most columns say the same few words again and again."""

    of = "text"

    @classmethod
    def _elements(cls, values: Sequence[str | None]) -> Iterable[bytes]:
        known = {value: _NULL if value is None else cls._element(value) for value in set(values)}
        return map(known.__getitem__, values)

    @staticmethod
    def _element(value: str) -> bytes:
        encoded = value.encode()
        return _length(len(encoded)) + encoded


class Blobs(Array):
    """An array of bytes."""

    of = "bytea"

    @staticmethod
    def _element(value: bytes) -> bytes:
        return _length(len(value)) + value


class Numbers(Array):
    """An array of whole numbers."""

    of = "int8"

    @staticmethod
    def _element(value: int) -> bytes:
        return _number(8, value)


class Reals(Array):
    """An array of real numbers."""

    of = "float8"

    @staticmethod
    def _element(value: float) -> bytes:
        return _real(8, value)


class Flags(Array):
    """An array of truth values."""

    of = "bool"

    @staticmethod
    def _element(value: bool) -> bytes:  # noqa: FBT001 - one of the values
        return _flag(1, value)


_KINDS: Final = {
    Text: Texts,
    LargeBinary: Blobs,
    BigInteger: Numbers,
    Integer: Numbers,
    Double: Reals,
    Boolean: Flags,
}


def array_of(column: Column[Any]) -> type[Array]:
    """Return the array that takes a column's values."""
    return _KINDS[type(column.type)]


def register(connection: psycopg.Connection) -> None:
    """Let a connection take these arrays."""
    for kind in (Texts, Blobs, Numbers, Reals, Flags):
        connection.adapters.register_dumper(kind, _dumper(kind))


def _dumper(kind: type[Array]) -> type[Dumper]:
    class ArrayDumper(Dumper):
        format = Format.BINARY
        oid = types[kind.of].array_oid

        def dump(self, obj: Array) -> bytes:
            return obj.encoded

    return ArrayDumper
