"""The sentences of a rule: text with variables, and parts that depend on them.

`{variable}` is replaced. `[part]` is kept only if none of its variables is empty; `[part|other]`
gives `other` then. Doubled braces and brackets stand for themselves. Parts do not nest.

A value is inserted as it is, whatever it contains.
"""

from __future__ import annotations

import re
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

VARIABLES: Mapping[str, str] = MappingProxyType(
    {
        "domain": "name of the cause (`DSL-00042/C07`); empty outside the network",
        "domain_type": "its type in the inventory (`line-card`); empty for attribute values",
        "site": "where it stands; may be empty",
        "symptom": "name of the symptom, in the language of the sentence",
        "customers": "customers below the cause",
        "observed": "distinct customers who reported it",
        "expected": "how many would have, were nothing wrong",
        "minutes": "minutes in which they did",
        "onset": "local time at which it began (`10:04`)",
        "since": "how long ago that was (`25 min`, `2 h 10`)",
        "restore": "local time at which it should be over; empty while nobody knows",
        "owner": "who repairs the equipment; may be empty",
        "incident": "number of the generic incident",
    }
)
"""Every variable a template may use, and what it stands for."""

_TOKEN = re.compile(r"\{\{|\}\}|\[\[|\]\]|\|\||\{[^{}\[\]]*\}|[{}\[\]|]|[^{}\[\]|]+")
_DOUBLED = frozenset({"{{", "}}", "[[", "]]", "||"})


class TemplateError(ValueError):
    """A template that cannot be read; says why."""


class _Piece(NamedTuple):
    """Text as it is, or a variable's name."""

    text: str
    variable: bool


class _Part(NamedTuple):
    """Pieces, those to use if a variable among them is empty, and whether that matters at all."""

    pieces: tuple[_Piece, ...]
    otherwise: tuple[_Piece, ...]
    optional: bool


def render(template: str, values: Mapping[str, str]) -> str:
    """Fill a template in; raises TemplateError, also for a variable without a value."""
    return "".join(_fill(_chosen(part, values), values) for part in _parse(template))


def variables(template: str) -> set[str]:
    """Return the names in braces, known or not; raises TemplateError."""
    return {
        piece.text
        for part in _parse(template)
        for piece in (*part.pieces, *part.otherwise)
        if piece.variable
    }


def _chosen(part: _Part, values: Mapping[str, str]) -> tuple[_Piece, ...]:
    if part.optional and not all(values.get(p.text) for p in part.pieces if p.variable):
        return part.otherwise
    return part.pieces


def _fill(pieces: tuple[_Piece, ...], values: Mapping[str, str]) -> str:
    try:
        return "".join(values[p.text] if p.variable else p.text for p in pieces)
    except KeyError as error:
        raise TemplateError(f"no value for {{{error.args[0]}}}") from None


@lru_cache(maxsize=1024)
def _parse(template: str) -> tuple[_Part, ...]:
    return tuple(_parts(template))


def _parts(template: str) -> Iterator[_Part]:
    tokens = iter(_TOKEN.findall(template))
    for mark in tokens:
        if mark == "[":
            yield _optional(tokens)
        elif mark == "]":
            raise TemplateError("']' without '['")
        else:
            yield _Part((_piece(mark),), (), optional=False)


def _optional(tokens: Iterator[str]) -> _Part:
    sides: list[list[_Piece]] = [[]]
    for mark in tokens:
        if mark == "]":
            return _optional_part(sides)
        if mark == "[":
            raise TemplateError("'[' inside '[…]'")
        if mark == "|":
            sides.append([])
        else:
            sides[-1].append(_piece(mark))
    raise TemplateError("'[' without ']'")


def _optional_part(sides: list[list[_Piece]]) -> _Part:
    if len(sides) > 2:
        raise TemplateError("more than one '|' inside '[…]'")
    pieces = tuple(sides[0])
    if not any(piece.variable for piece in pieces):
        raise TemplateError("'[…]' without a variable: write '[[' for a bracket")
    return _Part(pieces, tuple(sides[1]) if len(sides) == 2 else (), optional=True)


def _piece(mark: str) -> _Piece:
    if mark in _DOUBLED:
        return _Piece(mark[0], variable=False)
    if len(mark) > 1 and mark.startswith("{"):
        return _Piece(_name(mark[1:-1]), variable=True)
    if mark in "{}":
        raise TemplateError(f"single '{mark}': write '{mark}{mark}' for a brace")
    return _Piece(mark, variable=False)


def _name(text: str) -> str:
    if not re.fullmatch(r"[a-z_]+", text):
        raise TemplateError(f"'{{{text}}}' is not a variable: a name in small letters")
    return text
