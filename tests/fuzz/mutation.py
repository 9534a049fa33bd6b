"""Changes that keep most of an input as it is: of a JSON value, of a form, of lines and words.

The readers decode in C, where coverage sees nothing: what is random must already look right.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlencode

_SCRAPS = (
    "", " ", "0", "\0", "\ufffd", "\ud83d", "é", "\U0001f4de", "x" * 512, "x" * 513, "y" * 10_001,
    "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999-14:00", "2026-11-22T08:52:14",
)  # fmt: skip
_NUMBERS = (0, 1, -1, 2**31, 2**53, 2**53 + 1, 2**63, 2**64, 10**30, 0.5, -0.0, 1e308)
_TOKEN = re.compile(rb"\w+|\s+|[^\w\s]")
_MOST_DEPTH = 130
_ASCII = json.JSONEncoder().encode
_PLAIN = json.JSONEncoder(ensure_ascii=False).encode


class Mutator:
    """Changes inputs of one form, with the words that they are made of."""

    def __init__(self, form: str, words: Sequence[str], rng: Random) -> None:
        self._form = form
        self._words = words
        self._rng = rng

    def mutated(self, data: bytes, other: bytes = b"") -> bytes:
        """Return a changed input; `other` is one that may lend some of its content."""
        rng = self._rng
        if rng.random() < 0.85:
            if self._form == "json" or (self._form == "form" and data[:1] == b"{"):
                return self._json(data)
            if self._form == "form":
                return self._fields(data)
            return self._text(data, other)
        return self._bytes(data, other)

    # JSON

    def _json(self, data: bytes) -> bytes:
        rng = self._rng
        try:
            value = json.loads(data)
        except (ValueError, RecursionError):
            return self._text(data, b"")
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            value = self._value(value)
        text = (_ASCII if rng.random() < 0.7 else _PLAIN)(value)
        if rng.random() < 0.05:
            text = text.replace("\\u", rng.choice(("\\u", "\\U", "\\ud8")), 1)
        return text.encode(errors="surrogatepass")

    def _value(self, value: Any) -> Any:
        """Return the value with something changed somewhere within."""
        rng = self._rng
        if isinstance(value, dict) and value and rng.random() < 0.9:
            key = rng.choice(list(value))
            if rng.random() < 0.7:
                return {**value, key: self._value(value[key])}
            return self._keys(value, key)
        if isinstance(value, list) and value and rng.random() < 0.7:
            at = rng.randrange(len(value))
            return [*value[:at], self._value(value[at]), *value[at + 1 :]]
        return self._other(value)

    def _keys(self, value: dict[str, Any], key: str) -> dict[str, Any]:
        rng = self._rng
        kind = rng.randrange(3)
        if kind == 0:
            return {name: inner for name, inner in value.items() if name != key}
        if kind == 1:
            return {**value, rng.choice(self._words): self._other(value[key])}
        return {(rng.choice(self._words) if n == key else n): inner for n, inner in value.items()}

    def _other(self, value: Any) -> Any:
        """Return something else in the place of a value."""
        rng = self._rng
        kind = rng.randrange(8)
        if kind == 0:
            return rng.choice((None, True, False, [], {}, [None]))
        if kind == 1:
            return rng.choice(_NUMBERS)
        if kind == 2:
            return rng.choice(_SCRAPS)
        if kind == 3:
            return self._nested(value)
        if kind in {4, 5} and isinstance(value, str):
            return self._text(value.encode(errors="replace"), b"").decode(errors="replace")
        return value * 2 if kind == 4 and isinstance(value, list) else self._word()

    def _nested(self, value: Any) -> Any:
        for _ in range(self._rng.choice((1, 2, 97, 98, 99, 100, _MOST_DEPTH))):
            value = [value]
        return value

    def _word(self) -> str:
        return self._rng.choice(self._words)

    # Forms

    def _fields(self, data: bytes) -> bytes:
        rng = self._rng
        pairs = parse_qsl(data.decode(errors="replace"), keep_blank_values=True)
        for _ in range(rng.choice((1, 1, 2, 3))):
            at = rng.randrange(len(pairs) + 1)
            kind = rng.randrange(4)
            if kind == 0 or at == len(pairs):
                pairs.insert(at, (self._word(), self._word()))
            elif kind == 1:
                del pairs[at]
            else:
                pairs[at] = (pairs[at][0], str(self._other(pairs[at][1]))[:20_000])
        return urlencode(pairs, errors="surrogatepass").encode()

    # Text and bytes

    def _text(self, data: bytes, other: bytes) -> bytes:
        rng = self._rng
        for _ in range(rng.choice((1, 1, 2, 4))):
            data = self._lines(data, other) if rng.random() < 0.35 else self._token(data)
        return data

    def _lines(self, data: bytes, other: bytes) -> bytes:
        rng = self._rng
        lines = data.split(b"\n")
        at, to = rng.randrange(len(lines)), rng.randrange(len(lines))
        kind = rng.randrange(5)
        if kind == 0:
            del lines[at]
        elif kind == 1:
            lines.insert(to, lines[at])
        elif kind == 2:
            lines[at], lines[to] = lines[to], lines[at]
        elif kind == 3:
            lines.insert(at, rng.choice(other.split(b"\n")))
        else:
            indent = rng.choice((b"", b" ", b"  ", b"    ", b"- ", b"\t"))
            lines[at] = indent + lines[at].lstrip()
        return b"\n".join(lines)

    def _token(self, data: bytes) -> bytes:
        rng = self._rng
        tokens = _TOKEN.findall(data)
        new = (self._word() if rng.random() < 0.7 else rng.choice(_SCRAPS)).encode(
            errors="surrogatepass"
        )
        if not tokens:
            return new
        at = rng.randrange(len(tokens))
        kind = rng.randrange(4)
        if kind == 0:
            del tokens[at]
        elif kind == 1:
            tokens[at] = rng.choice(tokens)
        elif kind == 2:
            tokens[at] = new
        else:
            tokens.insert(at, new)
        return b"".join(tokens)

    def _bytes(self, data: bytes, other: bytes) -> bytes:
        rng = self._rng
        at, to = sorted((rng.randrange(len(data) + 1), rng.randrange(len(data) + 1)))
        kind = rng.randrange(5)
        if kind == 0:
            return data[:at] + data[to:]
        if kind == 1:
            return data[:at] + data[at:to] * 2 + data[to:]
        if kind == 2:
            return data[:at] + other[at:]
        if kind == 3:
            return data[:at] + rng.randbytes(rng.choice((1, 1, 2, 4))) + data[at + 1 :]
        return data[:at]
