"""The fields of a form or a JSON body: each with its limits, every error at its field."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TypeVar
from urllib.parse import parse_qsl

from starlette.requests import Request

from correlator.formats.wording import Language
from correlator.web.words import say

MOST_OF_A_TEXT = 2_000
MOST_OF_A_FIELD = 512
MOST_OF_A_LIST = 4_000
MOST_OF_A_BODY = 200_000
_DIGITS = 15  # below 2⁵³
MOST_WHOLE = 10**_DIGITS - 1
"""The largest number that `whole` takes."""
_ALLOWED = frozenset("\n\r\t")

E = TypeVar("E", bound=StrEnum)


class WrongFieldError(ValueError):
    """A field that cannot be taken; `sentence` says why, in the reader's language."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field
        self.sentence = sentence


class Fields:
    """The fields of a request. Whatever is read of them is without control characters."""

    def __init__(self, values: Mapping[str, Sequence[str]], lang: Language) -> None:
        self._values = values
        self._lang = lang

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def all(self, name: str) -> list[str]:
        """Return all values of a field as they came: to be compared, never to be kept."""
        return [value for value in self._values.get(name, ()) if value]

    def each(self, name: str) -> tuple[str, ...]:
        """Return all values of a short field; raises `WrongFieldError`."""
        return tuple(self._checked(name, value, MOST_OF_A_FIELD) for value in self.all(name))

    def one(self, name: str, most: int = MOST_OF_A_FIELD) -> str:
        """Return the value of a short field, "" without one; raises `WrongFieldError`."""
        return self._checked(name, next(iter(self._values.get(name, ())), ""), most)

    def list(self, name: str) -> tuple[str, ...]:
        """Return the ids of a field, between spaces or commas; raises `WrongFieldError`."""
        joined = self._checked(name, " ".join(self._values.get(name, ())), MOST_OF_A_LIST)
        ids = joined.replace(",", " ").split()
        return tuple(self._checked(name, one, MOST_OF_A_FIELD) for one in ids)

    def text(self, name: str) -> str:
        """Return what somebody wrote, at most 2,000 characters; raises `WrongFieldError`."""
        return self._checked(name, next(iter(self._values.get(name, ())), ""), MOST_OF_A_TEXT)

    def needed(self, name: str, most: int = MOST_OF_A_TEXT) -> str:
        """Return a text that must be there; raises `WrongFieldError`."""
        text = self.one(name, most)
        if not text:
            field = say(self._lang, f"needed.{name}")
            raise WrongFieldError(name, say(self._lang, "do.missing", field=field))
        return text

    def choice(self, name: str, kind: type[E]) -> E:
        """Return one of some values; raises `WrongFieldError`."""
        value = self.one(name)
        try:
            return kind(value)
        except ValueError:
            sentence = say(self._lang, "do.wrong_choice", text=value)
            raise WrongFieldError(name, sentence) from None

    def _checked(self, name: str, value: str, most: int) -> str:
        value = value.strip()
        if len(value) > most:
            raise WrongFieldError(name, say(self._lang, "do.too_long", n=len(value), most=most))
        for place, character in enumerate(value, 1):
            if unicodedata.category(character) in {"Cc", "Cs"} and character not in _ALLOWED:
                raise WrongFieldError(name, say(self._lang, "do.control", at=place))
        return value


async def read_body(request: Request, most: int = MOST_OF_A_BODY) -> bytes | None:
    """Return the body, None where it has more than so many bytes: no more is read then."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > most:
            return None
    return bytes(body)


async def fields_of(request: Request, lang: Language, most: int = MOST_OF_A_BODY) -> Fields | None:
    """Return the fields of a form or a JSON object; None for anything else, or too much of it.

    `most`: bytes.
    """
    body = await read_body(request, most)
    if body is None:
        return None
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    try:
        if kind == "application/json":
            return Fields(_of_json(json.loads(body)), lang)
        if kind == "application/x-www-form-urlencoded":
            return Fields(_of_form(body.decode()), lang)
    except (ValueError, RecursionError):
        return None
    return None


def whole(text: str) -> int | None:
    """Return what a page or a script gives as a whole number, None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else None


def _of_json(data: object) -> dict[str, list[str]]:
    if not isinstance(data, dict):
        raise ValueError("not an object")  # noqa: TRY004 - whatever is wrong with a body is one
    return {
        str(name): [_sound(str(one)) for one in (value if isinstance(value, list) else [value])]
        for name, value in data.items()
        if value is not None
    }


def _sound(text: str) -> str:
    """Return a text that can be written down; raises ValueError for half of a surrogate pair."""
    text.encode()
    return text


def _of_form(text: str) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for name, value in parse_qsl(text, keep_blank_values=True, max_num_fields=2_000):
        values.setdefault(name, []).append(value)
    return values
